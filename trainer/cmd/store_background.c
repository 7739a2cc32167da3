/*
 * keyauth store background: see store_background.h.
 *
 * People come in the order of their digests, which is a shuffle: halves of them
 * are halves by chance.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "keyauth_claim.h"
#include "keyauth_kernels.h"
#include "live_points.h"
#include "statistics.h"
#include "store_background.h"
#include "util.h"


#define KEYAUTH_STORE_PEOPLE_MAX     10000  /* more are not read */
#define KEYAUTH_STORE_PEOPLE_OTHERS  24     /* who claim to be one */
#define KEYAUTH_STORE_PEOPLE_SEED    1


typedef struct {
    keyauth_typist_t  *who;
    uint32_t           n;
    uint32_t           left;            /* have too few rows, or are damaged */
} keyauth_store_people_t;


typedef struct {
    double            *own;
    double            *other;
    size_t             nown;
    size_t             nother;
    double             far;             /* at the threshold for 1 %: a sum, */
    double             frr;             /* to be divided by claims */
} keyauth_store_people_scores_t;


static int keyauth_store_people_add(void *data,
    const keyauth_store_record_t *r);
static void keyauth_store_people_free(keyauth_store_people_t *p);
static int keyauth_store_people_model(const keyauth_store_people_t *p,
    const char *model, const char *out, const char *sign, char *err);
static int keyauth_store_people_save(const keyauth_background_t *b,
    const keyauth_model_t *m, const char *out, const char *sign, char *err);
static void keyauth_store_people_compare(const keyauth_store_people_t *p,
    const keyauth_live_t *before);
static void keyauth_store_people_try(const keyauth_live_t *live,
    const keyauth_typist_t *who, uint32_t n, keyauth_store_people_scores_t *s);
static void keyauth_store_people_claim(const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_typist_t *who,
    uint32_t row, int own, keyauth_store_people_scores_t *s);
static void keyauth_store_people_print(const char *name,
    keyauth_store_people_scores_t *s);


int
keyauth_store_background(keyauth_store_t *s, const char *phrase,
    const char *model, const char *out, const char *sign, char *err)
{
    int                     rc;
    keyauth_store_e         e;
    keyauth_store_people_t  p;

    memset(&p, 0, sizeof(p));
    p.who = keyauth_alloc(KEYAUTH_STORE_PEOPLE_MAX, sizeof(keyauth_typist_t));
    e = keyauth_store_each(s, phrase, strlen(phrase), keyauth_store_people_add,
                           &p);

    if (e != KEYAUTH_STORE_OK && e != KEYAUTH_STORE_DAMAGED) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%s", keyauth_store_strerror(e));
        rc = -1;

    } else if (p.n < KEYAUTH_STORE_BACKGROUND_LEAST) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%u people have enrolled with 3 rows "
                 "or more of this phrase: %d are needed", (unsigned) p.n,
                 KEYAUTH_STORE_BACKGROUND_LEAST);
        rc = -1;

    } else {
        rc = keyauth_store_people_model(&p, model, out, sign, err);
    }

    keyauth_store_people_free(&p);

    return rc;
}


static int
keyauth_store_people_add(void *data, const keyauth_store_record_t *r)
{
    keyauth_store_people_t  *p = data;

    size_t                   steps;
    uint16_t                *to;
    uint32_t                 i;
    keyauth_live_template_t  t;

    if (r == NULL || keyauth_live_read(&t, r->bytes, r->size) != 0
        || t.rows <= KEYAUTH_LIVE_ROWS_MIN)
    {
        p->left++;
        return 0;
    }

    steps = 2 * (size_t) t.keys - 1;
    to = keyauth_alloc(t.rows * steps, sizeof(uint16_t));

    for (i = 0; i < t.rows; i++) {
        memcpy(to + i * steps, t.row[i].steps, steps * sizeof(uint16_t));
    }

    p->who[p->n].keys = t.keys;
    p->who[p->n].rows = t.rows;
    p->who[p->n].steps = to;
    p->n++;

    return p->n == KEYAUTH_STORE_PEOPLE_MAX;
}


static void
keyauth_store_people_free(keyauth_store_people_t *p)
{
    void      *steps;
    uint32_t   i;

    for (i = 0; i < p->n; i++) {
        memcpy(&steps, &p->who[i].steps, sizeof(steps));
        free(steps);
    }

    free(p->who);
}


static int
keyauth_store_people_model(const keyauth_store_people_t *p, const char *model,
    const char *out, const char *sign, char *err)
{
    int                   rc;
    keyauth_model_t       m;
    keyauth_background_t  b;

    if (keyauth_model_open(&m, model, NULL, err) != 0) {
        return -1;
    }

    keyauth_background(&b, p->who, p->n, KEYAUTH_STORE_PEOPLE_SEED);
    rc = keyauth_store_people_save(&b, &m, out, sign, err);

    if (rc == 0) {
        printf("%u people of this phrase, %u with fewer than 3 rows left "
               "out\n", (unsigned) p->n, (unsigned) p->left);
        keyauth_store_people_compare(p, &m.live);
    }

    keyauth_background_free(&b);
    keyauth_model_close(&m);

    return rc;
}


