/*
 * What the models answered: a card for each, or one for a claim.
 */

import { bar, h } from './dom.js';
import { oneIn, percent } from './words.js';

const who = id => id === null ? 'Unknown person' : `User ${id}`;

const ranks = ['first', 'second', 'third', 'fourth', 'fifth'];


/* right or wrong, where the typist is known */
function truth(answer, user) {
    if (user === undefined) {
        return '';
    }

    if (String(answer.UserID) === user) {
        return h('p', { class: 'chip right' }, 'right');
    }

    const rank = answer.Candidates.findIndex(c => String(c.UserID) === user);

    return h('p', { class: 'chip wrong' }, rank > 0
        ? `wrong: user ${user} was its ${ranks[rank]} choice`
        : `wrong: it was user ${user}`);
}


/* scores of different models cannot be compared: each to its own best */
function candidates(list) {
    return h('ol', { class: 'candidates' }, ...list.map(c => h('li', {},
        h('span', { class: 'user' }, String(c.UserID)),
        bar(c.Score / (list[0].Score || 1)),
        h('span', { class: 'score' }, percent(c.Score)))));
}


/* the same question with the eight numbers in place of the timings */
function fromSummary(answer, short) {
    const words = !short ? 'no answer; it needs the timings'
        : String(short.UserID) === String(answer.UserID) ? 'the same'
        : who(short.UserID);

    return h('p', { class: 'short' }, `From the eight numbers: ${words}`);
}


export function card(answer, short, sees, user) {
    return h('article', { class: `card ${answer.Model}`,
                          'data-model': answer.Model,
                          'data-user': String(answer.UserID) },
        h('h3', {}, answer.Model, h('small', {}, `sees ${sees}`)),
        h('p', { class: 'who' }, who(answer.UserID)),
        truth(answer, user),
        candidates(answer.Candidates),
        fromSummary(answer, short));
}


/* who of all who have enrolled; or why nobody is named */
export function enrolled(answer, sees) {
    if (answer.Candidates) {
        return card(answer, null, sees);
    }

    return h('article', { class: 'card LIVE', 'data-model': 'LIVE' },
        h('h3', {}, 'LIVE', h('small', {}, `sees ${sees}`)),
        h('p', { class: 'who' }, 'Nobody'),
        h('p', { class: 'short' }, answer.why));
}


/* how many samples a template has, of how many it needs */
export function template({ UserID, Samples, Needed, Ready }) {
    const dots = Array.from(
        { length: Math.max(Samples, Needed) },
        (_, i) => h('i', { class: i < Samples ? 'in' : '' }));

    return h('article', { class: `card template ${Ready ? 'yes' : ''}`,
                          'data-samples': String(Samples) },
        h('h3', {}, `The template of ${UserID}`),
        h('p', { class: 'who' }, Ready ? 'Complete'
            : `${Samples} of ${Needed} samples`),
        h('p', { class: 'dots', 'aria-hidden': 'true' }, ...dots),
        h('p', {}, Ready
            ? `It has ${Samples} samples.  Choose “Verify me” and type the `
              + 'phrase once more.'
            : 'Type the phrase again, as you usually type.'),
        h('p', { class: 'short' }, 'The server keeps the times of the samples, '
          + 'encrypted, until you choose “Forget me”.'));
}


const methods = { LIVE: 'by the template', FUSION: 'by the trained model' };


export function verdict(answer) {
    const { Accepted, Score, Threshold, FAR, FRR, Reason, Method } = answer;
    const least = Math.min(Score, Threshold, 0) * 1.25;
    const most = Math.max(Score, Threshold, 1) * 1.25;
    const along = x => (x - least) / (most - least);
    const mark = h('i', { class: 'mark' });

    mark.style.left = `${100 * along(Threshold)}%`;

    const why = Reason === 'replay'
        ? 'Exactly these times were accepted before: this may be a replay.'
        : Accepted ? 'The rhythm matches this user.'
        : 'The rhythm does not match this user.';

    return h('article', { class: `card verdict ${Accepted ? 'yes' : 'no'}`,
                          'data-accepted': String(Accepted) },
        h('h3', {}, `Is it ${answer.UserID}?`,
          h('small', {}, Method ? `${Method}, ${methods[Method]}` : 'FUSION')),
        h('p', { class: 'who' }, Accepted ? 'Accepted' : 'Not accepted'),
        h('p', {}, why),
        h('p', { class: 'scale' }, bar(along(Score)), mark),
        h('p', {}, `Score ${Score.toFixed(2)}, threshold `
          + `${Threshold.toFixed(2)}.`),
        h('p', { class: 'short' }, 'At this threshold, of strangers '
          + `${oneIn(FAR)} is accepted, and of genuine attempts `
          + `${oneIn(FRR)} is refused.`));
}
