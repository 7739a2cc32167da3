/*
 * From trained models to a file and an engine: see build.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "golden.h"
#include "keyauth_features.h"


static int keyauth_build_sections(keyauth_writer_t *w,
    const keyauth_dataset_t *d, const keyauth_trained_t *t, char *err);
static int keyauth_build_labels(keyauth_writer_t *w,
    const keyauth_dataset_t *d);
static int keyauth_build_golden_section(keyauth_writer_t *w,
    const double *times, uint32_t rows, uint32_t keys,
    const uint32_t *labels);
static uint32_t *keyauth_build_answers(keyauth_ready_t *r,
    const double *times, uint32_t rows);
static int keyauth_ready_engine(keyauth_ready_t *r, char *err);


int
keyauth_build_plain(keyauth_image_t *image, const keyauth_dataset_t *d,
    const keyauth_trained_t *t, char *err)
{
    int               rc;
    keyauth_writer_t  w;

    keyauth_writer_init(&w);
    rc = keyauth_build_sections(&w, d, t, err);

    if (rc == 0) {
        rc = keyauth_writer_image(&w, image, err);
    }

    keyauth_writer_free(&w);

    return rc;
}


int
keyauth_build(keyauth_image_t *image, const keyauth_dataset_t *d,
    const keyauth_trained_t *t, const char *card, int64_t created,
    uint64_t seed, char *err)
{
    int                rc;
    double            *times;
    uint32_t          *labels;
    keyauth_ready_t    ready;
    keyauth_writer_t   w;

    memset(image, 0, sizeof(keyauth_image_t));
    memset(&ready, 0, sizeof(keyauth_ready_t));
    keyauth_writer_init(&w);
    w.created = (uint64_t) created;
    times = keyauth_golden(d, KEYAUTH_BUILD_GOLDEN, seed);
    labels = NULL;
    rc = keyauth_build_sections(&w, d, t, err);

    if (rc == 0) {
        rc = keyauth_writer_image(&w, image, err);
    }

    if (rc == 0) {
        rc = keyauth_ready_read(&ready, image, err);
    }

    if (rc == 0) {
        labels = keyauth_build_answers(&ready, times, KEYAUTH_BUILD_GOLDEN);

        if (keyauth_build_golden_section(&w, times, KEYAUTH_BUILD_GOLDEN,
                                         d->keys, labels) != 0
            || keyauth_writer_add(&w, "card", card, strlen(card)) != 0)
        {
            snprintf(err, KEYAUTH_ERROR_MAX, "out of memory");
            rc = -1;
        }
    }

    keyauth_ready_free(&ready);
    keyauth_image_free(image);

    if (rc == 0) {
        rc = keyauth_writer_image(&w, image, err);
    }

    /* what is written was read: a server will read it too */

    if (rc == 0) {
        rc = keyauth_ready_read(&ready, image, err);
        keyauth_ready_free(&ready);
    }

    keyauth_writer_free(&w);
    free(labels);
    free(times);

    return rc;
}


static int
keyauth_build_sections(keyauth_writer_t *w, const keyauth_dataset_t *d,
    const keyauth_trained_t *t, char *err)
{
    keyauth_model_e        i;
    keyauth_file_schema_t  schema;

    memset(&schema, 0, sizeof(keyauth_file_schema_t));
    schema.keys = d->keys;
    schema.classes = d->classes;
    schema.ddof = 1;

    if (keyauth_writer_add(w, "schema", &schema, sizeof(schema)) != 0
        || keyauth_build_labels(w, d) != 0
        || keyauth_writer_add(w, "card", "{}", 2) != 0
        || keyauth_build_golden_section(w, NULL, 0, d->keys, NULL) != 0)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "out of memory");
        return -1;
    }

    /* a model that was left out has no sections */

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        if (t->of[i] != NULL
            && keyauth_trainings[i]->pack(w, t->of[i], d->classes, err) != 0)
        {
            return -1;
        }
    }

    return keyauth_background_pack(w, &t->live, err);
}


