#!/usr/bin/env python3
"""cloudformation/*.yaml: cfn-lint finds nothing, neither do rules of our own;
and both find what is wrong in templates that are made wrong on purpose."""

import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))

from simulated_aws import CLOUD, done, equal, need, ok

need("boto3", "yaml", commands=["cfn-lint"])

import boto3    # noqa: E402
import yaml     # noqa: E402

MAIN = os.path.join(CLOUD, "keyauth.yaml")
PIPELINE = os.path.join(CLOUD, "pipeline.yaml")
ENGINE = os.path.join(CLOUD, "engine.yaml")
POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

# actions that know no resources, or none that could be named beforehand
NO_RESOURCE = re.compile(r"(ec2|autoscaling|cloudwatch):Describe|ssmmessages:"
                         r"|ssm:UpdateInstanceInformation$"
                         r"|cloudwatch:PutMetricData$")

ROLES = {"BakeRole": ["packer/bake.py"],
         "DeployRole": ["cloudformation/promote.py",
                        "cloudformation/stack.py"]}

REFRESH = {"AlarmSpecification", "BakeTime", "CheckpointDelay",
           "CheckpointPercentages", "InstanceWarmup", "MaxHealthyPercentage",
           "MinHealthyPercentage", "ScaleInProtectedInstances",
           "SkipMatching", "StandbyInstances"}


class Loader(yaml.SafeLoader):
    """Reads !Ref X as {"Ref": X}, and so on."""


def short(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix: value}


Loader.add_multi_constructor("!", short)


def slurp(name):
    with open(name) as file:
        return file.read()


def each(template, kind):
    return [(name, r.get("Properties", {}), r)
            for name, r in template["Resources"].items()
            if r["Type"] == "AWS::" + kind]


def every(template, kind, test, what):
    """What, for each resource of a kind that does not pass the test."""

    for name, properties, resource in each(template, kind):
        try:
            good = test(properties, resource)
        except (KeyError, IndexError, TypeError):
            good = False
        if not good:
            yield "%s: %s" % (name, what)


def statements(template):
    for name, properties, _ in each(template, "IAM::Role"):
        for policy in properties.get("Policies", []):
            for s in policy["PolicyDocument"]["Statement"]:
                yield name, s


def of_all(text, template):
    """Rules for both templates."""

    if len(text) > 51200:
        yield "longer than CloudFormation takes"

    if re.search(r"^[^#'\"]*: [&*][a-z_]+$", text, re.M):
        yield "an alias of YAML, which CloudFormation does not take"

    for name, p in template["Parameters"].items():
        if not p.get("Description") or not p.get("ConstraintDescription"):
            yield "%s: parameter without a description" % name
        if not ({"AllowedPattern", "AllowedValues"} & set(p)
                or {"MinValue", "MaxValue"} <= set(p)):
            yield "%s: parameter without a pattern" % name
        pattern, default = p.get("AllowedPattern"), p.get("Default")
        if pattern and default is not None and not re.search(pattern,
                                                             default):
            yield "%s: the default does not fit the pattern" % name

    for name, output in template["Outputs"].items():
        if not output.get("Description"):
            yield "%s: output without a description" % name

    for name, s in statements(template):
        actions = s["Action"]
        actions = [actions] if isinstance(actions, str) else actions
        if any(a.endswith("*") for a in actions):
            yield "%s: any action" % name
        if s["Resource"] == "*" and not all(NO_RESOURCE.match(a)
                                            for a in actions):
            yield "%s: any resource" % name

    yield from every(template, "Logs::LogGroup",
                     lambda p, r: p["RetentionInDays"], "logs for ever")
    yield from every(template, "S3::Bucket", lambda p, r: all(
        p["PublicAccessBlockConfiguration"][k] for k in (
            "BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls",
            "RestrictPublicBuckets"))
        and p["BucketEncryption"], "an open bucket")

    open_buckets = {n for n, _, _ in each(template, "S3::Bucket")} - {
        p["Bucket"]["Ref"] for _, p, _ in each(template, "S3::BucketPolicy")
        if any(s["Effect"] == "Deny" and "SecureTransport" in str(s)
               for s in p["PolicyDocument"]["Statement"])}
    for name in open_buckets:
        yield "%s: a bucket without TLS" % name


def balancer_attributes(properties):
    return {a["Key"]: a["Value"] for a in properties["LoadBalancerAttributes"]}


