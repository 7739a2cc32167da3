/*
 * Tables in files, line by line through libcsv.
 */


#include <csv.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foreign.h"
#include "keyauth.h"
#include "table.h"
#include "util.h"


#define KEYAUTH_BLOCK  65536


typedef struct {
    const keyauth_table_t  *table;
    const char             *path;
    char                   *err;
    uint64_t                line;
    uint64_t                begun;      /* line of the record's first byte */
    size_t                  bytes;      /* of the record so far */
    size_t                  used;       /* of buffer */
    char                   *buffer;     /* the record's fields */
    keyauth_record_t       *record;
    unsigned                fields;     /* of the first record */
    char                    separator;  /* NUL: not known yet */
    unsigned                failed:1;
    unsigned                returned:1; /* the last line ended in CR */
    unsigned                skipping:1; /* what is left of a bad line */
    struct csv_parser       parser;
} keyauth_lines_t;


static int keyauth_lines_parser(keyauth_lines_t *c);
static void keyauth_lines_separator(keyauth_lines_t *c, const char *p,
    const char *last);
static int keyauth_lines_no_blank(unsigned char c);
static void keyauth_lines_bad(keyauth_lines_t *c, uint64_t line,
    unsigned column, const char *reason);
static void keyauth_lines_fatal(keyauth_lines_t *c, uint64_t line,
    const char *reason);
static void keyauth_lines_field(void *s, size_t len, void *data);
static size_t keyauth_lines_plain(char *text, size_t len);
static unsigned keyauth_lines_trim(keyauth_lines_t *c);
static void keyauth_lines_end(int term, void *data);
static void keyauth_lines_feed(keyauth_lines_t *c, const char *p, size_t n);
static void keyauth_lines_block(keyauth_lines_t *c, const char *p,
    const char *last);
static void keyauth_lines_file(keyauth_lines_t *c, FILE *f, EVP_MD_CTX *sha);


static int
keyauth_lines_parser(keyauth_lines_t *c)
{
    if (csv_init(&c->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL
                             | CSV_REPALL_NL)
        != 0)
    {
        return -1;
    }

    if (c->separator != '\0') {
        csv_set_delim(&c->parser, (unsigned char) c->separator);
    }

    /* programs that write tabs quote nothing, and a quote is a key as others */

    if (c->separator == '\t') {
        csv_set_quote(&c->parser, '\0');
        csv_set_space_func(&c->parser, keyauth_lines_no_blank);
    }

    return 0;
}


/* what separates most in the first line, outside quotes, before commas */
static void
keyauth_lines_separator(keyauth_lines_t *c, const char *p, const char *last)
{
    int  quoted;

    while (p < last && (*p == '\n' || *p == '\r')) {
        p++;
    }

    if (p == last) {
        return;
    }

    c->separator = ',';
    quoted = 0;

    for ( /* void */ ; p < last && *p != '\n' && *p != '\r'; p++) {
        if (*p == '"') {
            quoted = !quoted;

        } else if (*p == '\t') {
            c->separator = '\t';
            break;

        } else if (*p == ';' && !quoted) {
            c->separator = ';';
        }
    }

    csv_free(&c->parser);

    if (keyauth_lines_parser(c) != 0) {
        keyauth_lines_fatal(c, c->line, "out of memory");
    }
}


static int
keyauth_lines_no_blank(unsigned char c)
{
    (void) c;

    return 0;
}


/* one record is lost; the parser begins anew with the next line */
static void
keyauth_lines_bad(keyauth_lines_t *c, uint64_t line, unsigned column,
    const char *reason)
{
    if (c->failed) {
        return;
    }

    if (c->table->bad(c->table->data, line, column, reason) != 0) {
        c->failed = 1;
        return;
    }

    csv_free(&c->parser);

    if (keyauth_lines_parser(c) != 0) {
        keyauth_lines_fatal(c, c->line, "out of memory");
    }

    c->skipping = 1;
    c->record->fields = 0;
    c->bytes = 0;
    c->used = 0;
}


