/*
 * Files of timings: see timings_read.h.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "labels.h"
#include "layouts.h"
#include "timings_read.h"
#include "unit.h"
#include "util.h"


#define KEYAUTH_NEAR  50                /* percent of a layout's columns */


static int keyauth_reader_headless(const keyauth_record_t *first);
static int keyauth_reader_layout(keyauth_reader_t *r,
    const keyauth_record_t *first);
static int keyauth_reader_open(keyauth_reader_t *r,
    const keyauth_layout_t *layout, const keyauth_record_t *first);
static int keyauth_reader_begin(keyauth_reader_t *r,
    const keyauth_record_t *first);
static int keyauth_reader_record(void *data, const keyauth_record_t *record,
    char separator);
static int keyauth_reader_bad_line(void *data, uint64_t line, unsigned column,
    const char *reason);
static int keyauth_reader_finish(keyauth_reader_t *r, uint64_t lines);
static int keyauth_reader_unit(keyauth_reader_t *r);
static int keyauth_reader_keep(keyauth_reader_t *r, double unit);
static int keyauth_reader_ms_row(keyauth_reader_t *r, uint32_t row,
    double *times, double unit);
static void keyauth_reader_whole(keyauth_reader_t *r, const char *what,
    char **label);
static void keyauth_reader_notes(keyauth_reader_t *r, int guessed);
static void keyauth_reader_free(keyauth_reader_t *r);


/* most of it are numbers, as those of rows or of pandas' unnamed columns */
static int
keyauth_reader_headless(const keyauth_record_t *first)
{
    unsigned  i, numbers;

    numbers = 0;

    for (i = 0; i < first->fields; i++) {
        numbers += keyauth_decimal(first->field[i].text) != 0;
    }

    return 2 * numbers > first->fields;
}


/* the layout that was chosen, or the one that fits, or the nearest */
static int
keyauth_reader_layout(keyauth_reader_t *r, const keyauth_record_t *first)
{
    char                     near[KEYAUTH_ERROR_MAX];
    unsigned                 percent;
    const keyauth_layout_t  *layout, *nearest;

    if (r->how->layout != NULL) {
        layout = keyauth_layout_named(r->how->layout);

        if (keyauth_reader_open(r, layout, first) != 0) {
            snprintf(near, sizeof(near), "%s", r->err);
            snprintf(r->err, KEYAUTH_ERROR_MAX, "%.330s; %s has %s", near,
                     layout->title, layout->columns);
            return -1;
        }

        return 0;
    }

    if (first->fields == 1 && strpbrk(first->field[0].text, " |:") != NULL) {
        return keyauth_reader_fail(r, first->line, 0, "one column, \"%s\": "
                                   "commas, semicolons or tabs separate "
                                   "columns%s",
                                   keyauth_quote(near, 64,
                                                 first->field[0].text,
                                                 first->field[0].len),
                                   strchr(first->field[0].text, ' ') != NULL
                                   ? " (tr -s ' ' , makes commas of blanks)"
                                   : "");
    }

    nearest = keyauth_layout_recognise(first, &percent);

    if (percent == 0 && keyauth_reader_headless(first)) {
        return keyauth_reader_fail(r, first->line, 0, "numbers, and no names "
                                   "of columns, nor %s, which has none: a "
                                   "header is to be %s",
                                   keyauth_layout_meu.title,
                                   keyauth_layout_keyauth.columns);
    }

    layout = percent < KEYAUTH_NEAR ? &keyauth_layout_keyauth : nearest;

    if (keyauth_reader_open(r, layout, first) == 0) {
        return 0;
    }

    snprintf(near, sizeof(near), "%.250s%s%s", r->err,
             percent < KEYAUTH_NEAR ? "; no layout fits, and keyauth's own has "
                                    : "",
             percent < KEYAUTH_NEAR ? keyauth_layout_keyauth.columns : "");

    if (nearest != NULL && nearest != &keyauth_layout_keyauth) {
        snprintf(r->err, KEYAUTH_ERROR_MAX, "%.380s; the nearest is %s, which "
                 "has %s", near, nearest->title, nearest->columns);

    } else {
        snprintf(r->err, KEYAUTH_ERROR_MAX, "%s", near);
    }

    return -1;
}


