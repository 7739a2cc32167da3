/*
 * Enrolments: see keyauth_enrol.h.
 */


#include <math.h>
#include <string.h>

#include "keyauth_answer.h"
#include "keyauth_enrol.h"
#include "keyauth_fields.h"
#include "keyauth_user.h"


/* the members of an enrolment; those of a sample come first */
typedef enum {
    KEYAUTH_ENROL_PRESS = 0,
    KEYAUTH_ENROL_RELEASE,
    KEYAUTH_ENROL_USER,
    KEYAUTH_ENROL_PHRASE,
    KEYAUTH_ENROL_REPLACE,
    KEYAUTH_ENROL_CONFIRMED,
    KEYAUTH_ENROL_SAMPLES
} keyauth_enrol_member_e;

#define KEYAUTH_ENROL_MEMBERS  (KEYAUTH_ENROL_SAMPLES + 1)

#define KEYAUTH_ENROL_SAMPLE_MEMBERS  2
#define KEYAUTH_ENROL_HALVINGS        10    /* to a thousandth */

#define KEYAUTH_SEEN_SAMPLE                                                   \
    (KEYAUTH_SEEN(KEYAUTH_ENROL_PRESS) | KEYAUTH_SEEN(KEYAUTH_ENROL_RELEASE))
#define KEYAUTH_SEEN_SAMPLES  KEYAUTH_SEEN(KEYAUTH_ENROL_SAMPLES)


static int keyauth_enrol_object(keyauth_enrol_t *e, keyauth_place_t *at,
    const keyauth_value_t *object);
static int keyauth_enrol_seen(keyauth_place_t *at,
    const keyauth_value_t *item, int n, unsigned *seen);
static int keyauth_enrol_member(keyauth_enrol_t *e, keyauth_place_t *at,
    const keyauth_value_t *item, keyauth_enrol_member_e member);
static int keyauth_enrol_user(keyauth_enrol_t *e, keyauth_place_t *at,
    const keyauth_value_t *item);
static int keyauth_enrol_samples(keyauth_enrol_t *e, keyauth_place_t *at,
    const keyauth_value_t *array);
static int keyauth_enrol_sample(keyauth_place_t *at,
    const keyauth_value_t *object, keyauth_request_t *sample);
static int keyauth_enrol_require(keyauth_place_t *at, unsigned required,
    unsigned seen);
static size_t keyauth_enrol_refuse(keyauth_enrol_t *e, int status,
    const char *code, const char *title, const char *detail);
static int keyauth_enrol_length(keyauth_enrol_t *e, const char *pointer,
    const char *detail);
static int keyauth_enrol_start(keyauth_enrol_t *e,
    const keyauth_store_record_t *old);
static int keyauth_enrol_take(keyauth_enrol_t *e,
    const keyauth_live_sample_t *sample, int complete);
static double keyauth_enrol_quality(const keyauth_enrol_t *e, uint32_t row);
static char *keyauth_enrol_head(const keyauth_enrol_t *e, char *p);
static char *keyauth_enrol_string(char *p, const char *s);


static const char *const  keyauth_enrol_names[KEYAUTH_ENROL_MEMBERS] = {
    "Press", "Release", "UserID", "Phrase", "Replace", "Confirmed", "Samples"
};


int
keyauth_enrol_parse(keyauth_enrol_t *e, keyauth_body_t *memory,
    const char *body, size_t len)
{
    keyauth_place_t         at;
    const keyauth_value_t  *root;

    e->user[0] = '\0';
    e->phrase[0] = '\0';
    e->samples = 0;
    e->listed = 0;
    e->replace = 0;
    e->confirmed = 0;
    e->warnings = 0;
    e->problem.status = 0;

    keyauth_place_init(&at, &e->problem, KEYAUTH_KEYS_MAX);

    root = keyauth_body_read(memory, &at, body, len);

    /* the first sample says how many keys there are */

    at.keys = 0;

    return (root == NULL) ? -1 : keyauth_enrol_object(e, &at, root);
}


