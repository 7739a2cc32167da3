/*
 * Times from intervals.
 */


#include <math.h>
#include <string.h>

#include "intervals.h"


static double keyauth_intervals_sum(double a, double b);


int
keyauth_intervals_row(keyauth_reader_t *r, const keyauth_intervals_t *v,
    const keyauth_record_t *record)
{
    char           reason[128];
    double         down, hold, times[2 * KEYAUTH_KEYS_MAX];
    unsigned       bad, i, where[2 * KEYAUTH_KEYS_MAX];
    keyauth_row_t  row;

    down = 0;
    times[0] = 0;

    for (i = 0; i < r->t->keys; i++) {
        bad = v->hold[i];

        if (keyauth_reader_number(r, &record->field[bad - 1], &hold, reason)
            == 0)
        {
            times[2 * i + 1] = keyauth_intervals_sum(times[2 * i], hold);
            where[2 * i] = i > 0 ? v->down[i - 1] : bad;
            where[2 * i + 1] = bad;

            if (i + 1 == r->t->keys) {
                break;
            }

            bad = v->down[i];

            if (keyauth_reader_number(r, &record->field[bad - 1], &down,
                                      reason) == 0)
            {
                times[2 * i + 2] = keyauth_intervals_sum(times[2 * i], down);
                continue;
            }
        }

        return keyauth_reader_bad(r, record->line, bad, "%s", reason);
    }

    memset(&row, 0, sizeof(keyauth_row_t));
    row.line = record->line;
    row.user = v->user > 0 ? record->field[v->user - 1].text : r->how->user;
    row.session = v->session > 0 ? record->field[v->session - 1].text : NULL;
    row.keys = r->t->keys;
    row.times = times;
    row.where = where;

    return keyauth_reader_row(r, &row);
}


/* of decimals: without what is left over in binary */
static double
keyauth_intervals_sum(double a, double b)
{
    return rint((a + b) * 1e9) / 1e9;
}
