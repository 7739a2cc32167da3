/*
 * What is worth saying of data that were read, beside errors: lines for
 * standard error, kept until a command prints them.
 */


#ifndef KEYAUTH_NOTES_H_INCLUDED
#define KEYAUTH_NOTES_H_INCLUDED


#include <stdint.h>


#define KEYAUTH_NOTES_NAMED  20         /* of many, so many are put in words */


typedef struct {
    char      **line;                   /* [lines], without a newline */
    uint32_t    lines;
} keyauth_notes_t;


/* one more line, of any length */
void keyauth_note(keyauth_notes_t *n, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* puts the text behind the last line */
void keyauth_note_more(keyauth_notes_t *n, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* moves all lines behind those of to */
void keyauth_notes_move(keyauth_notes_t *to, keyauth_notes_t *from);

/* on standard error */
void keyauth_notes_say(const keyauth_notes_t *n);

void keyauth_notes_free(keyauth_notes_t *n);


#endif /* KEYAUTH_NOTES_H_INCLUDED */
