/*
 * Where a Redis server is, written as a URL.
 */


#ifndef KEYAUTH_REDIS_URL_H_INCLUDED
#define KEYAUTH_REDIS_URL_H_INCLUDED


#include "redis_link.h"


/*
 * redis[s]://[user@]host[:port][/database]; -1: err says why.  *tls: 1 where
 * it is to be used.
 */
int keyauth_redis_url(keyauth_redis_t *redis, const char *url, int *tls,
    char *err);


#endif /* KEYAUTH_REDIS_URL_H_INCLUDED */
