#!/usr/bin/python3
"""Draws the stack and the pipeline: docs/architecture-aws.svg and .png, and
docs/pipeline-aws.svg and .png.

    docs/architecture-aws.py [--check]

Boxes are placed by hand, on A3; lines are orthogonal and end on the boxes
that they join.  --check draws nothing: it fails where a line crosses a box,
a label lies on something, or a file is not what would be drawn.  The PNGs are
made by chromium.
"""

import hashlib
import html
import os
import struct
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
WIDTH = 1680                            # 420 mm, A3

# what a line is: colour, width, dashes
LINES = {
    "request": ("#1f5fbf", 3, ""),
    "deployment": ("#b35900", 2, "10 5"),
    "observation": ("#3d7a33", 2, "2 5"),
    "templates": ("#7a3f9d", 2, "12 4 2 4"),
}

# fill of a frame, by how deep it lies
FRAMES = {"group": "#eef4fb", "network": "#f6f9ec", "zone": "#fffdf3"}

# icons of 24 by 24, as strokes
ICONS = {
    "users": "M8 11a3 3 0 1 0 0-6a3 3 0 0 0 0 6M2 20c0-4 3-6 6-6s6 2 6 6"
             "M16 10a2.5 2.5 0 1 0 0-5M17 14c3 0 5 2 5 5",
    "name": "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M3 12h18M12 3c-5 5-5 13 0 18"
            "M12 3c5 5 5 13 0 18",
    "shield": "M12 3l8 3v6c0 5-4 8-8 9c-4-1-8-4-8-9V6zM8 12l3 3l5-6",
    "balance": "M3 12h9M12 5v14M12 5h8M12 12h8M12 19h8",
    "gate": "M4 5v14M20 5v14M4 12h14M14 8l4 4l-4 4",
    "host": "M6 6h12v12H6zM9 9h6v6H9zM9 6V3M15 6V3M9 21v-3M15 21v-3M6 9H3"
            "M6 15H3M21 9h-3M21 15h-3",
    "store": "M4 6c0-4 16-4 16 0v12c0 4-16 4-16 0zM4 6c0 4 16 4 16 0"
             "M4 12c0 4 16 4 16 0",
    "bucket": "M4 6c0-3 16-3 16 0l-2 13c-1 3-11 3-12 0zM4 6c0 3 16 3 16 0",
    "watch": "M3 20h18M6 16v-5M11 16V6M16 16v-8M3 20V4",
    "mail": "M3 6h18v12H3zM3 6l9 7l9-7",
    "terminal": "M3 5h18v14H3zM6 9l4 3l-4 3M12 16h6",
    "refresh": "M5 10a8 8 0 0 1 14-2M19 4v4h-4M19 14a8 8 0 0 1-14 2M5 20v-4h4",
    "image": "M12 3l9 5v8l-9 5l-9-5V8zM3 8l9 5l9-5M12 13v8",
    "entry": "M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h7",
    "key": "M8 15a4 4 0 1 0 0-8a4 4 0 0 0 0 8M12 11h9M18 11v4M21 11v3",
    "seal": "M12 13a5 5 0 1 0 0-10a5 5 0 0 0 0 10M9 12l-2 9l5-3l5 3l-2-9",
    "role": "M4 17h16M6 17v-3a6 6 0 0 1 12 0v3M12 8V5",
    "branch": "M7 8v8M7 8a2 2 0 1 0 0-4a2 2 0 0 0 0 4M7 20a2 2 0 1 0 0-4"
              "a2 2 0 0 0 0 4M17 10a2 2 0 1 0 0-4a2 2 0 0 0 0 4M17 10"
              "c0 4-10 2-10 6",
    "event": "M13 3L5 14h6l-1 7l9-12h-6z",
    "pipe": "M3 8h5v8H3zM10 8h5v8h-5zM17 8h4v8h-4zM8 12h2M15 12h2",
    "build": "M14 4a5 5 0 0 0-1 6l-9 9l2 2l9-9a5 5 0 0 0 6-6l-3 3l-3-1l-1-3z",
    "agree": "M4 12l5 6L20 6",
}


