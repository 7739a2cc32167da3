/*
 * The layout of CMU's benchmark (DSL-StrongPasswordData.csv): subject,
 * sessionIndex, rep, then for each key H.key, DD.key.next and UD.key.next, in
 * seconds.  H is how long the key is held, DD the time to the next press; UD
 * follows from both and is not looked at.
 *
 * KeyRecs has DU.key.key for H.key, and UU, which follows too.  MEU-Mobile's
 * set with a header has "Hold key" and "DD key.next", of any unit, and the
 * pressure and size of touches.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "columns.h"
#include "intervals.h"
#include "layout.h"
#include "util.h"


/* what a column is */
typedef enum {
    KEYAUTH_CMU_OTHER = 0,
    KEYAUTH_CMU_H,
    KEYAUTH_CMU_HOLD,
    KEYAUTH_CMU_DU,                     /* from a key's press to its release */
    KEYAUTH_CMU_DOWN,
    KEYAUTH_CMU_UNUSED                  /* it follows, or is no time */
} keyauth_cmu_column_e;


static unsigned keyauth_cmu_fits(const keyauth_record_t *first);
static int keyauth_cmu_parts(char c);
static keyauth_cmu_column_e keyauth_cmu_kind(const char *name,
    const char **key);
static keyauth_cmu_column_e keyauth_cmu_holds(const keyauth_record_t *first);
static unsigned keyauth_cmu_find(const keyauth_record_t *first,
    const char *one, const char *two, const unsigned *taken, unsigned n);
static int keyauth_cmu_is_pair(const char *pair, const char *one,
    const char *two);
static size_t keyauth_cmu_plain(const char *name);
static int keyauth_cmu_begin(keyauth_reader_t *r,
    const keyauth_record_t *first);
static int keyauth_cmu_column(keyauth_reader_t *r,
    const keyauth_record_t *first, unsigned i, keyauth_cmu_column_e holds);
static const char *keyauth_cmu_key(const keyauth_record_t *first,
    unsigned column);
static int keyauth_cmu_pairs(keyauth_reader_t *r,
    const keyauth_record_t *first);
static int keyauth_cmu_record(keyauth_reader_t *r,
    const keyauth_record_t *record);


static const char *const keyauth_cmu_users[] = {
    "subject", "user", "participant", "subjectid", "userid", "participantid",
    NULL
};
static const char *const keyauth_cmu_means[] = { "avh", "avp", "ava", NULL };
static const char *const keyauth_cmu_sessions[] = {
    "sessionindex", "session", NULL
};


const keyauth_layout_t  keyauth_layout_cmu = {
    "cmu",
    "CMU's layout",
    "subject, sessionIndex, rep, H.a, DD.a.b, UD.a.b, H.b, ...",
    1000,
    0,
    keyauth_cmu_fits,
    keyauth_cmu_begin,
    keyauth_cmu_record,
    NULL,
    free
};


/* what is between the parts of a name, where programs rename columns too */
static int
keyauth_cmu_parts(char c)
{
    return c == '.' || c == '_' || c == ' ';
}


/* of the user, and of the times to the next key that the holds call for */
static unsigned
keyauth_cmu_fits(const keyauth_record_t *first)
{
    unsigned              found, i, keys, down[KEYAUTH_KEYS_MAX];
    const char           *key, *last;
    keyauth_cmu_column_e  holds;

    found = 0;
    keys = 0;
    last = NULL;
    holds = keyauth_cmu_holds(first);

    for (i = 0; i < first->fields && keys < KEYAUTH_KEYS_MAX; i++) {
        if (keyauth_column_is(first->field[i].text, keyauth_cmu_users)) {
            found++;
            continue;
        }

        if (holds == KEYAUTH_CMU_OTHER
            || keyauth_cmu_kind(first->field[i].text, &key) != holds)
        {
            continue;
        }

        found++;

        if (keys > 0) {
            down[keys - 1] = keyauth_cmu_find(first, last, key, down,
                                              keys - 1);
            found += down[keys - 1] > 0;
        }

        last = key;
        keys++;
    }

    if (keys == 0) {
        return 0;
    }

    keys = keys > 1 ? 2 * keys : 4;

    return found >= keys ? 100 : 100 * found / keys;
}


