/*
 * What is to be said of single users: how often each is recognised, as which
 * others, and what in their rows may be the cause.
 */


#ifndef KEYAUTH_PEOPLE_H_INCLUDED
#define KEYAUTH_PEOPLE_H_INCLUDED


#include <cjson/cJSON.h>

#include "dataset.h"


#define KEYAUTH_UNTESTED  UINT32_MAX


/*
 * answer: [rows] FUSION's answer to each row, a class or KEYAUTH_UNTESTED.
 * Adds "users" and "confused", as docs/models.md has them, to the JSON.
 */
void keyauth_people(cJSON *json, const keyauth_dataset_t *d,
    const uint32_t *answer, uint64_t seed);


#endif /* KEYAUTH_PEOPLE_H_INCLUDED */
