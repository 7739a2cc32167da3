/*
 * Draws a rhythm: a row for each key, a bar from its press to its release,
 * and the gap to the next press, or how far that came before the release.
 */

const left = 30, right = 44, axis = 22;
const ns = 'http://www.w3.org/2000/svg';


function element(name, attributes, text) {
    const e = document.createElementNS(ns, name);

    for (const [key, value] of Object.entries(attributes)) {
        e.setAttribute(key, value);
    }

    if (text !== undefined) {
        e.textContent = text;
    }

    return e;
}

const rect = (kind, x, y, width, height) => element('rect', {
    class: kind, x, y, width: Math.max(width, 1), height,
    rx: Math.min(4, height / 2) });

const text = (kind, x, y, words, anchor = 'start') => element('text', {
    class: kind, x, y, 'text-anchor': anchor }, words);


/* 200 ms, 500 ms, 1 s, ...: at most seven lines */
function ticks(end) {
    const step = [100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000]
        .find(x => end / x <= 7) || end;

    return Array.from({ length: Math.floor(end / step) + 1 },
                      (_, i) => i * step);
}


/* now: in ms since the first press, for keys that are still down */
export function draw(svg, keys, { Press, Release }, now) {
    const width = svg.clientWidth || 320;
    const row = width > 420 ? 31 : 24;
    const bar = Math.round(row * .56);
    const height = keys.length * row + axis;
    const end = Math.max(now || 0, 1200, ...Press,
                         ...Release.map(x => x || 0)) * 1.02;
    const x = t => left + t / end * (width - left - right);
    const parts = [];

    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    svg.setAttribute('height', height);

    for (const t of ticks(end)) {
        parts.push(element('line', { class: 'tick', x1: x(t), x2: x(t), y1: 0,
                                     y2: height - axis }));
        parts.push(text('time', x(t), height - 6,
                        t < 1000 ? t || '0 ms' : `${t / 1000} s`, 'middle'));
    }

    keys.forEach((key, i) => {
        const y = i * row + (row - bar) / 2;
        const up = Release[i] ?? Math.max(Press[i], now || 0);

        parts.push(text('key', left - 12, y + bar / 2 + 5, key, 'end'));

        if (Press[i] === undefined) {
            return;
        }

        parts.push(rect(Release[i] === undefined ? 'hold down' : 'hold',
                        x(Press[i]), y, x(up) - x(Press[i]), bar));

        if (Release[i] !== undefined) {
            parts.push(text('ms', x(up) + 6, y + bar / 2 + 4,
                            Math.round(up - Press[i])));
        }

        if (Press[i + 1] === undefined) {
            return;
        }

        const next = Press[i + 1];

        if (up > next) {
            parts.push(rect('roll', x(next), y, x(up) - x(next), bar));

        } else {
            parts.push(rect('gap', x(up), y + row + bar / 2 - 1,
                            x(next) - x(up), 2));
        }
    });

    svg.replaceChildren(...parts);
}


/* the same for those who cannot see it */
export function describe({ Press, Release }) {
    const holds = Press.map((p, i) => Release[i] - p);
    const rolls = Press.slice(1).filter((p, i) => p < Release[i]).length;
    const seconds = Math.max(...Release) / 1000;

    return `${Press.length} keys in ${seconds.toFixed(1)} seconds, held from `
        + `${Math.round(Math.min(...holds))} to `
        + `${Math.round(Math.max(...holds))} milliseconds; `
        + `${rolls} of them still down when the next went down`;
}
