/*
 * Data sets: rows by user, session and time.
 */


#define _GNU_SOURCE                     /* strverscmp() */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "keyauth_features.h"
#include "timings_read.h"
#include "util.h"


/* a row on its way to its class */
typedef struct {
    const char  *user;
    const char  *session;               /* "": none */
    uint32_t     row;
} keyauth_claim_t;


static int keyauth_label_integer(const char *s, int64_t *value);
static int keyauth_session_compare(const char *a, const char *b);
static int keyauth_claim_compare(const void *one, const void *two);
static int keyauth_dataset_few(keyauth_dataset_t *d,
    keyauth_claim_t *claims, uint32_t min, char *err);
static int keyauth_dataset_check(const keyauth_dataset_t *d,
    const keyauth_timings_t *t, const keyauth_claim_t *claims, char *err);
static int keyauth_dataset_classes(keyauth_dataset_t *d,
    const keyauth_timings_t *t, keyauth_claim_t *claims, char *err);
static void keyauth_dataset_times(keyauth_dataset_t *d,
    const keyauth_timings_t *t, const keyauth_claim_t *claims);
static void keyauth_dataset_repetitions(keyauth_dataset_t *d);
static void keyauth_dataset_copies(keyauth_dataset_t *d, uint32_t copies,
    const keyauth_timings_t *t, const keyauth_claim_t *claims);
static keyauth_claim_t *keyauth_dataset_claims(const keyauth_timings_t *t);


/* 1: a plain integer below 2^53, as an answer writes it without quotes */
static int
keyauth_label_integer(const char *s, int64_t *value)
{
    int      minus;
    size_t   n;
    int64_t  v;

    minus = *s == '-';
    s += minus;
    n = strspn(s, "0123456789");

    if (n == 0 || n > 16 || s[n] != '\0' || (*s == '0' && (n > 1 || minus))) {
        return 0;
    }

    v = strtoll(s, NULL, 10);

    if (v >= (int64_t) 1 << 53) {
        return 0;
    }

    *value = minus ? -v : v;

    return 1;
}


int
keyauth_label_compare(const char *a, const char *b)
{
    int      ia, ib;
    int64_t  va, vb;

    ia = keyauth_label_integer(a, &va);
    ib = keyauth_label_integer(b, &vb);

    if (ia && ib) {
        return (va > vb) - (va < vb);
    }

    if (ia || ib) {
        return ib - ia;
    }

    return strcmp(a, b);
}


/* day2 is before day10 */
static int
keyauth_session_compare(const char *a, const char *b)
{
    int64_t  va, vb;

    return keyauth_label_integer(a, &va) || keyauth_label_integer(b, &vb)
           ? keyauth_label_compare(a, b) : strverscmp(a, b);
}


static int
keyauth_claim_compare(const void *one, const void *two)
{
    int                     rc;
    const keyauth_claim_t  *a, *b;

    a = one;
    b = two;
    rc = keyauth_label_compare(a->user, b->user);

    if (rc == 0) {
        rc = keyauth_session_compare(a->session, b->session);
    }

    return rc != 0 ? rc : (a->row > b->row) - (a->row < b->row);
}


static int
keyauth_dataset_check(const keyauth_dataset_t *d, const keyauth_timings_t *t,
    const keyauth_claim_t *claims, char *err)
{
    char                    name[64];
    uint32_t                i;
    const char             *user;
    const keyauth_claim_t  *one;

    if (d->classes == 1) {
        user = claims[0].user;
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: line %llu, column %u "
                 "(user): \"%s\" is the only user, and two are the least",
                 t->paths[t->rows - 1],
                 (unsigned long long) t->lines[t->rows - 1],
                 t->user_column,
                 keyauth_quote(name, sizeof(name), user, strlen(user)));
        return -1;
    }

    if (d->classes > KEYAUTH_CLASSES_MAX) {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "%.200s: %u users, and %d are the most", t->paths[0],
                 (unsigned) d->classes, KEYAUTH_CLASSES_MAX);
        return -1;
    }

    one = NULL;

    for (i = 0; i < d->classes; i++) {
        if (d->start[i + 1] - d->start[i] == 1
            && (one == NULL || claims[d->start[i]].row < one->row))
        {
            one = &claims[d->start[i]];
        }
    }

    if (one != NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: line %llu, column %u "
                 "(user): \"%s\" has one row, and two are the least "
                 "(--min-rows 2 leaves such users out)",
                 t->paths[one->row],
                 (unsigned long long) t->lines[one->row], t->user_column,
                 keyauth_quote(name, sizeof(name), one->user,
                               strlen(one->user)));
        return -1;
    }

    return 0;
}