static int
keyauth_enrol_object(keyauth_enrol_t *e, keyauth_place_t *at,
    const keyauth_value_t *object)
{
    int                     member;
    unsigned                seen;
    const keyauth_value_t  *item;

    if (object->type != KEYAUTH_VALUE_OBJECT) {
        return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                              "An enrolment must be an object.");
    }

    seen = 0;

    for (item = object->u.child; item != NULL; item = item->next) {

        member = keyauth_enrol_seen(at, item, KEYAUTH_ENROL_MEMBERS, &seen);

        if (member < 0) {
            return -1;
        }

        if ((seen & KEYAUTH_SEEN_SAMPLES) && (seen & KEYAUTH_SEEN_SAMPLE)) {
            return keyauth_refuse(at, KEYAUTH_BOTH_FORMS,
                                  "An enrolment holds either Press and"
                                  " Release, or Samples.");
        }

        if (keyauth_enrol_member(e, at, item, (keyauth_enrol_member_e) member)
            != 0)
        {
            return -1;
        }
    }

    at->member = NULL;

    if (keyauth_enrol_require(at, KEYAUTH_SEEN(KEYAUTH_ENROL_USER), seen)
        != 0)
    {
        return -1;
    }

    if (!(seen & (KEYAUTH_SEEN_SAMPLE | KEYAUTH_SEEN_SAMPLES))) {
        return keyauth_refuse(at, KEYAUTH_NO_FORM,
                              "An enrolment holds either Press and Release,"
                              " or Samples.");
    }

    if (seen & KEYAUTH_SEEN_SAMPLES) {
        return 0;
    }

    e->samples = 1;

    return keyauth_enrol_require(at, KEYAUTH_SEEN_SAMPLE, seen) != 0
           ? -1 : keyauth_fields_sample(at, e->sample);
}


/* which of the first n members it is; -1: none of them, or once more */

static int
keyauth_enrol_seen(keyauth_place_t *at, const keyauth_value_t *item, int n,
    unsigned *seen)
{
    int  member;

    at->member = item->name;

    member = keyauth_fields_lookup(item->name, keyauth_enrol_names, n);

    if (member < 0) {
        return keyauth_refuse(at, KEYAUTH_UNKNOWN_MEMBER,
                              "%s has no member of this name; upper and"
                              " lower case differ.",
                              (n == KEYAUTH_ENROL_SAMPLE_MEMBERS)
                              ? "A sample" : "An enrolment");
    }

    if (*seen & KEYAUTH_SEEN(member)) {
        return keyauth_refuse(at, KEYAUTH_DUPLICATE_MEMBER,
                              "%s is there twice.",
                              keyauth_enrol_names[member]);
    }

    *seen |= KEYAUTH_SEEN(member);

    return member;
}


static int
keyauth_enrol_member(keyauth_enrol_t *e, keyauth_place_t *at,
    const keyauth_value_t *item, keyauth_enrol_member_e member)
{
    /* no default: the compiler finds a member that is not here */

    switch (member) {

    case KEYAUTH_ENROL_PRESS:
        return keyauth_fields_times(at, item, e->sample->press);

    case KEYAUTH_ENROL_RELEASE:
        return keyauth_fields_times(at, item, e->sample->release);

    case KEYAUTH_ENROL_USER:
        return keyauth_enrol_user(e, at, item);

    case KEYAUTH_ENROL_PHRASE:
        return keyauth_fields_phrase(at, item, e->phrase);

    case KEYAUTH_ENROL_REPLACE:
    case KEYAUTH_ENROL_CONFIRMED:
        if (item->type != KEYAUTH_VALUE_LITERAL || item->u.number < 0) {
            return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                                  "%s must be true or false.",
                                  keyauth_enrol_names[member]);
        }

        if (member == KEYAUTH_ENROL_REPLACE) {
            e->replace = item->u.number > 0;

        } else {
            e->confirmed = item->u.number > 0;
        }

        return 0;

    case KEYAUTH_ENROL_SAMPLES:
        return keyauth_enrol_samples(e, at, item);
    }

    return -1;
}


