"""What the figures were measured on, and when."""

import os
import platform
import subprocess
import time


def output(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""

    return (done.stdout or done.stderr).strip()


def package(name):
    return output("dpkg-query", "-W", "-f=${Version}", name).split("\n")[0]


def cpu():
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()

    return platform.machine()


def machine(data):
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    packages = ("nginx", "wrk", "nghttp2-client", "libsvm3", "libxgboost0",
                "python3-sklearn", "python3-xgboost", "python3-flask",
                "gunicorn", "gcc")

    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": output("git", "-C", root, "rev-parse", "--short", "HEAD"),
        "machine": {"cpu": cpu(), "arch": platform.machine(),
                    "cores": len(os.sched_getaffinity(0)),
                    "kernel": platform.release().split("-")[0],
                    "load": "%.1f" % os.getloadavg()[2]},
        "versions": {name: package(name) for name in packages},
        "data": os.path.relpath(data, root),
    }
