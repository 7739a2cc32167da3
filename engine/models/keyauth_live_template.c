/*
 * LIVE's templates: enrolled, learned, stored.  See keyauth_live.h.
 */


#include <string.h>

#include "keyauth_live.h"


static void keyauth_live_append(keyauth_live_template_t *t,
    const keyauth_live_sample_t *sample, unsigned flags, uint32_t day);
static void keyauth_live_drop(keyauth_live_template_t *t, uint32_t row);
static uint32_t keyauth_live_oldest(const keyauth_live_template_t *t,
    unsigned anchors);
static uint8_t *keyauth_live_put(uint8_t *p, uint32_t value, unsigned bytes);
static uint32_t keyauth_live_get(const uint8_t **p, unsigned bytes);


void
keyauth_live_init(keyauth_live_template_t *t, unsigned keys)
{
    memset(t, 0, sizeof(keyauth_live_template_t));
    t->keys = keys;
}


int
keyauth_live_add(keyauth_live_template_t *t,
    const keyauth_live_sample_t *sample, unsigned flags, uint32_t day)
{
    if (t->rows >= KEYAUTH_LIVE_ROWS_MAX || t->keys != sample->keys) {
        return -1;
    }

    keyauth_live_append(t, sample, flags, day);

    return 0;
}


static void
keyauth_live_append(keyauth_live_template_t *t,
    const keyauth_live_sample_t *sample, unsigned flags, uint32_t day)
{
    keyauth_live_row_t  *row;

    row = &t->row[t->rows++];
    row->day = day;
    row->flags = (uint16_t) (flags & KEYAUTH_LIVE_ANCHOR);
    memset(row->steps, 0, sizeof(row->steps));
    memcpy(row->steps, sample->steps,
           (2 * t->keys - 1) * sizeof(uint16_t));
}


static void
keyauth_live_drop(keyauth_live_template_t *t, uint32_t row)
{
    t->rows--;
    memmove(&t->row[row], &t->row[row + 1],
            (t->rows - row) * sizeof(keyauth_live_row_t));
}


int
keyauth_live_learn(const keyauth_live_t *live,
    keyauth_live_template_t *t, const keyauth_live_sample_t *sample,
    unsigned n, double above, unsigned window, uint32_t day)
{
    double           score;
    unsigned         anchors, i;
    keyauth_point_t  point;

    if (window < KEYAUTH_LIVE_ROWS_MIN) {
        return 0;
    }

    if (window > KEYAUTH_LIVE_ROWS_MAX) {
        window = KEYAUTH_LIVE_ROWS_MAX;
    }

    if (above < 1) {
        score = 0;

        for (i = 0; i < n; i++) {
            score += keyauth_live_score(live, t, &sample[i]);
        }

        keyauth_live_point(live, t->rows, t->keys, n, above, &point);

        if (score / n < point.threshold) {
            return 0;
        }
    }

    anchors = window / 2;

    if (anchors > KEYAUTH_LIVE_ANCHORS) {
        anchors = KEYAUTH_LIVE_ANCHORS;
    }

    for (i = 0; i < n; i++) {
        while (t->rows >= window) {
            keyauth_live_drop(t, keyauth_live_oldest(t, anchors));
        }

        keyauth_live_append(t, &sample[i], 0, day);
    }

    return 1;
}


/* the first row that is not one of so many anchors; there are more rows */
static uint32_t
keyauth_live_oldest(const keyauth_live_template_t *t, unsigned anchors)
{
    uint32_t  r;

    for (r = 0; r < t->rows; r++) {
        if (anchors == 0 || !(t->row[r].flags & KEYAUTH_LIVE_ANCHOR)) {
            break;
        }

        anchors--;
    }

    return r;
}


int
keyauth_live_has(const keyauth_live_row_t *rows, uint32_t n,
    const uint16_t *steps, unsigned keys)
{
    uint32_t  r;

    for (r = 0; r < n; r++) {
        if (memcmp(rows[r].steps, steps, (2 * keys - 1) * sizeof(uint16_t))
            == 0)
        {
            return 1;
        }
    }

    return 0;
}


unsigned
keyauth_live_rollback(keyauth_live_template_t *t, uint32_t day)
{
    unsigned  dropped;
    uint32_t  r;

    dropped = 0;

    for (r = t->rows; r > 0; r--) {
        if (t->row[r - 1].day > day) {
            keyauth_live_drop(t, r - 1);
            dropped++;
        }
    }

    return dropped;
}


size_t
keyauth_live_write(const keyauth_live_template_t *t, uint8_t *bytes)
{
    uint8_t                   *p;
    uint32_t                   i, r;
    const keyauth_live_row_t  *row;

    p = keyauth_live_put(bytes, t->keys, 1);
    p = keyauth_live_put(p, t->rows, 1);
    p = keyauth_live_put(p, 0, 2);

    for (r = 0; r < t->rows; r++) {
        row = &t->row[r];
        p = keyauth_live_put(p, row->day, 4);
        p = keyauth_live_put(p, row->flags, 2);

        for (i = 0; i < 2 * t->keys - 1; i++) {
            p = keyauth_live_put(p, row->steps[i], 2);
        }
    }

    return (size_t) (p - bytes);
}


static uint8_t *
keyauth_live_put(uint8_t *p, uint32_t value, unsigned bytes)
{
    while (bytes-- > 0) {
        *p++ = (uint8_t) value;
        value >>= 8;
    }

    return p;
}


int
keyauth_live_read(keyauth_live_template_t *t, const uint8_t *bytes,
    size_t size)
{
    uint32_t              r;
    const uint8_t        *p;
    keyauth_live_row_t   *row;

    if (size < 4 || bytes[0] < KEYAUTH_KEYS_MIN
        || bytes[0] > KEYAUTH_KEYS_MAX || bytes[1] > KEYAUTH_LIVE_ROWS_MAX
        || bytes[2] != 0 || bytes[3] != 0
        || size != KEYAUTH_LIVE_BYTES(bytes[0], bytes[1]))
    {
        return -1;
    }

    t->keys = bytes[0];
    t->rows = bytes[1];
    p = bytes + 4;

    for (r = 0; r < t->rows; r++) {
        row = &t->row[r];
        row->day = keyauth_live_get(&p, 4);
        row->flags = (uint16_t) keyauth_live_get(&p, 2);

        if (row->flags & ~KEYAUTH_LIVE_ANCHOR) {
            return -1;
        }

        memcpy(row->steps, p, (2 * t->keys - 1) * sizeof(uint16_t));
        p += (2 * t->keys - 1) * sizeof(uint16_t);
    }

    return 0;
}


static uint32_t
keyauth_live_get(const uint8_t **p, unsigned bytes)
{
    uint32_t  value;
    unsigned  i;

    value = 0;

    for (i = 0; i < bytes; i++) {
        value |= (uint32_t) *(*p)++ << (8 * i);
    }

    return value;
}
