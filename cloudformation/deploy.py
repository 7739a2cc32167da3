#!/usr/bin/env python3
"""Makes the stack of keyauth.yaml, or brings it up to date.

    deploy.py --ami AMI --domain NAME --certificate ARN --secret NAME

It writes the image's id to Parameter Store, makes or updates the stack, shows
what happens, and prints the endpoint.  What is not given stays as it is in a
stack that exists.  Run again at any time: it waits for what is under way,
removes a stack whose making failed, and does nothing if there is nothing to
do.  It also finds out whether the API keys have changed since, and then has
the instances replaced.
"""

import argparse
import os
import re
import sys

from botocore.exceptions import ClientError

from stack import Refused, Stack, common, run, say

TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "keyauth.yaml")
ENTRY = "/keyauth/ami-id"


def options():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    common(parser)
    add = parser.add_argument
    add("--ami", metavar="AMI", help="the image, made by packer/bake.py")
    add("--domain", metavar="NAME", help="the name that clients use")
    add("--certificate", metavar="ARN", help="the certificate of that name")
    add("--secret", metavar="NAME", help="the secret with the file of API keys")
    add("--zone", metavar="ID", help="the name's hosted zone in Route 53")
    add("--set", action="append", default=[], metavar="PARAMETER=VALUE",
        help="any other parameter of keyauth.yaml")
    return parser.parse_args()


def secret(stack, name):
    """ARN and current version of the secret."""

    try:
        found = stack.client("secretsmanager").describe_secret(SecretId=name)
    except ClientError as e:
        if "ResourceNotFound" in str(e):
            raise Refused("secret %s does not exist: create it with "
                          "create-secret (docs/deploy-aws.md)" % name)
        raise

    for version, stages in found.get("VersionIdsToStages", {}).items():
        if "AWSCURRENT" in stages:
            return found["ARN"], version

    raise Refused("secret %s has no value yet" % name)


def wanted(args, stack, now):
    """The parameters that are to change, by name."""

    values = {}

    for item in args.set:
        name, equals, value = item.partition("=")
        if not equals:
            raise Refused("--set requires PARAMETER=VALUE, not %s" % item)
        values[name] = value

    for name, value in (("DomainName", args.domain),
                        ("CertificateArn", args.certificate),
                        ("HostedZoneId", args.zone)):
        if value:
            values[name] = value

    keys = args.secret or now.get("ApiKeysSecretArn")

    if keys:
        values["ApiKeysSecretArn"], values["ApiKeysVersion"] = \
            secret(stack, keys)

    for option, name in (("--domain", "DomainName"),
                         ("--certificate", "CertificateArn"),
                         ("--secret", "ApiKeysSecretArn")):
        if name not in values and name not in now:
            raise Refused("%s is required for a new stack" % option)

    return values


def known(template):
    """The names of the template's parameters; no YAML library is needed."""

    part = template.split("\nParameters:\n")[1].split("\nMappings:\n")[0]
    return set(re.findall(r"^  (\w+):$", part, re.M))


def main():
    args = options()
    stack = Stack(args)

    with open(TEMPLATE, encoding="utf-8") as file:
        template = file.read()

    if stack.wait() == "ROLLBACK_COMPLETE":
        # the making of it failed; CloudFormation can only delete it now
        if stack.plan("delete what is left of stack %s" % stack.name):
            stack.cfn.delete_stack(StackName=stack.name)
            if stack.wait():
                raise Refused("the failed stack cannot be deleted: "
                              "see its events")

    exists = stack.status() is not None
    if exists:
        stack.need()

    now = stack.parameters()
    values = wanted(args, stack, now)
    unknown = set(values) - known(template)

    if unknown:
        raise Refused("keyauth.yaml has no parameter %s"
                      % ", ".join(sorted(unknown)))

    entry = values.get("AmiId", now.get("AmiId", ENTRY))
    served = stack.image(entry)

    if not args.ami and not served:
        raise Refused("--ami is required: %s names no image yet" % entry)

    stack.check_image(args.ami or served)

    if args.ami and args.ami != served and stack.plan(
            "set %s: %s -> %s" % (entry, served or "nothing", args.ami)):
        stack.set_image(entry, args.ami)

    for name, value in sorted(values.items()):
        if value != now.get(name):
            say("%s: %s -> %s" % (name, now.get(name, "nothing"), value))

    if not stack.plan("%s stack %s in %s" % (
            "update" if exists else "make", stack.name,
            stack.session.region_name)):
        return 0

    keep = {name: None for name in now if name in known(template)}

    if not stack.update(template, {**keep, **values}):
        say("nothing to change")

    status = stack.wait()

    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE",
                      "UPDATE_ROLLBACK_COMPLETE"):
        raise Refused("stack %s is %s: see its events"
                      % (stack.name, status))

    if status == "UPDATE_ROLLBACK_COMPLETE" and args.ami:
        if served:
            stack.set_image(entry, served)
        raise Refused("the update failed and was rolled back: %s is deployed"
                      % (served or "the image before"))

    for name, value in sorted(stack.outputs().items()):
        say("%s: %s" % (name, value))

    return 0


if __name__ == "__main__":
    sys.exit(run(main))
