"""Templates: claims and enrolments, and a store of a million people."""

import itertools
import json
import os
import shutil
import subprocess
import threading
import time

import users
from load import BUILD, CONNECTIONS, Nginx, ask, measured, wrk_script

FIRST = 1000000         # UserIDs, all as long
ROWS = 8                # of a person
SOURCES = 64            # people whose templates all others have, too
SMALL, LARGE = 1000, 1000000
CLIENTS = 8             # connections where claims' latencies are compared
ENROLLERS = 64
PAUSE = 22              # ms of each, so that they enrol some 2,500 a second
TURNS = 6
SECONDS = 2
WARM_SECONDS = 15
STARTS = 5


class Store:
    """A folder with its key, its nginx, and people who are alike."""

    def __init__(self, name, model):
        self.dir = os.path.join(BUILD, "store", name)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.key = os.path.join(self.dir, "store.key")
        self.folder = os.path.join(self.dir, "templates")
        self.model, self.people = model, 0
        keyauth("key", "store", "--file", self.key)
        self.start()

    def start(self):
        self.nginx = Nginx(self.model, os.path.join(self.dir, "nginx"),
                           store="%s key=%s map_size=4g"
                           % (self.folder, self.key))

    def enrol(self, samples):
        for person, rows in enumerate(samples):
            status, _, answer = ask(self.nginx.url("enrol"), json.dumps(
                {"UserID": FIRST + person, "Phrase": "login",
                 "Samples": rows}))
            if status != 201:
                raise SystemExit("bench: /enrol answers %d %s"
                                 % (status, answer))

        self.people = max(self.people, len(samples))

    def lines(self):
        return keyauth("store", "export", self.folder, "--key",
                       self.key).splitlines()

    def fill(self, lines, people):
        """Seconds that it takes to import so many, as the others are."""
        path = os.path.join(self.dir, "lines")
        parts = [(b'{"UserID":', line[line.index(b","):] + b"\n")
                 for line in sorted(lines)]

        with open(path, "wb") as f:
            for person, (head, tail) in zip(range(people),
                                            itertools.cycle(parts)):
                f.write(head + b"%d" % (FIRST + person) + tail)

        with open(path, "rb") as f:
            start = time.monotonic()
            keyauth("store", "import", self.folder, "--key", self.key,
                    "--replace", stdin=f)
            taken = time.monotonic() - start

        os.remove(path)
        self.people = people

        return taken

    def size(self):
        return sum(os.stat(os.path.join(self.folder, name)).st_blocks * 512
                   for name in os.listdir(self.folder))

    def load(self, path, seconds=SECONDS, connections=CLIENTS, pause=None):
        env = {"BENCH_PEOPLE": str(self.people), "BENCH_FIRST": str(FIRST),
               "BENCH_SAMPLES": os.path.join(BUILD, "store", "samples")}

        if pause:
            env["BENCH_PAUSE"] = str(pause)

        if path == "enrol":
            env["BENCH_ENROL"] = "1"
            env["BENCH_FIRST"] = str(next(newcomers))

        return measured(lambda: wrk_script(
            "people.lua", self.nginx.url(path), env, seconds, connections),
            self.nginx.worker())

    def close(self):
        self.nginx.stop()
        shutil.rmtree(self.dir)


# where each run's newcomers begin
newcomers = itertools.count(2000000, 1000000)


def keyauth(*command, stdin=None):
    return subprocess.run([users.KEYAUTH, *command], check=True, stdin=stdin,
                          stdout=subprocess.PIPE).stdout


def people_of(data):
    """The first rows of SOURCES people: those to enrol with, one to claim."""
    rows = {}

    with open(data) as f:
        next(f)
        for line in f:
            user, *times = line.strip().split(",")
            times = [float(t) for t in times]
            rows.setdefault(user, []).append(
                {"Press": times[0::2], "Release": times[1::2]})

    people = [r for r in rows.values() if len(r) > ROWS][:SOURCES]

    with open(os.path.join(BUILD, "store", "samples"), "w") as f:
        for one in people:
            text = json.dumps(one[ROWS], separators=(",", ":"))
            f.write(text[1:] + "\n")

    return [one[:ROWS] for one in people]


def prepare():
    directory = os.path.join(BUILD, "store")
    os.makedirs(directory, exist_ok=True)
    data = os.path.join(directory, "data.csv")

    with open(data, "w") as f:
        subprocess.run([users.KEYAUTH, "synth", "--users", str(SOURCES),
                        "--repetitions", str(ROWS + 1), "--seed", "3"],
                       check=True, stdout=f)

    return people_of(data)


def measure(model, say):
    """What is quick: claims against return 200, and beside enrolments."""
    samples = prepare()
    store = Store("small", model)
    store.enrol(samples)
    store.fill(store.lines(), SMALL)
    say("claims by %d templates, %d turns" % (SMALL, TURNS))
    figures = {"people": SMALL, "verify": [], "return": [], "most": [],
               "paced": [], "alone": [], "beside return": [],
               "beside enrol": []}

    for _ in range(TURNS):
        for path in ("verify", "return"):
            figures[path].append(store.load(path, connections=CONNECTIONS))

    say("enrolments, %d turns" % TURNS)

    for _ in range(TURNS):
        figures["alone"].append(store.load("verify"))
        for path in ("return", "enrol"):
            paced, claims = beside(store, path, PAUSE)
            figures["beside " + path].append(claims)
        figures["paced"].append(paced)
        figures["most"].append(beside(store, "enrol")[0])

    store.close()

    return figures


def beside(store, path, pause=None):
    """What many connections get, and claims from a few beside them."""
    many = []
    thread = threading.Thread(target=lambda: many.append(
        store.load(path, connections=ENROLLERS, pause=pause)))
    thread.start()
    claims = store.load("verify")
    thread.join()

    return many[0], claims


def starts(store):
    """Milliseconds until a claim is answered by a template."""
    claim = json.dumps({"UserID": FIRST, "Phrase": "login",
                        **json.loads("{" + open(os.path.join(
                            BUILD, "store", "samples")).readline())})
    taken = []

    for _ in range(STARTS):
        store.nginx.stop()
        start = time.monotonic()
        store.start()
        while ask(store.nginx.url("verify"), claim)[0] != 200:
            time.sleep(0.005)
        taken.append((time.monotonic() - start) * 1000)

    return taken


def million(model, say, memory_of):
    """What takes minutes: a million people."""
    samples = prepare()
    small, large = Store("small", model), Store("large", model)
    small.enrol(samples)
    lines = small.lines()
    small.fill(lines, SMALL)
    say("importing %d people" % LARGE)
    figures = {"people": LARGE, "import_s": large.fill(lines, LARGE),
               "size": large.size(), "start_ms": starts(large),
               "small": [], "large": []}
    say("claims of %d and of %d people, %d turns" % (SMALL, LARGE, TURNS))

    for store in (small, large):
        store.load("verify", WARM_SECONDS)

    for _ in range(TURNS):
        for name, store in (("small", small), ("large", large)):
            figures[name].append(store.load("verify"))

    figures["memory"] = {name: memory_of(store.nginx.worker())
                         for name, store in (("small", small),
                                             ("large", large))}
    small.close()
    large.close()

    return figures
