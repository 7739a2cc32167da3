/*
 * A connection to a Redis server, with or without TLS.
 *
 * hiredis makes and reads the protocol; reading and writing are done here, so
 * that Debian 12's hiredis, which has no TLS, will do.
 */


#ifndef KEYAUTH_REDIS_LINK_H_INCLUDED
#define KEYAUTH_REDIS_LINK_H_INCLUDED


#include <hiredis/hiredis.h>
#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

#include "keyauth.h"


/* where, and who asks */
typedef struct {
    char         host[256];
    char         port[8];
    char         user[128];             /* "": the default one */
    char         password[512];         /* "": none */
    unsigned     database;
    SSL_CTX     *tls;                   /* NULL: without */
    int          timeout;               /* ms for an answer */
} keyauth_redis_t;


typedef struct {
    int           fd;                   /* -1: closed */
    SSL          *ssl;
    redisReader  *reader;
    char         *out;                  /* to be written */
    size_t        out_len;
    size_t        out_room;
    int           timeout;
    char          err[KEYAUTH_ERROR_MAX];
} keyauth_link_t;


/* ca, cert and key are files, or NULL: the system's authorities, none */
SSL_CTX *keyauth_redis_tls(const char *ca, const char *cert, const char *key,
    char *err);


/* connects and says who it is; -1: link->err says why */
int keyauth_link_open(keyauth_link_t *link, const keyauth_redis_t *redis,
    const char *host, const char *port);

void keyauth_link_close(keyauth_link_t *link);

/* adds a command of n arguments to what is to be written */
void keyauth_link_add(keyauth_link_t *link, int n, const char **args,
    const size_t *lens);

/* the same of strings, up to NULL */
void keyauth_link_command(keyauth_link_t *link, ...);

/* writes; -1: err */
int keyauth_link_flush(keyauth_link_t *link);

/*
 * The next reply, to be freed with freeReplyObject(); NULL: err says why, or
 * it is "" where none came within ms milliseconds.  An error that the server
 * answers is a reply.
 */
redisReply *keyauth_link_reply(keyauth_link_t *link, int ms);

/* the text of a reply; "": it has none */
const char *keyauth_link_text(const redisReply *reply);

/* a command and its reply; NULL: err, which is never "" */
redisReply *keyauth_link_ask(keyauth_link_t *link, ...);

/*
 * Why a command, what or NULL, has failed: frees reply, which may be NULL, and
 * returns -1
 */
int keyauth_link_fail(const keyauth_link_t *link, const char *what,
    redisReply *reply, char *err);


#endif /* KEYAUTH_REDIS_LINK_H_INCLUDED */
