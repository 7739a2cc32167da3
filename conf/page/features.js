/*
 * The intervals of a sample and their summary, as docs/api.md defines them.
 */

export function intervals({ Press, Release }) {
    const pairs = (from, to) => from.slice(0, -1)
        .map((x, i) => to[i + 1] - x);

    return {
        HT: Press.map((p, i) => Release[i] - p),
        PPT: pairs(Press, Press),
        RRT: pairs(Release, Release),
        RPT: pairs(Release, Press),
    };
}


function summarise(values) {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const squares = values.reduce((a, b) => a + (b - mean) ** 2, 0);

    return { Mean: mean,
             STD: values.length > 1
                  ? Math.sqrt(squares / (values.length - 1)) : 0 };
}


export const summary = sample => Object.fromEntries(
    Object.entries(intervals(sample))
        .map(([name, values]) => [name, summarise(values)]));

export const meaning = {
    HT: 'how long a key is held',
    PPT: 'from press to press',
    RRT: 'from release to release',
    RPT: 'from release to press',
};
