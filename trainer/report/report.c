/*
 * All figures, as text and as JSON: see report.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folds.h"
#include "live_figures_write.h"
#include "report.h"


#define KEYAUTH_DRIFT  0.05             /* of top-1, that is much worse */


static int keyauth_report_verification(keyauth_report_t *r,
    const keyauth_dataset_t *d, const keyauth_recipe_t *recipe,
    keyauth_progress_t *progress, char *err);
static void keyauth_report_table(const keyauth_report_t *r, int which);
static void keyauth_report_drift(const keyauth_report_t *r);
static void keyauth_report_claims(const keyauth_report_t *r);
static void keyauth_report_learning(const keyauth_report_t *r);
static cJSON *keyauth_report_fold(const keyauth_report_t *r,
    const keyauth_fold_t *fold, int which);
static void keyauth_report_interval(cJSON *json, const char *name,
    const keyauth_report_t *r, const keyauth_tally_t *o, const uint32_t *hits);
static void keyauth_report_ends(cJSON *json, const char *name,
    const keyauth_interval_t *interval);
static cJSON *keyauth_report_bins(const keyauth_tally_t *o,
    keyauth_model_e model);
static cJSON *keyauth_report_verified(const keyauth_report_t *r);
static cJSON *keyauth_report_curve(const keyauth_report_t *r);


static const char *const keyauth_report_axis[] = { "users", "rows", "clock" };


int
keyauth_report(keyauth_report_t *r, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, unsigned models, uint32_t folds, int full,
    keyauth_progress_t *progress, char *err)
{
    int   rc;
    char  what[64];

    memset(r, 0, sizeof(keyauth_report_t));
    r->models = models;
    r->seed = recipe->seed;
    r->folds = folds;
    r->sessions = d->sessions > 1;

    keyauth_progress_start(progress, "Folds", (keyauth_folds(d, folds) + 1)
                           * (unsigned) __builtin_popcount(models));
    rc = keyauth_evaluate(&r->accuracy, d, recipe, models, folds, progress,
                          err);

    if (rc == 0) {
        snprintf(what, sizeof(what), "%u and the chronological one",
                 (unsigned) r->accuracy.folds);
        keyauth_progress_end(progress, what);
    }

    if (rc == 0 && (models & 1u << KEYAUTH_FUSION)) {
        rc = keyauth_report_verification(r, d, recipe, progress, err);
    }

    if (rc == 0 && full && (models & 1u << KEYAUTH_FUSION)) {
        rc = keyauth_learning_curve(&r->learning, d, recipe, r->folds, progress,
                                    err);
    }

    if (rc == 0 && full) {
        keyauth_live_figures(&r->live, d, recipe->seed, progress);
    }

    return rc;
}


static int
keyauth_report_verification(keyauth_report_t *r, const keyauth_dataset_t *d,
    const keyauth_recipe_t *recipe, keyauth_progress_t *progress, char *err)
{
    int                       rc;
    double                   *summary;
    uint32_t                  i;
    keyauth_rows_t            rows;
    keyauth_fusion_recipe_t   fusion;

    const uint32_t  enrolled[KEYAUTH_VERIFICATIONS] = {
        0, 4, 6, 12, 24, 48
    };

    keyauth_progress_start(progress, "Verification", KEYAUTH_VERIFICATIONS);
    summary = keyauth_dataset_summary(d);
    keyauth_rows_pick(&rows, d, summary, NULL);
    fusion.seed = recipe->seed;
    fusion.trees = recipe->fusion;
    rc = 0;

    for (i = 0; i < KEYAUTH_VERIFICATIONS && rc == 0; i++) {
        rc = keyauth_verification(&r->verification[i], d, rows.raw,
                                  &fusion, enrolled[i], err);
        keyauth_progress_step(progress, i + 1);
    }

    if (rc == 0) {
        keyauth_progress_end(progress, "by people who are not enrolled");
    }

    keyauth_rows_free(&rows);
    free(summary);

    return rc;
}


void
keyauth_report_free(keyauth_report_t *r)
{
    keyauth_evaluation_free(&r->accuracy);
}


