/*
 * The page: from keys typed, or replayed, to questions, to answers.
 */

import { attach } from './keyauth.js';
import * as api from './api.js';
import { card, enrolled, template, verdict } from './answers.js';
import { describe, draw } from './chart.js';
import { all, play } from './demo.js';
import { $, h } from './dom.js';
import { intervals, meaning, summary } from './features.js';
import { percent, refusals, warnings } from './words.js';

const text = 'keyauth types by your rhythm, and it knows you by your own';
const nothing = { Press: [], Release: [] };

let known, samples;             /* the model's card; the synthetic users' */
let keys = [], rhythm;          /* of the phrase */
let count = 0;                  /* keys typed so far */
let shown = nothing, last;      /* what is drawn; {sample, user} of it, whole */
let refusing;                   /* what was typed is about to be cleared */
let turn = 0;                   /* changes when something new begins */


/* the phrase */

function phrase(own) {
    const fits = own && [...own.text].length + own.enter === known.data.keys;
    const enter = Boolean(fits && own.enter);

    keys = [...(fits ? own.text
                : text.slice(0, known.data.keys).replace(/ $/, '.')
                      .padEnd(known.data.keys, '.'))];
    $('phrase').textContent = keys.join('');
    $('last').hidden = !enter;

    rhythm?.detach();
    rhythm = attach($('field'), {
        enter,
        onchange: typed,
        onrefuse: reason => refuse(refusals[reason]),
    });

    keys = keys.map(key => key === ' ' ? '␣' : key)
        .concat(enter ? '⏎' : []);
    $('caps').replaceChildren(...keys.map(key => h('kbd', {}, key)));
    clear();

    return fits;
}


function choose(own) {
    if (!phrase(own)) {
        refuse(`The model requires a phrase of ${known.data.keys} keys, and `
               + `this one has ${[...own.text].length + own.enter}.`);
        return;
    }

    try {
        localStorage.setItem('phrase', JSON.stringify(own));

    } catch {
        /* a browser that keeps nothing asks again next time */
    }

    say('The phrase is another one now.');
    $('field').focus();
}


function remembered() {
    try {
        return JSON.parse(localStorage.getItem('phrase'));

    } catch {
        return null;
    }
}


/* typing */

function show(timings, now) {
    shown = timings;
    draw($('chart'), keys, timings, now);

    [...$('caps').children].forEach((cap, i) => {
        cap.className = timings.Press[i] === undefined ? ''
            : timings.Release[i] === undefined ? 'down' : 'typed';
    });
}


function empty() {
    turn++;
    count = 0;
    $('field').value = '';
    rhythm.reset();
}


function clear() {
    empty();
    show(nothing);
}


function say(words) {
    $('say').textContent = words;
    $('refusal').textContent = '';
}


function refuse(words) {
    if (refusing) {
        return;
    }

    $('say').textContent = '';
    $('refusal').textContent = words;

    /* once the key that is being refused has put its letter there */
    refusing = setTimeout(() => {
        refusing = null;
        clear();
    });
}


function typed(timings) {
    if (timings.Press.length > count) {
        count = timings.Press.length;

        if (count === 1) {
            say('');
            follow(++turn, performance.now());
        }

        if (count === keys.length) {
            rhythm.sample().then(sample => sample && complete(sample));
        }
    }

    shown = timings;
}


/* draws while keys are down */
function follow(mine, start) {
    if (mine === turn) {
        show(shown, performance.now() - start);
        requestAnimationFrame(() => follow(mine, start));
    }
}


/* what was typed must be the phrase, as far as it goes */
function compare() {
    const value = $('field').value;
    const wanted = $('phrase').textContent;

    if (!wanted.startsWith(value)) {
        const at = [...value].findIndex((c, i) => c !== [...wanted][i]);

        refuse(at < [...wanted].length
            ? `That was “${[...value][at]}” where the phrase has `
              + `“${[...wanted][at]}”.  Please type it anew.`
            : 'That was more than the phrase.  Please type it anew.');
    }
}


/* a whole sample, of a synthetic user or of whoever types here */
function complete(sample, user) {
    const intervalsOf = intervals(sample);
    const ms = x => x === undefined ? '' : x.toFixed(1);

    empty();
    show(sample);
    last = { sample, user };
    $('again').disabled = false;
    $('chart').setAttribute('aria-label', describe(sample));

    $('times').replaceChildren(...keys.map((key, i) => h('tr', {},
        h('th', { scope: 'row' }, key),
        ...[sample.Press[i], sample.Release[i], intervalsOf.HT[i],
            intervalsOf.RPT[i]].map(x => h('td', {}, ms(x))))));

    $('numbers').closest('.scroll').hidden = false;
    $('numbers').replaceChildren(...Object.entries(summary(sample)).map(
        ([name, { Mean, STD }]) => h('tr', { 'data-interval': name },
            h('th', { scope: 'row' }, name, h('small', {}, meaning[name])),
            h('td', {}, ms(Mean)), h('td', {}, ms(STD)))));

    ask();
}


/* questions */

const timings = name => known.models[name].input === 'timings';

/* what sees the most is asked first */
const models = () => Object.keys(known.models)
    .sort((a, b) => timings(b) - timings(a));

const choice = () => new FormData($('question')).get('ask');


