/*
 * LIVE's operating points, by trials: see live_points.h.
 *
 * At fewer keys than people's strings have, a part of the string is tried,
 * another of each person.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "live_fit.h"
#include "live_points.h"
#include "random.h"
#include "statistics.h"
#include "util.h"


#define KEYAUTH_LIVE_POINTS_TRIALS  4     /* halves of two shuffles */
#define KEYAUTH_LIVE_POINTS_FIT     300   /* one is fitted on, at most, */
#define KEYAUTH_LIVE_POINTS_PEOPLE  100   /* and who is verified */
#define KEYAUTH_LIVE_POINTS_OWN     12    /* own rows that are tried */
#define KEYAUTH_LIVE_POINTS_OTHERS  24    /* others who claim to be one */


/* scores at one number of keys, rows and attempts */
typedef struct {
    double    *own;
    double    *other;
    size_t     nown;
    size_t     nother;
    uint32_t   people;                  /* with own scores */
} keyauth_live_cell_t;


typedef struct {
    const keyauth_typist_t   *who;      /* all, those of two halves in turn */
    uint32_t                  n;
    const keyauth_live_t     *live;     /* of the other half */
    keyauth_live_cell_t      *cell;     /* [nkeys][nrows][attempts] */
    keyauth_random_t          random;
    uint32_t                  begin;    /* of the part of the string */
    keyauth_live_template_t   template;
} keyauth_live_trials_t;


static uint32_t keyauth_live_points_eligible(keyauth_typist_t *eligible,
    const keyauth_typist_t *who, uint32_t n);
static void keyauth_live_points_grids(keyauth_background_t *b,
    const keyauth_typist_t *who, uint32_t n);
static void keyauth_live_points_half(keyauth_live_trials_t *t,
    const keyauth_background_t *b, uint64_t seed, uint32_t half);
static void keyauth_live_points_shuffle(keyauth_typist_t *who, uint32_t n,
    uint64_t seed);
static void keyauth_live_points_person(keyauth_live_trials_t *t,
    const keyauth_background_t *b, uint32_t person);
static void keyauth_live_points_own(keyauth_live_trials_t *t, uint32_t person,
    keyauth_live_cell_t *cell);
static void keyauth_live_points_others(keyauth_live_trials_t *t,
    uint32_t person, keyauth_live_cell_t *cell);
static double keyauth_live_points_score(keyauth_live_trials_t *t,
    const keyauth_typist_t *who, uint32_t row);
static void keyauth_live_points_part(const keyauth_typist_t *who, uint32_t row,
    uint32_t begin, uint32_t keys, uint16_t *steps);
static void keyauth_live_points_draw(uint32_t *list, uint32_t n, uint32_t some,
    keyauth_random_t *random);
static void keyauth_live_points_keep(double **list, size_t *n, double score);
static void keyauth_live_points_measure(keyauth_background_t *b,
    keyauth_live_cell_t *cell);
static void keyauth_live_points_set(keyauth_point_t *point, double *floor,
    keyauth_live_cell_t *cell, uint32_t people);


void
keyauth_background(keyauth_background_t *b, const keyauth_typist_t *who,
    uint32_t n, uint64_t seed)
{
    uint32_t                i;
    keyauth_typist_t       *eligible;
    keyauth_live_trials_t   t;

    memset(b, 0, sizeof(keyauth_background_t));
    memset(&t, 0, sizeof(keyauth_live_trials_t));
    eligible = keyauth_alloc(n + 1, sizeof(keyauth_typist_t));
    t.n = keyauth_live_points_eligible(eligible, who, n);

    if (t.n < KEYAUTH_LIVE_PEOPLE) {
        free(eligible);
        return;
    }

    t.who = eligible;
    keyauth_live_points_shuffle(eligible, t.n, seed);
    keyauth_background_fit(b, eligible,
                           t.n < 2 * KEYAUTH_LIVE_POINTS_FIT
                           ? t.n : 2 * KEYAUTH_LIVE_POINTS_FIT, seed);
    keyauth_live_points_grids(b, eligible, t.n);
    t.cell = keyauth_alloc((size_t) b->view.head.nkeys * b->view.head.nrows
                           * KEYAUTH_ATTEMPTS_MAX,
                           sizeof(keyauth_live_cell_t));
    keyauth_random_init(&t.random, seed, 3);

    for (i = 0; i < KEYAUTH_LIVE_POINTS_TRIALS; i++) {
        if (i % 2 == 0) {
            keyauth_live_points_shuffle(eligible, t.n, seed + i);
        }

        keyauth_live_points_half(&t, b, seed + i, i % 2);
    }

    keyauth_live_points_measure(b, t.cell);
    free(t.cell);
    free(eligible);
}


