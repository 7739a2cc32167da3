/*
 * API keys: who may call.
 *
 * A file of keys has a line for each client,
 *
 *     name:digest[:[expiry][:scopes]]
 *
 * with the SHA-256 of the client's key in hex, so that the file is of no use
 * to who reads it.  From the expiry on, 2027-01-31 or 2027-01-31T12:00:00Z,
 * both UTC, the key is refused.  Scopes are names with commas between; a key
 * without them may do what changes no template.  # begins a comment.
 */


#ifndef KEYAUTH_APIKEYS_H_INCLUDED
#define KEYAUTH_APIKEYS_H_INCLUDED


#include "keyauth.h"


#define KEYAUTH_CLIENTS_MAX      1000
#define KEYAUTH_CLIENT_NAME_MAX  64     /* bytes of a client's name */
#define KEYAUTH_SECRET_MAX       256    /* bytes of a key that is sent */
#define KEYAUTH_APIKEYS_FILE_MAX    (1 << 20)
#define KEYAUTH_DIGEST_SIZE      32


/* what a key may be used for; as bits, 1 << scope, where there are several */
typedef enum {
    KEYAUTH_SCOPE_PREDICT = 0,
    KEYAUTH_SCOPE_VERIFY,
    KEYAUTH_SCOPE_ENROL,
    KEYAUTH_SCOPE_FORGET,
    KEYAUTH_SCOPE_METRICS,
    KEYAUTH_SCOPES
} keyauth_scope_e;

#define KEYAUTH_SCOPES_TEXT  "predict,verify,enrol,forget,metrics"

/* of a key whose line has none */
#define KEYAUTH_SCOPES_DEFAULT                                                \
    (1u << KEYAUTH_SCOPE_PREDICT | 1u << KEYAUTH_SCOPE_VERIFY                 \
     | 1u << KEYAUTH_SCOPE_METRICS)

extern const char *const  keyauth_scope_names[KEYAUTH_SCOPES];


typedef struct {
    int64_t   expires;                  /* seconds since 1970 */
    unsigned  scopes;
    char      name[KEYAUTH_CLIENT_NAME_MAX + 1];
} keyauth_client_t;


typedef struct {
    uint32_t           n;
    uint8_t          (*digests)[KEYAUTH_DIGEST_SIZE];
    keyauth_client_t  *clients;         /* as many, in the same order */
} keyauth_apikeys_t;


typedef enum {
    KEYAUTH_SECRET_KNOWN = 0,
    KEYAUTH_SECRET_ABSENT,              /* no credentials, or of no Bearer */
    KEYAUTH_SECRET_MALFORMED,
    KEYAUTH_SECRET_UNKNOWN,
    KEYAUTH_SECRET_EXPIRED
} keyauth_secret_e;


/*
 * Reads a file, which nobody but root, the caller and those who act for them
 * may be able to write.
 */
int keyauth_apikeys_open(keyauth_apikeys_t *k, const char *path, char *err);

/* the same of its text; -1: err begins with the number of the line */
int keyauth_apikeys_parse(keyauth_apikeys_t *k, const char *text, size_t len,
    char *err);

void keyauth_apikeys_close(keyauth_apikeys_t *k);

/*
 * Whose key an Authorization header of len bytes holds (NULL: there is none):
 * *client is set where it is known or expired, to NULL otherwise.  The time
 * this takes depends on the length of the header and on how many keys there
 * are; not on which key it is, nor on whether it is one.
 */
keyauth_secret_e keyauth_apikeys_find(const keyauth_apikeys_t *k,
    const char *header, size_t len, int64_t now,
    const keyauth_client_t **client);

/* -1: the digest cannot be made */
int keyauth_apikeys_digest(uint8_t digest[KEYAUTH_DIGEST_SIZE],
    const char *secret, size_t len);

/* -1: no name, no time, no scopes */
int keyauth_apikeys_check_name(const char *s, size_t len);
int keyauth_apikeys_time(int64_t *t, const char *s, size_t len);
int keyauth_apikeys_scopes(unsigned *scopes, const char *s, size_t len);


#endif /* KEYAUTH_APIKEYS_H_INCLUDED */
