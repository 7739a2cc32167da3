/*
 * Draws the report: all that it shows is in the JSON of the page, whose
 * members docs/models.md describes.  Text is never parsed as HTML.
 */

'use strict';

const figures = JSON.parse(document.getElementById('figures').textContent);
const ns = 'http://www.w3.org/2000/svg';
const loro = figures.leave_one_repetition_out
    || figures.leave_one_session_out;
const chrono = figures.chronological;
const claims = figures.verification || [];
const sweeps = figures.sweeps || [];
const users = figures.users || [];

const $ = id => document.getElementById(id);

/* the best is the first */
const there = Object.keys(loro).filter(name => loro[name].top1 !== undefined)
    .sort((a, b) => loro[b].top1 - loro[a].top1);

const named = new Map(users.map(user => [user.user, user]));

/* above these, hardly any user of the sets that they were tried on is usual */
const limits = { rows: 6, drift: 1.5, spread: 1.4 };


function fill(e, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) {
        e.setAttribute(key, value);
    }

    e.append(...children);

    return e;
}

const h = (name, attributes = {}, ...children) =>
    fill(document.createElement(name), attributes, children);

const s = (name, attributes = {}, ...children) =>
    fill(document.createElementNS(ns, name), attributes, children);

const text = (x, y, words, anchor = 'middle', more = {}) =>
    s('text', { x, y, 'text-anchor': anchor, ...more }, words);

const line = (kind, x1, y1, x2, y2) =>
    s('line', { class: kind, x1, y1, x2, y2 });

const count = n => n.toLocaleString('en');
const percent = (x, digits = 1) => `${(100 * x).toFixed(digits)} %`;
const short = x => `${Number((100 * x).toPrecision(2))} %`;

const enrolled = claim => typeof claim.enrolled === 'string'
    ? claim.enrolled : `${count(claim.enrolled)} rows`;

const rate = n => n === 0 ? '0' : n < 1 ? n.toFixed(2) : n < 10 ? n.toFixed(1)
    : count(Math.round(n));


function show(id) {
    $(id).closest('section').hidden = false;
}


function table(id, heads, rows) {
    $(id).replaceChildren(
        h('thead', {}, h('tr', {}, ...heads.map(head =>
            h('th', { scope: 'col', class: head.n ? 'n' : '' }, head.name)))),
        h('tbody', {}, ...rows.map(row => h('tr', {}, ...row.map((cell, i) =>
            i ? h('td', { class: heads[i].class || (heads[i].n ? 'n' : '') },
                  cell)
              : h('th', { scope: 'row', class: heads[0].n ? 'n' : '' },
                  cell))))));
}


/* a share as a bar, with the interval that it lies in */
function bar(share, [low, high] = [], kind = 1) {
    const parts = [s('rect', { class: 'back', width: 200, height: 14, rx: 4,
                               y: 3 }),
                   s('rect', { class: `f${kind}`, width: 200 * share,
                               height: 14, rx: Math.min(4, 100 * share),
                               y: 3 })];

    if (high !== undefined) {
        parts.push(line('whisker', 200 * low, 10, 200 * high, 10),
                   line('whisker', 200 * low, 5, 200 * low, 15),
                   line('whisker', 200 * high, 5, 200 * high, 15));
    }

    return s('svg', { viewBox: '-1 0 202 20', 'aria-hidden': 'true',
                      class: 'bar' }, ...parts);
}


/* a square with axes; x and y give places from 0 to 1 */
function chart(svg, { label, x, y, xTicks, yTicks, xName, yName, height = 360 },
               ...parts) {
    const [left, top, width] = [62, 12, 400];
    const at = { x: v => left + width * x(v),
                 y: v => top + height * (1 - y(v)) };

    svg.setAttribute('viewBox', `0 0 480 ${height + 66}`);
    svg.setAttribute('aria-label', label);
    svg.replaceChildren(
        ...xTicks.flatMap(([v, words]) => [
            line('grid', at.x(v), top, at.x(v), top + height),
            text(at.x(v), top + height + 19, words)]),
        ...yTicks.flatMap(([v, words]) => [
            line('grid', left, at.y(v), left + width, at.y(v)),
            text(left - 7, at.y(v) + 4, words, 'end')]),
        s('rect', { class: 'frame', x: left, y: top, width, height }),
        text(left + width / 2, top + height + 44, xName),
        text(0, 0, yName, 'middle', { transform:
            `translate(13 ${top + height / 2}) rotate(-90)` }),
        ...parts.flatMap(part => part(at)));
}


