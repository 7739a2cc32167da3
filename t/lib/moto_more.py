"""moto's server, with what keyauth's templates need and it lacks.

    moto_more.py PORT [LOOKS]

moto's CloudFormation knows no scaling policies, alarms, firewalls and some
others.  Here they are made by the calls to moto's own interfaces that
CloudFormation would make: botocore and moto check what the template says, and
tests can ask for what has become of it.

Making or updating a stack takes until it was looked at LOOKS times, and an
update to an image whose name ends with "bad" is taken back, as CloudFormation
does when an alarm rings.
"""

import json
import re
import sys

import boto3
from botocore.validate import ParamValidator
from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudformation import parsing
from moto.cloudformation.models import (CloudFormationBackend, Stack,
                                        cloudformation_backends)
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.elbv2.models import FakeLoadBalancer, FakeTargetGroup
from moto.server import main

import moto_images  # noqa: F401

PORT = sys.argv[1]
LOOKS = int((sys.argv[2:] or ["0"])[0])

# type: service, call, member for the name, member that wraps all others,
# where the answer has the ARN
CALLS = {
    "AutoScaling::ScalingPolicy":
        ("autoscaling", "put_scaling_policy", "PolicyName", None,
         ("PolicyARN",)),
    "CloudWatch::Alarm":
        ("cloudwatch", "put_metric_alarm", "AlarmName", None, ()),
    "CodeBuild::Project":
        ("codebuild", "create_project", "name", None, ("project", "arn")),
    "CodePipeline::Pipeline":
        ("codepipeline", "create_pipeline", "name", "pipeline", ()),
    "ElastiCache::ParameterGroup":
        ("elasticache", "create_cache_parameter_group",
         "CacheParameterGroupName", None, ()),
    "ElastiCache::ReplicationGroup":
        ("elasticache", "create_replication_group", "ReplicationGroupId",
         None, ()),
    "ElastiCache::SubnetGroup":
        ("elasticache", "create_cache_subnet_group", "CacheSubnetGroupName",
         None, ()),
    "ElastiCache::User":
        ("elasticache", "create_user", "UserId", None, ()),
    "ElastiCache::UserGroup":
        ("elasticache", "create_user_group", "UserGroupId", None, ()),
    "Logs::MetricFilter":
        ("logs", "put_metric_filter", "filterName", None, ()),
    "S3::BucketPolicy":
        ("s3", "put_bucket_policy", None, None, ()),
    "SecretsManager::Secret":
        ("secretsmanager", "create_secret", "Name", None, ("ARN",)),
    "SNS::Subscription":
        ("sns", "subscribe", None, None, ("SubscriptionArn",)),
    "WAFv2::LoggingConfiguration":
        ("wafv2", "put_logging_configuration", None, "LoggingConfiguration",
         ()),
    "WAFv2::WebACL":
        ("wafv2", "create_web_acl", "Name", None, ("Summary", "ARN")),
    "WAFv2::WebACLAssociation":
        ("wafv2", "associate_web_acl", None, None, ()),
}

# what CloudFormation calls otherwise than the calls do
RENAMED = {"PolicyDocument": "Policy", "Stages": "stages",
           "ElastiCache::SubnetGroup/Description":
               "CacheSubnetGroupDescription"}
# what CloudFormation itself looks at, or sets by another call
LEFT_OUT = {"RestartExecutionOnUpdate", "Visibility",
            "ElastiCache::ParameterGroup/Properties"}
# calls that moto lacks: botocore checks what would be sent
CHECKED = {"ElastiCache::ParameterGroup", "ElastiCache::UserGroup"}


# attributes of a replication group
ENDPOINT = {"PrimaryEndPoint.Address": "master.%s.cache.test",
            "PrimaryEndPoint.Port": "6379%.0s"}


