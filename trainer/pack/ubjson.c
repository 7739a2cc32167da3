/*
 * Reading JSON and UBJSON: see ubjson.h.
 */


#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ubjson.h"
#include "keyauth.h"
#include "util.h"


#define KEYAUTH_UBJ_DEPTH  32
#define KEYAUTH_JSON_WORD  5            /* the longest that is put in */
#define KEYAUTH_JSON_QUOTE 0x22


typedef struct {
    const uint8_t  *begin;
    const uint8_t  *at;
    const uint8_t  *end;
    const char     *wrong;
    int             depth;
} keyauth_ubj_t;


static cJSON *keyauth_json_text(const char *data, size_t len, char *err);
static size_t keyauth_json_plain(const char *data, size_t len, char *plain,
    size_t *n);
static cJSON *keyauth_ubj_read(const char *data, size_t len, char *err);
static cJSON *keyauth_ubj_value(keyauth_ubj_t *u, int type);
static int keyauth_ubj_marker(keyauth_ubj_t *u);
static cJSON *keyauth_ubj_container(keyauth_ubj_t *u, int object);
static int keyauth_ubj_header(keyauth_ubj_t *u, int *type, int64_t *count);
static int keyauth_ubj_member(keyauth_ubj_t *u, cJSON *list, int object,
    int type);
static unsigned keyauth_ubj_size(int type);
static int keyauth_ubj_number(keyauth_ubj_t *u, int type, double *value);
static int keyauth_ubj_length(keyauth_ubj_t *u, size_t *len);
static char *keyauth_ubj_string(keyauth_ubj_t *u);
static void *keyauth_ubj_wrong(keyauth_ubj_t *u, const char *what);


/* no JSON text has a letter or a sign of UBJSON's behind its first brace */
cJSON *
keyauth_ubjson_read(const char *data, size_t len, char *err)
{
    if (len > 1 && data[0] == '{' && strchr("iUIlL$#N", data[1]) != NULL
        && data[1] != '\0')
    {
        return keyauth_ubj_read(data, len, err);
    }

    return keyauth_json_text(data, len, err);
}


static cJSON *
keyauth_json_text(const char *data, size_t len, char *err)
{
    char        *plain;
    size_t       n;
    cJSON       *value;
    const char  *end;

    n = len + len / 3;
    plain = keyauth_alloc(n + KEYAUTH_JSON_WORD, 1);
    keyauth_json_plain(data, len, plain, &n);

    end = plain;
    value = cJSON_ParseWithLengthOpts(plain, n, &end, 0);
    end = end != NULL ? end : plain;

    while (value != NULL && end < plain + n
           && strchr(" \t\r\n", *end) != NULL && *end != '\0')
    {
        end++;
    }

    if (value == NULL || end != plain + n) {
        cJSON_Delete(value);
        value = NULL;
        n = (size_t) (end - plain);
        snprintf(err, KEYAUTH_ERROR_MAX, "not JSON: byte %zu",
                 keyauth_json_plain(data, len, plain, &n));
    }

    free(plain);

    return value;
}


/*
 * JSON has no word for what is no number, so XGBoost and Python write words
 * that it lacks.  Copies data, with others for them, until plain has *n bytes
 * or more; returns how much of data these are.
 */
static size_t
keyauth_json_plain(const char *data, size_t len, char *plain, size_t *n)
{
    int          quoted;
    size_t       i, k, room, size;
    const char  *to;
    static const struct {
        const char  *from;
        const char  *to;
    } words[] = { { "NaN", "null" }, { "Infinity", "1e999" } };

    room = *n;
    *n = 0;
    quoted = 0;

    for (i = 0; i < len && *n < room; i += size) {
        size = 1;
        to = NULL;

        if (data[i] == KEYAUTH_JSON_QUOTE) {
            quoted = !quoted;

        } else if (quoted) {
            size += data[i] == '\\' && i + 1 < len;

        } else {
            for (k = 0; k < 2 && to == NULL; k++) {
                if (len - i >= strlen(words[k].from)
                    && memcmp(data + i, words[k].from, strlen(words[k].from))
                       == 0)
                {
                    to = words[k].to;
                    size = strlen(words[k].from);
                }
            }
        }

        k = to != NULL ? strlen(to) : size;
        memcpy(plain + *n, to != NULL ? to : data + i, k);
        *n += k;
    }

    return i;
}