void
keyauth_report_text(const keyauth_report_t *r)
{
    printf("Leave one %s out: %u folds, %u tests\n",
           r->sessions ? "session" : "repetition",
           (unsigned) r->accuracy.folds, (unsigned) r->accuracy.sum.tests);
    keyauth_report_table(r, 0);
    printf("\nChronological, first three quarters%s and the rest: %u tests\n",
           r->sessions ? " of the sessions" : "",
           (unsigned) r->accuracy.chrono.tests);
    keyauth_report_table(r, 1);
    keyauth_report_drift(r);
    keyauth_report_claims(r);
    keyauth_report_learning(r);

    if (r->live.trials > 0) {
        puts("");
        keyauth_live_figures_text(&r->live);
    }
}


/* top-1 and top-5 with their intervals; ECE where scores are probabilities */
static void
keyauth_report_table(const keyauth_report_t *r, int which)
{
    keyauth_model_e            model;
    keyauth_interval_t         chance, five, one;
    const keyauth_tally_t     *o;

    o = &r->accuracy.tally[which];

    if ((which == 0 ? r->accuracy.sum.tests : r->accuracy.chrono.tests) == 0) {
        printf("  nothing to test: the rows of each user are copies of "
               "one\n");
        return;
    }

    printf("          top-1                 top-5                 ECE  "
           "  by chance\n");

    for (model = 0; model < KEYAUTH_MODELS; model++) {
        if (!(r->models & 1u << model)) {
            continue;
        }

        keyauth_bootstrap(&one, o->top1[model], o->tests, o->classes,
                          r->seed);
        keyauth_bootstrap(&five, o->top5[model], o->tests, o->classes,
                          r->seed);
        printf("  %-6s %5.1f %% (%4.1f-%5.1f)  %5.1f %% (%4.1f-%5.1f)",
               keyauth_kinds[model]->name, 100 * one.value, 100 * one.low,
               100 * one.high, 100 * five.value, 100 * five.low,
               100 * five.high);

        if (keyauth_kinds[model]->scores != KEYAUTH_SCORES_SHARES) {
            keyauth_tally_chance(&chance, o, model, r->seed);
            printf("  %.3f  %.3f (%.3f-%.3f)", keyauth_tally_ece(o, model),
                   chance.value, chance.low, chance.high);
        }

        printf("\n");
    }
}


/*
 * Of the best model: a figure that falls by more than five points, and below
 * where chance would let it be
 */
static void
keyauth_report_drift(const keyauth_report_t *r)
{
    double                     before;
    keyauth_model_e            best, model;
    keyauth_interval_t         after;
    const keyauth_tally_t     *o;

    best = KEYAUTH_MODELS;

    for (model = 0; model < KEYAUTH_MODELS; model++) {
        if ((r->models & 1u << model)
            && (best == KEYAUTH_MODELS || r->accuracy.sum.top1[model]
                                          > r->accuracy.sum.top1[best]))
        {
            best = model;
        }
    }

    if (best == KEYAUTH_MODELS || r->accuracy.sum.tests == 0
        || r->accuracy.chrono.tests == 0)
    {
        return;
    }

    o = &r->accuracy.tally[1];
    keyauth_bootstrap(&after, o->top1[best], o->tests, o->classes, r->seed);
    before = (double) r->accuracy.sum.top1[best] / r->accuracy.sum.tests;

    if (before - after.value > KEYAUTH_DRIFT && before > after.high) {
        printf("  %s's top-1 is %.1f points lower than above: people change "
               "from their first\n  rows to their last.  Expect these "
               "figures, and train on rows of several\n  days, the newest "
               "among them.\n", keyauth_kinds[best]->name,
               100 * (before - after.value));
    }
}


static void
keyauth_report_claims(const keyauth_report_t *r)
{
    char                           what[16];
    uint32_t                       i;
    const keyauth_verification_t  *v;

    if (r->verification[0].genuine == 0) {
        return;
    }

    printf("\nVerification by FUSION, strangers never enrolled\n"
           "  enrolled   users     EER  a user's  FRR at FAR 1 %%  "
           "at 0.1 %%\n");

    for (i = 0; i < KEYAUTH_VERIFICATIONS; i++) {
        v = &r->verification[i];

        if (v->genuine > 0) {
            snprintf(what, sizeof(what), i == 0 ? "as served" : "%u rows",
                     (unsigned) v->enrolled);
            printf("  %-9s  %5u  %5.1f %%   %5.1f %%         %5.1f %%  "
                   "%5.1f %%\n", what, (unsigned) v->users, 100 * v->eer,
                   100 * v->eer_user, 100 * v->frr[0], 100 * v->frr[1]);
        }
    }

    printf("  as served: the first three quarters of each user's rows, as "
           "the\n  operating points of a model that is trained on them "
           "have it\n");
}


