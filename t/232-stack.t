#!/usr/bin/env python3
"""deploy.py, promote.py and destroy.py against simulated AWS: from an image's
id to instances of it behind a balancer, to another image, back, and away."""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))

from simulated_aws import IMAGE, ROOT, Aws, done, equal, need, ok

need("boto3", "moto", commands=["aws"])

aws = Aws()
ENTRY = "/keyauth/ami-id"


def served():
    """Images of the group's instances, and how many are registered."""

    group = aws.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=["keyauth"])["AutoScalingGroups"][0]
    ids = {i["InstanceId"] for i in group["Instances"]}
    found = aws.client("ec2").describe_instances(InstanceIds=sorted(ids))
    elb = aws.client("elbv2")
    arn = elb.describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
    targets = elb.describe_target_health(TargetGroupArn=arn)
    targets = {t["Target"]["Id"] for t in targets["TargetHealthDescriptions"]}
    return ({i["ImageId"] for r in found["Reservations"]
             for i in r["Instances"]}, len(ids), ids <= targets)


def entry():
    return aws.client("ssm").get_parameter(Name=ENTRY)["Parameter"]["Value"]


def says(name, got, code, *texts):
    rc, out = got
    ok(rc == code and all(t in out for t in texts), name,
       "exit code %d" % rc, out)
    return out


def refusals(account):
    says("no AMI", aws.script("deploy.py", *account), 2, "--ami is required")
    says("an AMI that is not there",
         aws.script("deploy.py", *account, "--ami", "ami-00000000000000000"),
         2, "there is no image ami-00000000000000000")
    says("no secret",
         aws.script("deploy.py", *account[:-1], "none", "--ami", IMAGE), 2,
         "secret none does not exist")
    says("no domain", aws.script("deploy.py", *account[2:], "--ami", IMAGE),
         2, "--domain is required")
    says("a parameter that is not there",
         aws.script("deploy.py", *account, "--ami", IMAGE, "--set", "Min=3"),
         2, "no parameter Min")
    says("nothing to promote to", aws.script("promote.py", IMAGE), 2,
         "stack keyauth does not exist")
    says("nothing to delete", aws.script("destroy.py", "--yes"), 0,
         "nothing to delete")


def deploy(account):
    account += ["--ami", IMAGE]
    says("dry run of deploy.py", aws.script("deploy.py", *account,
                                            "--dry-run"),
         0, "would set %s: nothing -> %s" % (ENTRY, IMAGE),
         "DomainName: nothing -> keyauth.example", "would make stack keyauth")
    equal(aws.client("cloudformation").describe_stacks()["Stacks"], [],
          "it makes nothing")

    out = says("deploy.py", aws.script("deploy.py", *account), 0,
               "Endpoint: https://keyauth.example",
               "Curl: curl https://keyauth.example/predict")
    equal(served(), ({IMAGE}, 2, True), "two instances of the image register")
    equal(entry(), IMAGE, "the entry names the image")
    says("once more: no change", aws.script("deploy.py"), 0,
         "nothing to change")

    curl = out.split("Curl: ")[1].splitlines()[0]
    body = curl.split(" -d ")[1].strip("'")
    got = subprocess.run([ROOT + "/build/keyauth", "predict", "--model",
                          ROOT + "/build/t/one/keyauth.model"],
                         input=body, text=True, capture_output=True)
    equal(got.returncode, 0, "the curl line's body is answered")

    aws.client("secretsmanager").put_secret_value(
        SecretId="keyauth/api-keys", SecretString="web:" + "1" * 64)
    says("other API keys", aws.script("deploy.py"), 0,
         "ApiKeysVersion: ")
    says("and no others", aws.script("deploy.py"), 0,
         "nothing to change")
    says("another size", aws.script("deploy.py", "--set", "MinSize=3",
                                    "--set", "InstanceSize=xlarge"), 0,
         "MinSize: 2 -> 3")
    equal(served(), ({IMAGE}, 3, True), "three instances now")


