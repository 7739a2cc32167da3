/*
 * Words and numbers of libsvm's text format: see svm_text.h.
 */


#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "svm_text.h"


int
keyauth_svm_wrong(keyauth_svm_text_t *s, const char *format, ...)
{
    int      n;
    va_list  args;

    n = snprintf(s->err, KEYAUTH_ERROR_MAX, "line %u: ", s->line);
    va_start(args, format);
    vsnprintf(s->err + n, KEYAUTH_ERROR_MAX - (size_t) n, format, args);
    va_end(args);

    return -1;
}


size_t
keyauth_svm_word(keyauth_svm_text_t *s, const char **word)
{
    s->at += strspn(s->at, " \t\r");
    *word = s->at;
    s->at += strcspn(s->at, " \t\r\n");

    return (size_t) (s->at - *word);
}


int
keyauth_svm_end(keyauth_svm_text_t *s)
{
    char         text[32];
    size_t       len;
    const char  *word;

    len = keyauth_svm_word(s, &word);

    if (len > 0) {
        return keyauth_svm_wrong(s, "\"%s\" is too much",
                                 keyauth_quote(text, sizeof(text), word, len));
    }

    /* a number that is cut off is a number too */

    if (*s->at != '\n') {
        return keyauth_svm_wrong(s, "it ends within this line");
    }

    s->at++;
    s->line++;

    return 0;
}


/* decimals only: strtod() reads hexadecimals, infinities and NaN too */
int
keyauth_svm_real(keyauth_svm_text_t *s, const char *what, double *value)
{
    char        *end;
    char         text[32];
    size_t       len;
    const char  *word;

    len = keyauth_svm_word(s, &word);
    *value = len > 0 ? strtod(word, &end) : 0;

    if (len == 0 || strspn(word, "0123456789+-.eE") < len || end != s->at
        || !isfinite(*value))
    {
        return keyauth_svm_wrong(s, "%s: \"%s\" is not a number", what,
                                 keyauth_quote(text, sizeof(text), word, len));
    }

    return 0;
}


int
keyauth_svm_whole(keyauth_svm_text_t *s, const char *what, int min,
    int *value)
{
    char        *end;
    char         text[32];
    long         n;
    size_t       len;
    const char  *word;

    len = keyauth_svm_word(s, &word);
    errno = 0;
    n = len > 0 ? strtol(word, &end, 10) : 0;

    if (len == 0 || end != s->at || errno != 0 || n < min || n > INT_MAX) {
        return keyauth_svm_wrong(s,
                                 "%s: \"%s\" is not a whole number from %d on",
                                 what, keyauth_quote(text, sizeof(text), word,
                                                     len), min);
    }

    *value = (int) n;

    return 0;
}
