#!/usr/bin/env node
// Sends a request to keyauth and prints the answer; needs Node 18.
//
//     KEYAUTH_API_KEY=... node client.mjs https://host/predict < body.json
//     node client.mjs 'https://host/enrol?UserID=ann' DELETE

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 5;


/** Milliseconds to wait: Retry-After is a number of seconds, or a date. */
function delay(after, attempt) {
    const ms = /^\d+$/.test(after ?? '') ? 1000 * Number(after)
                                         : Date.parse(after) - Date.now();

    return Number.isNaN(ms) ? 1000 * 2 ** attempt * (0.25 + Math.random() / 2)
                            : Math.min(Math.max(ms, 0), 60000);
}


/** The last response; 429 and 503 are retried. */
export async function ask(url, body, method = 'POST') {
    const headers = { 'Content-Type': 'application/json' };

    if (process.env.KEYAUTH_API_KEY) {
        headers.Authorization = `Bearer ${process.env.KEYAUTH_API_KEY}`;
    }

    for (let attempt = 0; ; attempt++) {
        const signal = AbortSignal.timeout(10000);
        const answer = await fetch(url, { method, headers, body, signal });

        if (![429, 503].includes(answer.status) || attempt === TRIES - 1) {
            return answer;
        }

        await answer.arrayBuffer();     // so that the connection is free
        await sleep(delay(answer.headers.get('Retry-After'), attempt));
    }
}


const [, , url, method = 'POST'] = process.argv;
const body = method === 'POST' ? readFileSync(0) : undefined;
const answer = await ask(url, body, method);

(answer.ok ? console.log : console.error)(await answer.text());
process.exitCode = answer.ok ? 0 : 1;