def pushed():
    """What moto's CloudFormation would have left out."""

    cloudwatch = aws.client("cloudwatch")
    alarms = {a["AlarmName"]: a for a in
              cloudwatch.describe_alarms()["MetricAlarms"]}
    equal(sorted(alarms), ["keyauth-" + n for n in (
        "certificate", "errors", "latency", "replays", "unhealthy")],
        "the alarms are there")
    equal(alarms["keyauth-latency"]["ExtendedStatistic"], "p99",
          "latency is the 99th percentile")
    ok(all(a["AlarmActions"] for a in alarms.values()),
       "each alarm has an action")

    policies = aws.client("autoscaling").describe_policies()
    kinds = {p["TargetTrackingConfiguration"]["PredefinedMetricSpecification"]
             ["PredefinedMetricType"] for p in policies["ScalingPolicies"]}
    equal(kinds, {"ASGAverageCPUUtilization", "ALBRequestCountPerTarget"},
          "the group scales by load and by requests")

    waf = aws.client("wafv2")
    acl = waf.list_web_acls(Scope="REGIONAL")["WebACLs"][0]
    rules = waf.get_web_acl(Name=acl["Name"], Scope="REGIONAL",
                            Id=acl["Id"])["WebACL"]["Rules"]
    equal([r["Name"] for r in rules],
          ["rate", "reputation", "common", "inputs"], "the firewall's rules")
    elb = aws.client("elbv2")
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]
    equal(waf.get_web_acl_for_resource(
        ResourceArn=balancer["LoadBalancerArn"])["WebACL"]["ARN"],
        acl["ARN"], "the balancer has the firewall")
    redacted = waf.get_logging_configuration(ResourceArn=acl["ARN"])
    equal([f["SingleHeader"]["Name"] for f in
           redacted["LoggingConfiguration"]["RedactedFields"]],
          ["authorization", "keyauth-sample"],
          "its log has neither keys nor typing")

    listeners = {x["Port"]: x for x in elb.describe_listeners(
        LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]}
    equal(listeners[443]["SslPolicy"],
          "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", "the TLS policy")
    equal(listeners[80]["DefaultActions"][0]["RedirectConfig"]["StatusCode"],
          "HTTP_301", "HTTP is redirected")
    json.loads(cloudwatch.get_dashboard(DashboardName="keyauth")
               ["DashboardBody"])
    ok(True, "the dashboard is JSON")

    filters = aws.client("logs").describe_metric_filters()["metricFilters"]
    text = filters[0]["filterPattern"].strip('"')
    with open(ROOT + "/ngx_http_keyauth_module/ngx_http_keyauth_verify.c") \
            as file:
        ok(text in file.read(), "replays are counted by what is logged", text)


def golden(name, model):
    with open(aws.path(name), "w") as file:
        subprocess.run([sys.executable, ROOT + "/cloudformation/smoke_test.py",
                        "--make", ROOT + "/build/t/%s/keyauth.model" % model,
                        "--keyauth", ROOT + "/build/keyauth"],
                       stdout=file, check=True)
    return aws.path(name)


def promote():
    new = aws.new_image("keyauth-new")
    says("dry run of promote.py", aws.script("promote.py", new, "--dry-run"),
         0, "would set %s: %s -> %s" % (ENTRY, IMAGE, new))
    equal(entry(), IMAGE, "it changes nothing")
    says("promote.py", aws.script("promote.py", new), 0, "3 of 3 instances")
    equal(served(), ({new}, 3, True), "all instances are of the new image")
    says("once more", aws.script("promote.py", new), 0, "already")
    says("promote.py --back", aws.script("promote.py", "--back"), 0,
         "%s is deployed" % IMAGE)
    equal(served(), ({IMAGE}, 3, True), "all instances are of the old one")
    says("an image that is not there",
         aws.script("promote.py", "ami-00000000000000000"), 2, "no image")
    equal(entry(), IMAGE, "the entry is as before")

    # nobody answers there: the smoke test fails, the old image returns
    one = golden("one.json", "one")
    says("the endpoint is wrong",
         aws.script("promote.py", new, "--golden", one, "--url",
                    "http://127.0.0.1:9", "--wait", "1"), 1,
         "the smoke test failed: going back",
         "%s is deployed as before" % IMAGE)
    equal((served(), entry()), (({IMAGE}, 3, True), IMAGE),
          "the old image is back")
    says("a golden file that is not one",
         aws.script("promote.py", new, "--golden", ROOT + "/Makefile"), 2,
         "is not a golden file")

    # interrupted after the entry was written
    aws.client("ssm").put_parameter(Name=ENTRY, Value=new, Overwrite=True,
                                    Type="String")
    says("taken up again", aws.script("promote.py", new), 0, "is deployed")
    equal(served(), ({new}, 3, True), "where it was interrupted")


def destroy():
    # baked, and never served
    baked = aws.new_image("keyauth-baked")
    aws.client("ssm").put_parameter(Name=ENTRY + "-baked", Value=baked,
                                    Type="String")
    says("dry run of destroy.py", aws.script("destroy.py", "--logs",
                                             "--images", "--dry-run"), 0,
         "stack: LoadBalancer", "bucket, with all that is in it: keyauth-",
         "image and its snapshots: " + IMAGE,
         "image and its snapshots: " + baked,
         "entry of Parameter Store: %s-baked" % ENTRY, "would delete all this")
    says("not without the name", aws.script("destroy.py", stdin="no\n"), 2,
         "nothing was deleted")
    says("deletion is refused by then", aws.run(
        "aws", "elbv2", "describe-load-balancer-attributes",
        "--load-balancer-arn", aws.client("elbv2").describe_load_balancers()
        ["LoadBalancers"][0]["LoadBalancerArn"], "--output", "text"), 0,
        "deletion_protection.enabled")
    says("destroy.py", aws.script("destroy.py", "--logs", "--images",
                                  stdin="keyauth\n"), 0,
         "stack keyauth is deleted", "done")
    equal(aws.client("elbv2").describe_load_balancers()["LoadBalancers"], [],
          "the balancer is gone")
    equal(aws.client("s3").list_buckets()["Buckets"], [], "and its logs")
    equal(aws.client("ec2").describe_images(Owners=["self"])["Images"], [],
          "and all images")
    equal(aws.client("ssm").describe_parameters()["Parameters"], [],
          "and what named them")
    says("once more", aws.script("destroy.py", "--yes", "--logs"), 0,
         "nothing to delete")


try:
    mine = aws.account()
    refusals(mine)
    deploy(mine)
    pushed()
    promote()
    destroy()
finally:
    aws.close()

done()