/* key: of one that is held, or two with a point between */
static keyauth_cmu_column_e
keyauth_cmu_kind(const char *name, const char **key)
{
    size_t  i, len;

    static const struct {
        const char            *begins;
        keyauth_cmu_column_e   kind;
    } kinds[] = {
        { "H", KEYAUTH_CMU_H }, { "Hold", KEYAUTH_CMU_HOLD },
        { "DD", KEYAUTH_CMU_DOWN }, { "UD", KEYAUTH_CMU_UNUSED },
        { "UU", KEYAUTH_CMU_UNUSED }, { "DU", KEYAUTH_CMU_DU },
        { "Pressure", KEYAUTH_CMU_UNUSED }, { "Size", KEYAUTH_CMU_UNUSED }
    };

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        len = strlen(kinds[i].begins);

        if (strncasecmp(name, kinds[i].begins, len) != 0
            || !keyauth_cmu_parts(name[len]))
        {
            continue;
        }

        *key = name + ++len;

        if (kinds[i].kind != KEYAUTH_CMU_DU) {
            return kinds[i].kind;
        }

        /* of one key, if both halves are the same */

        len = keyauth_cmu_plain(*key) / 2;

        if (!keyauth_cmu_parts((*key)[len])
            || strncmp(*key, *key + len + 1, len) != 0)
        {
            return KEYAUTH_CMU_UNUSED;
        }

        *key += len + 1;

        return KEYAUTH_CMU_DU;
    }

    return KEYAUTH_CMU_OTHER;
}


/* how the header calls the time that a key is held */
static keyauth_cmu_column_e
keyauth_cmu_holds(const keyauth_record_t *first)
{
    unsigned              i;
    const char           *key;
    keyauth_cmu_column_e  best, kind;

    best = KEYAUTH_CMU_OTHER;

    for (i = 0; i < first->fields; i++) {
        kind = keyauth_cmu_kind(first->field[i].text, &key);

        if (kind == KEYAUTH_CMU_H || kind == KEYAUTH_CMU_HOLD) {
            return kind;
        }

        best = kind == KEYAUTH_CMU_DU ? kind : best;
    }

    return best;
}


/*
 * The column of the time from one key's press to the next one's, or 0: the
 * first that is not among the n that are taken, as a string may have the same
 * two keys again
 */
static unsigned
keyauth_cmu_find(const keyauth_record_t *first, const char *one,
    const char *two, const unsigned *taken, unsigned n)
{
    unsigned     i, k;
    const char  *pair;

    for (i = 0; i < first->fields; i++) {
        if (keyauth_cmu_kind(first->field[i].text, &pair) != KEYAUTH_CMU_DOWN
            || !keyauth_cmu_is_pair(pair, one, two))
        {
            continue;
        }

        for (k = 0; k < n && taken[k] != i + 1; k++) {
            /* void */
        }

        if (k == n) {
            return i + 1;
        }
    }

    return 0;
}


