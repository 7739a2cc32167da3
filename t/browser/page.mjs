/*
 * The page that make run serves, as visitors find it: what they type becomes
 * the server's answer, what spoils it is said in words, all can use it.
 *
 *     node t/browser/page.mjs URL
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync,
         writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { axe, browse, is, key, like, ok, open, type } from './lib.mjs';

const url = process.argv[2];
const letters = [...'keyauth types'];
const samples = 'build/page/samples';
const file = join(samples, readdirSync(samples)[0]);
const model = 'build/t/synthetic/keyauth.model';
const dir = mkdtempSync(join(tmpdir(), 'keyauth-'));

const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1)
    .map(row => row.split(','));

const sample = ([, ...times]) => ({
    Press: times.filter((_, i) => i % 2 === 0).map(Number),
    Release: times.filter((_, i) => i % 2 === 1).map(Number),
});

const [user, other] = rows.slice(16);
const regular = {
    Press: letters.map((_, i) => 150 * i + 7 * (i % 3)),
    Release: letters.map((_, i) => 150 * i + 70 + 9 * (i % 4)),
};

const paused = Object.fromEntries(Object.entries(regular).map(
    ([name, times]) => [name, times.map((t, i) => t + (i > 6) * 6000)]));


function keyauth(...args) {
    return execFileSync('build/keyauth', args, { encoding: 'utf8' });
}


/* what the keyauth command says to a body */
function oracle(body) {
    writeFileSync(join(dir, 'body'), body);

    return keyauth('predict', '--model', model, join(dir, 'body')).trim();
}


/* the server's features of a sample; features wants two users of two rows */
function features({ Press, Release }) {
    const times = Press.flatMap((p, i) => [p, Release[i]]).join(',');
    const head = Press.map((_, i) => `press-${i},release-${i}`).join(',');

    writeFileSync(join(dir, 'data.csv'), [`user,${head}`, ...[1, 1, 2, 2].map(
        name => `${name},${times}`), ''].join('\n'));

    return keyauth('features', '--data', join(dir, 'data.csv')).split('\n')[1]
        .split(',').map(Number).slice(-8);
}


const far = (a, b) => Math.max(...a.map((x, i) => Math.abs(x - b[i])));

const text = (page, id) => page.locator(id).innerText();

/* what says it may not be there yet */
const said = (page, id, like_) => page.waitForFunction(
    ([where, source]) => new RegExp(source).test(
        document.querySelector(where)?.textContent), [id, like_.source]);


async function visit(browser, options) {
    const page = await open(browser, url, options);

    await page.waitForFunction(
        () => !document.querySelector('#demo').hidden);

    return page;
}


/* types the phrase, and waits for what comes of it */
async function asked(page, timings) {
    const [request] = await Promise.all([
        page.waitForRequest(/\/(predict|verify)$/),
        type(page, letters, timings),
    ]);

    await page.waitForFunction(() => /names|ccepted/.test(
        document.querySelector('#say').textContent));

    return request;
}