static int
keyauth_enrol_user(keyauth_enrol_t *e, keyauth_place_t *at,
    const keyauth_value_t *item)
{
    if (item->type == KEYAUTH_VALUE_NUMBER
        && keyauth_user_number(item->u.number, e->user) > 0)
    {
        return 0;
    }

    if (item->type != KEYAUTH_VALUE_STRING) {
        return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                              "UserID must be a whole number or a string.");
    }

    if (item->u.string[0] == '\0'
        || strlen(item->u.string) > KEYAUTH_LABEL_MAX)
    {
        return keyauth_refuse(at, KEYAUTH_WRONG_LENGTH,
                              "UserID may hold 1 to %d bytes.",
                              KEYAUTH_LABEL_MAX);
    }

    /* headers and data files would lose blanks, and break at other controls */

    if (!keyauth_user_valid(item->u.string, strlen(item->u.string))) {
        return keyauth_refuse(at, KEYAUTH_BAD_USER,
                              "UserID may not begin or end with a blank, or"
                              " hold a control character.");
    }

    strcpy(e->user, item->u.string);

    return 0;
}


static int
keyauth_enrol_samples(keyauth_enrol_t *e, keyauth_place_t *at,
    const keyauth_value_t *array)
{
    const keyauth_value_t  *item;

    if (array->type != KEYAUTH_VALUE_ARRAY) {
        return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                              "Samples must be an array.");
    }

    if (array->count < 1 || array->count > KEYAUTH_LIVE_ROWS_MAX) {
        return keyauth_refuse(at, KEYAUTH_WRONG_LENGTH,
                              "Samples may hold 1 to %d samples.",
                              KEYAUTH_LIVE_ROWS_MAX);
    }

    at->list = keyauth_enrol_names[KEYAUTH_ENROL_SAMPLES];
    at->index = 0;

    for (item = array->u.child; item != NULL; item = item->next) {

        at->member = NULL;

        if (keyauth_enrol_sample(at, item, &e->sample[at->index]) != 0) {
            return -1;
        }

        at->index++;
    }

    at->list = NULL;
    at->index = -1;
    e->samples = array->count;
    e->listed = 1;

    return 0;
}


static int
keyauth_enrol_sample(keyauth_place_t *at, const keyauth_value_t *object,
    keyauth_request_t *sample)
{
    int                     member;
    unsigned                seen;
    const keyauth_value_t  *item;

    if (object->type != KEYAUTH_VALUE_OBJECT) {
        return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                              "A sample must be an object with Press and"
                              " Release.");
    }

    seen = 0;

    for (item = object->u.child; item != NULL; item = item->next) {

        member = keyauth_enrol_seen(at, item, KEYAUTH_ENROL_SAMPLE_MEMBERS,
                                    &seen);

        if (member < 0
            || keyauth_fields_times(at, item,
                                    (member == KEYAUTH_ENROL_PRESS)
                                    ? sample->press : sample->release)
               != 0)
        {
            return -1;
        }
    }

    return keyauth_enrol_require(at, KEYAUTH_SEEN_SAMPLE, seen) != 0
           ? -1 : keyauth_fields_sample(at, sample);
}


static int
keyauth_enrol_require(keyauth_place_t *at, unsigned required, unsigned seen)
{
    int  i;

    for (i = 0; i < KEYAUTH_ENROL_MEMBERS; i++) {
        if (required & ~seen & KEYAUTH_SEEN(i)) {
            at->member = keyauth_enrol_names[i];
            return keyauth_refuse(at, KEYAUTH_MISSING_MEMBER,
                                  "%s is missing.", at->member);
        }
    }

    return 0;
}