static void
keyauth_lines_fatal(keyauth_lines_t *c, uint64_t line, const char *reason)
{
    if (!c->failed) {
        c->failed = 1;
        snprintf(c->err, KEYAUTH_ERROR_MAX, "%.200s: line %llu: %s", c->path,
                 (unsigned long long) line, reason);
    }
}


static void
keyauth_lines_field(void *s, size_t len, void *data)
{
    char             *text;
    keyauth_lines_t  *c;
    keyauth_field_t  *field;

    c = data;

    if (c->record->fields == KEYAUTH_TABLE_FIELDS_MAX) {
        keyauth_lines_fatal(c, c->line, "more than 1024 fields");
        return;
    }

    text = c->buffer + c->used;
    memcpy(text, s, len);
    text[len] = '\0';

    if (c->separator == '\t') {
        len = keyauth_lines_plain(text, len);
    }

    field = &c->record->field[c->record->fields++];
    field->text = text;
    field->len = len;
    c->used += len + 1;
}


/* a field between tabs, without blanks around it, or quotes that some write */
static size_t
keyauth_lines_plain(char *text, size_t len)
{
    size_t  begin, end, i;

    begin = strspn(text, " ");

    if (begin == len) {
        return len;
    }

    for (end = len; text[end - 1] == ' '; end--) {
        /* void */
    }

    if (end - begin >= 2 && text[begin] == '"' && text[end - 1] == '"') {
        begin++;
        end--;
        len = 0;

        for (i = begin; i < end; i++) {
            i += text[i] == '"' && i + 1 < end && text[i + 1] == '"';
            text[len++] = text[i];
        }

    } else {
        len = end - begin;
        memmove(text, text + begin, len);
    }

    text[len] = '\0';

    return len;
}


/*
 * A record without the empty fields of separators at its end; none is left
 * of a line without anything, and of the first where it names the separator
 */
static unsigned
keyauth_lines_trim(keyauth_lines_t *c)
{
    unsigned           n;
    keyauth_record_t  *r;

    r = c->record;

    for (n = r->fields; n > 0 && r->field[n - 1].len == 0; n--) {
        /* void */
    }

    if (c->fields == 0) {
        if (n == 1 && strcmp(r->field[0].text, "sep=") == 0) {
            return 0;
        }

        c->fields = n;
    }

    if (n > 0 && r->fields > c->fields) {
        r->fields = n > c->fields ? n : c->fields;
    }

    return n;
}


static void
keyauth_lines_end(int term, void *data)
{
    keyauth_lines_t  *c;

    (void) term;
    c = data;

    if (!c->failed && keyauth_lines_trim(c) > 0) {
        c->record->line = c->line;

        if (c->table->record(c->table->data, c->record, c->separator) != 0) {
            c->failed = 1;
        }
    }

    c->record->fields = 0;
    c->bytes = 0;
    c->used = 0;
}


static void
keyauth_lines_feed(keyauth_lines_t *c, const char *p, size_t n)
{
    if (n == 0) {
        return;
    }

    if (c->skipping) {
        c->skipping = p[n - 1] != '\n' && p[n - 1] != '\r';
        return;
    }

    if (c->bytes == 0) {
        c->begun = c->line;
    }

    c->bytes += n;

    if (c->bytes > KEYAUTH_TABLE_LINE_MAX) {
        keyauth_lines_fatal(c, c->begun, "longer than 65536 bytes");
        return;
    }

    if (csv_parse(&c->parser, p, n, keyauth_lines_field, keyauth_lines_end, c)
        == n)
    {
        return;
    }

    if (csv_error(&c->parser) == CSV_EPARSE) {
        keyauth_lines_bad(c, c->line, c->record->fields + 1,
                          "misplaced quote");
        c->skipping = p[n - 1] != '\n' && p[n - 1] != '\r';
        return;
    }

    keyauth_lines_fatal(c, c->line, "out of memory");
}