async function typed(page) {
    const timings = sample(user);
    const request = await asked(page, timings);
    const bodies = JSON.parse(request.postData());
    const answer = await (await request.response()).text();

    is(bodies.map(body => body.Model),
       ['FUSION', 'SVM', 'RF', 'XGB', 'SVM', 'RF', 'XGB'],
       'all models answer, and again by the eight numbers');
    ok(bodies.slice(0, 4).every(body => far(body.Press, timings.Press) < 0.5
                                && far(body.Release, timings.Release) < 0.5),
       'the times are those of the keys', bodies[0], timings);
    is(answer, oracle(request.postData()),
       'the answer is that of the keyauth command');

    const shown = await page.locator('#numbers td').allInnerTexts();
    const sent = ['HT', 'PPT', 'RRT', 'RPT'].flatMap(
        name => [bodies[4][name].Mean, bodies[4][name].STD]);
    const served = features(timings);

    is(shown.length, 8, 'eight numbers are shown');
    ok(far(shown.map(Number), served) < 0.5,
       'those shown are within 0.5 ms of the server\'s', shown, served);
    ok(far(sent, served) < 0.5,
       'and so are those that are sent', sent, served);

    const answers = JSON.parse(answer);

    is(await page.locator('.card').evaluateAll(
           cards => cards.map(card => [card.dataset.model,
                                       card.dataset.user])),
       [...answers.slice(0, 4).map(a => [a.Model, String(a.UserID)]),
        ['LIVE', null]],
       'a card shows the answer of each model');
    like(await text(page, '.LIVE'), /Nobody has enrolled yet/,
         'and that nobody has enrolled');
    is(await text(page, '.FUSION .who'), `User ${user[0]}`,
       'a synthetic user is recognised by their rhythm');
    is(await page.locator('.RF .candidates .user').allInnerTexts(),
       answers[2].Candidates.map(c => String(c.UserID)),
       'with the candidates');
    is((await page.locator('.short').allInnerTexts()).slice(0, 4),
       ['no answer; it needs the timings', 'the same', 'the same', 'the same']
           .map(words => `From the eight numbers: ${words}`),
       'beside them is what the eight numbers give');
    like(await text(page, '#say'),
         new RegExp(`^FUSION names user ${user[0]} \\(`),
         'the answer is said');
    is(await page.inputValue('#field'), '', 'the field is free again');
}


async function drawn(page) {
    const { Press, Release } = sample(user);
    const widths = await page.locator('#chart .hold').evaluateAll(
        bars => bars.map(bar => Number(bar.getAttribute('width'))));
    const scale = widths[0] / (Release[0] - Press[0]);

    ok(widths.length === 13 && far(widths.map(w => w / scale),
           Press.map((p, i) => Release[i] - p)) < 1,
       'each key has a bar as long as it was held', widths);

    const rolls = Press.slice(1).filter((p, i) => p < Release[i]).length;

    is(await page.locator('#chart .roll').count(), rolls,
       'keys that overlap the next are marked');
    is(await page.locator('#chart .gap').count(), 12 - rolls,
       'the others have a gap');
    like(await page.getAttribute('#chart', 'aria-label'),
         new RegExp(`^13 keys in .* seconds.*; ${rolls} of them still down`),
         'the chart is described in words');
    is(await page.locator('#times tr').count(), 13, 'and as a table');

    await key(page, 'down', 'k', 0);
    await page.waitForFunction(() => document.querySelector('kbd').className
                                     === 'down');
    const before = await page.getAttribute('#chart .down', 'width');

    await page.waitForFunction(w => Number(document.querySelector(
        '#chart .down')?.getAttribute('width')) > Number(w) + 2, before);
    ok(true, 'a bar grows while its key is down');
    await key(page, 'up', 'k', 90);
    await page.keyboard.press('Escape');
    is(await page.locator('#chart .hold').count(), 0, 'Escape clears it');
}


async function demo(page) {
    await page.selectOption('#typist', user[0]);
    await page.focus('#play');

    const start = Date.now();

    await page.keyboard.press('Enter');
    await page.waitForSelector('kbd.down');
    await page.waitForFunction(() => document.querySelector('.chip'));

    const took = Date.now() - start;
    const lasts = Math.max(...sample(user).Release);

    ok(took > lasts - 50 && took < lasts + 2000,
       `it is played at its own pace: ${lasts} ms in ${took} ms`);
    is(await text(page, '.FUSION .chip'), 'right',
       'a synthetic user is recognised');

    await page.click('#run');
    await page.waitForSelector('#tally tr[data-model]');

    const tally = await page.locator('#tally tr[data-model]').evaluateAll(
        trs => trs.map(tr => [tr.dataset.model, Number(tr.dataset.right),
                              Number(tr.dataset.asked)]));

    const right = name => keyauth('predict', '--model', model, '--csv', file,
                                  '--with', name)
        .trim().split('\n')
        .filter((line, i) => String(JSON.parse(line).UserID) === rows[i][0])
        .length;

    is(tally, ['FUSION', 'SVM', 'RF', 'XGB'].map(
           name => [name, right(name), rows.length]),
       'all users: as many are recognised as by the keyauth command');
    ok(tally[0][1] > 0.8 * rows.length
       && tally.slice(1).every(([, n]) => tally[0][1] > 2 * n),
       'the timings identify twice as many as the eight numbers', tally);
}