static uint32_t
keyauth_live_points_eligible(keyauth_typist_t *eligible,
    const keyauth_typist_t *who, uint32_t n)
{
    uint32_t  i, count;

    count = 0;

    for (i = 0; i < n; i++) {
        if (who[i].rows > KEYAUTH_LIVE_ROWS_MIN) {
            eligible[count++] = who[i];
        }
    }

    return count;
}


static void
keyauth_live_points_shuffle(keyauth_typist_t *who, uint32_t n, uint64_t seed)
{
    uint32_t           i, j;
    keyauth_random_t   random;
    keyauth_typist_t   swap;

    keyauth_random_init(&random, seed, 4);

    for (i = n; i > 1; i--) {
        j = keyauth_random_below(&random, i);
        swap = who[i - 1];
        who[i - 1] = who[j];
        who[j] = swap;
    }
}


/*
 * The numbers that are measured: of rows, where half of the people have one
 * more; of keys, where there are people enough who type so many.
 */
static void
keyauth_live_points_grids(keyauth_background_t *b, const keyauth_typist_t *who,
    uint32_t n)
{
    size_t                i, points;
    uint32_t              have, j, longest;
    keyauth_live_head_t  *h;

    static const uint32_t  rows[] = { 1, 2, 3, 4, 6, 8, 12, 16, 24 };
    static const uint32_t  keys[] = { 2, 3, 4, 6, 8, 10, 13, 16, 20, 24, 32,
                                      40, 48, 56, 64 };

    h = &b->view.head;
    longest = 0;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        have = 0;

        for (j = 0; j < n; j++) {
            have += who[j].rows > rows[i];
        }

        if (2 * have >= n) {
            b->rows[h->nrows++] = rows[i];
        }
    }

    for (i = KEYAUTH_KEYS_MIN; i <= KEYAUTH_KEYS_MAX; i++) {
        have = 0;

        for (j = 0; j < n; j++) {
            have += who[j].keys >= i;
        }

        longest = have >= KEYAUTH_LIVE_PEOPLE ? (uint32_t) i : longest;
    }

    for (i = 0; keys[i] < longest; i++) {
        b->keys[h->nkeys++] = keys[i];
    }

    b->keys[h->nkeys++] = longest;
    h->keys = longest;
    h->points = KEYAUTH_LIVE_POINTS;

    points = (size_t) h->nkeys * h->nrows;
    b->floors = keyauth_alloc(points, sizeof(double));
    b->points = keyauth_alloc(points * KEYAUTH_ATTEMPTS_MAX * h->points,
                              sizeof(keyauth_point_t));
    b->view.rows = b->rows;
    b->view.keys = b->keys;
    b->view.points = b->points;
    b->view.floors = b->floors;
}


static void
keyauth_live_points_half(keyauth_live_trials_t *t,
    const keyauth_background_t *b, uint64_t seed, uint32_t half)
{
    uint32_t               begin, end, fit, i, other;
    keyauth_background_t   fitted;
    keyauth_live_trials_t  some;

    begin = half ? t->n / 2 : 0;
    end = half ? t->n : t->n / 2;
    other = half ? 0 : t->n / 2;
    fit = t->n - (end - begin);
    keyauth_background_fit(&fitted, t->who + other,
                           fit < KEYAUTH_LIVE_POINTS_FIT
                           ? fit : KEYAUTH_LIVE_POINTS_FIT,
                           seed);

    if (end - begin > KEYAUTH_LIVE_POINTS_PEOPLE) {
        end = begin + KEYAUTH_LIVE_POINTS_PEOPLE;
    }

    some = *t;
    some.live = &fitted.view;
    some.who += begin;
    some.n = end - begin;

    for (i = 0; i < some.n; i++) {
        keyauth_live_points_person(&some, b, i);
    }

    t->random = some.random;
    keyauth_background_free(&fitted);
}


