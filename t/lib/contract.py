#!/usr/bin/python3 -B
"""Holds a server's real answers against docs/openapi.yaml.

    contract.py URL URL_WITH_KEYS KEY KEY_TO_ENROL NAME=URL...

NAME is a problem, URL that of a server that has it.  Prints TAP.  Every
example is sent, then thousands of bodies that are valid or not: what the
description calls valid is answered or refused for what no schema can say; what
it calls invalid is refused; every answer has a status, headers and a body that
the description has.
"""

import http.client
import json
import random
import ssl
import sys
import urllib.parse

import jsonschema
import yaml

PREDICT, VERIFY, ENROL = 3000, 1500, 1000

# what a schema cannot say: times in order, as many as keys, users there are,
# templates that are complete, samples that were sent before
BEYOND = {"order", "wrong-length", "unknown-user", "already-enrolled",
          "replay"}

GOOD = 200, 201

with open("docs/openapi.yaml", encoding="utf-8") as f:
    API = yaml.safe_load(f)


class Tap:
    count = failed = 0

    @classmethod
    def ok(cls, passed, name):
        cls.count += 1
        cls.failed += not passed
        print(f"{'' if passed else 'not '}ok {cls.count} - {name}", flush=True)

    @classmethod
    def no_faults(cls, faults, name):
        cls.ok(not faults, name)
        for fault in faults[:5]:
            print("#", fault)


class Server:
    def __init__(self, url):
        self.url = urllib.parse.urlsplit(url)
        self.connect()

    def connect(self):
        where = self.url.hostname, self.url.port
        if self.url.scheme == "https":
            trust = ssl._create_unverified_context()
            self.link = http.client.HTTPSConnection(*where, context=trust)
        else:
            self.link = http.client.HTTPConnection(*where)

    def ask(self, method, path, body=None, **headers):
        names = {name.replace("_", "-"): value
                 for name, value in headers.items()}
        if body is not None:
            names.setdefault("Content-Type", "application/json")
        try:
            self.link.request(method, path, body, names)
            answer = self.link.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError,
                ConnectionResetError):
            self.connect()
            self.link.request(method, path, body, names)
            answer = self.link.getresponse()
        return answer.status, answer.headers, answer.read()


def found(node):
    """What a reference leads to."""
    while "$ref" in node:
        reference, node = node["$ref"], API
        for step in reference[2:].split("/"):
            node = node[step]
    return node


def faults(schema, value):
    root = {"components": API["components"], "allOf": [schema]}
    validator = jsonschema.Draft202012Validator(root)
    return [error.message[:200] for error in validator.iter_errors(value)]


def undocumented(method, path, answer):
    """What of an answer the description does not have; [] is as it should."""
    status, headers, body = answer
    item = API["paths"][path]
    operation = (item.get(method.lower().replace("head", "get"))
                 or next(iter(item.values())))
    if str(status) not in operation["responses"]:
        return [f"{method} {path}: {status}"]
    response = found(operation["responses"][str(status)])
    wrong = []

    for name, header in response.get("headers", {}).items():
        header, value = found(header), headers[name]
        if value is None:
            if header.get("required"):
                wrong.append(f"{path} {status}: no {name}")
            continue
        if header["schema"].get("type") == "integer":
            value = int(value)
        wrong += faults(header["schema"], value)

    if "content" not in response:
        return wrong + ([f"{path} {status}: {body}"] if body else [])
    kind = (headers["Content-Type"] or "").split(";")[0]
    if kind not in response["content"]:
        return [*wrong, f"{path} {status}: {kind}"]
    if method != "HEAD":
        text = body.decode()
        value = json.loads(text) if kind.endswith("json") else text
        wrong += faults(response["content"][kind]["schema"], value)
        if kind == "application/problem+json" and value["status"] != status:
            wrong.append(f"{path}: {status} says it is {value['status']}")
    return [f"{method} {path} {status}: {fault}" for fault in wrong]


def code(answer):
    return json.loads(answer[2])["type"].rpartition(":")[2]


def enrol(server, user, sent, **more):
    return server.ask("POST", "/enrol",
                      json.dumps({"UserID": user, **sent, **more}))


