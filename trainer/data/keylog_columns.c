/*
 * The columns of logs of keys, by the names that they have in the wild.
 */


#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "keylog.h"
#include "unit.h"
#include "util.h"


#define KEYAUTH_LOG_NAMES  24


static int keyauth_log_column(const char *name, int stream, double *unit);
static int keyauth_log_header(keyauth_reader_t *r,
    const keyauth_record_t *first, int stream);
static int keyauth_log_unit(keyauth_reader_t *r,
    const keyauth_record_t *first, unsigned i, double unit);
static int keyauth_log_complete(keyauth_reader_t *r,
    const keyauth_record_t *first, int stream);


/* in small letters, without blanks and signs */
static const char *const keyauth_log_names[][KEYAUTH_LOG_NAMES] = {
    [KEYAUTH_LOG_USER] = {
        "user", "userid", "username", "uid", "subject", "subjectid",
        "participant", "participantid", "person", "personid", NULL
    },
    [KEYAUTH_LOG_SESSION] = {
        "session", "sessionid", "sessionindex", "sessionnumber", "sessionnr",
        "testsectionid", NULL
    },
    [KEYAUTH_LOG_REPETITION] = {
        "rep", "repetition", "repetitionid", "attempt", "attemptid", "trial",
        "trialid", "trialnumber", "sample", "sampleid", "samplenr",
        "samplenumber", NULL
    },
    [KEYAUTH_LOG_KEY] = {
        "key", "letter", "char", "character", "keyname", "keypressed", NULL
    },
    [KEYAUTH_LOG_CODE] = { "keycode", "vk", NULL },
    [KEYAUTH_LOG_PRESS] = {
        "press", "presstime", "presstimestamp", "pressts", "timepress",
        "timepressed", "tpress", "pressed", "down", "downtime", "timedown",
        "tdown", "keydown", "keydowntime", "keydowntimestamp", NULL
    },
    [KEYAUTH_LOG_RELEASE] = {
        "release", "releasetime", "releasetimestamp", "releasets",
        "timerelease", "timereleased", "trelease", "released", "up", "uptime",
        "timeup", "tup", "keyup", "keyuptime", "keyuptimestamp", NULL
    }
};

/* those of a stream in which the names differ */
static const char *const keyauth_stream_times[] = {
    "time", "timestamp", "ts", "t", NULL
};
static const char *const keyauth_stream_types[] = {
    "type", "event", "eventtype", "action", NULL
};

/* what has the key where nothing else has */
static const char *const keyauth_log_codes[] = { "code", "keysym", NULL };

/* what else loggers and the events of browsers have */
static const char *const keyauth_log_extras[] = {
    "id", "index", "device", "keystrokeid", "sentence", "userinput", "code",
    "keysym", "keycode", "vk", "which", "charcode", "location", "repeat",
    "istrusted", "iscomposing", "ctrlkey", "shiftkey", "altkey", "metakey",
    "hold", "holdtime", "dwell", "dwelltime", "duration", "flight",
    "flighttime", NULL
};


/* unit: that is in a time's name, or 0 */
static int
keyauth_log_column(const char *name, int stream, double *unit)
{
    int   i, times;
    char  plain[40];

    *unit = 0;

    if (stream && keyauth_column_is(name, keyauth_stream_types)) {
        return KEYAUTH_LOG_RELEASE;
    }

    times = stream ? KEYAUTH_LOG_PRESS : KEYAUTH_LOG_COLUMNS;

    for (i = 0; i < times; i++) {
        if (keyauth_column_is(name, keyauth_log_names[i])) {
            return i;
        }
    }

    if (stream && keyauth_column_is(name, keyauth_stream_times)) {
        return KEYAUTH_LOG_PRESS;
    }

    *unit = keyauth_column_unit(plain, name);

    if (!(*unit > 0)) {
        return -1;
    }

    if (stream) {
        return keyauth_column_is(plain, keyauth_stream_times)
               ? KEYAUTH_LOG_PRESS : -1;
    }

    for (i = KEYAUTH_LOG_PRESS; i < KEYAUTH_LOG_COLUMNS; i++) {
        if (keyauth_column_is(plain, keyauth_log_names[i])) {
            return i;
        }
    }

    return -1;
}


