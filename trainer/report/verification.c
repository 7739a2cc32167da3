/*
 * Error rates of claims: see verification.h.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "statistics.h"
#include "verification.h"


/* scores of all trials, and each enrolled user's EER */
typedef struct {
    double    *genuine;
    double    *stranger;
    double    *eer;
    size_t     genuines;
    size_t     strangers;
    size_t     users;
} keyauth_verified_t;


static void keyauth_verification_trial(keyauth_verification_t *v,
    keyauth_verified_t *all, const keyauth_open_set_t *t);
static void keyauth_verification_users(keyauth_verified_t *all,
    const keyauth_open_set_t *t);
static void keyauth_verification_det(keyauth_verification_t *v,
    keyauth_verified_t *all);
static void keyauth_verification_pool(keyauth_verification_t *v,
    const keyauth_verified_t *all);


int
keyauth_verification(keyauth_verification_t *v, const keyauth_dataset_t *d,
    const double *raw, const keyauth_fusion_recipe_t *recipe,
    uint32_t enrolled, char *err)
{
    int                        rc;
    uint8_t                   *eligible;
    uint32_t                   c, i, users;
    keyauth_open_set_t         t[KEYAUTH_OPEN_SETS];
    keyauth_verified_t         all;
    keyauth_open_set_setup_t   s;

    memset(v, 0, sizeof(keyauth_verification_t));
    memset(&s, 0, sizeof(keyauth_open_set_setup_t));
    memset(&all, 0, sizeof(keyauth_verified_t));
    eligible = keyauth_alloc(d->classes, 1);
    v->enrolled = enrolled;
    users = 0;
    rc = 0;

    for (c = 0; c < d->classes; c++) {
        eligible[c] = d->start[c + 1] - d->start[c] > (enrolled > 0
                                                       ? enrolled : 2);
        users += eligible[c];
    }

    s.data = d;
    s.raw = raw;
    s.enrol = enrolled;
    s.skip = enrolled;
    s.recipe = *recipe;

    if (users >= KEYAUTH_POINTS_USERS) {
        rc = keyauth_open_sets(t, &s, eligible, err);

        for (i = 0; i < KEYAUTH_OPEN_SETS; i++) {
            if (rc == 0) {
                keyauth_verification_trial(v, &all, &t[i]);
                keyauth_verification_users(&all, &t[i]);
            }

            keyauth_open_set_free(&t[i]);
        }
    }

    v->users = users;

    if (v->genuine > 0) {
        v->eer_user = all.users > 0 ? keyauth_median(all.eer, all.users) : 0;
        keyauth_verification_det(v, &all);
    }

    if (v->genuine > 0 && enrolled == 0) {
        keyauth_verification_pool(v, &all);
    }

    free(all.genuine);
    free(all.stranger);
    free(all.eer);
    free(eligible);

    return rc;
}


static void
keyauth_verification_trial(keyauth_verification_t *v, keyauth_verified_t *all,
    const keyauth_open_set_t *t)
{
    double    *genuine, *stranger;
    size_t     ng, ns;
    uint32_t   i;

    all->genuine = keyauth_realloc(all->genuine, all->genuines + t->tests + 1,
                                   sizeof(double));
    all->stranger = keyauth_realloc(all->stranger, all->strangers + 1
                                    + (size_t) t->tests * t->users,
                                    sizeof(double));
    genuine = all->genuine + all->genuines;
    stranger = all->stranger + all->strangers;
    ng = 0;
    ns = 0;

    for (i = 0; i < t->tests; i++) {
        if (t->claim[i] == KEYAUTH_STRANGER) {
            memcpy(stranger + ns, t->score + (size_t) i * t->users,
                   t->users * sizeof(double));
            ns += t->users;

        } else {
            genuine[ng++] = t->score[(size_t) i * t->users + t->claim[i]];
        }
    }

    keyauth_scores_sort(genuine, ng);
    keyauth_scores_sort(stranger, ns);
    all->genuines += ng;
    all->strangers += ns;
    v->genuine += (uint32_t) ng;
    v->strangers += (uint32_t) ns;

    if (ng == 0 || ns == 0) {
        return;
    }

    v->eer += keyauth_eer(genuine, ng, stranger, ns)
              / KEYAUTH_OPEN_SETS;
    v->frr[0] += keyauth_below(genuine, ng,
                               keyauth_threshold(stranger, ns, 0.01))
                 / KEYAUTH_OPEN_SETS;
    v->frr[1] += keyauth_below(genuine, ng,
                               keyauth_threshold(stranger, ns, 0.001))
                 / KEYAUTH_OPEN_SETS;
}


static void
keyauth_verification_users(keyauth_verified_t *all, const keyauth_open_set_t *t)
{
    double    *genuine, *stranger, score;
    size_t     ng, ns;
    uint32_t   c, i;

    genuine = keyauth_alloc(t->tests, sizeof(double));
    stranger = keyauth_alloc(t->tests, sizeof(double));
    all->eer = keyauth_realloc(all->eer, all->users + t->users,
                               sizeof(double));

    for (c = 0; c < t->users; c++) {
        ng = 0;
        ns = 0;

        for (i = 0; i < t->tests; i++) {
            score = t->score[(size_t) i * t->users + c];

            if (t->claim[i] == KEYAUTH_STRANGER) {
                stranger[ns++] = score;

            } else if (t->claim[i] == c) {
                genuine[ng++] = score;
            }
        }

        if (ng == 0 || ns == 0) {
            continue;
        }

        keyauth_scores_sort(genuine, ng);
        keyauth_scores_sort(stranger, ns);
        all->eer[all->users++] = keyauth_eer(genuine, ng, stranger, ns);
    }

    free(genuine);
    free(stranger);
}


/* from one in a thousand to one in two strangers accepted */
static void
keyauth_verification_det(keyauth_verification_t *v, keyauth_verified_t *all)
{
    uint32_t          i;
    keyauth_point_t  *p;

    keyauth_scores_sort(all->genuine, all->genuines);
    keyauth_scores_sort(all->stranger, all->strangers);

    for (i = 0; i < KEYAUTH_DET_POINTS; i++) {
        p = &v->det[i];
        p->far = 0.001 * pow(500, i / (KEYAUTH_DET_POINTS - 1.0));
        p->threshold = keyauth_threshold(all->stranger, all->strangers,
                                         p->far);
        p->frr = keyauth_below(all->genuine, all->genuines, p->threshold);
    }
}


/* of all trials together, as operating points are; scores are sorted */
static void
keyauth_verification_pool(keyauth_verification_t *v,
    const keyauth_verified_t *all)
{
    v->eer = keyauth_eer(all->genuine, all->genuines, all->stranger,
                         all->strangers);
    v->frr[0] = keyauth_below(all->genuine, all->genuines,
                              keyauth_threshold(all->stranger, all->strangers,
                                                0.01));
    v->frr[1] = keyauth_below(all->genuine, all->genuines,
                              keyauth_threshold(all->stranger, all->strangers,
                                                0.001));
}
