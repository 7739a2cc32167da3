/*
 * keyauth key: makes API keys and the files that hold their digests.
 */


#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "keyauth_apikeys.h"
#include "keyauth_store_key.h"
#include "model_file.h"
#include "util.h"


#define KEYAUTH_APIKEY_PREFIX  "keyauth_"
#define KEYAUTH_APIKEY_RANDOM  32          /* bytes, to be written in base64 */
#define KEYAUTH_APIKEY_LINE                                                   \
    (KEYAUTH_CLIENT_NAME_MAX + 2 * KEYAUTH_DIGEST_SIZE + sizeof(":::\n") + 20 \
     + sizeof(KEYAUTH_SCOPES_TEXT))


typedef struct {
    const char  *file;
    const char  *expires;
    const char  *scopes;
    const char  *name;
} keyauth_key_options_t;


typedef struct {
    char            *text;
    size_t           len;
    keyauth_apikeys_t   keys;
    int              lock;              /* of its folder */
} keyauth_key_file_t;


static int keyauth_run_key(int argc, char **argv);
static int keyauth_key_check(const keyauth_key_options_t *o,
    const char *verb);
static int keyauth_key_new(const keyauth_key_options_t *o);
static int keyauth_key_store(const char *path);
static int keyauth_key_list(const keyauth_key_options_t *o);
static void keyauth_key_print(const keyauth_client_t *client);
static int keyauth_key_remove(const keyauth_key_options_t *o);
static int keyauth_key_make(char *key, char *line,
    const keyauth_key_options_t *o);
static int keyauth_key_append(const char *path, const char *line, char *err);
static int keyauth_key_open(keyauth_key_file_t *f, const char *path,
    int flags, char *err);
static void keyauth_key_close(keyauth_key_file_t *f);


