/*
 * LIVE, measured: see live_figures.h.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "keyauth_crowd.h"
#include "keyauth_kernels.h"
#include "live_figures.h"
#include "live_points.h"
#include "random.h"
#include "statistics.h"


#define KEYAUTH_LIVE_TRIALS    10       /* halves of five shuffles */
#define KEYAUTH_LIVE_TESTED    100      /* people of a half, at most */
#define KEYAUTH_LIVE_CLAIMS    500      /* others' rows a template, at most */
#define KEYAUTH_LIVE_LATER     8        /* rows that typing on means */
#define KEYAUTH_LIVE_TRIES     3        /* rows of a claim, at most */


/* a trial: who is tested, and their rows made ready */
typedef struct {
    const keyauth_live_t      *live;
    const keyauth_typist_t    *who;
    uint32_t                   n;
    uint32_t                   named;   /* among so many: n, or more */
    uint32_t                  *start;   /* [named + 1] first samples */
    keyauth_live_sample_t     *sample;
    uint64_t                   seed;
    keyauth_random_t           random;  /* the same strangers for each rule */
} keyauth_live_trial_t;


typedef struct {
    double    *list;
    size_t     n;
    size_t     room;
} keyauth_live_scores_t;


static void keyauth_live_settings(keyauth_live_figures_t *f,
    const keyauth_typist_t *who, uint32_t n);
static uint32_t keyauth_live_having(const keyauth_typist_t *who, uint32_t n,
    uint32_t rows);
static void keyauth_live_half(keyauth_live_figures_t *f,
    const keyauth_typist_t *who, uint32_t n, uint32_t trial, uint64_t seed);
static void keyauth_live_ready(keyauth_live_trial_t *t);
static void keyauth_live_measure(keyauth_live_figures_t *f,
    keyauth_live_trial_t *t);
static void keyauth_live_frozen(keyauth_live_frozen_t *f,
    keyauth_live_trial_t *t);
static void keyauth_live_names(keyauth_live_frozen_t *f,
    keyauth_live_trial_t *t);
static void keyauth_live_name(const keyauth_live_trial_t *t,
    const keyauth_live_template_t *template, const uint8_t *sketch,
    const keyauth_live_sample_t *s, uint32_t person,
    uint32_t right[1 + KEYAUTH_LIVE_PASSES]);
static double keyauth_live_ratio(const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_live_sample_t *s);
static void keyauth_live_learned(keyauth_live_learned_t *f,
    keyauth_live_trial_t *t);
static void keyauth_live_types(keyauth_live_learned_t *f,
    keyauth_live_trial_t *t, uint32_t person, keyauth_live_scores_t score[2],
    uint32_t tried[2]);
static void keyauth_live_claims(keyauth_live_trial_t *t,
    const keyauth_live_template_t *template, uint32_t row,
    keyauth_live_scores_t *score);
static int keyauth_live_try(keyauth_live_trial_t *t,
    keyauth_live_template_t *template, uint32_t begin, uint32_t row,
    double above);
static void keyauth_live_strangers(keyauth_live_trial_t *t, uint32_t person,
    const keyauth_live_template_t *template, keyauth_live_scores_t *score);
static int keyauth_live_attack(keyauth_live_trial_t *t, uint32_t begin,
    keyauth_live_template_t *template, double above);
static void keyauth_live_walk(keyauth_live_walk_t *f,
    keyauth_live_trial_t *t);
static uint32_t keyauth_live_attacker(const keyauth_live_walk_t *f,
    keyauth_live_trial_t *t, uint32_t person,
    const keyauth_live_template_t *template);
static double keyauth_live_accepted(const keyauth_live_trial_t *t,
    const keyauth_live_template_t *template, uint32_t begin, uint32_t end);
static uint32_t keyauth_live_other(keyauth_live_trial_t *t, uint32_t person);
static void keyauth_live_enrolled(const keyauth_live_trial_t *t,
    uint32_t person, int anchors, keyauth_live_template_t *template);
static void keyauth_live_keep(keyauth_live_scores_t *s, double score);
static void keyauth_live_rates(keyauth_live_rates_t *r,
    keyauth_live_scores_t *own, keyauth_live_scores_t *other, double share);


const uint32_t  keyauth_live_passes[KEYAUTH_LIVE_PASSES] = { 32, 8 };

