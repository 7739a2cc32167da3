/*
 * Fuzzes the verifier of model files.  A file that passes is made ready and
 * asked: whatever is verified, the kernels check nothing any more.
 *
 * Nearly all files get the digest that is right for them, else none would
 * pass the first check; the mutator knows where sections are.
 */


#include "fuzz.h"

#include "keyauth_engine.h"
#include "keyauth_features.h"
#include "keyauth_point.h"


#define FUZZ_ROOM  ((size_t) 1 << 26)


size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
    unsigned seed);

static void fuzz_ask(const keyauth_model_t *m);
static void fuzz_verify(keyauth_engine_t *e, const keyauth_request_t *r);
static void fuzz_live(const keyauth_live_t *live, const uint8_t *bytes,
    size_t size);
static void fuzz_sample(keyauth_request_t *r, uint32_t keys);


/* half of the time a word of some section becomes what is often too much */
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    size_t                  at, room;
    uint32_t                n, word;
    keyauth_file_header_t   h;
    keyauth_file_section_t  s;

    static const uint32_t  values[] = {
        0, 1, 2, 7, 63, 64, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff,
        0x7f800000, 0x7fc00000, 0x7ff00000, 0x7ff80000
    };

    if (seed % 2 == 0 || size < sizeof(h)) {
        return LLVMFuzzerMutate(data, size, max);
    }

    memcpy(&h, data, sizeof(h));
    n = h.sections % (KEYAUTH_FILE_SECTIONS_MAX + 1);

    if (n == 0 || size < sizeof(h) + n * sizeof(s)) {
        return LLVMFuzzerMutate(data, size, max);
    }

    memcpy(&s, data + sizeof(h) + seed / 2 % n * sizeof(s), sizeof(s));

    if (s.offset > size || s.size > size - s.offset || s.size < sizeof(word)) {
        return LLVMFuzzerMutate(data, size, max);
    }

    /* the beginnings of long sections matter as much as all the rest */

    seed /= 128;
    room = seed % 2 && s.size > 64 ? 64 : s.size;
    at = s.offset + seed / 2 % (room / sizeof(word)) * sizeof(word);
    memcpy(&word, data + at, sizeof(word));
    seed /= 64;

    if (seed % 4 == 0) {
        word += seed / 4 % 64 - 32;

    } else {
        word = values[seed / 4 % (sizeof(values) / sizeof(values[0]))];
    }

    memcpy(data + at, &word, sizeof(word));

    return size;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char                    err[KEYAUTH_ERROR_MAX];
    uint8_t                *file;
    keyauth_model_t         m;
    keyauth_file_header_t  *h;

    file = fuzz_copy(data, size);
    h = (keyauth_file_header_t *) (void *) file;

    if (size >= sizeof(*h) && h->digest[0] != 0xff) {
        h->size = size;
        fuzz_assert(keyauth_signature_digest(file, size, h->digest) == 0);
    }

    memset(err, 0x7f, sizeof(err));

    if (keyauth_model_read(&m, file, size, NULL, err) == 0) {
        fuzz_ask(&m);
        keyauth_model_close(&m);

    } else {
        fuzz_assert(memchr(err, '\0', sizeof(err)) != NULL && err[0] != '\0');
    }

    free(file);

    return 0;
}


static void
fuzz_ask(const keyauth_model_t *m)
{
    char               err[KEYAUTH_ERROR_MAX];
    void              *memory;
    size_t             size;
    uint32_t           c, label;
    const char        *text;
    keyauth_model_e    model;
    keyauth_engine_t   e;
    keyauth_request_t  r;

    static keyauth_candidate_t  best[KEYAUTH_TOP_MAX];

    for (c = 0; c < m->classes; c++) {
        text = keyauth_model_label(m, c, &size);
        fuzz_assert(size >= 1 && size <= KEYAUTH_LABEL_MAX);
        fuzz_assert((const uint8_t *) text + size <= m->data + m->size);
    }

    size = keyauth_engine_size(m);
    fuzz_assert(size < FUZZ_ROOM);
    memory = aligned_alloc(64, (size + 63) & ~(size_t) 63);
    fuzz_assert(memory != NULL);

    /* golden rows may have other answers now; there is no other reason */

    if (keyauth_engine_init(&e, m, memory, err) != 0) {
        fuzz_assert(strncmp(err, "known-answer test: ", 19) == 0);
    }

    fuzz_sample(&r, m->keys);

    for (model = 0; model < KEYAUTH_MODELS; model++) {
        if (m->models & (1u << model)) {
            label = keyauth_engine_predict(&e, model, &r);
            fuzz_assert(label < m->classes);
            fuzz_assert(keyauth_engine_top(&e, model, best, KEYAUTH_TOP_MAX)
                        <= m->classes);
        }
    }

    if (m->models & (1u << KEYAUTH_FUSION)) {
        fuzz_verify(&e, &r);
    }

    if (m->live.head.people > 0) {
        fuzz_live(&m->live, m->data, m->size);
    }

    free(memory);
}


static void
fuzz_verify(keyauth_engine_t *e, const keyauth_request_t *r)
{
    uint32_t               i;
    const keyauth_model_t *m;
    keyauth_point_t        p;

    m = e->model;

    (void) keyauth_engine_verify(e, m->classes - 1, r, 1);

    if (m->points == 0) {
        return;
    }

    for (i = 0; i <= KEYAUTH_ATTEMPTS_MAX; i++) {
        p = keyauth_point_at(i < KEYAUTH_ATTEMPTS_MAX
                             ? m->verify + i * m->points : m->unknown,
                             m->points, KEYAUTH_FAR_MIN * (1 + i));
        fuzz_assert(isfinite(p.threshold));
        fuzz_assert(p.frr >= -1e-9 && p.frr <= 1 + 1e-9);
    }
}


/* a template of the file's own bytes, whatever they are */
static void
fuzz_live(const keyauth_live_t *live, const uint8_t *bytes, size_t size)
{
    uint32_t                  i, r;
    keyauth_point_t           p;
    keyauth_live_sample_t     s;
    keyauth_live_template_t   t;

    keyauth_live_init(&t, 2 + bytes[0] % 63);
    t.rows = 1 + bytes[size / 2] % KEYAUTH_LIVE_ROWS_MAX;

    for (r = 0; r < t.rows; r++) {
        for (i = 0; i < 2 * t.keys - 1; i++) {
            t.row[r].steps[i] = (uint16_t) (bytes[(r * 127 + i) % size] * 257);
        }
    }

    for (r = 0; r < t.rows; r++) {
        keyauth_live_sample_row(live, &t.row[r], t.keys, &s);
        fuzz_assert(isfinite(keyauth_live_score(live, &t, &s)));
    }

    keyauth_live_point(live, t.rows, t.keys, 1 + bytes[1] % 5,
                       KEYAUTH_FAR_MIN, &p);
    fuzz_assert(isfinite(p.threshold));
    (void) keyauth_live_consistent(live, &t, &s);
    (void) keyauth_live_learn(live, &t, &s, 1, 0.01, 12, 1);
}


static void
fuzz_sample(keyauth_request_t *r, uint32_t keys)
{
    uint32_t  i;

    memset(r, 0, sizeof(*r));
    r->keys = keys;

    for (i = 0; i < keys; i++) {
        r->press[i] = i * 170.5;
        r->release[i] = i * 170.5 + 90;
    }

    keyauth_features_summary(r->press, r->release, keys, r->summary);
}
