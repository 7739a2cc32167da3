/*
 * LIVE's figures, as text and as JSON: see live_figures_write.h.
 */


#include <stdio.h>

#include "live_figures_write.h"


static void keyauth_live_rates_json(cJSON *json,
    const keyauth_live_rates_t *r);


void
keyauth_live_figures_text(const keyauth_live_figures_t *f)
{
    uint32_t                        i;
    const keyauth_live_walk_t      *w;
    const keyauth_live_frozen_t    *z;
    const keyauth_live_learned_t   *l;

    printf("LIVE, %u users, %u trials on people it was not fitted on, in %%\n",
           (unsigned) f->people, (unsigned) f->trials);
    printf("\nenrolled     EER  FRR at FAR 1 %%  0.1 %%    FAR meant as 1 %%   "
           "likelihood ratio alone\n");

    for (i = 0; i < f->nfrozen; i++) {
        z = &f->frozen[i];
        printf("%2u rows   %6.1f %15.1f %6.1f %16.1f   %6.1f %6.1f %6.1f\n",
               (unsigned) z->rows, 100 * z->live.eer, 100 * z->live.frr[0],
               100 * z->live.frr[1], 100 * z->far, 100 * z->ratio.eer,
               100 * z->ratio.frr[0], 100 * z->ratio.frr[1]);
    }

    printf("\nnamed among up to %u of a half, by all scores and by those of "
           "the nearest\n              all", (unsigned) f->among);

    for (i = 0; i < KEYAUTH_LIVE_PASSES; i++) {
        printf("  nearest %2u", (unsigned) keyauth_live_passes[i]);
    }

    printf("\n");

    for (i = 0; i < f->nfrozen; i++) {
        z = &f->frozen[i];
        printf("%2u rows   %8.2f   %9.2f   %9.2f\n", (unsigned) z->rows,
               100 * z->named, 100 * z->nearest[0], 100 * z->nearest[1]);
    }

    if (f->nlearned > 0) {
        printf("\nlearning after %d rows\n"
               "above FAR  confirmed  attacked  anchors     EER  "
               "FRR at FAR 1 %%  0.1 %%"
               "   learned of strangers\n", KEYAUTH_LIVE_FIRST);
    }

    for (i = 0; i < f->nlearned; i++) {
        l = &f->learned[i];
        printf("%7g %%  %9s  %8s  %7s  %6.1f %15.1f %6.1f %10.1f\n",
               100 * l->above, l->confirmed ? "yes" : "no",
               l->attacked ? "yes" : "no",
               l->anchors ? "yes" : "no", 100 * l->live.eer,
               100 * l->live.frr[0], 100 * l->live.frr[1],
               100 * l->poisoned);
    }

    if (f->nwalks > 0) {
        printf("\na stranger alone, learned from: accepted at FAR 1 %%, and "
               "the owner rejected\n"
               "above FAR  stranger  anchors  before         after\n");
    }

    for (i = 0; i < f->nwalks; i++) {
        w = &f->walk[i];
        printf("%7g %%  %8s  %7s  %5.1f %5.1f    %5.1f %5.1f\n",
               100 * w->above, w->closest ? "closest" : "anybody",
               w->anchors ? "yes" : "no", 100 * w->accepted[0],
               100 * w->rejected[0], 100 * w->accepted[1],
               100 * w->rejected[1]);
    }
}


cJSON *
keyauth_live_figures_json(const keyauth_live_figures_t *f)
{
    cJSON                          *array, *json, *live;
    uint32_t                        i;
    const keyauth_live_walk_t      *w;
    const keyauth_live_frozen_t    *z;
    const keyauth_live_learned_t   *l;

    live = cJSON_CreateObject();
    cJSON_AddNumberToObject(live, "users", f->people);
    cJSON_AddNumberToObject(live, "trials", f->trials);
    cJSON_AddNumberToObject(live, "named_among", f->among);
    array = cJSON_AddArrayToObject(live, "enrolled");

    for (i = 0; i < f->nfrozen; i++) {
        z = &f->frozen[i];
        json = cJSON_CreateObject();
        cJSON_AddNumberToObject(json, "rows", z->rows);
        cJSON_AddNumberToObject(json, "genuine", z->genuine);
        cJSON_AddNumberToObject(json, "strangers", z->strangers);
        keyauth_live_rates_json(json, &z->live);
        cJSON_AddNumberToObject(json, "far_meant_as_0.01", z->far);
        cJSON_AddNumberToObject(json, "named", z->named);
        cJSON_AddItemToObject(json, "named_by_nearest",
                              cJSON_CreateDoubleArray(z->nearest,
                                                      KEYAUTH_LIVE_PASSES));
        keyauth_live_rates_json(cJSON_AddObjectToObject(json, "ratio"),
                                &z->ratio);
        cJSON_AddItemToArray(array, json);
    }

    array = cJSON_AddArrayToObject(live, "learning");

    for (i = 0; i < f->nlearned; i++) {
        l = &f->learned[i];
        json = cJSON_CreateObject();
        cJSON_AddNumberToObject(json, "above", l->above);
        cJSON_AddBoolToObject(json, "confirmed", l->confirmed);
        cJSON_AddBoolToObject(json, "attacked", l->attacked);
        cJSON_AddBoolToObject(json, "anchors", l->anchors);
        keyauth_live_rates_json(json, &l->live);
        cJSON_AddNumberToObject(json, "strangers_learned", l->poisoned);
        cJSON_AddItemToArray(array, json);
    }

    array = cJSON_AddArrayToObject(live, "stranger_alone");

    for (i = 0; i < f->nwalks; i++) {
        w = &f->walk[i];
        json = cJSON_CreateObject();
        cJSON_AddNumberToObject(json, "above", w->above);
        cJSON_AddBoolToObject(json, "closest", w->closest);
        cJSON_AddBoolToObject(json, "anchors", w->anchors);
        cJSON_AddItemToObject(json, "accepted",
                              cJSON_CreateDoubleArray(w->accepted, 2));
        cJSON_AddItemToObject(json, "owner_rejected",
                              cJSON_CreateDoubleArray(w->rejected, 2));
        cJSON_AddItemToArray(array, json);
    }

    return live;
}


static void
keyauth_live_rates_json(cJSON *json, const keyauth_live_rates_t *r)
{
    cJSON_AddNumberToObject(json, "eer", r->eer);
    cJSON_AddNumberToObject(json, "frr_at_far_0.01", r->frr[0]);
    cJSON_AddNumberToObject(json, "frr_at_far_0.001", r->frr[1]);
}
