#!/usr/bin/env python3
"""How many instances so many requests need, and what a million costs.

    capacity.py [--model MODEL] [--rate N,...] [--load SHARE] [--docs]

The CPU time of a request comes from docs/performance.md, which make bench-docs
writes: TLS 1.3 over keep-alive connections, as between the balancer and a
host.  It holds for the machine that is named there; on an instance of another
kind measure again.  --docs renews the tables in docs/capacity.md.
"""

import argparse
import math
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
PERFORMANCE = os.path.join(ROOT, "docs", "performance.md")
CAPACITY = os.path.join(ROOT, "docs", "capacity.md")

# US dollars, on demand, Linux, us-east-1: AWS's public price pages, written
# down from memory on 2026-11-22 and not looked up again.  Check them before
# you rely on what comes out.
PRICES_OF = "2026-11-22"
INSTANCES = {               # vCPUs, dollars an hour
    "c8g.large": (2, 0.0798),
    "c8g.xlarge": (4, 0.1595),
    "c8g.2xlarge": (8, 0.3190),
    "c8g.4xlarge": (16, 0.6381),
    "c7a.large": (2, 0.1026),
    "c7a.4xlarge": (16, 0.8211),
}
BALANCER_HOUR = 0.0225
LCU_HOUR = 0.008            # one: 25 new connections/s, or 1 GB/h, ...
LCU_CONNECTIONS = 25
LCU_GB = 1.0
FIREWALL_MILLION = 0.60

# of a request and its answer over TLS, headers and all
BYTES = {"SVM": 900, "RF": 900, "XGB": 900, "FUSION": 1100}
REUSE = 100                 # requests over one connection of a client
ZONES = 3


def cpu(name):
    """Microseconds a request of each model, over TLS 1.3."""

    with open(name, encoding="utf-8") as file:
        text = file.read()

    part = re.search(r"\*\*Requests/s of one worker / return 200: TLS 1\.3"
                     r"\*\*(.*?)\n\| \*\*", text, re.S)
    found = re.findall(r"^\| (\w+) \|.*\n\|[^|]*CPU, µs a request \|"
                       r" ([\d.]+) \|", part.group(1) if part else "", re.M)

    if not found:
        raise SystemExit("capacity: no figures of TLS 1.3 in %s" % name)

    return {model: float(us) for model, us in found}


def bears(us, kind, load):
    """Requests/s of an instance whose processors are busy to this share."""

    return INSTANCES[kind][0] * load * 1e6 / us


def instances(rate, each):
    """As many as are needed, with one zone of three gone; two at least."""

    needed = math.ceil(rate / each)
    spare = math.ceil(needed / (ZONES - 1))     # a zone's share

    return max(2, needed + spare)


def lcus(rate, size):
    return max(rate / REUSE / LCU_CONNECTIONS,
               rate * size * 3600 / 1e9 / LCU_GB)


def million(dollars_hour, rate):
    return dollars_hour / (rate * 3600) * 1e6


def table_of_kinds(us, load):
    yield "| instance | vCPUs | " + " | ".join(us) + " |"
    yield "|---|--:|" + "--:|" * len(us)

    for kind, (cores, _) in INSTANCES.items():
        yield "| %s | %d | %s |" % (kind, cores, " | ".join(
            "{:,.0f}".format(bears(u, kind, load)) for u in us.values()))


def table_of_rates(us, rates, load, kind):
    yield ("| requests/s | model | instances | instances, $ | balancer, $ "
           "| firewall, $ | a million, $ |")
    yield "|--:|---|--:|--:|--:|--:|--:|"

    for rate in rates:
        for model, u in us.items():
            n = instances(rate, bears(u, kind, load))
            hosts = million(n * INSTANCES[kind][1], rate)
            balancer = million(
                BALANCER_HOUR + LCU_HOUR * lcus(rate, BYTES[model]), rate)
            yield "| {:,} | {} | {} | {:.4f} | {:.4f} | {:.2f} | {:.2f} |" \
                .format(rate, model, n, hosts, balancer, FIREWALL_MILLION,
                        hosts + balancer + FIREWALL_MILLION)


def write_docs(tables):
    with open(CAPACITY, encoding="utf-8") as file:
        text = file.read()

    for name, lines in tables:
        begin, end = "<!-- %s -->\n" % name, "<!-- end -->"
        before, rest = text.split(begin)
        text = before + begin + "\n".join(lines) + "\n" + end \
            + rest.split(end, 1)[1]

    with open(CAPACITY, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--performance", default=PERFORMANCE, metavar="FILE")
    add("--model", help="one of SVM, RF, XGB, FUSION (default: all)")
    add("--rate", default="10000,100000,1000000", metavar="N,...",
        help="requests/s (default 10000,100000,1000000)")
    add("--load", type=float, default=0.5, metavar="SHARE",
        help="the processors' load (default 0.5: CpuTarget)")
    add("--kind", default="c8g.4xlarge", choices=INSTANCES,
        help="instances (default c8g.4xlarge)")
    add("--docs", action="store_true", help="update docs/capacity.md")
    args = parser.parse_args()

    try:
        rates = [int(r) for r in args.rate.split(",")]
    except ValueError:
        rates = [0]
    if min(rates) < 1 or not 0 < args.load <= 1:
        parser.error("rates are whole numbers from 1, a load is over 0 and "
                     "at most 1")

    us = cpu(args.performance)

    if args.model:
        if args.model not in us:
            parser.error("no figures of model %s" % args.model)
        us = {args.model: us[args.model]}

    tables = [("kinds", list(table_of_kinds(us, args.load))),
              ("rates", list(table_of_rates(us, rates, args.load,
                                            args.kind)))]

    if args.docs:
        write_docs(tables)
        return 0

    for _, lines in tables:
        print("\n".join(lines) + "\n")

    print("Prices of %s, from memory; at %d %% load, one zone of %d spare."
          % (PRICES_OF, 100 * args.load, ZONES))
    return 0


if __name__ == "__main__":
    sys.exit(main())