static const uint32_t  keyauth_live_frozen_rows[KEYAUTH_LIVE_FROZEN_MAX] = {
    2, 4, 6, 12, 24
};

static const keyauth_live_learned_t  keyauth_live_learned_settings[] = {
    { .above = 1, .anchors = 1 },
    { .above = 0.2, .anchors = 1 },
    { .above = 0.05, .anchors = 1 },
    { .above = 0.01, .anchors = 1 },
    { .above = 0.05, .confirmed = 1, .anchors = 1 },
    { .above = 0.01, .confirmed = 1, .anchors = 1 },
    { .above = 0.05 },
    { .above = 0.05, .confirmed = 1 },
    { .above = 1, .attacked = 1, .anchors = 1 },
    { .above = 0.2, .attacked = 1, .anchors = 1 },
    { .above = 0.05, .attacked = 1, .anchors = 1 },
    { .above = 0.01, .attacked = 1, .anchors = 1 },
    { .above = 0.05, .confirmed = 1, .attacked = 1, .anchors = 1 },
    { .above = 0.01, .confirmed = 1, .attacked = 1, .anchors = 1 },
    { .above = 0.05, .attacked = 1 },
    { .above = 0.05, .confirmed = 1, .attacked = 1 }
};

static const keyauth_live_walk_t  keyauth_live_walk_settings[] = {
    { .above = 0.2, .closest = 0, .anchors = 1 },
    { .above = 0.05, .closest = 0, .anchors = 1 },
    { .above = 0.01, .closest = 0, .anchors = 1 },
    { .above = 0.05, .closest = 0, .anchors = 0 },
    { .above = 0.2, .closest = 1, .anchors = 1 },
    { .above = 0.05, .closest = 1, .anchors = 1 },
    { .above = 0.01, .closest = 1, .anchors = 1 },
    { .above = 0.05, .closest = 1, .anchors = 0 }
};


void
keyauth_live_figures(keyauth_live_figures_t *f, const keyauth_dataset_t *d,
    uint64_t seed, keyauth_progress_t *progress)
{
    uint16_t          *steps;
    uint32_t           i, j, n, trial;
    keyauth_random_t   random;
    keyauth_typist_t  *who, swap;

    memset(f, 0, sizeof(keyauth_live_figures_t));
    who = keyauth_typists(d, &steps);
    n = 0;

    for (i = 0; i < d->classes; i++) {
        if (who[i].rows > KEYAUTH_LIVE_ROWS_MIN) {
            who[n++] = who[i];
        }
    }

    if (n < KEYAUTH_LIVE_FIGURES_LEAST) {
        free(who);
        free(steps);
        return;
    }

    keyauth_progress_start(progress, "LIVE", KEYAUTH_LIVE_TRIALS);
    f->trials = KEYAUTH_LIVE_TRIALS;
    f->people = n;
    keyauth_live_settings(f, who, n);
    keyauth_random_init(&random, seed, 5);

    for (trial = 0; trial < KEYAUTH_LIVE_TRIALS; trial++) {
        for (i = n; i > 1 && trial % 2 == 0; i--) {
            j = keyauth_random_below(&random, i);
            swap = who[i - 1];
            who[i - 1] = who[j];
            who[j] = swap;
        }

        keyauth_live_half(f, who, n, trial, seed);
        keyauth_progress_step(progress, trial + 1);
    }

    keyauth_progress_end(progress, "halves of five shuffles of the users");
    free(who);
    free(steps);
}


/* what there are rows for */
static void
keyauth_live_settings(keyauth_live_figures_t *f, const keyauth_typist_t *who,
    uint32_t n)
{
    int  i;

    for (i = 0; i < KEYAUTH_LIVE_FROZEN_MAX; i++) {
        if (2 * keyauth_live_having(who, n, keyauth_live_frozen_rows[i] + 1)
            >= n)
        {
            f->frozen[f->nfrozen++].rows = keyauth_live_frozen_rows[i];
        }
    }

    if (2 * keyauth_live_having(who, n, KEYAUTH_LIVE_FIRST
                                        + KEYAUTH_LIVE_LATER) >= n)
    {
        f->nlearned = KEYAUTH_LIVE_LEARNED_MAX;
        f->nwalks = KEYAUTH_LIVE_WALKS_MAX;
        memcpy(f->learned, keyauth_live_learned_settings, sizeof(f->learned));
        memcpy(f->walk, keyauth_live_walk_settings, sizeof(f->walk));
    }
}


