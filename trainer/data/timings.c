#include <csv.h>
#include <errno.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "dataset.h"
#include "timings.h"
#include "util.h"


#define KEYAUTH_BLOCK         65536


typedef struct {
    keyauth_timings_t  *t;
    const char         *path;
    char               *err;
    uint64_t            line;
    uint64_t            begun;          /* line of the row's first byte */
    size_t              bytes;          /* of the row so far */
    unsigned            field;          /* of the row, from 0 */
    unsigned            columns;        /* in the header; 0: not read yet */
    unsigned            users:1;        /* wanted */
    unsigned            failed:1;
    unsigned            returned:1;     /* the last line ended in CR */
    unsigned            what[KEYAUTH_COLUMNS_MAX];  /* time, or _USER */
    unsigned            where[KEYAUTH_COLUMNS_MAX]; /* from 1; 0: nowhere */
    char               *user;
    double              times[2 * KEYAUTH_KEYS_MAX];
    struct csv_parser   parser;
} keyauth_csv_t;


static void keyauth_csv_fail(keyauth_csv_t *c, unsigned column,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
static void keyauth_csv_header_field(keyauth_csv_t *c, const char *s,
    size_t len);
static void keyauth_csv_header_end(keyauth_csv_t *c);
static void keyauth_csv_user(keyauth_csv_t *c, const char *s, size_t len);
static void keyauth_csv_time(keyauth_csv_t *c, unsigned what, const char *s,
    size_t len);
static void keyauth_csv_row_end(keyauth_csv_t *c);
static void keyauth_csv_field(void *s, size_t len, void *data);
static void keyauth_csv_end(int term, void *data);
static void keyauth_csv_feed(keyauth_csv_t *c, const char *p, size_t n);
static void keyauth_csv_block(keyauth_csv_t *c, const char *p,
    const char *last);
static void keyauth_csv_file(keyauth_csv_t *c, FILE *f, EVP_MD_CTX *sha);


static void
keyauth_csv_fail(keyauth_csv_t *c, unsigned column, const char *format, ...)
{
    char     name[32], reason[192];
    va_list  args;

    if (c->failed) {
        return;
    }

    c->failed = 1;
    va_start(args, format);
    vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);

    if (column == 0) {
        snprintf(c->err, KEYAUTH_ERROR_MAX, "%.200s: line %llu: %s", c->path,
                 (unsigned long long) c->line, reason);

    } else if (column > c->columns) {
        snprintf(c->err, KEYAUTH_ERROR_MAX, "%.200s: line %llu, column %u: %s",
                 c->path, (unsigned long long) c->line, column, reason);

    } else {
        keyauth_column_name(name, c->what[column - 1]);
        snprintf(c->err, KEYAUTH_ERROR_MAX,
                 "%.200s: line %llu, column %u (%s): %s", c->path,
                 (unsigned long long) c->line, column, name, reason);
    }
}


static void
keyauth_csv_header_field(keyauth_csv_t *c, const char *s, size_t len)
{
    char      name[64];
    unsigned  what;

    if (keyauth_column_parse(s, &what) != 0 || strlen(s) != len) {
        keyauth_csv_fail(c, c->field + 1, "unknown column \"%s\"",
                         keyauth_quote(name, sizeof(name), s, len));
        return;
    }

    if (what > KEYAUTH_COLUMN_USER
        || (what == KEYAUTH_COLUMN_USER && *s != 'u'))
    {
        keyauth_csv_fail(c, c->field + 1, "\"%s\" is beyond the %d keys that "
                         "are the most",
                         keyauth_quote(name, sizeof(name), s, len),
                         KEYAUTH_KEYS_MAX);
        return;
    }

    if (c->where[what] != 0) {
        keyauth_csv_fail(c, c->field + 1,
                         "duplicate column \"%s\", also column %u", s,
                         c->where[what]);
        return;
    }

    c->where[what] = c->field + 1;
    c->what[c->field] = what;

    if (what != KEYAUTH_COLUMN_USER && what / 2 + 1 > c->t->keys) {
        c->t->keys = what / 2 + 1;
    }
}


static void
keyauth_csv_header_end(keyauth_csv_t *c)
{
    char      name[32];
    unsigned  i;

    c->t->user_column = c->where[KEYAUTH_COLUMN_USER];

    if (c->users && c->t->user_column == 0) {
        keyauth_csv_fail(c, 0, "missing column \"user\"");
        return;
    }

    if (c->t->keys < KEYAUTH_KEYS_MIN) {
        c->t->keys = KEYAUTH_KEYS_MIN;
    }

    for (i = 0; i < 2 * c->t->keys; i++) {
        if (c->where[i] == 0) {
            keyauth_column_name(name, i);
            keyauth_csv_fail(c, 0, "missing column \"%s\"", name);
            return;
        }
    }

    c->columns = c->field;
}


