/*
 * Endpoints: what a server's locations answer.
 */


#include "keyauth_endpoint.h"


const keyauth_endpoint_t  keyauth_endpoints[KEYAUTH_ENDPOINTS] = {
    [KEYAUTH_ENDPOINT_OTHER] = { "other", 0 },
    [KEYAUTH_ENDPOINT_PREDICT] = { "predict",
                                   KEYAUTH_ALL_MODELS | 1u << KEYAUTH_LIVE },
    [KEYAUTH_ENDPOINT_VERIFY] = { "verify",
                                  1u << KEYAUTH_FUSION | 1u << KEYAUTH_LIVE },
    [KEYAUTH_ENDPOINT_ENROL] = { "enrol", 0 },
    [KEYAUTH_ENDPOINT_CARD] = { "card", 0 },
    [KEYAUTH_ENDPOINT_HEALTH] = { "health", 0 },
    [KEYAUTH_ENDPOINT_METRICS] = { "metrics", 0 }
};
