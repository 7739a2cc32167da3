/*
 * Three stores, and a model of the engine between them, by the rules of the
 * script in trainer/replicate/script.c.
 */


#ifndef KEYAUTH_TEST_REPLICA_H_INCLUDED
#define KEYAUTH_TEST_REPLICA_H_INCLUDED


#define TEST_HOSTS    3
#define TEST_USERS    8
#define TEST_PHRASES  2
#define TEST_MAP      ((size_t) 16 << 20)
#define TEST_DAY      20000
#if defined TEST_RUNS
#elif defined TEST_FEW
#define TEST_RUNS     5
#else
#define TEST_RUNS     40
#endif


/* a phrase of a person, as the engine has it */
typedef struct {
    keyauth_store_version_t  v;
    uint8_t                  bytes[512];
    size_t                   size;      /* 0: forgotten */
    uint64_t                 author;    /* of the floor */
} test_record_t;


typedef struct {
    uint64_t       epoch;
    uint64_t       last;                /* who was the last to forget */
    test_record_t  record[TEST_PHRASES];
} test_person_t;


static char                 folder[TEST_HOSTS][64];
static char                 err[KEYAUTH_ERROR_MAX];
static keyauth_store_t     *store[TEST_HOSTS];
static keyauth_store_key_t  key = { { 1, 2, 3 } };
static test_person_t        engine[TEST_USERS], backup[TEST_USERS];
static uint8_t              users[TEST_USERS][KEYAUTH_STORE_DIGEST];
static uint8_t              phrases[TEST_PHRASES][KEYAUTH_STORE_DIGEST];
static uint64_t             state, now;
static unsigned             unsure[TEST_HOSTS];

static const char *const  user_names[TEST_USERS] = {
    "ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal"
};
static const char *const  phrase_names[TEST_PHRASES] = { "", "login" };


static unsigned
test_random(unsigned n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;

    return (unsigned) (state >> 33) % n;
}


static keyauth_store_name_t
test_name(unsigned user, unsigned phrase)
{
    keyauth_store_name_t  name;

    name.user = user_names[user];
    name.user_len = strlen(name.user);
    name.phrase = phrase_names[phrase];
    name.phrase_len = strlen(name.phrase);

    return name;
}


static int
test_setup(void **unused)
{
    unsigned              i;
    uint8_t               other[KEYAUTH_STORE_DIGEST];
    char                  command[256];
    keyauth_store_name_t  name;

    (void) unused;

    memset(engine, 0, sizeof(engine));
    memset(unsure, 0, sizeof(unsure));
    now = 1000;

    for (i = 0; i < TEST_HOSTS; i++) {
        snprintf(folder[i], sizeof(folder[i]), "/dev/shm/keyauth-replica-%d-%u",
                 (int) getpid(), i);
        snprintf(command, sizeof(command), "rm -rf %s; mkdir %s", folder[i],
                 folder[i]);
        assert_int_equal(system(command), 0);
        store[i] = keyauth_store_open(folder[i], &key, TEST_MAP,
                                      KEYAUTH_STORE_CREATE, err);
        assert_non_null(store[i]);
    }

    for (i = 0; i < TEST_USERS; i++) {
        name = test_name(i, 0);
        keyauth_store_digests(store[0], &name, users[i], phrases[0]);
    }

    name = test_name(0, 1);
    keyauth_store_digests(store[0], &name, other, phrases[1]);

    return 0;
}


static int
test_teardown(void **unused)
{
    unsigned  i;
    char      command[256];

    (void) unused;

    for (i = 0; i < TEST_HOSTS; i++) {
        keyauth_store_close(store[i]);
        snprintf(command, sizeof(command), "rm -rf %s", folder[i]);
        assert_int_equal(system(command), 0);
    }

    return 0;
}


static void
test_on(void)
{
    unsigned  i;

    for (i = 0; i < TEST_HOSTS; i++) {
        assert_int_equal(keyauth_store_replicate(store[i]), KEYAUTH_STORE_OK);
    }
}


/* a template is a set of letters here: rows, one more each time */