static int
keyauth_build_labels(keyauth_writer_t *w, const keyauth_dataset_t *d)
{
    char      *data;
    size_t     at, len, size;
    uint32_t   i, offset;

    at = ((size_t) d->classes + 1) * sizeof(uint32_t);
    size = at;

    for (i = 0; i < d->classes; i++) {
        size += strlen(d->labels[i]);
    }

    data = keyauth_alloc(size, 1);
    offset = 0;
    memcpy(data, &offset, sizeof(uint32_t));

    for (i = 0; i < d->classes; i++) {
        len = strlen(d->labels[i]);
        memcpy(data + at + offset, d->labels[i], len);
        offset += (uint32_t) len;
        memcpy(data + (i + 1) * sizeof(uint32_t), &offset, sizeof(uint32_t));
    }

    return keyauth_writer_take(w, "labels", data, size);
}


static int
keyauth_build_golden_section(keyauth_writer_t *w, const double *times,
    uint32_t rows, uint32_t keys, const uint32_t *labels)
{
    char                   *data;
    size_t                  nlabels, ntimes;
    keyauth_file_golden_t   head;

    memset(&head, 0, sizeof(keyauth_file_golden_t));
    head.rows = rows;
    head.kinds = KEYAUTH_MODELS;
    ntimes = (size_t) rows * 2 * keys * sizeof(double);
    nlabels = (size_t) rows * KEYAUTH_MODELS * sizeof(uint32_t);
    data = keyauth_alloc(sizeof(head) + ntimes + nlabels, 1);
    memcpy(data, &head, sizeof(head));

    if (rows > 0) {
        memcpy(data + sizeof(head), times, ntimes);
        memcpy(data + sizeof(head) + ntimes, labels, nlabels);
    }

    return keyauth_writer_take(w, "golden", data,
                               sizeof(head) + ntimes + nlabels);
}


static uint32_t *
keyauth_build_answers(keyauth_ready_t *r, const double *times, uint32_t rows)
{
    uint32_t           i, keys;
    uint32_t          *labels;
    const double      *p;
    keyauth_model_e    model;
    keyauth_request_t  sample;

    keys = r->model.keys;
    labels = keyauth_alloc((size_t) rows * KEYAUTH_MODELS, sizeof(uint32_t));

    for (i = 0; i < rows; i++) {
        p = times + (size_t) i * 2 * keys;

        for (model = 0; model < KEYAUTH_MODELS; model++) {

            if (!(r->model.models & 1u << model)) {
                continue;
            }

            keyauth_ready_sample(&sample, model, p, p + keys, keys);
            labels[i * KEYAUTH_MODELS + model] =
                            keyauth_engine_predict(&r->engine, model, &sample);
        }
    }

    return labels;
}


void
keyauth_ready_sample(keyauth_request_t *sample, keyauth_model_e model,
    const double *press, const double *release, uint32_t keys)
{
    memset(sample, 0, sizeof(keyauth_request_t));
    sample->model = model;
    sample->keys = keys;
    memcpy(sample->press, press, keys * sizeof(double));
    memcpy(sample->release, release, keys * sizeof(double));
    keyauth_features_summary(press, release, keys, sample->summary);
}


int
keyauth_ready_read(keyauth_ready_t *r, const keyauth_image_t *image,
    char *err)
{
    memset(r, 0, sizeof(keyauth_ready_t));

    if (keyauth_model_read(&r->model, image->data, image->size, NULL, err)
        != 0)
    {
        memset(&r->model, 0, sizeof(keyauth_model_t));
        return -1;
    }

    return keyauth_ready_engine(r, err);
}


int
keyauth_ready_open(keyauth_ready_t *r, const char *path,
    const uint8_t *trusted, char *err)
{
    memset(r, 0, sizeof(keyauth_ready_t));

    if (keyauth_model_open(&r->model, path, trusted, err) != 0) {
        memset(&r->model, 0, sizeof(keyauth_model_t));
        return -1;
    }

    return keyauth_ready_engine(r, err);
}


static int
keyauth_ready_engine(keyauth_ready_t *r, char *err)
{
    size_t  size;

    size = (keyauth_engine_size(&r->model) + 63) & ~(size_t) 63;
    r->memory = aligned_alloc(64, size);

    if (r->memory == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for an engine");
        return -1;
    }

    return keyauth_engine_init(&r->engine, &r->model, r->memory, err);
}


void
keyauth_ready_free(keyauth_ready_t *r)
{
    keyauth_model_close(&r->model);
    free(r->memory);
    memset(r, 0, sizeof(keyauth_ready_t));
}
