/*
 * Streams of events, as browsers' loggers write them: a user, a session or a
 * repetition, keydown or keyup, a key, and a time.
 *
 * Events of one group are sorted by their time.  A keydown of a key that is
 * down is its repetition; a keyup of one that is not is left out, and counted;
 * a key that never comes up is no key of a string.  A KeyPress is a keydown
 * where there are KeyReleases, as Tk and X11 call them; a browser's keypress
 * is not.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "keylog.h"
#include "layout.h"
#include "util.h"


typedef enum {
    KEYAUTH_EVENT_DOWN = 0,
    KEYAUTH_EVENT_UP,
    KEYAUTH_EVENT_PRESS,                /* keypress */
    KEYAUTH_EVENT_RELEASE,              /* keyrelease */
    KEYAUTH_EVENT_OTHER                 /* that browsers send beside these */
} keyauth_event_e;


typedef struct {
    uint32_t      group;
    uint32_t      key;
    uint32_t      place;                /* the same when it goes up */
    double        time;
    uint64_t      line;
    unsigned      up:1;
    unsigned      press:1;              /* a keypress */
} keyauth_event_t;


typedef struct {
    keyauth_log_t     log;              /* the first, for keylog.h */
    keyauth_event_t  *event;
    size_t            events;
    size_t            room;
    unsigned          releases:1;       /* there are keyreleases */
} keyauth_stream_t;


static unsigned keyauth_events_fits(const keyauth_record_t *first);
static int keyauth_events_begin(keyauth_reader_t *r,
    const keyauth_record_t *first);
static int keyauth_events_record(keyauth_reader_t *r,
    const keyauth_record_t *record);
static int keyauth_events_type(const char *name);
static uint32_t keyauth_events_place(keyauth_stream_t *s,
    const keyauth_record_t *record, uint32_t key);
static void keyauth_events_add(keyauth_stream_t *s, const keyauth_event_t *e);
static void keyauth_events_presses(keyauth_stream_t *s);
static int keyauth_events_compare(const void *one, const void *two);
static int keyauth_events_end(keyauth_reader_t *r);
static void keyauth_events_lost(keyauth_stream_t *s,
    const keyauth_event_t *down);
static void keyauth_events_free(void *state);


const keyauth_layout_t  keyauth_layout_events = {
    "events",
    "a stream of events",
    "user, session or repetition, type (keydown or keyup), key, time",
    0,
    0,
    keyauth_events_fits,
    keyauth_events_begin,
    keyauth_events_record,
    keyauth_events_end,
    keyauth_events_free
};


static unsigned
keyauth_events_fits(const keyauth_record_t *first)
{
    return keyauth_log_fits(first, 1);
}


static int
keyauth_events_begin(keyauth_reader_t *r, const keyauth_record_t *first)
{
    int                rc;
    keyauth_stream_t  *s;

    rc = keyauth_log_begin(r, first, 1);
    s = keyauth_alloc(1, sizeof(keyauth_stream_t));
    s->log = *(keyauth_log_t *) r->state;
    free(r->state);
    r->state = s;

    return rc;
}


static int
keyauth_events_record(keyauth_reader_t *r, const keyauth_record_t *record)
{
    int                rc, type;
    char               reason[128], text[40];
    unsigned           column;
    keyauth_event_t    e;
    keyauth_stream_t  *s;

    const keyauth_field_t  *field;

    s = r->state;
    column = s->log.column[KEYAUTH_LOG_RELEASE];
    field = &record->field[column - 1];
    type = keyauth_events_type(field->text);

    if (type < 0) {
        return keyauth_reader_bad(r, record->line, column, "neither keydown "
                                  "nor keyup: \"%s\"",
                                  keyauth_quote(text, sizeof(text),
                                                field->text, field->len));
    }

    if (type == KEYAUTH_EVENT_OTHER) {
        return 0;
    }

    rc = keyauth_log_named(r, record);

    if (rc != 1) {
        return rc;
    }

    memset(&e, 0, sizeof(keyauth_event_t));
    column = s->log.column[KEYAUTH_LOG_PRESS];

    if (keyauth_reader_number(r, &record->field[column - 1], &e.time, reason)
        != 0)
    {
        keyauth_log_spoil(r, record, NULL);
        return keyauth_reader_bad(r, record->line, column, "%s", reason);
    }

    rc = keyauth_log_key(r, record, &e.key);

    if (rc != 1) {
        keyauth_log_spoil(r, record, &e.time);
        return rc;
    }

    e.group = keyauth_log_group(r, record);
    e.place = keyauth_events_place(s, record, e.key);
    e.up = type == KEYAUTH_EVENT_UP || type == KEYAUTH_EVENT_RELEASE;
    e.press = type == KEYAUTH_EVENT_PRESS;
    e.line = record->line;
    s->releases |= type == KEYAUTH_EVENT_RELEASE;
    keyauth_events_add(s, &e);

    return 0;
}


