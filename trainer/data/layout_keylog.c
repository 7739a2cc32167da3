/*
 * Logs of keys, one key a line: a user, a session or a repetition, a key, and
 * when it was pressed and released, on any clock.
 */


#include "keylog.h"
#include "layout.h"


static unsigned keyauth_keys_fits(const keyauth_record_t *first);
static int keyauth_keys_begin(keyauth_reader_t *r,
    const keyauth_record_t *first);
static int keyauth_keys_record(keyauth_reader_t *r,
    const keyauth_record_t *record);
static int keyauth_keys_end(keyauth_reader_t *r);


const keyauth_layout_t  keyauth_layout_keylog = {
    "keylog",
    "a log of keys",
    "user, session or repetition, key, press, release",
    0,
    0,
    keyauth_keys_fits,
    keyauth_keys_begin,
    keyauth_keys_record,
    keyauth_keys_end,
    keyauth_log_free
};


static unsigned
keyauth_keys_fits(const keyauth_record_t *first)
{
    return keyauth_log_fits(first, 0);
}


static int
keyauth_keys_begin(keyauth_reader_t *r, const keyauth_record_t *first)
{
    return keyauth_log_begin(r, first, 0);
}


static int
keyauth_keys_record(keyauth_reader_t *r, const keyauth_record_t *record)
{
    int              rc;
    char             reason[128];
    double           time[2];
    unsigned         column, i;
    uint32_t         group, key;
    keyauth_log_t   *log;

    log = r->state;
    rc = keyauth_log_named(r, record);

    if (rc != 1) {
        return rc;
    }

    for (i = 0; i < 2; i++) {
        column = log->column[KEYAUTH_LOG_PRESS + i];

        if (keyauth_reader_number(r, &record->field[column - 1], &time[i],
                                  reason) != 0)
        {
            keyauth_log_spoil(r, record, i > 0 ? time : NULL);
            return keyauth_reader_bad(r, record->line, column, "%s", reason);
        }
    }

    if (time[1] < time[0]) {
        keyauth_log_spoil(r, record, time);
        return keyauth_reader_bad(r, record->line, column,
                                  "release before press");
    }

    rc = keyauth_log_key(r, record, &key);

    if (rc == 1) {
        group = keyauth_log_group(r, record);
        keyauth_keylog_add(log->log, group, key, time[0], time[1],
                           record->line);
        return 0;
    }

    keyauth_log_spoil(r, record, time);

    return rc;
}


static int
keyauth_keys_end(keyauth_reader_t *r)
{
    keyauth_log_t  *log;

    log = r->state;

    return keyauth_keylog_rows(r, log->log);
}