static uint32_t
keyauth_live_having(const keyauth_typist_t *who, uint32_t n, uint32_t rows)
{
    uint32_t  have, i;

    have = 0;

    for (i = 0; i < n; i++) {
        have += who[i].rows >= rows;
    }

    return have;
}


static void
keyauth_live_half(keyauth_live_figures_t *f, const keyauth_typist_t *who,
    uint32_t n, uint32_t trial, uint64_t seed)
{
    uint32_t               half;
    keyauth_background_t   b;
    keyauth_live_trial_t   t;

    half = n / 2;
    memset(&t, 0, sizeof(keyauth_live_trial_t));
    t.seed = seed + trial;
    keyauth_random_init(&t.random, t.seed, 6);

    if (trial % 2) {
        keyauth_background(&b, who + half, n - half, seed + trial);
        t.who = who;
        t.n = half;

    } else {
        keyauth_background(&b, who, half, seed + trial);
        t.who = who + half;
        t.n = n - half;
    }

    t.named = (t.n > KEYAUTH_CROWD_PEOPLE) ? KEYAUTH_CROWD_PEOPLE : t.n;
    f->among = (t.named > f->among) ? t.named : f->among;

    if (t.n > KEYAUTH_LIVE_TESTED) {
        t.n = KEYAUTH_LIVE_TESTED;
    }

    t.live = &b.view;
    keyauth_live_ready(&t);
    keyauth_live_measure(f, &t);
    free(t.start);
    free(t.sample);
    keyauth_background_free(&b);
}


static void
keyauth_live_ready(keyauth_live_trial_t *t)
{
    uint32_t                i, row;
    keyauth_live_sample_t  *s;

    t->start = keyauth_alloc(t->named + 1, sizeof(uint32_t));

    for (i = 0; i < t->named; i++) {
        t->start[i + 1] = t->start[i] + t->who[i].rows;
    }

    t->sample = keyauth_alloc(t->start[t->named],
                              sizeof(keyauth_live_sample_t));
    s = t->sample;

    for (i = 0; i < t->named; i++) {
        for (row = 0; row < t->who[i].rows; row++) {
            keyauth_typist_sample(t->live, &t->who[i], row, s++);
        }
    }
}


static void
keyauth_live_measure(keyauth_live_figures_t *f, keyauth_live_trial_t *t)
{
    uint32_t  i;

    for (i = 0; i < f->nfrozen; i++) {
        keyauth_live_frozen(&f->frozen[i], t);
        keyauth_live_names(&f->frozen[i], t);
    }

    for (i = 0; i < f->nlearned; i++) {
        keyauth_random_init(&t->random, t->seed, 9);
        keyauth_live_learned(&f->learned[i], t);
    }

    for (i = 0; i < f->nwalks; i++) {
        keyauth_random_init(&t->random, t->seed, 10);
        keyauth_live_walk(&f->walk[i], t);
    }
}


/* every later row of the half claims to be everybody of the half */
static void
keyauth_live_frozen(keyauth_live_frozen_t *f, keyauth_live_trial_t *t)
{
    double                         share;
    uint32_t                       i, j, row;
    keyauth_point_t                point;
    const keyauth_live_sample_t   *s;
    keyauth_live_scores_t          score[2], ratio[2];
    keyauth_live_template_t        template;

    memset(score, 0, sizeof(score));
    memset(ratio, 0, sizeof(ratio));
    keyauth_live_point(t->live, f->rows, t->who[0].keys, 1, 0.01, &point);
    share = KEYAUTH_LIVE_CLAIMS / (double) (t->start[t->n] + 1);

    for (i = 0; i < t->n; i++) {
        if (t->who[i].rows <= f->rows) {
            continue;
        }

        keyauth_typist_template(&t->who[i], 0, f->rows, &template);

        for (j = 0; j < t->n; j++) {
            for (row = f->rows; row < t->who[j].rows; row++) {
                if (i != j && keyauth_random_unit(&t->random) > share) {
                    continue;
                }

                s = &t->sample[t->start[j] + row];
                keyauth_live_keep(&score[i == j],
                                  keyauth_live_score(t->live, &template, s));
                keyauth_live_keep(&ratio[i == j],
                                  keyauth_live_ratio(t->live, &template, s));
            }
        }
    }

    f->genuine += (uint32_t) score[1].n;
    f->strangers += (uint32_t) score[0].n;
    keyauth_live_rates(&f->live, &score[1], &score[0],
                       1.0 / KEYAUTH_LIVE_TRIALS);
    keyauth_live_rates(&f->ratio, &ratio[1], &ratio[0],
                       1.0 / KEYAUTH_LIVE_TRIALS);
    f->far += (1 - keyauth_below(score[0].list, score[0].n, point.threshold))
              / KEYAUTH_LIVE_TRIALS;
    free(score[0].list);
    free(score[1].list);
    free(ratio[0].list);
    free(ratio[1].list);
}


