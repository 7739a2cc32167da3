/*
 * Naming a person among many: see keyauth_crowd.h.
 */


#include <math.h>
#include <string.h>
#include <time.h>

#include "keyauth_answer.h"
#include "keyauth_crowd.h"
#include "keyauth_json.h"
#include "keyauth_warnings.h"


/* a phrase made anew of what is known of it */
typedef struct {
    const keyauth_crowd_phrase_t  *old;
    keyauth_crowd_phrase_t        *new;
    uint32_t                       at;      /* in the old one */
    uint32_t                       seen;
    uint32_t                       opened;
    unsigned                       large:1;
    unsigned                       part:1;  /* some were not opened */
} keyauth_crowd_merge_t;


static uint32_t keyauth_crowd_find(keyauth_crowd_t *c,
    const char *phrase);
static int keyauth_crowd_has(const keyauth_crowd_merge_t *m, uint64_t stamp,
    const uint8_t user[KEYAUTH_STORE_DIGEST]);
static int keyauth_crowd_known(void *data,
    const uint8_t user[KEYAUTH_STORE_DIGEST], uint64_t stamp);
static int keyauth_crowd_each(void *data,
    const keyauth_store_record_t *record);
static keyauth_store_e keyauth_crowd_one(const keyauth_live_t *live,
    keyauth_store_t *s, const keyauth_crowd_phrase_t *p,
    const keyauth_request_t *request, keyauth_naming_t *naming);
static void keyauth_crowd_place(keyauth_naming_t *naming,
    const keyauth_store_record_t *record, double score);
static int keyauth_crowd_accepts(const keyauth_live_t *live,
    const keyauth_request_t *request, uint32_t rows, uint32_t people,
    double score);
static char *keyauth_crowd_answer(const keyauth_naming_t *naming, char *p);


void
keyauth_crowd_init(keyauth_crowd_t *c)
{
    int  i;

    for (i = 0; i < KEYAUTH_CROWD_PHRASES; i++) {
        c->phrase[i] = &c->slot[i];
        c->slot[i].phrase[0] = '\0';
        c->slot[i].state.generation = 0;
        c->slot[i].used = 0;
        c->slot[i].people = 0;
    }

    c->spare = &c->slot[KEYAUTH_CROWD_PHRASES];
    c->clock = 0;
    c->n = 0;
}


keyauth_crowd_e
keyauth_crowd_name(keyauth_crowd_t *c, const keyauth_live_t *live,
    keyauth_store_t *s, const keyauth_batch_t *batch, keyauth_store_e *e)
{
    uint32_t         i;
    keyauth_crowd_e  state;

    c->n = batch->n;
    c->array = batch->array;

    state = keyauth_crowd_load(c, s, batch->request->phrase, e);

    for (i = 0; i < batch->n && state == KEYAUTH_CROWD_READY; i++) {

        *e = keyauth_crowd_one(live, s, c->last, &batch->request[i],
                               &c->naming[i]);

        if (*e != KEYAUTH_STORE_OK) {
            state = KEYAUTH_CROWD_STORE;
        }
    }

    return state;
}


keyauth_crowd_e
keyauth_crowd_load(keyauth_crowd_t *c, keyauth_store_t *s,
    const char *phrase, keyauth_store_e *e)
{
    uint32_t                  i;
    keyauth_crowd_merge_t     m;
    keyauth_store_scanner_t   scanner;
    keyauth_store_state_t     state;

    i = keyauth_crowd_find(c, phrase);
    memset(&m, 0, sizeof(m));
    m.old = c->phrase[i];
    m.new = c->spare;
    m.new->people = 0;
    state = m.old->state;

    scanner.known = keyauth_crowd_known;
    scanner.each = keyauth_crowd_each;
    scanner.data = &m;

    *e = keyauth_store_scan(s, phrase, strlen(phrase), &state, &scanner);

    if (*e == KEYAUTH_STORE_OK) {
        strcpy(m.new->phrase, phrase);
        m.new->state = state;
        c->spare = c->phrase[i];
        c->phrase[i] = m.new;

        /* what is missing is looked for next time */

        if (m.part || m.large) {
            m.new->state.generation = 0;
        }

    } else if (*e != KEYAUTH_STORE_NONE) {
        return KEYAUTH_CROWD_STORE;
    }

    c->phrase[i]->used = ++c->clock;
    c->last = c->phrase[i];

    return m.large ? KEYAUTH_CROWD_LARGE
           : m.part ? KEYAUTH_CROWD_LOADING
           : c->phrase[i]->people == 0 ? KEYAUTH_CROWD_EMPTY
                                       : KEYAUTH_CROWD_READY;
}