static void
keyauth_live_points_person(keyauth_live_trials_t *t,
    const keyauth_background_t *b, uint32_t person)
{
    uint32_t                 i, k, keys, r;
    const keyauth_typist_t  *who;
    keyauth_live_cell_t     *cell;

    who = &t->who[person];

    for (k = 0; k < b->view.head.nkeys; k++) {
        keys = b->keys[k];

        if (keys > who->keys) {
            return;
        }

        t->begin = keyauth_random_below(&t->random, who->keys - keys + 1);
        keyauth_live_init(&t->template, keys);

        for (r = 0; r < b->view.head.nrows; r++) {
            if (b->rows[r] > who->rows) {
                break;
            }

            for (i = t->template.rows; i < b->rows[r]; i++) {
                keyauth_live_points_part(who, i, t->begin, keys,
                                         t->template.row[i].steps);
                t->template.rows++;
            }

            cell = t->cell + ((size_t) k * b->view.head.nrows + r)
                             * KEYAUTH_ATTEMPTS_MAX;
            keyauth_live_points_own(t, person, cell);
            keyauth_live_points_others(t, person, cell);
        }
    }
}


/* draws of one, two, ... of the later rows; one where that takes them all */
static void
keyauth_live_points_own(keyauth_live_trials_t *t, uint32_t person,
    keyauth_live_cell_t *cell)
{
    double                   score[KEYAUTH_LIVE_POINTS_OWN], sum;
    uint32_t                 a, d, i, later, n;
    uint32_t                 draw[KEYAUTH_LIVE_POINTS_OWN], *list;
    const keyauth_typist_t  *who;

    who = &t->who[person];
    later = who->rows - t->template.rows;
    n = later < KEYAUTH_LIVE_POINTS_OWN ? later : KEYAUTH_LIVE_POINTS_OWN;
    list = keyauth_alloc(later + 1, sizeof(uint32_t));

    for (i = 0; i < later; i++) {
        list[i] = t->template.rows + i;
    }

    keyauth_live_points_draw(list, later, n, &t->random);

    for (i = 0; i < n; i++) {
        score[i] = keyauth_live_points_score(t, who, list[i]);
        draw[i] = i;
    }

    free(list);

    for (a = 0; a < KEYAUTH_ATTEMPTS_MAX && a < n; a++) {
        cell[a].people++;

        for (d = 0; d < (n > a + 1 ? n : 1); d++) {
            if (a == 0) {
                sum = score[d];

            } else {
                keyauth_live_points_draw(draw, n, a + 1, &t->random);
                sum = 0;

                for (i = 0; i <= a; i++) {
                    sum += score[draw[i]];
                }
            }

            keyauth_live_points_keep(&cell[a].own, &cell[a].nown,
                                     sum / (a + 1));
        }
    }
}


/* each of some others with some of their rows */
static void
keyauth_live_points_others(keyauth_live_trials_t *t, uint32_t person,
    keyauth_live_cell_t *cell)
{
    double                   score, sum;
    uint32_t                 a, i, n, *list;
    const keyauth_typist_t  *other, *who;

    who = &t->who[person];

    for (i = 0; i < KEYAUTH_LIVE_POINTS_OTHERS; i++) {
        other = &t->who[keyauth_random_below(&t->random, t->n)];

        if (other == who || other->group != who->group
            || other->keys != who->keys)
        {
            continue;
        }

        n = other->rows;
        list = keyauth_alloc(n, sizeof(uint32_t));

        for (a = 0; a < n; a++) {
            list[a] = a;
        }

        n = n < KEYAUTH_ATTEMPTS_MAX ? n : KEYAUTH_ATTEMPTS_MAX;
        keyauth_live_points_draw(list, other->rows, n, &t->random);
        sum = 0;

        for (a = 0; a < n; a++) {
            score = keyauth_live_points_score(t, other, list[a]);
            sum += score;
            keyauth_live_points_keep(&cell[0].other, &cell[0].nother, score);

            if (a > 0) {
                keyauth_live_points_keep(&cell[a].other, &cell[a].nother,
                                         sum / (a + 1));
            }
        }

        free(list);
    }
}


static double
keyauth_live_points_score(keyauth_live_trials_t *t,
    const keyauth_typist_t *who, uint32_t row)
{
    keyauth_live_row_t     part;
    keyauth_live_sample_t  s;

    keyauth_live_points_part(who, row, t->begin, t->template.keys, part.steps);
    keyauth_live_sample_row(t->live, &part, t->template.keys, &s);

    return keyauth_live_score(t->live, &t->template, &s);
}


