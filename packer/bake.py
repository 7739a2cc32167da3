#!/usr/bin/env python3
"""Bakes the image that cloudformation/ serves from.

    bake.py [--arch arm64|amd64] [--model FILE] [--dry-run] [OPTION]...

Builds the Debian packages, runs Packer, looks at the image that came of it,
and writes its id to Parameter Store, where the stack finds it.  An image that
has the tags of this commit, model and architecture is not baked again, so
that a run that was stopped goes on where it was.

It exits 0 if the image is there, and 2 if not.  packer/README.md describes what
each step needs; AWS itself is asked as the AWS command would be.
"""

import argparse
import datetime
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, os.path.join(ROOT, "cloudformation"))
sys.dont_write_bytecode = True

import boto3                                            # noqa: E402
from botocore.exceptions import ClientError             # noqa: E402

from stack import Refused, run, say                     # noqa: E402

MANIFEST = os.path.join(ROOT, "build", "packer", "manifest.json")
POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
PROFILE = "keyauth-bake"
PLUGIN = "session-manager-plugin"
YEAR = datetime.timedelta(days=365)


def arguments():
    parser = argparse.ArgumentParser(
        description="Bakes the image that the stack deploys.")
    parser.add_argument("--arch", choices=("arm64", "amd64"), default="arm64",
                        help="the image's architecture (default arm64)")
    parser.add_argument("--region", metavar="REGION",
                        help="default: as the AWS command has it")
    parser.add_argument("--debs", metavar="DIR",
                        help="use these packages (default: build them)")
    parser.add_argument("--model", metavar="FILE",
                        help="the model file to serve (default: one trained "
                        "on the synthetic data set)")
    parser.add_argument("--parameter", default="/keyauth/ami-id-baked",
                        metavar="NAME", help="where the image's id goes "
                        "(default /keyauth/ami-id-baked)")
    parser.add_argument("--var", action="append", default=[],
                        metavar="NAME=VALUE", help="for Packer; may be "
                        "repeated")
    parser.add_argument("--force", action="store_true",
                        help="bake even if such an image exists")
    parser.add_argument("--dry-run", action="store_true",
                        help="print the plan, change nothing")
    args = parser.parse_args()

    if args.debs and args.model:
        parser.error("--model and --debs exclude each other")

    for var in args.var:
        if "=" not in var:
            parser.error("--var requires NAME=VALUE, not %s" % var)

    return args