def of_main(text, template):
    """Rules for keyauth.yaml."""

    kinds = {
        "ElasticLoadBalancingV2::LoadBalancer": [
            (lambda p, r: balancer_attributes(p)["access_logs.s3.enabled"]
             == "true", "no access logs"),
            (lambda p, r: balancer_attributes(p)[
                "deletion_protection.enabled"]
             == {"Ref": "DeletionProtection"}, "no deletion protection"),
            (lambda p, r: balancer_attributes(p)[
                "routing.http.drop_invalid_header_fields.enabled"] == "true",
             "invalid headers pass")],
        "ElasticLoadBalancingV2::TargetGroup": [
            (lambda p, r: p["Protocol"] == "HTTPS", "plain to the hosts"),
            (lambda p, r: p["HealthCheckPath"] == "/health/ready"
             and p["HealthCheckProtocol"] == "HTTPS",
             "not the health of ready")],
        "ElasticLoadBalancingV2::Listener": [
            (lambda p, r: p["Protocol"] == "HTTPS" and p["SslPolicy"]
             == POLICY or p["DefaultActions"][0]["Type"] == "redirect",
             "plain, or an old TLS policy")],
        "EC2::LaunchTemplate": [
            (lambda p, r: p["LaunchTemplateData"]["MetadataOptions"]
             ["HttpTokens"] == "required", "IMDSv1"),
            (lambda p, r: p["LaunchTemplateData"]["MetadataOptions"]
             ["HttpPutResponseHopLimit"] == 1, "metadata for containers"),
            (lambda p, r: all(d["Ebs"]["Encrypted"] is True
                              and d["Ebs"]["VolumeType"] == "gp3" for d in
                              p["LaunchTemplateData"]["BlockDeviceMappings"]),
             "a disk in clear"),
            (lambda p, r: all(n["AssociatePublicIpAddress"] is False for n in
                              p["LaunchTemplateData"]["NetworkInterfaces"]),
             "a public address")],
        "AutoScaling::AutoScalingGroup": [
            (lambda p, r: "Fn::GetAtt" in p["MixedInstancesPolicy"]
             ["LaunchTemplate"]["LaunchTemplateSpecification"]["Version"]
             or "GetAtt" in p["MixedInstancesPolicy"]["LaunchTemplate"]
             ["LaunchTemplateSpecification"]["Version"],
             "no version to go back to"),
            (lambda p, r: p["HealthCheckType"] == "ELB", "health of EC2"),
            (lambda p, r: p["LifecycleHookSpecificationList"][0]
             ["LifecycleTransition"].endswith("TERMINATING"), "no draining"),
            (lambda p, r: len(p["MixedInstancesPolicy"]["LaunchTemplate"]
                              ["Overrides"]) >= 3, "one family"),
            (lambda p, r: "Public" not in str(p["VPCZoneIdentifier"]),
             "hosts in public subnets"),
            (lambda p, r: set(r["UpdatePolicy"]) ==
             {"AutoScalingInstanceRefresh"} and set(
                 r["UpdatePolicy"]["AutoScalingInstanceRefresh"]) ==
             {"Strategy", "Preferences"}, "not an instance refresh"),
            (lambda p, r: set(r["UpdatePolicy"]["AutoScalingInstanceRefresh"]
                              ["Preferences"]) <= REFRESH,
             "an unknown preference"),
            (lambda p, r: len(r["UpdatePolicy"]["AutoScalingInstanceRefresh"]
                              ["Preferences"]["AlarmSpecification"]
                              ["Alarms"]) >= 2, "no alarm goes back"),
            (lambda p, r: r["UpdatePolicy"]["AutoScalingInstanceRefresh"]
             ["Preferences"]["MinHealthyPercentage"] == 100,
             "fewer hosts while refreshing")],
        "CloudWatch::Alarm": [
            (lambda p, r: p["AlarmActions"], "an alarm nobody hears")],
        "EC2::SecurityGroup": [
            (lambda p, r: all("SourceSecurityGroupId" in i
                              or i["CidrIp"] == {"Ref": "ClientCidr"}
                              for i in p["SecurityGroupIngress"]),
             "open to the world")],
    }

    for kind, rules in kinds.items():
        if not each(template, kind):
            yield "no %s" % kind
        for test, what in rules:
            yield from every(template, kind, test, what)

    if template["Parameters"]["MinSize"]["MinValue"] < 2:
        yield "MinSize: fewer than two hosts"
    if template["Parameters"]["DeletionProtection"]["Default"] != "true":
        yield "no deletion protection by default"
    if len(each(template, "CloudWatch::Alarm")) < 5:
        yield "alarms are missing"
    if len(each(template, "EC2::Subnet")) != 6:
        yield "not three zones"
    if "$Latest" in re.sub(r"#.*", "", text) or "resolve:ssm" in text:
        yield "an image that a rollback cannot know"
    for kind in ("WAFv2::WebACLAssociation", "WAFv2::LoggingConfiguration",
                 "CloudWatch::Dashboard"):
        if not each(template, kind):
            yield "no %s" % kind

    policies = [p["TargetTrackingConfiguration"] for _, p, _ in
                each(template, "AutoScaling::ScalingPolicy")]
    if len(policies) != 2:
        yield "not two scaling policies"