static void
keyauth_live_points_part(const keyauth_typist_t *who, uint32_t row,
    uint32_t begin, uint32_t keys, uint16_t *steps)
{
    const uint16_t  *from;

    from = who->steps + (size_t) row * (2 * who->keys - 1) + begin;
    memcpy(steps, from, keys * sizeof(uint16_t));
    memcpy(steps + keys, from + who->keys, (keys - 1) * sizeof(uint16_t));
}


/* some of the list come first, in random order */
static void
keyauth_live_points_draw(uint32_t *list, uint32_t n, uint32_t some,
    keyauth_random_t *random)
{
    uint32_t  i, j, swap;

    for (i = 0; i < some; i++) {
        j = i + keyauth_random_below(random, n - i);
        swap = list[i];
        list[i] = list[j];
        list[j] = swap;
    }
}


/* room doubles at each power of two */
static void
keyauth_live_points_keep(double **list, size_t *n, double score)
{
    if ((*n & (*n - 1)) == 0) {
        *list = keyauth_realloc(*list, *n > 0 ? 2 * *n : 1, sizeof(double));
    }

    (*list)[(*n)++] = score;
}


/* where there is nothing to measure, what fewer of all gave holds */
static void
keyauth_live_points_measure(keyauth_background_t *b, keyauth_live_cell_t *cell)
{
    size_t                at, before, i, nrows;
    uint32_t              a, most;
    keyauth_live_cell_t  *c;

    nrows = b->view.head.nrows;

    for (i = 0; i < nrows * b->view.head.nkeys; i++) {
        most = cell[i / nrows * nrows * KEYAUTH_ATTEMPTS_MAX].people;

        for (a = 0; a < KEYAUTH_ATTEMPTS_MAX; a++) {
            at = i * KEYAUTH_ATTEMPTS_MAX + a;
            before = a > 0 ? at - 1
                     : i % nrows > 0 ? at - KEYAUTH_ATTEMPTS_MAX
                     : i > 0 ? at - nrows * KEYAUTH_ATTEMPTS_MAX : at;
            c = &cell[at];

            memmove(b->points + at * KEYAUTH_LIVE_POINTS,
                    b->points + before * KEYAUTH_LIVE_POINTS,
                    KEYAUTH_LIVE_POINTS * sizeof(keyauth_point_t));

            if (a == 0 && at != before) {
                b->floors[i] = b->floors[before / KEYAUTH_ATTEMPTS_MAX];
            }

            keyauth_live_points_set(b->points + at * KEYAUTH_LIVE_POINTS,
                                    a == 0 ? &b->floors[i] : NULL, c, most);

            if (a == 0 && c->nown > 0 && c->nother > 0
                && i / nrows + 1 == b->view.head.nkeys
                && b->rows[i % nrows] <= KEYAUTH_LIVE_NEEDED)
            {
                b->eer = keyauth_eer(c->own, c->nown, c->other, c->nother);
            }

            free(c->own);
            free(c->other);
        }
    }
}


static void
keyauth_live_points_set(keyauth_point_t *point, double *floor,
    keyauth_live_cell_t *cell, uint32_t people)
{
    uint32_t  i;

    keyauth_scores_sort(cell->own, cell->nown);
    keyauth_scores_sort(cell->other, cell->nother);

    /* few people with many rows do not speak for the others */

    if (2 * cell->people < people) {
        cell->nown = 0;
    }

    for (i = 0; i < KEYAUTH_LIVE_POINTS; i++) {
        point[i].far = KEYAUTH_FAR_MIN
                       * pow(KEYAUTH_FAR_MAX / KEYAUTH_FAR_MIN,
                             i / (KEYAUTH_LIVE_POINTS - 1.0));

        if (cell->nother > 0) {
            point[i].threshold = keyauth_threshold(cell->other, cell->nother,
                                                   point[i].far);
        }

        if (cell->nown > 0) {
            point[i].frr = keyauth_below(cell->own, cell->nown,
                                         point[i].threshold);
        }
    }

    point[0].far = KEYAUTH_FAR_MIN;
    point[KEYAUTH_LIVE_POINTS - 1].far = KEYAUTH_FAR_MAX;

    if (floor != NULL && cell->nown > 0) {
        *floor = cell->own[(size_t) (0.99 * (double) (cell->nown - 1))];
    }
}