def output(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    if done.returncode:
        raise Refused("%s failed: %s" % (command[0], done.stderr.strip()))

    return done.stdout.strip()


def field(deb, name):
    return output("dpkg-deb", "-f", deb, name)


class Bake:
    def __init__(self, args):
        self.args = args
        self.session = boto3.Session(region_name=args.region)

        if not self.session.region_name:
            raise Refused("no Region: use --region, or set "
                          "AWS_DEFAULT_REGION")

        self.ec2 = self.session.client("ec2")
        self.started = time.monotonic()
        self.commit = None
        self.model = None

    def say(self, text):
        say("%5.0f s  %s" % (time.monotonic() - self.started, text))

    def plan(self, text):
        """Says what is done, and whether to do it."""

        self.say(("would " if self.args.dry_run else "") + text)
        return not self.args.dry_run

    # packages

    def packages(self):
        """Builds them where that is asked for, and learns what they are."""

        debs = self.args.debs or os.path.join("build", "deb", "trixie")

        if not self.args.debs:
            here = output("dpkg", "--print-architecture")

            if here != self.args.arch:
                raise Refused(
                    "packages for %s are built on %s, and this is %s: give "
                    "--debs DIR with those built there, or --arch %s"
                    % (self.args.arch, self.args.arch, here, here))

            command = ["make", "deb", "DIST=trixie"]

            if self.args.model:
                command.append("MODEL=" + os.path.abspath(self.args.model))

            if self.plan("build packages: " + " ".join(command)):
                done = subprocess.run(command, cwd=ROOT,
                                      stdout=sys.stderr)
                if done.returncode:
                    raise Refused("the packages were not built")

        self.debs = debs
        found = {}

        for deb in glob.glob(os.path.join(ROOT, debs, "*.deb")):
            found[field(deb, "Package")] = deb

        missing = {"keyauth", "keyauth-model",
                   "libnginx-mod-http-keyauth"} - found.keys()

        if missing and self.args.dry_run and not self.args.debs:
            self.say("(they are not built yet, so the plan has neither "
                     "commit nor model)")
            return

        if missing:
            raise Refused("no package %s in %s" % (min(missing), debs))

        arch = field(found["keyauth"], "Architecture")

        if arch != self.args.arch:
            raise Refused("the packages in %s are for %s, not for %s"
                          % (debs, arch, self.args.arch))

        # 0.1.0~202611221929.f34408c~deb13, or 0.1.0~deb13 of a release
        git = re.search(r"~\d{12}\.([0-9a-f]+\+?)~",
                        field(found["keyauth"], "Version"))
        self.commit = (git.group(1) if git
                       else output("git", "rev-parse", "--short=7", "HEAD"))
        self.model = field(found["keyauth-model"], "Version").split(".")[-1]
        self.say("packages of commit %s, model %s, %s"
                 % (self.commit, self.model, arch))

    # images

    def tags(self):
        return {"keyauth:commit": self.commit, "keyauth:model": self.model}

    def images(self):
        """Those of this commit, model and architecture; newest last."""

        if self.commit is None:
            return []

        arch = {"arm64": "arm64", "amd64": "x86_64"}[self.args.arch]
        filters = [{"Name": "tag:" + key, "Values": [value]}
                   for key, value in self.tags().items()]
        found = self.ec2.describe_images(
            Owners=["self"],
            Filters=filters + [{"Name": "architecture", "Values": [arch]}])
        return sorted(found["Images"], key=lambda i: i["CreationDate"])

    def find(self):
        if self.args.force or self.commit.endswith("+"):
            return None     # by --force; or the commit does not identify the files

        images = self.images()

        if images:
            self.say("%s was baked from them" % images[-1]["ImageId"])
            return images[-1]["ImageId"]

        return None

    def profile(self):
        """The instance profile that lets Session Manager in."""

        own = [v for v in self.args.var
               if v.startswith(("instance_profile=", "ssh_interface="))]
        if own:
            return

        iam = self.session.client("iam")

        try:
            iam.get_instance_profile(InstanceProfileName=PROFILE)
            return
        except ClientError as e:
            if e.response["Error"]["Code"] != "NoSuchEntity":
                raise

        if not self.plan("make the instance profile %s" % PROFILE):
            return

        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "ec2.amazonaws.com"}}]}

        try:
            iam.create_role(RoleName=PROFILE,
                            AssumeRolePolicyDocument=json.dumps(trust))
        except ClientError as e:
            if e.response["Error"]["Code"] != "EntityAlreadyExists":
                raise

        iam.attach_role_policy(RoleName=PROFILE, PolicyArn=POLICY)
        iam.create_instance_profile(InstanceProfileName=PROFILE)
        iam.add_role_to_instance_profile(InstanceProfileName=PROFILE,
                                         RoleName=PROFILE)

    # Packer

    def template(self):
        """The folder, or for 1.6, which has its plugins in, the file."""

        folder = os.path.join("packer", "keyauth.pkr.hcl")

        try:
            version = output("packer", "version").split()[1].lstrip("v")
        except OSError:
            raise Refused("packer is not installed (in Debian: "
                          "conf/install.sh aws)")

        if tuple(map(int, version.split(".")[:2])) >= (1, 7):
            folder = "packer"

        return folder

    def packer(self):
        template = self.template()
        variables = {"architecture": self.args.arch,
                     "region": self.session.region_name,
                     "debs": self.debs}

        if self.commit:
            variables.update(commit=self.commit, model=self.model)

        options = ["-only=amazon-ebs.keyauth"]
        options += ["-var=%s=%s" % item for item in variables.items()]
        options += ["-var=" + var for var in self.args.var]

        if not self.plan("run: packer build " + " ".join(options + [template])):
            return None

        if not any(var.startswith("ssh_interface=") for var in self.args.var) \
           and not shutil.which(PLUGIN):
            raise Refused("Packer connects through Session Manager: install "
                          "the AWS command's " + PLUGIN)

        os.makedirs(os.path.dirname(MANIFEST), exist_ok=True)
        os.environ.setdefault("CHECKPOINT_DISABLE", "1")

        done = subprocess.run(["packer", "validate"] + options + [template],
                              cwd=ROOT, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

        if done.returncode:
            raise Refused("packer validate: " + done.stdout.strip())

        if subprocess.run(["packer", "build", "-color=false"] + options
                          + [template], cwd=ROOT).returncode:
            raise Refused("packer build failed: no image was created")

        with open(MANIFEST, encoding="utf-8") as file:
            build = json.load(file)["builds"][-1]

        return build["artifact_id"].split(":")[-1]

    # what came of it

    def look(self, image):
        """The image is as it was asked for, or it is not used."""

        self.ec2.get_waiter("image_available").wait(ImageIds=[image])
        found = self.ec2.describe_images(ImageIds=[image])["Images"][0]
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}

        if self.tags().items() - tags.items():
            raise Refused("%s lacks its tags" % image)

        snapshots = [d["Ebs"]["SnapshotId"]
                     for d in found["BlockDeviceMappings"] if "Ebs" in d]
        self.encrypted(image, snapshots)

        if found.get("ImdsSupport") != "v2.0":
            self.ec2.modify_image_attribute(ImageId=image,
                                            ImdsSupport={"Value": "v2.0"})

        if not found.get("DeprecationTime"):
            when = datetime.datetime.now(datetime.timezone.utc) + YEAR
            self.ec2.enable_image_deprecation(ImageId=image,
                                              DeprecateAt=when)

        self.say("%s: encrypted, IMDSv2, tagged" % image)

    def encrypted(self, image, snapshots):
        found = self.ec2.describe_snapshots(SnapshotIds=snapshots)

        for snapshot in found["Snapshots"]:
            if not snapshot["Encrypted"]:
                raise Refused("the volume of %s is not encrypted" % image)

    def publish(self, image):
        """Writes the image's id, in an entry of its own."""

        ssm = self.session.client("ssm")
        name = self.args.parameter

        try:
            if ssm.get_parameter(Name=name)["Parameter"]["Value"] == image:
                self.say("%s is %s already" % (name, image))
                return
        except ssm.exceptions.ParameterNotFound:
            pass

        ssm.put_parameter(Name=name, Value=image, Type="String",
                          DataType="aws:ec2:image", Overwrite=True)
        self.say("%s is %s" % (name, image))


def main():
    args = arguments()
    bake = Bake(args)
    bake.packages()
    image = bake.find() if bake.commit else None

    if image is None:
        bake.profile()
        image = bake.packer()

    if args.dry_run:
        bake.say("would write %s to %s" % (image or "its id", args.parameter))
        return 0

    bake.look(image)
    bake.publish(image)

    return 0


if __name__ == "__main__":
    run(main)
