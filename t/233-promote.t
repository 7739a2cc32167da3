#!/usr/bin/env python3
"""promote.py against simulated AWS that takes its time and has alarms, and an
endpoint that answers: a smoke test that passes or finds another model, a
promotion that is interrupted, one that AWS takes back.  In a network that was
there before the stack, and is there after it."""

import os
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))

from simulated_aws import CLOUD, IMAGE, ROOT, Aws, done, equal, need, ok

os.environ["PATH"] += ":/usr/sbin"
need("boto3", "moto", commands=["nginx"])

ENTRY = "/keyauth/ami-id"
URL = "http://127.0.0.1:18080"
CONF = """
load_module {module};
daemon off;
pid nginx.pid;
error_log error.log;
events {{}}
http {{
    access_log off;
    keyauth_model {model};
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:18080;
        location = /predict {{ keyauth_predict; }}
    }}
}}
"""

aws = Aws(looks=3)


def says(name, got, code, *texts):
    rc, out = got
    ok(rc == code and all(t in out for t in texts), name,
       "exit code %d" % rc, out)


def model(name):
    return ROOT + "/build/t/%s/keyauth.model" % name


def golden(name):
    """What a model must answer."""

    with open(aws.path(name), "w") as file:
        subprocess.run([sys.executable, CLOUD + "/smoke_test.py", "--make",
                        model(name), "--keyauth", ROOT + "/build/keyauth"],
                       stdout=file, check=True)
    return aws.path(name)


def endpoint():
    """nginx, which serves model one."""

    with open(aws.path("nginx.conf"), "w") as file:
        file.write(CONF.format(
            module=os.environ.get("TEST_NGINX_LOAD_MODULES")
            or ROOT + "/build/ngx_http_keyauth_module.so",
            model=model("one")))

    os.chmod(aws.dir, 0o755)
    return subprocess.Popen([os.environ.get("TEST_NGINX_BINARY") or "nginx",
                             "-e", "error.log", "-p", aws.dir,
                             "-c", "nginx.conf"])


def network():
    """A network that somebody has: its id, and its subnets'."""

    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(
        VpcId=vpc, CidrBlock="10.9.%d.0/24" % n,
        AvailabilityZone="us-east-1" + "ab"[n % 2])["Subnet"]["SubnetId"]
        for n in range(4)]
    return vpc, subnets[:2], subnets[2:]


def networks():
    return {v["VpcId"] for v in aws.client("ec2").describe_vpcs()["Vpcs"]}


def deploy(vpc, public, private):
    had = networks()
    says("deploy.py, into a network that is there",
         aws.script("deploy.py", *aws.account(), "--ami", IMAGE,
                    "--set", "VpcId=" + vpc,
                    "--set", "PublicSubnetIds=" + ",".join(public),
                    "--set", "PrivateSubnetIds=" + ",".join(private)),
         0, "stack keyauth: CREATE_IN_PROGRESS",
         "stack keyauth: CREATE_COMPLETE", "Endpoint: ")
    equal(networks(), had, "it makes no other")

    elb = aws.client("elbv2")
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]
    equal((balancer["VpcId"],
           sorted(z["SubnetId"] for z in balancer["AvailabilityZones"])),
          (vpc, sorted(public)), "the balancer is in its public subnets")
    equal(elb.describe_target_groups()["TargetGroups"][0]["VpcId"], vpc,
          "so are its targets")

    found = aws.client("ec2").describe_instances(Filters=[
        {"Name": "instance-state-name", "Values": ["running"]}])
    found = [i for r in found["Reservations"] for i in r["Instances"]]
    ok(len(found) == 2 and {i["SubnetId"] for i in found} <= set(private),
       "instances are in the private ones", found)

    groups = aws.client("ec2").describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    groups = {g["GroupId"] for g in groups}
    ok({g["GroupId"] for i in found for g in i["SecurityGroups"]} <= groups
       and set(balancer["SecurityGroups"]) <= groups,
       "and their rules of its own", groups)


