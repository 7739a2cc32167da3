/*
 * What the tests in the browser share: TAP, Debian's browsers, and keys that
 * go down and up at set times.
 */

import { createRequire } from 'node:module';

const require = createRequire(`${process.cwd()}/build/npm/`);
const { chromium, firefox } = require('playwright-core');

export const axe = require.resolve('axe-core/axe.min.js');

let tests = 0;


export function ok(good, name, ...notes) {
    console.log(`${good ? 'ok' : 'not ok'} ${++tests} - ${name}`);

    if (!good) {
        notes.forEach(note => console.log(
            `# ${typeof note === 'string' ? note : JSON.stringify(note)}`
                .replaceAll('\n', '\n# ')));
    }

    return good;
}

export const is = (got, want, name) =>
    ok(JSON.stringify(got) === JSON.stringify(want), name, { got, want });

export const like = (got, want, name) =>
    ok(want.test(got), name, `${got} is not like ${want}`);


const chrome = () => chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic',
           '--disable-background-networking', '--disable-sync',
           '--disable-component-update', '--no-first-run'],
});

/* Debian's own has no patches: it is driven as WebDriver BiDi has it */
const fox = prefs => firefox.launch({
    executablePath: '/usr/bin/firefox-esr', channel: 'moz-firefox',
    firefoxUserPrefs: prefs,
});


/* firefox: its preferences; last: false where another browser follows */
export async function browse(run, { firefox: prefs, last = true } = {}) {
    const browser = await (prefs ? fox(prefs) : chrome());

    try {
        await run(browser);

    } catch (e) {
        ok(false, 'the tests come to their end', e.stack);

    } finally {
        await browser.close();
    }

    if (last) {
        console.log(`1..${tests}`);
    }
}


/*
 * A page; what it complains of and asks for elsewhere is kept in .complaints
 */
export async function open(browser, url, options = {}) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true,
                                               ...options });
    const page = await context.newPage();

    page.setDefaultTimeout(60000);
    page.complaints = [];
    page.on('console', message => {
        if (/error|warning/.test(message.type())) {
            page.complaints.push(message.text());
        }
    });
    page.on('pageerror', e => page.complaints.push(String(e)));
    page.on('request', request => {
        if (new URL(request.url()).origin !== new URL(url).origin) {
            page.complaints.push(`outside: ${request.url()}`);
        }
    });

    if (browser.browserType() === chromium) {
        page.keys = await context.newCDPSession(page);
    }

    await page.goto(url);

    return page;
}


const codes = { ' ': ['Space', 32], '.': ['Period', 190],
                'Enter': ['Enter', 13], 'Shift': ['ShiftLeft', 16],
                'Backspace': ['Backspace', 8] };

/* an event of the keyboard, at a time in ms of which the start is free */
export async function key(page, type, name, at, more = {}) {
    const letter = name.toUpperCase();
    const [code, number] = codes[name]
        || (/\d/.test(name) ? [`Digit${name}`, name.charCodeAt(0)]
            : [`Key${letter}`, letter.charCodeAt(0)]);

    page.origin ??= Date.now() - at;

    await page.keys.send('Input.dispatchKeyEvent', {
        type: type === 'up' ? 'keyUp'
              : name.length > 1 ? 'rawKeyDown' : 'keyDown',
        key: name, code, windowsVirtualKeyCode: number,
        timestamp: (page.origin + at) / 1000,
        ...(type === 'down' && name.length === 1 ? { text: name } : {}),
        ...more,
    });
}


/* types what the sample says, its first press at 0 */
export async function type(page, keys, { Press, Release }) {
    const events = keys.flatMap((name, i) => [[Press[i], 'down', name],
                                              [Release[i], 'up', name]]);

    delete page.origin;
    events.sort((a, b) => a[0] - b[0]);

    for (const [at, what, name] of events) {
        await key(page, what, name, at);
    }
}
