/*
 * What the server and keyauth.js say in codes, in words.
 */

export const refusals = {
    paste: 'Pasted text has no rhythm.  Please type the phrase.',
    autofill: 'That came from somewhere else than the keys, which tells no '
        + 'times.  Please type the phrase.',
    correction: 'A correction breaks the rhythm.  Please type the phrase '
        + 'anew.',
    repeat: 'A key was held until it repeated.  Please type the phrase anew.',
    composition: 'An input method or a touch keyboard typed that, which does '
        + 'not tell when keys go down and up.  Please use plain keys.',
    blur: 'The field was left in the middle.  Please type the phrase anew.',
    lost: 'A key went down or up unseen.  Please type the phrase anew.',
};

export const warnings = {
    'implausible': 'The means of these intervals do not agree with each '
        + 'other: no typing has them.',
    'equal-holds': 'Every key was held for exactly as long: that looks like '
        + 'a program, not like hands.',
    'short': 'Most keys came within 2 ms: that looks like a program, or like '
        + 'times that a browser has rounded.',
    'pause': 'There is a pause of more than 5 seconds in it.',
    'seconds': 'The times look like seconds; they should be milliseconds.',
};

const hints = {
    401: 'This server wants to know who asks, and the page has no key to '
        + 'show.',
    413: 'The server takes only small requests.',
    429: 'The server was asked too often; wait a moment, then ask again.',
    502: 'What is behind the server does not answer.',
    503: 'The server is not ready; ask again in a moment.',
};


/* an error for people: what a problem says, or what can be told without */
export function problem(status, body) {
    const words = [body?.title, body?.detail].filter(Boolean)
        .map(text => text.replace(/\.?$/, '.'));

    if (!words.length) {
        words.push(`The server answered with status ${status} and said no `
                   + 'more.');
    }

    if (hints[status] && body?.type !== 'urn:keyauth:problem:too-large') {
        words.push(hints[status]);
    }

    return words.join('  ');
}

export const unreachable = 'The server cannot be reached.  Is it still '
    + 'running?';

export const garbled = 'The server answered with something that is not an '
    + 'answer of keyauth.';

export const late = 'The server took too long to answer.';


export const percent = share => {
    const x = 100 * share;

    if (share < 1 && x >= 99.5) {
        return '> 99 %';
    }

    return `${x >= 10 || x === 0 ? x.toFixed(0)
              : x >= 1 ? x.toFixed(1) : x.toPrecision(1)} %`;
};

export const oneIn = share => share <= 0 ? 'none'
    : `1 in ${Math.round(1 / share)}`;
