# What current versions of Packer want and Debian's 1.6.6, which has its
# builders built in, refuses: it is given keyauth.pkr.hcl alone.

packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.3.0"
    }
    qemu = {
      source  = "github.com/hashicorp/qemu"
      version = ">= 1.1.0"
    }
  }
}
