/*
 * Two templates that came from one.
 */


#ifndef KEYAUTH_MERGE_H_INCLUDED
#define KEYAUTH_MERGE_H_INCLUDED


#include "keyauth_store_replica.h"


/* keyauth_store_merge_pt: rows of both, by day, the youngest where too many */
size_t keyauth_merge(const keyauth_store_record_t *own,
    const keyauth_store_record_t *theirs, uint8_t *bytes);


#endif /* KEYAUTH_MERGE_H_INCLUDED */
