/*
 * A page that has nothing but a field and keyauth.js, what is asked of it in
 * every browser, and events as browsers and programs in them are known to
 * send them.
 */

import { is, ok } from './lib.mjs';

const html = `<!doctype html><title>x</title><input id="field">
<input id="else"><script type="module">
import * as keyauth from './keyauth.js';

Object.assign(window, keyauth, {
    field: document.querySelector('#field'),
    thrown: [],

    start(options = {}) {
        window.rhythm?.detach();
        window.reasons = [];
        window.seen = [];
        field.value = '';
        field.type = options.type || 'password';
        field.maxLength = options.max || 99;
        window.rhythm = attach(field, { ...options,
            onchange: timings => seen.push(timings),
            onrefuse: reason => reasons.push(reason) });
        field.focus();
    },

    /* an event with these members, and no others beside what all have */
    send(type, members = {}) {
        const event = new Event(type, { bubbles: true });

        for (const [name, value] of Object.entries(members)) {
            Object.defineProperty(event, name, { value });
        }

        field.dispatchEvent(event);
    },

    /* a key that types, at ms */
    press(key, ms, code = 'Key' + key.toUpperCase()) {
        send('keydown', { key, code, timeStamp: ms });
        field.value += key;
        send('input', { inputType: 'insertText' });
    },

    lift(key, ms, code = 'Key' + key.toUpperCase()) {
        send('keyup', { key, code, timeStamp: ms });
    },
});

/* how many listeners it has */
window.listeners = 0;

for (const [name, more] of [['add', 1], ['remove', -1]]) {
    const does = field[name + 'EventListener'];

    field[name + 'EventListener'] = (...args) => {
        listeners += more;
        does.apply(field, args);
    };
}

addEventListener('error', e => thrown.push(e.message));
addEventListener('unhandledrejection', e => thrown.push(String(e.reason)));
</script>`;


/* a sample that never comes is no reason to wait for ever */
export const result = async page => page.evaluate(async () => ({
    sample: await Promise.race([rhythm.sample(), new Promise(
        resolve => setTimeout(resolve, 5000, 'pending'))]), reasons }));

export const near = (got, want, by = 0.5) => got
    && ['Press', 'Release'].every(
        name => got[name].length === want[name].length
                && got[name].every(
                    (t, i) => Math.abs(t - want[name][i]) < by));

export const times = (n, hold = 70) => ({
    Press: Array.from({ length: n }, (_, i) => 100 * i),
    Release: Array.from({ length: n }, (_, i) => 100 * i + hold) });

export const begin = (page, options) => page.evaluate(o => start(o), options);


/* the page, beside the server's keyauth.js */
export async function serve(page, url) {
    await page.route('**/test.html', route => route.fulfill(
        { contentType: 'text/html', body: html }));
    await page.goto(`${url}test.html`);
}


/* one after the other, each from an empty field */
async function refused(page, does, reason, name) {
    await begin(page);
    await page.evaluate(does);

    const [{ sample, reasons }, thrown] = [await result(page),
        await page.evaluate(() => thrown.splice(0))];

    is({ sample, reasons, thrown }, { sample: null, reasons: [reason],
                                      thrown: [] }, name);
}