/* what nginx would refuse is not written */

static int
keyauth_store_people_save(const keyauth_background_t *b,
    const keyauth_model_t *m, const char *out, const char *sign, char *err)
{
    int              rc;
    keyauth_image_t  image;
    keyauth_ready_t  ready;

    if (keyauth_background_replace(&image, m, b, err) != 0) {
        return -1;
    }

    rc = (sign != NULL) ? keyauth_image_sign(&image, sign, err) : 0;

    if (rc == 0) {
        rc = keyauth_ready_read(&ready, &image, err);
        keyauth_ready_free(&ready);
    }

    if (rc == 0) {
        rc = keyauth_file_save(out, image.data, image.size, err);
    }

    keyauth_image_free(&image);

    return rc;
}


/* each half of the people with what the file had, and what the other gives */

static void
keyauth_store_people_compare(const keyauth_store_people_t *p,
    const keyauth_live_t *before)
{
    uint32_t                       half, begin, n;
    keyauth_background_t           b;
    keyauth_store_people_scores_t  old, new;

    memset(&old, 0, sizeof(old));
    memset(&new, 0, sizeof(new));
    half = p->n / 2;

    for (begin = 0; begin <= half; begin += half) {
        n = begin ? p->n - half : half;
        keyauth_background(&b, p->who + (begin ? 0 : half),
                           begin ? half : p->n - half,
                           KEYAUTH_STORE_PEOPLE_SEED);
        keyauth_store_people_try(&b.view, p->who + begin, n, &new);
        keyauth_background_free(&b);

        if (before->head.people > 0) {
            keyauth_store_people_try(before, p->who + begin, n, &old);
        }
    }

    keyauth_store_people_print("before", &old);
    keyauth_store_people_print("after", &new);
}


/* templates of the first rows, claims with the others: own, and of others */

static void
keyauth_store_people_try(const keyauth_live_t *live,
    const keyauth_typist_t *who, uint32_t n, keyauth_store_people_scores_t *s)
{
    uint32_t                 i, k, row, rows;
    const keyauth_typist_t  *other;
    keyauth_live_template_t  t;

    for (i = 0; i < n; i++) {
        rows = who[i].rows - 1 < KEYAUTH_LIVE_NEEDED ? who[i].rows - 1
                                                     : KEYAUTH_LIVE_NEEDED;
        keyauth_typist_template(&who[i], 0, rows, &t);

        for (row = rows; row < who[i].rows; row++) {
            keyauth_store_people_claim(live, &t, &who[i], row, 1, s);
        }

        for (k = 1; k <= KEYAUTH_STORE_PEOPLE_OTHERS && k < n; k++) {
            other = &who[(i + k) % n];

            for (row = 0; row < other->rows && other->keys == t.keys; row++) {
                keyauth_store_people_claim(live, &t, other, row, 0, s);
            }
        }
    }
}


static void
keyauth_store_people_claim(const keyauth_live_t *live,
    const keyauth_live_template_t *t, const keyauth_typist_t *who,
    uint32_t row, int own, keyauth_store_people_scores_t *s)
{
    size_t                  *n;
    double                 **list, score;
    keyauth_point_t          point;
    keyauth_live_sample_t    sample;

    keyauth_typist_sample(live, who, row, &sample);
    keyauth_live_point(live, t->rows, t->keys, 1, KEYAUTH_FAR_DEFAULT,
                       &point);
    score = keyauth_live_score(live, t, &sample);

    list = own ? &s->own : &s->other;
    n = own ? &s->nown : &s->nother;

    /* room doubles at each power of two */

    if ((*n & (*n - 1)) == 0) {
        *list = keyauth_realloc(*list, *n > 0 ? 2 * *n : 1, sizeof(double));
    }

    (*list)[(*n)++] = score;

    if (own) {
        s->frr += score < point.threshold;

    } else {
        s->far += score >= point.threshold;
    }
}


static void
keyauth_store_people_print(const char *name, keyauth_store_people_scores_t *s)
{
    if (s->nown == 0 || s->nother == 0) {
        printf("%-7s -\n", name);

    } else {
        keyauth_scores_sort(s->own, s->nown);
        keyauth_scores_sort(s->other, s->nother);
        printf("%-7s EER %.1f %%; asked for FAR %g %%: FAR %.2f %%, "
               "FRR %.1f %%\n", name,
               100 * keyauth_eer(s->own, s->nown, s->other, s->nother),
               100 * KEYAUTH_FAR_DEFAULT,
               100 * s->far / (double) s->nother,
               100 * s->frr / (double) s->nown);
    }

    free(s->own);
    free(s->other);
}