def people(server):
    """The users of the examples: ann, who types like the example of a claim."""
    claimed = API["paths"]["/verify"]["post"]["requestBody"]["content"][
        "application/json"]["examples"]["phrase"]["value"]
    r = random.Random(3)
    typed = [{name: [t + r.randint(0, 40) for t in claimed[name]]
              for name in ("Press", "Release")} for _ in range(3)]
    answers = [enrol(server, "ann", row, Phrase="login") for row in typed]
    Tap.ok([a[0] for a in answers] == [201] * 3, "somebody enrols")


def examples(server):
    for path, item in API["paths"].items():
        content = item.get("post", {}).get("requestBody", {}).get("content")
        if content is None:
            continue
        for name, example in content["application/json"]["examples"].items():
            body = json.dumps(example["value"])
            answer = server.ask("POST", path, body)
            Tap.no_faults(undocumented("POST", path, answer)
                          + ([] if answer[0] in GOOD else [answer[2]]),
                          f"{path}: the example \"{name}\" is answered")


def problems(servers):
    """Each problem that has an example, as the server has it."""
    r = random.Random(1)
    body = json.dumps(enrolment(r))
    asked = {
        "not-json": ("POST", "/predict", "", {}),
        "unknown-user": ("POST", "/verify", json.dumps(
            {**claim(r), "UserID": "nobody"}), {}),
        "method-not-allowed": ("DELETE", "/predict", None, {}),
        "too-large": ("POST", "/predict", " " * 16385, {}),
        "unsupported-media-type": ("POST", "/predict", "{}",
                                   {"Content_Type": "text/plain"}),
        "missing-member": ("POST", "/predict",
                           '{"Model":"RF","HT":{"Mean":48.43}}', {}),
        "not-enrolled": ("GET", "/enrol?UserID=nobody", None, {}),
        "bad-query": ("DELETE", "/enrol?Phrase=login", None, {}),
        "already-enrolled": ("POST", "/enrol", json.dumps(
            {"UserID": "ready", **sample(r)}), {}),
        "bad-user": ("POST", "/enrol", json.dumps(
            {"UserID": " ann", **sample(r)}), {}),
        "replay": ("POST", "/enrol", json.dumps(
            {"UserID": "again", **rows(random.Random(5))}), {}),
        "damaged-template": ("POST", "/enrol", json.dumps(
            {"UserID": "damaged", "Phrase": "login", **sample(r)}), {}),
        "store-not-ready": ("POST", "/enrol", body, {}),
        "no-live": ("POST", "/enrol", body, {}),
        "store-full": ("POST", "/enrol", body, {}),
        "loading": ("POST", "/predict", json.dumps(
            {"Model": "LIVE", "Phrase": "300 people", **sample(r, 2)}), {}),
        "too-many-people": ("POST", "/predict", json.dumps(
            {"Model": "LIVE", "Phrase": "4097 people", **sample(r, 2)}), {})}

    enrol(servers["main"], "ready", rows(r))
    enrol(servers["main"], "again", rows(random.Random(5)))
    full = [enrol(servers["store-full"], n, rows(r, 24))[0]
            for n in range(1000)]
    Tap.ok(507 in full, f"{full.index(507)} templates fill a store")

    for name, response in API["components"]["responses"].items():
        kinds = response["content"].get("application/problem+json", {})
        for example, value in kinds.get("examples", {}).items():
            if example not in asked:
                continue
            method, path, body, headers = asked[example]
            server = servers.get(example, servers["main"])
            answer = server.ask(method, path, body, **headers)
            real = json.loads(answer[2])
            differs = [f"{key}: {real.get(key)}" for key, said
                       in value["value"].items() if real.get(key) != said]
            Tap.no_faults(undocumented(method, path.partition("?")[0], answer)
                          + differs,
                          f"{name}: the problem {example} is as its example")


def interval(r):
    return {"Mean": r.choice([r.randint(-50, 400), r.uniform(0, 300)]),
            "STD": r.uniform(0, 200)}