def fit(shape, value, where):
    """A property as botocore requires it: CloudFormation's numbers are text."""

    if shape.type_name == "structure":
        members = {name.lower(): name for name in shape.members}
        fitted = {}

        for key, item in value.items():
            path = where + "/" + key

            if key in LEFT_OUT or path in LEFT_OUT:
                continue

            name = members.get(RENAMED.get(path,
                                           RENAMED.get(key, key)).lower())

            if name is None:
                raise ValueError("%s has no %s" % (where, key))

            fitted[name] = fit(shape.members[name], item, path)

        return fitted

    if shape.type_name == "list":
        return [fit(shape.member, item, where) for item in value]

    if shape.type_name == "map":
        return {key: fit(shape.value, item, where)
                for key, item in value.items()}

    if shape.type_name in ("integer", "long"):
        return int(value)

    if shape.type_name in ("double", "float"):
        return float(value)

    if shape.type_name == "boolean":
        return value if isinstance(value, bool) else value == "true"

    return value if isinstance(value, str) else json.dumps(value)


class Made(CloudFormationModel):
    """What a call has made."""

    __module__ = "moto.more.models"     # where moto expects its classes
    type = ""

    def __init__(self, name, arn):
        self.name = name
        self.arn = arn

    @property
    def physical_resource_id(self):
        return self.arn if self.type == "SecretsManager::Secret" \
            else self.name

    def get_cfn_attribute(self, name):
        if name.lower() == "arn":
            return self.arn
        if name in ENDPOINT and self.type == "ElastiCache::ReplicationGroup":
            return ENDPOINT[name] % self.name
        raise KeyError(name)

    def delete(self, account_id, region_name):
        """Nothing: moto forgets all when it is reset."""

    @classmethod
    def has_cfn_attr(cls, attr):
        return attr.lower() == "arn" or attr in ENDPOINT

    @classmethod
    def create_from_cloudformation_json(cls, resource_name,
                                        cloudformation_json, account_id,
                                        region_name, **kwargs):
        service, call, name_member, wrapper, arn_at = CALLS[cls.type]
        client = boto3.client(service, region_name,
                              endpoint_url="http://127.0.0.1:" + PORT)
        shape = client.meta.service_model.operation_model(
            client.meta.method_to_api_mapping[call]).input_shape
        values = dict(cloudformation_json["Properties"])
        inner = shape.members[wrapper] if wrapper else shape

        if name_member:
            keys = {key.lower(): key for key in values}
            key = keys.setdefault(name_member.lower(), name_member)
            resource_name = values.setdefault(key, resource_name)

        generate = values.pop("GenerateSecretString", None)
        values = fit(inner, values, cls.type)

        if generate:
            values["SecretString"] = client.get_random_password(
                PasswordLength=int(generate["PasswordLength"]),
                ExcludePunctuation=generate["ExcludePunctuation"] in (
                    True, "true"))["RandomPassword"]

        # moto requires a location even where the pipeline knows it
        for part in {"source", "artifacts"} & values.keys():
            values[part].setdefault("location", "-")

        if cls.type in CHECKED:
            ParamValidator().validate(values, shape)
            answer = {}
        else:
            answer = getattr(client, call)(**({wrapper: values} if wrapper
                                              else values))

        arn = "arn:aws:%s:%s:%s:%s" % (
            service, region_name, account_id,
            ("alarm:" if service == "cloudwatch" else "") + resource_name)

        for key in arn_at:
            answer = answer.get(key, arn)
            arn = answer if isinstance(answer, str) else arn

        return cls(resource_name, arn)

    @classmethod
    def update_from_cloudformation_json(cls, original_resource,
                                        new_resource_name,
                                        cloudformation_json, account_id,
                                        region_name):
        if cls.type == "WAFv2::WebACL":
            return original_resource

        return cls.create_from_cloudformation_json(
            original_resource.name, cloudformation_json, account_id,
            region_name)


for key in CALLS:
    made = type("Made" + key.replace("::", ""), (Made,),
                {"type": key, "__module__": Made.__module__})
    parsing.get_model_map()["AWS::" + key] = made
    parsing.get_name_type_map()["AWS::" + key] = ""


def full_name(kind):
    """!GetAtt of a target group's or a balancer's full name."""

    known = kind.__dict__.get("get_cfn_attribute")

    def attribute(thing, name):
        if name.endswith("FullName"):
            return re.sub(r"^loadbalancer/", "", thing.arn.split(":", 5)[5])

        if known is None:
            raise KeyError(name)

        return known(thing, name)

    kind.get_cfn_attribute = attribute


