"""docs/performance.md as text."""

import re
from statistics import median

import plot as svg
from kinds import MODELS


INTRO = """\
# Performance

<!-- made by `make bench-docs` from the results of `make bench` -->

`make bench` measures the kernels, nginx and the usual answer to the same task
side by side, in one run of six minutes, and prints the table below.
The first row below names the runs that the figures are from.

| | |
|---|---|
| Date, commit | %(dates)s |
| Machine | %(cpu)s, %(cores)s cores, Linux %(kernel)s |
| Load before | %(load)s: above 0, other work takes cores and caches: compare ratios |
| Versions | %(versions)s |
| Trained on | `%(data)s` |

## How it is measured

- Alternatives run in turns (A B C, A B C, ...), so that a slower minute affects
  all of them. Each turn gives one ratio; the table shows the median of the
  ratios, the least and the largest.
- Kernels: batches of 1,000 rows, half of them rows of the data and half random
  ones in its range (for FUSION, means of two rows), one row a call, in CPU time
  of the thread. The library's input is prepared in its own form; XGBoost
  predicts in place, without a DMatrix, on one thread and without the softmax.
  If the labels of a batch differ within a model, the run fails. FUSION is
  compared with the half of it that scikit-learn has,
  `ExtraTreesClassifier(500, max_features=7)`.
- Requests: nginx has one worker on one core, the client (wrk, or h2load for
  HTTP/2) runs on another with %(connections)d connections; for HTTP/2, 8 with
  4 streams each. The body is the challenge's own, or 13 keys' timings for
  FUSION and `/verify`. `return 200` is a location of the same nginx, gets the
  same body, and answers as many bytes. Neither has an access log.
- Latencies are those of a server under full load: with a fixed number of
  connections the median is about their number divided by the rate.
- Flask: one gunicorn worker with two threads on the core that nginx has
  otherwise, four connections, models loaded once, `predict()` of one row.
    nginx and Flask are idle while the other is measured.
- Metrics: RF's requests to a server with counters, to one without, and to one
  that is scraped each 100 ms, as by Prometheus.
- Reloads: a HUP each second to the file of another model, all of nginx on one
  core; p99 of RF's answers, new connections included.
- Memory: of a worker that has answered with every model, from `smaps_rollup`,
  against a worker without the module.
- Templates: each claim is of another person, drawn from all in the store, and
  `return 200` gets the same bodies; each enrolment, from 64 connections, is of
  a new person, and answered when it is on disk. Claims from 8 connections run
  beside as many enrolments as there can be, then beside some 2,500 a second
  (each connection pauses), beside as many requests of `return 200`, and alone.
  All clients share one core, the server and its writing thread have the other:
  a second client alone delays what the first one measures.
- A million people (`make bench BENCH="--only million"`, 2 minutes): imported
  into a store that nginx serves, 8 rows of 13 keys each, the rows of 64 people
  repeated. Their claims' p99, from 8 connections, is compared with that of a
  store of 1,000, in turns, after 15 seconds of claims to each. Memory is
  `Private_Dirty`: pages of the store that one worker alone has read count as
  private, too, but are the page cache's.
- An earlier commit (`make bench AGAINST=67681b9`): its own `make` builds it
  in `build/bench/against`, its own trainer makes its model of the same data.
  Both versions' kernels take turns, and so do two nginx, one of each.

## The table

"""

VARIES = """\

## Which figures vary

From run to run on the 2 cores of a virtual machine with neighbours, the
medians of the kernels' ratios varied by a tenth, and so did those of requests/s
over keep-alive; single turns varied much more, as least and largest show.
Between processors, kernels differ by tens of percent, because of caches and the
width of vectors. Requests/s depend on the machine, its kernel and its
hypervisor. p99 and p99.9 vary most, also with reloads: with few cores they show
single interruptions. New connections cost Linux more than nginx, so the
differences between models are small there. Training times depend on the number
of cores.
"""

USERS = """\

## Against the number of users

Synthetic sets with 8 rows a user; `make bench-users` adds 2,000 users, which
takes minutes more. A kernel's time is the best instruction set's.

"""