def served():
    group = aws.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=["keyauth"])["AutoScalingGroups"][0]
    found = aws.client("ec2").describe_instances(
        InstanceIds=[i["InstanceId"] for i in group["Instances"]])
    entry = aws.client("ssm").get_parameter(Name=ENTRY)["Parameter"]["Value"]
    return {entry} | {i["ImageId"] for r in found["Reservations"]
                      for i in r["Instances"]}


def smoke(new, one, two):
    says("the endpoint is right",
         aws.script("promote.py", new, "--golden", one, "--url", URL), 0,
         "stack keyauth: UPDATE_IN_PROGRESS",
         "instance refresh: InProgress, 50 %",
         "stack keyauth: UPDATE_COMPLETE", "35/35",
         "2 of 2 instances are of " + new, new + " is deployed")
    equal(served(), {new}, "the new image is served")

    says("another model answers",
         aws.script("promote.py", IMAGE, "--golden", two, "--url", URL), 1,
         "the smoke test failed: going back", new + " is deployed as before")
    equal(served(), {new}, "the image before is served again")


def interrupted(new, one, two):
    """Stopped while AWS is at it; the same command again goes on."""

    command = [sys.executable, CLOUD + "/promote.py", "--poll", "60", IMAGE]

    def heed():
        # whoever runs the tests in the background has it ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen(command, cwd=ROOT, env=aws.env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          preexec_fn=heed) as stopped:
        said = stopped.stdout.readline() + stopped.stdout.readline()

        while said and "UPDATE_IN_PROGRESS" not in said:
            line = stopped.stdout.readline()
            said = said + line if line else ""

        stopped.send_signal(signal.SIGINT)
        said += stopped.stdout.read()
        rc = stopped.wait()

    says("a promotion is interrupted", (rc, said), 2,
         "set %s: %s -> %s" % (ENTRY, new, IMAGE), "AWS goes on")
    says("the same command again",
         aws.script("promote.py", IMAGE, "--golden", one, "--url", URL), 0,
         "stack keyauth: UPDATE_IN_PROGRESS",
         "serve %s, which %s names already" % (IMAGE, ENTRY),
         "35/35", IMAGE + " is deployed")
    equal(served(), {IMAGE}, "it is served")

    # after the entry was written, before the stack was updated
    aws.client("ssm").put_parameter(Name=ENTRY, Value=new, Overwrite=True,
                                    Type="String")
    says("taken up again, and wrong",
         aws.script("promote.py", new, "--golden", two, "--url", URL), 1,
         "the smoke test failed: going back", IMAGE + " is deployed as before")
    equal(served(), {IMAGE}, "the image before the interruption is served")


def alarm():
    bad = aws.new_image("keyauth-bad")
    says("an alarm rings", aws.script("promote.py", bad), 1,
         "stack keyauth: UPDATE_ROLLBACK_COMPLETE",
         "CloudFormation has rolled it back",
         IMAGE + " is deployed as before")
    equal(served(), {IMAGE}, "the image before is served, and named")
    says("deploy.py into the alarm", aws.script("deploy.py", "--ami", bad), 2,
         "was rolled back: %s is deployed" % IMAGE)
    equal(served(), {IMAGE}, "and there too")


def destroy(vpc, subnets):
    says("destroy.py", aws.script("destroy.py", "--logs", "--yes"), 0,
         "stack keyauth is deleted")
    found = aws.client("ec2").describe_subnets(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    equal(sorted(s["SubnetId"] for s in found), sorted(subnets),
          "the network is as it was")


nginx = None

try:
    mine = network()
    first, second = golden("one"), golden("two")
    nginx = endpoint()
    deploy(*mine)
    image = aws.new_image("keyauth-new")
    smoke(image, first, second)
    interrupted(image, first, second)
    alarm()
    destroy(mine[0], mine[1] + mine[2])
finally:
    if nginx:
        nginx.terminate()
        nginx.wait()
    aws.close()

done()