static const struct option keyauth_key_options[] = {
    { "expires", required_argument, NULL, 'e' },
    { "file", required_argument, NULL, 'f' },
    { "help", no_argument, NULL, 'h' },
    { "scopes", required_argument, NULL, 's' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_key = {
    "key",
    "creates, lists and removes API keys, makes a store's key",
    "Usage: keyauth key new NAME [--expires DATE] [--scopes LIST]\n"
    "                            [--file FILE]\n"
    "       keyauth key list --file FILE\n"
    "       keyauth key remove NAME --file FILE\n"
    "       keyauth key store --file FILE\n"
    "Creates an API key of 256 random bits for a client of that name and\n"
    "prints it once: the file of keyauth_api_keys has only its digest.\n"
    "Servers read a changed file at a reload (nginx -s reload).\n"
    "store creates the key file of keyauth_store.  A store cannot be read\n"
    "without its key: keep a copy elsewhere.\n"
    "\n"
    "      --expires DATE  refuses the key from then on: 2027-01-31 or\n"
    "                      2027-01-31T12:00:00Z, in UTC\n"
    "      --file FILE     where the key's line goes; without it, the line is\n"
    "                      printed below the key\n"
    "      --scopes LIST   what the key may be used for, with commas between:\n"
    "                      predict, verify, enrol, forget, metrics; without\n"
    "                      it, predict,verify,metrics\n"
    "  -h, --help          prints this help\n"
    "      --version       prints the version\n",
    keyauth_key_options,
    keyauth_run_key
};


static int
keyauth_run_key(int argc, char **argv)
{
    int                    c, rc;
    const char            *verb;
    keyauth_key_options_t  o;

    memset(&o, 0, sizeof(o));

    while ((c = keyauth_option(&keyauth_command_key, argc, argv)) != -1) {
        if (c == '?') {
            return KEYAUTH_USAGE;
        }

        switch (c) {

        case 'e':
            o.expires = optarg;
            break;

        case 's':
            o.scopes = optarg;
            break;

        default:
            o.file = optarg;
        }
    }

    argc -= optind;
    argv += optind;

    verb = (argc > 0) ? argv[0] : "";
    o.name = (argc > 1) ? argv[1] : "";

    rc = keyauth_key_check(&o, verb);

    if (rc != KEYAUTH_OK) {
        return rc;
    }

    if (strcmp(verb, "list") == 0 && argc == 1 && o.file != NULL) {
        return keyauth_key_list(&o);
    }

    if (strcmp(verb, "store") == 0 && argc == 1 && o.file != NULL) {
        return keyauth_key_store(o.file);
    }

    if (argc == 2 && keyauth_apikeys_check_name(o.name, strlen(o.name)) != 0) {
        return keyauth_usage(&keyauth_command_key, "a name has 1 to 64 of "
                             "the characters A-Z a-z 0-9 . _ -");
    }

    if (strcmp(verb, "new") == 0 && argc == 2) {
        return keyauth_key_new(&o);
    }

    if (strcmp(verb, "remove") == 0 && argc == 2 && o.file != NULL) {
        return keyauth_key_remove(&o);
    }

    return keyauth_usage(&keyauth_command_key, "new NAME, list --file FILE, "
                         "remove NAME --file FILE or store --file FILE is "
                         "required");
}


/* of the options, those that a line holds */

static int
keyauth_key_check(const keyauth_key_options_t *o, const char *verb)
{
    int64_t   t;
    unsigned  scopes;

    if (o->expires != NULL
        && keyauth_apikeys_time(&t, o->expires, strlen(o->expires)) != 0)
    {
        return keyauth_usage(&keyauth_command_key, "--expires requires "
                             "2027-01-31 or 2027-01-31T12:00:00Z");
    }

    if (o->scopes != NULL
        && keyauth_apikeys_scopes(&scopes, o->scopes, strlen(o->scopes)) != 0)
    {
        return keyauth_usage(&keyauth_command_key, "--scopes requires some "
                             "of " KEYAUTH_SCOPES_TEXT ", each once");
    }

    if ((o->expires != NULL || o->scopes != NULL) && strcmp(verb, "new") != 0)
    {
        return keyauth_usage(&keyauth_command_key, "--expires and --scopes "
                             "are of new");
    }

    return KEYAUTH_OK;
}


static int
keyauth_key_new(const keyauth_key_options_t *o)
{
    int   rc;
    char  key[sizeof(KEYAUTH_APIKEY_PREFIX) + 2 * KEYAUTH_APIKEY_RANDOM];
    char  line[KEYAUTH_APIKEY_LINE], err[KEYAUTH_ERROR_MAX];

    if (keyauth_key_make(key, line, o) != 0) {
        keyauth_say("key: the system gave no random numbers");
        return KEYAUTH_FAILURE;
    }

    /* a key that is printed is in the file */

    rc = KEYAUTH_OK;

    if (o->file != NULL && keyauth_key_append(o->file, line, err) != 0) {
        keyauth_say("%s", err);
        rc = KEYAUTH_FAILURE;

    } else {
        printf("%s\n%s", key, o->file == NULL ? line : "");
    }

    OPENSSL_cleanse(key, sizeof(key));

    return rc;
}


static int
keyauth_key_make(char *key, char *line, const keyauth_key_options_t *o)
{
    int       i, len;
    char     *p;
    uint8_t   random[KEYAUTH_APIKEY_RANDOM], digest[KEYAUTH_DIGEST_SIZE];

    if (RAND_priv_bytes(random, sizeof(random)) != 1) {
        return -1;
    }

    /* base64url (RFC 4648, section 5), without padding */

    p = strcpy(key, KEYAUTH_APIKEY_PREFIX) + sizeof(KEYAUTH_APIKEY_PREFIX) - 1;
    (void) EVP_EncodeBlock((unsigned char *) p, random, sizeof(random));
    OPENSSL_cleanse(random, sizeof(random));

    p[strcspn(p, "=")] = '\0';

    for ( /* void */ ; *p != '\0'; p++) {
        *p = (*p == '+') ? '-' : (*p == '/') ? '_' : *p;
    }

    if (keyauth_apikeys_digest(digest, key, strlen(key)) != 0) {
        return -1;
    }

    len = snprintf(line, KEYAUTH_APIKEY_LINE, "%s:", o->name);

    for (i = 0; i < KEYAUTH_DIGEST_SIZE; i++) {
        len += snprintf(line + len, KEYAUTH_APIKEY_LINE - (size_t) len, "%02x",
                        digest[i]);
    }

    snprintf(line + len, KEYAUTH_APIKEY_LINE - (size_t) len, "%s%s%s%s\n",
             o->expires || o->scopes ? ":" : "", o->expires ? o->expires : "",
             o->scopes ? ":" : "", o->scopes ? o->scopes : "");

    return 0;
}


static int
keyauth_key_append(const char *path, const char *line, char *err)
{
    int                  rc;
    char                 why[KEYAUTH_ERROR_MAX], *text;
    size_t               len;
    keyauth_apikeys_t       keys;
    keyauth_key_file_t   f;

    if (keyauth_key_open(&f, path, O_CREAT, err) != 0) {
        return -1;
    }

    /* a last line that does not end is ended */

    len = f.len + strlen(line) + 1;
    text = keyauth_alloc(len + 1, 1);
    len = (size_t) snprintf(text, len + 1, "%.*s%s%s", (int) f.len, f.text,
                            f.len > 0 && f.text[f.len - 1] != '\n' ? "\n"
                                                                   : "",
                            line);

    rc = keyauth_apikeys_parse(&keys, text, len, why);

    if (rc != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s, %.250s", path, why);

    } else {
        keyauth_apikeys_close(&keys);
        rc = keyauth_file_save(path, text, len, err);
    }

    free(text);
    keyauth_key_close(&f);

    return rc;
}


/* of two that change a file at a time, one waits for the other */

static int
keyauth_key_open(keyauth_key_file_t *f, const char *path, int flags,
    char *err)
{
    int    fd;
    char  *copy;

    memset(f, 0, sizeof(*f));

    copy = keyauth_strdup(path);
    f->lock = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);

    if (f->lock == -1 || flock(f->lock, LOCK_EX) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: its folder cannot be "
                 "opened and locked: %s", path, strerror(errno));
        keyauth_key_close(f);
        return -1;
    }

    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags, 0640);

    if (fd != -1) {
        close(fd);
    }

    if (keyauth_apikeys_open(&f->keys, path, err) == 0) {
        f->text = keyauth_slurp(path, KEYAUTH_APIKEYS_FILE_MAX, &f->len, err);
    }

    if (f->text == NULL) {
        keyauth_key_close(f);
        return -1;
    }

    return 0;
}