static int
keyauth_reader_open(keyauth_reader_t *r, const keyauth_layout_t *layout,
    const keyauth_record_t *first)
{
    r->layout = layout;
    r->unit = r->how->unit > 0 ? r->how->unit : layout->unit;

    return layout->begin(r, first);
}


static int
keyauth_reader_begin(keyauth_reader_t *r, const keyauth_record_t *first)
{
    unsigned  i;

    if (keyauth_reader_layout(r, first) != 0) {
        return -1;
    }

    if (r->layout->headless) {
        return r->layout->record(r, first);
    }

    r->names = keyauth_alloc(first->fields, sizeof(char *));
    r->columns = first->fields;

    for (i = 0; i < first->fields; i++) {
        r->names[i] = keyauth_strdup(first->field[i].text);
    }

    return 0;
}


static int
keyauth_reader_record(void *data, const keyauth_record_t *record,
    char separator)
{
    keyauth_reader_t  *r;

    r = data;
    r->separator = separator;

    if (r->layout == NULL) {
        return keyauth_reader_begin(r, record);
    }

    if (r->columns > 0 && record->fields != r->columns) {
        return keyauth_reader_bad(r, record->line, 0, "%u fields, and the "
                                  "header has %u", record->fields,
                                  r->columns);
    }

    return r->layout->record(r, record);
}


static int
keyauth_reader_bad_line(void *data, uint64_t line, unsigned column,
    const char *reason)
{
    keyauth_reader_t  *r;

    r = data;

    /* without its header nothing of a file can be read */

    if (r->layout == NULL) {
        return keyauth_reader_fail(r, line, column, "%s", reason);
    }

    return keyauth_reader_bad(r, line, column, "%s", reason);
}


static int
keyauth_reader_finish(keyauth_reader_t *r, uint64_t lines)
{
    int  guessed;

    if (r->layout == NULL) {
        return keyauth_reader_fail(r, lines, 0, "no header");
    }

    guessed = !(r->unit > 0);

    if (r->layout->end != NULL && r->layout->end(r) != 0) {
        return -1;
    }

    if (r->t->rows > 0 && keyauth_reader_unit(r) != 0) {
        return -1;
    }

    if (r->t->rows == 0) {
        return keyauth_reader_fail(r, lines, 0, r->bad > 0
                                   ? "no row is without a fault"
                                   : r->layout->headless ? "no rows"
                                   : "no rows after the header");
    }

    keyauth_reader_whole(r, "users", r->t->users);
    keyauth_reader_whole(r, "sessions", r->t->sessions);
    keyauth_reader_notes(r, guessed);

    return 0;
}


static void
keyauth_reader_whole(keyauth_reader_t *r, const char *what, char **label)
{
    if (keyauth_labels_whole(label, r->t->rows)) {
        keyauth_note(&r->t->notes, "%s: the %s are whole numbers with a "
                     "point: %s.0 becomes %s", r->path, what, label[0],
                     label[0]);
    }
}


/* a unit that nobody named is guessed, or has to be a person's */
static int
keyauth_reader_unit(keyauth_reader_t *r)
{
    int     held;
    double  guess, median;

    median = keyauth_unit_median(r->t, &held);

    if (!(median > 0)) {
        snprintf(r->err, KEYAUTH_ERROR_MAX, "%.200s: half of the keys are "
                 "pressed and released at one time, and at that of the key "
                 "before: the times have lost digits, as 1.58E+12 of a "
                 "spreadsheet has", r->path);
        return -1;
    }

    if (!(r->unit > 0)) {
        r->unit = keyauth_unit_guess(median);
        return keyauth_reader_keep(r, r->unit);
    }

    if (r->how->unit > 0) {
        return 0;
    }

    if (keyauth_unit_is_plausible(median, held)) {
        return keyauth_reader_keep(r, 1);
    }

    guess = keyauth_unit_guess(median / r->unit);

    snprintf(r->err, KEYAUTH_ERROR_MAX, "%.200s: half of the keys are %s %.6g "
             "ms or %s, which nobody types: --unit %s if that is the times' "
             "unit, --unit %s if it is so all the same", r->path,
             held ? "held for" : "pressed after", median,
             median > 100 ? "more" : "less",
             keyauth_unit_name(guess), keyauth_unit_name(r->unit));

    return -1;
}


