/*
 * keyauth store import: templates read from lines of JSON.
 */


#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#include "keyauth_apikeys.h"
#include "keyauth_body.h"
#include "keyauth_live.h"
#include "keyauth_store_replica.h"
#include "keyauth_user.h"
#include "store_import.h"
#include "util.h"


#define KEYAUTH_STORE_BATCH   4096      /* templates in a transaction */
#define KEYAUTH_STORE_SORTED  262144    /* templates that are sorted at once */
#define KEYAUTH_STORE_LINE    KEYAUTH_BODY_MAX
#define KEYAUTH_DAY           86400


/* a line of an import */
typedef struct {
    uint8_t                   order[2 * KEYAUTH_STORE_DIGEST];
    uint64_t                  number;
    keyauth_store_command_t   command;
    uint8_t                  *bytes;    /* names, then the template */
    size_t                    size;
    unsigned                  replace:1;
    unsigned                  kept:1;
} keyauth_store_line_t;


typedef struct {
    keyauth_store_t          *store;
    keyauth_sealer_t          sealer;
    keyauth_body_t           *body;
    keyauth_store_line_t     *lines;
    keyauth_store_command_t **commands;
    size_t                    n;
    keyauth_store_counts_t   *counts;
    uint64_t                  number;   /* of the line */
    unsigned                  replace;
    unsigned                  replicated;
    uint32_t                  day;
    char                     *err;
} keyauth_store_import_t;


typedef struct {
    const char               *user;
    const char               *phrase;
    const char               *template;
    const char               *changed;
    uint64_t                  epoch;
    keyauth_store_version_t   version;
} keyauth_store_members_t;


static int keyauth_store_import_lines(keyauth_store_import_t *i);
static int keyauth_store_import_line(keyauth_store_import_t *i,
    const char *text, size_t len);
static int keyauth_store_import_member(keyauth_store_import_t *i,
    const keyauth_value_t *item, keyauth_store_members_t *m);
static uint64_t *keyauth_store_import_count(const keyauth_value_t *item,
    keyauth_store_members_t *m);
static int keyauth_store_import_add(keyauth_store_import_t *i,
    const keyauth_store_members_t *m);
static int keyauth_store_import_version(keyauth_store_import_t *i,
    keyauth_store_line_t *line, const keyauth_store_members_t *m);
static int keyauth_store_import_flush(keyauth_store_import_t *i);
static int keyauth_store_line_order(const void *one, const void *two);
static size_t keyauth_store_import_edit(void *data,
    const keyauth_store_record_t *old, uint8_t *bytes);


int
keyauth_store_import_read(keyauth_store_t *s, const keyauth_store_key_t *key,
    int replace, keyauth_store_counts_t *counts, char *err)
{
    int                     rc;
    size_t                  k;
    keyauth_store_import_t  i;

    memset(&i, 0, sizeof(i));
    i.store = s;
    i.replace = replace != 0;
    i.counts = counts;
    i.err = err;
    i.day = (uint32_t) (time(NULL) / KEYAUTH_DAY);
    i.body = keyauth_alloc(1, sizeof(*i.body));
    i.lines = keyauth_alloc(KEYAUTH_STORE_SORTED, sizeof(*i.lines));
    i.commands = keyauth_alloc(KEYAUTH_STORE_BATCH, sizeof(*i.commands));

    if (keyauth_sealer_open(&i.sealer, key) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for ciphers");
        rc = -1;

    } else {
        rc = keyauth_store_import_lines(&i);
    }

    keyauth_sealer_close(&i.sealer);

    for (k = 0; k < i.n; k++) {
        free(i.lines[k].bytes);
    }

    free(i.body);
    free(i.lines);
    free(i.commands);

    return rc;
}


