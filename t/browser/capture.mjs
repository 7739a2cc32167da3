/*
 * keyauth.js by itself, on a page that has nothing else: what it gives for
 * what is typed, and why it gives nothing.
 *
 *     node t/browser/capture.mjs URL
 */

import { begin, cleared, near, result, serve, strange, times }
    from './field.mjs';
import { browse, is, key, ok, open, type } from './lib.mjs';

const url = process.argv[2];

async function given(page) {
    await begin(page);
    /* the second l can only follow when the first is up */
    const hello = { Press: times(8).Press, Release: times(8).Press.map(
        (p, i) => p + (i === 2 ? 60 : 130)) };

    await type(page, [...'hello 42'], hello);

    const { sample, reasons } = await result(page);

    is(reasons, [], 'nothing is refused');
    ok(near(sample, hello),
       'keys that overlap, and one that comes twice', sample);
    is(await page.evaluate(() => [seen.length, seen[0]]),
       [16, { Press: [0], Release: [] }], 'each press and release is reported');
    is(await page.evaluate(() => [seen[2].Press.length,
                                  seen[2].Release.length]), [2, 1],
       'a key that is down has no release');

    await begin(page, { type: 'text' });
    await key(page, 'down', 'Shift', 0);
    await key(page, 'down', 'a', 40, { key: 'A', text: 'A', modifiers: 8 });
    await key(page, 'up', 'Shift', 90);
    await key(page, 'up', 'a', 120);
    await key(page, 'down', 'b', 200);
    await key(page, 'up', 'b', 260);
    ok(near((await result(page)).sample,
            { Press: [0, 160], Release: [80, 220] }),
       'Shift is no key of the string, and may be up first');

    /* as Windows has it; Debian's chromium types nothing with both */
    await begin(page);
    await page.evaluate(() => {
        const at = { key: '@', code: 'KeyQ', altKey: true };

        send('keydown', { ...at, ctrlKey: true, timeStamp: 10 });
        field.value = '@';
        send('input', { inputType: 'insertText' });
        send('keyup', { ...at, timeStamp: 90 });
    });
    is((await result(page)).sample?.Press, [0], 'AltGr types');

    await type(page, ['Backspace'], times(1));
    await type(page, [...'ab'], times(2));
    ok(near((await result(page)).sample, times(2)),
       'a field that was emptied begins anew');

    await page.evaluate(() => { rhythm.reset(); field.value = ''; });
    await type(page, [...'abc'], times(3));
    ok(near((await result(page)).sample, times(3)), 'so does one after reset');

    await begin(page);
    await page.evaluate(() => field.addEventListener('keydown', () => {
        const end = performance.now() + 20;
        while (performance.now() < end);
    }));
    await type(page, [...'abc'], times(3));
    ok(near((await result(page)).sample, times(3)),
       'a page that is slow changes no time');
    await page.reload();
}


async function ended(page) {
    const last = { Press: [0, 100, 180], Release: [70, 230, 260] };

    await begin(page, { enter: true });
    await type(page, ['a', 'b', 'Enter'], last);
    ok(near((await result(page)).sample, last), 'Enter as the last key');

    await begin(page, { enter: true });
    await type(page, [...'ab'], times(2));
    is((await result(page)).sample, null, 'without it there is no sample');

    await begin(page, { enter: true });
    await type(page, ['a', 'Enter', 'b'], times(3));
    is(await result(page), { sample: null, reasons: ['correction'] },
       'nor with a key behind it');

    await begin(page);
    await type(page, ['a', 'b', 'Enter'], last);
    ok(near((await result(page)).sample,
            { Press: [0, 100], Release: [70, 230] }),
       'where Enter only sends, it does not count');

    await begin(page);
    await key(page, 'down', 'a', 0);
    await page.evaluate(() => {
        window.waited = rhythm.sample().then(s => ({ s, n: seen.length }));
    });
    await key(page, 'up', 'a', 90);

    const { s, n } = await page.evaluate(() => window.waited);

    ok(near(s, { Press: [0], Release: [90] }) && n === 2,
       'a sample waits for the last key to be up', s);

    await begin(page);
    await key(page, 'down', 'a', 0);
    await page.evaluate(() => { window.waited = rhythm.sample(); });
    await page.focus('#else');
    is([await page.evaluate(() => window.waited), (await result(page)).reasons],
       [null, ['blur']], 'but not for one that is never seen');
}


async function none(page) {
    await begin(page);
    is((await result(page)).sample, null, 'no sample of nothing');

    await begin(page);
    await page.evaluate(() => { field.value = 'secret'; });
    is((await result(page)).sample, null, 'nor of what a program wrote');
    await type(page, [...'a'], times(1));
    is((await result(page)).reasons, ['autofill'],
       'typed behind it, it is refused');

    await begin(page);
    await type(page, [...'abc'], times(3));
    await page.evaluate(() => { field.value = 'abcdef'; });
    is((await result(page)).sample, null, 'nor of a part');

    await begin(page, { max: 2 });
    await type(page, [...'abc'], times(3));
    is((await result(page)).sample, null, 'nor of keys that did not fit');

    await begin(page);
    await type(page, [...'abc'], times(3));
    await page.waitForTimeout(300);     /* the times are ahead of the clock */
    await page.keyboard.press('Control+A');
    await page.keyboard.press('d');
    is(await result(page), { sample: null, reasons: ['correction'] },
       'typed over');

    await begin(page);
    await key(page, 'down', 'Dead', 0, { code: 'Quote' });
    is((await result(page)).reasons, ['composition'], 'a dead key');

    await begin(page);
    await key(page, 'down', 'a', 0);
    await key(page, 'down', 'a', 100);
    is((await result(page)).reasons, ['lost'], 'a release that was not seen');

    /* macOS sends none while Cmd is down, and goes on with the next key */
    await begin(page);
    await key(page, 'down', 'a', 0);
    await key(page, 'down', 'b', 100);
    await key(page, 'up', 'b', 170);
    is(await result(page), { sample: null, reasons: ['lost'] },
       'nor waits a sample for one for ever');

    await begin(page);
    await page.evaluate(() => rhythm.detach());
    await type(page, [...'ab'], times(2));
    is([await result(page), await page.evaluate(() => [seen.length,
                                                       listeners])],
       [{ sample: null, reasons: [] }, [0, 0]],
       'detached, it hears nothing, and leaves no listener');
}


/* fields that are not in the page's own document */
async function elsewhere(page) {
    for (const where of ['a shadow tree', 'a frame']) {
        await page.evaluate(async shadow => {
            const host = document.createElement(shadow ? 'div' : 'iframe');
            const input = document.createElement('input');

            document.body.append(host);
            (shadow ? host.attachShadow({ mode: 'closed' })
             : host.contentDocument.body).append(input);

            window.reasons = [];
            window.rhythm.detach();
            window.rhythm = attach(input, {
                onrefuse: reason => reasons.push(reason) });
            input.focus();
        }, where === 'a shadow tree');

        await type(page, [...'abc'], times(3));

        const got = await result(page);

        ok(near(got.sample, times(3)), `a field in ${where}`, got);
    }
}


await browse(async browser => {
    const page = await open(browser, 'about:blank');

    await serve(page, url);
    await given(page);
    await ended(page);
    await none(page);
    await strange(page);
    await cleared(page);
    await elsewhere(page);

    const claim = { UserID: 'Zoë 李', Press: [0], Release: [1] };

    is(await page.evaluate(c => header(c), claim),
       Buffer.from(JSON.stringify(claim)).toString('base64'),
       'a claim for the header, whatever the name');
});
