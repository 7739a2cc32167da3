/*
 * The server's end points; what goes wrong is thrown as an Error in words.
 */

import { garbled, late, nobody, problem, unreachable } from './words.js';

const patience = 10000;     /* ms */


async function ask(url, options) {
    let response, body;

    try {
        response = await fetch(url, { ...options, cache: 'no-store',
                                      signal: AbortSignal.timeout(patience) });
        body = await response.text();

    } catch (e) {
        throw new Error(e.name === 'TimeoutError' ? late : unreachable);
    }

    if (url.endsWith('.csv') && response.ok) {
        return body;
    }

    try {
        body = JSON.parse(body);

    } catch {
        body = null;
    }

    if (!response.ok) {
        throw Object.assign(new Error(problem(response.status, body)),
                            { type: body?.type });
    }

    if (body === null && response.status !== 204) {
        throw new Error(garbled);
    }

    return { body, model: response.headers.get('Keyauth-Model') };
}


const post = (url, body) => ask(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
});

export const card = async () => (await ask('card')).body;

export const predict = requests => post('predict', requests);

/* who of those who have enrolled typed the sample, or { why } not */
export const named = async sample => {
    try {
        return (await predict({ Model: 'LIVE', ...sample })).body;

    } catch (e) {
        return { why: e.type === 'urn:keyauth:problem:unknown-user'
                      ? nobody : e.message };
    }
};

export const verify = claim => post('verify', claim);

export const enrol = sample => post('enrol', sample);

const template = user => `enrol?UserID=${encodeURIComponent(user)}`;

/* the state of a person's template; null where there is none */
export const enrolled = async user => {
    try {
        return (await ask(template(user))).body;

    } catch (e) {
        if (e.type === 'urn:keyauth:problem:unknown-user') {
            return null;
        }

        throw e;
    }
};

export const forget = user => ask(template(user), { method: 'DELETE' });


/*
 * A sample of each user, { user: sample }, of a repetition that no model was
 * trained on; null where the server has none for a model of these data.
 */
export async function samples(digest) {
    let text;

    try {
        text = await ask(`samples/${digest}.csv`);

    } catch {
        return null;
    }

    const rows = text.trim().split('\n').slice(1).map(row => row.split(','));

    return new Map(rows.map(([user, ...times]) => [user, {
        Press: times.filter((_, i) => i % 2 === 0).map(Number),
        Release: times.filter((_, i) => i % 2 === 1).map(Number),
    }]));
}