const cJSON *
keyauth_json_get(const cJSON *object, const char *path)
{
    char         name[64];
    size_t       n;
    const char  *dot;

    for ( ;; ) {
        dot = strchr(path, '.');
        n = dot ? (size_t) (dot - path) : strlen(path);

        memcpy(name, path, n);
        name[n] = '\0';
        object = cJSON_GetObjectItemCaseSensitive(object, name);

        if (object == NULL || dot == NULL) {
            return object;
        }

        path = dot + 1;
    }
}


int
keyauth_json_members(const cJSON *object, const char *path,
    const char *const *names, const char *unknown, char *err)
{
    int           i;
    char          text[64];
    const char   *why;
    const cJSON  *item;

    if (!cJSON_IsObject(object)) {
        return 0;
    }

    cJSON_ArrayForEach(item, object) {

        for (i = 0; names[i] != NULL && strcmp(item->string, names[i]) != 0;
             i++)
        {
            /* void */
        }

        why = names[i] == NULL ? unknown
              : cJSON_GetObjectItemCaseSensitive(object, names[i]) != item
              ? "it is there twice" : NULL;

        if (why != NULL) {
            snprintf(err, KEYAUTH_ERROR_MAX, "%s%s%s: %s", path,
                     *path != '\0' ? ": " : "",
                     keyauth_quote(text, sizeof(text), item->string,
                                   strlen(item->string)), why);
            return -1;
        }
    }

    return 0;
}


int
keyauth_json_whole(const cJSON *item, uint32_t max, uint32_t *value)
{
    double  v;

    if (!cJSON_IsNumber(item)) {
        return -1;
    }

    v = item->valuedouble;

    if (!(v >= 0 && v <= max) || v != floor(v)) {
        return -1;
    }

    *value = (uint32_t) v;

    return 0;
}


static cJSON *
keyauth_ubj_read(const char *data, size_t len, char *err)
{
    cJSON          *value;
    keyauth_ubj_t   u;

    u.begin = (const uint8_t *) data;
    u.at = u.begin;
    u.end = u.begin + len;
    u.wrong = NULL;
    u.depth = 0;

    value = keyauth_ubj_value(&u, keyauth_ubj_marker(&u));

    if (value != NULL && u.at != u.end) {
        cJSON_Delete(value);
        value = keyauth_ubj_wrong(&u, "something follows the value");
    }

    if (value == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "not UBJSON: byte %zu: %s",
                 (size_t) (u.at - u.begin), u.wrong);
    }

    return value;
}


/* the first finding is kept: where it ends is not looked at further */
static void *
keyauth_ubj_wrong(keyauth_ubj_t *u, const char *what)
{
    if (u->wrong == NULL) {
        u->wrong = what;
    }

    return NULL;
}


/* the next byte that is no padding; 0 at the end */
static int
keyauth_ubj_marker(keyauth_ubj_t *u)
{
    while (u->at < u->end && *u->at == 'N') {
        u->at++;
    }

    return u->at < u->end ? *u->at++ : 0;
}


static cJSON *
keyauth_ubj_value(keyauth_ubj_t *u, int type)
{
    char    *text;
    cJSON   *value;
    double   number;

    switch (type) {

    case '{':
    case '[':
        return keyauth_ubj_container(u, type == '{');

    case 'S':
        text = keyauth_ubj_string(u);

        if (text == NULL) {
            return NULL;
        }

        value = cJSON_CreateString(text);
        free(text);
        break;

    case 'Z':
        value = cJSON_CreateNull();
        break;

    case 'T':
    case 'F':
        value = cJSON_CreateBool(type == 'T');
        break;

    default:
        if (keyauth_ubj_number(u, type, &number) != 0) {
            return NULL;
        }

        value = cJSON_CreateNumber(number);
    }

    return value != NULL ? value : keyauth_ubj_wrong(u, "no memory");
}


static cJSON *
keyauth_ubj_container(keyauth_ubj_t *u, int object)
{
    int       type;
    cJSON    *list;
    int64_t   count;

    if (++u->depth > KEYAUTH_UBJ_DEPTH) {
        return keyauth_ubj_wrong(u, "nested too deeply");
    }

    if (keyauth_ubj_header(u, &type, &count) != 0) {
        return NULL;
    }

    list = object ? cJSON_CreateObject() : cJSON_CreateArray();

    while (list != NULL && count != 0) {

        if (count > 0) {
            count--;

        } else if (u->at < u->end && *u->at == (object ? '}' : ']')) {
            u->at++;
            break;
        }

        if (keyauth_ubj_member(u, list, object, type) != 0) {
            cJSON_Delete(list);
            return NULL;
        }
    }

    u->depth--;

    return list != NULL ? list : keyauth_ubj_wrong(u, "no memory");
}


