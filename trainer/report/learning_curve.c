/*
 * The learning curve: see learning_curve.h.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fusion.h"
#include "fusion_folds.h"
#include "learning_curve.h"
#include "open_set.h"
#include "random.h"


#define KEYAUTH_LEARNING_DRAWS  4       /* sets of users of one size */


/* what a point of the curve enrols and tests: rows of the users it takes */
typedef struct {
    const keyauth_dataset_t  *data;
    const double             *raw;
    const uint8_t            *taken;    /* [classes] */
    uint32_t                  folds;
    uint32_t                  rows;     /* to enrol of each user; 0: all */
    keyauth_fusion_recipe_t   recipe;
} keyauth_learning_setup_t;


static int keyauth_learning_point(keyauth_learning_point_t *point,
    const keyauth_learning_setup_t *s, char *err);
static int keyauth_learning_fold(keyauth_learning_point_t *point,
    const keyauth_learning_setup_t *s, uint32_t fold, char *err);
static uint32_t keyauth_learning_after(const keyauth_learning_setup_t *s,
    uint32_t row, uint32_t fold);
static int keyauth_learning_enrols(const keyauth_learning_setup_t *s,
    uint32_t row, uint32_t fold);
static void keyauth_learning_predict(keyauth_learning_point_t *point,
    const keyauth_learning_setup_t *s, const keyauth_fused_t *f,
    const uint32_t *index, uint32_t fold);
static int keyauth_learning_users(keyauth_learning_curve_t *l,
    keyauth_learning_setup_t *s, uint8_t *taken, char *err);
static int keyauth_learning_clock(keyauth_learning_curve_t *l,
    keyauth_learning_setup_t *s, char *err);


int
keyauth_learning_curve(keyauth_learning_curve_t *l, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, uint32_t folds,
    keyauth_progress_t *progress, char *err)
{
    int                        rc;
    double                    *summary;
    uint8_t                   *taken;
    uint32_t                   i;
    keyauth_rows_t             rows;
    keyauth_learning_setup_t   s;

    const uint32_t  enrolled[] = { 2, 4, 6, 7, 12, 24, 48 };

    summary = keyauth_dataset_summary(d);
    keyauth_rows_pick(&rows, d, summary, NULL);
    taken = keyauth_alloc(d->classes, 1);
    s.data = d;
    s.raw = rows.raw;
    s.taken = taken;
    s.rows = 0;
    s.folds = d->repetitions < folds ? d->repetitions : folds;
    s.recipe.seed = recipe->seed;
    s.recipe.trees = recipe->fusion;

    keyauth_progress_start(progress, "Learning curve", 3);
    rc = keyauth_learning_users(l, &s, taken, err);
    keyauth_progress_step(progress, 1);
    memset(taken, 1, d->classes);

    for (i = 0; i < 7 && rc == 0; i++) {
        if (enrolled[i] <= d->repetitions
                           - (d->repetitions + s.folds - 1) / s.folds)
        {
            s.rows = enrolled[i];
            l->point[l->points].kind = KEYAUTH_LEARNING_ROWS;
            l->point[l->points].n = enrolled[i];
            rc = keyauth_learning_point(&l->point[l->points++], &s, err);
        }
    }

    keyauth_progress_step(progress, 2);

    if (rc == 0) {
        rc = keyauth_learning_clock(l, &s, err);
        keyauth_progress_end(progress, "users, rows and a coarse clock");
    }

    keyauth_rows_free(&rows);
    free(summary);
    free(taken);

    return rc;
}


static int
keyauth_learning_point(keyauth_learning_point_t *point,
    const keyauth_learning_setup_t *s, char *err)
{
    uint32_t  fold;

    for (fold = 0; fold < s->folds; fold++) {
        if (keyauth_learning_fold(point, s, fold, err) != 0) {
            return -1;
        }
    }

    return 0;
}


static int
keyauth_learning_fold(keyauth_learning_point_t *point,
    const keyauth_learning_setup_t *s, uint32_t fold, char *err)
{
    int                   rc;
    double               *raw;
    uint32_t              i, *class, *index;
    keyauth_fused_t       f;
    keyauth_enrolment_t   e;

    e.features = 4 * s->data->keys - 3;
    e.rows = 0;
    e.classes = 0;
    raw = keyauth_alloc((size_t) s->data->rows * e.features, sizeof(double));
    class = keyauth_alloc(s->data->rows, sizeof(uint32_t));
    index = keyauth_alloc(s->data->classes, sizeof(uint32_t));

    for (i = 0; i < s->data->classes; i++) {
        index[i] = KEYAUTH_STRANGER;
    }

    /* who has no row to enrol is no user here */

    for (i = 0; i < s->data->rows; i++) {

        if (!keyauth_learning_enrols(s, i, fold)) {
            continue;
        }

        if (index[s->data->class[i]] == KEYAUTH_STRANGER) {
            index[s->data->class[i]] = e.classes++;
        }

        memcpy(raw + (size_t) e.rows * e.features,
               s->raw + (size_t) i * e.features,
               e.features * sizeof(double));
        class[e.rows++] = index[s->data->class[i]];
    }

    e.raw = raw;
    e.class = class;
    rc = 0;

    if (e.classes > 1) {
        rc = keyauth_fusion_train(&f, &e, &s->recipe, NULL, err);

        if (rc == 0) {
            keyauth_learning_predict(point, s, &f, index, fold);
        }

        keyauth_fusion_free(&f);
    }

    free(raw);
    free(class);
    free(index);

    return rc;
}