static int
keyauth_dataset_classes(keyauth_dataset_t *d, const keyauth_timings_t *t,
    keyauth_claim_t *claims, char *err)
{
    uint32_t  i;

    d->start = keyauth_alloc((size_t) d->rows + 1, sizeof(uint32_t));

    for (i = 0; i < d->rows; i++) {
        if (i == 0 || strcmp(claims[i].user, claims[i - 1].user) != 0) {
            d->start[d->classes++] = i;
            d->session[i] = 0;

        } else {
            d->session[i] = d->session[i - 1]
                            + (strcmp(claims[i].session,
                                      claims[i - 1].session) != 0);
        }

        if (d->session[i] + 1 > d->sessions) {
            d->sessions = d->session[i] + 1;
        }

        d->class[i] = d->classes - 1;
    }

    d->start[d->classes] = d->rows;

    if (keyauth_dataset_check(d, t, claims, err) != 0) {
        return -1;
    }

    d->labels = keyauth_alloc(d->classes, sizeof(char *));

    for (i = 0; i < d->classes; i++) {
        d->labels[i] = keyauth_strdup(claims[d->start[i]].user);
    }

    return 0;
}


/* leaves out, and names, who has fewer rows than that; claims are sorted */
static int
keyauth_dataset_few(keyauth_dataset_t *d, keyauth_claim_t *claims,
    uint32_t min, char *err)
{
    char      name[64];
    uint32_t  i, left, n;

    left = 0;

    for (i = 0; i < d->rows; i += n) {
        for (n = 1; i + n < d->rows
                    && strcmp(claims[i + n].user, claims[i].user) == 0; n++)
        {
            /* void */
        }

        if (n >= min) {
            memmove(claims + left, claims + i, n * sizeof(keyauth_claim_t));
            left += n;
            continue;
        }

        if (d->few++ == 0) {
            keyauth_note(&d->notes, "users with fewer than %u rows are left "
                         "out", (unsigned) min);
        }

        keyauth_note_more(&d->notes, "%s \"%s\" with %u",
                          d->few == 1 ? ":" : ",",
                          keyauth_quote(name, sizeof(name), claims[i].user,
                                        strlen(claims[i].user)),
                          (unsigned) n);
    }

    d->rows = left;

    if (left == 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "nobody has %u rows, and nobody is "
                 "left to be trained on", (unsigned) min);
        return -1;
    }

    return 0;
}


static void
keyauth_dataset_times(keyauth_dataset_t *d, const keyauth_timings_t *t,
    const keyauth_claim_t *claims)
{
    size_t         at;
    uint32_t       i, k, row;
    const double  *times;

    d->press = keyauth_alloc((size_t) d->rows * d->keys, sizeof(double));
    d->release = keyauth_alloc((size_t) d->rows * d->keys, sizeof(double));

    for (i = 0; i < d->rows; i++) {
        row = claims != NULL ? claims[i].row : i;
        times = t->times + (size_t) row * 2 * t->keys;
        at = (size_t) i * d->keys;

        for (k = 0; k < d->keys; k++) {
            d->press[at + k] = times[2 * k];
            d->release[at + k] = times[2 * k + 1];
        }
    }
}


/* copies are no repetitions of their own */
static void
keyauth_dataset_repetitions(keyauth_dataset_t *d)
{
    uint32_t  i, n;

    n = 0;

    for (i = 0; i < d->rows; i++) {
        n = i == d->start[d->class[i]] ? 0 : n;
        d->repetition[i] = d->copy[i].own == i
                           ? n++ : d->repetition[d->copy[i].own];
        d->repetitions = n > d->repetitions ? n : d->repetitions;
    }
}


/* names the rows that are copies */
static void
keyauth_dataset_copies(keyauth_dataset_t *d, uint32_t copies,
    const keyauth_timings_t *t, const keyauth_claim_t *claims)
{
    uint32_t                i, n;
    const keyauth_claim_t  *first, *one;

    if (copies == 0) {
        return;
    }

    keyauth_note(&d->notes, "%s: %u rows are copies of others; those of one "
                 "user are measured together:", t->paths[0],
                 (unsigned) copies);
    n = 0;

    for (i = 0; i < d->rows; i++) {
        if (d->copy[i].first == i) {
            continue;
        }

        if (n++ == KEYAUTH_NOTES_NAMED) {
            keyauth_note_more(&d->notes, ", ...");
            break;
        }

        one = &claims[i];
        first = &claims[d->copy[i].first];
        keyauth_note_more(&d->notes, "%s line %llu%s%s is line %llu%s%s",
                          n == 1 ? "" : ",",
                          (unsigned long long) t->lines[one->row],
                          d->files > 1 ? " of " : "",
                          d->files > 1 ? t->paths[one->row] : "",
                          (unsigned long long) t->lines[first->row],
                          d->files > 1 ? " of " : "",
                          d->files > 1 ? t->paths[first->row] : "");

        if (d->class[i] != d->class[d->copy[i].first]) {
            keyauth_note_more(&d->notes, " of another user");
        }
    }
}