class Parameters(dict):
    """What a stack was given.  moto shows what that stands for instead."""

    def __init__(self, resources):
        slots = resources._template.get("Parameters", {})
        super().__init__({
            name: str(resources.input_parameters.get(name,
                                                     slot.get("Default", "")))
            for name, slot in slots.items()})
        self.changed = any(
            resources.parse_ssm_parameter(self[name], slot["Type"])
            != resources.resolved_parameters[name]
            for name, slot in slots.items()
            if slot["Type"].startswith("AWS::SSM"))

    def __eq__(self, other):
        # the same names may stand for something else by now
        given = {name: str(value) for name, value in other.items()}
        return not self.changed and {**self, **given} == dict(self)


def diff_of_parameters(diff):
    """Of what an update changes: what an entry of Parameter Store that has
    changed since changes, and what refers to that."""

    def changed(resources, template, parameters=None):
        now = Parameters(resources)
        found = diff(resources, template,
                     {name: value for name, value in (parameters or {}).items()
                      if now.get(name) != str(value)})

        if now.changed:
            names = ["AmiId"]
            for name in names:
                names += [n for n, r in template["Resources"].items()
                          if n not in names
                          and re.search(r'"(Ref": "|Fn::GetAtt": \["?)%s"'
                                        % name, json.dumps(r))]
            found["Modify"] += [n for n in names[1:]
                                if n in ("LaunchTemplate", "Group")
                                and n not in found["Modify"]]

        return found

    return changed


parsing.ResourceMap.build_resource_diff = diff_of_parameters(
    parsing.ResourceMap.build_resource_diff)


def status(stack):
    """What describe_stacks says."""

    if stack.looks > 0 and stack.end.endswith("_COMPLETE"):
        stack.looks -= 1
        return stack.end.replace("_COMPLETE", "_IN_PROGRESS")

    return stack.end


def set_status(stack, value):
    stack.end = value
    stack.looks = LOOKS if value.endswith("_COMPLETE") else 0


def update(known):
    """An update, and what alarms say of it."""

    def updated(stack, template, role_arn=None, parameters=None, tags=None):
        slots = stack.resource_map._template.get("Parameters", {})

        if "AmiId" in slots:
            image = stack.resource_map.parse_ssm_parameter(
                stack.stack_parameters["AmiId"], slots["AmiId"]["Type"])
            images = ec2_backends[stack.account_id][stack.region_name].amis

            if image in images and images[image].name.endswith("bad"):
                stack._add_stack_event("UPDATE_ROLLBACK_IN_PROGRESS",
                                       "an alarm rang")
                stack._add_stack_event("UPDATE_ROLLBACK_COMPLETE")
                stack.status = "UPDATE_ROLLBACK_COMPLETE"
                return

        known(stack, template, role_arn, parameters, tags)

    return updated


def refreshes(response):
    """A group is half way through while its stack is being updated."""

    name = response._get_param("AutoScalingGroupName")
    stacks = cloudformation_backends[response.current_account][response.region]
    return ActionResult({"InstanceRefreshes": [
        {"InstanceRefreshId": stack.stack_id[-36:], "PercentageComplete": 50,
         "AutoScalingGroupName": name, "Status": "InProgress"}
        for stack in stacks.stacks.values()
        if stack.name == name and stack.looks
        and stack.end.startswith("UPDATE")]})


def delete_resource(delete):
    """moto leaves things in a network that it then cannot delete."""

    def deleted(resources, resource, description):
        try:
            delete(resources, resource, description)
        except Exception:
            if not description["Type"].startswith("AWS::EC2::"):
                raise

    return deleted


parsing.ResourceMap._delete_resource = delete_resource(
    parsing.ResourceMap._delete_resource)
CloudFormationBackend._resolve_update_parameters = \
    lambda backend, instance, incoming_params: {
        p["ParameterKey"]: p.get("ParameterValue",
                                 instance.stack_parameters[p["ParameterKey"]])
        for p in incoming_params}
AutoScalingResponse.describe_instance_refreshes = refreshes
Stack.update = update(Stack.update)
Stack.status = property(status, set_status)
Stack.stack_parameters = property(lambda s: Parameters(s.resource_map))
Stack.parameter_list = property(
    lambda s: [{"ParameterKey": key, "ParameterValue": value}
               for key, value in s.stack_parameters.items()])

full_name(FakeLoadBalancer)
full_name(FakeTargetGroup)

main(["-H", "127.0.0.1", "-p", PORT])
