/*
 * A plain reader of JSON, from RFC 8259's grammar, for fuzzers to hold the
 * engine's own against.  Each function returns 1 and steps behind what it
 * read, or 0.
 */


#ifndef RFC8259_H_INCLUDED
#define RFC8259_H_INCLUDED


#include <stdint.h>
#include <string.h>


typedef struct {
    const uint8_t  *p;
    const uint8_t  *end;
    int             nul;                /* a string holds U+0000 */
} fuzz_text_t;


static int fuzz_value(fuzz_text_t *t);
static int fuzz_list(fuzz_text_t *t, int object);
static int fuzz_string(fuzz_text_t *t);
static int fuzz_escape(fuzz_text_t *t);
static int fuzz_unit(fuzz_text_t *t, unsigned *unit);
static int fuzz_utf8(fuzz_text_t *t);
static int fuzz_number(fuzz_text_t *t);
static int fuzz_digits(fuzz_text_t *t);
static int fuzz_next(fuzz_text_t *t, int c);
static void fuzz_blank(fuzz_text_t *t);


static int
fuzz_value(fuzz_text_t *t)
{
    int                       i;
    size_t                    len;
    static const char *const  literals[] = { "null", "true", "false" };

    if (t->p == t->end) {
        return 0;
    }

    for (i = 0; i < 3; i++) {
        len = strlen(literals[i]);

        if ((size_t) (t->end - t->p) >= len
            && memcmp(t->p, literals[i], len) == 0)
        {
            t->p += len;
            return 1;
        }
    }

    switch (*t->p) {
    case '{':
        return fuzz_list(t, 1);
    case '[':
        return fuzz_list(t, 0);
    case '"':
        return fuzz_string(t);
    default:
        return fuzz_number(t);
    }
}


static int
fuzz_list(fuzz_text_t *t, int object)
{
    t->p++;
    fuzz_blank(t);

    if (fuzz_next(t, object ? '}' : ']')) {
        return 1;
    }

    do {
        fuzz_blank(t);

        if (object) {
            if (!fuzz_string(t)) {
                return 0;
            }

            fuzz_blank(t);

            if (!fuzz_next(t, ':')) {
                return 0;
            }

            fuzz_blank(t);
        }

        if (!fuzz_value(t)) {
            return 0;
        }

        fuzz_blank(t);
    } while (fuzz_next(t, ','));

    return fuzz_next(t, object ? '}' : ']');
}


static int
fuzz_string(fuzz_text_t *t)
{
    if (!fuzz_next(t, '"')) {
        return 0;
    }

    while (!fuzz_next(t, '"')) {

        if (t->p == t->end || *t->p < 0x20) {
            return 0;
        }

        if (fuzz_next(t, '\\')) {
            if (!fuzz_escape(t)) {
                return 0;
            }

        } else if (!fuzz_utf8(t)) {
            return 0;
        }
    }

    return 1;
}


static int
fuzz_escape(fuzz_text_t *t)
{
    unsigned  high, low;

    if (t->p == t->end) {
        return 0;
    }

    if (!fuzz_next(t, 'u')) {
        return *t->p != '\0' && strchr("\"\\/bfnrt", *t->p++) != NULL;
    }

    if (!fuzz_unit(t, &high) || (high >= 0xdc00 && high <= 0xdfff)) {
        return 0;
    }

    if (high < 0xd800 || high > 0xdbff) {
        t->nul |= (high == 0);
        return 1;
    }

    return fuzz_next(t, '\\') && fuzz_next(t, 'u') && fuzz_unit(t, &low)
           && low >= 0xdc00 && low <= 0xdfff;
}


static int
fuzz_unit(fuzz_text_t *t, unsigned *unit)
{
    int          i;
    const char  *digit;

    *unit = 0;

    for (i = 0; i < 4; i++) {
        if (t->p == t->end || *t->p == '\0') {
            return 0;
        }

        digit = strchr("00112233445566778899aAbBcCdDeEfF", *t->p++);
        if (digit == NULL) {
            return 0;
        }

        *unit = *unit * 16
                + (unsigned) (digit - "00112233445566778899aAbBcCdDeEfF") / 2;
    }

    return 1;
}


/* by code point, where the engine goes by bytes */
static int
fuzz_utf8(fuzz_text_t *t)
{
    int       i, n;
    uint32_t  c;

    c = *t->p++;

    if (c < 0x80) {
        return 1;
    }

    if (c >= 0xc0 && c <= 0xdf) {
        n = 1;
        c &= 0x1f;

    } else if (c >= 0xe0 && c <= 0xef) {
        n = 2;
        c &= 0x0f;

    } else if (c >= 0xf0 && c <= 0xf7) {
        n = 3;
        c &= 0x07;

    } else {
        return 0;
    }

    for (i = 0; i < n; i++) {
        if (t->p == t->end || *t->p < 0x80 || *t->p > 0xbf) {
            return 0;
        }

        c = c << 6 | (*t->p++ & 0x3f);
    }

    return (n == 1) ? c >= 0x80
           : (n == 2) ? c >= 0x800 && (c < 0xd800 || c > 0xdfff)
           : c >= 0x10000 && c <= 0x10ffff;
}


static int
fuzz_number(fuzz_text_t *t)
{
    (void) fuzz_next(t, '-');

    if (!fuzz_next(t, '0') && !fuzz_digits(t)) {
        return 0;
    }

    if (fuzz_next(t, '.') && !fuzz_digits(t)) {
        return 0;
    }

    if (fuzz_next(t, 'e') || fuzz_next(t, 'E')) {
        if (!fuzz_next(t, '+')) {
            (void) fuzz_next(t, '-');
        }

        return fuzz_digits(t);
    }

    return 1;
}


static int
fuzz_digits(fuzz_text_t *t)
{
    const uint8_t  *start;

    start = t->p;

    while (t->p < t->end && *t->p >= '0' && *t->p <= '9') {
        t->p++;
    }

    return t->p > start;
}


static int
fuzz_next(fuzz_text_t *t, int c)
{
    if (t->p == t->end || *t->p != c) {
        return 0;
    }

    t->p++;

    return 1;
}


static void
fuzz_blank(fuzz_text_t *t)
{
    while (fuzz_next(t, ' ') || fuzz_next(t, '\t') || fuzz_next(t, '\n')
           || fuzz_next(t, '\r'))
    {
        /* void */
    }
}


#endif /* RFC8259_H_INCLUDED */
