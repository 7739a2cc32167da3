/*
 * The server's end points; what goes wrong is thrown as an Error in words.
 */

import { garbled, late, problem, unreachable } from './words.js';

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
        throw new Error(problem(response.status, body));
    }

    if (body === null) {
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

export const verify = claim => post('verify', claim);


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
