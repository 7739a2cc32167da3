/*
 * Rows and complaints of all layouts.
 */


#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "reader.h"
#include "util.h"


#define KEYAUTH_REASON_MAX   320


static void keyauth_reader_say(const keyauth_reader_t *r, char *out,
    uint64_t line, unsigned column, const char *reason);
static int keyauth_reader_is_bad(keyauth_reader_t *r, uint64_t line,
    unsigned column, const char *reason);
static int keyauth_reader_word(char *out, size_t size,
    const keyauth_field_t *field);
static int keyauth_reader_label(keyauth_reader_t *r, const keyauth_row_t *row,
    const char *s);
static int keyauth_reader_times(keyauth_reader_t *r, const keyauth_row_t *row,
    double *times);
static void keyauth_reader_room(keyauth_timings_t *t);


static void
keyauth_reader_say(const keyauth_reader_t *r, char *out, uint64_t line,
    unsigned column, const char *reason)
{
    char  name[48];

    if (column == 0) {
        snprintf(out, KEYAUTH_ERROR_MAX, "%.200s: line %llu: %.280s", r->path,
                 (unsigned long long) line, reason);

    } else if (column > r->columns) {
        snprintf(out, KEYAUTH_ERROR_MAX, "%.200s: line %llu, column %u: "
                 "%.260s", r->path, (unsigned long long) line, column, reason);

    } else {
        keyauth_quote(name, sizeof(name), r->names[column - 1],
                      strlen(r->names[column - 1]));
        snprintf(out, KEYAUTH_ERROR_MAX,
                 "%.200s: line %llu, column %u (%s): %.210s", r->path,
                 (unsigned long long) line, column, name, reason);
    }
}


int
keyauth_reader_fail(keyauth_reader_t *r, uint64_t line, unsigned column,
    const char *format, ...)
{
    char     reason[KEYAUTH_REASON_MAX];
    va_list  args;

    va_start(args, format);
    vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    keyauth_reader_say(r, r->err, line, column, reason);

    return -1;
}


int
keyauth_reader_bad(keyauth_reader_t *r, uint64_t line, unsigned column,
    const char *format, ...)
{
    char     reason[KEYAUTH_REASON_MAX];
    va_list  args;

    va_start(args, format);
    vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);

    return keyauth_reader_is_bad(r, line, column, reason);
}


/* of the first ones the reason is kept, of the others the line */
static int
keyauth_reader_is_bad(keyauth_reader_t *r, uint64_t line, unsigned column,
    const char *reason)
{
    int   advised;
    char  text[KEYAUTH_ERROR_MAX];

    if (!r->how->skip_bad) {
        keyauth_reader_say(r, text, line, column, reason);
        advised = reason[0] != '\0' && reason[strlen(reason) - 1] == ')';
        snprintf(r->err, KEYAUTH_ERROR_MAX, "%.470s%s", text, advised ? ""
                 : " (--skip-bad leaves such rows out)");
        return -1;
    }

    if (r->bad < KEYAUTH_NOTES_NAMED) {
        keyauth_reader_say(r, text, line, column, reason);
        keyauth_note(&r->reasons, "%s", text);

    } else if (r->bad == KEYAUTH_NOTES_NAMED) {
        keyauth_note(&r->reasons, "%s: and line %llu", r->path,
                     (unsigned long long) line);

    } else {
        keyauth_note_more(&r->reasons, ", %llu", (unsigned long long) line);
    }

    r->bad++;

    return 0;
}


int
keyauth_reader_number(const keyauth_reader_t *r, const keyauth_field_t *field,
    double *value, char *reason)
{
    char   text[40], number[64];
    char  *comma;

    if (field->len == 0) {
        strcpy(reason, "empty");
        return -1;
    }

    if (field->len < sizeof(number)) {
        memcpy(number, field->text, field->len + 1);
        comma = r->separator != ',' ? strchr(number, ',') : NULL;

        if (comma != NULL) {
            *comma = '.';
        }

        if (keyauth_decimal(number)) {
            *value = strtod(number, NULL);
            return 0;
        }
    }

    snprintf(reason, 128, "not a number: \"%s\"%s",
             keyauth_quote(text, sizeof(text), field->text, field->len),
             r->separator == ',' && strchr(field->text, ',') != NULL
             ? " (decimal commas need semicolons between fields)" : "");

    return -1;
}