unsigned
keyauth_log_fits(const keyauth_record_t *first, int stream)
{
    int       column;
    double    unit;
    unsigned  found, i;

    found = 0;

    for (i = 0; i < first->fields; i++) {
        column = keyauth_log_column(first->field[i].text, stream, &unit);

        if (keyauth_column_is(first->field[i].text, keyauth_log_codes)) {
            column = KEYAUTH_LOG_CODE;
        }

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
    unsigned        i;
    keyauth_log_t  *log;

    log = keyauth_alloc(1, sizeof(keyauth_log_t));
    r->state = log;
    log->log = keyauth_keylog_create();

    if (keyauth_log_header(r, first, stream) != 0) {
        return -1;
    }

    log->place = log->column[KEYAUTH_LOG_CODE];

    for (i = 0; i < first->fields; i++) {
        if (!keyauth_column_is(first->field[i].text, keyauth_log_codes)
            || keyauth_reader_is_named(r, first->field[i].text))
        {
            continue;
        }

        log->place = i + 1;

        if (log->column[KEYAUTH_LOG_KEY] == 0
            && log->column[KEYAUTH_LOG_CODE] == 0)
        {
            log->column[KEYAUTH_LOG_KEY] = i + 1;
        }
    }

    return keyauth_log_complete(r, first, stream);
}


static int
keyauth_log_header(keyauth_reader_t *r, const keyauth_record_t *first,
    int stream)
{
    int             column;
    char            name[64];
    double          unit;
    unsigned        i;
    keyauth_log_t  *log;

    log = r->state;

    for (i = 0; i < first->fields; i++) {
        if (keyauth_reader_is_named(r, first->field[i].text)) {
            continue;
        }

        column = keyauth_log_column(first->field[i].text, stream, &unit);

        if (column >= 0 && log->column[column] == 0) {
            log->column[column] = i + 1;

            if (unit > 0 && keyauth_log_unit(r, first, i, unit) != 0) {
                return -1;
            }

            continue;
        }

        if (keyauth_column_is(first->field[i].text, keyauth_log_extras)
            || keyauth_reader_ignores(r, first->field[i].text))
        {
            continue;
        }

        if (column >= 0) {
            return keyauth_reader_fail(r, first->line, i + 1, "another column "
                                       "\"%s\" (--ignore leaves it out)",
                                       keyauth_quote(name, sizeof(name),
                                                     first->field[i].text,
                                                     first->field[i].len));
        }

        keyauth_reader_unknown(r, i + 1, &first->field[i]);
    }

    return keyauth_reader_all_known(r, first);
}


/* a unit that a name has; --unit is above it */
static int
keyauth_log_unit(keyauth_reader_t *r, const keyauth_record_t *first,
    unsigned i, double unit)
{
    if (r->how->unit > 0) {
        return 0;
    }

    if (r->unit > 0 && (r->unit < unit || r->unit > unit)) {
        return keyauth_reader_fail(r, first->line, i + 1, "another unit than "
                                   "the other time's, %s",
                                   keyauth_unit_name(r->unit));
    }

    r->unit = unit;

    return 0;
}


static int
keyauth_log_complete(keyauth_reader_t *r, const keyauth_record_t *first,
    int stream)
{
    const char     *missing;
    keyauth_log_t  *log;

    log = r->state;
    r->t->user_column = log->column[KEYAUTH_LOG_USER];
    r->session_column = log->column[KEYAUTH_LOG_SESSION];
    missing = NULL;

    if (log->column[KEYAUTH_LOG_SESSION] == 0
        && log->column[KEYAUTH_LOG_REPETITION] == 0 && r->how->string == NULL)
    {
        missing = "session\" or \"repetition\" (--string finds repetitions "
                  "without)";
    }

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


int
keyauth_log_named(keyauth_reader_t *r, const keyauth_record_t *record)
{
    unsigned              column, i;
    const keyauth_log_t  *log;

    log = r->state;

    for (i = r->users ? KEYAUTH_LOG_USER : KEYAUTH_LOG_SESSION;
         i <= KEYAUTH_LOG_REPETITION; i++)
    {
        column = log->column[i];

        if (column > 0 && record->field[column - 1].len == 0) {
            return keyauth_reader_bad(r, record->line, column, "empty");
        }
    }

    return 1;
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


void
keyauth_log_spoil(keyauth_reader_t *r, const keyauth_record_t *record,
    const double *press)
{
    char            name[KEYAUTH_KEY_NAME];
    unsigned        column;
    uint32_t        group, key;
    keyauth_log_t  *log;

    log = r->state;
    column = log->column[KEYAUTH_LOG_KEY];

    if (column > 0
        && keyauth_key_named(name, record->field[column - 1].text,
                             record->field[column - 1].len))
    {
        return;
    }

    group = keyauth_log_group(r, record);

    if (press == NULL) {
        keyauth_keylog_spoil(log->log, group);
        return;
    }

    key = keyauth_keylog_lost(log->log, "[bad line]");
    keyauth_keylog_add(log->log, group, key, *press, *press, record->line);
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