/* whose of the half a later row is: what the coarse pass loses */
static void
keyauth_live_names(keyauth_live_frozen_t *f, keyauth_live_trial_t *t)
{
    double                    share;
    uint8_t                  *sketch;
    uint32_t                  i, row, tried;
    uint32_t                  right[1 + KEYAUTH_LIVE_PASSES];
    keyauth_random_t          random;
    keyauth_live_template_t  *template;

    template = keyauth_alloc(t->named, sizeof(keyauth_live_template_t));
    sketch = keyauth_alloc(t->named, KEYAUTH_LIVE_SKETCH);
    memset(right, 0, sizeof(right));
    keyauth_random_init(&random, f->rows, 8);
    share = KEYAUTH_LIVE_CLAIMS / (double) (t->start[t->named] + 1);
    tried = 0;

    for (i = 0; i < t->named; i++) {
        if (t->who[i].rows > f->rows) {
            keyauth_typist_template(&t->who[i], 0, f->rows, &template[i]);
            keyauth_live_sketch(&template[i],
                                sketch + i * KEYAUTH_LIVE_SKETCH);
        }
    }

    for (i = 0; i < t->named; i++) {
        for (row = f->rows; row < t->who[i].rows; row++) {
            if (keyauth_random_unit(&random) <= share) {
                keyauth_live_name(t, template, sketch,
                                  &t->sample[t->start[i] + row], i, right);
                tried++;
            }
        }
    }

    for (i = 0; tried > 0 && i <= KEYAUTH_LIVE_PASSES; i++) {
        *(i == 0 ? &f->named : &f->nearest[i - 1])
            += right[i] / (double) tried / KEYAUTH_LIVE_TRIALS;
    }

    free(template);
    free(sketch);
}


static void
keyauth_live_name(const keyauth_live_trial_t *t,
    const keyauth_live_template_t *template, const uint8_t *sketch,
    const keyauth_live_sample_t *s, uint32_t person,
    uint32_t right[1 + KEYAUTH_LIVE_PASSES])
{
    double    own, score;
    uint8_t   of[KEYAUTH_LIVE_SKETCH];
    uint32_t  i, k, n, near[KEYAUTH_LIVE_NEAREST], place, better;

    own = keyauth_live_score(t->live, &template[person], s);
    better = 0;

    for (i = 0; i < t->named; i++) {
        better += template[i].rows > 0
                  && keyauth_live_score(t->live, &template[i], s) > own;
    }

    right[0] += better == 0;

    keyauth_live_sketch_sample(s, of);
    n = keyauth_live_nearest(sketch, t->named, of, KEYAUTH_LIVE_NEAREST, near);

    for (k = 0; k < KEYAUTH_LIVE_PASSES; k++) {
        place = n;
        better = 0;

        for (i = 0; i < n && i < keyauth_live_passes[k]; i++) {
            score = keyauth_live_score(t->live, &template[near[i]], s);
            place = (near[i] == person) ? i : place;
            better += score > own;
        }

        right[1 + k] += place < n && better == 0;
    }
}


/* all rows weigh the same, all intervals too */
static double
keyauth_live_ratio(const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_live_sample_t *s)
{
    double    sum, part[KEYAUTH_LIVE_COMPARED], weight[KEYAUTH_LIVE_ROWS_MAX];
    uint32_t  i;

    for (i = 0; i < t->rows; i++) {
        weight[i] = 1;
    }

    live->kernels->live_compare(t, s, weight, live->head.width, part);
    sum = 0;

    for (i = 0; i < KEYAUTH_LIVE_KINDS; i++) {
        sum += part[i * KEYAUTH_LIVE_PARTS] * (t->keys - (i > 0));
    }

    return sum;
}


