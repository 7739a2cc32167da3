/*
 * Logs of keys, and the rows that are found in them.
 */


#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keylog.h"
#include "util.h"


#define KEYAUTH_LOG_TEXT  (KEYAUTH_KEYS_MAX * KEYAUTH_KEY_NAME + 1)


/* found in trees by its name, and by its number */
typedef struct {
    char        *name[3];               /* user, session, repetition; or NULL */
    uint64_t     line;                  /* its first */
    uint32_t     number;
    unsigned     spoiled:1;             /* a key is missing somewhere */
    size_t       begin;                 /* its strokes */
    size_t       end;
} keyauth_log_group_t;


typedef struct {
    char         name[KEYAUTH_KEY_NAME];
    uint32_t     number;
    unsigned     modifier:1;
    unsigned     lost:1;                /* no string has it */

    /* while strokes are sorted out: the last one, and of which group */
    uint32_t     group;
    size_t       last;
} keyauth_log_key_t;


typedef struct {
    uint32_t     group;
    uint32_t     key;
    double       press;
    double       release;
    uint64_t     line;
} keyauth_stroke_t;


struct keyauth_keylog_s {
    void                  *group_tree;
    void                  *key_tree;
    keyauth_log_group_t  **group;
    keyauth_log_key_t    **key;
    keyauth_stroke_t      *stroke;
    uint32_t               groups;
    uint32_t               keys;
    size_t                 strokes;
    size_t                 room;
};


static int keyauth_log_group_compare(const void *one, const void *two);
static int keyauth_log_key_compare(const void *one, const void *two);
static int keyauth_stroke_compare(const void *one, const void *two);
static void keyauth_keylog_sort(keyauth_keylog_t *l);
static int keyauth_keylog_typed(keyauth_reader_t *r, keyauth_keylog_t *l,
    uint32_t *want, uint32_t *n);
static int keyauth_keylog_common(keyauth_reader_t *r, keyauth_keylog_t *l,
    uint32_t *want, uint32_t *n);
static uint32_t keyauth_keylog_whole(const keyauth_keylog_t *l,
    uint32_t *group);
static uint32_t keyauth_keylog_most(const keyauth_keylog_t *l,
    uint32_t *by_keys, uint32_t n, uint32_t *most);
static int keyauth_log_keys_compare(const void *one, const void *two);
static int keyauth_keylog_same(const keyauth_keylog_t *l,
    const keyauth_log_group_t *a, const keyauth_log_group_t *b);
static const char *keyauth_keylog_text(const keyauth_keylog_t *l,
    const uint32_t *key, size_t n, char *text);
static int keyauth_keylog_find(keyauth_reader_t *r, const keyauth_keylog_t *l,
    const keyauth_log_group_t *g, const uint32_t *want, uint32_t n);
static void keyauth_keylog_miss(keyauth_reader_t *r,
    const keyauth_log_group_t *g, uint32_t missing);


/* what is being sorted: qsort() has no argument of ours */
static _Thread_local const keyauth_keylog_t  *keyauth_keylog_sorted;


static int
keyauth_log_group_compare(const void *one, const void *two)
{
    int                         i, rc;
    const keyauth_log_group_t  *a, *b;

    a = one;
    b = two;
    rc = 0;

    for (i = 0; i < 3 && rc == 0; i++) {
        rc = strcmp(a->name[i] != NULL ? a->name[i] : "",
                    b->name[i] != NULL ? b->name[i] : "");
    }

    return rc;
}


static int
keyauth_log_key_compare(const void *one, const void *two)
{
    const keyauth_log_key_t  *a, *b;

    a = one;
    b = two;

    return strcmp(a->name, b->name);
}


static int
keyauth_stroke_compare(const void *one, const void *two)
{
    const keyauth_stroke_t  *a, *b;

    a = one;
    b = two;

    if (a->group != b->group) {
        return a->group > b->group ? 1 : -1;
    }

    if (a->press < b->press || a->press > b->press) {
        return a->press > b->press ? 1 : -1;
    }

    return (a->line > b->line) - (a->line < b->line);
}


keyauth_keylog_t *
keyauth_keylog_create(void)
{
    return keyauth_alloc(1, sizeof(keyauth_keylog_t));
}


void
keyauth_keylog_destroy(keyauth_keylog_t *l)
{
    uint32_t  i, k;

    for (i = 0; i < l->groups; i++) {
        tdelete(l->group[i], &l->group_tree, keyauth_log_group_compare);
    }

    for (i = 0; i < l->groups; i++) {
        for (k = 0; k < 3; k++) {
            free(l->group[i]->name[k]);
        }

        free(l->group[i]);
    }

    for (i = 0; i < l->keys; i++) {
        tdelete(l->key[i], &l->key_tree, keyauth_log_key_compare);
        free(l->key[i]);
    }

    free(l->group);
    free(l->key);
    free(l->stroke);
    free(l);
}


