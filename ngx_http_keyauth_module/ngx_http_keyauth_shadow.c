
/*
 * Models in the shadow of another (keyauth_shadow).
 *
 * Copyright (C) the keyauth authors
 */


#include "ngx_http_keyauth_shadow.h"
#include "ngx_http_keyauth_zone.h"


/*
 * After an answer has been sent: do the models in the shadow name the same
 * users?
 */

void
ngx_http_keyauth_shadow(ngx_http_request_t *r,
    ngx_http_keyauth_worker_t *worker)
{
    uint32_t                       best;
    uint64_t                      *count;
    ngx_uint_t                     i, agree;
    keyauth_model_e                model;
    keyauth_request_t             *sample;
    ngx_http_keyauth_loc_conf_t   *klcf;
    ngx_http_keyauth_main_conf_t  *kmcf;

    klcf = ngx_http_get_module_loc_conf(r, ngx_http_keyauth_module);
    kmcf = ngx_http_get_module_main_conf(r, ngx_http_keyauth_module);

    if (klcf->shadow == 0 || kmcf->zone->slot == NULL) {
        return;
    }

    for (i = 0; i < worker->batch.n; i++) {
        sample = &worker->batch.request[i];
        best = worker->results.result[i].best;

        for (model = 0; model < KEYAUTH_MODELS; model++) {

            if (!(klcf->shadow & (1u << model)) || model == sample->model) {
                continue;
            }

            /* a summary was sent */

            if (keyauth_kinds[model]->input == KEYAUTH_INPUT_TIMINGS
                && sample->keys == 0)
            {
                continue;
            }

            agree = keyauth_engine_predict(&worker->engine, model, sample)
                    == best;
            count = kmcf->zone->slot->counters.shadow[sample->model][model];

            keyauth_metrics_count(&count[agree]);
        }
    }
}


/* the model file may be another one at any time */

const char *
ngx_http_keyauth_lacks_shadow(ngx_http_keyauth_main_conf_t *kmcf,
    keyauth_model_t *model)
{
    ngx_uint_t       lacks;
    keyauth_model_e  i;

    lacks = kmcf->shadow & ~model->models;

    for (i = 0; i < KEYAUTH_MODELS; i++) {
        if (lacks & (1u << i)) {
            return keyauth_kinds[i]->name;
        }
    }

    return NULL;
}
