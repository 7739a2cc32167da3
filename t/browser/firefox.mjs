/*
 * keyauth.js in Debian's Firefox: keys that are typed and events that are
 * sent, with protection against fingerprinting and without.
 *
 *     node t/browser/firefox.mjs URL
 */

import { begin, cleared, result, serve, strange } from './field.mjs';
import { browse, is, ok, open } from './lib.mjs';

const url = process.argv[2];
const step = 1000 / 60;                 /* of the protected clock, in ms */

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));


/*
 * Types for real: key i goes down at 90 i ms and is held for 50 to 70, or as
 * much later as the machine is busy: Firefox makes an event when it gets to
 * the driver's command, seconds later if it stands still.  So the result is,
 * of each event, when it was asked for and when it was done.
 */
async function typed(page, keys) {
    const start = performance.now();
    const plan = keys.flatMap((key, i) => [
        [90 * i, 'down', key], [90 * i + 50 + 10 * (i % 3), 'up', key]]);

    const spans = { Press: [], Release: [] };

    for (const [at, way, key] of plan) {
        await sleep(at - (performance.now() - start));

        if (key === 'A' && way === 'down') {
            await page.keyboard.down('Shift');
        }

        const asked = performance.now();

        await page.keyboard[way](key);
        spans[way === 'down' ? 'Press' : 'Release'].push(
            [asked, performance.now()]);

        if (key === 'A' && way === 'down') {
            await page.keyboard.up('Shift');
        }
    }

    return spans;
}


/* since the first press, which was within its own span; clocks are coarse */
const within = (sample, spans) => ['Press', 'Release'].every(
    name => sample[name].length === spans[name].length
            && sample[name].every((t, i) => {
                const [from, to] = spans.Press[0];
                const [asked, done] = spans[name][i];

                return t > asked - to - 2 * step && t < done - from + 2 * step;
            }));


const prefs = protect => ({ 'privacy.resistFingerprinting': protect });

for (const protect of [false, true]) {
    await browse(async browser => {
        const page = await open(browser, url);
        const name = protect ? 'protected' : 'plain';

        await serve(page, url);
        await begin(page);

        const spans = await typed(page, [...'helloA 42']);
        const { sample, reasons } = await result(page);

        is(reasons, [], `${name}: nothing is refused`);
        ok(within(sample, spans), `${name}: typed keys, Shift up first`,
           { sample, spans });

        const off = [...sample.Press, ...sample.Release].map(
            t => Math.abs(t / step - Math.round(t / step)) * step);

        ok(off.every(ms => ms < 0.1) === protect,
           `${name}: its clock is ${protect ? '' : 'not '}a coarse one`, off);

        await strange(page);
        await cleared(page);
        is(page.complaints, [], `${name}: nothing to complain of`);
    }, { firefox: prefs(protect), last: protect });
}
