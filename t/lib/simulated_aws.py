"""What the tests of the cloud share: TAP, and AWS as moto simulates it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
CLOUD = os.path.join(ROOT, "cloudformation")
PORT = "5555"
IMAGE = "ami-0debian13000001"

_count = 0
_failed = 0


def ok(good, name, *why):
    global _count, _failed
    _count += 1
    _failed += not good
    print("%sok %d - %s" % ("" if good else "not ", _count, name), flush=True)

    if not good:
        for line in "\n".join(str(w) for w in why).splitlines():
            print("# " + line)

    return good


def equal(got, want, name):
    return ok(got == want, name, "got:  %r" % (got,), "want: %r" % (want,))


def done():
    print("1..%d" % _count)
    sys.exit(1 if _failed else 0)


def skip_all(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


def need(*modules, commands=()):
    """Skips, aloud, where Python lacks what these tests need."""

    for module in modules:
        try:
            __import__(module)
        except ImportError:
            skip_all("this python3 has no %s" % module)

    for command in commands:
        if not shutil.which(command):
            skip_all("there is no %s here" % command)


class Aws:
    """moto's server, a scratch folder and the environment for commands."""

    def __init__(self, looks=0):
        self.dir = tempfile.mkdtemp(prefix="keyauth-")
        images = [{
            "ami_id": IMAGE, "state": "available", "public": True,
            "owner_id": "136693071363", "image_location": "debian",
            "root_device_type": "ebs", "root_device_name": "/dev/xvda",
            "description": "Debian 13", "platform": "", "sriov": "simple",
            "architecture": "arm64", "name": "debian-13-arm64",
            "virtualization_type": "hvm", "hypervisor": "xen",
            "image_type": "machine"}]

        with open(self.path("amis.json"), "w") as file:
            json.dump(images, file)

        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith("AWS_")
                    and not key.lower().endswith("_proxy")}
        self.env.update({
            "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_PAGER": "",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:" + PORT,
            "MOTO_AMIS_PATH": self.path("amis.json")})
        os.environ.clear()
        os.environ.update(self.env)

        with open(self.path("moto.log"), "w") as log:
            self.server = subprocess.Popen(
                [sys.executable, os.path.join(ROOT, "t/lib/moto_more.py"),
                 PORT, str(looks)], stdout=log, stderr=log)

        end = time.monotonic() + 60

        while True:
            try:
                urllib.request.urlopen(self.env["AWS_ENDPOINT_URL"]
                                       + "/moto-api/", timeout=2)
                return
            except OSError:
                if self.server.poll() is not None or time.monotonic() > end:
                    self.close()
                    raise SystemExit("Bail out! moto does not start")
                time.sleep(0.1)

    def path(self, name):
        return os.path.join(self.dir, name)

    def close(self):
        self.server.kill()
        self.server.wait()
        shutil.rmtree(self.dir)

    def client(self, service):
        import boto3
        return boto3.client(service)

    def run(self, *command, timeout=120, stdin=None):
        """A command's exit code and all that it wrote."""

        got = subprocess.run(command, cwd=ROOT, env=self.env, text=True,
                             stdin=subprocess.DEVNULL if stdin is None
                             else None, input=stdin,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             timeout=timeout)
        return got.returncode, got.stdout

    def script(self, name, *arguments, **more):
        return self.run(sys.executable, os.path.join(CLOUD, name),
                        "--poll", "0.1", *arguments, **more)

    def new_image(self, name):
        """Another image, as bake.py leaves one."""

        ec2 = self.client("ec2")
        instance = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)
        instance = instance["Instances"][0]["InstanceId"]
        image = ec2.create_image(InstanceId=instance, Name=name)["ImageId"]
        ec2.terminate_instances(InstanceIds=[instance])
        return image

    def account(self):
        """What the guide has made by hand: a certificate and a secret."""

        arn = self.client("acm").request_certificate(
            DomainName="keyauth.example")["CertificateArn"]
        self.client("secretsmanager").create_secret(
            Name="keyauth/api-keys", SecretString="web:" + "0" * 64)
        return ["--domain", "keyauth.example", "--certificate", arn,
                "--secret", "keyauth/api-keys"]
