/*
 * Where a Redis server is: redis[s]://[user@]host[:port][/database]
 */


#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis_url.h"


static int keyauth_redis_copy(char *to, size_t size, const char *from,
    size_t len);


int
keyauth_redis_url(keyauth_redis_t *redis, const char *url, int *tls, char *err)
{
    char        *end;
    size_t       len;
    const char  *p, *host, *at, *colon, *slash;

    snprintf(err, KEYAUTH_ERROR_MAX, "--url has to be like "
             "rediss://user@host:6379/0");

    p = strstr(url, "://");

    if (p == NULL
        || (strncmp(url, "redis://", 8) != 0
            && strncmp(url, "rediss://", 9) != 0))
    {
        return -1;
    }

    *tls = (p == url + 6);
    p += 3;
    slash = p + strcspn(p, "/");
    at = memchr(p, '@', (size_t) (slash - p));

    if (at != NULL) {

        /* others could read it in the list of processes */

        if (memchr(p, ':', (size_t) (at - p)) != NULL) {
            snprintf(err, KEYAUTH_ERROR_MAX, "--url holds a password, which "
                     "others can see: put it into a file (--password-file)");
            return -1;
        }

        if (keyauth_redis_copy(redis->user, sizeof(redis->user), p,
                               (size_t) (at - p))
            != 0)
        {
            return -1;
        }

        p = at + 1;
    }

    host = p;

    if (*p == '[') {
        host++;
        p = memchr(p, ']', (size_t) (slash - p));

        if (p == NULL) {
            return -1;
        }

        len = (size_t) (p++ - host);

    } else {
        colon = memchr(p, ':', (size_t) (slash - p));
        p = (colon != NULL) ? colon : slash;
        len = (size_t) (p - host);
    }

    strcpy(redis->port, "6379");

    if (len == 0
        || keyauth_redis_copy(redis->host, sizeof(redis->host), host, len)
           != 0
        || (p < slash
            && (*p != ':'
                || keyauth_redis_copy(redis->port, sizeof(redis->port), p + 1,
                                      (size_t) (slash - p - 1))
                   != 0
                || strspn(redis->port, "0123456789") != strlen(redis->port)
                || redis->port[0] == '\0')))
    {
        return -1;
    }

    redis->database = 0;

    if (slash[0] == '/' && slash[1] != '\0') {
        redis->database = (unsigned) strtoul(slash + 1, &end, 10);

        if (!isdigit((unsigned char) slash[1]) || *end != '\0') {
            return -1;
        }
    }

    return 0;
}


static int
keyauth_redis_copy(char *to, size_t size, const char *from, size_t len)
{
    if (len >= size) {
        return -1;
    }

    memcpy(to, from, len);
    to[len] = '\0';

    return 0;
}
