#!/usr/bin/env python3
"""The scripts that cloudformation/keyauth.yaml hands to an instance, run with
stand-ins for AWS's command and systemd: what they write, what they report, and
that an instance which leaves drains before nginx ends."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))

from simulated_aws import CLOUD, done, equal, ok

VALUES = {"AWS::Region": "us-east-1", "AWS::StackName": "keyauth",
          "ApiKeysVersion": "v1", "ApiKeysSecretArn": "arn:secret",
          "AccessLog": "/keyauth/keyauth/access",
          "ErrorLog": "/keyauth/keyauth/error", "DrainSeconds": "7",
          "EngineUrl": "", "EngineSecret": "", "StoreKeySecret": ""}
ENGINE = {"EngineUrl": "rediss://keyauth@engine:6379",
          "EngineSecret": "engine/password",
          "StoreKeySecret": "keyauth/store-key"}

CONF = "/etc/nginx/conf.d/keyauth.conf"

STAND_IN = """#!/bin/bash
echo "$(basename "$0") $*" >>"$LOG"
case "$(basename "$0") $*" in
    *api/token*) echo token ;;
    *instance-id*) echo i-1 ;;
    *macs/0a:*) printf '10.42.0.0/16\\n10.43.0.0/16\\n' ;;
    *macs/*) echo 0a:00/ ;;
    *target-lifecycle-state*)
        # in service at first, and then to be terminated
        n=$(grep -c target-lifecycle "$LOG")
        [ "$n" -lt 3 ] && echo InService || echo Terminated ;;
    *health/ready*) [ -z "${NOT_READY-}" ] ;;
    *secret-id\ engine/password) echo 0a1b ;;
    *secret-id\ keyauth/store-key) echo "a key" ;;
    *get-secret-value*) [ -z "${NO_SECRET-}" ] && echo web:0123 ;;
    pidof*) [ "$(grep -c ^pidof "$LOG")" -lt 3 ] ;;
esac
"""


def user_data(values):
    with open(CLOUD + "/keyauth.yaml") as file:
        text = file.read()

    text = text.split("Fn::Base64: !Sub |\n")[1]
    lines = []

    for line in text.splitlines():
        if line and not line.startswith(" " * 12):
            break
        lines.append(line[12:])

    def value(match):
        return ("${%s}" % match.group(1)[1:] if match.group(1)[0] == "!"
                else values[match.group(1)])

    return re.sub(r"\$\{([^}]+)\}", value, "\n".join(lines).rstrip() + "\n")


class Instance:
    """A folder in which the scripts find what an instance has."""

    def __init__(self, folder):
        self.dir = folder
        for name in ("bin", "etc/keyauth", "etc/nginx/conf.d", "usr/sbin",
                     "etc/systemd/system"):
            os.makedirs(os.path.join(folder, name))
        for name in ("aws", "curl", "systemctl", "nginx", "sleep", "pidof",
                     "chown", "install"):
            path = os.path.join(folder, "bin", name)
            with open(path, "w") as file:
                file.write(STAND_IN)
            os.chmod(path, 0o755)
        shutil.copy(CLOUD + "/../conf/keyauth.conf", folder + CONF)

    def run(self, script, **env):
        """Runs it, its paths moved into the folder."""

        for path in ("/etc/", "/opt/", "/var/lib/"):
            script = script.replace(" " + path, " %s%s" % (self.dir, path))
            script = script.replace(">" + path, ">%s%s" % (self.dir, path))
            script = script.replace("=" + path, "=%s%s" % (self.dir, path))
        script = script.replace("/usr/local/sbin", self.dir + "/usr/sbin")

        if os.path.exists(self.dir + "/log"):
            os.unlink(self.dir + "/log")

        got = subprocess.run(
            ["bash"], input=script, text=True, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={"PATH": self.dir + "/bin:" + os.environ["PATH"],
                 "LOG": self.dir + "/log", **env})
        return got.returncode, got.stdout

    def read(self, name):
        try:
            with open(os.path.join(self.dir, name)) as file:
                return file.read()
        except OSError:
            return ""

    def mode(self, name):
        return oct(os.stat(os.path.join(self.dir, name)).st_mode & 0o777)


def boot(instance, script):
    rc, out = instance.run(script)
    log = instance.read("log")
    equal(rc, 0, "the instance boots")
    ok("--status SUCCESS" in log and "FAILURE" not in log,
       "it reports success", log, out)
    equal((instance.read("etc/keyauth/api-keys"),
           instance.mode("etc/keyauth/api-keys")), ("web:0123\n", "0o600"),
          "it has the API keys, for root alone")
    ok("EC" in instance.read("etc/keyauth/tls.key") or "PRIVATE KEY"
       in instance.read("etc/keyauth/tls.key"), "it has a key")
    equal(instance.mode("etc/keyauth/tls.key"), "0o600", "for root alone")
    equal(instance.read("etc/nginx/conf.d/balancer.conf").split(),
          "set_real_ip_from 10.42.0.0/16; set_real_ip_from 10.43.0.0/16; "
          "real_ip_header X-Forwarded-For; real_ip_recursive on;".split(),
          "nginx looks behind the balancer")
    logs = json.loads(instance.read("etc/keyauth/cloudwatch-agent.json"))
    equal([f["log_group_name"] for f in logs["logs"]["logs_collected"]
           ["files"]["collect_list"]],
          [VALUES["AccessLog"], VALUES["ErrorLog"]], "logs have their groups")
    ok("${aws:InstanceId}" in str(logs), "metrics name the instance")
    ok("systemctl enable --now keyauth-drain" in log, "it waits for its end")
    ok("keyauth-replicate" not in log
       and " replicated;" not in instance.read(CONF[1:]),
       "it shares templates with nobody")
    ok(log.index("get-secret-value") < log.index("nginx -t")
       < log.index("systemctl restart nginx")
       < log.index("health/ready"), "nginx is tested, started, asked")


def share(instance, script):
    rc, out = instance.run(script)
    log = instance.read("log")
    equal(rc, 0, "an instance boots that has an engine")
    equal((instance.read("etc/keyauth/store.key"),
           instance.mode("etc/keyauth/store.key")), ("a key\n", "0o600"),
          "it has the key of all stores")
    ok("chown www-data " in log and "/etc/keyauth/store.key" in log,
       "for nginx's user alone", log)
    equal((instance.read("etc/keyauth/replicate.conf"),
           instance.mode("etc/keyauth/replicate.conf")),
          ("KEYAUTH_REPLICATE_URL=rediss://keyauth@engine:6379\n"
           "KEYAUTH_REPLICATE_PASSWORD=0a1b\n", "0o600"),
          "it knows where the engine is, and the password")
    ok("key=/etc/keyauth/store.key replicated;\n" in instance.read(CONF[1:]),
       "and is not ready before it knows the others' people")
    ok(log.index("install -d -o www-data")
       < log.index("enable --now keyauth-replicate")
       < log.index("systemctl restart nginx"), "it shares before it serves")


def fail(instance, script, seconds):
    for name, why, asked in (("NOT_READY", "not ready", seconds),
                             ("NO_SECRET", "no keys", 0)):
        rc, _ = instance.run(script, **{name: "yes"})
        log = instance.read("log")
        ok(rc != 0 and "--status FAILURE" in log and "SUCCESS" not in log,
           "%s: it reports failure" % why, rc, log)
        equal(log.count("health/ready"), asked, "after %d seconds" % asked)


def drain(instance):
    rc, out = instance.run(instance.read("usr/sbin/keyauth-drain"),
                           state="", INSTANCE="i-1")
    log = instance.read("log").splitlines()
    equal(rc, 0, "it drains")
    asked = [n for n, l in enumerate(log) if "target-lifecycle" in l]
    equal(len(asked), 3, "it asks until it has to go")
    after = [l for l in log[asked[-1] + 1:] if not l.startswith("pidof")]
    ok(after[0] == "sleep 7" and after[1] == "nginx -s quit"
       and set(after[2:-1]) <= {"sleep 1"}
       and "complete-lifecycle-action --lifecycle-hook-name drain "
       "--auto-scaling-group-name keyauth" in after[-1]
       and "--instance-id i-1" in after[-1],
       "time for the balancer, quit, wait, and word that it is done", *after)
    unit = instance.read("etc/systemd/system/keyauth-drain.service")
    ok("INSTANCE=i-1 state=" in unit, "its unit knows the instance", unit)


text = user_data(VALUES)
ok(len(base64.b64encode(text.encode())) < 16384, "EC2 takes that much")
checked = subprocess.run(["bash", "-n"], input=text, text=True,
                         stderr=subprocess.PIPE)
equal(checked.stderr, "", "bash takes it")

with tempfile.TemporaryDirectory() as folder:
    mine = Instance(folder)
    boot(mine, text)
    drain(mine)
    fail(mine, text, 60)

with tempfile.TemporaryDirectory() as folder:
    mine, text = Instance(folder), user_data({**VALUES, **ENGINE})
    share(mine, text)
    fail(mine, text, 600)

done()
