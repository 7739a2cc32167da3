/*
 * A body's bytes, read as JSON.
 */


#include <string.h>

#include "keyauth_body.h"
#include "keyauth_input.h"
#include "keyauth_scan.h"


typedef struct {
    keyauth_scan_t    scan;
    keyauth_value_t  *next;             /* the first free value */
    keyauth_value_t  *last;             /* behind those that may be used */
    char             *text;             /* free memory for strings */
    int               depth;
} keyauth_reader_t;


static const char *keyauth_body_value(keyauth_reader_t *r, const char *p,
    keyauth_value_t *value);
static const char *keyauth_body_list(keyauth_reader_t *r, const char *p,
    keyauth_value_t *list);
static const char *keyauth_body_name(keyauth_reader_t *r, const char *p,
    keyauth_value_t *value);
static const char *keyauth_body_literal(keyauth_reader_t *r, const char *p);
static const char *keyauth_body_blank(const keyauth_reader_t *r,
    const char *p);
static const char *keyauth_body_broken(keyauth_reader_t *r, const char *at);


const keyauth_value_t *
keyauth_body_read(keyauth_body_t *memory, keyauth_place_t *at,
    const char *body, size_t len)
{
    size_t             values;
    const char        *p;
    keyauth_reader_t   r;

    if (len == 0) {
        (void) keyauth_refuse(at, KEYAUTH_NOT_JSON, "The body is empty.");
        return NULL;
    }

    if (len > KEYAUTH_BODY_MAX) {
        (void) keyauth_refuse(at, KEYAUTH_TOO_LARGE,
                              "A body may have up to %d bytes: send fewer"
                              " samples or requests at once.",
                              KEYAUTH_BODY_MAX);
        return NULL;
    }

    /* twice a full batch, so that most mistakes still get their own names */

    values = 2 * KEYAUTH_BATCH_MAX * (2 * at->keys + KEYAUTH_BODY_VALUES);

    if (values > KEYAUTH_BODY_VALUES_MAX) {
        values = KEYAUTH_BODY_VALUES_MAX;
    }

    r.scan.end = body + len;
    r.next = memory->values + 1;
    r.last = memory->values + values;
    r.text = memory->text;
    r.depth = 0;

    memory->values[0].name = NULL;
    memory->values[0].next = NULL;

    p = keyauth_body_value(&r, keyauth_body_blank(&r, body), memory->values);

    if (p != NULL) {
        p = keyauth_body_blank(&r, p);

        if (p == r.scan.end) {
            return memory->values;
        }

        (void) keyauth_body_broken(&r, p);
    }

    (void) keyauth_refuse(at, (r.scan.kind == KEYAUTH_SCAN_EXCESS)
                              ? KEYAUTH_TOO_COMPLEX : KEYAUTH_NOT_JSON,
                          "%s, at byte %u.", r.scan.why,
                          (unsigned) (r.scan.at - body));
    return NULL;
}


/* these return what follows, or NULL with the error filled */


static const char *
keyauth_body_value(keyauth_reader_t *r, const char *p, keyauth_value_t *value)
{
    if (p == r->scan.end) {
        return keyauth_body_broken(r, p);
    }

    value->count = 0;

    switch (*p) {

    case '{':
        value->type = KEYAUTH_VALUE_OBJECT;
        return keyauth_body_list(r, p + 1, value);

    case '[':
        value->type = KEYAUTH_VALUE_ARRAY;
        return keyauth_body_list(r, p + 1, value);

    case '"':
        value->type = KEYAUTH_VALUE_STRING;
        value->u.string = r->text;
        return keyauth_scan_string(&r->scan, p + 1, &r->text);

    case '-':
    case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
        value->type = KEYAUTH_VALUE_NUMBER;
        return keyauth_scan_number(&r->scan, p, &value->u.number);

    default:
        value->type = KEYAUTH_VALUE_LITERAL;
        value->u.number = (*p == 't') - (*p == 'n');
        return keyauth_body_literal(r, p);
    }
}


/* p: behind the opening bracket */
static const char *
keyauth_body_list(keyauth_reader_t *r, const char *p, keyauth_value_t *list)
{
    char              close;
    keyauth_value_t  *value, *before;

    close = (list->type == KEYAUTH_VALUE_OBJECT) ? '}' : ']';
    list->u.child = NULL;
    before = NULL;

    if (++r->depth > KEYAUTH_BODY_DEPTH_MAX) {
        return keyauth_scan_refuse(&r->scan, KEYAUTH_SCAN_EXCESS, p - 1,
                                   "It nests deeper than any request");
    }

    p = keyauth_body_blank(r, p);

    while (list->count > 0 || p == r->scan.end || *p != close) {

        if (r->next == r->last) {
            return keyauth_scan_refuse(&r->scan, KEYAUTH_SCAN_EXCESS, p,
                                       "It holds more values than any"
                                       " request");
        }

        value = r->next++;
        value->name = NULL;
        value->next = NULL;

        if (before == NULL) {
            list->u.child = value;

        } else {
            before->next = value;
        }

        before = value;
        list->count++;

        if (close == '}') {
            p = keyauth_body_name(r, p, value);

            if (p == NULL) {
                return NULL;
            }
        }

        p = keyauth_body_value(r, p, value);

        if (p == NULL) {
            return NULL;
        }

        p = keyauth_body_blank(r, p);

        if (p < r->scan.end && *p == close) {
            break;
        }

        if (p == r->scan.end || *p != ',') {
            return keyauth_body_broken(r, p);
        }

        p = keyauth_body_blank(r, p + 1);
    }

    r->depth--;

    return p + 1;
}


/* a member's name and the colon behind it */
static const char *
keyauth_body_name(keyauth_reader_t *r, const char *p, keyauth_value_t *value)
{
    if (p == r->scan.end || *p != '"') {
        return keyauth_body_broken(r, p);
    }

    value->name = r->text;

    p = keyauth_scan_string(&r->scan, p + 1, &r->text);

    if (p == NULL) {
        return NULL;
    }

    p = keyauth_body_blank(r, p);

    if (p == r->scan.end || *p != ':') {
        return keyauth_body_broken(r, p);
    }

    return keyauth_body_blank(r, p + 1);
}


static const char *
keyauth_body_literal(keyauth_reader_t *r, const char *p)
{
    int     i;
    size_t  len;

    static const char *const  literals[] = { "null", "true", "false" };

    for (i = 0; i < 3; i++) {
        len = strlen(literals[i]);

        if ((size_t) (r->scan.end - p) >= len
            && memcmp(p, literals[i], len) == 0)
        {
            return p + len;
        }
    }

    return keyauth_body_broken(r, p);
}


static const char *
keyauth_body_blank(const keyauth_reader_t *r, const char *p)
{
    while (p < r->scan.end
           && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
    {
        p++;
    }

    return p;
}


static const char *
keyauth_body_broken(keyauth_reader_t *r, const char *at)
{
    return keyauth_scan_refuse(&r->scan, KEYAUTH_SCAN_MALFORMED, at,
                               (at == r->scan.end)
                               ? "The text ends before its value does"
                               : "It breaks JSON's grammar");
}