class Picture:
    """Boxes, frames and lines, and what is wrong with where they are."""

    def __init__(self, name, title, height):
        self.name, self.title, self.height = name, title, height
        self.frames, self.boxes, self.lines, self.labels = [], {}, [], []

    def frame(self, name, x, y, w, h, text, kind="group", dashed=False):
        self.frames.append((name, x, y, w, h, text, kind, dashed))

    def box(self, name, x, y, icon, *text, w=130, h=76):
        self.boxes[name] = (x, y, w, h, icon, text)

    def side(self, name, side, at):
        """The point of a box or a frame on that side: l, r, t or b."""
        x, y, w, h = (self.boxes[name][:4] if name in self.boxes else next(
            f[1:5] for f in self.frames if f[0] == name))
        if side in "lr":
            return x + (w if side == "r" else 0), y + h / 2 if at is None \
                else at
        return (x + w / 2 if at is None else at), y + (h if side == "b" else 0)

    def line(self, kind, start, end, *through, label=None, both=False):
        """From "box.side[.at]" to another, by points in between; a point has
        None where it takes what the one before has."""
        points = []
        for end_of in (start, end):
            name, side, *at = end_of.split(".")
            points.append(self.side(name, side, float(at[0]) if at else None))
        path = [points[0]]
        for x, y in through:
            path.append((path[-1][0] if x is None else x,
                         path[-1][1] if y is None else y))
        path.append(points[1])
        self.lines.append((kind, path, (start.split(".")[0],
                                        end.split(".")[0]), both))
        if label:
            x, y, *text = label
            self.label(x, y, *text)

    def label(self, x, y, *text):
        self.labels.append((x, y, text))

    # what is wrong

    def faults(self):
        areas = [("box " + n, b[:4]) for n, b in self.boxes.items()]
        labels = [("label " + " ".join(t), area(x, y, t))
                  for x, y, t in self.labels]
        titles = [("title " + f[5], (f[1] + 8, f[2] + 4, 8.6 * len(f[5]), 20))
                  for f in self.frames]
        both = areas + labels + titles

        for i, (one, a) in enumerate(both):
            for other, b in both[i + 1:]:
                if overlap(a, b):
                    yield "%s lies on %s" % (one, other)

        for what, a in areas + labels:
            for f in self.frames:
                if border(a, f[1:5]):
                    yield "%s lies on the border of %s" % (what, f[0])

        for kind, path, ends, _ in self.lines:
            name = "%s line %s" % (kind, " to ".join(ends))
            for a, b in zip(path, path[1:]):
                if a[0] != b[0] and a[1] != b[1]:
                    yield "%s is not orthogonal: %s, %s" % (name, a, b)
                for what, area_ in both:
                    if within(a, b, area_):
                        yield "%s crosses %s" % (name, what)
        yield from self.crossings()

    def crossings(self):
        for i, one in enumerate(self.lines):
            for other in self.lines[i + 1:]:
                # branches of one trunk share it
                if one[2][0] == other[2][0] or one[2][1] == other[2][1]:
                    continue
                for a, b in zip(one[1], one[1][1:]):
                    for c, d in zip(other[1], other[1][1:]):
                        if cross(a, b, c, d):
                            yield "lines %s and %s cross" % (
                                " to ".join(one[2]), " to ".join(other[2]))

    # the SVG

    def svg(self):
        out = ['<svg xmlns="http://www.w3.org/2000/svg" width="420mm" '
               'height="%gmm" viewBox="0 0 %d %d" font-family="DejaVu Sans, '
               'Verdana, sans-serif" font-size="14">'
               % (self.height / 4, WIDTH, self.height),
               "<title>%s</title>" % html.escape(self.title),
               '<rect width="100%" height="100%" fill="#ffffff"/>',
               text(30, 48, self.title, size=26, bold=True)]
        for name, x, y, w, h, title, kind, dashed in self.frames:
            out.append('<rect x="%g" y="%g" width="%g" height="%g" rx="8" '
                       'fill="%s" stroke="#8899aa"%s/>'
                       % (x, y, w, h, FRAMES[kind],
                          ' stroke-dasharray="6 4"' if dashed else ""))
            out.append(text(x + 10, y + 20, title, colour="#445566"))
        for kind, path, _, both in self.lines:
            out += draw(kind, path, both)
        for x, y, w, h, icon, lines in self.boxes.values():
            out.append('<rect x="%g" y="%g" width="%g" height="%g" rx="6" '
                       'fill="#ffffff" stroke="#334455" stroke-width="1.5"/>'
                       % (x, y, w, h))
            out.append('<path transform="translate(%g %g)" d="%s" fill="none" '
                       'stroke="#334455" stroke-width="1.6"/>'
                       % (x + w / 2 - 12, y + 6, ICONS[icon]))
            for i, line in enumerate(lines):
                out.append(text(x + w / 2, y + 45 + 15 * i, line, size=13,
                                anchor="middle", bold=i == 0))
        for x, y, lines in self.labels:
            for i, line in enumerate(lines):
                out.append(text(x, y + 15 * i, line, size=13))
        return "\n".join(out + self.legend() + ["</svg>", ""])

    def legend(self):
        kinds = [(kind, what) for kind, what in (
            ("request", "request path"), ("deployment", "deployment path"),
            ("observation", "observation"),
            ("templates", "templates, encrypted"))
            if any(line[0] == kind for line in self.lines)]
        y = 44
        out = []
        for i, (kind, what) in enumerate(kinds):
            at = WIDTH + 10 - 245 * (len(kinds) - i)
            out += draw(kind, [(at, y), (at + 70, y)], False)
            out.append(text(at + 80, y + 5, what))
        return out