static size_t
test_edit(void *data, const keyauth_store_record_t *old, uint8_t *bytes)
{
    size_t  n;

    n = (old != NULL) ? old->size : 0;

    if (n > 0) {
        memcpy(bytes, old->bytes, n);
    }

    bytes[n] = *(const uint8_t *) data;

    return n + 1;
}


static size_t
test_merge(const keyauth_store_record_t *own,
    const keyauth_store_record_t *theirs, uint8_t *bytes)
{
    size_t  i, n;

    n = theirs->size;
    memcpy(bytes, theirs->bytes, n);

    for (i = 0; i < own->size; i++) {
        if (memchr(bytes, own->bytes[i], n) == NULL) {
            bytes[n++] = own->bytes[i];
        }
    }

    return n;
}


static keyauth_store_e
test_write(unsigned host, keyauth_store_op_e op, unsigned user,
    unsigned phrase, uint32_t day, char letter)
{
    keyauth_store_command_t   c, *list;

    memset(&c, 0, sizeof(c));
    c.op = op;
    c.name = test_name(user, phrase);
    c.day = day;
    c.edit = test_edit;
    c.data = &letter;
    list = &c;
    assert_int_equal(keyauth_store_apply(store[host], &list, 1),
                     KEYAUTH_STORE_OK);

    return c.rc;
}


/* "": there is none */

static const char *
test_letters(unsigned host, unsigned user, unsigned phrase)
{
    keyauth_store_e         e;
    keyauth_store_name_t    name;
    keyauth_store_record_t  r;

    static char  text[KEYAUTH_STORE_TEMPLATE_MAX + 1];

    name = test_name(user, phrase);
    e = keyauth_store_get(store[host], &name, &r);
    assert_true(e == KEYAUTH_STORE_OK || e == KEYAUTH_STORE_NONE);
    text[0] = '\0';

    if (e == KEYAUTH_STORE_OK) {
        memcpy(text, r.bytes, r.size);
        text[r.size] = '\0';
    }

    return text;
}


static unsigned
test_index(const uint8_t *digest, const uint8_t *of, unsigned n)
{
    unsigned  i;

    for (i = 0; i < n && memcmp(digest, of + i * KEYAUTH_STORE_DIGEST,
                                KEYAUTH_STORE_DIGEST) != 0; i++)
    {
        /* void */
    }

    assert_true(i < n);

    return i;
}


static int test_engine_record(const keyauth_store_change_t *c, unsigned host,
    keyauth_store_update_t *u, test_record_t *r);
static void test_engine_value(const keyauth_store_change_t *c,
    keyauth_store_update_t *u, test_record_t *r);


/* the script's rules; 1: accepted, u is the answer to the host */

static int
test_engine(const keyauth_store_change_t *c, unsigned host,
    keyauth_store_update_t *u)
{
    uint64_t        last;
    test_person_t  *p;

    now++;
    p = &engine[test_index(c->user, users[0], TEST_USERS)];
    last = c->sequence * TEST_HOSTS + host + 1;

    memset(u, 0, sizeof(*u));
    u->kind = KEYAUTH_STORE_SENT;
    memcpy(u->user, c->user, sizeof(u->user));
    memcpy(u->phrase, c->phrase, sizeof(u->phrase));
    u->send = c->send;
    u->sequence = c->sequence;

    if (c->send & KEYAUTH_STORE_SEND_PERSON) {

        if ((c->send & KEYAUTH_STORE_SEND_RESTORE) ? p->epoch < c->epoch
                                                   : p->last != last)
        {
            memset(p->record, 0, sizeof(p->record));
            p->epoch = (c->send & KEYAUTH_STORE_SEND_RESTORE) ? c->epoch : now;
            p->last = last;
        }

        u->epoch = p->epoch;
        return 1;
    }

    if (c->epoch < p->epoch) {
        return 0;
    }

    if (c->epoch > p->epoch) {
        memset(p->record, 0, sizeof(p->record));
        p->epoch = c->epoch;
    }

    u->epoch = p->epoch;

    return test_engine_record(c, host, u,
                              &p->record[test_index(c->phrase, phrases[0],
                                                    TEST_PHRASES)]);
}


