/*
 * Fuzzes the header Keyauth-Sample: the module's own source, with nginx's own
 * base64.  Bytes are given as the header's value and, encoded, as what it
 * holds, which must come back.
 */


#define _GNU_SOURCE                     /* as nginx has it */

#include "fuzz.h"

#include <openssl/evp.h>

#include "ngx_http_keyauth_verify.c"


#define FUZZ_MODEL  "build/t/one/keyauth.model"
#define FUZZ_MAX    (NGX_HTTP_KEYAUTH_SAMPLE_MAX / 4 * 3)


static void fuzz_header(const uint8_t *value, size_t size,
    const uint8_t *wanted, size_t len);


static keyauth_model_t   model;
static keyauth_engine_t  engine;
static keyauth_body_t    tree;


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char   err[KEYAUTH_ERROR_MAX];
    void  *memory;

    (void) argc;
    (void) argv;

    fuzz_assert(keyauth_model_open(&model, FUZZ_MODEL, NULL, err) == 0);

    memory = aligned_alloc(64, keyauth_engine_size(&model));
    fuzz_assert(memory != NULL);
    fuzz_assert(keyauth_engine_init(&engine, &model, memory, err) == 0);

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t   i, n;
    uint8_t  encoded[NGX_HTTP_KEYAUTH_SAMPLE_MAX + 1];

    fuzz_header(data, size, NULL, 0);

    if (size == 0 || size > FUZZ_MAX) {
        return 0;
    }

    n = (size_t) EVP_EncodeBlock(encoded, data, (int) size);
    fuzz_header(encoded, n, data, size);

    /* base64url, which has no padding */

    for (i = 0; i < n; i++) {
        encoded[i] = encoded[i] == '+' ? '-' : encoded[i] == '/' ? '_'
                     : encoded[i];
    }

    while (encoded[n - 1] == '=') {
        n--;
    }

    fuzz_header(encoded, n, data, size);

    return 0;
}


/* a request with this header, which holds what is wanted unless that is NULL */
static void
fuzz_header(const uint8_t *value, size_t size, const uint8_t *wanted,
    size_t len)
{
    char                *pool;
    ngx_int_t            rc;
    ngx_str_t            sample;
    ngx_table_elt_t      header;
    keyauth_claim_t      claim;
    keyauth_problem_t    problem;
    const char          *why;
    keyauth_verdict_t    verdict;
    ngx_http_request_t   r;

    static const keyauth_claim_limits_t  limits = { KEYAUTH_FAR_DEFAULT,
                                                    KEYAUTH_FAR_DEFAULT, 0 };

    memset(&r, 0, sizeof(r));
    memset(&header, 0, sizeof(header));
    header.key.data = (u_char *) "KEYAUTH-sample";
    header.key.len = 14;
    header.value.data = fuzz_copy(value, size);
    header.value.len = size;
    r.headers_in.headers.part.elts = &header;
    r.headers_in.headers.part.nelts = 1;

    /* all that is allocated from it is this */
    pool = NULL;
    r.pool = (ngx_pool_t *) (void *) &pool;

    rc = ngx_http_keyauth_read_sample(&r, &sample, &why);
    fuzz_assert(rc == NGX_OK || rc == NGX_DECLINED);

    if (wanted != NULL) {
        fuzz_assert(rc == NGX_OK && sample.len == len);
        fuzz_assert(memcmp(sample.data, wanted, len) == 0);
    }

    if (rc == NGX_OK
        && keyauth_claim_parse(&claim, &tree, &model, &limits,
                               (char *) sample.data, sample.len, &problem)
           == 0)
    {
        keyauth_verify(&engine, &claim, &verdict);
    }

    free(pool);
    free(header.value.data);
}


void *
ngx_pnalloc(ngx_pool_t *p, size_t size)
{
    char  **pool;

    pool = (char **) (void *) p;
    fuzz_assert(*pool == NULL);
    *pool = malloc(size ? size : 1);

    return *pool;
}