const curve = (kind, points, name) => at => [s('path', {
    class: `curve c${kind}`,
    d: points.map(([x, y], i) => `${i ? 'L' : 'M'}${at.x(x).toFixed(1)} ${
        at.y(y).toFixed(1)}`).join('') }, s('title', {}, name))];

const dots = (kind, points) => at => points.map(([x, y, r, words]) =>
    s('circle', { class: `f${kind}`, cx: at.x(x), cy: at.y(y), r,
                  'fill-opacity': .75 }, s('title', {}, words)));

const legend = (x, y, names) => at => names.flatMap((words, i) => [
    line(`curve c${i + 1}`, at.x(x), at.y(y) + 20 * i, at.x(x) + 22,
         at.y(y) + 20 * i),
    text(at.x(x) + 28, at.y(y) + 20 * i + 4, words, 'start',
         { class: 'name' })]);


function tiles() {
    const tile = (value, ...words) => h('div', { class: 'tile' },
        h('b', {}, value), ...words.map(w => h('small', {}, w)));

    const best = there[0];
    const all = [];
    const interval = ([low, high]) => `95 %: ${percent(low)} to ${
        percent(high)}`;

    all.push(tile(percent(chrono[best].top1),
                  `named rightly by ${best}, on later rows`,
                  interval(chrono[best].top1_95)));
    all.push(tile(percent(loro[best].top1),
                  'the same, each repetition by all the others',
                  interval(loro[best].top1_95)));

    const [claim] = claims;

    if (claim) {
        all.push(tile(percent(claim.eer), 'equal error rate of claims',
                      `enrolled: ${enrolled(claim)}`));
        all.push(tile(percent(claim['frr_at_far_0.01']),
                      'of genuine logins refused where 1 % of',
                      'false claims are accepted'));
    }

    $('tiles').append(...all);
}


function accuracy() {
    const share = (fold, model) => [
        bar(fold[model].top1, fold[model].top1_95),
        `${percent(fold[model].top1)} (${percent(fold[model].top1_95[0])} to ${
            percent(fold[model].top1_95[1])})`,
        percent(fold[model].top5)];

    table('models', [
        { name: 'Model' },
        { name: 'Each repetition by the others', class: 'share' },
        { name: 'top-1', n: 1 }, { name: 'top-5', n: 1 },
        { name: 'Later rows by earlier ones', class: 'share' },
        { name: 'top-1', n: 1 }, { name: 'top-5', n: 1 },
    ], there.map(model => [model, ...share(loro, model),
                           ...share(chrono, model)]));

    $('guess').textContent = percent(1 / figures.data.users);
}


/* rates from 0.1 % on, by their logarithm */
function det() {
    if (!claims.length) {
        return;
    }

    const log = v => Math.min(1, Math.max(0, Math.log10(
        Math.max(v, .001) / .001) / 3));
    const ticks = [.001, .003, .01, .03, .1, .3, 1].map(v => [v, short(v)]);
    show('det');
    chart($('det'), {
        label: `Refused logins against accepted strangers; they are equal at ${
            claims.map(c => `${percent(c.eer)}, ${enrolled(c)}`).join('; ')}`,
        x: log, y: log, xTicks: ticks, yTicks: ticks,
        xName: 'strangers accepted (FAR)', yName: 'genuine refused (FRR)' },
        at => [line('diagonal', at.x(.001), at.y(.001), at.x(1), at.y(1))],
        ...claims.slice(0, 4).map((claim, i) =>
            curve(i + 1, claim.det.filter(([, frr]) => frr > 0),
                  enrolled(claim))),
        legend(.0013, .006, claims.slice(0, 4).map(
            claim => `${enrolled(claim)}: EER ${percent(claim.eer)}`)));
}


function reliability() {
    const kinds = there.filter(model => loro[model].reliability);

    if (!kinds.length) {
        return;
    }

    const tenths = [0, .2, .4, .6, .8, 1].map(v => [v, v.toFixed(1)]);
    const same = v => v;

    show('reliability');
    chart($('reliability'), {
        label: kinds.map(model => `${model}: calibration error ${
            loro[model].ece.toFixed(3)}`).join('; '),
        x: same, y: same, xTicks: tenths, yTicks: tenths,
        xName: 'score of the answer', yName: 'share that is right' },
        at => [line('diagonal', at.x(0), at.y(0), at.x(1), at.y(1))],
        ...kinds.flatMap((model, i) => {
            const bins = loro[model].reliability;

            return [curve(i + 1, bins.map(([, x, y]) => [x, y]), model),
                    dots(i + 1, bins.map(([n, x, y]) => [x, y,
                        2.5 + 10 * Math.sqrt(n / loro.tests),
                        `${model}: ${n} answers of score ${x.toFixed(2)}, ${
                            percent(y)} right`]))];
        }),
        legend(.03, .97, kinds.map(model => `${model}, ECE ${
            loro[model].ece.toFixed(3)}, by chance ${
            loro[model].ece_chance.toFixed(3)}`)));
}


