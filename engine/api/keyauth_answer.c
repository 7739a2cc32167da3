/*
 * Answers.
 */


#include <string.h>

#include "keyauth_answer.h"
#include "keyauth_json.h"
#include "keyauth_refusal.h"
#include "keyauth_user.h"
#include "keyauth_warnings.h"


static int keyauth_answer_check_models(keyauth_engine_t *e,
    keyauth_problem_t *problem);
static uint32_t keyauth_answer_user(keyauth_engine_t *e,
    const keyauth_request_t *request, uint32_t *best);
static char *keyauth_answer_candidates(keyauth_engine_t *e,
    const keyauth_request_t *request, char *p);


int
keyauth_answer_parse(keyauth_engine_t *e, const char *body, size_t len,
    keyauth_problem_t *problem)
{
    int  n;

    n = keyauth_request_parse(e->body, e->requests, &e->batch, body, len,
                              e->model->keys, problem);
    if (n < 0) {
        e->nrequests = 0;
        return -1;
    }

    e->nrequests = n;

    return keyauth_answer_check_models(e, problem);
}


/* a model file may lack models, and thresholds */
static int
keyauth_answer_check_models(keyauth_engine_t *e, keyauth_problem_t *problem)
{
    int                 i, n;
    keyauth_place_t     at;
    keyauth_request_t  *request;

    at.problem = problem;
    at.keys = e->model->keys;
    at.list = NULL;
    at.element = -1;
    at.child = NULL;

    n = e->nrequests;
    e->nrequests = 0;

    for (i = 0; i < n; i++) {
        request = &e->requests[i];
        at.index = e->batch ? i : -1;

        if (!(e->model->models & (1u << request->model))) {
            at.member = "Model";
            return keyauth_refuse(&at, KEYAUTH_UNKNOWN_MODEL,
                                  "The server's model file has no %s.",
                                  keyauth_model_names[request->model]);
        }

        if (request->far > 0 && e->model->points == 0) {
            at.member = "FAR";
            return keyauth_refuse(&at, KEYAUTH_NO_THRESHOLDS,
                                  "The server's model file has no"
                                  " thresholds: it was trained on too few"
                                  " samples.");
        }
    }

    e->nrequests = n;

    return 0;
}


size_t
keyauth_answer_size(const keyauth_engine_t *e)
{
    int     i;
    size_t  size, top;

    size = sizeof("[]");

    for (i = 0; i < e->nrequests; i++) {
        size += sizeof("{\"UserID\":,\"Model\":\"\"},") + KEYAUTH_WARNINGS_MAX
                + strlen(keyauth_model_names[e->requests[i].model])
                + keyauth_answer_label_size(e->model);

        top = e->requests[i].top;

        if (top == 0) {
            continue;
        }

        if (top > e->model->classes) {
            top = e->model->classes;
        }

        size += sizeof(",\"Candidates\":[]")
                + top * (sizeof("{\"UserID\":,\"Score\":},")
                         + KEYAUTH_JSON_NUMBER_MAX
                         + keyauth_answer_label_size(e->model));
    }

    return size;
}


size_t
keyauth_answer_label_size(const keyauth_model_t *m)
{
    return KEYAUTH_JSON_ESCAPE_MAX * m->label_max + sizeof("\"\"") - 1;
}


size_t
keyauth_answer_write(keyauth_engine_t *e, char *buf, uint32_t *last)
{
    int                       i;
    char                     *p;
    unsigned                  warnings;
    const char               *name;
    const keyauth_request_t  *request;

    p = buf;
    memset(e->warned, 0, sizeof(e->warned));

    if (e->batch) {
        *p++ = '[';
    }

    for (i = 0; i < e->nrequests; i++) {
        request = &e->requests[i];
        name = keyauth_model_names[request->model];

        if (i > 0) {
            *p++ = ',';
        }

        *last = keyauth_answer_user(e, request, &e->named[i]);

        p = keyauth_json_text(p, "{\"UserID\":");
        p = (*last == KEYAUTH_NOBODY) ? keyauth_json_text(p, "null")
                                      : keyauth_answer_label(e->model, *last,
                                                             p);
        p = keyauth_json_text(p, ",\"Model\":\"");

        while (*name != '\0') {
            *p++ = *name++;
        }

        *p++ = '"';

        if (request->top > 0) {
            p = keyauth_answer_candidates(e, request, p);
        }

        warnings = keyauth_warnings(request, e->model->keys);
        keyauth_warnings_count(e->warned, warnings);
        p = keyauth_warnings_write(p, warnings);
        *p++ = '}';
    }

    if (e->batch) {
        *p++ = ']';
    }

    return (size_t) (p - buf);
}


/* nobody, where the best is not good enough for the FAR asked for */
static uint32_t
keyauth_answer_user(keyauth_engine_t *e, const keyauth_request_t *request,
    uint32_t *best)
{
    double           score;
    uint32_t         class;
    keyauth_point_t  point;

    class = keyauth_engine_predict(e, request->model, request);
    *best = class;

    if (request->far == 0) {
        return class;
    }

    score = keyauth_engine_verify(e, class, request, 1);
    point = keyauth_engine_point(e->model->unknown, e->model->points,
                                 request->far);

    return (score >= point.threshold) ? class : KEYAUTH_NOBODY;
}


static char *
keyauth_answer_candidates(keyauth_engine_t *e,
    const keyauth_request_t *request, char *p)
{
    uint32_t  i, n;

    n = keyauth_engine_top(e, request->model, request->top);

    p = keyauth_json_text(p, ",\"Candidates\":[");

    for (i = 0; i < n; i++) {
        if (i > 0) {
            *p++ = ',';
        }

        p = keyauth_json_text(p, "{\"UserID\":");
        p = keyauth_answer_label(e->model, e->candidates[i].label, p);
        p = keyauth_json_text(p, ",\"Score\":");
        p = keyauth_json_number(p, e->candidates[i].score);
        *p++ = '}';
    }

    *p++ = ']';

    return p;
}


char *
keyauth_answer_label(const keyauth_model_t *m, uint32_t class, char *p)
{
    size_t       len;
    int64_t      value;
    const char  *label;

    label = keyauth_model_label(m, class, &len);

    if (keyauth_user_integer(label, len, &value)) {
        return (char *) memcpy(p, label, len) + len;
    }

    *p++ = '"';
    p = keyauth_json_escape(p, p + KEYAUTH_JSON_ESCAPE_MAX * len, label, len);
    *p++ = '"';

    return p;
}