/* "one.two", as it is or with what pandas adds where a name comes again */
static int
keyauth_cmu_is_pair(const char *pair, const char *one, const char *two)
{
    size_t  i, len, n[2], m[2];

    n[0] = strlen(one);
    n[1] = keyauth_cmu_plain(one);
    m[0] = strlen(two);
    m[1] = keyauth_cmu_plain(two);

    for (i = 0; i < 8; i++) {
        len = i & 4 ? keyauth_cmu_plain(pair) : strlen(pair);

        if (len == n[i & 1] + 1 + m[i >> 1 & 1]
            && strncmp(pair, one, n[i & 1]) == 0
            && keyauth_cmu_parts(pair[n[i & 1]])
            && strncmp(pair + n[i & 1] + 1, two, m[i >> 1 & 1]) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* the length without ".1", ".2" and so on, of which a name has more */
static size_t
keyauth_cmu_plain(const char *name)
{
    size_t  len;

    len = strlen(name);

    while (len > 0 && name[len - 1] >= '0' && name[len - 1] <= '9') {
        len--;
    }

    return len > 1 && name[len - 1] == '.' && name[len] != '\0'
           ? len - 1 : strlen(name);
}


static int
keyauth_cmu_begin(keyauth_reader_t *r, const keyauth_record_t *first)
{
    unsigned              i;
    keyauth_intervals_t  *cmu;
    keyauth_cmu_column_e  holds;

    cmu = keyauth_alloc(1, sizeof(keyauth_intervals_t));
    r->state = cmu;
    holds = keyauth_cmu_holds(first);

    if (holds == KEYAUTH_CMU_HOLD) {
        r->unit = r->how->unit;
    }

    for (i = 0; i < first->fields; i++) {
        if (!keyauth_reader_is_named(r, first->field[i].text)
            && keyauth_cmu_column(r, first, i, holds) != 0)
        {
            return -1;
        }
    }

    if (keyauth_reader_all_known(r, first) != 0) {
        return -1;
    }

    r->t->user_column = cmu->user;
    r->session_column = cmu->session;

    if (r->users && cmu->user == 0 && r->how->user == NULL) {
        return keyauth_reader_fail(r, first->line, 0, "missing column "
                                   "\"subject\"");
    }

    return keyauth_cmu_pairs(r, first);
}


static int
keyauth_cmu_column(keyauth_reader_t *r, const keyauth_record_t *first,
    unsigned i, keyauth_cmu_column_e holds)
{
    const char             *key;
    keyauth_intervals_t    *cmu;
    keyauth_cmu_column_e    kind;
    const keyauth_field_t  *field;

    cmu = r->state;
    field = &first->field[i];

    if (keyauth_column_is(field->text, keyauth_cmu_users) && cmu->user == 0) {
        cmu->user = i + 1;
        return 0;
    }

    if (keyauth_column_is(field->text, keyauth_cmu_sessions)
        && cmu->session == 0)
    {
        cmu->session = i + 1;
        return 0;
    }

    kind = keyauth_cmu_kind(field->text, &key);

    if (kind != KEYAUTH_CMU_OTHER && kind == holds) {
        if (r->t->keys == KEYAUTH_KEYS_MAX) {
            return keyauth_reader_fail(r, first->line, i + 1, "beyond the %d "
                                       "keys that are the most",
                                       KEYAUTH_KEYS_MAX);
        }

        cmu->hold[r->t->keys++] = i + 1;
        return 0;
    }

    if (kind == KEYAUTH_CMU_DOWN || kind == KEYAUTH_CMU_UNUSED
        || kind == KEYAUTH_CMU_DU
        || keyauth_column_is(field->text, keyauth_cmu_means)
        || keyauth_reader_ignores(r, field->text))
    {
        return 0;
    }

    keyauth_reader_unknown(r, i + 1, field);

    return 0;
}


static const char *
keyauth_cmu_key(const keyauth_record_t *first, unsigned column)
{
    const char  *key;

    key = NULL;
    (void) keyauth_cmu_kind(first->field[column - 1].text, &key);

    return key;
}


/* each key's hold, and the time to the next key */
static int
keyauth_cmu_pairs(keyauth_reader_t *r, const keyauth_record_t *first)
{
    char                  name[80];
    unsigned              i;
    const char           *one, *two;
    keyauth_intervals_t  *cmu;

    cmu = r->state;

    if (r->t->keys < KEYAUTH_KEYS_MIN) {
        return keyauth_reader_fail(r, first->line, 0, "%u columns \"H.KEY\", "
                                   "and %d are the least",
                                   (unsigned) r->t->keys, KEYAUTH_KEYS_MIN);
    }

    for (i = 0; i + 1 < r->t->keys; i++) {
        one = keyauth_cmu_key(first, cmu->hold[i]);
        two = keyauth_cmu_key(first, cmu->hold[i + 1]);
        cmu->down[i] = keyauth_cmu_find(first, one, two, cmu->down, i);

        if (cmu->down[i] == 0) {
            snprintf(name, sizeof(name), "DD.%.30s.%.30s", one, two);
            return keyauth_reader_fail(r, first->line, 0, "missing column "
                                       "\"%s\"", name);
        }
    }

    return 0;
}


static int
keyauth_cmu_record(keyauth_reader_t *r, const keyauth_record_t *record)
{
    return keyauth_intervals_row(r, r->state, record);
}
