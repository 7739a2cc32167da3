/*
 * The columns of logs of keys, by the names that they have in the wild.
 */


#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "keylog.h"
#include "util.h"


#define KEYAUTH_LOG_NAMES  24


static int keyauth_log_column(const char *name, int stream);
static int keyauth_log_is_extra(const char *name);


/* in small letters, without blanks and signs */
static const char *const keyauth_log_names[][KEYAUTH_LOG_NAMES] = {
    [KEYAUTH_LOG_USER] = {
        "user", "userid", "username", "subject", "subjectid", "participant",
        "participantid", "person", NULL
    },
    [KEYAUTH_LOG_SESSION] = {
        "session", "sessionid", "sessionindex", "testsectionid", NULL
    },
    [KEYAUTH_LOG_REPETITION] = {
        "rep", "repetition", "attempt", "trial", "sample", "sampleid", NULL
    },
    [KEYAUTH_LOG_KEY] = {
        "key", "letter", "char", "character", "keyname", NULL
    },
    [KEYAUTH_LOG_CODE] = { "keycode", "vk", NULL },
    [KEYAUTH_LOG_PRESS] = {
        "press", "presstime", "pressed", "down", "downtime", "timedown",
        "keydown", "keydowntime", NULL
    },
    [KEYAUTH_LOG_RELEASE] = {
        "release", "releasetime", "released", "up", "uptime", "timeup",
        "keyup", "keyuptime", NULL
    }
};

/* those of a stream in which the names differ */
static const char *const keyauth_stream_times[] = {
    "time", "timestamp", "ts", "t", NULL
};
static const char *const keyauth_stream_types[] = {
    "type", "event", "eventtype", "action", NULL
};

static const char *const keyauth_log_extras[] = {
    "index", "device", "keystrokeid", "sentence", "userinput", "code",
    "repeat", "keycode", "vk", NULL
};


static int
keyauth_log_column(const char *name, int stream)
{
    int  i;

    if (stream && keyauth_column_is(name, keyauth_stream_times)) {
        return KEYAUTH_LOG_PRESS;
    }

    if (stream && keyauth_column_is(name, keyauth_stream_types)) {
        return KEYAUTH_LOG_RELEASE;
    }

    for (i = 0; i < (stream ? KEYAUTH_LOG_PRESS : KEYAUTH_LOG_COLUMNS); i++) {
        if (keyauth_column_is(name, keyauth_log_names[i])) {
            return i;
        }
    }

    return -1;
}


static int
keyauth_log_is_extra(const char *name)
{
    return keyauth_column_is(name, keyauth_log_extras);
}


unsigned
keyauth_log_fits(const keyauth_record_t *first, int stream)
{
    int       column;
    unsigned  found, i;

    found = 0;

    for (i = 0; i < first->fields; i++) {
        column = keyauth_log_column(first->field[i].text, stream);

        if (column >= 0) {
            found |= 1u << column;
        }
    }

    if (found & 1u << KEYAUTH_LOG_CODE) {
        found |= 1u << KEYAUTH_LOG_KEY;
    }

    return 25 * ((found >> KEYAUTH_LOG_USER & 1)
                 + (found >> KEYAUTH_LOG_KEY & 1)
                 + (found >> KEYAUTH_LOG_PRESS & 1)
                 + (found >> KEYAUTH_LOG_RELEASE & 1));
}


int
keyauth_log_begin(keyauth_reader_t *r, const keyauth_record_t *first,
    int stream)
{
    int             column;
    char            name[64];
    unsigned        i;
    const char     *missing;
    keyauth_log_t  *log;

    log = keyauth_alloc(1, sizeof(keyauth_log_t));
    r->state = log;
    log->log = keyauth_keylog_create();

    for (i = 0; i < first->fields; i++) {
        column = keyauth_log_column(first->field[i].text, stream);

        if (column >= 0 && log->column[column] == 0) {
            log->column[column] = i + 1;
            continue;
        }

        if (!keyauth_log_is_extra(first->field[i].text)
            && !keyauth_reader_ignores(r, first->field[i].text))
        {
            return keyauth_reader_fail(r, first->line, i + 1, "%s column "
                                       "\"%s\" (--ignore leaves it out)",
                                       column >= 0 ? "another" : "unknown",
                                       keyauth_quote(name, sizeof(name),
                                                     first->field[i].text,
                                                     first->field[i].len));
        }
    }

    r->t->user_column = log->column[KEYAUTH_LOG_USER];
    missing = NULL;

    if (r->users && r->t->user_column == 0 && r->how->user == NULL) {
        missing = "user\" (--user names whose the file is)";
    }

    if (log->column[KEYAUTH_LOG_KEY] == 0
        && log->column[KEYAUTH_LOG_CODE] == 0)
    {
        missing = "key\"";
    }

    if (log->column[KEYAUTH_LOG_PRESS] == 0) {
        missing = stream ? "time\"" : "press\"";
    }

    if (log->column[KEYAUTH_LOG_RELEASE] == 0) {
        missing = stream ? "type\"" : "release\"";
    }

    return missing == NULL ? 0
           : keyauth_reader_fail(r, first->line, 0, "missing column \"%s",
                                 missing);
}


void
keyauth_log_free(void *state)
{
    keyauth_log_t  *log;

    log = state;
    keyauth_keylog_destroy(log->log);
    free(log);
}


uint32_t
keyauth_log_group(keyauth_reader_t *r, const keyauth_record_t *record)
{
    unsigned              column, i;
    const char           *name[3];
    const keyauth_log_t  *log;

    log = r->state;

    for (i = 0; i < 3; i++) {
        column = log->column[KEYAUTH_LOG_USER + i];
        name[i] = column > 0 ? record->field[column - 1].text : NULL;
    }

    if (name[0] == NULL) {
        name[0] = r->how->user;
    }

    return keyauth_keylog_group(log->log, name, record->line);
}


int
keyauth_log_key(keyauth_reader_t *r, const keyauth_record_t *record,
    uint32_t *key)
{
    int                     modifier;
    char                    name[KEYAUTH_KEY_NAME], reason[128];
    double                  code;
    unsigned                column;
    keyauth_log_t          *log;
    const keyauth_field_t  *field;

    log = r->state;
    column = log->column[KEYAUTH_LOG_KEY];

    if (column > 0) {
        field = &record->field[column - 1];
        modifier = keyauth_key_named(name, field->text, field->len);
        *key = keyauth_keylog_key(log->log, name, modifier);
        return 1;
    }

    column = log->column[KEYAUTH_LOG_CODE];

    if (keyauth_reader_number(r, &record->field[column - 1], &code, reason)
        != 0)
    {
        return keyauth_reader_bad(r, record->line, column, "%s", reason);
    }

    if (!(code >= 0 && code <= 65535)) {
        return keyauth_reader_bad(r, record->line, column, "no code of a key");
    }

    modifier = keyauth_key_coded(name, (unsigned) code);
    *key = keyauth_keylog_key(log->log, name, modifier);

    return 1;
}
