/*
 * keyauth replicate: keeps the stores of several hosts alike.
 */


#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "redis_url.h"
#include "replicator.h"


typedef struct {
    keyauth_replicate_options_t  o;
    const char                  *url;
    const char                  *key;
    const char                  *password;
    const char                  *ca;
    const char                  *cert;
    const char                  *cert_key;
} keyauth_replicate_command_t;


static int keyauth_run_replicate(int argc, char **argv);
static int keyauth_replicate_read(keyauth_replicate_command_t *c, int argc,
    char **argv);
static int keyauth_replicate_option(keyauth_replicate_command_t *c,
    int letter);
static int keyauth_replicate_engine(keyauth_replicate_command_t *c);
static int keyauth_replicate_password(keyauth_replicate_command_t *c);
static void keyauth_replicate_stop(int signo);


static volatile int  keyauth_replicate_stopped;


static const struct option keyauth_replicate_options[] = {
    { "ca", required_argument, NULL, 'a' },
    { "cert", required_argument, NULL, 'c' },
    { "cert-key", required_argument, NULL, 'C' },
    { "help", no_argument, NULL, 'h' },
    { "key", required_argument, NULL, 'k' },
    { "map-size", required_argument, NULL, 'm' },
    { "once", no_argument, NULL, 'o' },
    { "password-file", required_argument, NULL, 'p' },
    { "prefix", required_argument, NULL, 'x' },
    { "quiet", no_argument, NULL, 'q' },
    { "store", required_argument, NULL, 's' },
    { "stream-length", required_argument, NULL, 'l' },
    { "timeout", required_argument, NULL, 't' },
    { "url", required_argument, NULL, 'u' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_replicate = {
    "replicate",
    "keeps the stores of several hosts alike",
    "Usage: keyauth replicate --store FOLDER --key FILE --url URL [OPTION]\n"
    "Sends what is written to a store to a Redis server or cluster, and\n"
    "writes into the store what other hosts sent there.  It runs beside\n"
    "nginx until it is stopped, and connects again by itself.  The\n"
    "server sees neither templates nor names, which are encrypted.\n"
    "\n"
    "      --ca FILE            certificates to trust; else the system's\n"
    "      --cert FILE          the client's certificate\n"
    "      --cert-key FILE      its key\n"
    "      --key FILE           the store's key file, the same on all hosts\n"
    KEYAUTH_OPTION_MAP
    "      --once               ends when all is sent and written\n"
    "      --password-file FILE the password; without it, the environment\n"
    "                           variable KEYAUTH_REPLICATE_PASSWORD has it\n"
    "      --prefix NAME        what names of keys begin with, keyauth by\n"
    "                           default\n"
    "  -q, --quiet              prints no progress\n"
    "      --store FOLDER       the store\n"
    "      --stream-length N    changes that the streams keep, 320000 by\n"
    "                           default\n"
    "      --timeout MS         how long the server is waited for, 5000 by\n"
    "                           default\n"
    "      --url URL            rediss://USER@HOST:PORT/DATABASE, or redis://\n"
    "                           without TLS\n"
    "  -h, --help               prints this help\n"
    "      --version            prints the version\n",
    keyauth_replicate_options,
    keyauth_run_replicate
};


static int
keyauth_run_replicate(int argc, char **argv)
{
    int                           rc;
    struct sigaction              action;
    keyauth_replicate_command_t   c;

    memset(&c, 0, sizeof(c));
    c.o.prefix = "keyauth";
    c.o.length = 320000;
    c.o.redis.timeout = 5000;

    rc = keyauth_replicate_read(&c, argc, argv);

    if (rc == KEYAUTH_OK) {
        rc = keyauth_replicate_engine(&c);
    }

    if (rc != KEYAUTH_OK) {
        return rc;
    }

    memset(&action, 0, sizeof(action));
    action.sa_handler = keyauth_replicate_stop;
    (void) sigaction(SIGTERM, &action, NULL);
    (void) sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    srand((unsigned) time(NULL) ^ (unsigned) getpid());

    rc = keyauth_replicate(&c.o, &keyauth_replicate_stopped);

    SSL_CTX_free(c.o.redis.tls);
    OPENSSL_cleanse(&c, sizeof(c));

    return (rc == 0) ? KEYAUTH_OK : KEYAUTH_FAILURE;
}


static void
keyauth_replicate_stop(int signo)
{
    keyauth_replicate_stopped = signo;
}


static int
keyauth_replicate_read(keyauth_replicate_command_t *c, int argc, char **argv)
{
    int  letter;

    while ((letter = keyauth_option(&keyauth_command_replicate, argc, argv))
           != -1)
    {
        if (keyauth_replicate_option(c, letter) != 0) {
            return KEYAUTH_USAGE;
        }
    }

    if (optind != argc) {
        return keyauth_usage(&keyauth_command_replicate, "there is nothing "
                             "but options");
    }

    if (c->o.folder == NULL || c->key == NULL || c->url == NULL) {
        return keyauth_usage(&keyauth_command_replicate, "--store, --key and "
                             "--url are needed");
    }

    if ((c->cert == NULL) != (c->cert_key == NULL)) {
        return keyauth_usage(&keyauth_command_replicate, "--cert and "
                             "--cert-key are needed together");
    }

    if (*c->o.prefix == '\0' || strlen(c->o.prefix) > KEYAUTH_PREFIX
        || strpbrk(c->o.prefix, "{}*?[]\\ ") != NULL)
    {
        return keyauth_usage(&keyauth_command_replicate, "--prefix has 1 to "
                             "%d bytes, none of them of a pattern",
                             KEYAUTH_PREFIX);
    }

    return KEYAUTH_OK;
}


static int
keyauth_replicate_option(keyauth_replicate_command_t *c, int letter)
{
    uint64_t  n;

    switch (letter) {

    case 'a':
        c->ca = optarg;
        return 0;

    case 'c':
        c->cert = optarg;
        return 0;

    case 'C':
        c->cert_key = optarg;
        return 0;

    case 'k':
        c->key = optarg;
        return 0;

    case 'l':
        return keyauth_option_number(&keyauth_command_replicate,
                                     "stream-length", optarg, 1, 1000000000,
                                     &c->o.length);

    case 'm':
        return keyauth_option_map(&keyauth_command_replicate, optarg,
                                  &c->o.map);

    case 'o':
        c->o.once = 1;
        return 0;

    case 'p':
        c->password = optarg;
        return 0;

    case 'q':
        c->o.quiet = 1;
        return 0;

    case 's':
        c->o.folder = optarg;
        return 0;

    case 't':
        if (keyauth_option_number(&keyauth_command_replicate, "timeout",
                                  optarg, 10, 600000, &n)
            != 0)
        {
            return -1;
        }

        c->o.redis.timeout = (int) n;
        return 0;

    case 'u':
        c->url = optarg;
        return 0;

    case 'x':
        c->o.prefix = optarg;
        return 0;

    default:
        return -1;
    }
}


static int
keyauth_replicate_engine(keyauth_replicate_command_t *c)
{
    int   tls;
    char  err[KEYAUTH_ERROR_MAX];

    if (keyauth_redis_url(&c->o.redis, c->url, &tls, err) != 0) {
        return keyauth_usage(&keyauth_command_replicate, "%s", err);
    }

    if (tls) {
        c->o.redis.tls = keyauth_redis_tls(c->ca, c->cert, c->cert_key, err);

        if (c->o.redis.tls == NULL) {
            keyauth_say("%s", err);
            return KEYAUTH_FAILURE;
        }
    }

    if (keyauth_store_key_open(&c->o.key, c->key, err) != 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    return keyauth_replicate_password(c);
}


/* not on the command line, which others can see */

static int
keyauth_replicate_password(keyauth_replicate_command_t *c)
{
    int      rc;
    char    *text, err[KEYAUTH_ERROR_MAX];
    size_t   len;

    if (c->password != NULL) {
        text = keyauth_slurp(c->password, sizeof(c->o.redis.password), &len,
                             err);

        if (text == NULL) {
            keyauth_say("%s", err);
            return KEYAUTH_FAILURE;
        }

    } else {
        text = getenv("KEYAUTH_REPLICATE_PASSWORD");
        text = keyauth_strdup(text != NULL ? text : "");
    }

    len = strcspn(text, "\r\n");
    rc = (len < sizeof(c->o.redis.password)) ? KEYAUTH_OK : KEYAUTH_FAILURE;

    if (rc == KEYAUTH_OK) {
        memcpy(c->o.redis.password, text, len);
        c->o.redis.password[len] = '\0';

    } else {
        keyauth_say("the password is too long");
    }

    OPENSSL_cleanse(text, strlen(text));
    free(text);

    return rc;
}
