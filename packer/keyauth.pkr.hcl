# The image: Debian with nginx, the keyauth packages and the production
# configuration.  packer/bake.py runs it; see packer/README.md.
#
#     packer build -only=amazon-ebs.keyauth packer     (plugins: packer init)

variable "architecture" {
  type        = string
  default     = "arm64"
  description = "Debian's name of the processor: arm64 or amd64."

  validation {
    condition     = contains(["arm64", "amd64"], var.architecture)
    error_message = "The architecture is arm64 or amd64."
  }
}

variable "region" {
  type        = string
  default     = "us-east-1"
  description = "Where the image is baked."
}

variable "instance_type" {
  type        = string
  default     = ""
  description = "What bakes; by default a c7g.large or c7i.large."
}

variable "subnet_id" {
  type        = string
  default     = ""
  description = "Where it runs; by default the default VPC."
}

variable "instance_profile" {
  type        = string
  default     = "keyauth-bake"
  description = "Lets Session Manager in: AmazonSSMManagedInstanceCore."
}

variable "kms_key_id" {
  type        = string
  default     = ""
  description = "Encrypts the boot volume; by default the account's own key."
}

variable "debs" {
  type        = string
  default     = "build/deb/trixie"
  description = "The folder of the packages that are installed."
}

variable "commit" {
  type        = string
  default     = "unknown"
  description = "The commit that they were built from."

  validation {
    condition     = regex_replace(var.commit, "^[0-9a-z+]{7,41}$", "") == ""
    error_message = "The commit is git's name of it."
  }
}

variable "model" {
  type        = string
  default     = "unknown"
  description = "The model's id, as in the Keyauth-Model header."

  validation {
    condition     = regex_replace(var.model, "^([0-9a-f]{16}|unknown)$", "") == ""
    error_message = "The model's id has 16 hexadecimal digits."
  }
}

variable "agents" {
  type        = bool
  default     = true
  description = "Whether the image gets Amazon's CloudWatch agent."
}

# where the tests run this file there is no AWS, and no systemd

variable "ec2_endpoint" {
  type    = string
  default = ""
}

variable "ssh_interface" {
  type    = string
  default = "session_manager"
}

variable "ssh_host" {
  type    = string
  default = ""
}

variable "ssh_port" {
  type    = number
  default = 22
}

variable "ssh_username" {
  type    = string
  default = "admin"
}

variable "ssh_private_key_file" {
  type    = string
  default = ""
}

# what the qemu builder boots: packer/vm.sh makes it

variable "vm" {
  type        = string
  default     = "build/vm"
  description = "The folder of the disk, kernel, initrd and SSH key."
}

variable "vm_checksum" {
  type        = string
  default     = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  description = "The disk's; the default is that of nothing."
}

locals {
  arm   = var.architecture == "arm64"
  now   = formatdate("YYYYMMDDhhmmss", timestamp())
  small = local.arm ? "c7g.large" : "c7i.large"

  # of files that were changed since the commit; a name may have no plus sign
  commit = replace(var.commit, "+", "-changed")

  # Debian's own account publishes its images
  debian = "136693071363"

  tags = {
    Name             = "keyauth"
    "keyauth:commit" = var.commit
    "keyauth:model"  = var.model
  }
}

source "amazon-ebs" "keyauth" {
  ami_name        = "keyauth-${var.architecture}-${local.now}-${local.commit}"
  ami_description = "nginx with keyauth ${var.commit}, model ${var.model}"

  region                 = var.region
  custom_endpoint_ec2    = var.ec2_endpoint
  skip_region_validation = true
  instance_type          = var.instance_type != "" ? var.instance_type : local.small
  subnet_id              = var.subnet_id
  iam_instance_profile   = var.ssh_interface == "session_manager" ? var.instance_profile : ""

  source_ami_filter {
    filters = {
      name                = "debian-13-${var.architecture}-*"
      architecture        = local.arm ? "arm64" : "x86_64"
      root-device-type    = "ebs"
      virtualization-type = "hvm"
    }
    owners      = [local.debian]
    most_recent = true
  }

  # no port is open to anybody: SSH comes through Session Manager, whose
  # agent Debian's image lacks, with a key that lives for the bake
  ssh_interface        = var.ssh_interface
  ssh_host             = var.ssh_host
  ssh_port             = var.ssh_port
  ssh_username         = var.ssh_username
  ssh_private_key_file = var.ssh_private_key_file
  user_data_file       = "packer/user-data.sh"

  # encrypted from its first byte, so that no snapshot was ever in clear
  launch_block_device_mappings {
    device_name           = "/dev/xvda"
    volume_type           = "gp3"
    volume_size           = 8
    iops                  = 3000
    throughput            = 125
    encrypted             = true
    kms_key_id            = var.kms_key_id
    delete_on_termination = true
  }

  tags = merge(local.tags, {
    "keyauth:source-ami"      = "{{ .SourceAMI }}"
    "keyauth:source-ami-name" = "{{ .SourceAMIName }}"
  })
  run_tags        = merge(local.tags, { Name = "keyauth-bake" })
  run_volume_tags = local.tags
  snapshot_tags   = local.tags
}

# a whole machine, without KVM: make test-vm
source "qemu" "keyauth" {
  vm_name              = "keyauth.qcow2"
  output_directory     = "${var.vm}/baked"
  disk_image           = true
  iso_url              = "${var.vm}/disk.qcow2"
  iso_checksum         = var.vm_checksum
  format               = "qcow2"
  disk_interface       = "virtio"
  net_device           = "virtio-net-pci"
  accelerator          = "tcg"
  memory               = 1024
  headless             = true
  ssh_username         = var.ssh_username
  ssh_private_key_file = var.ssh_private_key_file
  ssh_timeout          = "10m"
  boot_wait            = "1s"
  shutdown_command     = "sudo systemctl poweroff"

  qemuargs = [
    ["-kernel", "${var.vm}/vmlinuz"],
    ["-initrd", "${var.vm}/initrd.img"],
    ["-append", "root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet"],
    ["-serial", "file:${var.vm}/bake.log"],
    ["-device", "virtio-rng-pci"],
  ]
}

build {
  sources = ["source.amazon-ebs.keyauth", "source.qemu.keyauth"]

  provisioner "shell" {
    inline = ["mkdir -p -m 700 /tmp/keyauth/debs"]
  }

  provisioner "file" {
    source      = "${var.debs}/"
    destination = "/tmp/keyauth/debs"
  }

  provisioner "file" {
    source      = "conf"
    destination = "/tmp/keyauth"
  }

  provisioner "file" {
    source      = "packer/provision"
    destination = "/tmp/keyauth"
  }

  # the test is last: it looks at what the others have left
  provisioner "shell" {
    execute_command = "chmod +x {{ .Path }}; sudo env {{ .Vars }} {{ .Path }}"
    environment_vars = [
      "KEYAUTH_AGENTS=${var.agents}",
      "KEYAUTH_COMMIT=${var.commit}",
      "KEYAUTH_REGION=${var.region}",
    ]
    scripts = [
      "packer/provision/10-packages.sh",
      "packer/provision/20-configure.sh",
      "packer/provision/30-harden.sh",
      "packer/provision/40-clean.sh",
      "packer/provision/50-test.sh",
    ]
  }

  post-processor "manifest" {
    only       = ["amazon-ebs.keyauth"]
    output     = "build/packer/manifest.json"
    strip_path = true
    custom_data = {
      commit       = var.commit
      model        = var.model
      architecture = var.architecture
      region       = var.region
    }
  }
}
