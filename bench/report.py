"""The table, and docs/performance.md, from the results' JSON."""

import os
from statistics import median

import pages
from kinds import MODELS
from load import ROOT

HTTP_GOAL = {"RF": 0.70, "SVM": 0.50, "XGB": 0.50, "FUSION": 0.25,
             "verify": 0.25}
KERNEL_RIVALS = (("SVM", "libsvm", "svm_predict()"),
                 ("XGB", "xgboost", "XGBoosterPredictFromDense()"),
                 ("RF", "textbook", "a textbook's walk"))
KERNEL_GOAL = {"SVM": 15, "XGB": 40, "RF": 4,
               "SVM.avx2": 7.5, "XGB.avx2": 20}
AGAINST_KERNEL, AGAINST_HTTP = 1.02, 0.98
AGAINST_GOAL = {"67681b9": {"kernel.FUSION": 0.5, "FUSION": 1.4}}


class Row:
    """One comparison: what both did, and the ratios of all turns."""

    def __init__(self, part, what, ours, theirs, ratios, goal=None,
                 most=False):
        self.part, self.what = part, what
        self.ours, self.theirs = ours, theirs
        self.ratios, self.goal, self.most = ratios, goal, most

    def cells(self):
        ratio = median(self.ratios)
        goal = reached = ""

        if self.goal is not None:
            goal = "%s %g" % ("<=" if self.most else ">=", self.goal)
            reached = "yes" if (ratio <= self.goal if self.most
                                else ratio >= self.goal) else "no"

        return [self.what, self.ours, self.theirs, number(ratio),
                "%s - %s" % (number(min(self.ratios)),
                             number(max(self.ratios))), goal, reached]


def number(x):
    return "%.0f" % x if x >= 100 else "%.1f" % x if x >= 10 else "%.2f" % x


def thousands(x):
    return "{:,.0f}".format(x)


def micro(ns):
    return number(ns / 1000) + " us"


def ratios(numerator, denominator):
    return [n / d for n, d in zip(numerator, denominator)]


def kernel_rows(results):
    ns = results["kernels"]["ns"]
    part = "Kernels: CPU time of a row"

    def row(ours, theirs, name, goal=None):
        return Row(part, "%s / %s" % (ours.replace(".", ", "), name),
                   micro(median(ns[ours])), micro(median(ns[theirs])),
                   ratios(ns[theirs], ns[ours]), goal)

    for ours, theirs, name in KERNEL_RIVALS:
        yield row(ours, theirs, name, KERNEL_GOAL.get(ours))
        for isa in ("avx512", "avx2", "base"):
            if "%s.%s" % (ours, isa) in ns:
                kind = "%s.%s" % (ours, isa)
                yield row(kind, theirs, name, KERNEL_GOAL.get(kind))

    for ours in (name for name in MODELS if "sklearn." + name in ns):
        yield row(ours, "sklearn." + ours,
                  "ExtraTrees' predict() in Python" if ours == "FUSION"
                  else "predict() in Python", 300 if ours == "FUSION" else None)

    for name in ns:
        if name.startswith("FUSION.") and name != "FUSION.base":
            yield row(name, "FUSION.base", "its own base")


def http_rows(results):
    for shape, samples in results["http"].items():
        part = "Requests/s of one worker / return 200: " + shape

        for model in (m for m in HTTP_GOAL if m in samples):
            ours = samples[model]
            theirs = samples["return.FUSION" if model in ("FUSION", "verify")
                             else "return"]
            pick = lambda runs, f: [run[f] for run in runs]

            yield Row(part, "/verify" if model == "verify" else model,
                      thousands(median(pick(ours, "rps"))),
                      thousands(median(pick(theirs, "rps"))),
                      ratios(pick(ours, "rps"), pick(theirs, "rps")),
                      HTTP_GOAL[model] if shape == "keep-alive" else None)

            for field, name, unit in (("cpu", "CPU, us a request", 1),
                                      ("p50", "p50, ms", 1000),
                                      ("p99", "p99, ms", 1000),
                                      ("p999", "p99.9, ms", 1000)):
                yield Row(part, "  " + name,
                          number(median(pick(ours, field)) / unit),
                          number(median(pick(theirs, field)) / unit),
                          ratios(pick(ours, field), pick(theirs, field)))


