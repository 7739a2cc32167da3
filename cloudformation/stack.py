"""What deploy.py, promote.py and destroy.py share: the stack, as it is, and
waiting for what becomes of it."""

import sys
import time

import boto3
from botocore.exceptions import BotoCoreError, ClientError

TEMPLATE_BYTES = 51200      # what CloudFormation takes without a bucket


class Refused(Exception):
    """Something that the caller has to know and to act on."""


def say(text):
    print(text, flush=True)


def run(main):
    """Runs a script's main(); errors become one line and exit code 2."""

    try:
        sys.exit(main())
    except Refused as e:
        print("keyauth: %s" % e, file=sys.stderr)
    except (BotoCoreError, ClientError) as e:
        print("keyauth: AWS says: %s" % e, file=sys.stderr)
    except KeyboardInterrupt:
        print("keyauth: stopped here; AWS goes on. The same command again "
              "takes up where this one was.", file=sys.stderr)

    sys.exit(2)


def common(parser):
    """The options that all scripts have."""

    parser.add_argument("--stack", default="keyauth", metavar="NAME",
                        help="the stack's name (default keyauth)")
    parser.add_argument("--region", metavar="REGION",
                        help="default: as the AWS command has it")
    parser.add_argument("--dry-run", action="store_true",
                        help="print the plan, change nothing")
    parser.add_argument("--poll", type=float, default=5, metavar="S",
                        help="seconds between polls (default 5)")


class Stack:
    def __init__(self, args):
        self.name = args.stack
        self.dry = args.dry_run
        self.poll = args.poll
        self.session = boto3.Session(region_name=args.region)

        if not self.session.region_name:
            raise Refused("no Region: use --region, or set "
                          "AWS_DEFAULT_REGION")

        self.cfn = self.client("cloudformation")
        self.ssm = self.client("ssm")

    def client(self, service):
        return self.session.client(service)

    def plan(self, text):
        """Says what is done, and whether to do it."""

        say(("would " if self.dry else "") + text)
        return not self.dry

    def describe(self):
        """The stack as CloudFormation has it, or None."""

        try:
            return self.cfn.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as e:
            if "does not exist" in str(e):
                return None
            raise

    def status(self):
        stack = self.describe()
        return stack["StackStatus"] if stack else None

    def parameters(self):
        """What the stack was given: names and values."""

        stack = self.describe() or {}
        return {p["ParameterKey"]: p.get("ParameterValue", "")
                for p in stack.get("Parameters", [])}

    def outputs(self):
        stack = self.describe() or {}
        return {o["OutputKey"]: o["OutputValue"]
                for o in stack.get("Outputs") or []}

    def need(self):
        """Waits for what may be under way; a stack must be there then."""

        if self.status() is None:
            raise Refused("stack %s does not exist in %s: create it with "
                          "deploy.py" % (self.name, self.session.region_name))

        self.wait()

        if self.status() == "UPDATE_ROLLBACK_FAILED":
            raise Refused(
                "stack %s could not go back: see its events for why, then\n"
                "  aws cloudformation continue-update-rollback "
                "--stack-name %s" % (self.name, self.name))

    def events(self, seen):
        """Events that have not been seen, oldest first."""

        try:
            page = self.cfn.describe_stack_events(StackName=self.name)
        except ClientError:
            return []       # deleted by now

        new = [e for e in page["StackEvents"] if e["EventId"] not in seen]
        seen.update(e["EventId"] for e in new)
        return reversed(new)

    def refresh(self):
        """How far the group's instances have been replaced."""

        try:
            answer = self.client("autoscaling").describe_instance_refreshes(
                AutoScalingGroupName=self.name, MaxRecords=1)
            refresh = answer["InstanceRefreshes"][0]
        except (ClientError, IndexError):
            return None     # no group yet, or none under way

        if refresh["Status"] in ("Successful", "Cancelled"):
            return None

        return "instance refresh: %s, %d %%" % (
            refresh["Status"], refresh.get("PercentageComplete", 0))

    def wait(self):
        """Shows what happens until nothing does; the last status."""

        status = self.status()

        if not (status or "").endswith("IN_PROGRESS"):
            return status

        say("stack %s: %s" % (self.name, status))
        seen, last = set(), None
        list(self.events(seen))

        while (status or "").endswith("IN_PROGRESS"):
            time.sleep(self.poll)

            for e in self.events(seen):
                say("  %s %s %s" % (e["ResourceStatus"],
                                    e["LogicalResourceId"],
                                    e.get("ResourceStatusReason", "")))

            refresh = self.refresh()

            if refresh and refresh != last:
                say("  " + refresh)
                last = refresh

            status = self.status()

        say("stack %s: %s" % (self.name, status or "deleted"))
        return status

    def update(self, template, parameters):
        """Makes or updates the stack; False if there was nothing to do.

        Without a template it stays as it is; parameters that are None keep
        their values.
        """

        call = self.cfn.update_stack
        arguments = {"StackName": self.name,
                     "Capabilities": ["CAPABILITY_IAM"],
                     "Parameters": [
                         {"ParameterKey": key, "UsePreviousValue": True}
                         if value is None else
                         {"ParameterKey": key, "ParameterValue": value}
                         for key, value in sorted(parameters.items())]}

        if self.status() is None:
            call = self.cfn.create_stack
            # there is nothing to keep, but something to look at
            arguments["OnFailure"] = "ROLLBACK"

        if template is None:
            arguments["UsePreviousTemplate"] = True
        else:
            arguments["TemplateBody"] = template

        try:
            call(**arguments)
        except ClientError as e:
            if "No updates are to be performed" in str(e):
                return False
            raise

        return True

    # the deployed image: an entry of Parameter Store

    def image(self, name):
        try:
            return self.ssm.get_parameter(Name=name)["Parameter"]["Value"]
        except self.ssm.exceptions.ParameterNotFound:
            return None

    def images(self, name):
        """All that were served, oldest first."""

        pages = self.ssm.get_paginator("get_parameter_history").paginate(
            Name=name)
        return [p["Value"] for page in pages for p in page["Parameters"]]

    def set_image(self, name, image):
        self.ssm.put_parameter(
            Name=name, Value=image, Type="String",
            DataType="aws:ec2:image", Overwrite=True)

    def check_image(self, image):
        try:
            found = self.client("ec2").describe_images(
                ImageIds=[image])["Images"]
        except ClientError as e:
            if "InvalidAMIID" not in str(e):
                raise
            found = []

        if not found:
            raise Refused("there is no image %s in %s"
                          % (image, self.session.region_name))

        if found[0]["State"] != "available":
            raise Refused("image %s is %s, not available"
                          % (image, found[0]["State"]))