static int
keyauth_store_import_lines(keyauth_store_import_t *i)
{
    int      rc;
    char    *line;
    size_t   room;
    ssize_t  len;

    line = NULL;
    room = 0;
    rc = 0;

    while (rc == 0 && (len = getline(&line, &room, stdin)) != -1) {

        i->number++;

        while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r')) {
            len--;
        }

        if (len == 0) {
            continue;
        }

        rc = keyauth_store_import_line(i, line, (size_t) len);

        if (rc == 0 && i->n == KEYAUTH_STORE_SORTED) {
            rc = keyauth_store_import_flush(i);
        }
    }

    free(line);

    if (rc == 0 && ferror(stdin)) {
        snprintf(i->err, KEYAUTH_ERROR_MAX,
                 "the input cannot be read: %s",
                 strerror(errno));
        rc = -1;
    }

    /* what was read before a line that is wrong is not imported */

    return (rc == 0) ? keyauth_store_import_flush(i) : rc;
}


static int
keyauth_store_import_line(keyauth_store_import_t *i, const char *text,
    size_t len)
{
    keyauth_place_t           at;
    keyauth_problem_t         problem;
    const keyauth_value_t    *root, *item, *before;
    keyauth_store_members_t   m;

    memset(&at, 0, sizeof(at));
    at.problem = &problem;
    at.keys = KEYAUTH_KEYS_MAX;
    at.index = -1;
    at.element = -1;

    memset(&m, 0, sizeof(m));
    m.phrase = "";
    root = (len <= KEYAUTH_STORE_LINE)
           ? keyauth_body_read(i->body, &at, text, len) : NULL;

    if (root == NULL || root->type != KEYAUTH_VALUE_OBJECT) {
        snprintf(i->err, KEYAUTH_ERROR_MAX,
                 "line %llu: is no JSON object of up "
                 "to %d bytes", (unsigned long long) i->number,
                 KEYAUTH_STORE_LINE);
        return -1;
    }

    for (item = root->u.child; item != NULL; item = item->next) {

        before = root->u.child;

        while (before != item && strcmp(before->name, item->name) != 0) {
            before = before->next;
        }

        if (before != item) {
            snprintf(i->err, KEYAUTH_ERROR_MAX,
                     "line %llu: a member is there twice",
                     (unsigned long long) i->number);
            return -1;
        }

        if (keyauth_store_import_member(i, item, &m) != 0) {
            return -1;
        }
    }

    if (m.user == NULL || m.template == NULL) {
        snprintf(i->err, KEYAUTH_ERROR_MAX,
                 "line %llu: %s is missing",
                 (unsigned long long) i->number,
                 m.user == NULL ? "UserID" : "Template");
        return -1;
    }

    return keyauth_store_import_add(i, &m);
}


static int
keyauth_store_import_member(keyauth_store_import_t *i,
    const keyauth_value_t *item, keyauth_store_members_t *m)
{
    uint64_t    *count;
    const char  *text;

    static char  number[32];

    text = (item->type == KEYAUTH_VALUE_STRING) ? item->u.string : NULL;

    if (strcmp(item->name, "UserID") == 0) {

        if (item->type == KEYAUTH_VALUE_NUMBER
            && item->u.number > -0x1p53 && item->u.number < 0x1p53
            && item->u.number == (double) (int64_t) item->u.number)
        {
            snprintf(number, sizeof(number), "%lld",
                     (long long) item->u.number);
            text = number;
        }

        m->user = text;

    } else if (strcmp(item->name, "Phrase") == 0) {
        m->phrase = text;

    } else if (strcmp(item->name, "Template") == 0) {
        m->template = text;

    } else if (strcmp(item->name, "Changed") == 0) {
        m->changed = text;

    } else if ((count = keyauth_store_import_count(item, m)) != NULL) {

        if (item->type == KEYAUTH_VALUE_NUMBER && item->u.number >= 0
            && item->u.number < 0x1p53)
        {
            *count = (uint64_t) item->u.number;
            return 0;
        }

    } else {
        snprintf(i->err, KEYAUTH_ERROR_MAX,
                 "line %llu: has an unknown member; UserID, Phrase, Changed, "
                 "Epoch, Version, Floor and Template are supported",
                 (unsigned long long) i->number);
        return -1;
    }

    if (text == NULL) {
        snprintf(i->err, KEYAUTH_ERROR_MAX,
                 "line %llu: a member is of the wrong "
                 "type", (unsigned long long) i->number);
        return -1;
    }

    return 0;
}