/* feeds line by line, so that callbacks know where they are */
static void
keyauth_lines_block(keyauth_lines_t *c, const char *p, const char *last)
{
    const char  *begin;

    if (c->separator == '\0') {
        keyauth_lines_separator(c, p, last);
    }

    begin = p;

    for ( /* void */ ; p < last && !c->failed; p++) {
        if (*p == '\0' && !c->skipping) {
            keyauth_lines_feed(c, begin, (size_t) (p - begin));

            if (!c->skipping) {
                keyauth_lines_bad(c, c->line, c->record->fields + 1,
                                  "NUL byte");
            }

            begin = p;
        }

        if (*p != '\n' && *p != '\r') {
            c->returned = 0;
            continue;
        }

        keyauth_lines_feed(c, begin, (size_t) (p + 1 - begin));
        begin = p + 1;
        c->line += !(*p == '\n' && c->returned);
        c->returned = *p == '\r';
    }

    if (!c->failed) {
        keyauth_lines_feed(c, begin, (size_t) (last - begin));
    }
}


static void
keyauth_lines_file(keyauth_lines_t *c, FILE *f, EVP_MD_CTX *sha)
{
    char        *buf, *p;
    size_t       n;
    unsigned     first;
    const char  *foreign;

    buf = keyauth_alloc(KEYAUTH_BLOCK, 1);
    first = 1;

    while (!c->failed && (n = fread(buf, 1, KEYAUTH_BLOCK, f)) > 0) {
        EVP_DigestUpdate(sha, buf, n);
        p = buf;

        if (first && n >= 3 && memcmp(buf, "\xef\xbb\xbf", 3) == 0) {
            p += 3;
        }

        foreign = first ? keyauth_foreign(p, n - (size_t) (p - buf))
                        : NULL;

        if (foreign != NULL) {
            keyauth_lines_fatal(c, c->line, foreign);
        }

        first = 0;
        keyauth_lines_block(c, p, buf + n);
    }

    if (!c->failed && ferror(f)) {
        c->failed = 1;
        snprintf(c->err, KEYAUTH_ERROR_MAX, "%.200s: cannot be read: %s",
                 c->path, strerror(errno));
    }

    free(buf);

    if (!c->failed && first) {
        keyauth_lines_fatal(c, c->line, "the file is empty");
    }

    if (!c->failed && !c->skipping
        && csv_fini(&c->parser, keyauth_lines_field, keyauth_lines_end, c)
           != 0)
    {
        keyauth_lines_bad(c, c->begun, c->record->fields + 1,
                          "the quote is not closed");
    }
}


int
keyauth_table_read(const keyauth_table_t *t, const char *path,
    uint8_t *digest, uint64_t *lines, char *err)
{
    FILE             *f;
    EVP_MD_CTX       *sha;
    keyauth_lines_t   c;

    f = fopen(path, "rb");

    if (f == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: cannot be opened: %s", path,
                 strerror(errno));
        return -1;
    }

    memset(&c, 0, sizeof(keyauth_lines_t));
    c.table = t;
    c.path = path;
    c.err = err;
    c.line = 1;

    /* the terminators of fields take the separators' places, but the last */

    c.buffer = keyauth_alloc(KEYAUTH_TABLE_LINE_MAX + 2, 1);
    c.record = keyauth_alloc(1, sizeof(keyauth_record_t));
    sha = EVP_MD_CTX_new();

    if (sha == NULL || !EVP_DigestInit_ex(sha, EVP_sha256(), NULL)
        || keyauth_lines_parser(&c) != 0)
    {
        c.failed = 1;
        snprintf(err, KEYAUTH_ERROR_MAX, "out of memory");

    } else {
        keyauth_lines_file(&c, f, sha);
        csv_free(&c.parser);
        EVP_DigestFinal_ex(sha, digest, NULL);
    }

    *lines = c.line;
    EVP_MD_CTX_free(sha);
    free(c.buffer);
    free(c.record);
    fclose(f);

    return c.failed ? -1 : 0;
}
