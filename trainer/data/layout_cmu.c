/*
 * The layout of CMU's benchmark (DSL-StrongPasswordData.csv): subject,
 * sessionIndex, rep, then for each key H.key, DD.key.next and UD.key.next, in
 * seconds.  H is how long the key is held, DD the time to the next press; UD
 * follows from both and is not looked at.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "intervals.h"
#include "layout.h"
#include "util.h"


static unsigned keyauth_cmu_fits(const keyauth_record_t *first);
static int keyauth_cmu_begin(keyauth_reader_t *r,
    const keyauth_record_t *first);
static int keyauth_cmu_column(keyauth_reader_t *r,
    const keyauth_record_t *first, unsigned i);
static unsigned keyauth_cmu_find(const keyauth_record_t *first,
    const char *one, const char *two);
static int keyauth_cmu_pairs(keyauth_reader_t *r,
    const keyauth_record_t *first);
static int keyauth_cmu_record(keyauth_reader_t *r,
    const keyauth_record_t *record);


static const char *const keyauth_cmu_users[] = { "subject", "user", NULL };
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


/* of the user, and of the times to the next key that the holds call for */
static unsigned
keyauth_cmu_fits(const keyauth_record_t *first)
{
    unsigned     found, i, needed;
    const char  *last;

    found = 0;
    needed = 2;
    last = NULL;

    for (i = 0; i < first->fields; i++) {
        if (keyauth_column_is(first->field[i].text, keyauth_cmu_users)) {
            found++;
            continue;
        }

        if (strncmp(first->field[i].text, "H.", 2) != 0) {
            continue;
        }

        found++;

        if (last != NULL) {
            needed += 2;
            found += keyauth_cmu_find(first, last, first->field[i].text + 2)
                     > 0;
        }

        last = first->field[i].text + 2;
    }

    if (last == NULL) {
        return 0;
    }

    if (needed < 4) {
        needed = 4;
    }

    return found >= needed ? 100 : 100 * found / needed;
}


/* the column of the time from one key's press to the next one's, or 0 */
static unsigned
keyauth_cmu_find(const keyauth_record_t *first, const char *one,
    const char *two)
{
    size_t       len;
    unsigned     i;
    const char  *s;

    len = strlen(one);

    for (i = 0; i < first->fields; i++) {
        s = first->field[i].text;

        if (strncmp(s, "DD.", 3) == 0 && strncmp(s + 3, one, len) == 0
            && s[3 + len] == '.' && strcmp(s + 4 + len, two) == 0)
        {
            return i + 1;
        }
    }

    return 0;
}


static int
keyauth_cmu_begin(keyauth_reader_t *r, const keyauth_record_t *first)
{
    unsigned              i;
    keyauth_intervals_t  *cmu;

    cmu = keyauth_alloc(1, sizeof(keyauth_intervals_t));
    r->state = cmu;

    for (i = 0; i < first->fields; i++) {
        if (keyauth_cmu_column(r, first, i) != 0) {
            return -1;
        }
    }

    r->t->user_column = cmu->user;

    if (r->users && cmu->user == 0 && r->how->user == NULL) {
        return keyauth_reader_fail(r, first->line, 0, "missing column "
                                   "\"subject\"");
    }

    return keyauth_cmu_pairs(r, first);
}


static int
keyauth_cmu_column(keyauth_reader_t *r, const keyauth_record_t *first,
    unsigned i)
{
    char                    name[64];
    keyauth_intervals_t    *cmu;
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

    if (strncmp(field->text, "H.", 2) == 0) {
        if (r->t->keys == KEYAUTH_KEYS_MAX) {
            return keyauth_reader_fail(r, first->line, i + 1, "beyond the %d "
                                       "keys that are the most",
                                       KEYAUTH_KEYS_MAX);
        }

        cmu->hold[r->t->keys++] = i + 1;
        return 0;
    }

    if (strncmp(field->text, "DD.", 3) == 0
        || strncmp(field->text, "UD.", 3) == 0
        || keyauth_reader_ignores(r, field->text))
    {
        return 0;
    }

    return keyauth_reader_fail(r, first->line, i + 1, "unknown column \"%s\" "
                               "(--ignore leaves it out)",
                               keyauth_quote(name, sizeof(name), field->text,
                                             field->len));
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
        one = first->field[cmu->hold[i] - 1].text + 2;
        two = first->field[cmu->hold[i + 1] - 1].text + 2;
        cmu->down[i] = keyauth_cmu_find(first, one, two);

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