async function who({ sample, user }) {
    const there = models();
    const FAR = Number($('nobody').value);
    const more = { Top: 5, ...(FAR ? { FAR } : {}) };

    const asked = there.map(Model => ({
        Model, ...sample, ...(Model === 'FUSION' ? more : { Top: 5 }) }));

    const short = there.filter(name => !timings(name));
    const [{ body }, live] = await Promise.all([
        api.predict([...asked, ...short.map(
            Model => ({ Model, ...summary(sample) }))]),
        api.named({ ...sample, ...more }),
    ]);

    const best = body[0];
    const sees = name => name === 'LIVE' || timings(name)
        ? `${4 * known.data.keys - 3} intervals` : '8 numbers';

    return {
        cards: [...there.map((name, i) => card(
            body[i], short.includes(name)
            ? body[there.length + short.indexOf(name)] : null, sees(name),
            user)), enrolled(live, sees('LIVE'))],
        found: body.flatMap(answer => answer.Warnings || []),
        words: best.UserID === null
            ? `${best.Model} names nobody: the typist is unknown.`
            : `${best.Model} names user ${best.UserID} `
              + `(${percent(best.Candidates[0].Score)}).`,
    };
}


async function verify({ sample, user }) {
    const UserID = named('user', user);
    const { body } = await api.verify(
        { UserID, ...sample, FAR: Number($('far').value) });

    return {
        cards: [verdict(body)],
        found: body.Warnings || [],
        words: `${body.Accepted ? 'Accepted' : 'Not accepted'} as `
               + `${body.UserID}.`,
    };
}


/* the name in a field */
function named(id, user = '') {
    const name = $(id).value.trim() || user;

    if (!name) {
        $(id).focus();
        throw new Error('Enter a name, then type the phrase.');
    }

    $(id).value = name;

    return name;
}


async function enrol({ sample, user }) {
    const UserID = named('name', user);
    const { body } = await api.enrol({ UserID, ...sample });

    $('user').value = UserID;

    return {
        cards: [template(body)],
        found: body.Warnings || [],
        words: body.Ready ? `${UserID} is enrolled.`
            : `Sample ${body.Samples} of ${body.Needed}.  Type it again.`,
    };
}


/* the template of the name in the field */
async function state() {
    const UserID = named('name');
    const body = await api.enrolled(UserID);

    return {
        cards: body ? [template(body)] : [],
        found: [],
        words: !body ? `Nobody has enrolled as ${UserID}.  Type the phrase.`
            : body.Ready ? `${UserID} is enrolled.`
            : `${body.Samples} of ${body.Needed} samples.  Type the phrase.`,
    };
}


async function forget() {
    const UserID = named('name');

    await api.forget(UserID);

    return { cards: [], found: [],
             words: `${UserID} is forgotten: the template is erased.` };
}


const questions = { who, enrol, verify };


/* asks the server what the choice is, or something else */
async function ask(question = questions[choice()]) {
    const mine = ++turn;

    say('Asking …');

    try {
        const { cards, found, words } = await question(last);

        if (mine === turn) {
            answer(cards, found);
            say(words);
        }

    } catch (e) {
        if (mine === turn) {
            answer([], [], e.message);
            say('');
        }
    }
}


function answer(cards, found, error = '') {
    $('none').hidden = true;
    $('error').textContent = error;
    $('cards').replaceChildren(...cards);
    $('warnings').replaceChildren(...[...new Set(found)].map(
        code => h('li', { 'data-code': code }, warnings[code] || code)));
}


/* what can be pressed and chosen */

function listen() {
    const form = (id, does) => $(id).addEventListener('submit', e => {
        e.preventDefault();
        does();
    });

    /* a sample is enrolled once */
    form('question', () => choice() === 'enrol' ? ask(state) : last && ask());

    $('forget').addEventListener('click', () => ask(forget));

    /* another FAR is no reason to send a claim again: it would be a replay */
    $('question').addEventListener('change', e => {
        const mode = choice();

        for (const name of Object.keys(questions)) {
            $(name).hidden = mode !== name;
        }

        $('again').hidden = mode === 'enrol';

        if (e.target.id === 'name') {
            ask(state);

        } else if (e.target.name === 'ask' && mode !== 'who') {
            $('user').value ||= last?.user ?? '';
            say(mode === 'enrol'
                ? 'Enter a name, then type the phrase several times.'
                : 'Enter a name, then type the phrase or ask again.');
            $('none').hidden = Boolean(last);

        } else if (last && mode === 'who') {
            ask();
        }
    });

    $('field').addEventListener('input', compare);

    document.addEventListener('keydown', e => {
        if (e.key === 'Escape') {
            clear();
            say('Type the phrase.');
        }
    });

    form('other', () => choose({ text: $('own').value,
                                 enter: $('enter').checked }));

    form('demo', async () => {
        const user = $('typist').value;

        clear();
        say(`User ${user} types …`);

        const mine = turn;

        if (await play(samples.get(user), show, () => mine !== turn)) {
            complete(samples.get(user), user);
        }
    });

    form('all', async () => {
        $('run').disabled = true;
        $('tally').textContent = 'Asking …';

        try {
            await all(samples, models(), $('tally'));
        } catch (e) {
            $('tally').textContent = e.message;
        }

        $('run').disabled = false;
    });

    new ResizeObserver(() => show(shown)).observe($('chart').parentElement);
}


async function begin() {
    try {
        known = await api.card();

    } catch (e) {
        say('');
        $('error').textContent = e.message;
        return;
    }

    const { users, keys: n, sha256 } = known.data;

    $('model').textContent = `${users} users · ${n} keys · `
        + Object.keys(known.models).join(', ');
    $('count').textContent = n;
    $('intervals').textContent = 4 * n - 3;

    phrase(remembered());
    listen();
    $('field').disabled = false;
    $('field').focus({ preventScroll: true });
    say('Type the phrase; the models answer at its last key.');

    samples = await api.samples(sha256);

    if (samples) {
        $('typist').append(...[...samples.keys()].map(
            user => h('option', {}, user)));
        $('users').textContent = samples.size;
        $('demo').hidden = $('all').hidden = false;
    }
}


begin();
