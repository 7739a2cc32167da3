/*
 * The options of all commands that read timings.
 */


#ifndef KEYAUTH_READING_OPTIONS_H_INCLUDED
#define KEYAUTH_READING_OPTIONS_H_INCLUDED


#include "command.h"
#include "reading.h"


/* what getopt_long() returns: no letter that a command may have */
enum {
    KEYAUTH_OPTION_LAYOUT = 1000,
    KEYAUTH_OPTION_UNIT,
    KEYAUTH_OPTION_STRING,
    KEYAUTH_OPTION_USER,
    KEYAUTH_OPTION_IGNORE,
    KEYAUTH_OPTION_SKIP_BAD,
    KEYAUTH_OPTION_MIN_ROWS,
    KEYAUTH_OPTION_THREADS
};


#define KEYAUTH_READING_OPTIONS                                               \
    { "layout", required_argument, NULL, KEYAUTH_OPTION_LAYOUT },             \
    { "unit", required_argument, NULL, KEYAUTH_OPTION_UNIT },                 \
    { "string", required_argument, NULL, KEYAUTH_OPTION_STRING },             \
    { "user", required_argument, NULL, KEYAUTH_OPTION_USER },                 \
    { "ignore", required_argument, NULL, KEYAUTH_OPTION_IGNORE },             \
    { "skip-bad", no_argument, NULL, KEYAUTH_OPTION_SKIP_BAD }

#define KEYAUTH_READING_USAGE                                                 \
    "\n"                                                                      \
    "How files are read (docs/models.md, \"Layouts\"):\n"                     \
    "      --layout NAME  keyauth, cmu, meu, keylog or events; recognised\n"  \
    "                     if not given\n"                            \
    "      --unit UNIT    of the times: s, ms, us or ns\n"                    \
    "      --string TEXT  for logs of keys, the string typed; \\n is Enter\n" \
    "      --user NAME    the user of a file without a user column\n"       \
    "      --ignore NAME  ignores columns: NAME,NAME; may be repeated\n"   \
    "      --skip-bad     skips invalid rows, and lists them\n"


/*
 * 1: c is none of these options; 0: it was read from optarg; -1: after a
 * message
 */
int keyauth_reading_option(const keyauth_command_t *command, int c,
    keyauth_reading_t *r);


#endif /* KEYAUTH_READING_OPTIONS_H_INCLUDED */
