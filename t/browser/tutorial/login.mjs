/*
 * The page of docs/tutorial.md: people sign up and log in, are refused if
 * they type as others do, and are shown the reason.
 *
 *     node t/browser/tutorial/login.mjs URL BODY OTHER
 *
 * BODY is a claim that the server should accept, OTHER the name of another.
 */

import { browse, is, like, ok, open, type } from '../lib.mjs';

const [url, body, other] = process.argv.slice(2);
const claim = JSON.parse(body);
const phrase = [...'the quick fox'];
const user = String(claim.UserID);

/* whose name arrives as she typed it */
const anna = 'DOM\\änna "A,B"';


async function status(page) {
    await page.waitForFunction(
        () => document.getElementById('status').textContent);

    return page.textContent('#status');
}


/* nobody types twice alike */
function again(n) {
    const noise = i => 40 * Math.abs(43758.5 * Math.sin(13 * n + 78 * i) % 1);
    const press = phrase.map((_, i) => 160 * i + noise(i));

    return { Press: press,
             Release: press.map((t, i) => t + 70 + noise(i + 50)) };
}


async function signup(page, name, answer) {
    await page.fill('[name=name]', name);

    for (let n = 1; n <= 4; n++) {
        await page.focus('[name=password]');
        await type(page, phrase, again(n));
        await page.click('#signup');
        await page.waitForFunction(words => document.getElementById('status')
            .textContent.startsWith(words),
            n < 4 ? `Sample ${n} of 4` : answer);
    }
}


async function login(page, name, keys = phrase, timings = claim) {
    await page.reload();
    await page.fill('[name=name]', name);
    await page.focus('[name=password]');
    await type(page, keys, timings);
    await page.click('form button');

    return status(page);
}


await browse(async browser => {
    const page = await open(browser, url);

    await signup(page, ` ${anna}`, 'No blanks around the name');
    ok(true, 'a name that a header would lose the blanks of is refused');
    page.complaints.splice(0);
    await signup(page, anna, `Signed up, ${anna}.`);
    ok(true, 'somebody signs up with four samples');
    is(await login(page, anna, phrase, again(5)), `Welcome, ${anna}.\n`,
       'and logs in');
    is(page.complaints, [], 'the browser has nothing to complain of');
    like(await login(page, anna), /^Not typed like you/, 'others do not');

    await page.reload();
    await page.focus('[name=password]');
    await type(page, phrase.slice(0, 3), again(1));
    await page.keyboard.press('Backspace');
    is(await status(page), 'A correction breaks the rhythm. '
       + 'Please empty the field and type it again.', 'refused in words');

    for (const [path, button] of [['login', 'form button'],
                                  ['signup', '#signup']]) {
        await page.route(`**/${path}`, route => route.abort());
        await page.reload();
        await page.fill('[name=name]', anna);

        for (let n = 1; n <= (path === 'login' ? 1 : 4); n++) {
            await page.focus('[name=password]');
            await type(page, phrase, again(10 + n));
            await page.click(button);
            await page.waitForFunction(
                () => !document.querySelector('[name=password]').value);
        }

        await page.waitForFunction(() => /does not/.test(
            document.getElementById('status').textContent)).catch(() => {});
        is(await page.textContent('#status'),
           'The application does not answer.',
           `${path}: a server that is gone, in words`);
        await page.unroute(`**/${path}`);
    }

    await page.emulateMedia({ colorScheme: 'dark' });
    ok(await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)')
        .matches && getComputedStyle(document.body).color
        === 'rgb(255, 255, 255)'), 'in the dark it is dark');
    await page.emulateMedia({ colorScheme: 'light' });

    is(await login(page, user, [...phrase].reverse()),
       'Please type the password anew.', 'another phrase is not sent');
    is(await login(page, user), `Welcome, ${user}.\n`, 'who types so, is in');
    like(await login(page, user), /^Not typed like you/, 'once');
    like(await login(page, other), /^Not typed like you/, 'and is no other');
});
