/*
 * How a field is typed: when each key went down and up.  README.md tells how
 * to use it, keyauth.d.ts has the types.
 */

const chars = text => [...text].length;

/* why a change was no typing, by the event's inputType */
const reasons = [
    [/Paste|Drop|Yank/, 'paste'],
    [/^(delete|history)/, 'correction'],
    [/Composition/, 'composition'],
    [/./, 'autofill'],
];

/* what the header Keyauth-Sample holds */
export const header = claim => btoa(String.fromCharCode(
    ...new TextEncoder().encode(JSON.stringify(claim))));


export function attach(field, { enter = false, onchange, onrefuse } = {}) {
    let press, release, held, refused, away, ended, waiting = [];

    function reset() {
        settle(null);
        press = [];
        release = [];
        held = new Map();
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

    /* in ms since the first press; keys that are down have no release */
    function timings() {
        const ms = t => t && Math.round((t - press[0]) * 1000) / 1000;

        return { Press: press.map(ms), Release: Array.from(release, ms) };
    }

    function complete() {
        return !refused && press.length && ended === enter
               && chars(field.value) + ended === press.length
               ? timings() : null;
    }

    const on = {
        keydown(e) {
            const id = e.code || e.key;
            const last = enter && e.key === 'Enter';

            if (/^(Dead|Process|Unid)/.test(e.key)) {
                return refuse('composition');
            }

            /* Ctrl and Alt are AltGr */
            if (!last && (chars(e.key) > 1 || e.metaKey
                          || e.ctrlKey && !e.altKey)) {
                return;
            }

            const why = e.repeat ? 'repeat'
                : away && press.length ? 'blur'
                : held.has(id) ? 'lost' : '';

            if (why) {
                return refuse(why);
            }

            away = false;
            ended = last;
            held.set(id, press.push(e.timeStamp) - 1);
            onchange?.(timings());
        },

        keyup(e) {
            const id = e.code || e.key;

            if (held.has(id) && !refused) {
                release[held.get(id)] = e.timeStamp;
                held.delete(id);
                onchange?.(timings());

                if (!held.size) {
                    settle(complete());
                }
            }
        },

        input({ inputType }) {
            const { value, selectionEnd } = field;

            if (!value) {
                reset();

            } else if (inputType !== 'insertText') {
                refuse(reasons.find(([like]) => like.test(inputType))[1]);

            } else if (chars(value) > press.length) {
                refuse('autofill');

            } else if (chars(value) < press.length
                       || (selectionEnd ?? value.length) < value.length) {
                refuse('correction');
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
        name => field[does + 'EventListener'](name, on[name]));

    reset();
    each('add');

    return {
        reset,

        /* once all keys are up */
        sample: () => new Promise(resolve => held.size && !refused
            ? waiting.push(resolve) : resolve(complete())),

        detach() {
            reset();
            each('remove');
        },
    };
}