def text(x, y, what, size=14, anchor="start", bold=False, colour="#112233"):
    return ('<text x="%g" y="%g" font-size="%d" text-anchor="%s"%s fill="%s">'
            "%s</text>" % (x, y, size, anchor,
                           ' font-weight="bold"' if bold else "", colour,
                           html.escape(what)))


def draw(kind, path, both):
    """A line, and its heads, whose points are its ends."""
    colour, width, dashes = LINES[kind]
    ends = [(path[-2], path[-1])] + ([(path[1], path[0])] if both else [])
    out, short = [], list(path)
    for i, (before, end) in enumerate(ends):
        dx = (end[0] > before[0]) - (end[0] < before[0])
        dy = (end[1] > before[1]) - (end[1] < before[1])
        short[0 if i else -1] = (end[0] - 8 * dx, end[1] - 8 * dy)
        out.append('<path d="M%g %gL%g %gL%g %gz" fill="%s"/>' % (
            *end, end[0] - 11 * dx + 5 * dy, end[1] - 11 * dy + 5 * dx,
            end[0] - 11 * dx - 5 * dy, end[1] - 11 * dy - 5 * dx, colour))
    out.insert(0, '<path d="M%s" fill="none" stroke="%s" stroke-width="%g"%s/>'
               % ("L".join("%g %g" % p for p in short), colour, width,
                  ' stroke-dasharray="%s"' % dashes if dashes else ""))
    return out


def area(x, y, lines):
    return (x, y - 12, 8 * max(map(len, lines)), 15 * len(lines))


def overlap(a, b):
    return (a[0] < b[0] + b[2] and b[0] < a[0] + a[2]
            and a[1] < b[1] + b[3] and b[1] < a[1] + a[3])


def border(a, f):
    """Whether an area is partly in a frame and partly not."""
    inside = (a[0] >= f[0] + 4 and a[0] + a[2] <= f[0] + f[2] - 4
              and a[1] >= f[1] + 4 and a[1] + a[3] <= f[1] + f[3] - 4)
    return overlap(a, f) and not inside


def within(a, b, area_):
    """Whether a part of a line lies in an area, and not on its edge alone."""
    x, y, w, h = area_
    return (min(a[0], b[0]) < x + w and max(a[0], b[0]) > x
            and min(a[1], b[1]) < y + h and max(a[1], b[1]) > y)


def cross(a, b, c, d):
    def between(p, q, r):
        return min(p, q) < r < max(p, q)

    return ((a[0] == b[0] and c[1] == d[1] and between(c[0], d[0], a[0])
             and between(a[1], b[1], c[1]))
            or (a[1] == b[1] and c[0] == d[0] and between(a[0], b[0], c[0])
                and between(c[1], d[1], a[1]))
            or (a[0] == b[0] == c[0] == d[0]
                and max(min(a[1], b[1]), min(c[1], d[1]))
                < min(max(a[1], b[1]), max(c[1], d[1])))
            or (a[1] == b[1] == c[1] == d[1]
                and max(min(a[0], b[0]), min(c[0], d[0]))
                < min(max(a[0], b[0]), max(c[0], d[0]))))


