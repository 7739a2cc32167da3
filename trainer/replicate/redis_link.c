/*
 * A connection to a Redis server: see redis_link.h.
 */


#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redis_link.h"
#include "util.h"


#define KEYAUTH_LINK_ARGS  16


static int keyauth_link_connect(keyauth_link_t *link, const char *host,
    const char *port);
static int keyauth_link_socket(const struct addrinfo *a, int timeout);
static int keyauth_link_handshake(keyauth_link_t *link,
    const keyauth_redis_t *redis, const char *host);
static int keyauth_link_greet(keyauth_link_t *link,
    const keyauth_redis_t *redis);
static int keyauth_link_wait(keyauth_link_t *link, short events, int ms);
static int keyauth_link_fill(keyauth_link_t *link, int ms);
static int keyauth_link_again(keyauth_link_t *link, int rc, int ms);
static void keyauth_link_strings(keyauth_link_t *link, va_list args);


SSL_CTX *
keyauth_redis_tls(const char *ca, const char *cert, const char *key,
    char *err)
{
    int       rc;
    SSL_CTX  *tls;

    tls = SSL_CTX_new(TLS_client_method());

    if (tls == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for TLS");
        return NULL;
    }

    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE
                          | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

    rc = (ca != NULL) ? SSL_CTX_load_verify_locations(tls, ca, NULL)
                      : SSL_CTX_set_default_verify_paths(tls);

    if (rc != 1) {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" holds no certificates",
                 ca != NULL ? ca : "the system");

    } else if (cert != NULL
               && (SSL_CTX_use_certificate_chain_file(tls, cert) != 1
                   || SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM)
                      != 1))
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" and its key cannot be "
                 "used: %.120s", cert,
                 ERR_reason_error_string(ERR_peek_last_error()));

    } else {
        return tls;
    }

    SSL_CTX_free(tls);

    return NULL;
}


int
keyauth_link_open(keyauth_link_t *link, const keyauth_redis_t *redis,
    const char *host, const char *port)
{
    memset(link, 0, sizeof(*link));
    link->timeout = redis->timeout;
    link->reader = redisReaderCreate();

    if (link->reader == NULL) {
        snprintf(link->err, sizeof(link->err), "no memory");
        link->fd = -1;
        return -1;
    }

    if (keyauth_link_connect(link, host, port) != 0
        || (redis->tls != NULL
            && keyauth_link_handshake(link, redis, host) != 0)
        || keyauth_link_greet(link, redis) != 0)
    {
        keyauth_link_close(link);
        return -1;
    }

    return 0;
}


void
keyauth_link_close(keyauth_link_t *link)
{
    if (link->reader != NULL) {
        redisReaderFree(link->reader);
        link->reader = NULL;
    }

    SSL_free(link->ssl);
    link->ssl = NULL;

    if (link->fd != -1) {
        close(link->fd);
        link->fd = -1;
    }

    free(link->out);
    link->out = NULL;
    link->out_len = 0;
    link->out_room = 0;
}


static int
keyauth_link_connect(keyauth_link_t *link, const char *host, const char *port)
{
    int               rc;
    struct addrinfo   hints, *list, *a;

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    link->fd = -1;
    rc = getaddrinfo(host, port, &hints, &list);

    if (rc != 0) {
        snprintf(link->err, sizeof(link->err), "%.200s: %s", host,
                 gai_strerror(rc));
        return -1;
    }

    for (a = list; a != NULL && link->fd == -1; a = a->ai_next) {
        link->fd = keyauth_link_socket(a, link->timeout);
    }

    freeaddrinfo(list);

    if (link->fd == -1) {
        snprintf(link->err, sizeof(link->err), "%.200s:%s cannot be reached: "
                 "%s", host, port, strerror(errno));
    }

    return (link->fd == -1) ? -1 : 0;
}


static int
keyauth_link_socket(const struct addrinfo *a, int timeout)
{
    int            fd, e, on;
    socklen_t      len;
    struct pollfd  p;

    fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);

    if (fd == -1) {
        return -1;
    }

    on = 1;
    (void) fcntl(fd, F_SETFD, FD_CLOEXEC);
    (void) fcntl(fd, F_SETFL, O_NONBLOCK);
    (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
        return fd;
    }

    e = errno;
    len = sizeof(e);
    p.fd = fd;
    p.events = POLLOUT;

    if (e == EINPROGRESS) {
        e = (poll(&p, 1, timeout) == 1) ? 0 : ETIMEDOUT;

        if (e == 0) {
            (void) getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len);
        }
    }

    if (e != 0) {
        close(fd);
        errno = e;
        return -1;
    }

    return fd;
}