static int
test_engine_record(const keyauth_store_change_t *c, unsigned host,
    keyauth_store_update_t *u, test_record_t *r)
{
    int       seen;
    uint64_t  id;

    id = c->mark * TEST_HOSTS + host;
    seen = 0;

    if (c->send & KEYAUTH_STORE_SEND_RESTORE) {

        if (r->v.version > 0 && r->v.floor >= c->base.floor) {
            u->version = r->v;
            return r->v.version == c->base.version;
        }

        r->v.version = r->v.version > 0 ? now : c->base.version;
        r->v.floor = c->base.floor;
        r->author = 0;
        test_engine_value(c, u, r);
        return 1;
    }

    if (!(c->send & KEYAUTH_STORE_SEND_WRITE)) {

        if (r->v.version >= c->base.version && r->v.version > 0
            && r->size == 0)
        {
            u->version = r->v;
            return 1;
        }

        if (r->author == id) {
            return 0;
        }

    } else if (c->send & KEYAUTH_STORE_SEND_FORGET) {

        if (r->author == id) {
            seen = 1;

            if (r->size > 0) {
                return 0;
            }

        } else if (r->size == 0 && r->v.floor > c->base.floor) {
            return 0;
        }

    } else if (c->send & KEYAUTH_STORE_SEND_REPLACE) {

        if (r->author == id || r->v.floor > c->base.floor) {
            return 0;
        }

    } else if (r->v.version > 0 && r->v.version != c->base.version) {
        return 0;
    }

    r->v.version = now;

    if (c->base.floor > r->v.floor) {
        r->v.floor = c->base.floor;
        r->author = 0;
    }

    if (c->send != KEYAUTH_STORE_SEND_WRITE && !seen) {
        r->v.floor = r->v.version;
        r->author = id;
    }

    test_engine_value(c, u, r);

    return 1;
}


static void
test_engine_value(const keyauth_store_change_t *c, keyauth_store_update_t *u,
    test_record_t *r)
{
    r->size = (c->send & KEYAUTH_STORE_SEND_WRITE) ? c->size : 0;
    assert_true(r->size <= sizeof(r->bytes));

    if (r->size > 0) {
        memcpy(r->bytes, c->bytes, r->size);
    }

    u->version = r->v;
}


/* what the engine has of a person */

static void
test_fetch(unsigned host, unsigned user, unsigned sure)
{
    unsigned                 i, n;
    test_person_t           *p;
    keyauth_store_update_t   u[1 + TEST_PHRASES];
    keyauth_store_status_t   status;

    p = &engine[user];
    memset(u, 0, sizeof(u));
    memcpy(u[0].user, users[user], sizeof(u->user));
    u[0].kind = KEYAUTH_STORE_PERSON;
    u[0].epoch = p->epoch;
    n = 1;

    for (i = 0; i < TEST_PHRASES; i++) {
        if (p->record[i].v.version > 0) {
            u[n].kind = KEYAUTH_STORE_TEMPLATE;
            memcpy(u[n].user, users[user], sizeof(u->user));
            memcpy(u[n].phrase, phrases[i], sizeof(u->phrase));
            u[n].epoch = p->epoch;
            u[n].version = p->record[i].v;
            u[n].bytes = p->record[i].size ? p->record[i].bytes : NULL;
            u[n].size = p->record[i].size;
            u[n].unsure = !sure || unsure[host];
            u[n].mark = (p->record[i].author % TEST_HOSTS == host)
                        ? p->record[i].author / TEST_HOSTS : 0;
            n++;
        }
    }

    memset(&status, 0, sizeof(status));
    status.applied = n;
    assert_int_equal(keyauth_store_update(store[host], u, n, test_merge,
                                          &status),
                     KEYAUTH_STORE_OK);

    for (i = 0; i < n; i++) {
        assert_int_not_equal(u[i].outcome, KEYAUTH_STORE_BROKEN);
    }
}


/* sends up to n changes; where lost, the host gets no answer to the last one */

