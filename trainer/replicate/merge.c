/*
 * Two templates that came from one: see merge.h.
 */


#include <string.h>

#include "keyauth_live.h"
#include "merge.h"


static int keyauth_merge_has(const keyauth_live_template_t *t,
    const keyauth_live_row_t *row);
static void keyauth_merge_add(keyauth_live_template_t *t,
    const keyauth_live_row_t *row);


size_t
keyauth_merge(const keyauth_store_record_t *own,
    const keyauth_store_record_t *theirs, uint8_t *bytes)
{
    uint32_t                 i;
    keyauth_live_template_t  a, b;

    memset(&a, 0, sizeof(a));
    memset(&b, 0, sizeof(b));

    /* of strings that differ in length, the one that was typed last */

    if (keyauth_live_read(&a, own->bytes, own->size) != 0
        || keyauth_live_read(&b, theirs->bytes, theirs->size) != 0
        || a.keys != b.keys)
    {
        if (own->changed <= theirs->changed) {
            return 0;
        }

        memcpy(bytes, own->bytes, own->size);
        return own->size;
    }

    for (i = 0; i < a.rows; i++) {
        if (!keyauth_merge_has(&b, &a.row[i])) {
            keyauth_merge_add(&b, &a.row[i]);
        }
    }

    return keyauth_live_write(&b, bytes);
}


static int
keyauth_merge_has(const keyauth_live_template_t *t,
    const keyauth_live_row_t *row)
{
    uint32_t  i;

    for (i = 0; i < t->rows; i++) {
        if (t->row[i].day == row->day
            && memcmp(t->row[i].steps, row->steps,
                      (2 * t->keys - 1) * sizeof(uint16_t)) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* behind those of its day; the oldest that is no anchor leaves for it */

static void
keyauth_merge_add(keyauth_live_template_t *t, const keyauth_live_row_t *row)
{
    uint32_t  at, i;

    if (t->rows == KEYAUTH_LIVE_ROWS_MAX) {

        for (i = 0; i < t->rows - 1; i++) {
            if (!(t->row[i].flags & KEYAUTH_LIVE_ANCHOR)) {
                break;
            }
        }

        if (t->row[i].day > row->day) {
            return;
        }

        t->rows--;
        memmove(&t->row[i], &t->row[i + 1],
                (t->rows - i) * sizeof(keyauth_live_row_t));
    }

    for (at = t->rows; at > 0 && t->row[at - 1].day > row->day; at--) {
        /* void */
    }

    memmove(&t->row[at + 1], &t->row[at],
            (t->rows - at) * sizeof(keyauth_live_row_t));
    t->row[at] = *row;
    t->rows++;
}
