/*
 * keyauth store: looks into a store of templates, moves and repairs it.
 *
 * All of it may run while nginx serves the store.
 */


#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "keyauth_apikeys.h"
#include "keyauth_json.h"
#include "keyauth_live.h"
#include "keyauth_store_replica.h"
#include "keyauth_user.h"
#include "store_background.h"
#include "store_import.h"
#include "util.h"


#define KEYAUTH_DAY  86400


typedef struct {
    const char           *folder;
    const char           *key;
    const char           *phrase;       /* NULL: of all */
    const char           *user;
    const char           *to;
    const char           *model;
    const char           *out;
    const char           *sign;
    size_t                map;
    unsigned              replace:1;
    unsigned              create:1;
    char                  given[16];    /* their letters */
} keyauth_store_options_t;


typedef struct {
    const char  *name;
    int        (*run)(keyauth_store_t *s, const keyauth_store_options_t *o);
    unsigned     flags;
    const char  *options;               /* letters that it takes */
} keyauth_store_verb_t;


static int keyauth_run_store(int argc, char **argv);
static int keyauth_store_options_check(const keyauth_store_verb_t *verb,
    const keyauth_store_options_t *o);
static int keyauth_store_options_read(int argc, char **argv,
    keyauth_store_options_t *o);
static int keyauth_store_run_verb(const keyauth_store_verb_t *verb,
    const keyauth_store_options_t *o);
static int keyauth_store_apart(const keyauth_store_verb_t *verb,
    const keyauth_store_options_t *o);
static int keyauth_store_done(keyauth_store_e e);
static int keyauth_store_inspect(keyauth_store_t *s,
    const keyauth_store_options_t *o);
static int keyauth_store_inspect_replica(keyauth_store_t *s,
    const keyauth_store_info_t *info);
static int keyauth_store_export(keyauth_store_t *s,
    const keyauth_store_options_t *o);
static int keyauth_store_print(void *data,
    const keyauth_store_record_t *record);
static char *keyauth_store_day_text(uint32_t day, char text[16]);
static int keyauth_store_import(keyauth_store_t *s,
    const keyauth_store_options_t *o);
static int keyauth_store_compact_now(keyauth_store_t *s,
    const keyauth_store_options_t *o);
static int keyauth_store_verify_all(keyauth_store_t *s,
    const keyauth_store_options_t *o);
static int keyauth_store_verify_one(void *data,
    const uint8_t digests[2 * KEYAUTH_STORE_DIGEST],
    const keyauth_store_record_t *record);
static int keyauth_store_roll_back(keyauth_store_t *s,
    const keyauth_store_options_t *o);
static int keyauth_store_make_background(keyauth_store_t *s,
    const keyauth_store_options_t *o);