void
keyauth_enrol_name(keyauth_enrol_t *e, keyauth_store_name_t *name)
{
    keyauth_store_name(name, e->user, e->phrase);
}


size_t
keyauth_enrol_edit(void *data, const keyauth_store_record_t *old,
    uint8_t *bytes)
{
    keyauth_enrol_t  *e = data;

    int                    complete;
    uint32_t               i;
    keyauth_live_sample_t  sample;

    e->problem.status = 0;
    e->warnings = 0;

    if (keyauth_enrol_start(e, old) != 0) {
        return 0;
    }

    complete = e->template.rows >= e->needed;

    for (i = 0; i < e->samples; i++) {

        keyauth_live_sample(e->live, e->sample[i].press, e->sample[i].release,
                            e->sample[i].keys, &sample);

        if (!keyauth_live_consistent(e->live, &e->template, &sample)) {
            e->warnings |= KEYAUTH_ENROL_INCONSISTENT;
        }

        if (keyauth_enrol_take(e, &sample, complete) != 0) {
            return 0;
        }
    }

    return keyauth_live_write(&e->template, bytes);
}


/* a complete template learns; none that is replaced is complete */

static int
keyauth_enrol_take(keyauth_enrol_t *e, const keyauth_live_sample_t *sample,
    int complete)
{
    if (!complete) {

        if (keyauth_live_add(&e->template, sample, KEYAUTH_LIVE_ANCHOR,
                             e->day)
            != 0)
        {
            return keyauth_enrol_length(e, e->listed ? "/Samples" : "",
                                        "A template holds up to 24 samples.");
        }

        return 0;
    }

    if (keyauth_live_has(e->template.row, e->template.rows, sample->steps,
                         sample->keys))
    {
        (void) keyauth_enrol_refuse(e, 409, "replay",
                                    "A sample has been seen before",
                                    "The template has this sample.");
        return -1;
    }

    (void) keyauth_live_learn(e->live, &e->template, sample, 1, 1, e->window,
                              e->day);

    return 0;
}


/* the template to which samples are added; -1: they are not */

static int
keyauth_enrol_start(keyauth_enrol_t *e, const keyauth_store_record_t *old)
{
    keyauth_live_init(&e->template, e->sample->keys);

    if (old == NULL || e->replace) {
        return 0;
    }

    if (keyauth_live_read(&e->template, old->bytes, old->size) != 0) {
        (void) keyauth_enrol_refuse(e, 503, "damaged-template",
                                    "The template is damaged",
                                    "Enrol again, with Replace.");
        return -1;
    }

    if (e->template.rows >= e->needed && !e->confirmed) {
        (void) keyauth_enrol_refuse(e, 409, "already-enrolled",
                                    "The user is enrolled",
                                    "Replace must be true to replace a"
                                    " complete template, or Confirmed to"
                                    " add to it.");
        return -1;
    }

    if (e->template.keys != e->sample->keys) {
        return keyauth_enrol_length(e, e->listed ? "/Samples/0/Press"
                                                 : "/Press",
                                    "The template's samples have another"
                                    " number of keys.");
    }

    return 0;
}


static size_t
keyauth_enrol_refuse(keyauth_enrol_t *e, int status, const char *code,
    const char *title, const char *detail)
{
    keyauth_problem_set(&e->problem, status, code, title, "", "%s", detail);

    return 0;
}


static int
keyauth_enrol_length(keyauth_enrol_t *e, const char *pointer,
    const char *detail)
{
    keyauth_problem_set(&e->problem, 422, "wrong-length",
                        "An array has the wrong length", pointer, "%s",
                        detail);

    return -1;
}


size_t
keyauth_enrol_write(const keyauth_enrol_t *e, char *buf)
{
    char  *p;

    p = keyauth_enrol_head(e, buf);

    if (e->warnings & KEYAUTH_ENROL_INCONSISTENT) {
        p = keyauth_json_text(p, ",\"Warnings\":[\"inconsistent\"]");
    }

    *p++ = '}';

    return (size_t) (p - buf);
}