def of_pipeline(text, template):
    """Rules for pipeline.yaml."""

    pipeline = each(template, "CodePipeline::Pipeline")[0][1]
    order = [s["Name"] if "Name" in s else s["If"][1]["Name"]
             for s in pipeline["Stages"]]

    if order != ["Source", "Test", "Train", "Bake", "Agree", "Deploy"]:
        yield "stages: %s" % order

    specs = {n: p["Source"]["BuildSpec"]
             for n, p, _ in each(template, "CodeBuild::Project")}

    for name, spec in specs.items():
        parsed = yaml.safe_load(spec)
        for phase in parsed["phases"].values():
            for command in phase["commands"]:
                script = re.match(r"([a-z.]+/\S+)", command)
                path = script and os.path.join(CLOUD, "..", script.group(1))
                if path and not os.access(path, os.X_OK):
                    if "/bake.py" not in path:
                        yield "%s: there is no %s" % (name, script.group(1))

    if "gate.py" not in specs["Train"]:
        yield "no gate"
    if "promote.py" not in specs["Deploy"] or "golden" not in specs["Deploy"]:
        yield "no smoke test"


    # what the scripts ask of AWS, their roles may
    for role, scripts in ROLES.items():
        may = {a for n, s in statements(template) if n == role
               for a in ([s["Action"]] if isinstance(s["Action"], str)
                         else s["Action"])}
        for action in sorted(calls(scripts) - may):
            yield "%s may not %s" % (role, action)


def of_engine(text, template):
    """Rules for engine.yaml."""

    for test, what in (
            (lambda p, r: p["TransitEncryptionEnabled"] is True
             and p["TransitEncryptionMode"] == "required",
             "plain to the hosts"),
            (lambda p, r: p["AtRestEncryptionEnabled"] is True,
             "templates in clear"),
            (lambda p, r: p["MultiAZEnabled"] is True
             and p["AutomaticFailoverEnabled"] is True
             and p["ReplicasPerNodeGroup"] >= 1, "one zone"),
            (lambda p, r: p["SnapshotRetentionLimit"]
             == {"Ref": "SnapshotDays"} and r["DeletionPolicy"] == "Snapshot"
             and r["UpdateReplacePolicy"] == "Snapshot", "no snapshots"),
            (lambda p, r: p["UserGroupIds"], "anybody may ask"),
            (lambda p, r: p["CacheParameterGroupName"]
             == {"Ref": "Settings"}, "the default parameters")):
        yield from every(template, "ElastiCache::ReplicationGroup", test,
                         what)

    yield from every(template, "ElastiCache::ParameterGroup",
                     lambda p, r: p["Properties"]["maxmemory-policy"]
                     == "noeviction", "people may be evicted")
    yield from every(template, "ElastiCache::User", lambda p, r:
                     " -@all " in p["AccessString"]["Sub"]
                     and "+@" not in p["AccessString"]["Sub"]
                     and "~${Prefix}:*" in p["AccessString"]["Sub"],
                     "a user who may anything")
    yield from every(template, "EC2::SecurityGroup", lambda p, r: all(
        i["SourceSecurityGroupId"] == {"Ref": "HostSecurityGroupId"}
        for i in p["SecurityGroupIngress"]), "open to the world")
    yield from every(template, "CloudWatch::Alarm",
                     lambda p, r: p["AlarmActions"], "an alarm nobody hears")

    for kind, n in (("ElastiCache::ReplicationGroup", 1),
                    ("ElastiCache::User", 1), ("CloudWatch::Alarm", 4),
                    ("EC2::SecurityGroupEgress", 1)):
        if len(each(template, kind)) != n:
            yield "not %d of %s" % (n, kind)


