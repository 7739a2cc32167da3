/*
 * A body's bytes, read as JSON.
 */


#include <errno.h>

#include "keyauth_body.h"
#include "keyauth_scan.h"


cJSON *
keyauth_body_read(keyauth_place_t *at, const char *body, size_t len)
{
    cJSON                 *root;
    size_t                 values;
    const char            *p;
    keyauth_scan_error_t   err;

    if (len == 0) {
        (void) keyauth_refuse(at, KEYAUTH_NOT_JSON, "The body is empty.");
        return NULL;
    }

    if (len > KEYAUTH_BODY_MAX) {
        (void) keyauth_refuse(at, KEYAUTH_TOO_LARGE,
                              "A body may have up to %d bytes.",
                              KEYAUTH_BODY_MAX);
        return NULL;
    }

    /* twice a full batch, so that most mistakes still get their own names */

    values = 2 * KEYAUTH_BATCH_MAX * (2 * at->keys + KEYAUTH_BODY_VALUES);

    if (keyauth_scan(body, len, values, &err) != 0) {
        (void) keyauth_refuse(at, (err.kind == KEYAUTH_SCAN_EXCESS)
                                  ? KEYAUTH_TOO_COMPLEX : KEYAUTH_NOT_JSON,
                              "%s, at byte %u.", err.why,
                              (unsigned) (err.at - body));
        return NULL;
    }

    errno = 0;

    root = cJSON_ParseWithLengthOpts(body, len, &p, 0);

    if (root == NULL && errno == ENOMEM) {
        (void) keyauth_refuse(at, KEYAUTH_NO_MEMORY,
                              "There is no memory to read the body.");
        return NULL;
    }

    if (root != NULL) {
        while (p < body + len
               && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        {
            p++;
        }

        if (p == body + len) {
            return root;
        }

        cJSON_Delete(root);
    }

    (void) keyauth_refuse(at, KEYAUTH_NOT_JSON,
                          "It breaks JSON's grammar near byte %u.",
                          (unsigned) (p - body));
    return NULL;
}
