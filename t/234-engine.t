#!/usr/bin/env python3
"""cloudformation/engine.yaml against simulated AWS, beside the hosts' stack:
the replication group, who is let in and for what, alarms.  With the rights of
its user a server lets keyauth replicate do its work."""

import json
import os
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))

from simulated_aws import CLOUD, IMAGE, ROOT, Aws, done, equal, need, ok

need("boto3", "moto", commands=["aws"])

aws = Aws()


def outputs(stack):
    found = aws.client("cloudformation").describe_stacks(StackName=stack)
    return {o["OutputKey"]: o["OutputValue"]
            for o in found["Stacks"][0].get("Outputs", [])}


def deploy():
    code, out = aws.script("deploy.py", *aws.account(), "--ami", IMAGE)
    ok(code == 0, "the hosts' stack", out)
    hosts = outputs("keyauth")
    given = {"VpcId": hosts["VpcId"], "SubnetIds": hosts["PrivateSubnetIds"],
             "HostSecurityGroupId": hosts["HostSecurityGroupId"],
             "AlarmTopicArn": hosts["AlarmTopic"]}

    with open(os.path.join(CLOUD, "engine.yaml")) as file:
        aws.client("cloudformation").create_stack(
            StackName="keyauth-engine", TemplateBody=file.read(),
            Parameters=[{"ParameterKey": k, "ParameterValue": v}
                        for k, v in given.items()])

    return hosts, outputs("keyauth-engine")


def engine(mine):
    group = aws.client("elasticache").describe_replication_groups()
    group = group["ReplicationGroups"][0]
    equal((group["ReplicationGroupId"], group["AtRestEncryptionEnabled"],
           group["TransitEncryptionEnabled"], group["AutomaticFailover"],
           group["MultiAZ"], group["SnapshotRetentionLimit"]),
          ("keyauth-engine", True, True, "enabled", "enabled", 7),
          "the group: encrypted, in two zones, with snapshots")
    equal(mine["Url"],
          "rediss://keyauth@master.keyauth-engine.cache.test:6379",
          "its URL has TLS and a user")

    secret = aws.client("secretsmanager").get_secret_value(
        SecretId=mine["SecretName"])["SecretString"]
    ok(len(secret) == 64 and secret.isalnum(), "a password was made")
    user = aws.client("elasticache").describe_users()["Users"][-1]
    equal((user["UserName"], user["Authentication"]["Type"]),
          ("keyauth", "password"), "a user of its own")
    words = user["AccessString"].split()
    equal(words[:4], ["on", "~keyauth:*", "resetchannels", "-@all"],
          "who may nothing else, on other keys nothing at all")
    equal([w for w in words[4:] if not w.startswith("+")
           or "@" in w or w in ("+keys", "+flushall", "+config")], [],
          "and no class of commands")
    return words


def replicate(words):
    """Whether one store's people come into another one, by a server with
    such a user."""

    keyauth = ROOT + "/build/keyauth"
    folder = aws.path("redis%d" % time.monotonic_ns())
    key = folder + "/key"
    os.mkdir(folder)

    with open(folder + "/conf", "w") as file:
        file.write("port 6379\nbind 127.0.0.1\nsave \"\"\ndir %s\n"
                   "user default off\nuser keyauth >secret %s\n"
                   % (folder, " ".join(words)))

    server = subprocess.Popen(["redis-server", folder + "/conf"],
                              stdout=subprocess.DEVNULL)
    aws.run(keyauth, "key", "store", "--file", key)
    people = "".join('{"UserID":"u%d","Template":"AgAAAA=="}\n' % i
                     for i in range(5))
    codes, said = [], ""

    try:
        time.sleep(0.5)
        for store, text in (("/one", people), ("/two", "")):
            aws.run(keyauth, "store", "import", folder + store, "--key", key,
                    "--create", stdin=text)
            got = subprocess.run(
                [keyauth, "replicate", "--store", folder + store, "--key",
                 key, "--url", "redis://keyauth@127.0.0.1:6379", "--once",
                 "--quiet", "--timeout", "2000"], timeout=60, text=True,
                stderr=subprocess.PIPE,
                env={**aws.env, "KEYAUTH_REPLICATE_PASSWORD": "secret"})
            codes.append(got.returncode)
            said += got.stderr
    except subprocess.TimeoutExpired:
        return False
    finally:
        server.kill()
        server.wait()

    _, out = aws.run(keyauth, "store", "export", folder + "/two", "--key",
                     key)
    # nothing was refused, not even at first
    return codes == [0, 0] and out.count("UserID") == 5 \
        and "caught up" in said and "the engine says" not in said


def network(hosts):
    groups = {g["GroupId"]: g for g in aws.client("ec2")
              .describe_security_groups()["SecurityGroups"]}
    one = [g for g in groups.values()
           if g["Description"] == "the hosts to the engine"][0]
    equal([(p["FromPort"], p["ToPort"], [g["GroupId"] for g in
            p["UserIdGroupPairs"]], p["IpRanges"])
           for p in one["IpPermissions"]],
          [(6379, 6379, [hosts["HostSecurityGroupId"]], [])],
          "the hosts alone are let in")


def alarms(hosts):
    found = {a["AlarmName"]: a for a in aws.client("cloudwatch")
             .describe_alarms(AlarmNamePrefix="keyauth-engine")
             ["MetricAlarms"]}
    equal(sorted(found), ["keyauth-engine-" + n for n in (
        "evictions", "lag-1", "lag-2", "memory")], "the alarms are there")
    ok(all(a["AlarmActions"] == [hosts["AlarmTopic"]]
           for a in found.values()), "each has an action")
    text = json.dumps(list(found.values()), default=str)
    for name in ("ReplicationLag", "DatabaseMemoryUsagePercentage",
                 "Evictions"):
        ok(text.count('"%s"' % name) == 2, "of both nodes: " + name)
    ok("keyauth-engine-001" in text and "keyauth-engine-002" in text,
       "by the nodes' names")


try:
    of_hosts, of_engine = deploy()
    rights = engine(of_engine)

    if shutil.which("redis-server"):
        ok(replicate(rights), "keyauth replicate works with these rights")
    else:
        print("# skipped, no redis-server: the rights in use")

    network(of_hosts)
    alarms(of_hosts)
finally:
    aws.close()

done()
