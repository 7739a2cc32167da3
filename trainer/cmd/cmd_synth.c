/*
 * keyauth synth: writes a synthetic data set.
 */


#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "model_file.h"
#include "synth.h"
#include "util.h"


static int keyauth_run_synth(int argc, char **argv);
static int keyauth_synth_number(int c, keyauth_synth_t *s);


static const struct option keyauth_synth_options[] = {
    { "users", required_argument, NULL, 'u' },
    { "repetitions", required_argument, NULL, 'r' },
    { "keys", required_argument, NULL, 'k' },
    { "seed", required_argument, NULL, 's' },
    { "out", required_argument, NULL, 'o' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_synth = {
    "synth",
    "generates a synthetic CSV file of timings",
    "Usage: keyauth synth [OPTION]...\n"
    "Generates synthetic timings; the same ones for the same\n"
    "options.\n"
    "\n"
    "      --users N        users, 2 to 10000 (default 110)\n"
    "      --repetitions N  rows of each, 2 to 1000 (default 8)\n"
    "      --keys N         keys typed, 2 to 64 (default 13)\n"
    "      --seed N         the seed of random numbers (default 1)\n"
    "      --out FILE       where to write (default: standard output)\n"
    "  -h, --help           prints this help\n"
    "      --version        prints the version\n",
    keyauth_synth_options,
    keyauth_run_synth
};


static int
keyauth_run_synth(int argc, char **argv)
{
    int               c, rc;
    char              err[KEYAUTH_ERROR_MAX];
    char             *csv;
    size_t            len;
    const char       *out;
    keyauth_synth_t   s;

    out = NULL;
    s.users = KEYAUTH_SYNTH_USERS;
    s.repetitions = KEYAUTH_SYNTH_REPETITIONS;
    s.keys = KEYAUTH_SYNTH_KEYS;
    s.seed = KEYAUTH_SYNTH_SEED;

    while ((c = keyauth_option(&keyauth_command_synth, argc, argv)) != -1) {
        if (c == '?') {
            return KEYAUTH_USAGE;
        }

        if (c == 'o') {
            out = optarg;

        } else if (keyauth_synth_number(c, &s) != 0) {
            return KEYAUTH_USAGE;
        }
    }

    if (optind < argc) {
        return keyauth_usage(&keyauth_command_synth, "only options are "
                             "accepted");
    }

    csv = keyauth_synth_csv(&s, &len);
    rc = KEYAUTH_OK;

    if (out == NULL) {

        /* main() looks whether the output was written */

        fwrite(csv, 1, len, stdout);

    } else if (keyauth_file_save(out, csv, len, err) != 0) {
        keyauth_say("%s", err);
        rc = KEYAUTH_FAILURE;
    }

    free(csv);

    return rc;
}


static int
keyauth_synth_number(int c, keyauth_synth_t *s)
{
    uint64_t  n;

    switch (c) {

    case 'u':
        if (keyauth_option_number(&keyauth_command_synth, "users", optarg, 2,
                                  10000, &n) != 0)
        {
            return -1;
        }

        s->users = (uint32_t) n;
        return 0;

    case 'r':
        if (keyauth_option_number(&keyauth_command_synth, "repetitions",
                                  optarg, 2, 1000, &n) != 0)
        {
            return -1;
        }

        s->repetitions = (uint32_t) n;
        return 0;

    case 'k':
        if (keyauth_option_number(&keyauth_command_synth, "keys", optarg,
                                  KEYAUTH_KEYS_MIN, KEYAUTH_KEYS_MAX, &n)
            != 0)
        {
            return -1;
        }

        s->keys = (uint32_t) n;
        return 0;

    default:
        return keyauth_option_number(&keyauth_command_synth, "seed", optarg,
                                     0, UINT64_MAX, &s->seed);
    }
}