size_t
keyauth_enrol_write_state(const keyauth_enrol_t *e, char *buf)
{
    char      *p;
    uint32_t   i;

    p = keyauth_enrol_head(e, buf);
    p = keyauth_json_text(p, ",\"Keys\":");
    p = keyauth_json_integer(p, e->template.keys);
    p = keyauth_json_text(p, ",\"Ages\":[");

    for (i = 0; i < e->template.rows; i++) {
        p = keyauth_json_integer(p, (e->day > e->template.row[i].day)
                                    ? e->day - e->template.row[i].day : 0);
        *p++ = (i + 1 < e->template.rows) ? ',' : ']';
    }

    if (e->template.rows == 0) {
        *p++ = ']';
    }

    if (e->live->head.people > 0 && e->template.rows > 1) {
        p = keyauth_json_text(p, ",\"Quality\":[");

        for (i = 0; i < e->template.rows; i++) {
            p = keyauth_json_number(p, keyauth_enrol_quality(e, i));
            *p++ = (i + 1 < e->template.rows) ? ',' : ']';
        }
    }

    *p++ = '}';

    return (size_t) (p - buf);
}


/*
 * How surely a sample and all others are one person's: 0 where it does not
 * reach the threshold of the largest FAR, 1 where it does that of the
 * smallest, and between them by the FAR's logarithm, in hundredths.
 */
static double
keyauth_enrol_quality(const keyauth_enrol_t *e, uint32_t row)
{
    int                      i;
    double                   score, low, high, middle;
    uint32_t                 r;
    keyauth_point_t          point;
    keyauth_live_sample_t    sample;
    keyauth_live_template_t  others;

    keyauth_live_init(&others, e->template.keys);

    for (r = 0; r < e->template.rows; r++) {
        if (r != row) {
            others.row[others.rows++] = e->template.row[r];
        }
    }

    keyauth_live_sample_row(e->live, &e->template.row[row], e->template.keys,
                            &sample);
    score = keyauth_live_score(e->live, &others, &sample);

    /* the threshold rises as the FAR falls */

    low = 0;
    high = 1;

    for (i = 0; i < KEYAUTH_ENROL_HALVINGS; i++) {
        middle = (low + high) / 2;
        keyauth_live_point(e->live, others.rows, others.keys, 1,
                           KEYAUTH_FAR_MAX
                           * pow(KEYAUTH_FAR_MIN / KEYAUTH_FAR_MAX, middle),
                           &point);

        if (score >= point.threshold) {
            low = middle;

        } else {
            high = middle;
        }
    }

    return round(100 * low) / 100;
}


static char *
keyauth_enrol_head(const keyauth_enrol_t *e, char *p)
{
    p = keyauth_json_text(p, "{\"UserID\":");
    p = keyauth_answer_user(e->user, strlen(e->user), p);

    if (e->phrase[0] != '\0') {
        p = keyauth_json_text(p, ",\"Phrase\":");
        p = keyauth_enrol_string(p, e->phrase);
    }

    p = keyauth_json_text(p, ",\"Samples\":");
    p = keyauth_json_integer(p, e->template.rows);
    p = keyauth_json_text(p, ",\"Needed\":");
    p = keyauth_json_integer(p, e->needed);
    p = keyauth_json_text(p, ",\"Ready\":");

    return (e->template.rows >= e->needed) ? keyauth_json_text(p, "true")
                                           : keyauth_json_text(p, "false");
}


static char *
keyauth_enrol_string(char *p, const char *s)
{
    size_t  len;

    len = strlen(s);
    *p++ = '"';
    p = keyauth_json_escape(p, p + KEYAUTH_JSON_ESCAPE_MAX * len, s, len);
    *p++ = '"';

    return p;
}
