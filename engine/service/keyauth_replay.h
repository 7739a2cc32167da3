/*
 * Samples seen before: a table of keyed digests, from which no timing can be
 * read without its key.
 *
 * Nobody types twice alike to the millisecond, but a recording may have been
 * moved in time, and each of its times by a little.  So a sample is not one
 * digest but one for each of several bands: a band is a few of the holds and
 * press-to-press times, drawn by the key, each rounded to a coarse grid whose
 * origin the key sets.  A small change moves few values across a line of
 * their grid, and most bands stay as they were; a sample that was typed anew
 * shares few.
 *
 * On a coarse clock, or where few keys are typed, it may share many: who holds
 * a key for 90 ms holds it for one step of 100 ms nearly every time.  How many
 * bands a replay shares at least is therefore set by the number of keys and by
 * the step of the sample's clock, see keyauth_replay_bands(); where even all
 * of them agree by chance there is no verdict.  docs/login.md has the rates.
 *
 * The table lies in memory that processes may share; it holds no pointers.
 * The caller locks it for keyauth_replay_seen(), keyauth_replay_add() and
 * keyauth_replay_remove().
 */


#ifndef KEYAUTH_REPLAY_H_INCLUDED
#define KEYAUTH_REPLAY_H_INCLUDED


#include "keyauth_input.h"


#define KEYAUTH_REPLAY_KEY    16        /* bytes of the key */
#define KEYAUTH_REPLAY_BANDS  64
#define KEYAUTH_REPLAY_INDEX  8         /* bands that samples are found by */


typedef struct {
    uint32_t  band[KEYAUTH_REPLAY_BANDS];
    uint32_t  bands;                    /* that what it replays has as well */
} keyauth_replay_print_t;


typedef struct {
    uint64_t                when;       /* ms */
    uint32_t                back[KEYAUTH_REPLAY_INDEX]; /* 0: chain's end */
    keyauth_replay_print_t  print;
} keyauth_replay_entry_t;


typedef struct {
    uint8_t   key[KEYAUTH_REPLAY_KEY];
    uint64_t  added;                    /* samples, from the beginning */
    uint32_t  entries;                  /* a ring: the oldest gives way */
    uint32_t  buckets;                  /* of a band; a power of two */
} keyauth_replay_t;


/* draws a key; -1 where the system has no randomness */
int keyauth_replay_secret(uint8_t *key);

/* lays out an empty table in memory (8-aligned); -1 where that is too small */
int keyauth_replay_init(keyauth_replay_t *t, size_t size,
    const uint8_t *key);

/* the sample's digests; reads the key alone, and needs no lock */
void keyauth_replay_print(const keyauth_replay_t *t,
    const keyauth_request_t *sample, unsigned keys,
    keyauth_replay_print_t *print);

/*
 * How many bands a sample of so many keys shares with what it replays, on a
 * clock of that step in ms, 0 for a fine one; beyond KEYAUTH_REPLAY_BANDS: no
 * verdict.  By chance, fewer than one genuine claim in a thousand shares as
 * many with anything that 880 to 2856 others have left.
 */
uint32_t keyauth_replay_bands(unsigned keys, double step);

/* 1: the first is a replay of the other */
int keyauth_replay_same(const keyauth_replay_print_t *print,
    const keyauth_replay_print_t *other);

/* 1: the sample was added within the last window ms */
int keyauth_replay_seen(const keyauth_replay_t *t,
    const keyauth_replay_print_t *print, uint64_t now, uint64_t window);

void keyauth_replay_add(keyauth_replay_t *t,
    const keyauth_replay_print_t *print, uint64_t now);

/* takes back what was added last with exactly these digests */
void keyauth_replay_remove(keyauth_replay_t *t,
    const keyauth_replay_print_t *print);

/* SipHash-2-4 (Aumasson, Bernstein 2012) */
uint64_t keyauth_replay_hash(const uint8_t *key, const void *data,
    size_t len);


#endif /* KEYAUTH_REPLAY_H_INCLUDED */