/* its place, or the one not used for the longest time, which is emptied */
static uint32_t
keyauth_crowd_find(keyauth_crowd_t *c, const char *phrase)
{
    uint32_t  i, oldest;

    oldest = 0;

    for (i = 0; i < KEYAUTH_CROWD_PHRASES; i++) {

        if (c->phrase[i]->used > 0
            && strcmp(c->phrase[i]->phrase, phrase) == 0)
        {
            return i;
        }

        if (c->phrase[i]->used < c->phrase[oldest]->used) {
            oldest = i;
        }
    }

    /* nothing of another phrase is taken for one of this */

    c->phrase[oldest]->people = 0;
    c->phrase[oldest]->state.generation = 0;

    return oldest;
}


static int
keyauth_crowd_known(void *data, const uint8_t user[KEYAUTH_STORE_DIGEST],
    uint64_t stamp)
{
    keyauth_crowd_merge_t  *m = data;

    int                      has;
    uint32_t                 n;
    keyauth_crowd_phrase_t  *new;

    if (m->seen++ == KEYAUTH_CROWD_PEOPLE) {
        m->large = 1;
        return 1;
    }

    /* both are in the same order */

    while (m->at < m->old->people
           && memcmp(m->old->user[m->at], user, KEYAUTH_STORE_DIGEST) < 0)
    {
        m->at++;
    }

    has = keyauth_crowd_has(m, stamp, user);

    if (!has && m->opened == KEYAUTH_CROWD_OPENED) {
        m->part = 1;
        return 0;
    }

    new = m->new;
    n = new->people++;
    memcpy(new->user[n], user, KEYAUTH_STORE_DIGEST);
    new->stamp[n] = stamp;

    if (has) {
        memcpy(new->sketch[n], m->old->sketch[m->at], KEYAUTH_LIVE_SKETCH);
        return 0;
    }

    m->opened++;

    return KEYAUTH_STORE_OPEN;
}


/* the template has not changed since it was opened */
static int
keyauth_crowd_has(const keyauth_crowd_merge_t *m, uint64_t stamp,
    const uint8_t user[KEYAUTH_STORE_DIGEST])
{
    return m->at < m->old->people && m->old->stamp[m->at] == stamp
           && memcmp(m->old->user[m->at], user, KEYAUTH_STORE_DIGEST) == 0;
}


/* who cannot be compared has no keys, and is nobody's neighbour */
static int
keyauth_crowd_each(void *data, const keyauth_store_record_t *record)
{
    keyauth_crowd_merge_t  *m = data;

    uint8_t                 *sketch;
    keyauth_live_template_t  t;

    sketch = m->new->sketch[m->new->people - 1];

    if (record != NULL
        && keyauth_live_read(&t, record->bytes, record->size) == 0
        && t.rows >= KEYAUTH_LIVE_ROWS_MIN)
    {
        keyauth_live_sketch(&t, sketch);

    } else {
        memset(sketch, 0, KEYAUTH_LIVE_SKETCH);
    }

    return 0;
}


static keyauth_store_e
keyauth_crowd_one(const keyauth_live_t *live, keyauth_store_t *s,
    const keyauth_crowd_phrase_t *p, const keyauth_request_t *request,
    keyauth_naming_t *naming)
{
    double                   score, best, sum;
    uint8_t                  sketch[KEYAUTH_LIVE_SKETCH];
    uint32_t                 i, n, rows, near[KEYAUTH_CROWD_NEAR];
    struct timespec          start, end;
    keyauth_store_e          e;
    keyauth_live_sample_t    sample;
    keyauth_store_record_t   record;
    keyauth_live_template_t  t;

    (void) clock_gettime(CLOCK_MONOTONIC, &start);

    naming->n = 0;
    naming->step = 0;
    naming->warnings = keyauth_warnings(request, request->keys,
                                        &naming->step);
    best = -HUGE_VAL;
    sum = 0;
    rows = 0;

    keyauth_live_sample(live, request->press, request->release,
                        request->keys, &sample);
    keyauth_live_sketch_sample(&sample, sketch);
    n = keyauth_live_nearest(p->sketch[0], p->people, sketch,
                             KEYAUTH_CROWD_NEAR, near);

    for (i = 0; i < n; i++) {
        e = keyauth_store_get_user(s, p->phrase, strlen(p->phrase),
                                   p->user[near[i]], &record);

        /* who was forgotten, or has enrolled anew, since a moment ago */

        if (e == KEYAUTH_STORE_NONE) {
            continue;
        }

        if (e != KEYAUTH_STORE_OK) {
            return e;
        }

        if (keyauth_live_read(&t, record.bytes, record.size) != 0
            || t.keys != sample.keys || t.rows < KEYAUTH_LIVE_ROWS_MIN)
        {
            continue;
        }

        score = keyauth_live_score(live, &t, &sample);

        if (score > best) {
            sum *= exp(best - score);
            best = score;
            rows = t.rows;
        }

        sum += exp(score - best);
        keyauth_crowd_place(naming, &record, score);
    }

    naming->accepted = naming->n > 0
                       && keyauth_crowd_accepts(live, request, rows,
                                                p->people, best);

    for (i = 0; i < naming->n; i++) {
        naming->candidate[i].score = exp(naming->candidate[i].score - best)
                                     / sum;
    }

    naming->top = (request->top < naming->n) ? request->top : naming->n;

    (void) clock_gettime(CLOCK_MONOTONIC, &end);
    naming->nsec = (uint64_t) (end.tv_sec - start.tv_sec) * 1000000000
                   + (uint64_t) end.tv_nsec - (uint64_t) start.tv_nsec;

    return KEYAUTH_STORE_OK;
}


