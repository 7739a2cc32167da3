/*
 * Rows of several files, and who is left out of them.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "sources.h"
#include "timings_read.h"
#include "util.h"


static int keyauth_sources_append(keyauth_timings_t *t,
    const keyauth_sources_t *s, uint32_t file, char *err);
static int keyauth_sources_forget(keyauth_timings_t *t, const char *user,
    char *err);
static void keyauth_sources_keep(keyauth_timings_t *t, uint32_t to,
    uint32_t from);


int
keyauth_sources_read(keyauth_timings_t *t, const keyauth_sources_t *s,
    char *err)
{
    uint32_t  i;

    if (keyauth_timings_read(t, s->path[0], 1, &s->reading, err) != 0) {
        return -1;
    }

    t->paths = keyauth_alloc(t->rows, sizeof(char *));

    for (i = 0; i < t->rows; i++) {
        t->paths[i] = s->path[0];
    }

    for (i = 1; i < s->paths; i++) {
        if (keyauth_sources_append(t, s, i, err) != 0) {
            keyauth_timings_free(t);
            return -1;
        }
    }

    for (i = 0; i < s->forgets; i++) {
        if (keyauth_sources_forget(t, s->forget[i], err) != 0) {
            keyauth_timings_free(t);
            return -1;
        }
    }

    return 0;
}


static int
keyauth_sources_append(keyauth_timings_t *t, const keyauth_sources_t *s,
    uint32_t file, char *err)
{
    size_t              times;
    uint8_t             digests[64];
    uint32_t            i, rows;
    keyauth_timings_t   more;

    if (keyauth_timings_read(&more, s->path[file], 1, &s->reading, err)
        != 0)
    {
        return -1;
    }

    if (more.keys != t->keys || more.rows > UINT32_MAX - t->rows) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: line 1: the timings are of "
                 "%u keys, and those of %.150s of %u", s->path[file],
                 (unsigned) more.keys, s->path[0], (unsigned) t->keys);
        keyauth_timings_free(&more);
        return -1;
    }

    if (more.string != NULL && t->string != NULL
        && strcmp(more.string, t->string) != 0)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.150s: line 1: the string is "
                 "\"%.60s\", and that of %.150s is \"%.60s\": --string names "
                 "the one to be read", s->path[file], more.string, s->path[0],
                 t->string);
        keyauth_timings_free(&more);
        return -1;
    }

    rows = t->rows + more.rows;
    times = 2 * (size_t) t->keys;
    t->users = keyauth_realloc(t->users, rows, sizeof(char *));
    t->sessions = keyauth_realloc(t->sessions, rows, sizeof(char *));
    t->lines = keyauth_realloc(t->lines, rows, sizeof(uint64_t));
    t->paths = keyauth_realloc(t->paths, rows, sizeof(char *));
    t->times = keyauth_realloc(t->times, rows, times * sizeof(double));
    memcpy(t->times + t->rows * times, more.times,
           more.rows * times * sizeof(double));

    for (i = 0; i < more.rows; i++) {
        t->users[t->rows + i] = more.users[i];
        t->sessions[t->rows + i] = more.sessions[i];
        t->lines[t->rows + i] = more.lines[i];
        t->paths[t->rows + i] = s->path[file];
        more.users[i] = NULL;
        more.sessions[i] = NULL;
    }

    t->rows = rows;
    t->room = rows;
    memcpy(digests, t->digest, 32);
    memcpy(digests + 32, more.digest, 32);
    SHA256(digests, sizeof(digests), t->digest);
    keyauth_notes_move(&t->notes, &more.notes);
    keyauth_timings_free(&more);

    return 0;
}


static int
keyauth_sources_forget(keyauth_timings_t *t, const char *user, char *err)
{
    char      name[64];
    uint32_t  i, n;

    n = 0;

    for (i = 0; i < t->rows; i++) {
        if (strcmp(t->users[i], user) != 0) {
            keyauth_sources_keep(t, n++, i);
        }
    }

    if (n == t->rows) {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%s\" is not a user of the data and "
                 "cannot be forgotten",
                 keyauth_quote(name, sizeof(name), user, strlen(user)));
        return -1;
    }

    keyauth_timings_cut(t, n);

    if (n == 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "nobody is left to be trained on");
        return -1;
    }

    return 0;
}


/* the row at from comes to where others were */
static void
keyauth_sources_keep(keyauth_timings_t *t, uint32_t to, uint32_t from)
{
    keyauth_timings_swap(t, to, from);
    memmove(t->times + (size_t) to * 2 * t->keys,
            t->times + (size_t) from * 2 * t->keys,
            2 * t->keys * sizeof(double));
}
