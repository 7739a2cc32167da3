/*
 * keyauth store import, and what writes to a store that others use.
 */


#ifndef KEYAUTH_STORE_IMPORT_H_INCLUDED
#define KEYAUTH_STORE_IMPORT_H_INCLUDED


#include "keyauth_store.h"


typedef struct {
    uint64_t  imported;
    uint64_t  kept;                     /* there already */
    unsigned  failed:1;
} keyauth_store_counts_t;


/*
 * Reads lines of stdin, as keyauth store export prints them, into the store.
 * -1: err says why; counts has what was written before.
 */
int keyauth_store_import_read(keyauth_store_t *s,
    const keyauth_store_key_t *key, int replace,
    keyauth_store_counts_t *counts, char *err);

/*
 * keyauth_store_apply(), again where another process has compacted the store
 * meanwhile.
 */
keyauth_store_e keyauth_store_again(keyauth_store_t *s,
    keyauth_store_command_t **commands, size_t n);


#endif /* KEYAUTH_STORE_IMPORT_H_INCLUDED */