export async function strange(page) {
    await refused(page, () => send('keydown'), 'autofill',
                  'autofill: a key without a name');
    await refused(page, () => {
        send('keydown');
        field.value = 'secret';
        send('keyup');
        send('input');
    }, 'autofill', 'autofill: all that it sends');
    await refused(page, () => send('keydown', { key: '' }), 'autofill',
                  'autofill: a key with an empty name');
    await refused(page, () => {
        press('a', 10);
        lift('a', 20);
        field.value = 'z';
        send('input', { inputType: '' });
    }, 'autofill', 'a change of no type, to another text as long');
    await refused(page, () => {
        press('a', 10);
        lift('a', 20);
        field.value = 'z';
        send('input');
    }, 'autofill', 'a change whose event is no InputEvent');
    await refused(page, () => {
        field.value = 'ab';
        send('input', { inputType: 'insertReplacementText', data: null });
    }, 'autofill', 'a password manager');
    await refused(page, () => {
        send('keydown', { key: 'k', code: '', isComposing: true });
    }, 'composition', 'a key of an input method');
    await refused(page, () => {
        press('a', 10);
        lift('a', 5);
    }, 'lost', 'a key that is up before it was down');
    await refused(page, () => {
        press('a', 10);
        press('b', 5);
    }, 'lost', 'a key before the one that precedes it');
    await refused(page, () => press('a', NaN), 'lost', 'a time that is none');
    await refused(page, () => press('a', 10), 'lost',
                  'a release that is never seen');
    await refused(page, () => {
        press('!', 10, '');
        lift('1', 20, '');
    }, 'lost', 'one that cannot be known for what it is, after Shift is up');

    await clocks(page);
    await scripted(page);
    await stale(page);
    await coded(page);
    await ended(page);
    await any(page);
}


/* what WebKit on iOS does to the clock of events */
async function clocks(page) {
    await refused(page, () => {
        press('a', 0);
        lift('a', 0);
    }, 'lost', 'no time but 0');

    await begin(page);
    await page.evaluate(() => {
        press('a', 0);
        lift('a', 70);
    });
    is((await result(page)).sample, { Press: [0], Release: [70] },
       'the first time may be 0');
}


/* what scripts and input methods send */
async function scripted(page) {
    await refused(page, () => send('keydown', { key: 'a', code: '',
                                                keyCode: 229 }),
                  'composition', 'a key of number 229');
    await refused(page, () => {
        press('a', 10);
        lift('a', 60);
        field.value = 'z';
        press('b', 110);
        lift('b', 160);
    }, 'autofill', 'typed behind what a program has changed');
}


/* Enter, where it is the last key */
async function ended(page) {
    await begin(page, { enter: true });

    await page.evaluate(() => {
        const enter = ms => {
            send('keydown', { key: 'Enter', code: 'Enter', timeStamp: ms });
            send('keyup', { key: 'Enter', code: 'Enter', timeStamp: ms + 50 });
        };

        enter(10);
        press('a', 100);
        lift('a', 160);
        enter(200);
    });
    is(await result(page), { sample: { Press: [0, 100], Release: [60, 150] },
                             reasons: [] },
       'Enter in an empty field does not count');
}


/*
 * What empties a field without an event, or changes what is shown of it; and
 * what is asked twice.
 */
export async function cleared(page) {
    for (const [name, empties] of Object.entries({
        'a form that is reset': () => field.form.reset(),
        'a program that empties it': () => { field.value = ''; },
        'the same, after a paste': () => {
            send('input', { inputType: 'insertFromPaste' });
            field.value = '';
        },
    })) {
        await begin(page);
        await page.evaluate(() => {
            const form = document.createElement('form');

            field.before(form);
            form.append(field);
            field.focus();
        });
        await page.keyboard.type('abc');
        await page.evaluate(empties);
        await page.evaluate(() => reasons.splice(0));
        is((await result(page)).sample, null, `${name}: no sample is left`);
        await page.keyboard.type('de');

        const { sample, reasons } = await result(page);

        is([sample?.Press.length, reasons], [2, []],
           `${name}: what follows begins anew`);
    }

    await begin(page);
    await page.keyboard.type('ab');
    await page.evaluate(() => { field.type = 'text'; });
    await page.keyboard.type('c');

    const [one, other] = await page.evaluate(
        () => Promise.all([rhythm.sample(), rhythm.sample()]));

    is([one?.Press.length, JSON.stringify(other)], [3, JSON.stringify(one)],
       'a password that is shown meanwhile, and asked for twice');

    await begin(page);
    await page.evaluate(() => { field.readOnly = true; });
    await page.keyboard.type('ab');
    is((await result(page)).sample, null, 'nor one of a field to read only');
    await page.evaluate(() => { field.readOnly = false; });
}