static void
keyauth_key_close(keyauth_key_file_t *f)
{
    keyauth_apikeys_close(&f->keys);
    free(f->text);

    if (f->lock != -1) {
        close(f->lock);
    }
}


/* a key that is there is never replaced: its store would be lost */

static int
keyauth_key_store(const char *path)
{
    int   fd, rc;
    char  line[KEYAUTH_STORE_KEY_TEXT + 1];

    if (keyauth_store_key_make(line) != 0) {
        keyauth_say("key: the system gave no random numbers");
        return KEYAUTH_FAILURE;
    }

    rc = KEYAUTH_FAILURE;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd == -1) {
        keyauth_say("%s: cannot be made: %s", path, strerror(errno));

    } else if (write(fd, line, strlen(line)) != (ssize_t) strlen(line)
               || fsync(fd) != 0)
    {
        keyauth_say("%s: cannot be written: %s", path, strerror(errno));
        (void) unlink(path);

    } else {
        rc = KEYAUTH_OK;
    }

    if (fd != -1) {
        close(fd);
    }

    OPENSSL_cleanse(line, sizeof(line));

    return rc;
}


static int
keyauth_key_list(const keyauth_key_options_t *o)
{
    char               err[KEYAUTH_ERROR_MAX];
    uint32_t           i;
    keyauth_apikeys_t     keys;

    if (keyauth_apikeys_open(&keys, o->file, err) != 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    for (i = 0; i < keys.n; i++) {
        keyauth_key_print(&keys.clients[i]);
    }

    keyauth_apikeys_close(&keys);

    return KEYAUTH_OK;
}


static void
keyauth_key_print(const keyauth_client_t *client)
{
    char         text[32];
    time_t       t;
    unsigned     i;
    struct tm    tm;
    const char  *before;

    printf("%s", client->name);

    if (client->expires != INT64_MAX) {
        t = (time_t) client->expires;
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
        printf(" %s %s", client->expires <= time(NULL) ? "expired" : "expires",
               text);
    }

    if (client->scopes != KEYAUTH_SCOPES_DEFAULT) {
        before = " scopes ";

        for (i = 0; i < KEYAUTH_SCOPES; i++) {
            if (client->scopes & 1u << i) {
                printf("%s%s", before, keyauth_scope_names[i]);
                before = ",";
            }
        }
    }

    printf("\n");
}


static int
keyauth_key_remove(const keyauth_key_options_t *o)
{
    int                  rc;
    char                 err[KEYAUTH_ERROR_MAX], *p, *end, *out;
    size_t               len;
    keyauth_key_file_t   f;

    if (keyauth_key_open(&f, o->file, 0, err) != 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    out = f.text;
    len = strlen(o->name);
    rc = -1;
    snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: has no key of %s", o->file,
             o->name);

    for (p = f.text; p < f.text + f.len; p = end) {
        end = memchr(p, '\n', (size_t) (f.text + f.len - p));
        end = (end == NULL) ? f.text + f.len : end + 1;

        if ((size_t) (end - p) > len && memcmp(p, o->name, len) == 0
            && p[len] == ':')
        {
            rc = 0;
            continue;
        }

        out = (char *) memmove(out, p, (size_t) (end - p)) + (end - p);
    }

    if (rc == 0) {
        rc = keyauth_file_save(o->file, f.text, (size_t) (out - f.text), err);
    }

    keyauth_key_close(&f);

    if (rc != 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    return KEYAUTH_OK;
}
