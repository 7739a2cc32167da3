/*
 * Documents that others wrote: JSON, or Universal Binary JSON (ubjson.org,
 * draft 12) as XGBoost writes it.
 */


#ifndef KEYAUTH_UBJSON_H_INCLUDED
#define KEYAUTH_UBJSON_H_INCLUDED


#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>


/*
 * The value that data holds, in whichever of the two it is written, to be
 * deleted; NULL: err says at which byte it is wrong.  Memory is a small
 * multiple of len.  Words that JSON lacks, XGBoost and Python write where it
 * has none: NaN becomes null, and Infinity a number that is infinite.
 */
cJSON *keyauth_ubjson_read(const char *data, size_t len, char *err);

/* a member of members, by their names with dots between; NULL: not there */
const cJSON *keyauth_json_get(const cJSON *object, const char *path);

/*
 * -1: a member of the object is none of these names, which end with NULL, or is
 * there twice, where some readers take the first and others the last.  err
 * names it, behind path, and says why: unknown, or that.
 */
int keyauth_json_members(const cJSON *object, const char *path,
    const char *const *names, const char *unknown, char *err);

/* an item that is a whole number of 0 to max: 0, else -1 */
int keyauth_json_whole(const cJSON *item, uint32_t max, uint32_t *value);


#endif /* KEYAUTH_UBJSON_H_INCLUDED */