static uint64_t *
keyauth_store_import_count(const keyauth_value_t *item,
    keyauth_store_members_t *m)
{
    return strcmp(item->name, "Epoch") == 0 ? &m->epoch
           : strcmp(item->name, "Version") == 0 ? &m->version.version
             : strcmp(item->name, "Floor") == 0 ? &m->version.floor : NULL;
}


/* the tree goes with the next line: names and template are copied */

static int
keyauth_store_import_add(keyauth_store_import_t *i,
    const keyauth_store_members_t *m)
{
    int                    n;
    size_t                 len, ulen, plen;
    const char            *user, *phrase, *template;
    keyauth_store_line_t  *line;

    static keyauth_live_template_t  live;

    user = m->user;
    phrase = m->phrase;
    template = m->template;
    ulen = strlen(user);
    plen = strlen(phrase);
    len = strlen(template);

    if (ulen == 0 || ulen > KEYAUTH_LABEL_MAX || plen > KEYAUTH_PHRASE_MAX
        || len == 0 || len % 4 != 0
        || len > 4 * KEYAUTH_STORE_TEMPLATE_MAX / 3)
    {
        snprintf(i->err, KEYAUTH_ERROR_MAX,
                 "line %llu: UserID has 1 to %d bytes,"
                 " Phrase up to %d, Template is in base64",
                 (unsigned long long) i->number, KEYAUTH_LABEL_MAX,
                 KEYAUTH_PHRASE_MAX);
        return -1;
    }

    if (!keyauth_user_valid(user, ulen)) {
        snprintf(i->err, KEYAUTH_ERROR_MAX, "line %llu: UserID begins or ends "
                 "with a blank, or has a control character",
                 (unsigned long long) i->number);
        return -1;
    }

    line = &i->lines[i->n];
    memset(line, 0, sizeof(*line));
    line->bytes = keyauth_alloc(ulen + plen + len, 1);
    memcpy(line->bytes, user, ulen);
    memcpy(line->bytes + ulen, phrase, plen);

    n = EVP_DecodeBlock(line->bytes + ulen + plen,
                        (const unsigned char *) template, (int) len);

    if (n < 0) {
        free(line->bytes);
        snprintf(i->err, KEYAUTH_ERROR_MAX,
                 "line %llu: Template is no base64",
                 (unsigned long long) i->number);
        return -1;
    }

    /* libcrypto counts what the padding stands for */

    n -= (template[len - 1] == '=') + (template[len - 2] == '=');
    line->size = (size_t) n;

    if (keyauth_live_read(&live, line->bytes + ulen + plen, line->size) != 0) {
        free(line->bytes);
        snprintf(i->err, KEYAUTH_ERROR_MAX, "line %llu: Template is damaged",
                 (unsigned long long) i->number);
        return -1;
    }

    line->number = i->number;
    line->replace = i->replace;

    line->command.op = KEYAUTH_STORE_EDIT;
    line->command.name.user = (char *) line->bytes;
    line->command.name.user_len = ulen;
    line->command.name.phrase = (char *) line->bytes + ulen;
    line->command.name.phrase_len = plen;
    line->command.day = i->day;
    line->command.edit = keyauth_store_import_edit;

    keyauth_sealer_phrase(&i->sealer, phrase, plen, line->order);
    keyauth_sealer_name(&i->sealer, 'u', user, ulen,
                        line->order + KEYAUTH_STORE_DIGEST);
    i->n++;

    return (m->version.version != 0) ? keyauth_store_import_version(i, line, m)
                                     : 0;
}