/* among the candidates, if it is one of the best */
static void
keyauth_crowd_place(keyauth_naming_t *naming,
    const keyauth_store_record_t *record, double score)
{
    uint32_t  i;

    if (naming->n == KEYAUTH_CROWD_TOP
        && score <= naming->candidate[naming->n - 1].score)
    {
        return;
    }

    naming->n += naming->n < KEYAUTH_CROWD_TOP;

    for (i = naming->n - 1; i > 0 && naming->candidate[i - 1].score < score;
         i--)
    {
        naming->candidate[i] = naming->candidate[i - 1];
    }

    memcpy(naming->candidate[i].user, record->name.user,
           record->name.user_len);
    naming->candidate[i].user[record->name.user_len] = '\0';
    naming->candidate[i].score = score;
}


/* a stranger is compared with everybody: each may take as much of the FAR */
static int
keyauth_crowd_accepts(const keyauth_live_t *live,
    const keyauth_request_t *request, uint32_t rows, uint32_t people,
    double score)
{
    double           far;
    keyauth_point_t  point;

    if (request->far == 0) {
        return 1;
    }

    far = fmax(request->far / people, KEYAUTH_FAR_MIN);
    keyauth_live_point(live, rows, request->keys, 1, far, &point);

    return score >= point.threshold;
}


size_t
keyauth_crowd_answer_size(const keyauth_crowd_t *c)
{
    size_t    size;
    uint32_t  i;

    size = sizeof("[]");

    for (i = 0; i < c->n; i++) {
        size += sizeof("{\"UserID\":,\"Model\":\"LIVE\",\"Candidates\":[]},")
                + KEYAUTH_WARNINGS_MAX
                + (1 + c->naming[i].top)
                  * (sizeof("{\"UserID\":\"\",\"Score\":},")
                     + KEYAUTH_JSON_NUMBER_MAX
                     + KEYAUTH_JSON_ESCAPE_MAX * KEYAUTH_LABEL_MAX);
    }

    return size;
}


size_t
keyauth_crowd_answer_write(const keyauth_crowd_t *c, char *buf)
{
    char      *p;
    uint32_t   i;

    p = buf;

    if (c->array) {
        *p++ = '[';
    }

    for (i = 0; i < c->n; i++) {
        if (i > 0) {
            *p++ = ',';
        }

        p = keyauth_crowd_answer(&c->naming[i], p);
    }

    if (c->array) {
        *p++ = ']';
    }

    return (size_t) (p - buf);
}


static char *
keyauth_crowd_answer(const keyauth_naming_t *naming, char *p)
{
    uint32_t                i;
    const keyauth_named_t  *c;

    c = naming->candidate;
    p = keyauth_json_text(p, "{\"UserID\":");
    p = naming->accepted ? keyauth_answer_user(c->user, strlen(c->user), p)
                         : keyauth_json_text(p, "null");
    p = keyauth_json_text(p, ",\"Model\":\"LIVE\"");

    if (naming->top > 0) {
        p = keyauth_json_text(p, ",\"Candidates\":[");

        for (i = 0; i < naming->top; i++) {
            p = (i > 0) ? keyauth_json_text(p, ",{\"UserID\":")
                        : keyauth_json_text(p, "{\"UserID\":");
            p = keyauth_answer_user(c[i].user, strlen(c[i].user), p);
            p = keyauth_json_text(p, ",\"Score\":");
            p = keyauth_json_number(p, c[i].score);
            *p++ = '}';
        }

        *p++ = ']';
    }

    p = keyauth_answer_warnings(p, naming->warnings, naming->step);
    *p++ = '}';

    return p;
}
