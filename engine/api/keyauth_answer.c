/*
 * Answers, written as JSON.
 */


#include <math.h>
#include <string.h>

#include "keyauth_answer.h"
#include "keyauth_json.h"
#include "keyauth_user.h"
#include "keyauth_warnings.h"


static size_t keyauth_answer_label_size(const keyauth_model_t *m);
static char *keyauth_answer_result(const keyauth_model_t *m,
    const keyauth_result_t *result, char *p);
static char *keyauth_answer_candidates(const keyauth_model_t *m,
    const keyauth_result_t *result, char *p);


size_t
keyauth_answer_size(const keyauth_model_t *m,
    const keyauth_results_t *results)
{
    size_t                   size;
    uint32_t                 i;
    const keyauth_result_t  *result;

    size = sizeof("[]");

    for (i = 0; i < results->n; i++) {
        result = &results->result[i];

        size += sizeof("{\"UserID\":,\"Model\":\"\"},") + KEYAUTH_WARNINGS_MAX
                + strlen(keyauth_kinds[result->model]->name)
                + keyauth_answer_label_size(m);

        if (result->top > 0) {
            size += sizeof(",\"Candidates\":[]")
                    + result->top * (sizeof("{\"UserID\":,\"Score\":},")
                                     + KEYAUTH_JSON_NUMBER_MAX
                                     + keyauth_answer_label_size(m));
        }
    }

    return size;
}


/* bytes that a class's UserID may take */
static size_t
keyauth_answer_label_size(const keyauth_model_t *m)
{
    return KEYAUTH_JSON_ESCAPE_MAX * m->label_max + sizeof("\"\"") - 1;
}


size_t
keyauth_answer_write(const keyauth_model_t *m,
    const keyauth_results_t *results, char *buf)
{
    char      *p;
    uint32_t   i;

    p = buf;

    if (results->array) {
        *p++ = '[';
    }

    for (i = 0; i < results->n; i++) {
        if (i > 0) {
            *p++ = ',';
        }

        p = keyauth_answer_result(m, &results->result[i], p);
    }

    if (results->array) {
        *p++ = ']';
    }

    return (size_t) (p - buf);
}


static char *
keyauth_answer_result(const keyauth_model_t *m,
    const keyauth_result_t *result, char *p)
{
    const char  *name;

    p = keyauth_json_text(p, "{\"UserID\":");
    p = (result->class == KEYAUTH_NOBODY)
        ? keyauth_json_text(p, "null")
        : keyauth_answer_label(m, result->class, p);
    p = keyauth_json_text(p, ",\"Model\":\"");

    for (name = keyauth_kinds[result->model]->name; *name != '\0'; name++) {
        *p++ = *name;
    }

    *p++ = '"';

    if (result->top > 0) {
        p = keyauth_answer_candidates(m, result, p);
    }

    p = keyauth_answer_warnings(p, result->warnings, result->step);
    *p++ = '}';

    return p;
}


static char *
keyauth_answer_candidates(const keyauth_model_t *m,
    const keyauth_result_t *result, char *p)
{
    uint32_t  i;

    p = keyauth_json_text(p, ",\"Candidates\":[");

    for (i = 0; i < result->top; i++) {
        if (i > 0) {
            *p++ = ',';
        }

        p = keyauth_json_text(p, "{\"UserID\":");
        p = keyauth_answer_label(m, result->candidate[i].class, p);
        p = keyauth_json_text(p, ",\"Score\":");
        p = keyauth_json_number(p, result->candidate[i].score);
        *p++ = '}';
    }

    *p++ = ']';

    return p;
}


size_t
keyauth_answer_verdict_size(const keyauth_model_t *m)
{
    return sizeof("{\"UserID\":,\"Accepted\":false,\"Reason\":\"replay\","
                  "\"Score\":,\"Threshold\":,\"FAR\":,\"FRR\":,"
                  "\"Method\":\"FUSION\"}")
           + keyauth_answer_label_size(m)
           + KEYAUTH_JSON_ESCAPE_MAX * KEYAUTH_LABEL_MAX
           + 4 * KEYAUTH_JSON_NUMBER_MAX + KEYAUTH_WARNINGS_MAX;
}


size_t
keyauth_answer_verdict_write(const keyauth_model_t *m,
    const keyauth_verdict_t *verdict, char *buf)
{
    char        *p;
    const char  *reason;

    p = keyauth_json_text(buf, "{\"UserID\":");
    p = (verdict->user != NULL)
        ? keyauth_answer_user(verdict->user, strlen(verdict->user), p)
        : keyauth_answer_label(m, verdict->class, p);

    if (verdict->accepted) {
        p = keyauth_json_text(p, ",\"Accepted\":true");

    } else {
        p = keyauth_json_text(p, ",\"Accepted\":false");
    }

    if (verdict->reason != NULL) {
        p = keyauth_json_text(p, ",\"Reason\":\"");

        for (reason = verdict->reason; *reason != '\0'; reason++) {
            *p++ = *reason;
        }

        *p++ = '"';
    }

    p = keyauth_json_text(p, ",\"Score\":");
    p = keyauth_json_number(p, verdict->score);
    p = keyauth_json_text(p, ",\"Threshold\":");
    p = keyauth_json_number(p, verdict->point.threshold);
    p = keyauth_json_text(p, ",\"FAR\":");
    p = keyauth_json_number(p, verdict->far);
    p = keyauth_json_text(p, ",\"FRR\":");
    p = keyauth_json_number(p, verdict->point.frr);

    if (verdict->method != NULL) {
        p = keyauth_json_text(p, ",\"Method\":\"");

        for (reason = verdict->method; *reason != '\0'; reason++) {
            *p++ = *reason;
        }

        *p++ = '"';
    }

    p = keyauth_answer_warnings(p, verdict->warnings, verdict->step);
    *p++ = '}';

    return (size_t) (p - buf);
}


char *
keyauth_answer_label(const keyauth_model_t *m, uint32_t class, char *p)
{
    size_t       len;
    const char  *label;

    label = keyauth_model_label(m, class, &len);

    return keyauth_answer_user(label, len, p);
}


char *
keyauth_answer_user(const char *user, size_t len, char *p)
{
    int64_t  value;

    if (keyauth_user_integer(user, len, &value)) {
        return (char *) memcpy(p, user, len) + len;
    }

    *p++ = '"';
    p = keyauth_json_escape(p, p + KEYAUTH_JSON_ESCAPE_MAX * len, user, len);
    *p++ = '"';

    return p;
}


char *
keyauth_answer_warnings(char *p, unsigned warnings, double step)
{
    int          i;
    const char  *name;

    if (warnings == 0) {
        return p;
    }

    p = keyauth_json_text(p, ",\"Warnings\":[");

    for (i = 0; i < KEYAUTH_WARNINGS; i++) {

        if (!(warnings & (1u << i))) {
            continue;
        }

        if (p[-1] != '[') {
            *p++ = ',';
        }

        *p++ = '"';

        for (name = keyauth_warning_names[i]; *name != '\0'; name++) {
            *p++ = *name;
        }

        *p++ = '"';
    }

    *p++ = ']';

    if (warnings & (1u << KEYAUTH_WARN_COARSE)) {
        p = keyauth_json_text(p, ",\"ClockStep\":");
        p = keyauth_json_number(p, rint(100 * step) / 100);
    }

    return p;
}