static void
keyauth_report_learning(const keyauth_report_t *r)
{
    char                             what[32];
    uint32_t                         i;
    const keyauth_learning_point_t  *s;

    const char *const  what_n[] = { "%u users", "%u rows of each",
                                    "clock of %u ms" };

    if (r->learning.points > 0) {
        printf("\nFUSION, leave one repetition out, with\n"
               "                    top-1    top-5   tests\n");
    }

    for (i = 0; i < r->learning.points; i++) {
        s = &r->learning.point[i];
        snprintf(what, sizeof(what), what_n[s->kind], (unsigned) s->n);
        printf("  %-16s %5.1f %%  %5.1f %%   %5u\n", what,
               s->tests > 0 ? 100.0 * s->top1 / s->tests : 0,
               s->tests > 0 ? 100.0 * s->top5 / s->tests : 0,
               (unsigned) s->tests);
    }
}


cJSON *
keyauth_report_json(const keyauth_report_t *r, int folds)
{
    cJSON     *array, *chrono, *json, *loro;
    uint32_t   k;

    json = cJSON_CreateObject();
    loro = keyauth_report_fold(r, &r->accuracy.sum, 0);
    cJSON_AddStringToObject(loro, "protocol", r->sessions
                            ? "each session by models of all the others"
                            : "each repetition by models of all the others");
    cJSON_AddItemToObject(json, r->sessions ? "leave_one_session_out"
                                            : "leave_one_repetition_out",
                          loro);

    if (folds) {
        array = cJSON_AddArrayToObject(loro, "folds");

        for (k = 0; k < r->accuracy.folds; k++) {
            cJSON_AddItemToArray(array, keyauth_report_fold(r,
                                               &r->accuracy.fold[k], -1));
        }
    }

    chrono = keyauth_report_fold(r, &r->accuracy.chrono, 1);
    cJSON_AddStringToObject(chrono, "protocol", "the last quarter of each "
                            "user's rows by models of those before");
    cJSON_AddItemToObject(json, "chronological", chrono);

    if (r->verification[0].genuine > 0) {
        cJSON_AddItemToObject(json, "verification",
                              keyauth_report_verified(r));
    }

    if (r->learning.points > 0) {
        cJSON_AddItemToObject(json, "sweeps", keyauth_report_curve(r));
    }

    if (r->live.trials > 0) {
        cJSON_AddItemToObject(json, "live",
                              keyauth_live_figures_json(&r->live));
    }

    return json;
}


/* counts, and the shares that they are of the tests; which: -1 has no more */
static cJSON *
keyauth_report_fold(const keyauth_report_t *r, const keyauth_fold_t *fold,
    int which)
{
    cJSON                     *json, *object;
    double                     tests;
    keyauth_model_e            model;
    keyauth_interval_t         chance;
    const keyauth_tally_t     *o;

    json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "tests", fold->tests);

    for (model = 0; model < KEYAUTH_MODELS; model++) {
        if (!(r->models & 1u << model)) {
            continue;
        }

        object = cJSON_AddObjectToObject(json, keyauth_kinds[model]->name);
        cJSON_AddNumberToObject(object, "hits", fold->top1[model]);
        cJSON_AddNumberToObject(object, "hits5", fold->top5[model]);
        tests = fold->tests > 0 ? fold->tests : 1;
        cJSON_AddNumberToObject(object, "top1", fold->top1[model] / tests);
        cJSON_AddNumberToObject(object, "top5", fold->top5[model] / tests);

        if (which < 0) {
            continue;
        }

        o = &r->accuracy.tally[which];
        keyauth_report_interval(object, "top1_95", r, o, o->top1[model]);
        keyauth_report_interval(object, "top5_95", r, o, o->top5[model]);

        if (keyauth_kinds[model]->scores != KEYAUTH_SCORES_SHARES) {
            cJSON_AddNumberToObject(object, "ece",
                                    keyauth_tally_ece(o, model));
            keyauth_tally_chance(&chance, o, model, r->seed);
            cJSON_AddNumberToObject(object, "ece_chance", chance.value);
            keyauth_report_ends(object, "ece_chance_95", &chance);
            cJSON_AddItemToObject(object, "reliability",
                                  keyauth_report_bins(o, model));
        }
    }

    return json;
}


