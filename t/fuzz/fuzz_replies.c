/*
 * Fuzzes what the daemon of replication reads: an engine's replies, all at
 * once, as hiredis parses them.  The first byte says what has been asked.
 */


#include "fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

/* connections are made here */

#define keyauth_link_open  fuzz_open

#include "redis_nodes.c"

#include "fetch.h"
#include "reconcile.h"
#include "ship.h"
#include "streams.h"


#define FUZZ_MAX    16384               /* what is sent has to fit a socket */
#define FUZZ_MAP    (16 << 20)
#define FUZZ_STEPS  64
#define FUZZ_DIGITS 6                   /* of how many elements there are */


static int fuzz_huge(const uint8_t *data, size_t size);
static void fuzz_store(void);
static size_t fuzz_edit(void *data, const keyauth_store_record_t *old,
    uint8_t *bytes);
static int fuzz_asked(char what);
static int fuzz_connected(char what);
static int fuzz_reconcile(unsigned own);
static void fuzz_check(int rc);


static int                          pair[2];
static char                         err[KEYAUTH_ERROR_MAX];
static FILE                        *quiet;
static uint8_t                      user[KEYAUTH_STORE_DIGEST];
static keyauth_store_t             *store;
static keyauth_replicator_t         r;
static keyauth_store_change_t      *changes;
static uint8_t                     *bytes;
static keyauth_store_key_t          key = { { 1, 2, 3 } };
static keyauth_replicate_options_t  options;
static const uint8_t               *input;
static size_t                       input_size;


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void) argc;
    (void) argv;

    quiet = fopen("/dev/null", "w");
    fuzz_assert(quiet != NULL);
    fuzz_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair)
                == 0);
    fuzz_assert(shutdown(pair[1], SHUT_WR) == 0);

    options.length = 320000;
    options.prefix = "keyauth";
    options.redis.timeout = 1;
    changes = keyauth_alloc(KEYAUTH_BATCH, sizeof(*changes));
    bytes = keyauth_alloc(KEYAUTH_BATCH, KEYAUTH_STORE_TEMPLATE_MAX + 512);
    fuzz_store();

    return 0;
}


/* a template that the engine has in version 5, and one that it has not */

static void
fuzz_store(void)
{
    char                      folder[] = "/tmp/keyauth-fuzz-XXXXXX";
    char                      command[128];
    uint8_t                   phrase[KEYAUTH_STORE_DIGEST];
    keyauth_store_command_t   c, *list;
    keyauth_store_update_t    u;

    fuzz_assert(mkdtemp(folder) != NULL);
    store = keyauth_store_open(folder, &key, FUZZ_MAP, KEYAUTH_STORE_CREATE,
                               err);
    fuzz_assert(store != NULL);
    fuzz_assert(keyauth_store_replicate(store) == KEYAUTH_STORE_OK);

    memset(&c, 0, sizeof(c));
    c.op = KEYAUTH_STORE_EDIT;
    c.edit = fuzz_edit;
    c.name.user = "a";
    c.name.user_len = 1;
    c.name.phrase = "";
    list = &c;
    fuzz_assert(keyauth_store_apply(store, &list, 1) == KEYAUTH_STORE_OK);
    keyauth_store_digests(store, &c.name, user, phrase);

    memset(&u, 0, sizeof(u));
    u.kind = KEYAUTH_STORE_SENT;
    memcpy(u.user, user, sizeof(user));
    memcpy(u.phrase, phrase, sizeof(phrase));
    u.sequence = 1;
    u.version.version = 5;
    fuzz_assert(keyauth_store_update(store, &u, 1, NULL, NULL)
                == KEYAUTH_STORE_OK);

    c.name.user = "b";
    fuzz_assert(keyauth_store_apply(store, &list, 1) == KEYAUTH_STORE_OK);

    /* it stays open */

    snprintf(command, sizeof(command), "rm -r %s", folder);
    fuzz_assert(system(command) == 0);
}


static size_t
fuzz_edit(void *data, const keyauth_store_record_t *old, uint8_t *to)
{
    (void) data;
    (void) old;
    *to = 'x';

    return 1;
}