def sample(r, keys=13):
    at, press, release = 0, [], []
    for _ in range(keys):
        at += r.randint(1, 400)
        press.append(at)
        release.append(max(at + r.randint(1, 300), *release or [0]))
    return {"Press": press, "Release": release}


def request(r):
    body = {"Model": r.choice(["SVM", "RF", "XGB", "FUSION"])}
    if body["Model"] == "FUSION" or r.random() < 0.4:
        body.update(sample(r))
    else:
        body.update({name: interval(r) for name in ("HT", "PPT", "RRT",
                                                    "RPT")})
    if r.random() < 0.3:
        body["Top"] = r.randint(1, 100)
    if body["Model"] == "FUSION" and r.random() < 0.5:
        body["FAR"] = r.uniform(0.001, 0.2)
    return body


def live_request(r, phrase):
    body = {"Model": "LIVE", **sample(r, r.choice([2, 13, 13, 64]))}
    if phrase:
        body["Phrase"] = phrase
    if r.random() < 0.3:
        body["Top"] = r.randint(1, 100)
    if r.random() < 0.5:
        body["FAR"] = r.uniform(0.001, 0.2)
    return body


def requests(r):
    phrase = r.choice([None, "login", "login", "nobody's"])
    make = ((lambda r: live_request(r, phrase)) if r.random() < 0.2
            else request)
    return ([make(r) for _ in range(r.randint(1, 5))] if r.random() < 0.15
            else make(r))


def of_phrases(body):
    """Whether an array's requests are of several phrases; no schema says so."""
    return isinstance(body, list) and len(
        {r.get("Phrase") for r in body if isinstance(r, dict)}) > 1


def claim(r):
    body = {"UserID": r.choice([r.randint(1, 12), str(r.randint(1, 12))])}
    if r.random() < 0.2:
        body.update(UserID=r.randint(1, 99), Phrase="of 13 keys")
    if r.random() < 0.3:
        body["Attempts"] = [sample(r) for _ in range(r.randint(1, 5))]
    else:
        body.update(sample(r))
    if r.random() < 0.5:
        body["FAR"] = r.uniform(0.001, 0.2)
    return body


def rows(r, number=4):
    return {"Samples": [sample(r) for _ in range(number)]}


def enrolment(r):
    keys = r.choice([2, 5, 13, 64])
    body = {"UserID": r.choice([r.randint(1, 99), f"user {r.randint(1, 99)}"])}
    if keys != 13 or r.random() < 0.3:
        body["Phrase"] = f"of {keys} keys"
    if r.random() < 0.3:
        body["Samples"] = [sample(r, keys) for _ in range(r.randint(1, 24))]
    else:
        body.update(sample(r, keys))
    if r.random() < 0.4:
        body["Replace"] = r.random() < 0.8
    if r.random() < 0.4:
        body["Confirmed"] = r.random() < 0.8
    return body


def anything(r):
    return r.choice([None, True, 0, -1, 3.5, 1e6, 1000001, 1e300, "", "RF",
                     "FUSION", "\u00e9", [], {}, [1, 2], [[]], {"Mean": 1},
                     {"Mean": 1, "STD": -1}, [0] * 65, list(range(13)),
                     r.randint(0, 101), r.uniform(0, 0.3)])


def changed(r, value):
    """The same with one thing changed, somewhere within."""
    if isinstance(value, (dict, list)) and value and r.random() < 0.6:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        copy, key = value.copy(), r.choice(keys)
        copy[key] = changed(r, copy[key])
        return copy
    if isinstance(value, dict):
        copy = value.copy()
        if copy and r.random() < 0.5:
            del copy[r.choice(list(copy))]
        else:
            copy[r.choice(["Top", "FAR", "HT", "Press", "Attempts", "Model",
                           "UserID", "Phrase", "Samples", "Replace",
                           "Confirmed", "model", "x"])] = anything(r)
        return copy
    if isinstance(value, list) and r.random() < 0.5:
        return value[:-1] if r.random() < 0.5 else value + value[-1:]
    return anything(r)