def metrics_rows(results):
    samples = results["metrics"]
    part = "Metrics: with / without"

    for kind, text in (("on", "counted"),
                       ("scraped", "and scraped each 100 ms")):
        for field, name, unit, goal, most in (
                ("rps", "requests/s", 1, 0.97, False),
                ("cpu", "CPU, us a request", 1, 1.03, True),
                ("p99", "p99, ms", 1000, None, False)):
            ours, theirs = ([run[field] / unit for run in samples[which]]
                            for which in (kind, "off"))
            show = thousands if field == "rps" else number
            yield Row(part, "%s: %s" % (text, name), show(median(ours)),
                      show(median(theirs)), ratios(ours, theirs), goal, most)


def flask_rows(results):
    part = "Requests/s of one core / Flask, gunicorn, scikit-learn"

    for model, samples in results["flask"].items():
        ours, theirs = ([run["rps"] for run in samples[who]]
                        for who in ("keyauth", "flask"))
        yield Row(part, model, thousands(median(ours)),
                  thousands(median(theirs)), ratios(ours, theirs),
                  100 if model == "RF" else None)


def reload_rows(results):
    figures = results["reload"]
    part = "A reload each second"
    ours, theirs = ([run["p99"] for run in figures[kind]]
                    for kind in ("with", "without"))

    yield Row(part, "p99, ms / without reloads",
              number(median(ours) / 1000), number(median(theirs) / 1000),
              ratios(ours, theirs), 2, most=True)

    taken = figures["switch_ms"]
    yield Row(part, "ms from HUP to the new model's answer", "", "", taken,
              50, most=True)


def memory_rows(results):
    figures = results["memory"]
    more = {name: (figures["with"][name] - figures["without"][name]) / 1024
            for name in ("private", "pss")}

    for name, text in (("private", "private MiB a worker gains"),
                       ("pss", "PSS, MiB a worker gains")):
        yield Row("Memory", text,
                  number(figures["with"][name] / 1024),
                  number(figures["without"][name] / 1024), [more[name]],
                  2 if name == "private" else None, most=True)


def store_rows(results):
    figures = results["store"]
    part = "Templates, %s people" % thousands(figures["people"])
    pick = lambda name, field: [run[field] for run in figures[name]]

    yield Row(part, "/verify, requests/s / return 200",
              thousands(median(pick("verify", "rps"))),
              thousands(median(pick("return", "rps"))),
              ratios(pick("verify", "rps"), pick("return", "rps")), 0.70)
    yield Row(part, "  CPU, us a request",
              number(median(pick("verify", "cpu"))),
              number(median(pick("return", "cpu"))),
              ratios(pick("verify", "cpu"), pick("return", "cpu")))
    yield Row(part, "enrolments/s at most, beside claims", "", "",
              pick("most", "rps"), 2000)
    yield Row(part, "enrolments/s, paced", "", "", pick("paced", "rps"), 2000)

    for beside, than, goal in (("beside return", "/ beside return 200", 2),
                               ("alone", "/ alone", None)):
        yield Row(part, "  p99 of claims beside them, ms " + than,
                  number(median(pick("beside enrol", "p99")) / 1000),
                  number(median(pick(beside, "p99")) / 1000),
                  ratios(pick("beside enrol", "p99"), pick(beside, "p99")),
                  goal, most=True)