uint32_t
keyauth_keylog_group(keyauth_keylog_t *l, const char *const *name,
    uint64_t line)
{
    int                    i;
    void                  *found;
    keyauth_log_group_t   *g, *known;

    g = keyauth_alloc(1, sizeof(keyauth_log_group_t));

    for (i = 0; i < 3; i++) {
        g->name[i] = name[i] != NULL ? keyauth_strdup(name[i]) : NULL;
    }

    found = tsearch(g, &l->group_tree, keyauth_log_group_compare);

    if (found == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }

    known = *(keyauth_log_group_t **) found;

    if (known != g) {
        for (i = 0; i < 3; i++) {
            free(g->name[i]);
        }

        free(g);
        return known->number;
    }

    l->group = keyauth_realloc(l->group, l->groups + 1, sizeof(void *));
    l->group[l->groups] = g;
    g->line = line;
    g->number = l->groups++;

    return g->number;
}


uint32_t
keyauth_keylog_key(keyauth_keylog_t *l, const char *name, int modifier)
{
    void               *found;
    keyauth_log_key_t  *key, *known;

    key = keyauth_alloc(1, sizeof(keyauth_log_key_t));
    snprintf(key->name, sizeof(key->name), "%s", name);
    found = tsearch(key, &l->key_tree, keyauth_log_key_compare);

    if (found == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }

    known = *(keyauth_log_key_t **) found;

    if (known != key) {
        free(key);
        return known->number;
    }

    l->key = keyauth_realloc(l->key, l->keys + 1, sizeof(void *));
    l->key[l->keys] = key;
    key->modifier = modifier != 0;
    key->group = UINT32_MAX;
    key->number = l->keys++;

    return key->number;
}


uint32_t
keyauth_keylog_lost(keyauth_keylog_t *l, const char *name)
{
    uint32_t  key;

    key = keyauth_keylog_key(l, name, 0);
    l->key[key]->lost = 1;

    return key;
}


int
keyauth_keylog_types(const keyauth_keylog_t *l, uint32_t key)
{
    return !l->key[key]->modifier;
}


void
keyauth_keylog_add(keyauth_keylog_t *l, uint32_t group, uint32_t key,
    double press, double release, uint64_t line)
{
    keyauth_stroke_t  *s;

    if (l->strokes == l->room) {
        l->room = l->room ? 2 * l->room : 1024;
        l->stroke = keyauth_realloc(l->stroke, l->room,
                                    sizeof(keyauth_stroke_t));
    }

    s = &l->stroke[l->strokes++];
    s->group = group;
    s->key = key;
    s->press = press;
    s->release = release;
    s->line = line;
}


void
keyauth_keylog_spoil(keyauth_keylog_t *l, uint32_t group)
{
    l->group[group]->spoiled = 1;
}


/* by group and press, without modifiers and what repeats itself */
static void
keyauth_keylog_sort(keyauth_keylog_t *l)
{
    size_t              i, n;
    uint32_t            g;
    keyauth_stroke_t   *s, *last;
    keyauth_log_key_t  *key;

    qsort(l->stroke, l->strokes, sizeof(keyauth_stroke_t),
          keyauth_stroke_compare);
    n = 0;
    g = 0;

    for (i = 0; i < l->strokes; i++) {
        s = &l->stroke[i];
        key = l->key[s->key];

        while (g < s->group) {
            l->group[g++]->end = n;
            l->group[g]->begin = n;
        }

        if (key->modifier) {
            continue;
        }

        last = &l->stroke[key->last];

        if (key->group == s->group && s->press < last->release) {
            last->release = s->release > last->release ? s->release
                                                       : last->release;
            continue;
        }

        key->group = s->group;
        key->last = n;
        l->stroke[n++] = *s;
    }

    while (g < l->groups) {
        l->group[g]->end = n;

        if (++g < l->groups) {
            l->group[g]->begin = n;
        }
    }
}