def generated(server, path, make, number):
    r, seen, wrong = random.Random(7), {}, []
    schema = API["paths"][path]["post"]["requestBody"]["content"][
        "application/json"]["schema"]

    for _ in range(number):
        body = make(r)
        while r.random() < 0.5:
            body = changed(r, body)
        text = json.dumps(body)
        answer = server.ask("POST", path, text)
        valid = not faults(schema, body)
        refused = None if answer[0] in GOOD else code(answer)
        wrong += undocumented("POST", path, answer)
        seen[valid, answer[0]] = seen.get((valid, answer[0]), 0) + 1
        if (valid and refused and refused not in BEYOND
                and len(text) <= 16384 and not of_phrases(body)):
            wrong.append(f"valid, and {refused}: {text[:300]}")
        if not valid and not refused:
            wrong.append(f"invalid, and answered: {text[:300]}")

    Tap.no_faults(wrong, f"{path}: {number} bodies are answered as described")
    for valid, least in ((True, 0.25), (False, 0.25)):
        n = sum(seen.get((valid, s), 0) for s in (*GOOD, 400, 404, 409, 422))
        Tap.ok(n >= least * number, f"... {n} of them "
               f"{'valid' if valid else 'invalid'}")
    good = sum(seen.get((True, s), 0) for s in GOOD)
    Tap.ok(good >= 0.2 * number, f"... {good} answered 200 or 201")


def methods(server):
    for path, item in API["paths"].items():
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
            known = method.replace("HEAD", "GET").lower() in item
            if known and method == "POST":
                continue
            query = "?UserID=ready" if path == "/enrol" else ""
            answer = server.ask(method, path + query)
            expected = (405 if not known else 204 if method == "DELETE"
                        else 200)
            Tap.no_faults(undocumented(method, path, answer)
                          + ([] if answer[0] == expected else [answer[:1]]),
                          f"{method} {path}: {expected}")


def keys(server, key, desk):
    body = '{"Model":"RF","HT":{}}'
    for path in ("/predict", "/verify", "/card", "/openapi.json"):
        method = "POST" if "post" in API["paths"][path] else "GET"
        sent = body if method == "POST" else None
        answer = server.ask(method, path, sent)
        Tap.no_faults(undocumented(method, path, answer)
                      + ([] if answer[0] == 401 else [answer[:1]]),
                      f"{method} {path} without a key: 401")
        answer = server.ask(method, path, sent, Authorization="Bearer " + key)
        Tap.no_faults(undocumented(method, path, answer)
                      + ([] if answer[0] in (200, 422) else [answer[:1]]),
                      f"{method} {path} with a key")

    for path, other in (("/predict", desk), ("/verify", desk),
                        ("/enrol", key)):
        answer = server.ask("POST", path, body,
                            Authorization="Bearer " + other)
        Tap.no_faults(undocumented("POST", path, answer)
                      + ([] if answer[0] == 403 else [answer[:1]]),
                      f"POST {path} without its scope: 403")

    for _ in range(2000):
        answer = server.ask("POST", "/predict", body,
                            Authorization="Bearer " + key)
        if answer[0] == 429:
            break
    Tap.no_faults(undocumented("POST", "/predict", answer)
                  + ([] if answer[1]["Retry-After"] == "1" else [answer]),
                  "too many requests: 429, with Retry-After")


def main(url, url_with_keys, key, desk, *others):
    server = Server(url)
    servers = {"main": server, **{name: Server(where) for name, where in
                                  (other.split("=") for other in others)}}
    with open("docs/openapi.json", encoding="utf-8") as f:
        Tap.ok(json.load(f) == API, "openapi.json is openapi.yaml "
               "(make openapi)")
    answer = server.ask("GET", "/openapi.json")
    Tap.ok(json.loads(answer[2]) == API, "... and is served")
    people(server)
    examples(server)
    problems(servers)
    generated(server, "/predict", requests, PREDICT)
    generated(server, "/enrol", enrolment, ENROL)
    generated(server, "/verify", claim, VERIFY)
    methods(server)
    keys(Server(url_with_keys), key, desk)
    print(f"1..{Tap.count}")
    sys.exit(Tap.failed > 0)


main(*sys.argv[1:])