def million_rows(results):
    figures = results["million"]
    part = "Templates, %s people" % thousands(figures["people"])
    pick = lambda name, field: [run[field] for run in figures[name]]
    dirty = [figures["memory"][name]["dirty"] / 1024
             for name in ("large", "small")]

    yield Row(part, "s to import them", "", "", [figures["import_s"]], 60,
              most=True)
    yield Row(part, "GiB of the store", "", "", [figures["size"] / 2**30], 2,
              most=True)
    yield Row(part, "s from start to the first claim's answer", "", "",
              [ms / 1000 for ms in figures["start_ms"]], 1, most=True)
    yield Row(part, "p99 of claims, ms / of 1,000 people",
              number(median(pick("large", "p99")) / 1000),
              number(median(pick("small", "p99")) / 1000),
              ratios(pick("large", "p99"), pick("small", "p99")), 1.5,
              most=True)
    yield Row(part, "private MiB a worker gains / with 1,000 people",
              number(dirty[0]), number(dirty[1]), [dirty[0] - dirty[1]], 4,
              most=True)


def against_rows(results):
    figures = results["against"]
    commit = figures["commit"]
    first = AGAINST_GOAL.get(commit, {})
    part = "CPU time of a row / that of commit %s" % commit

    for name, ns in figures["ns"].items():
        yield Row(part, name, micro(median(ns["new"])),
                  micro(median(ns["old"])), ratios(ns["new"], ns["old"]),
                  first.get("kernel." + name, AGAINST_KERNEL), most=True)

    part = "Requests/s / those of commit %s: keep-alive" % commit
    http = figures["http"]

    for target in (t for t in HTTP_GOAL if t in http):
        peer = http["return.FUSION" if target in ("FUSION", "verify")
                    else "return"]
        rps, share = {}, {}

        for v in ("new", "old"):
            rps[v] = [run["rps"] for run in http[target][v]]
            share[v] = ratios(rps[v], [run["rps"] for run in peer[v]])

        yield Row(part, "/verify" if target == "verify" else target,
                  thousands(median(rps["new"])),
                  thousands(median(rps["old"])),
                  ratios(rps["new"], rps["old"]),
                  first.get(target, AGAINST_HTTP))
        yield Row(part, "  as a share of return 200",
                  number(median(share["new"])), number(median(share["old"])),
                  ratios(share["new"], share["old"]))
        yield Row(part, "  CPU, us a request", *(
            [number(median(run["cpu"] for run in http[target][v]))
             for v in ("new", "old")]
            + [ratios(*[[run["cpu"] for run in http[target][v]]
                        for v in ("new", "old")])]))


PARTS = (("kernels", kernel_rows), ("http", http_rows),
         ("metrics", metrics_rows), ("flask", flask_rows),
         ("reload", reload_rows), ("memory", memory_rows),
         ("store", store_rows), ("million", million_rows),
         ("against", against_rows))
HEADS = ["", "keyauth", "against", "ratio", "least - most", "goal", "reached"]


def rows(results):
    return [row for part, make in PARTS if part in results
            for row in make(results)]


def layout(table):
    widths = [max(len(cells[i]) for cells in table)
              for i in range(len(HEADS))]

    return ["  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w)
                      in enumerate(zip(cells, widths))).rstrip()
            for cells in table]


def text(results):
    table, heads = [HEADS], {}

    for row in rows(results):
        if row.part not in heads.values():
            heads[len(table)] = row.part
        table.append(["  " + row.cells()[0]] + row.cells()[1:])

    lines = []

    for i, line in enumerate(layout(table)):
        if i in heads:
            lines += ["", heads[i]]
        lines.append(line)

    if "kernels" in results:
        lines += ["", "SVM decides %.3f pairs of users a row again in double"
                  % results["kernels"]["pairs_again"]]

    return "\n".join([""] + lines + pages.idle(results) + [""])


def write(results):
    page = pages.page(results, rows(results), HEADS)

    with open(os.path.join(ROOT, "docs", "performance.md"), "w") as f:
        f.write(page)

    if "users" in results:
        with open(os.path.join(ROOT, "docs", "performance.svg"), "w") as f:
            f.write(pages.plot(results["users"]))