static void
keyauth_report_interval(cJSON *json, const char *name,
    const keyauth_report_t *r, const keyauth_tally_t *o, const uint32_t *hits)
{
    keyauth_interval_t  interval;

    keyauth_bootstrap(&interval, hits, o->tests, o->classes, r->seed);
    keyauth_report_ends(json, name, &interval);
}


static void
keyauth_report_ends(cJSON *json, const char *name,
    const keyauth_interval_t *interval)
{
    double  ends[2];

    ends[0] = interval->low;
    ends[1] = interval->high;
    cJSON_AddItemToObject(json, name, cJSON_CreateDoubleArray(ends, 2));
}


/* of every bin that has any: answers, their mean score, the share right */
static cJSON *
keyauth_report_bins(const keyauth_tally_t *o, keyauth_model_e model)
{
    cJSON                *array;
    double                values[3];
    uint32_t              i;
    const keyauth_bin_t  *bin;

    array = cJSON_CreateArray();

    for (i = 0; i < KEYAUTH_BINS; i++) {
        bin = &o->bin[model][i];

        if (bin->answers > 0) {
            values[0] = bin->answers;
            values[1] = bin->scores / bin->answers;
            values[2] = (double) bin->right / bin->answers;
            cJSON_AddItemToArray(array, cJSON_CreateDoubleArray(values, 3));
        }
    }

    return array;
}


static cJSON *
keyauth_report_verified(const keyauth_report_t *r)
{
    cJSON                         *array, *det, *json;
    double                         point[2];
    uint32_t                       i, k;
    const keyauth_verification_t  *v;

    array = cJSON_CreateArray();

    for (i = 0; i < KEYAUTH_VERIFICATIONS; i++) {
        v = &r->verification[i];

        if (v->genuine == 0) {
            continue;
        }

        json = cJSON_CreateObject();

        if (i == 0) {
            cJSON_AddStringToObject(json, "enrolled", "as served");

        } else {
            cJSON_AddNumberToObject(json, "enrolled", v->enrolled);
        }

        cJSON_AddNumberToObject(json, "users", v->users);
        cJSON_AddNumberToObject(json, "genuine", v->genuine);
        cJSON_AddNumberToObject(json, "strangers", v->strangers);
        cJSON_AddNumberToObject(json, "eer", v->eer);
        cJSON_AddNumberToObject(json, "eer_user_median", v->eer_user);
        cJSON_AddNumberToObject(json, "frr_at_far_0.01", v->frr[0]);
        cJSON_AddNumberToObject(json, "frr_at_far_0.001", v->frr[1]);
        det = cJSON_AddArrayToObject(json, "det");

        for (k = 0; k < KEYAUTH_DET_POINTS; k++) {
            point[0] = v->det[k].far;
            point[1] = v->det[k].frr;
            cJSON_AddItemToArray(det, cJSON_CreateDoubleArray(point, 2));
        }

        cJSON_AddItemToArray(array, json);
    }

    return array;
}


static cJSON *
keyauth_report_curve(const keyauth_report_t *r)
{
    cJSON                           *array, *json;
    uint32_t                         i;
    const keyauth_learning_point_t  *s;

    array = cJSON_CreateArray();

    for (i = 0; i < r->learning.points; i++) {
        s = &r->learning.point[i];
        json = cJSON_CreateObject();
        cJSON_AddNumberToObject(json, keyauth_report_axis[s->kind], s->n);
        cJSON_AddNumberToObject(json, "tests", s->tests);
        cJSON_AddNumberToObject(json, "top1", s->tests > 0
                                ? (double) s->top1 / s->tests : 0);
        cJSON_AddNumberToObject(json, "top5", s->tests > 0
                                ? (double) s->top5 / s->tests : 0);
        cJSON_AddItemToArray(array, json);
    }

    return array;
}