PROFILE = """\

## Where a request's time goes

Samples of perf in the busy worker over keep-alive connections, in
microseconds of CPU time a request. `return 200` shows what nginx and Linux
take without a prediction. "Module" is the handler, "malloc" is nginx's pools
alone, "model" includes the features' conversion and the vote. Where
the client waits for answers, its core sleeps, and Linux's part includes waking
it: on a virtual machine up to 6 us a request, which `return 200` is spared.

"""


def table(heads, rows):
    lines = ["| %s |" % " | ".join(heads),
             "|%s|" % "|".join(["---"] + ["--:"] * (len(heads) - 1))]

    return "\n".join(lines + ["| %s |" % " | ".join(r) for r in rows]) + "\n"


def idle(results):
    """What kept the server from having its core all the time."""
    lines = []

    for shape, targets in results.get("http", {}).items():
        for target, runs in targets.items():
            busy, waited = (100 * median(run[f] for run in runs)
                            for f in ("busy", "waited"))
            if busy < 85:
                lines.append("%s, %s: the worker had its core %.0f %% of the "
                             "time, and waited for it %.0f %%"
                             % (shape, target, busy, waited))

    return lines


def main_table(rows, heads):
    part, lines = None, []

    for row in rows:
        if row.part != part:
            part = row.part
            lines.append(["**%s**" % part] + [""] * (len(heads) - 1))
        cells = row.cells()
        lines.append([cells[0].replace("  ", "&nbsp;&nbsp;")] + cells[1:])

    return table(heads, lines)


def users_table(figures):
    def rows(cell, last=None):
        return [["{:,}".format(f["users"])] + [cell(f, m) for m in MODELS]
                + ([last(f)] if last else []) for f in figures]

    def seconds(f, model):
        taken = f["seconds"].get(model, 0)
        return "%.2f" % taken if taken else "< 0.01"

    mib = lambda n: "%.2f" % (n / 2**20)

    return "\n".join((
        table(["us a row"] + list(MODELS), rows(
            lambda f, m: "%.1f" % (median(f["ns"][m]) / 1000))),
        table(["MiB in the file"] + list(MODELS) + ["all"], rows(
            lambda f, m: mib(f["bytes"][m]), lambda f: mib(f["file"]))),
        table(["seconds to train"] + list(MODELS), rows(seconds)),
        "![Cost against the number of users](performance.svg)\n"))


def plot(figures):
    def series(value):
        return {m: [(f["users"], value(f, m)) for f in figures
                    if value(f, m) > 0] for m in MODELS}

    return svg.plot((
        ("A row, \u00b5s", series(lambda f, m: median(f["ns"][m]) / 1000)),
        ("Size, MiB", series(lambda f, m: f["bytes"][m] / 2**20)),
        ("Training, s", series(lambda f, m: f["seconds"].get(m, 0))),
    ), [f["users"] for f in figures])


def profile_table(figures):
    heads = ["us a request"] + [
        t.replace("return", "return 200").replace(".", ", ") for t in figures]
    parts = list(next(iter(figures.values()))["parts"])
    whole = {t: sum(f["parts"].values()) for t, f in figures.items()}
    rows = [[part] + ["%.2f" % (f["us"] * f["parts"][part] / whole[t])
                      for t, f in figures.items()] for part in parts]
    rows.append(["**all**"] + ["**%.2f**" % f["us"]
                               for f in figures.values()])

    return table(heads, rows)


def page(results, rows, heads):
    versions = ", ".join("%s %s" % (name, version) for name, version
                         in results["versions"].items() if version)
    dates = sorted(set(results["when"].values()))
    text = INTRO % {**results, **results["machine"], "versions": versions,
                    "dates": "; ".join(dates)}
    text += main_table(rows, heads)

    if "kernels" in results:
        text += ("\nSVM decided %.3f pairs of users a row again in double.\n"
                 % results["kernels"]["pairs_again"])

    if idle(results):
        text += ("\nWhere the worker neither had its core nor waited for it,"
                 " the client was\nthe limit, and the ratio flatters:\n\n"
                 + "".join("- %s\n" % line for line in idle(results)))

    text += VARIES

    if "users" in results:
        text += USERS + users_table(results["users"])

    if results.get("profile"):
        text += PROFILE + profile_table(results["profile"])

    return re.sub(r"\bus\b", "\u00b5s", text)
