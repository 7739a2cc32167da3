#!/usr/bin/env python3
"""Brings another image into service, and the old one back if it is no good.

    promote.py AMI [--url URL --golden golden.json]
    promote.py --back

The stack's instances are replaced one after another by an instance refresh,
which CloudFormation starts; it watches the alarms and goes back by itself if
one of them rings.  After it, smoke_test.py asks the endpoint, if a golden
file is given: an answer that is wrong brings the old image back.  --back
serves the image that was served before this one.

If it is interrupted, AWS goes on; the same command again waits for the end
and does what is left.
"""

import argparse
import sys

import smoke_test
from stack import Refused, Stack, common, run, say


def options():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    common(parser)
    add = parser.add_argument
    add("ami", nargs="?", metavar="AMI", help="the image")
    add("--back", action="store_true", help="the image deployed before")
    add("--url", metavar="URL",
        help="the server to test (default: the stack's endpoint)")
    add("--golden", metavar="FILE", help="the expected answers")
    add("--key-file", metavar="FILE",
        help="the API key's file (default: $KEYAUTH_API_KEY)")
    add("--wait", type=float, default=30, metavar="S",
        help="seconds until the first answer (default 30)")
    add("--ca", metavar="FILE", help="certificates to trust, PEM")
    args = parser.parse_args()

    if bool(args.ami) == args.back:
        parser.error("an image or --back is required")

    return args


def before(stack, entry, image):
    """The last image that was not this one."""

    others = [i for i in stack.images(entry) if i != image]

    if not others:
        raise Refused("no image but %s has been deployed" % image)

    return others[-1]


def serve(stack, entry, image):
    """Has the group serve this image; whether it does."""

    stack.set_image(entry, image)

    if not stack.update(None, dict.fromkeys(stack.parameters())):
        say("%s is deployed already" % image)
        return True

    return stack.wait() == "UPDATE_COMPLETE"


def running(stack, image):
    """Says how many of the group's instances are of the image."""

    groups = stack.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=[stack.name])["AutoScalingGroups"]
    ids = [i["InstanceId"] for group in groups for i in group["Instances"]]

    if not ids:
        return

    found = stack.client("ec2").describe_instances(InstanceIds=ids)
    images = [i["ImageId"] for r in found["Reservations"]
              for i in r["Instances"]]
    say("%d of %d instances are of %s" % (images.count(image), len(images),
                                          image))


def smoke(stack, args):
    """Whether the endpoint answers as the golden file says."""

    digest, cases = smoke_test.read_golden(args.golden)
    url = args.url or stack.outputs().get("Endpoint")
    endpoint = smoke_test.Endpoint(url, args.ca,
                                   key=smoke_test.read_key(args.key_file))
    say("testing %s, which must answer with model %s" % (url, digest))

    try:
        return smoke_test.run(endpoint, digest, cases, args.wait, say) == 0
    except smoke_test.Failed as e:
        say("smoke test: %s" % e)
        return False


def main():
    args = options()
    stack = Stack(args)
    stack.need()
    entry = stack.parameters()["AmiId"]
    served = stack.image(entry)
    image = args.ami or before(stack, entry, served)
    stack.check_image(image)

    if args.golden:
        try:            # before anything is changed
            smoke_test.read_golden(args.golden)
            smoke_test.read_key(args.key_file)
        except smoke_test.Failed as e:
            raise Refused(e)

    if not stack.plan("set %s: %s -> %s" % (entry, served, image)
                      if image != served else
                      "serve %s, which %s names already" % (image, entry)):
        say("would update stack %s: an instance refresh, one at a time"
            % stack.name)
        if args.golden:
            say("would test the endpoint, and go back to %s if it is wrong"
                % served)
        return 0

    # interrupted between the two, the entry is new already: the image to go
    # back to is then the one before
    old = served if served != image else None
    good = serve(stack, entry, image)

    if not good:
        say("the update failed; CloudFormation has rolled it back")
    elif args.golden and not smoke(stack, args):
        good = False
        say("the smoke test failed: going back")

    if good:
        running(stack, image)
        say("%s is deployed" % image)
        return 0

    old = old or before(stack, entry, image)

    if not serve(stack, entry, old):
        raise Refused("going back to %s failed: see the stack's events"
                      % old)

    running(stack, old)
    say("%s is deployed as before" % old)
    return 1


if __name__ == "__main__":
    sys.exit(run(main))
