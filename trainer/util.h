/*
 * What the parts of the command share: memory that is there or ends the
 * program, messages, progress.
 */


#ifndef KEYAUTH_UTIL_H_INCLUDED
#define KEYAUTH_UTIL_H_INCLUDED


#include <stddef.h>
#include <stdint.h>

#include "random.h"


/* zeroed memory of n * size bytes; ends the command when there is none */
void *keyauth_alloc(size_t n, size_t size);

/* n > 0; what old holds is kept, what is added is not zeroed */
void *keyauth_realloc(void *old, size_t n, size_t size);

char *keyauth_strdup(const char *s);

/* "keyauth: ..." and a newline on stderr */
void keyauth_say(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/*
 * Copies at most len bytes of s to out (size bytes) for a message: a tab is
 * "\t", other control characters and broken UTF-8 become "?", a long text
 * ends in "...".
 */
const char *keyauth_quote(char *out, size_t size, const char *s, size_t len);

/* bytes of the UTF-8 character at s (1..4); 0: not UTF-8, or a control */
size_t keyauth_utf8(const char *s, size_t len);


/* a bar on a terminal, lines elsewhere, nothing when quiet */
typedef struct keyauth_progress_s {
    double                      begun;
    double                      drawn;
    unsigned                    total;
    unsigned                    done;
    unsigned                    quiet:1;
    unsigned                    terminal:1;
    char                        title[56];

    /* of a part: what it is part of, how much, and its line until printed */
    struct keyauth_progress_s  *whole;
    unsigned                    share;
    char                        line[176];
} keyauth_progress_t;


void keyauth_progress_init(keyauth_progress_t *p, int quiet);

/*
 * Of tasks beside each other, each has a part that is `share` of the whole's
 * total.  A part draws no bar, and _tell() says what it ended with.
 */
void keyauth_progress_part(keyauth_progress_t *part,
    keyauth_progress_t *whole, unsigned share);
void keyauth_progress_tell(const keyauth_progress_t *part);

void keyauth_progress_start(keyauth_progress_t *p, const char *title,
    unsigned total);

/* from any thread; p may be NULL */
void keyauth_progress_step(keyauth_progress_t *p, unsigned done);

/* one step more; as above */
void keyauth_progress_more(keyauth_progress_t *p);

/* clears the bar; elsewhere, and on a terminal too, leaves a line */
void keyauth_progress_end(keyauth_progress_t *p, const char *what);

/* seconds on a clock that never steps back */
double keyauth_now(void);


#endif /* KEYAUTH_UTIL_H_INCLUDED */