async function verify(page) {
    await page.check('input[value=verify]', { force: true });
    await page.fill('#user', user[0]);
    await page.focus('#field');

    const request = await asked(page, sample(user));

    is(JSON.parse(request.postData()).FAR, 0.01, 'a claim is sent');
    is(await text(page, '.verdict .who'), 'Accepted', 'and accepted');
    like(await text(page, '#say'), /^Accepted as /, 'and that is said');
    like(await text(page, '.verdict h3'), /FUSION, by the trained model/,
         'and by what');

    await page.click('#again');
    await said(page, '#cards', /accepted before/);
    is(await text(page, '.verdict .who'), 'Not accepted',
       'a replay is refused in words');

    await page.fill('#user', other[0]);
    await page.click('#again');
    await said(page, '#cards', /does not match this user/);
    is(await text(page, '.verdict .who'), 'Not accepted',
       'somebody else is not accepted');

    await page.fill('#user', 'zoe');
    await page.click('#again');
    await said(page, '#error', /unknown/);
    like(await text(page, '#error'), /^The user is unknown\. /,
         'an unknown user is an error in words');
    is(await page.locator('.card').count(), 0, 'without old answers');

    await page.fill('#user', '');
    await page.click('#again');
    await said(page, '#error', /Enter a name/);
    ok(true, 'nobody claimed is said before anything is sent');
    await page.check('input[value=who]', { force: true });
    await page.waitForSelector('.card.FUSION');

    await page.selectOption('#nobody', '0.01');
    await page.focus('#field');
    await asked(page, { Press: letters.map((_, i) => 150 * i),
                        Release: letters.map((_, i) => 150 * i + 30 + i % 3) });
    is(await text(page, '.FUSION .who'), 'Unknown person',
       'a stranger is nobody');
    await page.selectOption('#nobody', '');
}


/* the same again, as nobody types twice alike */
function again({ Press, Release }, n) {
    const noise = i => 50 * Math.abs(43758.5 * Math.sin(13 * n + 78 * i) % 1);

    return { Press: Press.map((t, i) => t + noise(i)),
             Release: Release.map((t, i) => t + noise(i) + noise(i + 50)) };
}


/* types the phrase to enrol; the request */
async function enrolled(page, timings, name, like_) {
    const [request] = await Promise.all([
        page.waitForRequest(/\/enrol$/), type(page, letters, timings)]);

    await said(page, name, like_);

    return request;
}