static keyauth_claim_t *
keyauth_dataset_claims(const keyauth_timings_t *t)
{
    uint32_t          i;
    keyauth_claim_t  *claims;

    claims = keyauth_alloc(t->rows, sizeof(keyauth_claim_t));

    for (i = 0; i < t->rows; i++) {
        claims[i].user = t->users[i];
        claims[i].session = t->sessions[i] != NULL ? t->sessions[i] : "";
        claims[i].row = i;
    }

    return claims;
}


int
keyauth_dataset_read(keyauth_dataset_t *d, const char *path, char *err)
{
    keyauth_sources_t  s;

    memset(&s, 0, sizeof(keyauth_sources_t));
    s.path[0] = path;
    s.paths = 1;

    return keyauth_dataset_read_sources(d, &s, err);
}


int
keyauth_dataset_read_sources(keyauth_dataset_t *d, const keyauth_sources_t *s,
    char *err)
{
    int                 rc;
    uint32_t            copies;
    keyauth_claim_t    *claims;
    keyauth_timings_t   t;

    memset(d, 0, sizeof(keyauth_dataset_t));

    if (keyauth_sources_read(&t, s, err) != 0) {
        return -1;
    }

    d->keys = t.keys;
    d->rows = t.rows;
    memcpy(d->digest, t.digest, 32);
    keyauth_notes_move(&d->notes, &t.notes);
    d->class = keyauth_alloc(d->rows, sizeof(uint32_t));
    d->repetition = keyauth_alloc(d->rows, sizeof(uint32_t));
    d->session = keyauth_alloc(d->rows, sizeof(uint32_t));

    claims = keyauth_dataset_claims(&t);
    qsort(claims, d->rows, sizeof(keyauth_claim_t), keyauth_claim_compare);
    d->files = s->paths;
    d->forgotten = s->forgets;
    rc = 0;

    if (s->reading.min_rows > 1) {
        rc = keyauth_dataset_few(d, claims, s->reading.min_rows, err);
    }

    if (rc == 0) {
        rc = keyauth_dataset_classes(d, &t, claims, err);
    }

    if (rc == 0) {
        keyauth_dataset_times(d, &t, claims);
        d->copy = keyauth_copies(d->press, d->release, d->class, d->rows,
                                 d->keys, &copies);
        keyauth_dataset_repetitions(d);
        keyauth_dataset_copies(d, copies, &t, claims);

    } else {
        keyauth_dataset_free(d);
    }

    free(claims);
    keyauth_timings_free(&t);

    return rc;
}


int
keyauth_dataset_read_rows(keyauth_dataset_t *d, const char *path,
    const keyauth_reading_t *how, char *err)
{
    keyauth_timings_t  t;

    memset(d, 0, sizeof(keyauth_dataset_t));

    if (keyauth_timings_read(&t, path, 0, how, err) != 0) {
        return -1;
    }

    d->keys = t.keys;
    d->rows = t.rows;
    memcpy(d->digest, t.digest, 32);
    keyauth_notes_move(&d->notes, &t.notes);
    keyauth_dataset_times(d, &t, NULL);
    keyauth_timings_free(&t);

    return 0;
}


void
keyauth_dataset_free(keyauth_dataset_t *d)
{
    uint32_t  i;

    for (i = 0; d->labels != NULL && i < d->classes; i++) {
        free(d->labels[i]);
    }

    free(d->labels);
    free(d->start);
    free(d->class);
    free(d->repetition);
    free(d->session);
    free(d->copy);
    keyauth_notes_free(&d->notes);
    free(d->press);
    free(d->release);
    memset(d, 0, sizeof(keyauth_dataset_t));
}


double *
keyauth_dataset_summary(const keyauth_dataset_t *d)
{
    size_t     at;
    double    *x;
    uint32_t   i;

    x = keyauth_alloc(d->rows, KEYAUTH_SUMMARY * sizeof(double));

    for (i = 0; i < d->rows; i++) {
        at = (size_t) i * d->keys;
        keyauth_features_summary(d->press + at, d->release + at, d->keys,
                                 x + (size_t) i * KEYAUTH_SUMMARY);
    }

    return x;
}