static int
keyauth_link_handshake(keyauth_link_t *link, const keyauth_redis_t *redis,
    const char *host)
{
    int             rc;
    long            verified;
    const char     *why;
    unsigned char   address[sizeof(struct in6_addr)];

    link->ssl = SSL_new(redis->tls);

    if (link->ssl == NULL || SSL_set_fd(link->ssl, link->fd) != 1) {
        snprintf(link->err, sizeof(link->err), "no memory for TLS");
        return -1;
    }

    /* an address is in the certificate as an address */

    if (inet_pton(AF_INET, host, address) == 1
        || inet_pton(AF_INET6, host, address) == 1)
    {
        rc = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(link->ssl), host);

    } else {
        rc = SSL_set1_host(link->ssl, host)
             && SSL_set_tlsext_host_name(link->ssl, host);
    }

    if (rc != 1) {
        snprintf(link->err, sizeof(link->err), "%.200s is no name for TLS",
                 host);
        return -1;
    }

    for ( ;; ) {
        ERR_clear_error();
        rc = SSL_connect(link->ssl);

        if (rc == 1) {
            return 0;
        }

        if (keyauth_link_again(link, rc, link->timeout) != 0) {
            break;
        }
    }

    verified = SSL_get_verify_result(link->ssl);
    why = (verified != X509_V_OK) ? X509_verify_cert_error_string(verified)
          : (ERR_peek_error() != 0) ? ERR_reason_error_string(ERR_peek_error())
                                    : "no answer";
    snprintf(link->err, sizeof(link->err), "%.200s: TLS failed: %.160s", host,
             why != NULL ? why : "unknown error");

    return -1;
}


static int
keyauth_link_greet(keyauth_link_t *link, const keyauth_redis_t *redis)
{
    char         database[16];
    redisReply  *reply;

    if (redis->password[0] != '\0') {
        reply = (redis->user[0] != '\0')
                ? keyauth_link_ask(link, "AUTH", redis->user, redis->password,
                                   NULL)
                : keyauth_link_ask(link, "AUTH", redis->password, NULL);

        if (reply == NULL) {
            return -1;
        }

        if (reply->type == REDIS_REPLY_ERROR) {
            snprintf(link->err, sizeof(link->err), "the engine refuses the "
                     "user or the password: %.160s", reply->str);
            freeReplyObject(reply);
            return -1;
        }

        freeReplyObject(reply);
    }

    if (redis->database == 0) {
        return 0;
    }

    snprintf(database, sizeof(database), "%u", redis->database);
    reply = keyauth_link_ask(link, "SELECT", database, NULL);

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        snprintf(link->err, sizeof(link->err), "the engine refuses database "
                 "%u: %.160s", redis->database, reply->str);
        freeReplyObject(reply);
        return -1;
    }

    freeReplyObject(reply);

    return (reply != NULL) ? 0 : -1;
}


void
keyauth_link_add(keyauth_link_t *link, int n, const char **args,
    const size_t *lens)
{
    char       *text;
    long long   len;

    len = redisFormatCommandArgv(&text, n, args, lens);

    if (len < 0) {
        keyauth_say("no memory for a command");
        exit(1);
    }

    if (link->out_len + (size_t) len > link->out_room) {
        link->out_room = 2 * (link->out_len + (size_t) len);
        link->out = keyauth_realloc(link->out, link->out_room, 1);
    }

    memcpy(link->out + link->out_len, text, (size_t) len);
    link->out_len += (size_t) len;
    redisFreeCommand(text);
}


static void
keyauth_link_strings(keyauth_link_t *link, va_list args)
{
    int          n;
    size_t       lens[KEYAUTH_LINK_ARGS];
    const char  *list[KEYAUTH_LINK_ARGS];

    for (n = 0; n < KEYAUTH_LINK_ARGS; n++) {
        list[n] = va_arg(args, const char *);

        if (list[n] == NULL) {
            break;
        }

        lens[n] = strlen(list[n]);
    }

    keyauth_link_add(link, n, list, lens);
}


void
keyauth_link_command(keyauth_link_t *link, ...)
{
    va_list  args;

    va_start(args, link);
    keyauth_link_strings(link, args);
    va_end(args);
}


redisReply *
keyauth_link_ask(keyauth_link_t *link, ...)
{
    va_list      args;
    redisReply  *reply;

    va_start(args, link);
    keyauth_link_strings(link, args);
    va_end(args);

    if (keyauth_link_flush(link) != 0) {
        return NULL;
    }

    reply = keyauth_link_reply(link, link->timeout);

    if (reply == NULL && link->err[0] == '\0') {
        snprintf(link->err, sizeof(link->err), "the engine does not answer");
    }

    return reply;
}