void
keyauth_reader_unknown(keyauth_reader_t *r, unsigned column,
    const keyauth_field_t *field)
{
    char         name[260];
    size_t       len;
    unsigned     comma;
    const char  *between;

    r->unknown = r->unknowns++ == 0 ? column : r->unknown;
    len = strlen(r->ignore);
    comma = strchr(field->text, ',') != NULL;
    between = len == 0 ? "" : comma || r->apart ? " --ignore " : ",";

    if (r->cut) {
        return;
    }

    if (keyauth_reader_word(name, sizeof(name), field) == 0
        && len + strlen(between) + strlen(name) + 5 < sizeof(r->ignore))
    {
        strcpy(r->ignore + len, between);
        strcat(r->ignore, name);
        r->apart = comma;
        return;
    }

    strcpy(r->ignore + len, len == 0 ? "..." : ",...");
    r->cut = 1;
}


/* a name as a shell takes it; -1: it does not fit, or cannot be typed */
static int
keyauth_reader_word(char *out, size_t size, const keyauth_field_t *field)
{
    char        *p;
    size_t       i, n;
    const char  *s;

    static const char  plain[] = "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789_.,:/@%+=-";

    s = field->text;

    for (i = 0; i < field->len; i += n) {
        n = keyauth_utf8(s + i, field->len - i);

        if (n == 0) {
            return -1;
        }
    }

    if (4 * field->len + 3 > size) {
        return -1;
    }

    if (strspn(s, plain) == field->len) {
        strcpy(out, s);
        return 0;
    }

    p = out;
    *p++ = '\'';

    for (i = 0; i < field->len; i++) {
        if (s[i] == '\'') {
            p = stpcpy(p, "'\\'");
        }

        *p++ = s[i];
    }

    strcpy(p, "'");

    return 0;
}


int
keyauth_reader_all_known(keyauth_reader_t *r, const keyauth_record_t *first)
{
    char                    name[64];
    const keyauth_field_t  *field;

    if (r->unknowns == 0) {
        return 0;
    }

    field = &first->field[r->unknown - 1];
    keyauth_quote(name, sizeof(name), field->text, field->len);

    if (r->unknowns == 1) {
        return keyauth_reader_fail(r, first->line, r->unknown, "unknown "
                                   "column \"%s\" (--ignore leaves it out)",
                                   name);
    }

    return keyauth_reader_fail(r, first->line, r->unknown, "unknown column "
                               "\"%s\", and %u more (--ignore %s leaves them "
                               "out)", name, r->unknowns - 1, r->ignore);
}


int
keyauth_reader_is_named(const keyauth_reader_t *r, const char *name)
{
    size_t       len, n;
    uint32_t     i;
    const char  *p;

    n = strlen(name);

    for (i = 0; i < r->how->ignores; i++) {
        if (strcmp(r->how->ignore[i], name) == 0) {
            return 1;
        }

        for (p = r->how->ignore[i]; /* void */ ; p += len + 1) {
            len = strcspn(p, ",");

            if (len == n && memcmp(p, name, n) == 0) {
                return 1;
            }

            if (p[len] == '\0') {
                break;
            }
        }
    }

    return 0;
}


int
keyauth_reader_ignores(const keyauth_reader_t *r, const char *name)
{
    return keyauth_reader_is_named(r, name)
           || keyauth_column_is_known_extra(name);
}


