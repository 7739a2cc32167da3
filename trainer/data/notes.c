/*
 * Lines about data that were read.
 */


#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notes.h"
#include "util.h"


static char *keyauth_note_text(const char *format, va_list args);


static char *
keyauth_note_text(const char *format, va_list args)
{
    int      n;
    char    *text;
    va_list  again;

    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    text = keyauth_alloc((size_t) n + 1, 1);
    vsnprintf(text, (size_t) n + 1, format, again);
    va_end(again);

    return text;
}


void
keyauth_note(keyauth_notes_t *n, const char *format, ...)
{
    va_list  args;

    n->line = keyauth_realloc(n->line, n->lines + 1, sizeof(char *));
    va_start(args, format);
    n->line[n->lines++] = keyauth_note_text(format, args);
    va_end(args);
}


void
keyauth_note_more(keyauth_notes_t *n, const char *format, ...)
{
    char     *more, **line;
    size_t    len;
    va_list   args;

    va_start(args, format);
    more = keyauth_note_text(format, args);
    va_end(args);

    line = &n->line[n->lines - 1];
    len = strlen(*line);
    *line = keyauth_realloc(*line, len + strlen(more) + 1, 1);
    memcpy(*line + len, more, strlen(more) + 1);
    free(more);
}


void
keyauth_notes_move(keyauth_notes_t *to, keyauth_notes_t *from)
{
    if (from->lines > 0) {
        to->line = keyauth_realloc(to->line, to->lines + from->lines,
                                   sizeof(char *));
        memcpy(to->line + to->lines, from->line,
               from->lines * sizeof(char *));
        to->lines += from->lines;
    }

    free(from->line);
    memset(from, 0, sizeof(keyauth_notes_t));
}


void
keyauth_notes_say(const keyauth_notes_t *n)
{
    uint32_t  i;

    for (i = 0; i < n->lines; i++) {
        keyauth_say("%s", n->line[i]);
    }
}


void
keyauth_notes_free(keyauth_notes_t *n)
{
    uint32_t  i;

    for (i = 0; i < n->lines; i++) {
        free(n->line[i]);
    }

    free(n->line);
    memset(n, 0, sizeof(keyauth_notes_t));
}
