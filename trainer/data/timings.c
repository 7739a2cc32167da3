/*
 * Rows of timings: see timings.h.
 */


#include <stdlib.h>
#include <string.h>

#include "timings.h"


void
keyauth_timings_swap(keyauth_timings_t *t, uint32_t to, uint32_t from)
{
    char  *session, *user;

    user = t->users[to];
    t->users[to] = t->users[from];
    t->users[from] = user;
    session = t->sessions[to];
    t->sessions[to] = t->sessions[from];
    t->sessions[from] = session;
    t->lines[to] = t->lines[from];

    if (t->paths != NULL) {
        t->paths[to] = t->paths[from];
    }
}


void
keyauth_timings_cut(keyauth_timings_t *t, uint32_t rows)
{
    while (t->rows > rows) {
        free(t->users[--t->rows]);
        free(t->sessions[t->rows]);
    }
}


void
keyauth_timings_free(keyauth_timings_t *t)
{
    keyauth_timings_cut(t, 0);
    free(t->users);
    free(t->sessions);
    free(t->lines);
    free(t->paths);
    free(t->times);
    free(t->string);
    keyauth_notes_free(&t->notes);
    memset(t, 0, sizeof(keyauth_timings_t));
}
