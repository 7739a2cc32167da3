/*
 * Samples seen before: see keyauth_replay.h.
 *
 * Sample number s lies at s modulo the number of entries.  Each of the bands
 * that samples are found by has buckets of its own.  A bucket holds the
 * number, counted from 1, of the sample that was added to it last, and every
 * sample how far back its predecessor in each of its buckets is: a chain ends
 * where it would reach what has been overwritten, so nothing is ever
 * unlinked.
 */


#include <math.h>
#include <string.h>

#include <openssl/rand.h>

#include "keyauth_clock.h"
#include "keyauth_replay.h"


#define KEYAUTH_REPLAY_GRID    32.0     /* ms */
#define KEYAUTH_REPLAY_VALUES  4        /* of a band */

/* bands of long strings, and of those of five keys and more */
#define KEYAUTH_REPLAY_LONG    30
#define KEYAUTH_REPLAY_SHORT   45


typedef struct {
    uint32_t  band;
    uint32_t  what;                     /* 0: draws a band, 1: its digest */
    int32_t   value[2 * KEYAUTH_REPLAY_VALUES];
} keyauth_replay_text_t;


static keyauth_replay_entry_t *keyauth_replay_entry(const keyauth_replay_t *t,
    uint64_t number);
static uint64_t *keyauth_replay_bucket(const keyauth_replay_t *t,
    const keyauth_replay_print_t *print, unsigned i);
static void keyauth_replay_round(uint64_t v[4]);


int
keyauth_replay_secret(uint8_t *key)
{
    return (RAND_bytes(key, KEYAUTH_REPLAY_KEY) == 1) ? 0 : -1;
}


int
keyauth_replay_init(keyauth_replay_t *t, size_t size, const uint8_t *key)
{
    size_t  n;

    if (size < sizeof(*t)) {
        return -1;
    }

    /* buckets of each band: half as many as entries, or somewhat fewer */

    n = (size - sizeof(*t))
        / (sizeof(keyauth_replay_entry_t)
           + KEYAUTH_REPLAY_INDEX / 2 * sizeof(uint64_t));

    if (n < 2) {
        return -1;
    }

    if (n > UINT32_MAX / 8) {
        n = UINT32_MAX / 8;
    }

    memset(t, 0, size);
    memcpy(t->key, key, sizeof(t->key));
    t->entries = (uint32_t) n;
    t->buckets = 1;

    while (t->buckets <= t->entries / 4) {
        t->buckets *= 2;
    }

    return 0;
}


/* entries follow the table, buckets the entries */
static keyauth_replay_entry_t *
keyauth_replay_entry(const keyauth_replay_t *t, uint64_t number)
{
    return (keyauth_replay_entry_t *) (uintptr_t) (t + 1)
           + number % t->entries;
}


static uint64_t *
keyauth_replay_bucket(const keyauth_replay_t *t,
    const keyauth_replay_print_t *print, unsigned i)
{
    uint64_t  *buckets;

    buckets = (uint64_t *) (void *)
              ((keyauth_replay_entry_t *) (uintptr_t) (t + 1) + t->entries);

    return buckets + (size_t) i * t->buckets
           + (print->band[i] & (t->buckets - 1));
}


void
keyauth_replay_print(const keyauth_replay_t *t,
    const keyauth_request_t *sample, unsigned keys,
    keyauth_replay_print_t *print)
{
    double                 x[2 * KEYAUTH_KEYS_MAX], origin, step;
    uint64_t               drawn;
    unsigned               i, k, n;
    keyauth_replay_text_t  text;

    n = 2 * keys - 1;
    step = keyauth_clock_step(sample->press, sample->release, keys);
    print->bands = keyauth_replay_bands(keys, step);

    for (i = 0; i < keys; i++) {
        x[i] = sample->release[i] - sample->press[i];

        if (i > 0) {
            x[keys + i - 1] = sample->press[i] - sample->press[i - 1];
        }
    }

    for (i = 0; i < KEYAUTH_REPLAY_BANDS; i++) {

        memset(&text, 0, sizeof(text));
        text.band = i;

        for (k = 0; k < KEYAUTH_REPLAY_VALUES; k++) {

            text.what = 0;
            text.value[2 * k] = (int32_t) k;
            drawn = keyauth_replay_hash(t->key, &text, sizeof(text));

            /* a value and the origin of its grid */

            text.value[2 * k] = (int32_t) (drawn % n);
            origin = (double) (drawn >> 32) * 0x1p-32;
            text.value[2 * k + 1] =
                (int32_t) floor(x[drawn % n] / KEYAUTH_REPLAY_GRID + origin);
        }

        text.what = 1;
        print->band[i] = (uint32_t) keyauth_replay_hash(t->key, &text,
                                                        sizeof(text));
    }
}


/*
 * Up to a step of 20 ms, eight keys have values enough to differ by, though
 * times were moved a little.  Else only exact repetition counts: it is no
 * chance from six keys on, and one more for each 16 ms of the step.
 */
