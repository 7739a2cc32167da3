#!/usr/bin/python3
"""Draws docs/architecture-aws.svg and .png, and those of the pipeline.

    docs/architecture-aws.py [FOLDER]

Needs what conf/install.sh diagrams installs.  Icons are put into the SVG, so
that it is one file.
"""

import base64
import os
import re
import sys

from diagrams import Cluster, Diagram, Edge
from diagrams.aws.compute import AMI, EC2
from diagrams.aws.devtools import Codebuild, Codepipeline
from diagrams.aws.general import Users
from diagrams.aws.management import (Cloudformation, Cloudwatch,
                                     SystemsManager,
                                     SystemsManagerParameterStore)
from diagrams.aws.integration import Eventbridge, SNS
from diagrams.aws.network import ELB, NATGateway, Route53
from diagrams.aws.security import ACM, WAF, IAMRole, SecretsManager
from diagrams.aws.storage import S3
from diagrams.onprem.network import Nginx
from diagrams.onprem.vcs import Git

LOOK = {"dpi": "60", "pad": "0.4", "splines": "spline", "nodesep": "0.5",
        "ranksep": "0.9", "fontsize": "20"}


def seen(text="", **more):
    return Edge(label=text, style="dashed", color="gray40", **more)


def stack():
    clients = Users("clients")
    name = Route53("Route 53\nalias")
    mail = SNS("alarms by mail")

    with Cluster("what is made before"):
        secret = SecretsManager("API keys")
        certificate = ACM("certificate")
        entry = SystemsManagerParameterStore("/keyauth/ami-id")
        image = AMI("image\n(Packer)")

    with Cluster("stack: keyauth.yaml"):
        template = Cloudformation("launch template\ninstance refresh")
        role = IAMRole("instance role")
        logs = S3("access logs")
        watch = Cloudwatch("logs, alarms,\ndashboard")

        with Cluster("VPC, three zones"):
            with Cluster("public subnets"):
                firewall = WAF("WAF: rate, lists,\ncommon rules")
                balancer = ELB("balancer\nTLS 1.3, 443; 80 redirects")
                nat = NATGateway("NAT")

            with Cluster("private subnets: Auto Scaling group, 2 to 6"):
                hosts = []
                for zone in "abc":
                    with Cluster("zone " + zone):
                        host = EC2("instance")
                        nginx = Nginx("nginx +\nkeyauth module\n"
                                      "+ keyauth.model")
                        host - Edge(style="invis") - nginx
                        hosts.append(nginx)

    session = SystemsManager("Session Manager")
    clients >> name >> balancer
    certificate >> seen() >> balancer
    firewall >> seen("before") >> balancer
    balancer >> Edge(label="TLS, /predict /verify /card") >> hosts
    balancer >> seen() >> logs
    image >> seen() >> entry >> seen("id") >> template
    template >> seen("drains, replaces") >> hosts[0]
    secret >> seen("at boot") >> hosts[1]
    role >> seen() >> hosts[1]
    hosts[2] >> seen("logs, load, requests") >> watch >> mail
    watch >> seen("scales; rolls back") >> template
    hosts[2] >> seen("updates") >> nat
    hosts[2] >> seen() >> session


def pipeline():
    source = Git("commit")
    data = S3("data.zip")
    event = Eventbridge("new data")
    approve = Users("somebody agrees")
    mail = SNS("failures by mail")

    with Cluster("pipeline.yaml"):
        pipe = Codepipeline("pipeline")
        test = Codebuild("test:\nmake test")
        train = Codebuild("train, evaluate,\ngate.py")
        bake = Codebuild("bake:\npackages, Packer")
        deploy = Codebuild("deploy:\npromote.py")

    image = AMI("image")
    entry = SystemsManagerParameterStore("/keyauth/ami-id")

    with Cluster("keyauth.yaml"):
        stack = Cloudformation("instance refresh")
        alarms = Cloudwatch("alarms")
        hosts = EC2("group")
        balancer = ELB("endpoint")

    source >> pipe >> test >> Edge(label="source") >> train
    data >> event >> pipe
    data >> seen() >> train
    train >> Edge(label="model, golden.json") >> bake >> approve >> deploy
    bake >> seen() >> image
    deploy >> Edge(label="id") >> entry >> stack >> hosts
    deploy >> seen("smoke test") >> balancer >> hosts
    alarms >> Edge(label="rolls back", color="firebrick") >> stack
    pipe >> seen() >> mail


def embed(name):
    """Puts the icons that the SVG points to into it."""

    with open(name, encoding="utf-8") as file:
        text = file.read()

    def icon(match):
        with open(match.group(1), "rb") as file:
            data = base64.b64encode(file.read()).decode()
        return 'xlink:href="data:image/png;base64,%s"' % data

    text = re.sub(r'xlink:href="(/[^"]+\.png)"', icon, text)

    with open(name, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(
        os.path.abspath(__file__))

    for name, title, draw in (
            ("architecture-aws", "keyauth on AWS", stack),
            ("pipeline-aws", "keyauth's pipeline", pipeline)):
        for kind in ("png", "svg"):
            with Diagram(title, filename=os.path.join(folder, name),
                         outformat=kind, show=False, direction="LR",
                         graph_attr=LOOK):
                draw()
        embed(os.path.join(folder, name + ".svg"))
        left = os.path.join(folder, name)
        if os.path.exists(left):
            os.unlink(left)


if __name__ == "__main__":
    main()