/* of rows whose unit nobody named: into ms, but for those that are bad */
static int
keyauth_reader_keep(keyauth_reader_t *r, double unit)
{
    int                 rc;
    double              times[2 * KEYAUTH_KEYS_MAX];
    uint32_t            i, n;
    keyauth_timings_t  *t;

    t = r->t;
    n = 0;

    for (i = 0; i < t->rows; i++) {
        rc = keyauth_reader_ms_row(r, i, times, unit);

        if (rc == -1) {
            return -1;
        }

        if (rc == 1) {
            memcpy(t->times + (size_t) n * 2 * t->keys, times,
                   2 * t->keys * sizeof(double));
            keyauth_timings_swap(t, n++, i);
        }
    }

    keyauth_timings_cut(t, n);

    return 0;
}


/* 1, or what keyauth_reader_bad() returned */
static int
keyauth_reader_ms_row(keyauth_reader_t *r, uint32_t row, double *times,
    double unit)
{
    double              span;
    uint32_t            k, keys;
    const double       *from;

    keys = r->t->keys;
    from = r->t->times + (size_t) row * 2 * keys;
    span = 0;

    for (k = 0; k < 2 * keys; k++) {
        times[k] = keyauth_reader_ms(from[k], unit);
        span = times[k] > span ? times[k] : span;

        if (!(fabs(times[k]) <= KEYAUTH_MS_MAX)) {
            return keyauth_reader_bad(r, r->t->lines[row], 0, "more than %.0f "
                                      "ms from press-0", KEYAUTH_MS_MAX);
        }
    }

    /* the others are not so: it is in seconds, or a program's */

    if (span > 0 && span < keys) {
        return keyauth_reader_bad(r, r->t->lines[row], 0, "%u keys in %.6g "
                                  "ms, which nobody types: the other rows are "
                                  "in another unit", (unsigned) keys, span);
    }

    return 1;
}


static void
keyauth_reader_notes(keyauth_reader_t *r, int guessed)
{
    keyauth_timings_t  *t;

    t = r->t;

    if (r->layout != &keyauth_layout_keyauth) {
        keyauth_note(&t->notes, "%s: read as %s, in %s%s: %u rows of %u keys",
                     r->path, r->layout->title, keyauth_unit_name(r->unit),
                     guessed ? ", which is guessed (--unit names it)" : "",
                     (unsigned) t->rows, (unsigned) t->keys);
    }

    if (r->bad > 0) {
        keyauth_note(&t->notes, "%s: %u bad rows are left out, and %u are "
                     "read", r->path, (unsigned) r->bad, (unsigned) t->rows);
        keyauth_notes_move(&t->notes, &r->reasons);
    }
}


static void
keyauth_reader_free(keyauth_reader_t *r)
{
    unsigned  i;

    if (r->layout != NULL && r->layout->free != NULL && r->state != NULL) {
        r->layout->free(r->state);
    }

    for (i = 0; i < r->columns; i++) {
        free(r->names[i]);
    }

    free(r->names);
    keyauth_notes_free(&r->reasons);
}


int
keyauth_timings_read(keyauth_timings_t *t, const char *path, int users,
    const keyauth_reading_t *how, char *err)
{
    int                 rc;
    uint64_t            lines;
    keyauth_table_t     table;
    keyauth_reader_t    r;
    keyauth_reading_t   plain;

    memset(t, 0, sizeof(keyauth_timings_t));
    memset(&plain, 0, sizeof(keyauth_reading_t));
    memset(&r, 0, sizeof(keyauth_reader_t));
    r.t = t;
    r.how = how != NULL ? how : &plain;
    r.path = path;
    r.err = err;
    r.users = users != 0;
    table.record = keyauth_reader_record;
    table.bad = keyauth_reader_bad_line;
    table.data = &r;

    rc = keyauth_table_read(&table, path, t->digest, &lines, err);

    if (rc == 0) {
        rc = keyauth_reader_finish(&r, lines);
    }

    keyauth_reader_free(&r);

    if (rc != 0) {
        keyauth_timings_free(t);
    }

    return rc;
}
