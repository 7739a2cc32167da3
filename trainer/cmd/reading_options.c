/*
 * The options of all commands that read timings.
 */


#include <string.h>

#include "layouts.h"
#include "parallel.h"
#include "reading_options.h"
#include "unit.h"


int
keyauth_reading_option(const keyauth_command_t *command, int c,
    keyauth_reading_t *r)
{
    uint64_t  n;

    switch (c) {

    case KEYAUTH_OPTION_LAYOUT:
        r->layout = optarg;

        if (keyauth_layout_named(optarg) == NULL) {
            keyauth_usage(command, "--layout: only %s are supported",
                          keyauth_layout_names());
            return -1;
        }

        return 0;

    case KEYAUTH_OPTION_UNIT:
        r->unit = keyauth_unit_named(optarg);

        if (!(r->unit > 0)) {
            keyauth_usage(command, "--unit: only s, ms, us and ns are "
                          "supported");
            return -1;
        }

        return 0;

    case KEYAUTH_OPTION_STRING:
        r->string = optarg;
        return 0;

    case KEYAUTH_OPTION_USER:
        r->user = optarg;
        return 0;

    case KEYAUTH_OPTION_IGNORE:
        if (r->ignores == KEYAUTH_READING_IGNORE_MAX) {
            keyauth_usage(command, "--ignore is given too often, and %d times "
                          "are the most", KEYAUTH_READING_IGNORE_MAX);
            return -1;
        }

        r->ignore[r->ignores++] = optarg;
        return 0;

    case KEYAUTH_OPTION_SKIP_BAD:
        r->skip_bad = 1;
        return 0;

    case KEYAUTH_OPTION_MIN_ROWS:
        if (keyauth_option_number(command, "min-rows", optarg, 2, 1000000,
                                  &n) != 0)
        {
            return -1;
        }

        r->min_rows = (uint32_t) n;
        return 0;

    case KEYAUTH_OPTION_THREADS:
        if (keyauth_option_number(command, "threads", optarg, 1,
                                  KEYAUTH_THREADS_MAX, &n) != 0)
        {
            return -1;
        }

        keyauth_threads((uint32_t) n);
        return 0;

    default:
        return 1;
    }
}
