/*
 * Memory, messages and progress: see util.h.
 */


#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util.h"


#define KEYAUTH_BAR_WIDTH  40


static void keyauth_progress_set(keyauth_progress_t *p, unsigned done);
static void keyauth_progress_draw(keyauth_progress_t *p);


static pthread_mutex_t  keyauth_progress_lock = PTHREAD_MUTEX_INITIALIZER;


void *
keyauth_alloc(size_t n, size_t size)
{
    void  *p;

    p = calloc(n ? n : 1, size);

    if (p == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }

    return p;
}


void *
keyauth_realloc(void *old, size_t n, size_t size)
{
    void  *p;

    if (n == 0 || size > SIZE_MAX / n) {
        p = NULL;

    } else {
        p = realloc(old, n * size);
    }

    if (p == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }

    return p;
}


char *
keyauth_strdup(const char *s)
{
    char    *p;
    size_t   n;

    n = strlen(s) + 1;
    p = keyauth_alloc(n, 1);
    memcpy(p, s, n);

    return p;
}


void
keyauth_say(const char *format, ...)
{
    va_list  args;

    va_start(args, format);
    flockfile(stderr);
    fputs("keyauth: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    funlockfile(stderr);
    va_end(args);
}


size_t
keyauth_utf8(const char *s, size_t len)
{
    size_t                i, n;
    uint32_t              c;
    const unsigned char  *p;

    p = (const unsigned char *) s;

    if (len == 0 || p[0] < 0x20 || p[0] == 0x7f) {
        return 0;
    }

    if (p[0] < 0x80) {
        return 1;
    }

    n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

    if (p[0] < 0xc2 || p[0] > 0xf4 || n > len) {
        return 0;
    }

    c = p[0] & (0xff >> (n + 1));

    for (i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }

        c = c << 6 | (p[i] & 0x3f);
    }

    if (c < 0xa0 || (n == 3 && c < 0x800) || (c >= 0xd800 && c <= 0xdfff)
        || (n == 4 && c < 0x10000) || c > 0x10ffff)
    {
        return 0;
    }

    return n;
}


const char *
keyauth_quote(char *out, size_t size, const char *s, size_t len)
{
    char    *p;
    size_t   i, n;

    p = out;
    i = 0;

    while (i < len) {
        n = keyauth_utf8(s + i, len - i);

        if ((size_t) (p - out) + (n ? n : 2) + 4 > size) {
            p = (char *) memcpy(p, "...", 3) + 3;
            break;
        }

        if (s[i] == '\t') {
            p = (char *) memcpy(p, "\\t", 2) + 2;
            i++;
            continue;
        }

        if (n == 0) {
            *p++ = '?';
            i++;
            continue;
        }

        memcpy(p, s + i, n);
        p += n;
        i += n;
    }

    *p = '\0';

    return out;
}


double
keyauth_now(void)
{
    struct timespec  t;

    clock_gettime(CLOCK_MONOTONIC, &t);

    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}


void
keyauth_progress_init(keyauth_progress_t *p, int quiet)
{
    memset(p, 0, sizeof(keyauth_progress_t));
    p->quiet = quiet != 0;
    p->terminal = isatty(STDERR_FILENO) == 1;
}


void
keyauth_progress_part(keyauth_progress_t *part, keyauth_progress_t *whole,
    unsigned share)
{
    memset(part, 0, sizeof(keyauth_progress_t));
    part->whole = whole;
    part->share = share;
}


void
keyauth_progress_tell(const keyauth_progress_t *part)
{
    if (part->line[0] != '\0' && !part->whole->quiet) {
        fprintf(stderr, "%s%s\n", part->whole->terminal ? "\r\033[K" : "",
                part->line);
    }
}


void
keyauth_progress_start(keyauth_progress_t *p, const char *title,
    unsigned total)
{
    snprintf(p->title, sizeof(p->title), "%s", title);
    p->total = total ? total : 1;
    p->begun = keyauth_now();
    p->drawn = 0;
    p->done = 0;
    keyauth_progress_step(p, 0);
}


void
keyauth_progress_more(keyauth_progress_t *p)
{
    if (p != NULL) {
        pthread_mutex_lock(&keyauth_progress_lock);
        keyauth_progress_set(p, p->done + 1);
        pthread_mutex_unlock(&keyauth_progress_lock);
    }
}


void
keyauth_progress_step(keyauth_progress_t *p, unsigned done)
{
    if (p != NULL) {
        pthread_mutex_lock(&keyauth_progress_lock);
        keyauth_progress_set(p, done);
        pthread_mutex_unlock(&keyauth_progress_lock);
    }
}


/* the lock is held */
static void
keyauth_progress_set(keyauth_progress_t *p, unsigned done)
{
    if (p->whole == NULL) {
        p->done = done;
        keyauth_progress_draw(p);
        return;
    }

    p->whole->done -= (unsigned) ((uint64_t) p->done * p->share / p->total);
    p->whole->done += (unsigned) ((uint64_t) done * p->share / p->total);
    p->done = done;
    keyauth_progress_draw(p->whole);
}


static void
keyauth_progress_draw(keyauth_progress_t *p)
{
    int     n;
    char    bar[KEYAUTH_BAR_WIDTH + 1];
    double  now;

    if (p->quiet || !p->terminal) {
        return;
    }

    now = keyauth_now();

    if (p->done < p->total && now - p->drawn < 0.05) {
        return;
    }

    p->drawn = now;
    n = (int) ((uint64_t) p->done * KEYAUTH_BAR_WIDTH / p->total);
    memset(bar, '.', KEYAUTH_BAR_WIDTH);
    memset(bar, '#', (size_t) n);
    bar[KEYAUTH_BAR_WIDTH] = '\0';

    fprintf(stderr, "\r%-24.24s [%s] %3u %%", p->title, bar,
            (unsigned) ((uint64_t) p->done * 100 / p->total));
    fflush(stderr);
}


void
keyauth_progress_end(keyauth_progress_t *p, const char *what)
{
    if (p->whole != NULL) {
        keyauth_progress_step(p, p->total);
        snprintf(p->line, sizeof(p->line), "%s: %s, %.2f s", p->title, what,
                 keyauth_now() - p->begun);
        return;
    }

    if (p->quiet) {
        return;
    }

    fprintf(stderr, "%s%s: %s, %.2f s\n", p->terminal ? "\r\033[K" : "",
            p->title, what, keyauth_now() - p->begun);
}