int
keyauth_link_flush(keyauth_link_t *link)
{
    int      rc;
    size_t   done;
    ssize_t  n;

    for (done = 0; done < link->out_len; done += (size_t) n) {

        if (link->ssl != NULL) {
            ERR_clear_error();
            rc = SSL_write(link->ssl, link->out + done,
                           (int) (link->out_len - done));
            n = rc;

            if (rc <= 0) {
                n = 0;
                rc = keyauth_link_again(link, rc, link->timeout);
            }

        } else {
            n = send(link->fd, link->out + done, link->out_len - done,
                     MSG_NOSIGNAL);
            rc = 0;

            if (n == -1) {
                rc = (errno == EAGAIN || errno == EINTR)
                     ? keyauth_link_wait(link, POLLOUT, link->timeout) - 1
                     : -1;
                n = 0;
            }
        }

        if (rc < 0) {
            snprintf(link->err, sizeof(link->err), "the connection to the "
                     "engine is lost");
            return -1;
        }
    }

    link->out_len = 0;

    return 0;
}


/* 1: it can go on; 0: not within that time */

static int
keyauth_link_wait(keyauth_link_t *link, short events, int ms)
{
    int            rc;
    struct pollfd  p;

    p.fd = link->fd;
    p.events = events;

    rc = poll(&p, 1, ms);

    return (rc == 1 || (rc == -1 && errno == EINTR)) ? 1 : 0;
}


/* what TLS waits for; 0: again */

static int
keyauth_link_again(keyauth_link_t *link, int rc, int ms)
{
    switch (SSL_get_error(link->ssl, rc)) {

    case SSL_ERROR_WANT_READ:
        return keyauth_link_wait(link, POLLIN, ms) == 1 ? 0 : -1;

    case SSL_ERROR_WANT_WRITE:
        return keyauth_link_wait(link, POLLOUT, ms) == 1 ? 0 : -1;

    default:
        return -1;
    }
}


redisReply *
keyauth_link_reply(keyauth_link_t *link, int ms)
{
    int          rc;
    void        *reply;

    for ( ;; ) {
        link->err[0] = '\0';

        if (redisReaderGetReply(link->reader, &reply) != REDIS_OK) {
            snprintf(link->err, sizeof(link->err), "the engine's answer is "
                     "none: %.160s", link->reader->errstr);
            return NULL;
        }

        if (reply != NULL) {
            return reply;
        }

        rc = keyauth_link_fill(link, ms);

        if (rc <= 0) {
            return NULL;
        }
    }
}


const char *
keyauth_link_text(const redisReply *reply)
{
    return (reply->str != NULL) ? reply->str : "";
}


/* 1: there are more bytes; 0: not within that time; -1: err */

static int
keyauth_link_fill(keyauth_link_t *link, int ms)
{
    int      rc;
    ssize_t  n;

    static char  bytes[65536];

    if (link->ssl != NULL) {
        ERR_clear_error();
        rc = SSL_read(link->ssl, bytes, sizeof(bytes));
        n = rc;

        if (rc <= 0) {
            rc = SSL_get_error(link->ssl, rc);

            if (rc == SSL_ERROR_WANT_READ || rc == SSL_ERROR_WANT_WRITE) {
                return keyauth_link_wait(link, rc == SSL_ERROR_WANT_READ
                                               ? POLLIN : POLLOUT, ms);
            }

            n = 0;
        }

    } else {
        n = recv(link->fd, bytes, sizeof(bytes), 0);

        if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
            return keyauth_link_wait(link, POLLIN, ms);
        }
    }

    if (n <= 0) {
        snprintf(link->err, sizeof(link->err), "the engine has closed the "
                 "connection");
        return -1;
    }

    if (redisReaderFeed(link->reader, bytes, (size_t) n) != REDIS_OK) {
        snprintf(link->err, sizeof(link->err), "no memory for an answer");
        return -1;
    }

    return 1;
}


int
keyauth_link_fail(const keyauth_link_t *link, const char *what,
    redisReply *reply, char *err)
{
    if (reply == NULL || reply->type != REDIS_REPLY_ERROR) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.240s",
                 link->err[0] ? link->err : "the engine does not answer");

    } else if (what != NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "the engine refuses %s: %.160s",
                 what, reply->str);

    } else {
        snprintf(err, KEYAUTH_ERROR_MAX, "the engine says: %.200s",
                 reply->str);
    }

    if (reply != NULL) {
        freeReplyObject(reply);
    }

    return -1;
}
