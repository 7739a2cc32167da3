/*
 * Reading a model file's bytes: see keyauth_model.h.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyauth_kernels.h"
#include "keyauth_model.h"
#include "keyauth_point.h"


#define KEYAUTH_MODEL_CREATED_MAX  253402300799     /* 9999-12-31 23:59:59 */


static int keyauth_model_header(keyauth_model_t *m, const uint8_t *trusted,
    char *err);
static int keyauth_model_schema(keyauth_model_t *m, keyauth_sections_t *s);
static int keyauth_model_labels(keyauth_model_t *m, keyauth_sections_t *s);
static int keyauth_model_kinds(keyauth_model_t *m, keyauth_sections_t *s);
static int keyauth_model_points(keyauth_model_t *m, keyauth_sections_t *s);
static int keyauth_model_golden(keyauth_model_t *m, keyauth_sections_t *s);


int
keyauth_model_read(keyauth_model_t *m, const void *data, size_t size,
    const uint8_t *trusted, char *err)
{
    keyauth_sections_t  s;

    memset(m, 0, sizeof(*m));
    m->data = data;
    m->size = size;

    if (keyauth_model_header(m, trusted, err) != 0
        || keyauth_sections_init(&s, m->data, size, err) != 0
        || keyauth_model_schema(m, &s) != 0
        || keyauth_model_labels(m, &s) != 0
        || keyauth_model_kinds(m, &s) != 0
        || keyauth_model_golden(m, &s) != 0
        || keyauth_model_points(m, &s) != 0
        || keyauth_live_sections(&m->live, &s) != 0)
    {
        goto failed;
    }

    if (s.found != s.sections) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%u of %u sections are unknown",
                 s.sections - s.found, s.sections);
        goto failed;
    }

    keyauth_model_use(m, keyauth_kernels_best());

    return 0;

failed:

    keyauth_model_close(m);

    return -1;
}


static int
keyauth_model_header(keyauth_model_t *m, const uint8_t *trusted, char *err)
{
    int                           i;
    uint8_t                       digest[32];
    keyauth_file_header_t         zero;
    const keyauth_file_header_t  *h;

    if (m->size < sizeof(*h)) {
        snprintf(err, KEYAUTH_ERROR_MAX, "not a model file: too short");
        return -1;
    }

    h = (const keyauth_file_header_t *) (const void *) m->data;
    memset(&zero, 0, sizeof(zero));

    if (memcmp(h->magic, KEYAUTH_FILE_MAGIC, sizeof(h->magic)) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "not a model file");
        return -1;
    }

    if (h->version != KEYAUTH_FILE_VERSION) {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "the file's format is version %u, keyauth " KEYAUTH_VERSION
                 " reads version %d: train the model again", h->version,
                 KEYAUTH_FILE_VERSION);
        return -1;
    }

    if (h->size != m->size) {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "the file has %zu bytes and should have %llu", m->size,
                 (unsigned long long) h->size);
        return -1;
    }

    if (keyauth_signature_digest(m->data, m->size, digest) != 0
        || memcmp(digest, h->digest, sizeof(digest)) != 0
        || memcmp(h->padding, zero.padding, sizeof(h->padding)) != 0)
    {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "the SHA-256 does not match: the file is damaged");
        return -1;
    }

    if (h->created > KEYAUTH_MODEL_CREATED_MAX) {
        snprintf(err, KEYAUTH_ERROR_MAX, "the file's date is bad");
        return -1;
    }

    m->created = (time_t) h->created;

    for (i = 0; i < 8; i++) {
        snprintf(m->id + 2 * i, 3, "%02x", h->digest[i]);
    }

    return keyauth_signature_check(h, trusted, err);
}


static int
keyauth_model_schema(keyauth_model_t *m, keyauth_sections_t *s)
{
    keyauth_file_schema_t  schema;

    memset(&schema, 0, sizeof(schema));
    keyauth_sections_head(s, "schema", &schema, sizeof(schema));
    m->card = keyauth_sections_bytes(s, "card", 1, &m->card_size);

    if (s->bad) {
        return -1;
    }

    if (schema.keys < KEYAUTH_KEYS_MIN || schema.keys > KEYAUTH_KEYS_MAX
        || schema.classes < 2 || schema.classes > KEYAUTH_CLASSES_MAX
        || schema.ddof != 1)
    {
        snprintf(s->err, KEYAUTH_ERROR_MAX,
                 "a schema of %u keys, %u users and ddof %u is not supported",
                 schema.keys, schema.classes, schema.ddof);
        return -1;
    }

    m->keys = schema.keys;
    m->classes = schema.classes;
    s->keys = schema.keys;
    s->classes = schema.classes;

    return 0;
}


