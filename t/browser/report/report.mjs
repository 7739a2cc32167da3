/*
 * The page of keyauth evaluate --report: it shows what its figures say, in
 * light and dark, to axe too, on narrow screens and on paper; names are never
 * markup, and nothing is loaded.
 *
 *     node t/browser/report/report.mjs FILE
 */

import { axe, browse, is, like, ok, open } from '../lib.mjs';

const url = `file://${process.argv[2]}`;
const percent = x => `${(100 * x).toFixed(1)} %`;

const cells = (page, id) => page.locator(`#${id} tbody tr`).evaluateAll(
    rows => rows.map(row => [...row.children].map(
        cell => cell.textContent.trim())));


async function shown(page) {
    const figures = JSON.parse(await page.textContent('#figures'));
    const loro = figures.leave_one_repetition_out;
    const chrono = figures.chronological;
    const [served] = figures.verification;

    is(await page.locator('section[hidden]').count(), 0,
       'all sections have something to show');
    is((await cells(page, 'models')).map(row => [row[0], row[3], row[6]]),
       ['FUSION', 'XGB'].map(name => [name,
           percent(loro[name].top5), percent(chrono[name].top5)]),
       'a row for each model');
    is(await page.locator('.tile b').allInnerTexts(),
       [chrono.FUSION.top1, loro.FUSION.top1, served.eer,
        served['frr_at_far_0.01']].map(percent), 'the figures in short');

    for (const [id, curves] of [['det', figures.verification.length],
                                ['reliability', 2], ['rows', 2]]) {
        const drawn = await page.locator(`#${id} path.curve`).evaluateAll(
            paths => paths.map(path => path.getAttribute('d')));

        ok(drawn.length === curves && drawn.every(
            d => /^M[\d.]+ [\d.]+L/.test(d) && !/NaN|Infinity/.test(d)),
           `${id}: ${curves} curves`, drawn);
    }

    const wrong = figures.users.filter(user => user.hits < user.tests);

    is((await cells(page, 'hard')).map(row => row[2]),
       wrong.sort((a, b) => a.hits - b.hits).slice(0, 12)
           .map(user => `${user.hits} of ${user.tests}`),
       'those who are recognised least');
    like(await page.innerText('#hard'), /coarse clock: 100 ms/,
         'with a coarse clock as the reason');
    is((await cells(page, 'confused'))[0][2].split(' ')[0],
       String(Math.max(...figures.confused.map(pair => pair.times))),
       'the pair that is confused most');
    ok(await page.locator('#matrix .cell').count() > 0, 'a matrix of them');

    return served;
}


async function day(page, served) {
    const at = served.det.find(([far]) => far >= 0.2)[1];
    const [, , share, refused] = (await cells(page, 'points')).at(-1);

    ok(Math.abs(parseFloat(share) - 100 * at) < 2,
       'an operating point is on the curve', share, at);
    await page.fill('#logins', '200000');
    await page.fill('#lies', '50');

    const now = (await cells(page, 'points')).at(-1);

    is(now[1], '10', 'as many strangers as the FAR lets in');
    is(now[3].replaceAll(',', ''), String(Math.round(
        200 * Number(refused.replaceAll(',', '')) / 10) * 10) && now[3]
        .replaceAll(',', ''), 'refused logins go with the logins');
    ok(Number(now[3].replaceAll(',', '')) > 100 * parseFloat(refused),
       'and are many more', now, refused);
}


await browse(async browser => {
    for (const colorScheme of ['light', 'dark']) {
        const page = await open(browser, url, { colorScheme });

        page.complaints = page.complaints.filter(
            words => !words.startsWith('outside: file:'));

        if (colorScheme === 'light') {
            await day(page, await shown(page));
        }

        like(await page.innerText('main'), /<b id="evil">/,
             'a name is shown as it is');
        is(await page.locator('#evil').count(), 0, 'and is no markup');

        await page.setViewportSize({ width: 400, height: 800 });
        ok(await page.evaluate(() => document.documentElement.scrollWidth
                                     <= innerWidth),
           `${colorScheme}: nothing to scroll sideways`);
        is(await page.evaluate(() => ['hard', 'confused'].filter(id => {
            const { scrollWidth, clientWidth } = document.getElementById(id)
                .closest('.scroll');
            return scrollWidth > clientWidth;
        })), [], `${colorScheme}: who is hard to recognise is seen whole`);

        await page.emulateMedia({ media: 'print', colorScheme });
        is(await page.evaluate(() => getComputedStyle(document.body)
            .backgroundColor), 'rgb(255, 255, 255)',
           `${colorScheme}: printed on white`);
        is(page.complaints, [], `${colorScheme}: nothing to complain of`);
        await page.context().close();
    }

    /* axe is a script from outside, which the page's own policy forbids */
    const page = await open(browser, url, { bypassCSP: true });

    await page.addScriptTag({ path: axe });

    const { violations } = await page.evaluate(
        () => window.axe.run({ resultTypes: ['violations'] }));

    is(violations.map(v => [v.id, v.nodes[0].html]), [], 'nothing for axe');
});
