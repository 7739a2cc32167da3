/*
 * keyauth's own layout: user, press-0, release-0, press-1, ... in ms.
 */


#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "layout.h"
#include "util.h"


typedef struct {
    unsigned     what[KEYAUTH_TABLE_FIELDS_MAX];    /* by columns.h */
    unsigned     where[KEYAUTH_COLUMNS];    /* from 1; 0: nowhere */
    double       times[2 * KEYAUTH_KEYS_MAX];
} keyauth_own_t;


static unsigned keyauth_own_fits(const keyauth_record_t *first);
static int keyauth_own_begin(keyauth_reader_t *r,
    const keyauth_record_t *first);
static int keyauth_own_column(keyauth_reader_t *r,
    const keyauth_record_t *first, unsigned i);
static int keyauth_own_complete(keyauth_reader_t *r,
    const keyauth_record_t *first);
static int keyauth_own_record(keyauth_reader_t *r,
    const keyauth_record_t *record);


const keyauth_layout_t  keyauth_layout_keyauth = {
    "keyauth",
    "keyauth's own layout",
    "user, press-0, release-0, press-1, ..., session where there are such",
    1,
    0,
    keyauth_own_fits,
    keyauth_own_begin,
    keyauth_own_record,
    NULL,
    free
};


static unsigned
keyauth_own_fits(const keyauth_record_t *first)
{
    unsigned  found, i, needed, what;

    found = 0;
    needed = 5;

    for (i = 0; i < first->fields; i++) {
        if (keyauth_column_parse(first->field[i].text, &what) == 0
            && what != KEYAUTH_COLUMN_SESSION)
        {
            found++;
            needed = what < KEYAUTH_COLUMN_USER && 2 * (what / 2) + 3 > needed
                     ? 2 * (what / 2) + 3 : needed;
        }
    }

    return found >= needed ? 100 : 100 * found / needed;
}


static int
keyauth_own_begin(keyauth_reader_t *r, const keyauth_record_t *first)
{
    unsigned        i;
    keyauth_own_t  *own;

    own = keyauth_alloc(1, sizeof(keyauth_own_t));
    r->state = own;

    for (i = 0; i < first->fields; i++) {
        if (keyauth_reader_is_named(r, first->field[i].text)) {
            own->what[i] = KEYAUTH_COLUMN_IGNORED;

        } else if (keyauth_own_column(r, first, i) != 0) {
            return -1;
        }
    }

    return keyauth_reader_all_known(r, first) != 0
           ? -1 : keyauth_own_complete(r, first);
}


static int
keyauth_own_column(keyauth_reader_t *r, const keyauth_record_t *first,
    unsigned i)
{
    char                    name[64];
    unsigned                what;
    keyauth_own_t          *own;
    const keyauth_field_t  *field;

    own = r->state;
    field = &first->field[i];
    own->what[i] = KEYAUTH_COLUMN_IGNORED;
    keyauth_quote(name, sizeof(name), field->text, field->len);

    if (keyauth_column_parse(field->text, &what) != 0) {
        if (!keyauth_reader_ignores(r, field->text)) {
            keyauth_reader_unknown(r, i + 1, field);
        }

        return 0;
    }

    if (what >= KEYAUTH_COLUMNS) {
        return keyauth_reader_fail(r, first->line, i + 1, "\"%s\" is beyond "
                                   "the %d keys that are the most", name,
                                   KEYAUTH_KEYS_MAX);
    }

    if (own->where[what] != 0) {
        return keyauth_reader_fail(r, first->line, i + 1, "duplicate column "
                                   "\"%s\", also column %u", name,
                                   own->where[what]);
    }

    own->where[what] = i + 1;
    own->what[i] = what;

    if (what < KEYAUTH_COLUMN_USER && what / 2 + 1 > r->t->keys) {
        r->t->keys = what / 2 + 1;
    }

    return 0;
}


static int
keyauth_own_complete(keyauth_reader_t *r, const keyauth_record_t *first)
{
    char            name[32];
    unsigned        i;
    keyauth_own_t  *own;

    own = r->state;
    r->t->user_column = own->where[KEYAUTH_COLUMN_USER];
    r->session_column = own->where[KEYAUTH_COLUMN_SESSION];

    if (r->users && r->t->user_column == 0 && r->how->user == NULL) {
        return keyauth_reader_fail(r, first->line, 0, "missing column "
                                   "\"user\"");
    }

    if (r->t->keys < KEYAUTH_KEYS_MIN) {
        r->t->keys = KEYAUTH_KEYS_MIN;
    }

    for (i = 0; i < 2 * r->t->keys; i++) {
        if (own->where[i] == 0) {
            keyauth_column_name(name, i);
            return keyauth_reader_fail(r, first->line, 0, "missing column "
                                       "\"%s\"", name);
        }
    }

    return 0;
}


static int
keyauth_own_record(keyauth_reader_t *r, const keyauth_record_t *record)
{
    char            reason[128];
    unsigned        i;
    keyauth_own_t  *own;
    keyauth_row_t   row;

    own = r->state;
    memset(&row, 0, sizeof(keyauth_row_t));
    row.line = record->line;
    row.user = r->how->user;
    row.keys = r->t->keys;
    row.times = own->times;
    row.where = own->where;

    for (i = 0; i < record->fields; i++) {
        switch (own->what[i]) {

        case KEYAUTH_COLUMN_USER:
            row.user = record->field[i].text;
            break;

        case KEYAUTH_COLUMN_SESSION:
            row.session = record->field[i].text;
            break;

        case KEYAUTH_COLUMN_IGNORED:
            break;

        default:
            if (keyauth_reader_number(r, &record->field[i],
                                      &own->times[own->what[i]], reason)
                != 0)
            {
                return keyauth_reader_bad(r, record->line, i + 1, "%s",
                                          reason);
            }
        }
    }

    return keyauth_reader_row(r, &row);
}