static void
keyauth_live_learned(keyauth_live_learned_t *f, keyauth_live_trial_t *t)
{
    uint32_t                i, tried[2];
    keyauth_live_scores_t   score[2];

    memset(score, 0, sizeof(score));
    memset(tried, 0, sizeof(tried));

    for (i = 0; i < t->n; i++) {
        if (t->who[i].rows > KEYAUTH_LIVE_FIRST) {
            keyauth_live_types(f, t, i, score, tried);
        }
    }

    keyauth_live_rates(&f->live, &score[1], &score[0],
                       1.0 / KEYAUTH_LIVE_TRIALS);

    if (tried[0] > 0) {
        f->poisoned += tried[1] / (double) tried[0] / KEYAUTH_LIVE_TRIALS;
    }

    free(score[0].list);
    free(score[1].list);
}


static void
keyauth_live_types(keyauth_live_learned_t *f, keyauth_live_trial_t *t,
    uint32_t person, keyauth_live_scores_t score[2], uint32_t tried[2])
{
    uint32_t                  begin, end, i, other, row;
    keyauth_live_template_t   template;

    keyauth_live_enrolled(t, person, f->anchors, &template);
    begin = t->start[person] + KEYAUTH_LIVE_FIRST;
    end = t->start[person + 1];

    for (i = 0, row = begin; row < end; i++, row++) {
        keyauth_live_claims(t, &template, row, &score[1]);

        if (keyauth_live_try(t, &template, begin, row, f->above)) {
            begin = row + 1;

        } else if (row + 1 - begin == KEYAUTH_LIVE_TRIES) {

            if (f->confirmed) {
                (void) keyauth_live_try(t, &template, begin, row, 1);
            }

            begin = row + 1;
        }

        keyauth_live_strangers(t, person, &template, &score[0]);

        if (i % 4 != 0) {
            continue;
        }

        other = keyauth_live_other(t, person);

        if (f->attacked) {
            tried[0]++;
            tried[1] += (uint32_t)
                        keyauth_live_attack(t, other, &template, f->above);
        }
    }
}


static void
keyauth_live_claims(keyauth_live_trial_t *t,
    const keyauth_live_template_t *template, uint32_t row,
    keyauth_live_scores_t *score)
{
    keyauth_live_keep(score, keyauth_live_score(t->live, template,
                                                &t->sample[row]));
}


/* the rows of a claim so far: its owner types again until it is learned */
static int
keyauth_live_try(keyauth_live_trial_t *t, keyauth_live_template_t *template,
    uint32_t begin, uint32_t row, double above)
{
    return keyauth_live_learn(t->live, template, &t->sample[begin],
                              row + 1 - begin, above, KEYAUTH_LIVE_ROWS_MAX,
                              0);
}


/* others' rows, which are not learned from */
static void
keyauth_live_strangers(keyauth_live_trial_t *t, uint32_t person,
    const keyauth_live_template_t *template, keyauth_live_scores_t *score)
{
    int  i;

    for (i = 0; i < 4; i++) {
        keyauth_live_claims(t, template, keyauth_live_other(t, person), score);
    }
}


/* a stranger's claim: as many rows, one after the other; 1: it was learned */
static int
keyauth_live_attack(keyauth_live_trial_t *t, uint32_t begin,
    keyauth_live_template_t *template, double above)
{
    uint32_t  end, other, row;

    for (other = 0; t->start[other + 1] <= begin; other++) {
        /* void */
    }

    end = begin + KEYAUTH_LIVE_TRIES;
    end = end < t->start[other + 1] ? end : t->start[other + 1];

    for (row = begin; row < end; row++) {
        if (keyauth_live_try(t, template, begin, row, above)) {
            return 1;
        }
    }

    return 0;
}


