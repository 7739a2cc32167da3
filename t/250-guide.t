#!/usr/bin/env python3
"""docs/deploy-aws.md: its commands, as they stand there, one after another,
against simulated AWS.  Those that only the real one has are skipped aloud,
and images are baked by a stand-in.  And the figures of docs/capacity.md."""

import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))

from simulated_aws import CLOUD, IMAGE, ROOT, Aws, done, equal, need, ok

need("boto3", "moto", commands=["aws", "make"])

GUIDE = os.path.join(ROOT, "docs", "deploy-aws.md")
BLOCK = re.compile(r"(?:<!-- (real AWS)(: bakes)? -->\n)?^```sh\n(.*?)^```$",
                   re.M | re.S)


def scratch(aws):
    """The project, but for models, which the guide makes."""

    home = aws.path("home")
    os.mkdir(home)
    os.mkdir(home + "/models")

    for name in os.listdir(ROOT):
        if name not in ("models", ".git"):
            os.symlink(os.path.join(ROOT, name), os.path.join(home, name))

    return home


def script(text, images):
    """All blocks as one script, which says where it is."""

    lines = ["set -eu"]

    for n, (real, bakes, commands) in enumerate(BLOCK.findall(text), 1):
        lines.append("echo '=== %d'" % n)

        if bakes:
            lines.append("aws ssm put-parameter --name /keyauth/ami-id-baked "
                         "--type String --overwrite --value " + images.pop(0))
        elif not real:
            lines.append(commands)

    lines.append("echo '=== end'")
    return "\n".join(lines)


def guide(aws):
    with open(GUIDE) as file:
        text = file.read()

    blocks = BLOCK.findall(text)
    new = aws.new_image("keyauth-new")
    home = scratch(aws)

    got = subprocess.run(["bash"], input=script(text, [IMAGE, new]), cwd=home,
                         env=aws.env, text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, timeout=600)
    ok(got.returncode == 0, "all of the guide's commands run", got.stdout)
    parts = re.split(r"^=== (\w+)\n", got.stdout, flags=re.M)
    said = dict(zip(parts[1::2], parts[2::2]))

    for n, (real, bakes, commands) in enumerate(blocks, 1):
        what = commands.split("\n")[0][:60].rstrip("\\ ")
        if real:
            print("# skipped, requires the real AWS: " + what)
        ok(str(n) in said, "%s: %s" % ("came to" if real else "runs", what))

    def after(command, want):
        """The block with the command has said this."""

        n = [str(i) for i, b in enumerate(blocks, 1) if command in b[2]][0]
        ok(want in said.get(n, ""), "%s: %s" % (command, want),
           said.get(n, "it was not reached"))

    after("request-certificate", "_")
    after("deploy.py --ami", "Endpoint: https://keyauth.example")
    after("deploy.py --ami", "would make stack keyauth")
    after("gate.py", "passed")
    after('promote.py "$AMI"', "2 of 2 instances are of " + new)
    after("promote.py --back", "2 of 2 instances are of " + IMAGE)
    after("get-parameter-history", new)
    after("--set MinSize=3", "MinSize: 2 -> 3")
    after("put-secret-value", "ApiKeysVersion: ")
    after("file://cloudformation/engine.yaml", "stack/keyauth-engine/")
    after("--set EngineUrl=", "EngineUrl:  -> rediss://keyauth@master.")
    after("pipeline.yaml", "Successfully created/updated stack")
    after("destroy.py", "stack keyauth is deleted")
    equal([b for b in blocks if "packer/bake.py" in b[2] and not b[1]], [],
          "each image has its stand-in")

    with open(home + "/models/golden.json") as file:
        ok('"model"' in file.read(), "there is a golden file")


def names(text):
    """What the guide says of parameters and scripts must be so."""

    with open(CLOUD + "/keyauth.yaml") as file:
        template = file.read()

    for row in re.findall(r"^\| (`[A-Z]\w+`(?:, `\w+`)*) \|", text, re.M):
        for name in re.findall(r"`(\w+)`", row):
            ok("\n  %s:\n" % name in template
               or name.startswith(("UPDATE", "Received")),
               "keyauth.yaml has " + name)

    for path in set(re.findall(r"(?<![\w./])(?:cloudformation|t|docs)/[\w.-]+",
                               text)):
        ok(os.path.exists(os.path.join(ROOT, path)), "there is " + path)

    for name in re.findall(r"\]\(([^)#:]+)\)", text):
        if "packer/" not in name:
            ok(os.path.exists(os.path.join(ROOT, "docs", name)),
               "there is docs/" + name)


FIGURES = """
| **Requests/s of one worker / return 200: TLS 1.3** |  |  |
| RF | 58,065 | 89,006 | 0.65 |
| &nbsp;&nbsp;CPU, µs a request | 20.0 | 10.9 | 1.56 |
| FUSION | 19,796 | 88,180 | 0.22 |
| &nbsp;&nbsp;CPU, µs a request | 50.0 | 10.8 | 4.72 |
| **Requests/s of one worker / return 200: HTTP/2, TLS 1.3** |  |
| RF | 58,065 | 89,006 | 0.65 |
| &nbsp;&nbsp;CPU, µs a request | 99.0 | 10.9 | 1.56 |
"""


def capacity(aws):
    with open(aws.path("performance.md"), "w") as file:
        file.write(FIGURES)

    rc, out = aws.run(sys.executable, CLOUD + "/capacity.py", "--performance",
                      aws.path("performance.md"), "--kind", "c8g.large")
    equal(rc, 0, "capacity.py runs")
    # 2 processors, half of their time, 20 us: 50,000; 50 us: 20,000
    ok("| c8g.large | 2 | 50,000 | 20,000 |" in out, "what one bears", out)
    # 1,000,000 / 20,000 = 50, and half as many again for a lost zone; 75 of
    # them for 0.0798 an hour are 5.985 for 3600 million requests
    ok("| 1,000,000 | FUSION | 75 | 0.0017 |" in out, "how many, and the price",
       out)
    ok("| 10,000 | RF | 2 |" in out, "two at least", out)
    rc, out = aws.run(sys.executable, CLOUD + "/capacity.py", "--performance",
                      ROOT + "/Makefile")
    ok(rc == 1 and "no figures" in out, "no figures", out)
    rc, out = aws.run(sys.executable, CLOUD + "/capacity.py", "--rate", "0")
    ok(rc == 2 and "whole numbers" in out, "a rate that is none", out)
    rc, out = aws.run(sys.executable, CLOUD + "/capacity.py")
    equal(rc, 0, "docs/performance.md has the figures it requires")


def gate(aws):
    figures = ('{"leave_one_repetition_out": {"RF": {"top1": 0.25},'
               ' "FUSION": {"top1": 0.9}}}')

    for arguments, stdin, code in (
            (["FUSION=0.9", "RF=0.25"], figures, 0),
            (["FUSION=0.91"], figures, 1), (["RF=0.2", "FUSION=0.91"],
                                            figures, 1),
            (["XGB=0.1"], figures, 2), (["FUSION=0.9"], "", 2),
            ([], figures, 2), (["FUSION"], figures, 2),
            (["FUSION=90"], figures, 2)):
        rc, out = aws.run(sys.executable, CLOUD + "/gate.py", *arguments,
                          stdin=stdin)
        equal(rc, code, "gate.py " + " ".join(arguments))


aws = Aws()

try:
    capacity(aws)
    gate(aws)
    guide(aws)
    with open(GUIDE) as file:
        names(file.read())
finally:
    shutil.rmtree(aws.path("home"), ignore_errors=True)
    aws.close()

done()