def stack():
    p = Picture("architecture-aws", "keyauth on AWS", 1188)

    p.frame("stack", 360, 80, 1130, 940, "stack: keyauth.yaml")
    p.frame("vpc", 380, 270, 1090, 520, "VPC, three zones", "network")
    p.frame("public", 400, 310, 360, 460, "public subnets", "group")
    p.frame("group", 930, 310, 250, 460, "private subnets: 2 to 6 hosts")
    p.frame("before", 30, 850, 300, 260, "made before")

    p.box("clients", 40, 522, "users", "clients", w=120)
    p.box("name", 200, 522, "name", "Route 53", "alias", w=120)
    p.box("firewall", 420, 522, "shield", "WAF", "rate, lists, rules", w=140)
    p.box("balancer", 600, 522, "balance", "balancer", "TLS 1.3, 443", w=140)
    p.box("nat", 640, 674, "gate", "NAT", "to the internet", w=110)

    for i, zone in enumerate("abc"):
        y = 345 + 142 * i
        p.frame("zone " + zone, 950, y, 210, 126, "zone " + zone, "zone")
        p.box("host " + zone, 970, y + 30, "host", "instance", "nginx, keyauth,",
              "keyauth.model", w=170, h=86)

    p.frame("engine", 1250, 310, 200, 318, "engine.yaml, optional", "group",
            dashed=True)
    for i, (zone, name) in enumerate((("a", "primary"), ("b", "replica"))):
        y = 345 + 142 * i
        p.frame("engine " + zone, 1265, y, 170, 126, "zone " + zone, "zone")
        p.box(name, 1280, y + 30, "store", "Valkey", name, w=140, h=86)

    p.box("logs", 600, 120, "bucket", "access logs", "S3", w=140)
    p.box("session", 790, 120, "terminal", "Session", "Manager", w=120)
    p.box("watch", 980, 120, "watch", "CloudWatch", "logs, alarms,",
          "dashboard", w=150, h=86)
    p.box("mail", 1530, 125, "mail", "mail", "of alarms", w=120)

    p.box("template", 980, 860, "refresh", "launch template",
          "instance refresh", w=150)
    p.box("role", 1250, 860, "role", "instance role", w=130)

    p.box("certificate", 50, 890, "seal", "certificate", "ACM", w=120)
    p.box("keys", 190, 890, "key", "secrets", "API keys, store", w=120)
    p.box("image", 50, 1010, "image", "image", "Packer", w=120)
    p.box("entry", 190, 1010, "entry", "SSM entry", "ami-id", w=120)

    p.line("request", "clients.r", "name.l")
    p.line("request", "name.r", "firewall.l")
    p.line("request", "firewall.r", "balancer.l")
    for zone in "abc":
        at = p.side("host " + zone, "l", None)[1]
        p.line("request", "balancer.r", "host %s.l" % zone,
               (800, None), (None, at))
    p.label(812, 488, "TLS: /predict", "/verify, /card", "/enrol")

    p.line("deployment", "certificate.t.150", "balancer.b.620",
           (None, 820), (620, None))
    p.line("deployment", "keys.r", "group.b.955", (900, None),
           (None, 815), (955, None), label=(690, 920, "at boot"))
    p.line("deployment", "image.r", "entry.l")
    p.line("deployment", "entry.r", "template.b", (1055, None),
           label=(690, 1040, "id of the image"))
    p.line("deployment", "template.t", "group.b.1055",
           label=(1064, 835, "replaces"))
    p.line("deployment", "role.l", "group.b.1160", (1160, None))
    p.line("deployment", "group.l.750", "nat.r.750",
           label=(790, 742, "updates"))

    p.line("observation", "balancer.t", "logs.b")
    p.line("observation", "group.t.960", "session.b", (None, 240),
           (850, None))
    p.line("observation", "group.t.1055", "watch.b",
           label=(1064, 245, "logs, load, requests"))
    p.line("observation", "engine.t.1350", "watch.b.1110", (None, 222),
           (1110, None))
    for zone in "abc":
        # all from the same end, so that dashes of what they share agree
        p.line("templates", "primary.l", "host %s.r" % zone, (1215, None),
               (None, p.side("host " + zone, "r", None)[1]), both=True)
    p.line("templates", "primary.b", "replica.t")
    p.line("observation", "watch.r.145", "mail.l.145")
    p.line("observation", "watch.r.185", "template.r.915", (1480, None),
           (None, 960), (1200, None), (None, 915),
           label=(1290, 984, "scales, rolls back"))
    return p


