/*
 * The values of a request's members.
 */


#include <math.h>
#include <stdio.h>
#include <string.h>

#include "keyauth_features.h"
#include "keyauth_file.h"
#include "keyauth_json.h"
#include "keyauth_fields.h"


static int keyauth_fields_number(keyauth_place_t *at,
    const keyauth_value_t *item, double min, double max, double *value);


static const char *const  keyauth_moment_names[2] = { "Mean", "STD" };


int
keyauth_fields_lookup(const char *name, const char *const *names, int n)
{
    int  i;

    for (i = 0; i < n; i++) {
        if (name[0] == names[i][0] && strcmp(name, names[i]) == 0) {
            return i;
        }
    }

    return -1;
}


int
keyauth_fields_model(keyauth_place_t *at, const keyauth_value_t *item,
    keyauth_model_e *model)
{
    char             known[256];
    keyauth_model_e  kind;

    if (item->type != KEYAUTH_VALUE_STRING) {
        return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                              "Model must be a string.");
    }

    kind = keyauth_kind_named(item->u.string, strlen(item->u.string));

    if (kind == KEYAUTH_MODELS) {
        return keyauth_refuse(at, KEYAUTH_UNKNOWN_MODEL,
                              "Known models are: %s.",
                              keyauth_kinds_list(known, sizeof(known),
                                                 KEYAUTH_ALL_MODELS, ", "));
    }

    *model = kind;

    return 0;
}


int
keyauth_fields_top(keyauth_place_t *at, const keyauth_value_t *item,
    uint32_t *top)
{
    double  n;

    if (item->type != KEYAUTH_VALUE_NUMBER) {
        return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                              "Top must be a number.");
    }

    n = item->u.number;

    if (!(n >= 1 && n <= KEYAUTH_TOP_MAX) || n != floor(n)) {
        return keyauth_refuse(at, KEYAUTH_OUT_OF_RANGE,
                              "Top must be a whole number from 1 to %d.",
                              KEYAUTH_TOP_MAX);
    }

    *top = (uint32_t) n;

    return 0;
}


int
keyauth_fields_far(keyauth_place_t *at, const keyauth_value_t *item, double max,
    double *far)
{
    char  from[KEYAUTH_JSON_NUMBER_MAX + 1], to[KEYAUTH_JSON_NUMBER_MAX + 1];

    if (item->type != KEYAUTH_VALUE_NUMBER) {
        return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                              "FAR must be a number.");
    }

    if (!(item->u.number >= KEYAUTH_FAR_MIN && item->u.number <= max)) {
        *keyauth_json_number(from, KEYAUTH_FAR_MIN) = '\0';
        *keyauth_json_number(to, max) = '\0';

        return keyauth_refuse(at, KEYAUTH_OUT_OF_RANGE,
                              "FAR must be from %s to %s.", from, to);
    }

    *far = item->u.number;

    return 0;
}


int
keyauth_fields_interval(keyauth_place_t *at, const keyauth_value_t *object,
    double *moments)
{
    int                     i;
    unsigned                seen;
    const keyauth_value_t  *item;

    if (object->type != KEYAUTH_VALUE_OBJECT) {
        return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                              "%s must be an object with Mean and STD.",
                              at->member);
    }

    seen = 0;

    for (item = object->u.child; item != NULL; item = item->next) {

        at->child = item->name;

        i = keyauth_fields_lookup(item->name, keyauth_moment_names, 2);

        if (i < 0) {
            return keyauth_refuse(at, KEYAUTH_UNKNOWN_MEMBER,
                                  "%s holds Mean and STD alone; upper and"
                                  " lower case differ.", at->member);
        }

        if (seen & KEYAUTH_SEEN(i)) {
            return keyauth_refuse(at, KEYAUTH_DUPLICATE_MEMBER,
                                  "%s holds %s twice.", at->member,
                                  at->child);
        }

        seen |= KEYAUTH_SEEN(i);

        if (keyauth_fields_number(at, item, (i == 0) ? -KEYAUTH_MS_MAX : 0,
                                  KEYAUTH_MS_MAX, &moments[i])
            != 0)
        {
            return -1;
        }
    }

    for (i = 0; i < 2; i++) {
        if (!(seen & KEYAUTH_SEEN(i))) {
            at->child = keyauth_moment_names[i];
            return keyauth_refuse(at, KEYAUTH_MISSING_MEMBER,
                                  "%s lacks %s.", at->member, at->child);
        }
    }

    at->child = NULL;

    return 0;
}


