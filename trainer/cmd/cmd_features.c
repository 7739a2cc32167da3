/*
 * keyauth features: the summary features of a data set as CSV.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "dataset.h"
#include "keyauth_features.h"
#include "reading_options.h"
#include "timings_csv.h"
#include "util.h"


static int keyauth_run_features(int argc, char **argv);
static void keyauth_features_print(const keyauth_dataset_t *d);


static const struct option keyauth_features_options[] = {
    { "data", required_argument, NULL, 'd' },
    KEYAUTH_READING_OPTIONS,
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_features = {
    "features",
    "prints the summary features of a CSV file",
    "Usage: keyauth features --data FILE\n"
    "Writes the summary features of each row as CSV, with 17 digits, grouped\n"
    "by user as the models count them.\n"
    "\n"
    "      --data FILE  the timings: user, press-0, release-0, press-1, ...\n"
    "  -h, --help       prints this help\n"
    "      --version    prints the version\n"
    KEYAUTH_READING_USAGE,
    keyauth_features_options,
    keyauth_run_features
};


static int
keyauth_run_features(int argc, char **argv)
{
    int                 c;
    char                err[KEYAUTH_ERROR_MAX];
    keyauth_dataset_t   d;
    keyauth_sources_t   sources;

    memset(&sources, 0, sizeof(keyauth_sources_t));
    sources.paths = 1;

    while ((c = keyauth_option(&keyauth_command_features, argc, argv)) != -1)
    {
        if (c == 'd') {
            sources.path[0] = optarg;

        } else if (c == '?'
                   || keyauth_reading_option(&keyauth_command_features, c,
                                             &sources.reading) != 0)
        {
            return KEYAUTH_USAGE;
        }
    }

    if (sources.path[0] == NULL || optind < argc) {
        return keyauth_usage(&keyauth_command_features, "--data is required, "
                             "and no other file");
    }

    if (keyauth_dataset_read_sources(&d, &sources, err) != 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    keyauth_notes_say(&d.notes);
    keyauth_features_print(&d);
    keyauth_dataset_free(&d);

    return KEYAUTH_OK;
}


static void
keyauth_features_print(const keyauth_dataset_t *d)
{
    double       *x;
    uint32_t      f, i;

    x = keyauth_dataset_summary(d);
    fputs("user", stdout);

    for (f = 0; f < KEYAUTH_SUMMARY; f++) {
        printf(",%s.%s", keyauth_interval_names[f / 2],
               f % 2 ? "STD" : "Mean");
    }

    putchar('\n');

    for (i = 0; i < d->rows; i++) {
        keyauth_label_csv(stdout, d->labels[d->class[i]]);

        for (f = 0; f < KEYAUTH_SUMMARY; f++) {
            printf(",%.17g", x[(size_t) i * KEYAUTH_SUMMARY + f]);
        }

        putchar('\n');
    }

    free(x);
}
