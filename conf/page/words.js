/*
 * What the server and keyauth.js say in codes, in words.
 */

export const refusals = {
    paste: 'Pasted text has no rhythm.  Please type the phrase.',
    autofill: 'The text was filled in, not typed.  Please type the phrase.',
    correction: 'A correction breaks the rhythm.  Please type the phrase '
        + 'again.',
    repeat: 'A key was held until it repeated.  Please type the phrase again.',
    composition: 'An input method or a touch keyboard was used, which '
        + 'reports no key times.  Please use plain keys.',
    blur: 'The field lost the focus.  Please type the phrase again.',
    lost: 'The press or release of a key was not seen, or its time is '
        + 'wrong.  Please type the phrase again.',
};

export const warnings = {
    'implausible': 'The means of these intervals contradict each other: no '
        + 'typing has them.',
    'equal-holds': 'Every key was held for exactly the same time: that looks '
        + 'like a program.',
    'short': 'Most keys came within 2 ms: that looks like a program, or like '
        + 'times rounded by a browser.',
    'pause': 'It contains a pause of more than 5 seconds.',
    'seconds': 'The times look like seconds; they should be milliseconds.',
    'inconsistent': 'This sample differs from the earlier ones.  If something '
        + 'disturbed you, choose “Forget me” and begin anew.',
    'coarse-clock': 'The browser rounds its clock, perhaps against '
        + 'fingerprinting: recognition is worse with such times.',
};

/* problems whose own words are for programmers */
const codes = {
    'already-enrolled': 'This name is enrolled.  Verify it, or forget it to '
        + 'begin anew.',
    'replay': 'Exactly these times were sent before.  Please type the phrase '
        + 'again.',
};

const hints = {
    401: 'This server requires an API key, and the page has none.',
    413: 'The request is too large.',
    429: 'Too many requests; wait a moment, then try again.',
    502: 'The upstream server does not answer.',
    503: 'The server is not ready; try again in a moment.',
};


/* an error in words: the problem's own, or a hint by its status */
export function problem(status, body) {
    const own = codes[body?.type?.replace(/.*:/, '')];

    if (own) {
        return own;
    }

    const words = [body?.title, body?.detail].filter(Boolean)
        .map(text => text.replace(/\.?$/, '.'));

    if (!words.length) {
        words.push(`The server answered with status ${status} only.`);
    }

    if (hints[status] && body?.type !== 'urn:keyauth:problem:too-large') {
        words.push(hints[status]);
    }

    return words.join('  ');
}

export const unreachable = 'The server cannot be reached.  Is it still '
    + 'running?';

export const garbled = 'The server\'s answer is not one of keyauth.';

export const nobody = 'Nobody has enrolled yet.  Choose “Enrol me”: then '
    + 'LIVE knows you.';

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