int
keyauth_fields_times(keyauth_place_t *at, const keyauth_value_t *array,
    double *times)
{
    const keyauth_value_t  *item;

    if (array->type != KEYAUTH_VALUE_ARRAY) {
        return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                              "%s must be an array of numbers.", at->member);
    }

    if (at->keys == 0) {

        if (array->count < KEYAUTH_KEYS_MIN || array->count > KEYAUTH_KEYS_MAX)
        {
            return keyauth_refuse(at, KEYAUTH_WRONG_LENGTH,
                                  "%s may hold %d to %d times, one for each"
                                  " key.", at->member, KEYAUTH_KEYS_MIN,
                                  KEYAUTH_KEYS_MAX);
        }

        at->keys = array->count;
    }

    if (array->count != at->keys) {
        return keyauth_refuse(at, KEYAUTH_WRONG_LENGTH,
                              "%s must hold %u times, one for each key.",
                              at->member, (unsigned) at->keys);
    }

    at->element = 0;

    for (item = array->u.child; item != NULL; item = item->next) {
        if (keyauth_fields_number(at, item, -KEYAUTH_TIME_MAX,
                                  KEYAUTH_TIME_MAX, &times[at->element])
            != 0)
        {
            return -1;
        }

        at->element++;
    }

    at->element = -1;

    return 0;
}


int
keyauth_fields_phrase(keyauth_place_t *at, const keyauth_value_t *item,
    char phrase[KEYAUTH_PHRASE_MAX + 1])
{
    if (item->type != KEYAUTH_VALUE_STRING) {
        return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                              "Phrase must be a string.");
    }

    if (item->u.string[0] == '\0'
        || strlen(item->u.string) > KEYAUTH_PHRASE_MAX)
    {
        return keyauth_refuse(at, KEYAUTH_WRONG_LENGTH,
                              "Phrase may hold 1 to %d bytes.",
                              KEYAUTH_PHRASE_MAX);
    }

    strcpy(phrase, item->u.string);

    return 0;
}


int
keyauth_fields_sample(keyauth_place_t *at, keyauth_request_t *request)
{
    uint32_t  i;

    for (i = 0; i < at->keys; i++) {

        at->element = (int) i;

        if (i > 0 && request->press[i] < request->press[i - 1]) {
            at->member = "Press";
            return keyauth_refuse(at, KEYAUTH_ORDER,
                                  "A key is pressed before the one that"
                                  " precedes it.");
        }

        if (request->release[i] < request->press[i]) {
            at->member = "Release";
            return keyauth_refuse(at, KEYAUTH_ORDER,
                                  "A key is released before it is pressed.");
        }

        if (request->release[i] - request->press[0] > KEYAUTH_MS_MAX) {
            at->member = "Release";
            return keyauth_refuse(at, KEYAUTH_OUT_OF_RANGE,
                                  "A string is typed within %.0f ms.",
                                  KEYAUTH_MS_MAX);
        }
    }

    at->element = -1;

    request->keys = at->keys;

    keyauth_features_origin(request->press, request->release, request->keys);

    return 0;
}


static int
keyauth_fields_number(keyauth_place_t *at, const keyauth_value_t *item,
    double min, double max, double *value)
{
    if (item->type != KEYAUTH_VALUE_NUMBER) {
        return keyauth_refuse(at, KEYAUTH_WRONG_TYPE,
                              "A time must be a number of milliseconds.");
    }

    /* 1e999 is JSON and becomes infinite */

    if (!(item->u.number >= min && item->u.number <= max)) {
        return keyauth_refuse(at, KEYAUTH_OUT_OF_RANGE,
                              "This number must be from %.0f to %.0f.",
                              min, max);
    }

    *value = item->u.number;

    return 0;
}