/* from a store that others follow: so this one is to follow, too */

static int
keyauth_store_import_version(keyauth_store_import_t *i,
    keyauth_store_line_t *line, const keyauth_store_members_t *m)
{
    int64_t          t;
    keyauth_store_e  e;

    if (!i->replicated) {
        e = keyauth_store_replicate(i->store);

        if (e != KEYAUTH_STORE_OK) {
            snprintf(i->err, KEYAUTH_ERROR_MAX, "%s",
                     keyauth_store_strerror(e));
            return -1;
        }

        i->replicated = 1;
    }

    line->command.epoch = m->epoch;
    line->command.version = m->version;

    if (m->changed != NULL
        && keyauth_apikeys_time(&t, m->changed, strlen(m->changed)) == 0)
    {
        line->command.day = (uint32_t) (t / KEYAUTH_DAY);
    }

    return 0;
}


/*
 * In the order of the tree, so that a transaction touches few pages; lines of
 * one template in theirs: the first one is kept, or the last one replaces.
 */

static int
keyauth_store_import_flush(keyauth_store_import_t *i)
{
    int              rc;
    size_t           k, m, n;
    keyauth_store_e  e;

    rc = 0;
    qsort(i->lines, i->n, sizeof(*i->lines), keyauth_store_line_order);

    for (k = 0; k < i->n && rc == 0; k += n) {

        n = (i->n - k < KEYAUTH_STORE_BATCH) ? i->n - k : KEYAUTH_STORE_BATCH;

        for (m = 0; m < n; m++) {
            i->lines[k + m].command.data = &i->lines[k + m];
            i->commands[m] = &i->lines[k + m].command;
        }

        e = keyauth_store_again(i->store, i->commands, n);

        for (m = 0; m < n; m++) {
            e = (e == KEYAUTH_STORE_OK) ? i->commands[m]->rc : e;

            if (e == KEYAUTH_STORE_OK) {
                i->counts->kept += i->lines[k + m].kept;
                i->counts->imported += !i->lines[k + m].kept;
            }
        }

        if (e != KEYAUTH_STORE_OK) {
            snprintf(i->err, KEYAUTH_ERROR_MAX,
                 "%s", keyauth_store_strerror(e));
            rc = -1;
        }
    }

    for (k = 0; k < i->n; k++) {
        free(i->lines[k].bytes);
    }

    i->n = 0;

    return rc;
}


static int
keyauth_store_line_order(const void *one, const void *two)
{
    const keyauth_store_line_t  *a = one, *b = two;

    int  rc;

    rc = memcmp(a->order, b->order, sizeof(a->order));

    return (rc != 0) ? rc : (a->number > b->number) - (a->number < b->number);
}


static size_t
keyauth_store_import_edit(void *data, const keyauth_store_record_t *old,
    uint8_t *bytes)
{
    keyauth_store_line_t  *line = data;

    line->kept = old != NULL && !line->replace;

    if (line->kept) {
        return 0;
    }

    memcpy(bytes, line->bytes + line->command.name.user_len
                  + line->command.name.phrase_len, line->size);

    return line->size;
}


/* another process may have compacted the store meanwhile */

keyauth_store_e
keyauth_store_again(keyauth_store_t *s, keyauth_store_command_t **commands,
    size_t n)
{
    int              i;
    char             err[KEYAUTH_ERROR_MAX];
    keyauth_store_e  e;

    for (i = 0; i < 8; i++) {

        e = keyauth_store_apply(s, commands, n);

        if (e != KEYAUTH_STORE_MOVED) {
            return e;
        }

        if (keyauth_store_reopen(s, err) != 0) {
            keyauth_say("%s", err);
            return KEYAUTH_STORE_FAILED;
        }
    }

    return KEYAUTH_STORE_FAILED;
}
