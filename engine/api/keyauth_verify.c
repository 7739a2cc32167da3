/*
 * Claims: deciding and answering them.
 */


#include <string.h>

#include "keyauth_json.h"
#include "keyauth_verify.h"
#include "keyauth_warnings.h"


void
keyauth_verify_decide(keyauth_engine_t *e, keyauth_claim_t *claim)
{
    uint32_t  points;

    points = e->model->points;

    claim->score = keyauth_engine_verify(e, claim->class, e->requests,
                                         claim->attempts);
    claim->point = keyauth_engine_point(e->model->verify
                                        + (claim->attempts - 1) * points,
                                        points, claim->far);

    claim->accepted = claim->score >= claim->point.threshold;
}


void
keyauth_verify_reject(keyauth_claim_t *claim, const char *reason)
{
    claim->accepted = 0;
    claim->reason = reason;
}


size_t
keyauth_verify_size(const keyauth_engine_t *e)
{
    return sizeof("{\"UserID\":,\"Accepted\":false,\"Reason\":\"replay\","
                  "\"Score\":,\"Threshold\":,\"FAR\":,\"FRR\":}")
           + keyauth_answer_label_size(e->model)
           + 4 * KEYAUTH_JSON_NUMBER_MAX + KEYAUTH_WARNINGS_MAX;
}


size_t
keyauth_verify_write(keyauth_engine_t *e, const keyauth_claim_t *claim,
    char *buf)
{
    char        *p;
    unsigned     warnings;
    uint32_t     i;
    const char  *reason;

    p = keyauth_json_text(buf, "{\"UserID\":");
    p = keyauth_answer_label(e->model, claim->class, p);

    if (claim->accepted) {
        p = keyauth_json_text(p, ",\"Accepted\":true");

    } else {
        p = keyauth_json_text(p, ",\"Accepted\":false");
    }

    if (claim->reason != NULL) {
        p = keyauth_json_text(p, ",\"Reason\":\"");

        for (reason = claim->reason; *reason != '\0'; reason++) {
            *p++ = *reason;
        }

        *p++ = '"';
    }

    p = keyauth_json_text(p, ",\"Score\":");
    p = keyauth_json_number(p, claim->score);
    p = keyauth_json_text(p, ",\"Threshold\":");
    p = keyauth_json_number(p, claim->point.threshold);
    p = keyauth_json_text(p, ",\"FAR\":");
    p = keyauth_json_number(p, claim->far);
    p = keyauth_json_text(p, ",\"FRR\":");
    p = keyauth_json_number(p, claim->point.frr);

    warnings = 0;

    for (i = 0; i < claim->attempts; i++) {
        warnings |= keyauth_warnings(&e->requests[i], e->model->keys);
    }

    memset(e->warned, 0, sizeof(e->warned));
    keyauth_warnings_count(e->warned, warnings);

    p = keyauth_warnings_write(p, warnings);
    *p++ = '}';

    return (size_t) (p - buf);
}
