/*
 * The layout of MEU-Mobile's set: no header; the user first or last, then of
 * n keys n times of holding (Hold), n - 1 to the next press (DD) and n - 1
 * from a release to the next press (UD), in ms.  Further columns, of pressure
 * and the like, follow and are not looked at.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "intervals.h"
#include "layout.h"
#include "util.h"


/* UD is DD less Hold, but for what is rounded */
#define KEYAUTH_MEU_SLACK  2.5

/* keys by which UD agrees by no chance, so that there may be more columns */
#define KEYAUTH_MEU_SURE   4

#define KEYAUTH_MEU_LEAST  20.0         /* ms, a mean DD */


typedef struct {
    unsigned             fields;
    keyauth_intervals_t  columns;
} keyauth_meu_t;


static unsigned keyauth_meu_fits(const keyauth_record_t *first);
static int keyauth_meu_find(const keyauth_record_t *first,
    unsigned *keys, unsigned *user);
static int keyauth_meu_agrees(const keyauth_record_t *first, unsigned at,
    unsigned keys);
static int keyauth_meu_begin(keyauth_reader_t *r,
    const keyauth_record_t *first);
static int keyauth_meu_record(keyauth_reader_t *r,
    const keyauth_record_t *record);


const keyauth_layout_t  keyauth_layout_meu = {
    "meu",
    "MEU-Mobile's layout",
    "no header, and a user and 3n - 2 times of n keys: Hold, DD, UD",
    1,
    1,
    keyauth_meu_fits,
    keyauth_meu_begin,
    keyauth_meu_record,
    NULL,
    free
};


static unsigned
keyauth_meu_fits(const keyauth_record_t *first)
{
    unsigned  keys, user;

    return keyauth_meu_find(first, &keys, &user) == 0 ? 100 : 0;
}


/* the times say how many keys there are, and whether the user is in front */
static int
keyauth_meu_find(const keyauth_record_t *first, unsigned *keys,
    unsigned *user)
{
    unsigned  k;

    for (k = KEYAUTH_KEYS_MAX; k >= KEYAUTH_KEYS_MIN; k--) {
        if (3 * k - 1 > first->fields
            || (3 * k - 1 < first->fields && k < KEYAUTH_MEU_SURE))
        {
            continue;
        }

        *keys = k;
        *user = 0;

        if (keyauth_meu_agrees(first, 1, k)) {
            return 0;
        }

        *user = first->fields - 1;

        if (keyauth_meu_agrees(first, 0, k)) {
            return 0;
        }
    }

    return -1;
}


/* that UD is what Hold and DD make it */
static int
keyauth_meu_agrees(const keyauth_record_t *first, unsigned at, unsigned keys)
{
    char              reason[128];
    double            all, down, hold, up;
    unsigned          i;
    keyauth_reader_t  r;

    memset(&r, 0, sizeof(keyauth_reader_t));
    all = 0;

    for (i = 0; i + 1 < keys; i++) {
        if (keyauth_reader_number(&r, &first->field[at + i], &hold, reason)
               != 0
            || keyauth_reader_number(&r, &first->field[at + keys + i], &down,
                                     reason) != 0
            || keyauth_reader_number(&r,
                                     &first->field[at + 2 * keys - 1 + i],
                                     &up, reason) != 0
            || !(hold >= 0 && down >= 0
                 && fabs(down - hold - up) < KEYAUTH_MEU_SLACK))
        {
            return 0;
        }

        all += down;
    }

    /* where all is small, as in seconds, all agrees */

    return all >= KEYAUTH_MEU_LEAST * (keys - 1);
}


static int
keyauth_meu_begin(keyauth_reader_t *r, const keyauth_record_t *first)
{
    unsigned        at, i, keys, user;
    keyauth_meu_t  *meu;

    if (keyauth_meu_find(first, &keys, &user) != 0) {
        return keyauth_reader_fail(r, first->line, 0, "%u fields, and no "
                                   "number of keys for which they are a user, "
                                   "Hold, DD and UD: UD is not DD less Hold",
                                   first->fields);
    }

    meu = keyauth_alloc(1, sizeof(keyauth_meu_t));
    r->state = meu;
    r->t->keys = keys;
    r->t->user_column = user + 1;
    meu->fields = first->fields;
    meu->columns.user = user + 1;
    at = user == 0 ? 2 : 1;

    for (i = 0; i < keys; i++) {
        meu->columns.hold[i] = at + i;
        meu->columns.down[i] = i + 1 < keys ? at + keys + i : 0;
    }

    return 0;
}


static int
keyauth_meu_record(keyauth_reader_t *r, const keyauth_record_t *record)
{
    keyauth_meu_t  *meu;

    meu = r->state;

    if (record->fields != meu->fields) {
        return keyauth_reader_bad(r, record->line, 0, "%u fields, and the "
                                  "first row has %u", record->fields,
                                  meu->fields);
    }

    return keyauth_intervals_row(r, &meu->columns, record);
}