/* the keys of --string */
static int
keyauth_keylog_typed(keyauth_reader_t *r, keyauth_keylog_t *l,
    uint32_t *want, uint32_t *n)
{
    char         name[KEYAUTH_KEY_NAME];
    size_t       len;
    const char  *p;

    *n = 0;

    for (p = r->how->string; *p != '\0'; p += len) {
        len = keyauth_key_typed(name, p);

        if (len == 0 || *n == KEYAUTH_KEYS_MAX) {
            return keyauth_reader_fail(r, 1, 0, len == 0 ? "--string is not "
                                       "UTF-8, or has a control character"
                                       : "--string has more keys than the "
                                       "%d that are the most",
                                       KEYAUTH_KEYS_MAX);
        }

        want[(*n)++] = keyauth_keylog_key(l, name, 0);
    }

    if (*n < KEYAUTH_KEYS_MIN) {
        return keyauth_reader_fail(r, 1, 0, "--string has %u keys, and %d are "
                                   "the least", (unsigned) *n,
                                   KEYAUTH_KEYS_MIN);
    }

    return 0;
}


static int
keyauth_keylog_same(const keyauth_keylog_t *l, const keyauth_log_group_t *a,
    const keyauth_log_group_t *b)
{
    size_t   i, n;
    uint32_t x, y;

    n = a->end - a->begin;

    if (n != b->end - b->begin) {
        return n > b->end - b->begin ? 1 : -1;
    }

    for (i = 0; i < n; i++) {
        x = l->stroke[a->begin + i].key;
        y = l->stroke[b->begin + i].key;

        if (x != y) {
            return x > y ? 1 : -1;
        }
    }

    return 0;
}


static int
keyauth_log_keys_compare(const void *one, const void *two)
{
    uint32_t  a, b;
    int       rc;

    a = *(const uint32_t *) one;
    b = *(const uint32_t *) two;
    rc = keyauth_keylog_same(keyauth_keylog_sorted,
                             keyauth_keylog_sorted->group[a],
                             keyauth_keylog_sorted->group[b]);

    return rc != 0 ? rc : (a > b) - (a < b);
}


/* the keys that most repetitions consist of, which are half of them at least */
static int
keyauth_keylog_common(keyauth_reader_t *r, keyauth_keylog_t *l,
    uint32_t *want, uint32_t *n)
{
    char                  text[KEYAUTH_LOG_TEXT];
    size_t                len;
    uint32_t             *by_keys, best, i, most, whole;
    keyauth_log_group_t  *g;

    memset(want, 0, KEYAUTH_KEYS_MAX * sizeof(uint32_t));
    by_keys = keyauth_alloc(l->groups, sizeof(uint32_t));
    whole = keyauth_keylog_whole(l, by_keys);
    best = keyauth_keylog_most(l, by_keys, whole, &most);
    free(by_keys);

    if (whole == 0) {
        return keyauth_reader_fail(r, l->group[0]->line, 0, "each of %u "
                                   "repetitions has a key that never comes "
                                   "up, or a bad line",
                                   (unsigned) l->groups);
    }

    g = l->group[best];
    len = g->end - g->begin;

    for (i = 0; i < len && i < KEYAUTH_KEYS_MAX; i++) {
        want[i] = l->stroke[g->begin + i].key;
    }

    *n = i;
    keyauth_keylog_text(l, want, i, text);

    if (2 * most < l->groups || len < KEYAUTH_KEYS_MIN
        || len > KEYAUTH_KEYS_MAX)
    {
        return keyauth_reader_fail(r, g->line, 0, "%u of %u repetitions have "
                                   "the same %zu keys, \"%.60s\": --string "
                                   "names those that are to be read",
                                   (unsigned) most, (unsigned) l->groups, len,
                                   text);
    }

    keyauth_note(&r->t->notes, "%s: the string is \"%s\", as %u of %u "
                 "repetitions have it (--string names another)", r->path,
                 text, (unsigned) most, (unsigned) l->groups);
    r->t->string = keyauth_strdup(text);

    return 0;
}


/* the groups of which no key is lost, and how many these are */
static uint32_t
keyauth_keylog_whole(const keyauth_keylog_t *l, uint32_t *group)
{
    size_t                      i;
    uint32_t                    n, number;
    const keyauth_log_group_t  *g;

    n = 0;

    for (number = 0; number < l->groups; number++) {
        g = l->group[number];

        for (i = g->begin; i < g->end && !l->key[l->stroke[i].key]->lost;
             i++)
        {
            /* void */
        }

        if (i == g->end && !g->spoiled) {
            group[n++] = number;
        }
    }

    return n;
}


