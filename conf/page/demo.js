/*
 * The synthetic users: one of them typing, and all of them asked about.
 */

import { bar, h } from './dom.js';
import { predict } from './api.js';
import { percent } from './words.js';

const together = 12;    /* users in a request: 16 KiB and 64 are the most */


/* show(timings, now) as it happens; false if stopped() became true */
export async function play({ Press, Release }, show, stopped) {
    const end = Math.max(...Release);
    const start = performance.now();
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;

    for (let now = 0; now < end && !still; now = performance.now() - start) {
        if (stopped()) {
            return false;
        }

        show({ Press: Press.filter(t => t <= now),
               Release: Release.map(t => t <= now ? t : undefined) }, now);

        await new Promise(resolve => setTimeout(resolve, 16));
    }

    show({ Press, Release });

    return true;
}


function table(models, right, asked) {
    return h('table', {},
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Model'),
                         h('th', { scope: 'col' }, 'Recognised'),
                         h('td'))),
        h('tbody', {}, ...models.map(name => h('tr',
            { 'data-model': name, 'data-right': right[name],
              'data-asked': asked },
            h('th', { scope: 'row' }, name),
            h('td', {}, `${right[name]} of ${asked} `
                        + `(${percent(right[name] / asked)})`),
            h('td', { class: 'wide' }, bar(right[name] / asked, name))))));
}


/* how many of the samples each of the models recognises */
export async function all(samples, models, tally) {
    const list = [...samples];
    const right = Object.fromEntries(models.map(name => [name, 0]));

    for (let i = 0; i < list.length; i += together) {
        const asked = list.slice(i, i + together).flatMap(
            ([user, sample]) => models.map(Model => ({ user, Model, sample })));

        const { body } = await predict(asked.map(
            ({ Model, sample }) => ({ Model, ...sample })));

        asked.forEach(({ user, Model }, k) => {
            right[Model] += String(body[k].UserID) === user;
        });
    }

    tally.replaceChildren(table(models, right, list.length));
}