def calls(scripts):
    """The actions that scripts need, by the calls that they make."""

    text = "".join(slurp(os.path.join(CLOUD, "..", s)) for s in scripts)
    names = set(re.findall(r"[.\"](\w+)", text))
    found = set()

    # not iam: bake.py is given its profile
    for service in ("autoscaling", "cloudformation", "ec2", "ssm"):
        methods = boto3.client(service, "us-east-1").meta \
            .method_to_api_mapping
        found |= {"%s:%s" % (service, methods[n])
                  for n in names & set(methods)}

    # the stack is there
    return found - {"cloudformation:CreateStack"}


def faults(text, more):
    template = yaml.load(text, Loader)
    return list(of_all(text, template)) + list(more(text, template))


def lint(*names):
    got = subprocess.run(["cfn-lint", "--format", "parseable", *names],
                         text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    return got.stdout


# mistakes: what is replaced, by what, and which rule or check must find it

LINTED = [
    (MAIN, "HttpTokens: required", "HttpTokens: always", "E3030"),
    (MAIN, "!Ref TargetGroup\n", "!Ref TargetGroups\n", "E1020"),
    (MAIN, "      SslPolicy:", "      TlsPolicy:", "E3002"),
    (MAIN, "!GetAtt LogBucket.Arn", "!GetAtt LogBucket.Name", "E1010"),
    (MAIN, "    Default: 6\n", "    Default: 6\n    Defualt: 6\n", "E2001"),
    (MAIN, "      GroupDescription: clients to the balancer\n", "", "E3003"),
    (MAIN, "TargetType: instance", "TargetType: [instance]", "E30"),
    (PIPELINE, "!GetAtt BuildRole.Arn", "!GetAtt BuildRoll.Arn", "E1010"),
    (PIPELINE, "PipelineType: V2", "PipelineType: V9", "E3030"),
    (PIPELINE, "      TimeoutInMinutes: 120", "      Timeout: 120", "E3002"),
    (PIPELINE, "{Category: Source, Owner: AWS, Provider: S3,",
     "{Category: Sauce, Owner: AWS, Provider: S3,", "E3"),
    (ENGINE, "Engine: valkey\n      EngineVersion", "Motor: valkey\n"
     "      EngineVersion", "E3"),
    (ENGINE, "UserIds: [!Ref User]", "UserIds: [!Ref Users]", "E1020"),
]

RULES = {MAIN: of_main, PIPELINE: of_pipeline, ENGINE: of_engine}

RULED = [
    (MAIN, "HttpTokens: required", "HttpTokens: optional", "IMDSv1"),
    (MAIN, "HopLimit: 1", "HopLimit: 2", "metadata for containers"),
    (MAIN, "              Encrypted: true", "              Encrypted: false",
     "a disk in clear"),
    (MAIN, "AssociatePublicIpAddress: false",
     "AssociatePublicIpAddress: true", "a public address"),
    (MAIN, "!GetAtt LaunchTemplate.LatestVersionNumber", '"$Latest"',
     "no version to go back to"),
    (MAIN, "      SslPolicy: " + POLICY, "", "an old TLS policy"),
    (MAIN, POLICY, "ELBSecurityPolicy-2016-08", "an old TLS policy"),
    (MAIN, "HealthCheckPath: /health/ready", "HealthCheckPath: /",
     "not the health of ready"),
    (MAIN, "HealthCheckType: ELB", "HealthCheckType: EC2", "health of EC2"),
    (MAIN, "          BakeTime:", "          BakingTime:",
     "an unknown preference"),
    (MAIN, "MinHealthyPercentage: 100", "MinHealthyPercentage: 50",
     "fewer hosts"),
    (MAIN, 'access_logs.s3.enabled, Value: "true"',
     'access_logs.s3.enabled, Value: "false"', "no access logs"),
    (MAIN, "Resource:\n                  - !Ref ApiKeysSecretArn\n",
     'Resource: "*"\n                Also:\n', "any resource"),
    (MAIN, "secretsmanager:GetSecretValue", "secretsmanager:*",
     "any action"),
    (MAIN, "      AlarmActions: [!Ref AlarmTopic]\n", "",
     "an alarm nobody hears"),
    (MAIN, "      RetentionInDays: !Ref LogDays\n", "", "logs for ever"),
    (MAIN, "        BlockPublicAcls: true\n", "", "an open bucket"),
    (MAIN, "          - Sid: OnlyOverTls\n            Effect: Deny",
     "          - Sid: OnlyOverTls\n            Effect: Allow",
     "a bucket without TLS"),
    (MAIN, "    MinValue: 2\n    MaxValue: 500", "    MinValue: 1\n"
     "    MaxValue: 500", "fewer than two"),
    (MAIN, "    AllowedPattern: ^[A-Za-z0-9-]{0,64}$\n", "",
     "without a pattern"),
    (MAIN, 'Default: "10.42"', 'Default: "11.42"', "does not fit"),
    (MAIN, "CidrIp: !Ref ClientCidr, Description: HTTPS",
     "CidrIp: 0.0.0.0/0, Description: HTTPS", "open to the world"),
    (MAIN, "!Ref PrivateSubnet1, !Ref", "!Ref PublicSubnet1, !Ref",
     "public subnets"),
    (MAIN, "autoscaling:EC2_INSTANCE_TERMINATING",
     "autoscaling:EC2_INSTANCE_LAUNCHING", "no draining"),
    (MAIN, "AWS::WAFv2::WebACLAssociation", "AWS::SNS::Topic",
     "no WAFv2::WebACLAssociation"),
    (PIPELINE, "      RetentionInDays: !Ref LogDays\n", "", "logs for ever"),
    (PIPELINE, "cloudformation/gate.py FUSION=$LEAST < evaluate.json",
     "echo", "no gate"),
    (PIPELINE, " --golden golden.json", "", "no smoke test"),
    (PIPELINE, "cloudformation/promote.py", "cloudformation/promot.py",
     "there is no"),
    (PIPELINE, "Resource: !Ref KeySecretArn", 'Resource: "*"',
     "any resource"),
    (PIPELINE, "[ssm:GetParameter, ssm:PutParameter]", "ssm:PutParameter",
     "BakeRole may not ssm:GetParameter"),
    (PIPELINE, "                  - cloudformation:UpdateStack\n", "",
     "DeployRole may not cloudformation:UpdateStack"),
    (PIPELINE, "ssm:GetParameterHistory, ", "",
     "DeployRole may not ssm:GetParameterHistory"),
    (PIPELINE, "Properties:\n      Name: !Ref AWS::StackName",
     "Properties: &all\n      Name: !Ref AWS::StackName", "an alias"),
    (ENGINE, "TransitEncryptionMode: required",
     "TransitEncryptionMode: preferred", "plain to the hosts"),
    (ENGINE, "AtRestEncryptionEnabled: true",
     "AtRestEncryptionEnabled: false", "templates in clear"),
    (ENGINE, "ReplicasPerNodeGroup: 1", "ReplicasPerNodeGroup: 0",
     "one zone"),
    (ENGINE, "    DeletionPolicy: Snapshot\n", "", "no snapshots"),
    (ENGINE, "      UserGroupIds: [!Ref UserGroup]\n", "",
     "anybody may ask"),
    (ENGINE, "maxmemory-policy: noeviction", "maxmemory-policy: allkeys-lru",
     "people may be evicted"),
    (ENGINE, "-@all +get", "-@all +@read +get", "a user who may anything"),
    (ENGINE, "SourceSecurityGroupId: !Ref HostSecurityGroupId",
     "CidrIp: 0.0.0.0/0", "open to the world"),
    (ENGINE, "      AlarmActions: [!Ref AlarmTopicArn]\n", "",
     "an alarm nobody hears"),
    (ENGINE, "AWS::EC2::SecurityGroupEgress", "AWS::SNS::Topic", "not 1 of"),
    (ENGINE, "    AllowedPattern: ^sg-[0-9a-f]{8,17}$\n", "",
     "without a pattern"),
]

equal(lint(*RULES), "", "cfn-lint finds nothing")

for name, more in RULES.items():
    equal(faults(slurp(name), more), [],
          "our rules find nothing in " + os.path.basename(name))

for name, old, new, what in RULED:
    text = slurp(name)
    found = faults(text.replace(old, new, 1), RULES[name])
    ok(old in text and any(what in f for f in found),
       "a mistake in %s is found: %s" % (os.path.basename(name), what),
       old in text, *found)

with tempfile.TemporaryDirectory() as folder:
    names = []

    for n, (name, old, new, _) in enumerate(LINTED):
        names.append(os.path.join(folder, "%d.yaml" % n))
        with open(names[-1], "w") as file:
            file.write(slurp(name).replace(old, new, 1))

    found = lint(*names)

    for n, (name, old, new, code) in enumerate(LINTED):
        mine = [x for x in found.splitlines()
                if x.startswith(names[n] + ":")]
        ok(old in slurp(name) and any(":%s" % code in x for x in mine),
           "cfn-lint finds a mistake in %s: %s"
           % (os.path.basename(name), " ".join(new.split())), *mine)

done()
