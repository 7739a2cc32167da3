/*
 * Mutations: see mutate.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutate.h"


static void soak_splice(char *body, size_t *len, size_t at, size_t gone,
    const char *s, size_t n);
static void soak_byte(char *body, size_t *len);
static void soak_structure(char *body, size_t *len);
static int soak_token(const char *body, size_t len, size_t *from, size_t *to);


static uint64_t  state;


/* what stands in the place of a number, a string or more */
static const char *const  tokens[] = {
    "0", "-0", "-1", "1e6", "1000000.1", "-1e6", "1e999", "-1e999", "1e-999",
    "01", "1.", ".5", "+1", "0x10", "NaN", "Infinity", "9007199254740993",
    "0.1000000000000000055511151231257827", "1e", "--1", "null", "true",
    "false", "\"\"", "\"RF\"", "\"FUSION\"", "\"KNN\"", "\"Model\"",
    "\"Press\"", "\"Release\"", "\"HT\"", "\"Mean\"", "\"STD\"", "\"Top\"",
    "\"FAR\"", "\"UserID\"", "\"Attempts\"", "\"\\u0000\"", "\"\\ud800\"",
    "\"\\ud83d\\ude00\"", "\"\xc3\xa9\"", "\"\xff\"", "{}", "[]",
    "[[[[[[]]]]]]", "{\"HT\":{}}", "[0,1,2]", "{\"Model\":\"RF\"}"
};


void
soak_seed(uint64_t seed)
{
    state = seed * 0x9e3779b97f4a7c15 + 1;
}


uint32_t
soak_below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;

    return (uint32_t) ((state >> 32) % n);
}


int
soak_seeds(soak_seed_t **seeds)
{
    int      n;
    char    *line, *space;
    size_t   room;
    ssize_t  len;

    *seeds = NULL;
    line = NULL;
    room = 0;

    for (n = 0; (len = getline(&line, &room, stdin)) > 0; n++) {
        space = strchr(line, ' ');

        if (space == NULL || line[len - 1] != '\n') {
            fprintf(stderr, "a seed is a path, a space and a body\n");
            exit(2);
        }

        *seeds = realloc(*seeds, sizeof(soak_seed_t) * (size_t) (n + 1));
        *space = '\0';
        line[len - 1] = '\0';
        (*seeds)[n].path = strdup(line);
        (*seeds)[n].body = strdup(space + 1);
        (*seeds)[n].len = strlen(space + 1);
    }

    free(line);

    return n;
}


size_t
soak_mutate(char *body, const soak_seed_t *seeds, int n,
    const soak_seed_t *seed)
{
    size_t              at, len;
    uint32_t            i, times;
    const soak_seed_t  *other;

    len = seed->len;
    memcpy(body, seed->body, len);

    /* one of 32 stays as it is */

    times = soak_below(32) ? 1 + soak_below(3) : 0;

    for (i = 0; i < times; i++) {
        if (soak_below(4)) {
            soak_structure(body, &len);

        } else {
            soak_byte(body, &len);
        }
    }

    if (soak_below(16) == 0) {
        other = &seeds[soak_below((uint32_t) n)];
        at = soak_below((uint32_t) other->len);
        soak_splice(body, &len, soak_below((uint32_t) len + 1), 0,
                    other->body + at, other->len - at);
    }

    if (soak_below(4096) == 0) {
        memset(body + len, ' ', SOAK_BODY_MAX - len);
        len = SOAK_BODY_MAX;
    }

    return len;
}


/* puts n bytes in the place of those that are gone, if there is room */
static void
soak_splice(char *body, size_t *len, size_t at, size_t gone, const char *s,
    size_t n)
{
    if (gone > *len - at) {
        gone = *len - at;
    }

    if (*len - gone + n > SOAK_BODY_MAX) {
        return;
    }

    memmove(body + at + n, body + at + gone, *len - at - gone);
    memcpy(body + at, s, n);
    *len = *len - gone + n;
}


static void
soak_byte(char *body, size_t *len)
{
    char    c;
    size_t  at;

    at = soak_below((uint32_t) *len + 1);
    c = (char) soak_below(256);

    switch (soak_below(5)) {

    case 0:
        soak_splice(body, len, at, 1, &c, 1);
        break;

    case 1:
        soak_splice(body, len, at, 0, &c, 1);
        break;

    case 2:
        soak_splice(body, len, at, 1 + soak_below(8), "", 0);
        break;

    case 3:
        *len = at;
        break;

    default:
        if (at < *len) {
            body[at] = (char) (body[at] ^ 1 << soak_below(8));
        }
    }
}


/* tokens are exchanged, doubled, wrapped or left out */
static void
soak_structure(char *body, size_t *len)
{
    char         copy[256];
    size_t       from, to;
    const char  *token;

    if (!soak_token(body, *len, &from, &to) || to - from > sizeof(copy)) {
        soak_byte(body, len);
        return;
    }

    memcpy(copy, body + from, to - from);
    token = tokens[soak_below(sizeof(tokens) / sizeof(tokens[0]))];

    switch (soak_below(5)) {

    case 0:
        soak_splice(body, len, from, to - from, "", 0);
        break;

    case 1:
        soak_splice(body, len, to, 0, ",", 1);
        soak_splice(body, len, to + 1, 0, copy, to - from);
        break;

    case 2:
        soak_splice(body, len, to, 0, "]", 1);
        soak_splice(body, len, from, 0, "[", 1);
        break;

    default:
        soak_splice(body, len, from, to - from, token, strlen(token));
    }
}


/* some number, string, or all from one to the next comma */
static int
soak_token(const char *body, size_t len, size_t *from, size_t *to)
{
    size_t  at, i;

    if (len == 0) {
        return 0;
    }

    at = soak_below((uint32_t) len);

    for (i = 0; i < len; i++, at = (at + 1) % len) {

        if (strchr("\"-0123456789", body[at]) == NULL || body[at] == '\0') {
            continue;
        }

        *from = at;

        if (body[at] == '"') {
            for (at++; at < len && body[at] != '"'; at++) {
                /* void */
            }

            *to = at < len ? at + 1 : len;

        } else {
            while (at < len && body[at] != '\0'
                   && strchr("+-.eE0123456789", body[at]) != NULL)
            {
                at++;
            }

            *to = at;
        }

        if (soak_below(4) == 0) {
            while (*to < len && body[*to] != ',') {
                (*to)++;
            }
        }

        return 1;
    }

    return 0;
}