/* a key that types "@" may go up as "2", where Shift has gone up before */
static uint32_t
keyauth_events_place(keyauth_stream_t *s, const keyauth_record_t *record,
    uint32_t key)
{
    char                    name[KEYAUTH_KEY_NAME];
    const keyauth_field_t  *field;

    if (s->log.place == 0) {
        return key;
    }

    field = &record->field[s->log.place - 1];

    /* phones' browsers have no code for it */

    if (field->len == 0 || strcmp(field->text, "0") == 0
        || strcmp(field->text, "229") == 0)
    {
        return key;
    }

    snprintf(name, sizeof(name), "[at %s]", field->text);

    return keyauth_keylog_key(s->log.log, name, 0);
}


static void
keyauth_events_add(keyauth_stream_t *s, const keyauth_event_t *e)
{
    if (s->events == s->room) {
        s->room = s->room ? 2 * s->room : 1024;
        s->event = keyauth_realloc(s->event, s->room,
                                   sizeof(keyauth_event_t));
    }

    s->event[s->events++] = *e;
}


/* a keyauth_event_e, or -1 */
static int
keyauth_events_type(const char *name)
{
    int  i;

    static const char *const  names[][8] = {
        [KEYAUTH_EVENT_DOWN] = { "keydown", "down", "d", "press", "pressed",
                                 "keypressed", NULL },
        [KEYAUTH_EVENT_UP] = { "keyup", "up", "u", "release", "released",
                               "keyreleased", NULL },
        [KEYAUTH_EVENT_PRESS] = { "keypress", NULL },
        [KEYAUTH_EVENT_RELEASE] = { "keyrelease", NULL },
        [KEYAUTH_EVENT_OTHER] = { "input", "beforeinput", "change", "focus",
                                  "blur", NULL }
    };

    for (i = 0; i <= KEYAUTH_EVENT_OTHER; i++) {
        if (keyauth_column_is(name, names[i])) {
            return i;
        }
    }

    return -1;
}


/* leaves out what is sent beside keydown and keyup */
static void
keyauth_events_presses(keyauth_stream_t *s)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < s->events && !s->releases; i++) {
        if (!s->event[i].press) {
            s->event[n++] = s->event[i];
        }
    }

    s->events = s->releases ? s->events : n;
}


static int
keyauth_events_compare(const void *one, const void *two)
{
    const keyauth_event_t  *a, *b;

    a = one;
    b = two;

    if (a->group != b->group || a->place != b->place) {
        return a->group != b->group ? (a->group > b->group ? 1 : -1)
                                    : (a->place > b->place ? 1 : -1);
    }

    if (a->time < b->time || a->time > b->time) {
        return a->time > b->time ? 1 : -1;
    }

    return (a->line > b->line) - (a->line < b->line);
}


/* each key of each group by itself: from the first keydown to its keyup */
static int
keyauth_events_end(keyauth_reader_t *r)
{
    size_t             i, lone;
    keyauth_event_t   *down, *e;
    keyauth_stream_t  *s;

    s = r->state;
    keyauth_events_presses(s);

    if (s->events == 0) {
        return 0;
    }

    qsort(s->event, s->events, sizeof(keyauth_event_t),
          keyauth_events_compare);
    down = NULL;
    lone = 0;

    for (i = 0; i < s->events; i++) {
        e = &s->event[i];

        if (down != NULL
            && (down->group != e->group || down->place != e->place))
        {
            keyauth_events_lost(s, down);
            down = NULL;
        }

        if (!e->up) {
            down = down != NULL ? down : e;

        } else if (down != NULL) {
            keyauth_keylog_add(s->log.log, e->group, down->key, down->time,
                               e->time, down->line);
            down = NULL;

        } else {
            lone++;
        }
    }

    if (down != NULL) {
        keyauth_events_lost(s, down);
    }

    if (lone > 0) {
        keyauth_note(&r->t->notes, "%s: %zu keys come up that were not down, "
                     "and are left out", r->path, lone);
    }

    return keyauth_keylog_rows(r, s->log.log);
}


/* no string has a key that never comes up; a modifier is of no account */
static void
keyauth_events_lost(keyauth_stream_t *s, const keyauth_event_t *down)
{
    uint32_t  lost;

    if (keyauth_keylog_types(s->log.log, down->key)) {
        lost = keyauth_keylog_lost(s->log.log, "[never up]");
        keyauth_keylog_add(s->log.log, down->group, lost, down->time,
                           down->time, down->line);
    }
}


static void
keyauth_events_free(void *state)
{
    keyauth_stream_t  *s;

    s = state;
    keyauth_keylog_destroy(s->log.log);
    free(s->event);
    free(s);
}