static void
keyauth_csv_user(keyauth_csv_t *c, const char *s, size_t len)
{
    size_t  i, n;

    if (!c->users) {
        return;
    }

    if (len == 0) {
        keyauth_csv_fail(c, c->field + 1, "empty");
        return;
    }

    if (len > KEYAUTH_LABEL_MAX) {
        keyauth_csv_fail(c, c->field + 1, "longer than %d bytes",
                         KEYAUTH_LABEL_MAX);
        return;
    }

    for (i = 0; i < len; i += n) {
        n = keyauth_utf8(s + i, len - i);

        if (n == 0) {
            keyauth_csv_fail(c, c->field + 1,
                             "not UTF-8, or a control character in it");
            return;
        }
    }

    free(c->user);
    c->user = keyauth_strdup(s);
}


static void
keyauth_csv_time(keyauth_csv_t *c, unsigned what, const char *s, size_t len)
{
    char    text[40];
    double  value;

    if (len == 0) {
        keyauth_csv_fail(c, c->field + 1, "empty");
        return;
    }

    if (!keyauth_decimal(s)) {
        keyauth_csv_fail(c, c->field + 1, "not a number: \"%s\"",
                         keyauth_quote(text, sizeof(text), s, len));
        return;
    }

    value = strtod(s, NULL);

    if (!(fabs(value) <= KEYAUTH_MS_MAX)) {
        keyauth_csv_fail(c, c->field + 1, "beyond %.0f ms", KEYAUTH_MS_MAX);
        return;
    }

    c->times[what] = value;
}


static void
keyauth_csv_row_end(keyauth_csv_t *c)
{
    unsigned            i;
    keyauth_timings_t  *t;

    t = c->t;

    if (c->field != c->columns) {
        keyauth_csv_fail(c, 0, "%u fields, and the header has %u", c->field,
                         c->columns);
        return;
    }

    for (i = 0; i < t->keys; i++) {
        if (i > 0 && c->times[2 * i] < c->times[2 * i - 2]) {
            keyauth_csv_fail(c, c->where[2 * i],
                             "key order broken: before press-%u", i - 1);
            return;
        }

        if (c->times[2 * i + 1] < c->times[2 * i]) {
            keyauth_csv_fail(c, c->where[2 * i + 1], "release before press");
            return;
        }
    }

    if (t->rows == UINT32_MAX / 2) {
        keyauth_csv_fail(c, 0, "too many rows");
        return;
    }

    if (t->rows == t->room) {
        t->room = t->room ? 2 * t->room : 256;
        t->users = keyauth_realloc(t->users, t->room, sizeof(char *));
        t->lines = keyauth_realloc(t->lines, t->room, sizeof(uint64_t));
        t->times = keyauth_realloc(t->times, t->room,
                                   2 * t->keys * sizeof(double));
    }

    memcpy(t->times + (size_t) t->rows * 2 * t->keys, c->times,
           2 * t->keys * sizeof(double));
    t->lines[t->rows] = c->line;
    t->users[t->rows++] = c->user;
    c->user = NULL;
}


static void
keyauth_csv_field(void *s, size_t len, void *data)
{
    unsigned        what;
    keyauth_csv_t  *c;

    c = data;

    if (c->failed) {
        return;
    }

    if (c->columns == 0) {
        keyauth_csv_header_field(c, s, len);

    } else if (c->field < c->columns) {
        what = c->what[c->field];

        if (what == KEYAUTH_COLUMN_USER) {
            keyauth_csv_user(c, s, len);

        } else {
            keyauth_csv_time(c, what, s, len);
        }
    }

    c->field++;
}


static void
keyauth_csv_end(int term, void *data)
{
    keyauth_csv_t  *c;

    (void) term;
    c = data;

    /* an empty line ends a row without fields */

    if (!c->failed && c->field > 0) {
        if (c->columns == 0) {
            keyauth_csv_header_end(c);

        } else {
            keyauth_csv_row_end(c);
        }
    }

    c->field = 0;
    c->bytes = 0;
}


