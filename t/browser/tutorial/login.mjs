/*
 * The page of docs/tutorial.md: it keeps samples as CSV, logs in who types as
 * they do, and says in words why not.
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


async function status(page) {
    await page.waitForFunction(
        () => document.getElementById('status').textContent);

    return page.textContent('#status');
}


async function login(page, name, keys = phrase) {
    await page.reload();
    await page.fill('[name=name]', name);
    await page.focus('[name=password]');
    await type(page, keys, claim);
    await page.click('form button');

    return status(page);
}


await browse(async browser => {
    const page = await open(browser, url);

    ok(await page.isHidden('#save'), 'nothing to save at first');

    await page.fill('[name=name]', user);
    await page.focus('[name=password]');
    await type(page, phrase, claim);
    await page.click('#keep');
    is(await status(page), '1 kept.', 'a sample is kept');

    const [header, row] = (await page.inputValue('#rows')).split('\n');
    const [name, ...times] = row.split(',');

    is(header.split(',').length, 27, 'the header has all columns');
    is(name, `"${user}"`, 'the row is of who typed');
    ok(times.every((t, i) => Math.abs(
        t - claim[i % 2 ? 'Release' : 'Press'][i >> 1]) < 0.5),
       'and has the times of the keys', times);
    like(await page.getAttribute('#save', 'href'), /^blob:/, 'to be saved');
    await page.fill('[name=name]', 'DOM\\anna "A"');
    await page.focus('[name=password]');
    await type(page, phrase, claim);
    await page.click('#keep');
    await page.waitForFunction(
        () => document.getElementById('status').textContent === '2 kept.');
    like((await page.inputValue('#rows')).split('\n')[2],
         /^"DOM\\anna ""A""",0,/, 'a name is written as CSV has it');
    is(page.complaints, [], 'the browser has nothing to complain of');

    is(await login(page, user, [...phrase].reverse()),
       'Please type the password anew.', 'another phrase is not sent');
    is(await login(page, user), `Welcome, ${user}.\n`, 'who types so, is in');
    like(await login(page, user), /^Not typed like you/, 'once');
    like(await login(page, other), /^Not typed like you/, 'and is no other');
});