def pipeline():
    p = Picture("pipeline-aws", "keyauth's pipeline", 700)

    p.frame("pipeline", 220, 240, 900, 190, "pipeline.yaml")
    p.frame("stack", 1310, 240, 350, 380, "stack: keyauth.yaml")

    p.box("commit", 40, 300, "branch", "commit", w=120)
    p.box("data", 40, 500, "bucket", "data.zip", "S3", w=120)
    p.box("event", 235, 500, "event", "new data", "EventBridge", w=120)
    p.box("mail", 235, 110, "mail", "mail", "of failures", w=120)

    for i, (name, icon, *lines) in enumerate((
            ("pipe", "pipe", "pipeline"),
            ("test", "build", "test", "make test"),
            ("train", "build", "train", "evaluate, gate"),
            ("bake", "build", "bake", "Packer"),
            ("agree", "agree", "approval", "by somebody"),
            ("deploy", "build", "deploy", "promote.py"))):
        p.box(name, 235 + 147 * i, 300, icon, *lines, w=120)

    p.box("image", 676, 500, "image", "image", w=120)
    p.box("entry", 1160, 300, "entry", "SSM entry", "ami-id", w=120)
    p.box("refresh", 1330, 300, "refresh", "instance", "refresh", w=120)
    p.box("group", 1510, 300, "host", "hosts", w=130)
    p.box("alarms", 1330, 500, "watch", "alarms", w=120)
    p.box("endpoint", 1510, 500, "balance", "endpoint", w=130)

    p.line("deployment", "commit.r", "pipe.l")
    p.line("deployment", "data.r", "event.l")
    p.line("deployment", "event.t", "pipe.b")
    p.line("deployment", "data.b", "train.b", (None, 610), (589, None),
           label=(380, 602, "data"))
    for a, b in (("pipe", "test"), ("test", "train"), ("train", "bake"),
                 ("bake", "agree"), ("agree", "deploy"), ("deploy", "entry"),
                 ("entry", "refresh"), ("refresh", "group")):
        p.line("deployment", a + ".r", b + ".l")
    p.line("deployment", "bake.b", "image.t")
    p.line("request", "deploy.b", "endpoint.b", (None, 650), (1575, None),
           label=(1130, 642, "smoke test"))
    p.line("request", "endpoint.t", "group.b")
    p.line("observation", "pipe.t.345", "mail.b.345")
    p.line("observation", "alarms.t", "refresh.b",
           label=(1400, 455, "rolls back"))
    return p


def png(svg, height):
    """The picture in pixels, with the digest of the SVG that it shows."""
    with tempfile.TemporaryDirectory() as folder:
        page, shot = (os.path.join(folder, n) for n in ("a.html", "a.png"))
        with open(page, "w", encoding="utf-8") as file:
            file.write('<body style="margin:0">' + svg.replace(
                'width="420mm"', 'width="%d"' % WIDTH, 1))
        subprocess.run(["chromium", "--headless", "--no-sandbox",
                        "--disable-gpu", "--hide-scrollbars",
                        "--screenshot=" + shot,
                        "--window-size=%d,%d" % (WIDTH, height), page],
                       check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=120)
        with open(shot, "rb") as file:
            data = file.read()

    note = b"tEXtSVG\0" + digest(svg).encode()
    chunk = struct.pack(">I", len(note) - 4) + note \
        + struct.pack(">I", zlib.crc32(note))
    return data[:33] + chunk + data[33:]


def digest(svg):
    return hashlib.sha256(svg.encode()).hexdigest()


def check(p):
    faults = list(p.faults())
    path = os.path.join(HERE, p.name)

    with open(path + ".svg", encoding="utf-8") as file:
        if file.read() != p.svg():
            faults.append("%s.svg is not what would be drawn" % p.name)

    with open(path + ".png", "rb") as file:
        if digest(p.svg()).encode() not in file.read(256):
            faults.append("%s.png shows another SVG" % p.name)

    for fault in faults:
        print("%s: %s" % (p.name, fault))
    return len(faults)


def main():
    pictures = [stack(), pipeline()]

    if sys.argv[1:] == ["--check"]:
        return sum(map(check, pictures)) > 0

    for p in pictures:
        for fault in p.faults():
            print("%s: %s" % (p.name, fault))
        path = os.path.join(HERE, p.name)
        with open(path + ".svg", "w", encoding="utf-8") as file:
            file.write(p.svg())
        with open(path + ".png", "wb") as file:
            file.write(png(p.svg(), p.height))
    return 0


if __name__ == "__main__":
    sys.exit(main())