static void
keyauth_live_walk(keyauth_live_walk_t *f, keyauth_live_trial_t *t)
{
    double                    sum[4];
    uint32_t                  a, begin, end, first, i, n, row, tries;
    keyauth_live_template_t   template;

    memset(sum, 0, sizeof(sum));
    n = 0;

    for (i = 0; i < t->n; i++) {
        if (t->who[i].rows < KEYAUTH_LIVE_FIRST + KEYAUTH_LIVE_LATER) {
            continue;
        }

        keyauth_live_enrolled(t, i, f->anchors, &template);
        a = keyauth_live_attacker(f, t, i, &template);

        if (a == i) {
            continue;
        }

        tries = t->who[a].rows * 3 / 4;
        begin = t->start[i] + KEYAUTH_LIVE_FIRST;
        end = t->start[i + 1];
        sum[0] += keyauth_live_accepted(t, &template, t->start[a] + tries,
                                        t->start[a + 1]);
        sum[1] += keyauth_live_accepted(t, &template, begin, end);

        first = t->start[a];

        for (row = first; row < t->start[a] + tries; row++) {
            if (keyauth_live_try(t, &template, first, row, f->above)
                || row + 1 - first == KEYAUTH_LIVE_TRIES)
            {
                first = row + 1;
            }
        }

        sum[2] += keyauth_live_accepted(t, &template, t->start[a] + tries,
                                        t->start[a + 1]);
        sum[3] += keyauth_live_accepted(t, &template, begin, end);
        n++;
    }

    for (i = 0; i < 2 && n > 0; i++) {
        f->accepted[i] += sum[2 * i] / n / KEYAUTH_LIVE_TRIALS;
        f->rejected[i] += (1 - sum[2 * i + 1] / n) / KEYAUTH_LIVE_TRIALS;
    }
}


/* whose rows fit best, or anybody's; the person where nobody has enough */
static uint32_t
keyauth_live_attacker(const keyauth_live_walk_t *f, keyauth_live_trial_t *t,
    uint32_t person, const keyauth_live_template_t *template)
{
    double    best, s;
    uint32_t  a, i, named, seen;

    best = -HUGE_VAL;
    named = person;
    seen = 0;

    for (a = 0; a < t->n; a++) {
        if (a == person
            || t->who[a].rows < KEYAUTH_LIVE_FIRST + KEYAUTH_LIVE_LATER)
        {
            continue;
        }

        if (!f->closest) {
            if (keyauth_random_below(&t->random, ++seen) == 0) {
                named = a;
            }

            continue;
        }

        s = 0;

        for (i = 0; i < KEYAUTH_LIVE_LATER; i++) {
            s += keyauth_live_score(t->live, template,
                                    &t->sample[t->start[a] + i]);
        }

        if (s > best) {
            best = s;
            named = a;
        }
    }

    return named;
}


static double
keyauth_live_accepted(const keyauth_live_trial_t *t,
    const keyauth_live_template_t *template, uint32_t begin, uint32_t end)
{
    uint32_t         i, n;
    keyauth_point_t  point;

    n = 0;
    keyauth_live_point(t->live, template->rows, template->keys, 1, 0.01,
                       &point);

    for (i = begin; i < end; i++) {
        n += keyauth_live_score(t->live, template, &t->sample[i])
             >= point.threshold;
    }

    return end > begin ? n / (double) (end - begin) : 0;
}


/* a sample that is not that person's */
static uint32_t
keyauth_live_other(keyauth_live_trial_t *t, uint32_t person)
{
    uint32_t  i, own;

    own = t->who[person].rows;
    i = keyauth_random_below(&t->random, t->start[t->n] - own);

    return i < t->start[person] ? i : i + own;
}


static void
keyauth_live_enrolled(const keyauth_live_trial_t *t, uint32_t person,
    int anchors, keyauth_live_template_t *template)
{
    uint32_t  i;

    keyauth_typist_template(&t->who[person], 0, KEYAUTH_LIVE_FIRST, template);

    for (i = 0; i < KEYAUTH_LIVE_FIRST && anchors; i++) {
        template->row[i].flags = KEYAUTH_LIVE_ANCHOR;
    }
}


static void
keyauth_live_keep(keyauth_live_scores_t *s, double score)
{
    if (s->n == s->room) {
        s->room = s->room > 0 ? 2 * s->room : 64;
        s->list = keyauth_realloc(s->list, s->room, sizeof(double));
    }

    s->list[s->n++] = score;
}


static void
keyauth_live_rates(keyauth_live_rates_t *r, keyauth_live_scores_t *own,
    keyauth_live_scores_t *other, double share)
{
    if (own->n == 0 || other->n == 0) {
        return;
    }

    keyauth_scores_sort(own->list, own->n);
    keyauth_scores_sort(other->list, other->n);
    r->eer += share * keyauth_eer(own->list, own->n, other->list, other->n);
    r->frr[0] += share * keyauth_below(own->list, own->n,
                                       keyauth_threshold(other->list,
                                                         other->n, 0.01));
    r->frr[1] += share * keyauth_below(own->list, own->n,
                                       keyauth_threshold(other->list,
                                                         other->n, 0.001));
}