async function enrol(page) {
    await page.check('input[value=enrol]', { force: true });
    ok(await page.isHidden('#again'), 'a sample is not enrolled twice');
    await page.fill('#name', 'ann');
    await page.keyboard.press('Enter');
    await said(page, '#say', /Nobody has enrolled as ann/);
    ok(true, 'somebody is not enrolled yet');

    for (let n = 1; n <= 4; n++) {
        const timings = again(regular, n);

        await page.focus('#field');

        const request = await enrolled(page, timings, '#say', n < 4
            ? new RegExp(`^Sample ${n} of 4`) : /^ann is enrolled/);
        const body = JSON.parse(request.postData());

        ok(body.UserID === 'ann' && far(body.Press, timings.Press.map(
            t => t - timings.Press[0])) < 0.5, `sample ${n} is sent`, body);
        is([await page.getAttribute('.template', 'data-samples'),
            await text(page, '.template .who'),
            await page.locator('.dots .in').count()],
           [String(n), n < 4 ? `${n} of 4 samples` : 'Complete', n],
           'and counted');
    }

    await enrolled(page, again(regular, 5), '#error', /This name is enrolled/);
    ok(true, 'who is enrolled is not enrolled again, in words');

    await page.reload();
    await page.waitForFunction(() => !document.querySelector('#demo').hidden);
    await page.check('input[value=enrol]', { force: true });
    await page.fill('#name', 'ann');
    await page.focus('#field');
    await said(page, '#say', /^ann is enrolled/);
    is(await text(page, '.template .who'), 'Complete',
       'the template of the named user is shown');

    await page.check('input[value=verify]', { force: true });
    await page.fill('#user', 'ann');
    await page.selectOption('#far', '0.1');
    await page.focus('#field');
    await asked(page, again(regular, 6));
    is(await text(page, '.verdict .who'), 'Accepted',
       'who has enrolled is verified');
    like(await text(page, '.verdict h3'),
         /^Is it ann\?\s*LIVE, by the template/, 'by the template');
    await asked(page, sample(user));
    is(await text(page, '.verdict .who'), 'Not accepted', 'others are not');

    await page.check('input[value=who]', { force: true });
    await page.selectOption('#nobody', '0.1');
    await said(page, '.LIVE', /Unknown person/);
    ok(true, 'nor are they named by LIVE');
    await page.focus('#field');
    await type(page, letters, again(regular, 9));
    await said(page, '.LIVE', /User ann/);
    is([await text(page, '.LIVE .candidates .user'),
        await page.getAttribute('.LIVE', 'data-user')], ['ann', 'ann'],
       'who has enrolled is named by LIVE');
    await page.selectOption('#nobody', '');

    await page.check('input[value=enrol]', { force: true });
    await page.click('#forget');
    await said(page, '#say', /^ann is forgotten/);
    is(await page.locator('.card').count(), 0, 'a template is forgotten');
    await page.click('#forget');
    await said(page, '#error', /unknown/);
    await page.fill('#name', '');
    await page.click('#forget');
    await said(page, '#error', /Enter a name/);
    ok(true, 'and nobody is forgotten twice, or without a name');

    await page.fill('#name', 'bob');
    await page.focus('#field');
    await enrolled(page, again(regular, 7), '#say', /^Sample 1/);
    await enrolled(page, again(regular, 8), '#say', /^Sample 2/);
    await enrolled(page, sample(rows[40]), '#say', /^Sample 3/);
    is(await page.locator('#warnings li').evaluateAll(
           lis => lis.map(li => li.dataset.code)), ['inconsistent'],
       'a warning of a sample that differs');
    await page.click('#forget');
    await said(page, '#say', /^bob is forgotten/);
    await page.check('input[value=who]', { force: true });
    await page.waitForSelector('.card.FUSION');
    await page.focus('#field');
}


const three = { Press: [0, 150, 300], Release: [80, 230, 380] };

/* what spoils a sample, after three letters; and what the page says then */
const spoils = {
    'pasting': [async page => {
        await page.evaluate(() => navigator.clipboard.writeText('auth types'));
        await page.keyboard.press('Control+V');
    }, /Pasted text has no rhythm/],
    'dropping': [page => page.evaluate(() => {
        const field = document.querySelector('#field');
        field.value += 'auth types';
        field.dispatchEvent(new InputEvent('input', {
            inputType: 'insertFromDrop', bubbles: true }));
    }), /Pasted text has no rhythm/],
    'filling in': [page => page.evaluate(() => {
        const field = document.querySelector('#field');
        field.value = 'keyauth types';
        field.dispatchEvent(new Event('input', { bubbles: true }));
    }), /filled in, not typed/],
    'text without keys': [page => page.keyboard.insertText('a'),
                          /filled in, not typed/],
    'Backspace': [page => page.keyboard.press('Backspace'),
                  /correction breaks the rhythm/],
    'the caret moved': [async page => {
        await page.waitForTimeout(500);     /* what was typed is ahead */
        await page.keyboard.press('Home');
        await page.keyboard.press('k');
    }, /correction breaks the rhythm|where the phrase has/],
    'a key that repeats': [async page => {
        await key(page, 'down', 'a', 500);
        await key(page, 'down', 'a', 1000, { autoRepeat: true });
    }, /held until it repeated/],
    'an input method': [page => page.keys.send('Input.imeSetComposition', {
        text: 'a', selectionStart: 1, selectionEnd: 1 }), /input method/],
    'a touch keyboard': [page => key(page, 'down', 'Unidentified', 500, {
        code: '', windowsVirtualKeyCode: 229 }), /touch keyboard/],
    'leaving the field with a key down': [async page => {
        await key(page, 'down', 'a', 500);
        await page.focus('#typist');
    }, /lost the focus/],
    'leaving the field and coming back': [async page => {
        await page.focus('#typist');
        await page.focus('#field');
        await key(page, 'down', 'a', 500);
    }, /lost the focus/],
    'another letter': [page => key(page, 'down', 'x', 500),
                       /That was “x” where the phrase has “a”/],
};


