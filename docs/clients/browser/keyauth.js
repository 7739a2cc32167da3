/*
 * How a field is typed: when each key went down and up.  README.md describes
 * its use, keyauth.d.ts has the types.
 */

const chars = text => [...text].length;

/* ms in which a key that is down has to come up, once a sample is wanted */
const patience = 1000;

/* why a change was no typing, by the event's inputType; some send none */
const reasons = [
    [/Paste|Drop|Yank/, 'paste'],
    [/^(delete|history)/, 'correction'],
    [/Composition/, 'composition'],
    [/^/, 'autofill'],
];

/* the same at press and release: where a key has no code, Shift may have come
   up in between */
const name = e => e.code !== 'Unidentified' && e.code || e.keyCode
    || String(e.key).toLowerCase();

/* what the header Keyauth-Sample holds */
export const header = claim => btoa(String.fromCharCode(
    ...new TextEncoder().encode(JSON.stringify(claim))));


export function attach(field, { enter = false, onchange, onrefuse } = {}) {
    let press, release, held, text, refused, away, ended, waiting = [];

    function reset() {
        settle(null);
        press = [];
        release = [];
        held = new Map();
        text = '';
        refused = away = ended = false;
    }

    function settle(sample) {
        waiting.splice(0).forEach(resolve => resolve(sample));
    }

    function refuse(why) {
        if (!refused) {
            refused = true;
            settle(null);
            onrefuse?.(why);
        }
    }

    /* no time but the first is 0, which WebKit on iOS has given to all */
    const after = ({ timeStamp }, before = 0) => timeStamp >= before
        && (timeStamp > 0 || !press.length);

    /* in ms since the first press; keys that are down have no release */
    function timings() {
        const ms = t => t && Math.round((t - press[0]) * 1000) / 1000;

        return { Press: press.map(ms), Release: Array.from(release, ms) };
    }

    /* programs change a field without an event */
    function complete() {
        return !refused && press.length && ended === enter
               && field.value === text && chars(text) + ended === press.length
               ? timings() : null;
    }

    const on = {
        keydown(e) {
            const last = enter && e.key === 'Enter';

            /* a program has emptied the field, which sends no event */
            if (text && !field.value) {
                reset();
            }

            /* what fills in forms sends events that are no keys */
            if (!e.key || typeof e.key !== 'string') {
                return refuse('autofill');
            }

            /* Safari says of an input method's keys no more than 229 */
            if (e.isComposing || e.keyCode === 229
                || /^(Dead|Process|Unid)/.test(e.key)) {
                return refuse('composition');
            }

            /* a form that is sent empty */
            if (last && !field.value) {
                return;
            }

            /* Ctrl and Alt are AltGr */
            if (!last && (chars(e.key) > 1 || e.metaKey
                          || e.ctrlKey && !e.altKey)) {
                return;
            }

            const why = e.repeat ? 'repeat'
                : away && press.length ? 'blur'
                : held.has(name(e)) || !after(e, press.at(-1)) ? 'lost' : '';

            if (why) {
                return refuse(why);
            }

            away = false;
            ended = last;
            held.set(name(e), press.push(e.timeStamp) - 1);
            onchange?.(timings());
        },

        keyup(e) {
            const i = held.get(name(e));

            if (i === undefined || refused) {
                return;
            }

            if (!after(e, press[i])) {
                return refuse('lost');
            }

            release[i] = e.timeStamp;
            held.delete(name(e));
            onchange?.(timings());

            if (!held.size && waiting.length) {
                settle(complete());
            }
        },

        input({ inputType }) {
            const { value, selectionEnd } = field;
            const before = text;

            if (!value) {
                return reset();
            }

            text = value;

            if (inputType !== 'insertText') {
                refuse(reasons.find(([like]) => like.test(inputType))[1]);

            } else if (chars(value) > press.length) {
                refuse('autofill');

            } else if (chars(value) < press.length
                       || (selectionEnd ?? value.length) < value.length) {
                refuse('correction');

            /* typed behind what a program has changed */
            } else if (!value.startsWith(before)) {
                refuse('autofill');
            }
        },

        compositionstart: () => refuse('composition'),

        blur() {
            away = true;

            if (held.size) {
                refuse('blur');
            }
        },
    };

    const each = does => Object.keys(on).forEach(
        type => field[does + 'EventListener'](type, on[type]));

    reset();
    each('add');

    return {
        reset,

        /* once all keys are up: some are never seen to come up */
        sample: () => new Promise(resolve => {
            if (refused || !held.size) {
                return resolve(complete());
            }

            waiting.push(resolve);
            setTimeout(() => waiting.includes(resolve) && refuse('lost'),
                       patience);
        }),

        detach() {
            reset();
            each('remove');
        },
    };
}