/* the FRR at a FAR, on the curve */
function frr(points, far) {
    const i = points.findIndex(([x]) => x >= far);

    if (i <= 0) {
        return points[i < 0 ? points.length - 1 : 0][1];
    }

    const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];

    return y0 + (y1 - y0) * (far - x0) / (x1 - x0);
}


function points() {
    if (!claims.length) {
        return;
    }

    const logins = Number($('logins').value) || 0;
    const lies = Number($('lies').value) || 0;
    const shown = claims.slice(0, 3);

    show('points');
    table('points', [
        { name: 'FAR' }, { name: 'strangers let in a day', n: 1 },
        ...shown.flatMap(claim => [
            { name: `genuine refused, ${enrolled(claim)}`, n: 1 },
            { name: 'logins a day', n: 1 }]),
    ], [.001, .002, .005, .01, .02, .05, .1, .2].map(far => [
        short(far), rate(far * lies),
        ...shown.flatMap(({ det: at }) => [
            percent(frr(at, far)), rate(frr(at, far) * logins)])]));

    $('points-note').textContent = 'As served: enrolled with three quarters '
        + 'of the rows, as the thresholds of a model that is trained on them '
        + 'were measured.  Strangers type the right string and have no part '
        + 'in the model.  One attempt each: several that are judged together '
        + 'are refused less often.';
}


/* why, as far as the data show it */
function reasons(user) {
    const all = [];
    const other = (figures.confused || []).filter(
        ({ user: who }) => who === user.user);

    if (user.rows < limits.rows) {
        all.push(`few rows: ${user.rows}`);
    }

    if (user.clock > 0) {
        all.push(`coarse clock: ${Number(user.clock.toPrecision(3))} ms`);
    }

    if (user.drift > limits.drift) {
        all.push('drifts: later rows differ from earlier ones');
    }

    if (user.spread > limits.spread) {
        all.push('types irregularly');
    }

    other.sort((a, b) => b.times - a.times);

    if (other.length && other[0].times > 1) {
        all.push(`like ${other[0].as}: ${other[0].times} times`);
    }

    return all.length ? all : ['nothing that the data show'];
}


function hard() {
    const most = 12;
    const tested = users.filter(user => user.tests > 0);
    const missed = tested.filter(user => user.hits < user.tests)
        .sort((a, b) => a.hits / a.tests - b.hits / b.tests
                        || b.tests - a.tests);

    if (!tested.length || !loro.FUSION) {
        return;
    }

    show('hard');
    table('hard', [{ name: 'User' }, { name: 'recognised', class: 'share' },
                   { name: 'rows', n: 1 }, { name: 'why' }],
          missed.slice(0, most).map(user => [
              user.user, bar(user.hits / user.tests),
              `${user.hits} of ${user.tests}`,
              h('span', {}, ...reasons(user).map(
                  why => h('span', { class: 'why' }, why)))]));

    $('hard-note').textContent = `${count(tested.length - missed.length)} of ${
        count(tested.length)} users are always recognised by FUSION, ${
        count(missed.length)} are not${missed.length > most
        ? `; the ${most} that are recognised least are shown` : ''}.`;
}


function confused() {
    const pairs = [...figures.confused || []].sort((a, b) =>
        b.times - a.times);
    const wrong = pairs.reduce((sum, pair) => sum + pair.times, 0);

    if (!loro.FUSION) {
        return;
    }

    show('confused');
    $('confused-note').textContent = wrong
        ? `${count(wrong)} of ${count(loro.tests)} rows were taken for `
          + 'somebody else by FUSION.  A row of the matrix is who typed, a '
          + 'column whose name was answered; the darker, the more often.'
        : 'FUSION took nobody for anybody else.';

    if (!wrong) {
        $('matrix').remove();
        return;
    }

    matrix(pairs);
    table('confused', [{ name: 'User' }, { name: 'taken for' },
                       { name: 'times', n: 1 }],
          pairs.slice(0, 8).map(({ user, as, times }) => [
              user, as, `${times} of ${named.get(user).tests}`]));
}