async function refused(page) {
    let sent = 0;
    const count = () => sent++;

    page.on('request', count);

    for (const [name, [spoil, words]] of Object.entries(spoils)) {
        await page.reload();
        await page.waitForFunction(
            () => !document.querySelector('#demo').hidden);
        await page.focus('#field');
        sent = 0;
        await type(page, [...'key'], three);
        await spoil(page);
        await said(page, '#refusal', words).catch(() => {});
        like(await text(page, '#refusal'), words, `refused in words: ${name}`);
        await page.waitForFunction(
            () => document.querySelector('#field').value === '');
        is([await page.inputValue('#field'), sent], ['', 0],
           'the field is empty, and nothing was sent');
    }

    page.off('request', count);
    await page.reload();
    await page.waitForFunction(() => !document.querySelector('#demo').hidden);
    await type(page, [...'key'], three);
    await page.keyboard.press('Backspace');
    await said(page, '#refusal', /again/);
    await page.waitForFunction(
        () => document.querySelector('#field').value === '');
    await asked(page, regular);
    is(await text(page, '#refusal'), '', 'typed anew it is answered');
}


async function warned(page) {
    const equal = { Press: regular.Press,
                    Release: regular.Press.map(p => p + 80) };
    const short = { Press: regular.Press,
                    Release: regular.Press.map((p, i) => p + 1 + i % 2 / 4) };

    for (const [timings, code, words] of [
        [paused, 'pause', /more than 5 seconds/],
        [short, 'short', /within 2 ms/],
        [equal, 'equal-holds', /exactly the same time/],
    ]) {
        /*
         * no browser's clock is so fine as to hold keys equally long, and
         * keyauth.js refuses what no finger is so fast for
         */
        const other = timings !== paused;

        await page.route(/\/predict$/, (route, request) => route.continue({
            postData: JSON.stringify(JSON.parse(request.postData()),
                (_, body) => body.Press && other
                             ? { ...body, ...timings } : body) }));
        await asked(page, other ? regular : timings);
        await page.unroute(/\/predict$/);
        is(await page.locator('#warnings li').evaluateAll(
               lis => lis.map(li => li.dataset.code)), [code],
           `a warning: ${code}`);
        like(await text(page, '#warnings'), words, 'it is in words');
    }
}


const problem = (status, title, detail) => ({ status, body: JSON.stringify({
    type: 'urn:keyauth:problem:x', title, status, detail }),
    contentType: 'application/problem+json' });

/* what may come in an answer's place */
const faults = {
    'a problem': [route => route.fulfill(problem(422, 'A title',
                                                 'A detail.')),
                  /^A title\. +A detail\.$/],
    'a real problem': [route => route.continue({ postData: '{' }),
                       /^The body is not JSON\. /],
    'a limit': [route => route.fulfill(problem(429, 'Too Many Requests')),
                /^Too Many Requests\. +Too many requests; wait/],
    'not ready': [route => route.fulfill(problem(503, 'Not ready')),
                  /try again in a moment/],
    'HTML': [route => route.fulfill({ status: 502, body: '<h1>Bad</h1>' }),
             /status 502/],
    'no JSON': [route => route.fulfill({ status: 200, body: 'hello' }),
                /not one of keyauth/],
    'no server': [route => route.abort(), /cannot be reached/],
    'markup': [route => route.fulfill(problem(422, '<img src=x>')),
               /^<img src=x>\./],
};


