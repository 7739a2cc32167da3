"""What packer/bake.py asks of images and moto lacks: snapshots are encrypted
where the instance's volume is, and IMDSv2 and deprecation are remembered."""

from moto.core.responses import EmptyResult
from moto.ec2.models.amis import AmiBackend
from moto.ec2.responses import EC2Response

create_image = AmiBackend.create_image
modify = EC2Response.modify_image_attribute


def create(backend, instance_id, *args, **kwargs):
    ami = create_image(backend, instance_id, *args, **kwargs)
    devices = backend.get_instance(instance_id).block_device_mapping
    ami.ebs_snapshot.encrypted = all(
        backend.volumes[device.volume_id].encrypted
        for device in devices.values())

    return ami


def modify_image_attribute(response):
    support = response._get_param("ImdsSupport")

    if not support:
        return modify(response)

    ami = response.ec2_backend.amis[response._get_param("ImageId")]
    ami.imds_support = support["Value"]

    return EmptyResult()


def enable_image_deprecation(response):
    ami = response.ec2_backend.amis[response._get_param("ImageId")]
    ami.deprecation_time = response._get_param("DeprecateAt")

    return EmptyResult()


AmiBackend.create_image = create
EC2Response.modify_image_attribute = modify_image_attribute
EC2Response.enable_image_deprecation = enable_image_deprecation
