/*
 * keyauth convert: files of any layout into one of keyauth's own.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_file.h"
#include "reading_options.h"
#include "sources.h"
#include "timings_csv.h"
#include "util.h"


static int keyauth_run_convert(int argc, char **argv);
static int keyauth_convert(const keyauth_sources_t *s, const char *out,
    char *err);


static const struct option keyauth_convert_options[] = {
    { "data", required_argument, NULL, 'd' },
    { "out", required_argument, NULL, 'o' },
    KEYAUTH_READING_OPTIONS,
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_convert = {
    "convert",
    "writes timings of any layout in keyauth's own",
    "Usage: keyauth convert --data FILE [OPTION]...\n"
    "Reads a file of timings as `keyauth train` does, and writes its rows in\n"
    "keyauth's own layout: user, session where there are such, press-0,\n"
    "release-0, press-1, ... in ms, each row from its first press.\n"
    "\n"
    "      --data FILE  the timings; may be repeated\n"
    "      --out FILE   where to write (default standard output)\n"
    "  -h, --help       prints this help\n"
    "      --version    prints the version\n"
    KEYAUTH_READING_USAGE,
    keyauth_convert_options,
    keyauth_run_convert
};


static int
keyauth_run_convert(int argc, char **argv)
{
    int                 c;
    char                err[KEYAUTH_ERROR_MAX];
    const char         *out;
    keyauth_sources_t   s;

    memset(&s, 0, sizeof(keyauth_sources_t));
    out = NULL;

    while ((c = keyauth_option(&keyauth_command_convert, argc, argv)) != -1) {
        if (c == 'd' && s.paths < KEYAUTH_SOURCES_MAX) {
            s.path[s.paths++] = optarg;

        } else if (c == 'd') {
            return keyauth_usage(&keyauth_command_convert, "--data is given "
                                 "too often, and %d times are the most",
                                 KEYAUTH_SOURCES_MAX);

        } else if (c == 'o') {
            out = optarg;

        } else if (c == '?'
                   || keyauth_reading_option(&keyauth_command_convert, c,
                                             &s.reading) != 0)
        {
            return KEYAUTH_USAGE;
        }
    }

    if (s.paths == 0 || optind < argc) {
        return keyauth_usage(&keyauth_command_convert, "--data is required, "
                             "and no other file");
    }

    if (keyauth_convert(&s, out, err) != 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    return KEYAUTH_OK;
}


static int
keyauth_convert(const keyauth_sources_t *s, const char *out, char *err)
{
    int                 rc;
    FILE               *f;
    char               *csv;
    size_t              len;
    keyauth_timings_t   t;

    if (keyauth_sources_read(&t, s, err) != 0) {
        return -1;
    }

    keyauth_notes_say(&t.notes);
    rc = 0;

    if (out == NULL) {

        /* main() looks whether the output was written */

        keyauth_timings_csv(stdout, &t);
        keyauth_timings_free(&t);
        return 0;
    }

    csv = NULL;
    f = open_memstream(&csv, &len);

    if (f != NULL) {
        keyauth_timings_csv(f, &t);
    }

    if (f == NULL || fclose(f) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for the rows");
        rc = -1;

    } else {
        rc = keyauth_file_save(out, csv, len, err);
    }

    free(csv);
    keyauth_timings_free(&t);

    return rc;
}