/* programs change a field without any event */
async function stale(page) {
    await begin(page);
    await page.evaluate(() => {
        press('a', 10);
        lift('a', 20);
        field.value = 'z';
    });
    is((await result(page)).sample, null, 'no sample of what is there no more');
}


/* keys that have no code, on some virtual keyboards and remote desktops */
async function coded(page) {
    await begin(page);
    await page.evaluate(() => {
        press('A', 10, '');
        send('keyup', { key: 'Shift', code: '', timeStamp: 15 });
        press('b', 20, '');
        lift('a', 30, '');
        lift('b', 40, '');
    });
    is((await result(page)).sample, { Press: [0, 10], Release: [20, 30] },
       'a letter without a code, with Shift up first');

    await begin(page);
    await page.evaluate(() => {
        const bang = { code: '', keyCode: 49 };

        send('keydown', { key: '!', timeStamp: 10, ...bang });
        field.value = '!';
        send('input', { inputType: 'insertText' });
        send('keyup', { key: '1', timeStamp: 30, ...bang });
    });
    is((await result(page)).sample, { Press: [0], Release: [20] },
       'a sign without a code, by its number');

    await begin(page);
    await page.evaluate(() => {
        press('a', 10, 'Unidentified');
        press('b', 20, 'Unidentified');
        press('c', 30, 'Unidentified');
        lift('b', 40, 'Unidentified');
        lift('a', 50, 'Unidentified');
        lift('c', 60, 'Unidentified');
    });
    is((await result(page)).sample, { Press: [0, 10, 20],
                                      Release: [40, 30, 50] },
       'three keys at once, of which none is identified');
}


/*
 * Events at random: nothing is ever thrown, and a sample is always one of
 * what is in the field.
 */
async function any(page) {
    const found = await page.evaluate(async () => {
        let seed = 1, samples = 0, ms = 0;

        const draw = n => {
            seed = Math.imul(seed, 1103515245) + 12345 & 0x7fffffff;
            return (seed >> 8) % n;
        };
        const one = of => of[draw(of.length)];
        const odd = [undefined, null, '', 0, NaN, {}, 'Unidentified', 'x'];
        const wrong = [];

        for (let n = 0; n < 3000; n++) {
            start();

            for (let k = 1 + draw(6); k; k--) {
                const key = one(['a', 'b', 'C', '!', 'é', '😀']);
                const code = one(['', 'KeyA', 'KeyB']);

                ms += draw(50);

                if (draw(4)) {
                    press(key, ms, code);
                    ms += draw(60) - !draw(20);
                    lift(draw(9) ? key : key.toLowerCase(), ms, code);
                    continue;
                }

                field.value = one(['', 'a', 'ab', field.value]);
                send(one(['keydown', 'keyup', 'input', 'blur',
                          'compositionstart', 'focus']),
                     { key: one(odd), code: one(odd), inputType: one(odd),
                       timeStamp: one([ms, NaN, undefined, -1]) });
            }

            send('blur');

            const sample = await rhythm.sample();

            if (!sample) {
                continue;
            }

            samples++;

            const { Press, Release } = sample;
            const ends = [...Press, ...Release];

            if (Press.length !== [...field.value].length
                || Release.length !== Press.length
                || !ends.every(t => Number.isFinite(t) && t >= 0)
                || Press.some((p, i) => p > Release[i] || p < Press[i - 1]))
            {
                wrong.push([field.value, sample]);
            }
        }

        return { samples, wrong, thrown: thrown.splice(0, 5) };
    });

    is([found.wrong, found.thrown], [[], []], 'events at random: no fault');
    ok(found.samples > 100, `of 3000, ${found.samples} gave a sample`);
}