static const struct option keyauth_store_options[] = {
    { "create", no_argument, NULL, 'c' },
    { "help", no_argument, NULL, 'h' },
    { "key", required_argument, NULL, 'k' },
    { "map-size", required_argument, NULL, 'm' },
    { "model", required_argument, NULL, 'M' },
    { "out", required_argument, NULL, 'o' },
    { "phrase", required_argument, NULL, 'p' },
    { "replace", no_argument, NULL, 'r' },
    { "sign", required_argument, NULL, 's' },
    { "to", required_argument, NULL, 't' },
    { "user", required_argument, NULL, 'u' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_store = {
    "store",
    "looks into a store of templates, moves and compacts it",
    "Usage: keyauth store inspect FOLDER --key FILE\n"
    "       keyauth store verify FOLDER --key FILE\n"
    "       keyauth store compact FOLDER --key FILE\n"
    "       keyauth store export FOLDER --key FILE [--phrase PHRASE]\n"
    "       keyauth store import FOLDER --key FILE [--replace] [--create]\n"
    "       keyauth store rollback FOLDER --key FILE --user ID --to DATE\n"
    "       keyauth store background FOLDER --key FILE --model FILE\n"
    "                     --out FILE [--phrase PHRASE] [--sign PRIVATE.pem]\n"
    "Works on the templates of people who enrolled.  nginx may serve the\n"
    "store meanwhile.  inspect prints what a store holds in numbers; verify\n"
    "reads each template; compact rewrites the file, without what was\n"
    "forgotten.  export prints a line of JSON for each template, which\n"
    "import reads from its input: the lines are not encrypted.  rollback\n"
    "takes a person's template back to what it was at a day's end.\n"
    "background measures 50 people or more of a phrase who have 3 rows or\n"
    "more, and writes a model file with what LIVE needs made anew from them:\n"
    "the background, its weights and the operating points.\n"
    "\n"
    "      --create         makes the store where there is none (import)\n"
    "      --key FILE       the key file (keyauth key store makes one)\n"
    KEYAUTH_OPTION_MAP
    "      --model FILE     the model file that it is made from (background)\n"
    "      --out FILE       where the new one is written (background)\n"
    "      --phrase PHRASE  of this phrase alone (export, rollback,\n"
    "                       background)\n"
    "      --replace        replaces templates that are there, which are kept\n"
    "                       without it (import)\n"
    "      --sign PRIVATE.pem  signs the new model file, as keyauth sign does\n"
    "                       (background)\n"
    "      --to DATE        the day to go back to, like 2027-01-31 (rollback)\n"
    "      --user ID        the person (rollback)\n"
    "  -h, --help           prints this help\n"
    "      --version        prints the version\n",
    keyauth_store_options,
    keyauth_run_store
};


static const keyauth_store_verb_t  keyauth_store_verbs[] = {
    { "inspect", keyauth_store_inspect, KEYAUTH_STORE_READ, "km" },
    { "verify", keyauth_store_verify_all, KEYAUTH_STORE_READ, "km" },
    { "compact", keyauth_store_compact_now, 0, "km" },
    { "export", keyauth_store_export, KEYAUTH_STORE_READ, "kmp" },
    { "import", keyauth_store_import, 0, "kmcr" },
    { "rollback", keyauth_store_roll_back, 0, "kmput" },
    { "background", keyauth_store_make_background, KEYAUTH_STORE_READ,
      "kmpMos" },
    { NULL, NULL, 0, NULL }
};


static int
keyauth_run_store(int argc, char **argv)
{
    int                          rc;
    keyauth_store_options_t      o;
    const keyauth_store_verb_t  *verb;

    rc = keyauth_store_options_read(argc, argv, &o);

    if (rc != KEYAUTH_OK) {
        return rc;
    }

    argc -= optind;
    argv += optind;

    if (argc != 2) {
        return keyauth_usage(&keyauth_command_store, "a verb and a folder are "
                             "needed");
    }

    for (verb = keyauth_store_verbs; verb->name != NULL; verb++) {
        if (strcmp(verb->name, argv[0]) == 0) {
            break;
        }
    }

    if (verb->name == NULL) {
        return keyauth_usage(&keyauth_command_store, "inspect, verify, "
                             "compact, export, import, rollback or background "
                             "is needed");
    }

    rc = keyauth_store_options_check(verb, &o);

    if (rc != KEYAUTH_OK) {
        return rc;
    }

    o.folder = argv[1];

    return (verb->run == keyauth_store_verify_all)
           ? keyauth_store_apart(verb, &o) : keyauth_store_run_verb(verb, &o);
}


/* one that does nothing would be taken for one that limits what is done */

static int
keyauth_store_options_check(const keyauth_store_verb_t *verb,
    const keyauth_store_options_t *o)
{
    const char           *p;
    const struct option  *option;

    for (p = o->given; *p != '\0'; p++) {

        if (strchr(verb->options, *p) != NULL) {
            continue;
        }

        for (option = keyauth_store_options; option->val != *p; option++) {
            /* void */
        }

        return keyauth_usage(&keyauth_command_store, "%s takes no --%s",
                             verb->name, option->name);
    }

    if (o->key == NULL) {
        return keyauth_usage(&keyauth_command_store, "--key is needed");
    }

    if (verb->run == keyauth_store_roll_back
        && (o->user == NULL || o->to == NULL))
    {
        return keyauth_usage(&keyauth_command_store, "rollback needs --user "
                             "and --to");
    }

    if (verb->run == keyauth_store_make_background
        && (o->model == NULL || o->out == NULL))
    {
        return keyauth_usage(&keyauth_command_store, "background needs "
                             "--model and --out");
    }

    return KEYAUTH_OK;
}


static int
keyauth_store_options_read(int argc, char **argv, keyauth_store_options_t *o)
{
    int      c;
    size_t   n;
    int64_t  t;

    memset(o, 0, sizeof(*o));

    while ((c = keyauth_option(&keyauth_command_store, argc, argv)) != -1) {

        n = strlen(o->given);

        if (strchr(o->given, c) == NULL && n + 1 < sizeof(o->given)) {
            o->given[n] = (char) c;
        }

        switch (c) {

        case 'c':
            o->create = 1;
            break;

        case 'k':
            o->key = optarg;
            break;

        case 'm':
            if (keyauth_option_map(&keyauth_command_store, optarg, &o->map)
                != 0)
            {
                return KEYAUTH_USAGE;
            }

            break;

        case 'M':
            o->model = optarg;
            break;

        case 'o':
            o->out = optarg;
            break;

        case 'p':
            o->phrase = optarg;
            break;

        case 'r':
            o->replace = 1;
            break;

        case 's':
            o->sign = optarg;
            break;

        case 't':
            o->to = optarg;

            if (keyauth_apikeys_time(&t, optarg, strlen(optarg)) != 0
                || strlen(optarg) != 10)
            {
                return keyauth_usage(&keyauth_command_store, "--to has to be "
                                     "a day like 2027-01-31");
            }

            break;

        case 'u':
            o->user = optarg;
            break;

        default:
            return KEYAUTH_USAGE;
        }
    }

    if ((o->phrase != NULL && strlen(o->phrase) > KEYAUTH_PHRASE_MAX)
        || (o->user != NULL && strlen(o->user) > KEYAUTH_LABEL_MAX))
    {
        return keyauth_usage(&keyauth_command_store, "a phrase has up to %d "
                             "bytes, a UserID up to %d", KEYAUTH_PHRASE_MAX,
                             KEYAUTH_LABEL_MAX);
    }

    return KEYAUTH_OK;
}


static int
keyauth_store_run_verb(const keyauth_store_verb_t *verb,
    const keyauth_store_options_t *o)
{
    int                  rc;
    char                 err[KEYAUTH_ERROR_MAX];
    keyauth_store_t     *s;
    keyauth_store_key_t  key;

    if (keyauth_store_key_open(&key, o->key, err) != 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    /* one that is there belongs to nginx's workers, who go on using it */

    if (o->create && access(o->folder, F_OK) != 0
        && keyauth_store_give(o->folder, geteuid(), getegid(), err) != 0)
    {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    s = keyauth_store_open(o->folder, &key,
                           (o->create && o->map == 0) ? KEYAUTH_STORE_MAP
                                                      : o->map,
                           verb->flags
                           | (o->create ? KEYAUTH_STORE_CREATE : 0), err);
    OPENSSL_cleanse(&key, sizeof(key));

    if (s == NULL) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    rc = verb->run(s, o);
    keyauth_store_close(s);

    return rc;
}


/* a damaged page may end the process that reads it: it is another one */

static int
keyauth_store_apart(const keyauth_store_verb_t *verb,
    const keyauth_store_options_t *o)
{
    int    rc, status;
    pid_t  pid;

    pid = fork();

    if (pid == 0) {
        rc = keyauth_store_run_verb(verb, o);
        _exit(fflush(stdout) == 0 ? rc : KEYAUTH_FAILURE);
    }

    if (pid == -1 || waitpid(pid, &status, 0) != pid) {
        keyauth_say("no process can be started: %s", strerror(errno));
        return KEYAUTH_FAILURE;
    }

    if (!WIFEXITED(status)) {
        keyauth_say("a page of the file is damaged: export what can be read, "
                    "import it into another store");
        return KEYAUTH_FAILURE;
    }

    return WEXITSTATUS(status);
}


static int
keyauth_store_done(keyauth_store_e e)
{
    if (e == KEYAUTH_STORE_OK) {
        return KEYAUTH_OK;
    }

    keyauth_say("%s", keyauth_store_strerror(e));

    return KEYAUTH_FAILURE;
}


static int
keyauth_store_inspect(keyauth_store_t *s, const keyauth_store_options_t *o)
{
    int                   i;
    char                  day[16];
    keyauth_store_e       e;
    keyauth_store_info_t  info;

    (void) o;

    e = keyauth_store_info(s, &info);

    if (e != KEYAUTH_STORE_OK) {
        return keyauth_store_done(e);
    }

    printf("id          ");

    for (i = 0; i < 16; i++) {
        printf("%02x", info.id[i]);
    }

    printf("\nversion     %d\ncreated     %s\ntemplates   %llu\n"
           "size        %llu bytes of %llu\nin use      %llu bytes\n"
           "generation  %u\nto erase    %s\nreaders     %u\n",
           KEYAUTH_STORE_VERSION,
           keyauth_store_day_text((uint32_t) (info.created / KEYAUTH_DAY),
                                  day),
           (unsigned long long) info.templates,
           (unsigned long long) info.size, (unsigned long long) info.map,
           (unsigned long long) info.used, (unsigned) info.generation,
           info.erased ? "yes: the next compaction erases it" : "nothing",
           (unsigned) info.readers);

    return keyauth_store_inspect_replica(s, &info);
}


/* replication's state, and the room that is left */

static int
keyauth_store_inspect_replica(keyauth_store_t *s,
    const keyauth_store_info_t *info)
{
    uint64_t                now;
    keyauth_store_e         e;
    keyauth_store_status_t  status;

    if (info->size >= info->map / 10 * 9) {
        printf("room        less than a tenth: raise map_size\n");
    }

    e = keyauth_store_status(s, &status);

    if (e != KEYAUTH_STORE_OK) {
        printf("replicated  no\n");
        return (e == KEYAUTH_STORE_NONE) ? KEYAUTH_OK : keyauth_store_done(e);
    }

    now = (uint64_t) time(NULL) * 1000;

    printf("replicated  %s\n"
           "to send     %llu changes\nrefused     %llu of them\n"
           "sent        %llu\napplied     %llu, of which %llu conflicted\n"
           "damaged     %llu\n",
           !status.connected ? "yes: not connected"
           : !status.ready ? "yes: catching up" : "yes",
           (unsigned long long) status.waiting,
           (unsigned long long) status.refused,
           (unsigned long long) status.sent,
           (unsigned long long) status.applied,
           (unsigned long long) status.conflicts,
           (unsigned long long) status.damaged);

    if (status.current != 0) {
        printf("lag         %llu s\n", (unsigned long long)
               (now > status.current ? (now - status.current) / 1000 : 0));
    }

    return KEYAUTH_OK;
}


static char *
keyauth_store_day_text(uint32_t day, char text[16])
{
    time_t     t;
    struct tm  tm;

    t = (time_t) day * KEYAUTH_DAY;

    if (gmtime_r(&t, &tm) == NULL
        || strftime(text, 16, "%Y-%m-%d", &tm) == 0)
    {
        text[0] = '\0';
    }

    return text;
}


static int
keyauth_store_export(keyauth_store_t *s, const keyauth_store_options_t *o)
{
    return keyauth_store_done(keyauth_store_each(s, o->phrase,
                                                 o->phrase ? strlen(o->phrase)
                                                           : 0,
                                                 keyauth_store_print, NULL));
}


static int
keyauth_store_print(void *data, const keyauth_store_record_t *record)
{
    char     text[6 * KEYAUTH_LABEL_MAX + 1] = "", day[16];
    int64_t  value;

    static uint8_t  base64[4 * KEYAUTH_STORE_TEMPLATE_MAX / 3 + 8];

    (void) data;

    if (record == NULL) {
        return 0;
    }

    *keyauth_json_escape(text, text + sizeof(text) - 1, record->name.user,
                         record->name.user_len) = '\0';

    if (keyauth_user_integer(record->name.user, record->name.user_len,
                             &value))
    {
        printf("{\"UserID\":%s", text);

    } else {
        printf("{\"UserID\":\"%s\"", text);
    }

    *keyauth_json_escape(text, text + sizeof(text) - 1, record->name.phrase,
                         record->name.phrase_len) = '\0';
    (void) EVP_EncodeBlock(base64, record->bytes, (int) record->size);

    printf(",\"Phrase\":\"%s\",\"Changed\":\"%s\"", text,
           keyauth_store_day_text(record->changed, day));

    if (record->version.version != 0) {
        printf(",\"Epoch\":%llu,\"Version\":%llu,\"Floor\":%llu",
               (unsigned long long) record->epoch,
               (unsigned long long) record->version.version,
               (unsigned long long) record->version.floor);
    }

    printf(",\"Template\":\"%s\"}\n", base64);

    return ferror(stdout);
}


static int
keyauth_store_import(keyauth_store_t *s, const keyauth_store_options_t *o)
{
    char                     err[KEYAUTH_ERROR_MAX];
    keyauth_store_key_t      key;
    keyauth_store_counts_t   counts;

    if (keyauth_store_key_open(&key, o->key, err) != 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    memset(&counts, 0, sizeof(counts));

    if (keyauth_store_import_read(s, &key, o->replace, &counts, err) != 0) {
        keyauth_say("%s", err);
        counts.failed = 1;
    }

    OPENSSL_cleanse(&key, sizeof(key));

    printf("imported %llu templates, kept %llu\n",
           (unsigned long long) counts.imported,
           (unsigned long long) counts.kept);

    return counts.failed ? KEYAUTH_FAILURE : KEYAUTH_OK;
}


static int
keyauth_store_compact_now(keyauth_store_t *s,
    const keyauth_store_options_t *o)
{
    keyauth_store_e  e;

    (void) o;

    e = keyauth_store_compact(s, 0);

    return keyauth_store_done(e == KEYAUTH_STORE_MOVED ? KEYAUTH_STORE_OK : e);
}


static int
keyauth_store_verify_all(keyauth_store_t *s, const keyauth_store_options_t *o)
{
    keyauth_store_e        e;
    keyauth_store_check_t  check;

    (void) o;

    e = keyauth_store_verify(s, &check, keyauth_store_verify_one, NULL);

    printf("%llu templates, %llu of earlier days, %llu damaged, "
           "%llu without their counterpart\n",
           (unsigned long long) check.templates,
           (unsigned long long) check.versions,
           (unsigned long long) check.damaged,
           (unsigned long long) check.stray);

    return keyauth_store_done(e);
}


/* says whose it is: of one that cannot be opened, only the key's digest */

static int
keyauth_store_verify_one(void *data,
    const uint8_t digests[2 * KEYAUTH_STORE_DIGEST],
    const keyauth_store_record_t *record)
{
    int                      i;
    char                     user[64], phrase[64];
    keyauth_live_template_t  t;

    (void) data;

    if (record == NULL) {

        for (i = 0; i < KEYAUTH_STORE_DIGEST; i++) {
            snprintf(user + 2 * i, 3, "%02x",
                     digests[KEYAUTH_STORE_DIGEST + i]);
        }

        keyauth_say("a template of the person %s is damaged: who is missing "
                    "in an export has to be enrolled again, with Replace",
                    user);
        return -1;
    }

    if (keyauth_live_read(&t, record->bytes, record->size) == 0) {
        return 0;
    }

    keyauth_say("the template of UserID \"%s\", Phrase \"%s\" is invalid: "
                "enrol again, with Replace",
                keyauth_quote(user, sizeof(user), record->name.user,
                              record->name.user_len),
                keyauth_quote(phrase, sizeof(phrase), record->name.phrase,
                              record->name.phrase_len));

    return -1;
}


static int
keyauth_store_roll_back(keyauth_store_t *s, const keyauth_store_options_t *o)
{
    int64_t                   t;
    keyauth_store_e           e;
    keyauth_store_command_t   c, *list;

    memset(&c, 0, sizeof(c));
    (void) keyauth_apikeys_time(&t, o->to, strlen(o->to));

    c.op = KEYAUTH_STORE_ROLLBACK;
    keyauth_store_name(&c.name, o->user, o->phrase ? o->phrase : "");
    c.day = (uint32_t) (t / KEYAUTH_DAY);
    list = &c;

    e = keyauth_store_again(s, &list, 1);
    e = (e == KEYAUTH_STORE_OK) ? c.rc : e;

    if (e == KEYAUTH_STORE_NONE) {
        keyauth_say("there is no such template, or none so old is kept");
        return KEYAUTH_FAILURE;
    }

    return keyauth_store_done(e);
}


static int
keyauth_store_make_background(keyauth_store_t *s,
    const keyauth_store_options_t *o)
{
    char  err[KEYAUTH_ERROR_MAX];

    if (keyauth_store_background(s, o->phrase ? o->phrase : "", o->model,
                                 o->out, o->sign, err)
        != 0)
    {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    return KEYAUTH_OK;
}
