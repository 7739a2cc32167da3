#!/usr/bin/env python3
"""Deletes the stack and, if requested, the resources it leaves.

    destroy.py [--logs] [--images] [--yes]

It names what goes and asks for the stack's name before it begins.  The
secret, the certificate and the name's zone are not the stack's and stay.
Run again, it goes on where it was.
"""

import argparse
import sys

from botocore.exceptions import ClientError

from stack import Refused, Stack, common, run, say

ENTRY = "/keyauth/ami-id"


def options():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    common(parser)
    add = parser.add_argument
    add("--logs", action="store_true",
        help="delete the bucket with the balancer's logs, too")
    add("--images", action="store_true",
        help="delete all images that were deployed or baked, and their "
        "snapshots, too")
    add("--yes", action="store_true", help="do not ask for confirmation")
    return parser.parse_args()


def resources(stack):
    """What the stack has made: logical ids, and what they are."""

    try:
        pages = stack.cfn.get_paginator("list_stack_resources").paginate(
            StackName=stack.name)
        return [(r["LogicalResourceId"], r["ResourceType"],
                 r.get("PhysicalResourceId", ""))
                for page in pages for r in page["StackResourceSummaries"]
                if r["ResourceStatus"] != "DELETE_COMPLETE"]
    except ClientError as e:
        if "does not exist" in str(e):
            return []
        raise


def buckets(stack):
    """Log buckets of this stack: of one that is gone, by their names."""

    prefix = stack.name.lower() + "-logbucket-"
    found = stack.client("s3").list_buckets()["Buckets"]
    return [b["Name"] for b in found if b["Name"].startswith(prefix)]


def unprotect(stack, found):
    for _, kind, arn in found:
        if kind == "AWS::ElasticLoadBalancingV2::LoadBalancer":
            say("the balancer may be deleted from now on")
            stack.client("elbv2").modify_load_balancer_attributes(
                LoadBalancerArn=arn,
                Attributes=[{"Key": "deletion_protection.enabled",
                             "Value": "false"}])


def empty(stack, bucket):
    s3 = stack.session.resource("s3").Bucket(bucket)
    s3.object_versions.delete()
    s3.objects.delete()
    s3.delete()


def forget(stack, image):
    """Deregisters an image and deletes its snapshots."""

    ec2 = stack.client("ec2")

    try:
        found = ec2.describe_images(Owners=["self"],
                                    ImageIds=[image])["Images"]
    except ClientError:
        found = []

    for one in found:
        ec2.deregister_image(ImageId=image)
        for device in one.get("BlockDeviceMappings", []):
            snapshot = device.get("Ebs", {}).get("SnapshotId")
            if snapshot:
                ec2.delete_snapshot(SnapshotId=snapshot)


def main():
    args = options()
    stack = Stack(args)
    stack.wait()
    found = resources(stack)
    entry = stack.parameters().get("AmiId", ENTRY)
    logs = buckets(stack) if args.logs else []
    # the deployed images, and those that bake.py has made
    entries = [name for name in (entry, entry + "-baked")
               if args.images and stack.image(name)]
    images = sorted({image for name in entries
                     for image in stack.images(name)})

    for name, kind, _ in found:
        say("stack: %s (%s)" % (name, kind))
    for bucket in logs:
        say("bucket, with all that is in it: " + bucket)
    for image in images:
        say("image and its snapshots: " + image)
    for name in entries:
        say("entry of Parameter Store: " + name)

    if not (found or logs or images):
        say("there is nothing to delete")
        return 0

    if not stack.plan("delete all this"):
        return 0

    if not args.yes:
        try:
            typed = input("Type the stack's name to delete it: ")
        except EOFError:
            typed = ""
        if typed != stack.name:
            raise Refused("nothing was deleted")

    if found:
        unprotect(stack, found)
        stack.cfn.delete_stack(StackName=stack.name)
        status = stack.wait()
        if status not in (None, "DELETE_COMPLETE"):
            raise Refused("stack %s is %s: see its events"
                          % (stack.name, status))
        say("stack %s is deleted" % stack.name)

    # the stack may have taken an empty one with it
    for bucket in set(logs) & set(buckets(stack)):
        say("emptying and deleting " + bucket)
        empty(stack, bucket)

    for image in images:
        say("deregistering " + image)
        forget(stack, image)

    for name in entries:
        stack.ssm.delete_parameter(Name=name)

    say("done")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