static void
keyauth_csv_feed(keyauth_csv_t *c, const char *p, size_t n)
{
    if (c->bytes == 0) {
        c->begun = c->line;
    }

    c->bytes += n;

    if (c->bytes > KEYAUTH_DATASET_LINE_MAX) {
        c->line = c->begun;
        keyauth_csv_fail(c, 0, "longer than %d bytes",
                         KEYAUTH_DATASET_LINE_MAX);
        return;
    }

    if (n > 0 && csv_parse(&c->parser, p, n, keyauth_csv_field,
                           keyauth_csv_end, c) != n)
    {
        if (csv_error(&c->parser) == CSV_EPARSE) {
            keyauth_csv_fail(c, c->field + 1, "misplaced quote");
            return;
        }

        keyauth_csv_fail(c, 0, "out of memory");
    }
}


/* feeds line by line, so that callbacks know where they are */
static void
keyauth_csv_block(keyauth_csv_t *c, const char *p, const char *last)
{
    const char  *begin;

    begin = p;

    for ( /* void */ ; p < last && !c->failed; p++) {
        if (*p == '\0') {
            keyauth_csv_feed(c, begin, (size_t) (p - begin));
            keyauth_csv_fail(c, c->field + 1, "NUL byte");
            return;
        }

        if (*p != '\n' && *p != '\r') {
            c->returned = 0;
            continue;
        }

        keyauth_csv_feed(c, begin, (size_t) (p + 1 - begin));
        begin = p + 1;
        c->line += !(*p == '\n' && c->returned);
        c->returned = *p == '\r';
    }

    if (!c->failed) {
        keyauth_csv_feed(c, begin, (size_t) (last - begin));
    }
}


static void
keyauth_csv_file(keyauth_csv_t *c, FILE *f, EVP_MD_CTX *sha)
{
    char         *buf, *p;
    size_t        n;
    unsigned      first;

    buf = keyauth_alloc(KEYAUTH_BLOCK, 1);
    first = 1;

    while (!c->failed && (n = fread(buf, 1, KEYAUTH_BLOCK, f)) > 0) {
        EVP_DigestUpdate(sha, buf, n);
        p = buf;

        if (first && n >= 3 && memcmp(buf, "\xef\xbb\xbf", 3) == 0) {
            p += 3;
        }

        first = 0;
        keyauth_csv_block(c, p, buf + n);
    }

    if (!c->failed && ferror(f)) {
        c->failed = 1;
        snprintf(c->err, KEYAUTH_ERROR_MAX, "%.200s: cannot be read: %s",
                 c->path, strerror(errno));
    }

    free(buf);

    if (!c->failed
        && csv_fini(&c->parser, keyauth_csv_field, keyauth_csv_end, c) != 0)
    {
        c->line = c->begun;
        keyauth_csv_fail(c, c->field + 1, "the quote is not closed");
    }

    if (!c->failed && (first || c->columns == 0 || c->t->rows == 0)) {
        c->failed = 1;
        snprintf(c->err, KEYAUTH_ERROR_MAX, "%.200s: line %llu: %s", c->path,
                 (unsigned long long) c->line,
                 first ? "the file is empty" : c->columns == 0
                 ? "no header" : "no rows after the header");
    }
}


int
keyauth_timings_read(keyauth_timings_t *t, const char *path, int users,
    char *err)
{
    int             rc;
    FILE           *f;
    EVP_MD_CTX     *sha;
    keyauth_csv_t  *c;

    memset(t, 0, sizeof(keyauth_timings_t));
    f = fopen(path, "rb");

    if (f == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: cannot be opened: %s", path,
                 strerror(errno));
        return -1;
    }

    c = keyauth_alloc(1, sizeof(keyauth_csv_t));
    c->t = t;
    c->path = path;
    c->err = err;
    c->line = 1;
    c->users = users != 0;
    sha = EVP_MD_CTX_new();

    if (sha == NULL || !EVP_DigestInit_ex(sha, EVP_sha256(), NULL)
        || csv_init(&c->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL
                    | CSV_REPALL_NL) != 0)
    {
        c->failed = 1;
        snprintf(err, KEYAUTH_ERROR_MAX, "out of memory");

    } else {
        keyauth_csv_file(c, f, sha);
        csv_free(&c->parser);
        EVP_DigestFinal_ex(sha, t->digest, NULL);
    }

    rc = c->failed ? -1 : 0;

    if (rc != 0) {
        keyauth_timings_free(t);
    }

    EVP_MD_CTX_free(sha);
    free(c->user);
    free(c);
    fclose(f);

    return rc;
}


void
keyauth_timings_free(keyauth_timings_t *t)
{
    uint32_t  i;

    for (i = 0; i < t->rows; i++) {
        free(t->users[i]);
    }

    free(t->users);
    free(t->lines);
    free(t->paths);
    free(t->times);
    memset(t, 0, sizeof(keyauth_timings_t));
}