/* one of the most of n groups with the same keys, and how many these are */
static uint32_t
keyauth_keylog_most(const keyauth_keylog_t *l, uint32_t *by_keys, uint32_t n,
    uint32_t *most)
{
    uint32_t  best, i, k;

    keyauth_keylog_sorted = l;
    qsort(by_keys, n, sizeof(uint32_t), keyauth_log_keys_compare);
    best = 0;
    *most = 0;

    for (i = 0; i < n; i += k) {
        for (k = 1; i + k < n
                    && keyauth_keylog_same(l, l->group[by_keys[i]],
                                           l->group[by_keys[i + k]]) == 0;
             k++)
        {
            /* void */
        }

        if (k > *most) {
            *most = k;
            best = by_keys[i];
        }
    }

    return best;
}


/* text: KEYAUTH_LOG_TEXT bytes */
static const char *
keyauth_keylog_text(const keyauth_keylog_t *l, const uint32_t *key, size_t n,
    char *text)
{
    char        *p;
    size_t       i;
    const char  *name;

    p = text;
    *p = '\0';

    for (i = 0; i < n; i++) {
        name = l->key[key[i]]->name;
        p = stpcpy(p, *name == '\n' ? "\\n" : *name == '\t' ? "\\t"
                                            : *name == '\\' ? "\\\\" : name);
    }

    return text;
}


int
keyauth_keylog_rows(keyauth_reader_t *r, keyauth_keylog_t *l)
{
    int        rc;
    char       text[KEYAUTH_LOG_TEXT];
    uint32_t   i, missing, n, rows, want[KEYAUTH_KEYS_MAX];

    if (l->strokes == 0) {
        return 0;
    }

    n = 0;
    keyauth_keylog_sort(l);
    rc = r->how->string != NULL ? keyauth_keylog_typed(r, l, want, &n)
                                : keyauth_keylog_common(r, l, want, &n);

    if (rc != 0) {
        return -1;
    }

    r->t->keys = n;
    missing = 0;

    for (i = 0; i < l->groups; i++) {
        rows = r->t->rows + r->bad;

        if (keyauth_keylog_find(r, l, l->group[i], want, n) != 0) {
            return -1;
        }

        if (rows == r->t->rows + r->bad) {
            keyauth_keylog_miss(r, l->group[i], missing++);
        }
    }

    if (r->t->rows == 0 && missing == l->groups) {
        return keyauth_reader_fail(r, l->group[0]->line, 0, "none of %u "
                                   "repetitions has the string \"%.60s\": "
                                   "--string names what is to be read",
                                   (unsigned) missing,
                                   keyauth_keylog_text(l, want, n, text));
    }

    if (missing > 0) {
        keyauth_note(&r->t->notes, "%s: %u of %u repetitions do not have the "
                     "string \"%s\", and are left out", r->path,
                     (unsigned) missing, (unsigned) l->groups,
                     keyauth_keylog_text(l, want, n, text));
    }

    return 0;
}


/* every place where the keys follow each other, and nothing is between */
static int
keyauth_keylog_find(keyauth_reader_t *r, const keyauth_keylog_t *l,
    const keyauth_log_group_t *g, const uint32_t *want, uint32_t n)
{
    double         times[2 * KEYAUTH_KEYS_MAX];
    size_t         at;
    uint32_t       i;
    keyauth_row_t  row;

    memset(&row, 0, sizeof(keyauth_row_t));
    row.user = g->name[0];
    row.session = g->name[1];
    row.keys = n;
    row.times = times;

    for (at = g->begin; at + n <= g->end && !g->spoiled; at++) {
        for (i = 0; i < n && l->stroke[at + i].key == want[i]; i++) {
            times[2 * i] = l->stroke[at + i].press;
            times[2 * i + 1] = l->stroke[at + i].release;
        }

        if (i < n) {
            continue;
        }

        row.line = l->stroke[at].line;

        if (keyauth_reader_row(r, &row) != 0) {
            return -1;
        }

        at += n - 1;
    }

    return 0;
}


static void
keyauth_keylog_miss(keyauth_reader_t *r, const keyauth_log_group_t *g,
    uint32_t missing)
{
    int   i;
    char  name[64], text[256];
    char *p;

    const char *const  what[] = { "user", "session", "repetition" };

    if (missing > KEYAUTH_NOTES_NAMED) {
        return;
    }

    if (missing == KEYAUTH_NOTES_NAMED) {
        keyauth_note(&r->t->notes, "%s: ...", r->path);
        return;
    }

    p = text;
    *p = '\0';

    for (i = 0; i < 3; i++) {
        if (g->name[i] != NULL) {
            p += snprintf(p, 80, ", %s \"%s\"", what[i],
                          keyauth_quote(name, sizeof(name), g->name[i],
                                        strlen(g->name[i])));
        }
    }

    keyauth_note(&r->t->notes, "%s: line %llu: the string is not there%s",
                 r->path, (unsigned long long) g->line, text);
}
