/*
 * Problems: errors as RFC 9457 has them.
 */


#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "keyauth_json.h"
#include "keyauth_problem.h"


#define KEYAUTH_PROBLEM_LITERALS  128   /* more than all literals together */


static size_t keyauth_problem_cut(const char *s, size_t len);


void
keyauth_problem_set(keyauth_problem_t *problem, int status, const char *code,
    const char *title, const char *pointer, const char *format, ...)
{
    int      n;
    size_t   len;
    va_list  args;

    problem->refusal = KEYAUTH_NO_REFUSAL;
    problem->status = status;
    problem->code = code;
    problem->title = title;

    va_start(args, format);
    n = vsnprintf(problem->detail, sizeof(problem->detail), format, args);
    va_end(args);

    if (n < 0) {
        problem->detail[0] = '\0';

    } else if ((size_t) n >= sizeof(problem->detail)) {
        len = keyauth_problem_cut(problem->detail,
                                  sizeof(problem->detail) - 1);
        problem->detail[len] = '\0';
    }

    len = strlen(pointer);

    if (len >= sizeof(problem->pointer)) {
        len = keyauth_problem_cut(pointer, sizeof(problem->pointer) - 1);

        /* nor half of ~0 or ~1 */

        if (len > 0 && pointer[len - 1] == '~') {
            len--;
        }
    }

    memcpy(problem->pointer, pointer, len);
    problem->pointer[len] = '\0';
}


/* the longest prefix of len bytes or less that ends with a character */
static size_t
keyauth_problem_cut(const char *s, size_t len)
{
    size_t         n;
    unsigned char  c;

    n = len;

    while (n > 0 && len - n < 4) {
        c = (unsigned char) s[--n];

        if (c < 0x80) {
            return len;
        }

        if (c >= 0xc0) {
            return (len - n == (size_t) ((c < 0xe0) ? 2 : (c < 0xf0) ? 3 : 4))
                   ? len : n;
        }
    }

    return n;
}


size_t
keyauth_problem_write(const keyauth_problem_t *problem, char *buf)
{
    char  *p, *last;

    /* only here can a string be too long; literals have their own room */

    last = buf + KEYAUTH_PROBLEM_MAX - KEYAUTH_PROBLEM_LITERALS;

    p = keyauth_json_text(buf, "{\"type\":\"urn:keyauth:problem:");
    p = keyauth_json_escape(p, last, problem->code, strlen(problem->code));

    p = keyauth_json_text(p, "\",\"title\":\"");
    p = keyauth_json_escape(p, last, problem->title, strlen(problem->title));

    p = keyauth_json_text(p, "\",\"status\":");
    p = keyauth_json_integer(p, (uint32_t) problem->status);

    p = keyauth_json_text(p, ",\"detail\":\"");
    p = keyauth_json_escape(p, last, problem->detail,
                            strlen(problem->detail));

    if (problem->pointer[0] != '\0') {
        p = keyauth_json_text(p, "\",\"pointer\":\"");
        p = keyauth_json_escape(p, last, problem->pointer,
                                strlen(problem->pointer));
    }

    p = keyauth_json_text(p, "\"}");

    return (size_t) (p - buf);
}