static int
keyauth_model_labels(keyauth_model_t *m, keyauth_sections_t *s)
{
    size_t           i, size, text;
    const char      *p;
    const uint32_t  *offset;

    p = keyauth_sections_bytes(s, "labels", 1, &size);
    offset = (const uint32_t *) (const void *) p;
    text = ((size_t) m->classes + 1) * sizeof(uint32_t);
    m->label_max = 0;

    if (s->bad) {
        return -1;
    }

    if (size < text || offset[0] != 0 || offset[m->classes] != size - text) {
        goto invalid;
    }

    for (i = 0; i < m->classes; i++) {
        if (offset[i] >= offset[i + 1] || offset[i + 1] > size - text
            || offset[i + 1] - offset[i] > KEYAUTH_LABEL_MAX)
        {
            goto invalid;
        }

        if (offset[i + 1] - offset[i] > m->label_max) {
            m->label_max = offset[i + 1] - offset[i];
        }
    }

    for (i = text; i < size; i++) {
        if ((uint8_t) p[i] < 0x20) {
            goto invalid;
        }
    }

    m->label_offset = offset;
    m->label_text = p + text;

    return 0;

invalid:

    snprintf(s->err, KEYAUTH_ERROR_MAX, "the labels are bad");

    return -1;
}


static int
keyauth_model_kinds(keyauth_model_t *m, keyauth_sections_t *s)
{
    keyauth_model_e        i;
    const keyauth_kind_t  *kind;

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        kind = keyauth_kinds[i];

        if (!keyauth_sections_has(s, kind->head)) {
            continue;
        }

        m->models |= 1u << i;
        m->view[i] = calloc(1, kind->size);

        if (m->view[i] == NULL) {
            keyauth_sections_refuse(s, "no memory for %s", kind->name);
            return -1;
        }

        if (kind->read(m->view[i], s) != 0
            || kind->check(m->view[i], s->err) != 0)
        {
            return -1;
        }
    }

    if (m->models == 0) {
        keyauth_sections_refuse(s, "the file contains no model");
        return -1;
    }

    return 0;
}


static int
keyauth_model_golden(keyauth_model_t *m, keyauth_sections_t *s)
{
    size_t                 i, size, times;
    const char            *p;
    keyauth_file_golden_t  golden;

    p = keyauth_sections_bytes(s, "golden", 1, &size);

    if (s->bad) {
        return -1;
    }

    if (size < sizeof(golden)) {
        goto invalid;
    }

    memcpy(&golden, p, sizeof(golden));
    times = (size_t) golden.rows * 2 * m->keys;

    /* a kind that is newer than the file has no answers there */

    if (golden.kinds > KEYAUTH_FILE_KINDS_MAX || m->models >> golden.kinds != 0
        || size != sizeof(golden) + times * sizeof(double)
                   + (size_t) golden.rows * golden.kinds * sizeof(uint32_t))
    {
        goto invalid;
    }

    m->golden_rows = golden.rows;
    m->golden_kinds = golden.kinds;
    m->golden = (const double *) (const void *) (p + sizeof(golden));
    m->golden_label = (const uint32_t *) (const void *) (m->golden + times);

    for (i = 0; i < times; i++) {
        if (!(fabs(m->golden[i]) <= KEYAUTH_MS_MAX)) {
            goto invalid;
        }
    }

    return 0;

invalid:

    snprintf(s->err, KEYAUTH_ERROR_MAX, "the golden rows are bad");

    return -1;
}


/* operating points are there for both uses, or for none */
static int
keyauth_model_points(keyauth_model_t *m, keyauth_sections_t *s)
{
    size_t    i, n;
    uint32_t  k;

    /* without FUSION, which verifies claims, both are unknown sections */

    if (!(m->models & (1u << KEYAUTH_FUSION))
        || (!keyauth_sections_has(s, "verify.points")
            && !keyauth_sections_has(s, "unknown.points")))
    {
        return 0;
    }

    m->unknown = keyauth_sections_bytes(s, "unknown.points",
                                        sizeof(keyauth_point_t), &n);
    m->verify = keyauth_sections_array(s, "verify.points",
                                       sizeof(keyauth_point_t),
                                       n * KEYAUTH_ATTEMPTS_MAX);

    if (s->bad) {
        return -1;
    }

    m->points = (uint32_t) n;

    for (k = 0; k <= KEYAUTH_ATTEMPTS_MAX; k++) {
        if (n < 2 || n > UINT16_MAX
            || keyauth_point_check(k < KEYAUTH_ATTEMPTS_MAX
                                             ? m->verify + k * n
                                             : m->unknown, n) != 0)
        {
            snprintf(s->err, KEYAUTH_ERROR_MAX,
                     "the operating points are bad");
            return -1;
        }
    }

    for (i = 0; i < n; i++) {
        for (k = 0; k < KEYAUTH_ATTEMPTS_MAX; k++) {
            if (m->verify[k * n + i].far != m->unknown[i].far) {
                snprintf(s->err, KEYAUTH_ERROR_MAX,
                         "the operating points differ in their FAR");
                return -1;
            }
        }
    }

    return 0;
}