async function failed(page) {
    await asked(page, regular);

    for (const [name, [fault, words]] of Object.entries(faults)) {
        await page.route(/\/predict$/, fault);
        await page.click('#again');
        await said(page, '#error', words).catch(() => {});
        like(await text(page, '#error'), words, `in words: ${name}`);
        await page.unroute(/\/predict$/);
    }

    await page.click('#again');
    await page.waitForSelector('.card.FUSION');
    is(await text(page, '#error'), '', 'the next answer takes the error away');

    await page.route(/\/card$/, faults['no server'][0]);
    await page.reload();
    await said(page, '#error', /cannot be reached/);
    ok(await page.isDisabled('#field'), 'without a model nothing is typed');
    await page.unroute(/\/card$/);
}


async function other_phrase(page) {
    const keys = [...'.tie5roanl12', 'Enter'];
    const of = own => page.fill('#own', own).then(() => page.press('#own',
                                                                 'Enter'));
    await page.reload();
    await page.waitForFunction(() => !document.querySelector('#demo').hidden);
    await page.click('text=Another phrase');
    await of('short');
    await said(page, '#refusal',
               /requires a phrase of 13 keys, and this one has 5/);
    ok(true, 'a phrase that is too short is refused in words');

    await page.check('#enter');
    await of('.tie5roanl12');
    await said(page, '#say', /another one now/);

    const [request] = await Promise.all([page.waitForRequest(/\/predict$/),
                                         type(page, keys, regular)]);

    ok(far(JSON.parse(request.postData())[0].Release, regular.Release) < 0.5,
       'another phrase, of which Enter is the last key');
    await page.reload();
    await said(page, '#phrase', /\.tie5roanl12/);
    ok(true, 'it is remembered');
    await page.evaluate(() => localStorage.clear());
}


/* the card of a model of other people and fewer keys */
async function other_model(page) {
    await page.route(/\/card$/, async route => {
        const card = await (await route.fetch()).json();

        Object.assign(card.data, { keys: 8, sha256: 'none' });
        delete card.models.XGB;
        await route.fulfill({ json: card });
    });
    await page.reload();
    await said(page, '#phrase', /^keyauth\.$/);

    const [request] = await Promise.all([
        page.waitForRequest(/\/predict$/),
        type(page, [...'keyauth.'], regular),
    ]);

    is(JSON.parse(request.postData()).map(body => body.Model),
       ['FUSION', 'SVM', 'RF', 'SVM', 'RF'],
       'a model of 8 keys without XGB: that phrase, those models');
    await said(page, '#error', /13/);
    ok(true, 'a real problem, in words');
    ok(await page.isHidden('#demo'), 'no synthetic users who are not its own');
    await page.unroute(/\/card$/);
}


/* every state is looked at in its own colours and width */
async function seen(browser) {
    for (const [name, options] of Object.entries({
        'light': { colorScheme: 'light' },
        'dark': { colorScheme: 'dark' },
        'a telephone': { viewport: { width: 320, height: 560 } },
    })) {
        const page = await visit(browser, { bypassCSP: true, ...options });
        const states = [];

        const look = async state => {
            await page.evaluate(() => window.axe || 0)
                || await page.addScriptTag({ path: axe });

            const { violations } = await page.evaluate(
                () => window.axe.run({ resultTypes: ['violations'] }));
            const wider = await page.evaluate(() =>
                document.scrollingElement.scrollWidth - innerWidth);

            states.push(...violations.map(v => [state, v.id,
                                                v.nodes[0].html]));
            if (wider > 0) {
                states.push([state, `${wider} pixels too wide`]);
            }
        };

        await look('new');
        ok(await page.evaluate(() => {
            const all = document.querySelector('.segments');
            const [height] = [...all.querySelectorAll('span')].map(
                span => span.offsetHeight).sort((a, b) => b - a);

            return height < 45
                && all.offsetWidth <= all.parentElement.clientWidth;
        }), `${name}: the choices fit, each in one line`);
        await page.evaluate(() => document.querySelectorAll('details')
            .forEach(details => { details.open = true; }));
        await asked(page, paused);
        await page.click('#run');
        await page.waitForSelector('#tally table');
        await look('answered, with a warning');

        await page.emulateMedia({ reducedMotion: 'reduce' });
        await page.click('#play');
        await page.waitForSelector('.chip');
        await look('played');

        await page.check('input[value=verify]', { force: true });
        await page.fill('#user', other[0]);
        await page.click('#again');
        await page.waitForSelector('.verdict');
        await look('verified');

        await page.check('input[value=enrol]', { force: true });
        await page.fill('#name', `of ${name}`);
        await page.focus('#field');
        await enrolled(page, again(regular, 20 + name.length), '#say',
                       /1 of 4/);
        await look('enrolled');
        await page.click('#forget');
        await said(page, '#say', /forgotten/);
        await look('forgotten');

        await page.check('input[value=verify]', { force: true });
        await page.fill('#user', 'z'.repeat(200));
        await page.click('#again');
        await said(page, '#error', /unknown/);
        await type(page, ['x'], { Press: [0], Release: [50] });
        await look('refused');

        is(states, [], `${name}: nothing for axe, nothing to scroll sideways`);
        await page.context().close();
    }
}


