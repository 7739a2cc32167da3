"""A plot of three panels as SVG, logarithmic both ways, by hand."""

import math

WIDTH, HEIGHT = 900, 330
PANEL = {"top": 40, "bottom": 280, "width": 215}
LEFTS = (60, 355, 650)
COLOURS = {"SVM": "#1f6fb4", "RF": "#2a8a3c", "XGB": "#c4561b",
           "FUSION": "#8546a6"}
DASHES = {"SVM": "", "RF": "7 3", "XGB": "2 3", "FUSION": "9 3 2 3"}


def label(x):
    if x >= 1000:
        return "{:,.0f}".format(x)

    return "%g" % x


class Panel:
    def __init__(self, left, title, series, ticks):
        self.left, self.title = left, title
        self.series, self.xs = series, ticks
        values = [y for line in series.values() for _, y in line if y > 0]
        self.low = math.floor(math.log10(min(values)))
        self.high = math.ceil(math.log10(max(values)))
        self.high = max(self.high, self.low + 1)

    def x(self, value):
        first, last = math.log10(self.xs[0]), math.log10(self.xs[-1])
        at = (math.log10(value) - first) / ((last - first) or 1)
        return self.left + at * PANEL["width"]

    def y(self, value):
        at = (math.log10(max(value, 10 ** self.low)) - self.low)
        at /= self.high - self.low
        return PANEL["bottom"] - at * (PANEL["bottom"] - PANEL["top"])

    def axes(self):
        right = self.left + PANEL["width"]
        yield text(self.left, 24, self.title, weight="bold")

        for power in range(self.low, self.high + 1):
            y = self.y(10.0 ** power)
            yield line(self.left, y, right, y, "#d8d8d8")
            yield text(self.left - 6, y + 4, label(10.0 ** power), "end")

        for x in self.xs:
            at = self.x(x)
            yield line(at, PANEL["bottom"], at, PANEL["bottom"] + 5, "#555")
            yield text(at, PANEL["bottom"] + 20, label(x), "middle")

        yield text((self.left + right) / 2, PANEL["bottom"] + 38, "users",
                   "middle")

    def lines(self):
        for name, points in self.series.items():
            path = " ".join("%.1f,%.1f" % (self.x(x), self.y(y))
                            for x, y in points)
            yield ('<polyline points="%s" fill="none" stroke="%s" '
                   'stroke-width="2" stroke-dasharray="%s"/>'
                   % (path, COLOURS[name], DASHES[name]))
            for x, y in points:
                yield ('<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>'
                       % (self.x(x), self.y(y), COLOURS[name]))


def line(x1, y1, x2, y2, colour):
    return ('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>'
            % (x1, y1, x2, y2, colour))


def text(x, y, string, anchor="start", weight="normal"):
    return ('<text x="%.1f" y="%.1f" text-anchor="%s" font-weight="%s">%s'
            '</text>' % (x, y, anchor, weight, string))


def legend():
    for i, name in enumerate(COLOURS):
        x = LEFTS[0] + 110 * i
        yield ('<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" '
               'stroke-width="2" stroke-dasharray="%s"/>'
               % (x, HEIGHT + 2, x + 36, HEIGHT + 2, COLOURS[name],
                  DASHES[name]))
        yield text(x + 42, HEIGHT + 6, name)


def plot(panels, ticks):
    """panels: (title, {name: [(x, y), ...]}), three of them."""
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" '
             'font-family="sans-serif" font-size="12" fill="#222">'
             % (WIDTH, HEIGHT + 22),
             '<title>Cost against the number of users</title>',
             '<rect width="%d" height="%d" fill="#fff"/>'
             % (WIDTH, HEIGHT + 22)]

    for left, (title, series) in zip(LEFTS, panels):
        panel = Panel(left, title, series, ticks)
        parts += list(panel.axes()) + list(panel.lines())

    return "\n".join(parts + list(legend()) + ["</svg>", ""])
