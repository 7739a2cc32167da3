/*
 * Elements by name, with attributes and children; nothing is ever parsed as
 * HTML, so that what the server or the data say cannot be markup.
 */

export const $ = id => document.getElementById(id);


export function h(name, attributes = {}, ...children) {
    const e = document.createElement(name);

    for (const [key, value] of Object.entries(attributes)) {
        e.setAttribute(key, value);
    }

    e.append(...children);

    return e;
}


/* a bar as long as the share; for the eyes alone, the number is beside it */
export function bar(share, kind = '') {
    const inner = h('span');

    inner.style.width = `${100 * Math.min(1, Math.max(0, share))}%`;

    return h('span', { class: `bar ${kind}`, 'aria-hidden': 'true' }, inner);
}