async function tabbed(page) {
    const stops = ['field', 'ask', 'nobody', 'again', 'typist', 'play',
                   'SUMMARY', 'SUMMARY', 'run'];
    const found = [];
    let outlined = true;

    await asked(page, regular);
    await page.focus('#field');

    for (let i = 0; i < 12; i++) {
        const [name, outline] = await page.evaluate(() => {
            const e = document.activeElement;
            const shown = e.name === 'ask' ? e.closest('fieldset') : e;

            return [e.id || e.name || e.tagName,
                    getComputedStyle(shown).outlineStyle];
        });

        if (found[0] && (name === found[0] || name === 'BODY')) {
            break;
        }

        found.push(name);
        outlined &&= outline !== 'none';
        await page.keyboard.press('Tab');
    }

    is(found.filter(name => name !== 'DIV'), stops,
       'Tab goes to all there is, in order');
    ok(outlined, 'and what has the focus shows it');
}


async function policy(page) {
    const answer = await page.request.get(url);
    const headers = answer.headers();

    like(headers['content-security-policy'],
         /^default-src 'none'; script-src 'self'; style-src 'self';/,
         'the policy is strict');
    ok(!/unsafe|\*|https?:|data:/.test(headers['content-security-policy']),
       'it has no exception');
    is(headers['x-content-type-options'], 'nosniff', 'nosniff');

    await page.evaluate(() => {
        window.violations = 0;
        document.addEventListener('securitypolicyviolation',
                                  () => window.violations++);
        fetch('https://localhost:1/').catch(() => {});
    });
    await page.waitForFunction(() => window.violations === 1);
    ok(true, 'control: the browser keeps to it');

    const size = readdirSync('build/page')
        .filter(name => !['samples', 'openapi.json'].includes(name))
        .reduce((sum, name) => sum + statSync(`build/page/${name}`).size, 0);

    ok(size < 60000, `the page has less than 60 kB: ${size} bytes`);
}


await browse(async browser => {
    const page = await visit(browser);

    like(await text(page, '#model'), /^110 users · 13 keys/,
         'the card is shown');
    is(await page.evaluate(() => document.activeElement.id), 'field',
       'one can type at once');

    await typed(page);
    await drawn(page);
    await demo(page);
    is(page.complaints.filter(text_ => !/Failed to load.* 404 /.test(text_)),
       [], 'the browser has no complaint, asks nobody else');

    await verify(page);
    await enrol(page);
    await warned(page);
    await page.context().grantPermissions(['clipboard-read',
                                           'clipboard-write']);
    await refused(page);
    await failed(page);
    await other_phrase(page);
    await other_model(page);
    is(page.complaints.filter(text_ => !/Failed to load/.test(text_)), [],
       'nor has it after all that');

    await page.reload();
    await page.waitForFunction(() => !document.querySelector('#demo').hidden);
    await tabbed(page);
    await policy(page);
    await seen(browser);
});

rmSync(dir, { recursive: true });