/* a user's or a session's name: 1, or what keyauth_reader_bad() returned */
static int
keyauth_reader_label(keyauth_reader_t *r, const keyauth_row_t *row,
    const char *s)
{
    size_t    i, len, n;
    unsigned  column;

    column = s == row->user ? r->t->user_column : r->session_column;
    len = strlen(s);

    if (len == 0) {
        return keyauth_reader_bad(r, row->line, column, "empty");
    }

    if (len > KEYAUTH_LABEL_MAX) {
        return keyauth_reader_bad(r, row->line, column, "longer than %d bytes",
                                  KEYAUTH_LABEL_MAX);
    }

    for (i = 0; i < len; i += n) {
        n = keyauth_utf8(s + i, len - i);

        if (n == 0) {
            return keyauth_reader_bad(r, row->line, column, "not UTF-8, or a "
                                      "control character in it");
        }
    }

    return 1;
}


/*
 * Times since the first press, in ms where the unit is known: 1, or what
 * keyauth_reader_bad() returned
 */
static int
keyauth_reader_times(keyauth_reader_t *r, const keyauth_row_t *row,
    double *times)
{
    double    unit;
    unsigned  i, where;

    unit = r->unit > 0 ? r->unit : 1;

    for (i = 0; i < 2 * row->keys; i++) {
        where = row->where != NULL ? row->where[i] : 0;

        if (!(fabs(row->times[i]) <= KEYAUTH_ORIGIN_MAX)) {
            return keyauth_reader_bad(r, row->line, where, "beyond 2^63");
        }

        times[i] = keyauth_reader_ms(row->times[i] - row->times[0], unit);

        if (r->unit > 0 && !(fabs(times[i]) <= KEYAUTH_MS_MAX)) {
            return keyauth_reader_bad(r, row->line, where, "more than %.0f ms "
                                      "from press-0%s", KEYAUTH_MS_MAX,
                                      r->how->unit > 0 ? ""
                                      : " (--unit if the times are in "
                                      "another unit)");
        }
    }

    for (i = 0; i < 2 * row->keys; i++) {
        where = row->where != NULL ? row->where[i] : 0;

        if (i % 2 == 0 && i > 0 && times[i] < times[i - 2]) {
            return keyauth_reader_bad(r, row->line, where, "key order broken: "
                                      "before press-%u", i / 2 - 1);
        }

        if (i % 2 == 1 && times[i] < times[i - 1]) {
            return keyauth_reader_bad(r, row->line, where,
                                      "release before press");
        }
    }

    return 1;
}


double
keyauth_reader_ms(double x, double unit)
{
    return unit < 1 || unit > 1 ? rint(x * unit * 1e6) / 1e6 : x;
}


int
keyauth_reader_row(keyauth_reader_t *r, const keyauth_row_t *row)
{
    int                 rc;
    double              times[2 * KEYAUTH_KEYS_MAX];
    keyauth_timings_t  *t;

    t = r->t;
    rc = r->users ? keyauth_reader_label(r, row, row->user) : 1;

    if (rc == 1 && row->session != NULL) {
        rc = keyauth_reader_label(r, row, row->session);
    }

    if (rc == 1) {
        rc = keyauth_reader_times(r, row, times);
    }

    if (rc != 1) {
        return rc;
    }

    if (t->rows == UINT32_MAX / 2) {
        return keyauth_reader_fail(r, row->line, 0, "too many rows");
    }

    keyauth_reader_room(t);
    memcpy(t->times + (size_t) t->rows * 2 * t->keys, times,
           2 * t->keys * sizeof(double));
    t->lines[t->rows] = row->line;
    t->sessions[t->rows] = row->session != NULL
                           ? keyauth_strdup(row->session) : NULL;
    t->users[t->rows++] = r->users ? keyauth_strdup(row->user) : NULL;

    return 0;
}


static void
keyauth_reader_room(keyauth_timings_t *t)
{
    if (t->rows < t->room) {
        return;
    }

    t->room = t->room ? 2 * t->room : 256;
    t->users = keyauth_realloc(t->users, t->room, sizeof(char *));
    t->sessions = keyauth_realloc(t->sessions, t->room, sizeof(char *));
    t->lines = keyauth_realloc(t->lines, t->room, sizeof(uint64_t));
    t->times = keyauth_realloc(t->times, t->room,
                               2 * t->keys * sizeof(double));
}