/* how many folds behind that one a row is, in a circle; copies go together */
static uint32_t
keyauth_learning_after(const keyauth_learning_setup_t *s, uint32_t row,
    uint32_t fold)
{
    return (s->data->repetition[row] % s->folds + s->folds - fold) % s->folds;
}


/*
 * 1: a row of the repetitions that follow the fold's first, in a circle, and
 * are not the fold's; only so many of each user where rows are counted
 */
static int
keyauth_learning_enrols(const keyauth_learning_setup_t *s, uint32_t row,
    uint32_t fold)
{
    uint32_t                  c, i, n, rank;
    const keyauth_dataset_t  *d;

    d = s->data;
    c = d->class[row];

    if (!s->taken[c] || keyauth_learning_after(s, row, fold) == 0) {
        return 0;
    }

    if (s->rows == 0) {
        return 1;
    }

    n = 0;

    for (i = d->start[c]; i < d->start[c + 1]; i++) {
        n = d->repetition[i] + 1 > n ? d->repetition[i] + 1 : n;
    }

    rank = 1;

    for (i = fold + 1; i % n != d->repetition[row]; i++) {
        rank += i % n % s->folds != fold;
    }

    return rank <= s->rows;
}


static void
keyauth_learning_predict(keyauth_learning_point_t *point,
    const keyauth_learning_setup_t *s, const keyauth_fused_t *f,
    const uint32_t *index, uint32_t fold)
{
    void              *scratch;
    double            *score;
    uint32_t           better, c, i, truth;
    keyauth_fusion_t   view;

    keyauth_fusion_view(&view, f);
    scratch = aligned_alloc(64, (keyauth_fusion_scratch(&view) + 63)
                                & ~(size_t) 63);

    if (scratch == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }

    score = keyauth_alloc(f->head.classes, sizeof(double));

    for (i = 0; i < s->data->rows; i++) {
        truth = index[s->data->class[i]];

        if (truth == KEYAUTH_STRANGER
            || keyauth_learning_after(s, i, fold) != 0)
        {
            continue;
        }

        keyauth_fusion_predict(&view,
                               s->raw + (size_t) i * f->head.features,
                               scratch, score);
        better = 0;

        for (c = 0; c < f->head.classes; c++) {
            better += score[c] > score[truth]
                      || (score[c] == score[truth] && c < truth);
        }

        point->tests++;
        point->top1 += better == 0;
        point->top5 += better < 5;
    }

    free(score);
    free(scratch);
}


/* sets of users that have none in common, cut from one shuffle */
static int
keyauth_learning_users(keyauth_learning_curve_t *l,
    keyauth_learning_setup_t *s, uint8_t *taken, char *err)
{
    int                        rc;
    uint32_t                   draw, i, j, k, n, swap, *user;
    keyauth_random_t           random;
    keyauth_learning_point_t  *point;

    const uint32_t  sizes[] = { 10, 25, 55, 110 };

    n = s->data->classes;
    user = keyauth_alloc(n, sizeof(uint32_t));
    keyauth_random_init(&random, s->recipe.seed, 3);
    rc = 0;

    for (i = 0; i < n; i++) {
        user[i] = i;
    }

    for (i = n; i > 1; i--) {
        j = keyauth_random_below(&random, i);
        swap = user[i - 1];
        user[i - 1] = user[j];
        user[j] = swap;
    }

    for (k = 0; k < 4 && sizes[k] <= n && rc == 0; k++) {
        point = &l->point[l->points++];
        point->kind = KEYAUTH_LEARNING_USERS;
        point->n = sizes[k];

        for (draw = 0; draw < KEYAUTH_LEARNING_DRAWS
                       && (draw + 1) * sizes[k] <= n && rc == 0; draw++)
        {
            memset(taken, 0, n);

            for (i = 0; i < sizes[k]; i++) {
                taken[user[draw * sizes[k] + i]] = 1;
            }

            rc = keyauth_learning_point(point, s, err);
        }
    }

    free(user);

    return rc;
}


/* the times as a browser's coarse clock has them */
static int
keyauth_learning_clock(keyauth_learning_curve_t *l,
    keyauth_learning_setup_t *s, char *err)
{
    int                 rc;
    double             *press, *release, *summary;
    size_t              i, n;
    keyauth_rows_t      rows;
    keyauth_dataset_t   coarse;

    coarse = *s->data;
    n = (size_t) coarse.rows * coarse.keys;
    press = keyauth_alloc(n, sizeof(double));
    release = keyauth_alloc(n, sizeof(double));

    for (i = 0; i < n; i++) {
        press[i] = KEYAUTH_CLOCK_MS * rint(coarse.press[i]
                                           / KEYAUTH_CLOCK_MS);
        release[i] = KEYAUTH_CLOCK_MS * rint(coarse.release[i]
                                             / KEYAUTH_CLOCK_MS);
    }

    coarse.press = press;
    coarse.release = release;
    summary = keyauth_dataset_summary(&coarse);
    keyauth_rows_pick(&rows, &coarse, summary, NULL);
    s->raw = rows.raw;
    s->rows = 0;
    l->point[l->points].kind = KEYAUTH_LEARNING_CLOCK;
    l->point[l->points].n = (uint32_t) KEYAUTH_CLOCK_MS;
    rc = keyauth_learning_point(&l->point[l->points++], s, err);

    keyauth_rows_free(&rows);
    free(summary);
    free(press);
    free(release);

    return rc;
}