int
fuzz_open(keyauth_link_t *link, const keyauth_redis_t *redis,
    const char *host, const char *port)
{
    fuzz_assert(strlen(host) < sizeof(((keyauth_node_t *) 0)->host));
    fuzz_assert(strlen(port) < sizeof(((keyauth_node_t *) 0)->port));

    memset(link, 0, sizeof(*link));
    link->timeout = redis->timeout;
    link->reader = redisReaderCreate();
    link->fd = dup(pair[0]);
    fuzz_assert(link->reader != NULL && link->fd != -1);
    fuzz_assert(redisReaderFeed(link->reader, (const char *) input,
                                input_size)
                == REDIS_OK);

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int    rc;
    FILE  *loud;
    char   sent[4096];

    if (size == 0 || size > FUZZ_MAX || fuzz_huge(data + 1, size - 1)) {
        return 0;
    }

    input = data + 1;
    input_size = size - 1;

    memset(&r, 0, sizeof(r));
    r.o = &options;
    r.store = store;
    r.changes = changes;
    r.bytes = bytes;
    r.nodes.redis = &options.redis;
    r.nodes.prefix = options.prefix;
    keyauth_progress_init(&r.progress, 1);

    loud = stderr;
    stderr = quiet;
    rc = fuzz_asked((char) data[0]);
    stderr = loud;

    fuzz_check(rc);

    keyauth_nodes_close(&r.nodes);
    keyauth_round_clear(&r);
    free(r.updates);
    free(r.replies);
    free(r.people.user);
    free(r.doubtful.user);
    free(r.reconcile.names.user);

    while (recv(pair[1], sent, sizeof(sent), 0) > 0) {
        /* void */
    }

    return 0;
}


/* hiredis takes memory for as many elements as an array says that it has */

static int
fuzz_huge(const uint8_t *data, size_t size)
{
    size_t  i, digits;

    for (i = 0, digits = 0; i < size; i++) {
        digits = (data[i] >= '0' && data[i] <= '9') ? digits + 1 : 0;

        if (digits > FUZZ_DIGITS && digits <= i
            && memchr("*%~>+", data[i - digits], 5))
        {
            return 1;
        }
    }

    return 0;
}


static int
fuzz_asked(char what)
{
    unsigned  i;

    if (what == 'n') {

        if (keyauth_nodes_open(&r.nodes) != 0) {
            memcpy(r.err, r.nodes.err, sizeof(r.err));
            return -1;
        }

        fuzz_assert(r.nodes.nodes >= 1 && r.nodes.tails >= 1);

        for (i = 0; i < KEYAUTH_STORE_SHARDS; i++) {
            fuzz_assert(r.nodes.at[i] < r.nodes.nodes);
        }

        return 0;
    }

    strcpy(r.nodes.node[0].host, "engine");
    strcpy(r.nodes.node[0].port, "6379");
    (void) fuzz_open(&r.nodes.node[0].link, &options.redis, "engine", "6379");
    r.nodes.nodes = 1;
    (void) keyauth_nodes_tails(&r.nodes);

    return fuzz_connected(what);
}


static int
fuzz_connected(char what)
{
    int  rc;

    switch (what) {

    case 'b':
        return keyauth_reconcile_begin(&r);

    case 'c':
        return fuzz_reconcile(0);

    case 'o':
        return fuzz_reconcile(1);

    case 'f':
        keyauth_round_people_add(&r.people, user);
        return keyauth_fetch(&r, &r.people, 0);

    case 's':
        do {
            rc = keyauth_streams_read(&r, 0);
        } while (rc == 0 && r.nodes.tail[0].asked == 0);

        return rc;

    case 'w':
        return keyauth_ship(&r);

    default:
        return 0;
    }
}


static int
fuzz_reconcile(unsigned own)
{
    int       rc, i;

    r.reconcile.active = 1;
    r.reconcile.own = own;
    strcpy(r.reconcile.cursor, "0");
    rc = 0;

    for (i = 0; i < FUZZ_STEPS && rc == 0 && r.reconcile.active; i++) {
        rc = keyauth_reconcile_step(&r);
    }

    return rc;
}


/* whatever comes of it can be read, and a failure has its reason */

static void
fuzz_check(int rc)
{
    size_t                         i;
    uint8_t                       *copy;
    const keyauth_store_update_t  *u;

    fuzz_assert(rc == 0 || (rc == -1 && r.err[0] != '\0'));
    fuzz_assert(memchr(r.err, '\0', sizeof(r.err)) != NULL);
    fuzz_assert(r.nodes.nodes <= KEYAUTH_NODES_MAX);

    for (i = 0; i < r.n; i++) {
        u = &r.updates[i];

        fuzz_assert(u->kind == KEYAUTH_STORE_PERSON
                    || u->kind == KEYAUTH_STORE_TEMPLATE
                    || u->kind == KEYAUTH_STORE_SENT);
        fuzz_assert(u->kind != KEYAUTH_STORE_TEMPLATE
                    || u->version.version > 0);

        if (u->bytes != NULL) {
            copy = fuzz_copy(u->bytes, u->size);
            free(copy);
        }
    }
}