static size_t
test_send(unsigned host, size_t n, int lost)
{
    int                      accepted;
    size_t                   i, len;
    uint8_t                  after[KEYAUTH_STORE_ENTRY_MAX];
    keyauth_store_change_t   c[16];
    keyauth_store_update_t   u;

    static uint8_t  room[16 * 512];

    len = 0;
    n = (n < 16) ? n : 16;
    assert_int_equal(keyauth_store_waiting(store[host], after, &len, 0, c,
                                           &n, room, sizeof(room)),
                     KEYAUTH_STORE_OK);

    for (i = 0; i < n; i++) {
        accepted = test_engine(&c[i], host, &u);

        if (!accepted) {
            test_fetch(host, test_index(c[i].user, users[0], TEST_USERS), 0);

        } else if (!lost || i + 1 < n) {
            assert_int_equal(keyauth_store_update(store[host], &u, 1,
                                                  test_merge, NULL),
                             KEYAUTH_STORE_OK);
        }
    }

    return n;
}


/* what the engine has lost, this host has; all it has is fetched */

static void
test_reconcile(unsigned host)
{
    size_t                   i, n, m, len;
    uint8_t                  after[KEYAUTH_STORE_ENTRY_MAX];
    test_person_t           *p;
    test_record_t           *r;
    keyauth_store_change_t   c[64], lost[64];

    len = 0;
    n = 64;
    assert_int_equal(keyauth_store_names(store[host], after, &len, c, &n),
                     KEYAUTH_STORE_OK);

    for (i = 0, m = 0; i < n; i++) {
        p = &engine[test_index(c[i].user, users[0], TEST_USERS)];
        r = (c[i].send & KEYAUTH_STORE_SEND_PERSON) ? NULL
            : &p->record[test_index(c[i].phrase, phrases[0], TEST_PHRASES)];

        if (p->epoch < c[i].epoch
            || (r != NULL && p->epoch == c[i].epoch && r->v.version == 0))
        {
            lost[m++] = c[i];
        }
    }

    assert_int_equal(keyauth_store_resend(store[host], lost, m),
                     KEYAUTH_STORE_OK);

    for (i = 0; i < TEST_USERS; i++) {
        test_fetch(host, (unsigned) i, 0);
    }

    unsure[host] = 0;
}


/* until nothing is left to do; all stores are alike then */

static void
test_settle(void)
{
    int                      rounds;
    size_t                   sent;
    unsigned                 host, user, phrase;
    uint64_t                 epoch, epoch0;
    char                     first[KEYAUTH_STORE_TEMPLATE_MAX + 1];
    keyauth_store_e          e, e0;
    keyauth_store_check_t    check;
    keyauth_store_status_t   status;
    keyauth_store_version_t  v, v0;

    rounds = 0;

    do {
        sent = 0;

        for (host = 0; host < TEST_HOSTS; host++) {
            sent += test_send(host, 16, 0);

            for (user = 0; user < TEST_USERS; user++) {
                test_fetch(host, user, 1);
            }
        }

        assert_true(rounds++ < 50);

    } while (sent > 0);

    for (host = 0; host < TEST_HOSTS; host++) {
        assert_int_equal(keyauth_store_verify(store[host], &check, NULL, NULL),
                         KEYAUTH_STORE_OK);
        assert_int_equal(keyauth_store_status(store[host], &status),
                         KEYAUTH_STORE_OK);
        assert_int_equal(status.waiting, 0);

        for (user = 0; user < TEST_USERS; user++) {
            for (phrase = 0; phrase < TEST_PHRASES; phrase++) {
                strcpy(first, test_letters(0, user, phrase));
                assert_string_equal(test_letters(host, user, phrase), first);
                e0 = keyauth_store_known(store[0], users[user],
                                         phrases[phrase], &epoch0, &v0);
                e = keyauth_store_known(store[host], users[user],
                                        phrases[phrase], &epoch, &v);
                assert_int_equal(e, e0);
                assert_int_equal(epoch, epoch0);
                assert_int_equal(v.version, v0.version);
                assert_int_equal(v.floor, v0.floor);
            }
        }
    }
}


#endif /* KEYAUTH_TEST_REPLICA_H_INCLUDED */