uint32_t
keyauth_replay_bands(unsigned keys, double step)
{
    if (keys >= 8 && step <= 20) {
        return KEYAUTH_REPLAY_LONG;
    }

    if (keys >= 5 && step == 0) {
        return KEYAUTH_REPLAY_SHORT;
    }

    if (step == 0 ? keys == 4 : keys >= 6 + step / 16) {
        return KEYAUTH_REPLAY_BANDS;
    }

    return KEYAUTH_REPLAY_BANDS + 1;
}


int
keyauth_replay_same(const keyauth_replay_print_t *print,
    const keyauth_replay_print_t *other)
{
    uint32_t  i, same;

    same = 0;

    for (i = 0; i < KEYAUTH_REPLAY_BANDS; i++) {
        same += print->band[i] == other->band[i];
    }

    return same >= print->bands;
}


int
keyauth_replay_seen(const keyauth_replay_t *t,
    const keyauth_replay_print_t *print, uint64_t now, uint64_t window)
{
    uint64_t                       number;
    unsigned                       i;
    const keyauth_replay_entry_t  *entry;

    for (i = 0; i < KEYAUTH_REPLAY_INDEX; i++) {

        number = *keyauth_replay_bucket(t, print, i);

        while (number > 0 && t->added - number < t->entries) {

            entry = keyauth_replay_entry(t, number);

            /* those that follow are older still; clocks may differ a little */

            if (now > entry->when && now - entry->when >= window) {
                break;
            }

            if (keyauth_replay_same(print, &entry->print)) {
                return 1;
            }

            if (entry->back[i] == 0) {
                break;
            }

            number -= entry->back[i];
        }
    }

    return 0;
}


void
keyauth_replay_add(keyauth_replay_t *t, const keyauth_replay_print_t *print,
    uint64_t now)
{
    uint64_t                *bucket, number;
    unsigned                 i;
    keyauth_replay_entry_t  *entry;

    number = ++t->added;
    entry = keyauth_replay_entry(t, number);

    entry->when = now;
    entry->print = *print;

    for (i = 0; i < KEYAUTH_REPLAY_INDEX; i++) {

        bucket = keyauth_replay_bucket(t, print, i);

        entry->back[i] = (*bucket > 0 && number - *bucket < t->entries)
                         ? (uint32_t) (number - *bucket) : 0;
        *bucket = number;
    }
}


void
keyauth_replay_remove(keyauth_replay_t *t,
    const keyauth_replay_print_t *print)
{
    uint64_t                 number;
    unsigned                 i;
    keyauth_replay_entry_t  *entry;

    number = *keyauth_replay_bucket(t, print, 0);

    while (number > 0 && t->added - number < t->entries) {

        entry = keyauth_replay_entry(t, number);

        if (memcmp(&entry->print, print, sizeof(entry->print)) == 0) {

            /* its chains lead on to others, so it stays, and matches nothing */

            for (i = 0; i < KEYAUTH_REPLAY_BANDS; i++) {
                entry->print.band[i] = ~entry->print.band[i];
            }

            return;
        }

        if (entry->back[0] == 0) {
            return;
        }

        number -= entry->back[0];
    }
}


uint64_t
keyauth_replay_hash(const uint8_t *key, const void *data, size_t len)
{
    int             i;
    size_t          left;
    uint64_t        v[4], k[2], m;
    const uint8_t  *p;

    memcpy(k, key, sizeof(k));

    v[0] = k[0] ^ 0x736f6d6570736575;
    v[1] = k[1] ^ 0x646f72616e646f6d;
    v[2] = k[0] ^ 0x6c7967656e657261;
    v[3] = k[1] ^ 0x7465646279746573;

    p = data;

    for (left = len; /* void */ ; left -= 8, p += 8) {

        m = (uint64_t) len << 56;
        memcpy(&m, p, left < 8 ? left : 8);

        v[3] ^= m;
        keyauth_replay_round(v);
        keyauth_replay_round(v);
        v[0] ^= m;

        if (left < 8) {
            break;
        }
    }

    v[2] ^= 0xff;

    for (i = 0; i < 4; i++) {
        keyauth_replay_round(v);
    }

    return v[0] ^ v[1] ^ v[2] ^ v[3];
}


static void
keyauth_replay_round(uint64_t v[4])
{
#define keyauth_replay_rotate(x, n)  ((x) << (n) | (x) >> (64 - (n)))

    v[0] += v[1];
    v[1] = keyauth_replay_rotate(v[1], 13) ^ v[0];
    v[0] = keyauth_replay_rotate(v[0], 32);
    v[2] += v[3];
    v[3] = keyauth_replay_rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = keyauth_replay_rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = keyauth_replay_rotate(v[1], 17) ^ v[2];
    v[2] = keyauth_replay_rotate(v[2], 32);
}