/* "$type" and "#count", which are optional: type 0, count -1 */
static int
keyauth_ubj_header(keyauth_ubj_t *u, int *type, int64_t *count)
{
    size_t    n;
    unsigned  size;

    *type = 0;
    *count = -1;
    size = 1;

    if (u->at < u->end && *u->at == '$') {
        u->at++;
        *type = keyauth_ubj_marker(u);
        size = keyauth_ubj_size(*type);

        if (size == 0 || u->at == u->end || *u->at != '#') {
            keyauth_ubj_wrong(u, "a typed list is not one of numbers");
            return -1;
        }
    }

    if (u->at < u->end && *u->at == '#') {
        u->at++;

        if (keyauth_ubj_length(u, &n) != 0) {
            return -1;
        }

        if (n > (size_t) (u->end - u->at) / size) {
            keyauth_ubj_wrong(u, "a list goes beyond the end");
            return -1;
        }

        *count = (int64_t) n;
    }

    return 0;
}


static int
keyauth_ubj_member(keyauth_ubj_t *u, cJSON *list, int object, int type)
{
    int     added;
    char   *name;
    cJSON  *value;

    name = NULL;

    if (object) {
        name = keyauth_ubj_string(u);

        if (name == NULL) {
            return -1;
        }
    }

    value = keyauth_ubj_value(u, type ? type : keyauth_ubj_marker(u));
    added = value != NULL
            && (object ? cJSON_AddItemToObject(list, name, value)
                       : cJSON_AddItemToArray(list, value));

    if (!added) {
        keyauth_ubj_wrong(u, "no memory");
        cJSON_Delete(value);
    }

    free(name);

    return added ? 0 : -1;
}


/* bytes of a number; 0: no type of numbers */
static unsigned
keyauth_ubj_size(int type)
{
    switch (type) {

    case 'i':
    case 'U':
        return 1;

    case 'I':
        return 2;

    case 'l':
    case 'd':
        return 4;

    case 'L':
    case 'D':
        return 8;

    default:
        return 0;
    }
}


static int
keyauth_ubj_number(keyauth_ubj_t *u, int type, double *value)
{
    float     single;
    int64_t   whole;
    uint32_t  half;
    uint64_t  bits;
    unsigned  i, size;

    size = keyauth_ubj_size(type);

    if (size == 0 || (size_t) (u->end - u->at) < size) {
        keyauth_ubj_wrong(u, size == 0 && u->at < u->end
                             ? "a value of unknown type" : "it ends early");
        return -1;
    }

    bits = 0;

    for (i = 0; i < size; i++) {
        bits = bits << 8 | *u->at++;
    }

    if (type == 'd') {
        half = (uint32_t) bits;
        memcpy(&single, &half, sizeof(single));
        *value = (double) single;
        return 0;
    }

    if (type == 'D') {
        memcpy(value, &bits, sizeof(*value));
        return 0;
    }

    memcpy(&whole, &bits, sizeof(whole));

    /* what is negative has its sign in the type's own first bit */

    if (type != 'U' && size < 8 && bits >> (8 * size - 1)) {
        whole -= (int64_t) 1 << (8 * size);
    }

    *value = (double) whole;

    return 0;
}


static int
keyauth_ubj_length(keyauth_ubj_t *u, size_t *len)
{
    int     type;
    double  value;

    type = keyauth_ubj_marker(u);

    if (type == 'd' || type == 'D') {
        type = 0;
    }

    if (keyauth_ubj_number(u, type, &value) != 0) {
        return -1;
    }

    /* nothing is longer than what is left, which a double holds exactly */

    if (!(value >= 0 && value <= (double) (u->end - u->at))) {
        keyauth_ubj_wrong(u, "a length goes beyond the end");
        return -1;
    }

    *len = (size_t) value;

    return 0;
}


static char *
keyauth_ubj_string(keyauth_ubj_t *u)
{
    char    *text;
    size_t   len;

    if (keyauth_ubj_length(u, &len) != 0) {
        return NULL;
    }

    if (memchr(u->at, '\0', len) != NULL) {
        return keyauth_ubj_wrong(u, "a NUL in a string");
    }

    text = keyauth_alloc(len + 1, 1);
    memcpy(text, u->at, len);
    u->at += len;

    return text;
}