/* those who are most often confused, with each other */
function matrix(pairs) {
    const part = new Map();

    for (const { user, as, times } of pairs) {
        part.set(user, (part.get(user) || 0) + times);
        part.set(as, (part.get(as) || 0) + times);
    }

    const names = [...part].sort((a, b) => b[1] - a[1]).slice(0, 18)
        .map(([name]) => name);
    const index = new Map(names.map((name, i) => [name, i]));
    const most = pairs[0].times;
    const cut = name => name.length > 9 ? `${name.slice(0, 8)}…` : name;
    const [left, top, size] = [76, 76, 22];
    const full = size * names.length;

    const labels = names.flatMap((name, i) => [
        text(left - 6, top + size * i + 15, cut(name), 'end'),
        text(0, 0, cut(name), 'start', { transform:
            `translate(${left + size * i + 15} ${top - 6}) rotate(-60)` }),
        line('grid', left, top + size * i, left + full, top + size * i),
        line('grid', left + size * i, top, left + size * i, top + full)]);

    const cells = pairs.filter(({ user, as }) => index.has(user)
                               && index.has(as))
        .map(({ user, as, times }) => s('rect', {
            class: 'cell', width: size - 2, height: size - 2, rx: 3,
            x: left + size * index.get(as) + 1,
            y: top + size * index.get(user) + 1,
            'fill-opacity': .25 + .75 * times / most },
            s('title', {}, `${user} taken for ${as}: ${times}`)));

    $('matrix').setAttribute('viewBox', `0 0 ${left + full + 30} ${
        top + full + 4}`);
    $('matrix').setAttribute('aria-label', 'Who is taken for which other, '
        + `of the ${names.length} users that are confused most`);
    $('matrix').replaceChildren(...labels, s('rect', {
        class: 'frame', x: left, y: top, width: full, height: full }),
        ...cells);
}


function learning() {
    const rows = sweeps.filter(sweep => sweep.rows);

    if (!rows.length) {
        return;
    }

    const most = Math.max(...rows.map(sweep => sweep.rows));
    const log = v => Math.log(v / rows[0].rows) / Math.log(
        Math.max(most, 2 * rows[0].rows) / rows[0].rows) * .92 + .04;
    const low = Math.floor(10 * Math.min(...rows.map(r => r.top1)) - .2) / 10;
    const grid = [];

    for (let v = Math.max(low, 0); v < 1.001; v += .1) {
        grid.push([v, percent(v, 0)]);
    }

    const points = name => rows.map(sweep => [sweep.rows, sweep[name]]);

    show('rows');
    chart($('rows'), {
        label: rows.map(r => `${r.rows} rows: ${percent(r.top1)}`).join(', '),
        x: log, y: v => (v - grid[0][0]) / (1 - grid[0][0]),
        xTicks: rows.map(({ rows: n }) => [n, n]), yTicks: grid,
        xName: 'enrolled rows of each user', yName: 'rows recognised',
        height: 260 },
        ...['top1', 'top5'].flatMap((name, i) => [
            curve(i + 1, points(name), name),
            dots(i + 1, points(name).map(([x, y]) => [x, y, 4,
                `${x} rows: ${percent(y)}`]))]),
        at => legend(rows[0].rows, grid[0][0], ['top-1', 'top-5'])({
            x: v => at.x(v) + 8, y: v => at.y(v) - 36 }));
}


function others() {
    const rest = sweeps.filter(sweep => !sweep.rows);

    if (!rest.length) {
        return;
    }

    show('others');
    table('others', [
        { name: 'With' }, { name: 'recognised', class: 'share' },
        { name: 'top-1', n: 1 }, { name: 'top-5', n: 1 }],
          rest.map(sweep => [
              sweep.clock ? `a clock of ${sweep.clock} ms`
                  : `${count(sweep.users)} users`,
              bar(sweep.top1), percent(sweep.top1), percent(sweep.top5)]));
}


function how() {
    const { data } = figures;
    const rows = [
        ['data', `${count(data.rows)} rows of ${count(data.users)} users, ${
            data.keys} keys; SHA-256 ${data.sha256}`],
        ['each repetition', `${loro.protocol}: ${count(loro.tests)} tests`],
        ['later rows', `${chrono.protocol}: ${count(chrono.tests)} tests`],
        ...claims.map(c => [`claims, ${enrolled(c)}`,
            `${count(c.users)} users, ${count(c.genuine)} genuine claims, ${
                count(c.strangers)} by strangers`]),
        ['seed', String(figures.seed)],
    ];

    $('data').textContent = rows[0][1].replace(/;.*/, '');
    $('how').append(...rows.flatMap(([name, words]) => [
        h('dt', {}, name), h('dd', {}, words)]));
}


tiles();
accuracy();
det();
reliability();
points();
hard();
confused();
learning();
others();
how();
$('day').addEventListener('input', points);
$('day').addEventListener('submit', e => e.preventDefault());
