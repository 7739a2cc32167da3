/*
 * The coarse pass of identifications: see keyauth_live.h.
 *
 * A sketch is the number of keys, and the middle of a template's holds and
 * presses on the compressed scale, a byte each; where there are more than it
 * has bytes, neighbours are put together.  A distance counts no byte for more
 * than a little, so that one pause does not hide a person.
 */


#include <string.h>

#include "keyauth_fusion.h"
#include "keyauth_live.h"


#define KEYAUTH_LIVE_SKETCH_UNIT  40.0  /* of the compressed scale, <= 6.1 */
#define KEYAUTH_LIVE_SKETCH_FAR   30    /* no byte is farther */
#define KEYAUTH_LIVE_SKETCH_SIDE  16    /* bytes at once */

typedef uint8_t  keyauth_live_bytes_t
    __attribute__((vector_size(KEYAUTH_LIVE_SKETCH_SIDE), aligned(1),
                   may_alias));

/* they add up in a byte */
typedef char  keyauth_live_sketch_fits_t
    [(KEYAUTH_LIVE_SKETCH / KEYAUTH_LIVE_SKETCH_SIDE
      * KEYAUTH_LIVE_SKETCH_FAR <= 255) ? 1 : -1];


static void keyauth_live_fold(const double *step, uint32_t keys,
    uint8_t *sketch);
static double keyauth_live_scale(uint16_t step);
static void keyauth_live_sort(uint16_t *steps, uint32_t n);
static uint32_t keyauth_live_distance(const uint8_t *a, const uint8_t *b);


void
keyauth_live_sketch(const keyauth_live_template_t *t,
    uint8_t sketch[KEYAUTH_LIVE_SKETCH])
{
    double    step[KEYAUTH_LIVE_STEPS_MAX];
    uint16_t  rows[KEYAUTH_LIVE_ROWS_MAX];
    uint32_t  i, r;

    for (i = 0; i < 2 * t->keys - 1; i++) {
        step[i] = 0;

        for (r = 0; r < t->rows; r++) {
            rows[r] = t->row[r].steps[i];
        }

        if (t->rows > 0) {
            keyauth_live_sort(rows, t->rows);
            step[i] = (keyauth_live_scale(rows[(t->rows - 1) / 2])
                       + keyauth_live_scale(rows[t->rows / 2])) / 2;
        }
    }

    keyauth_live_fold(step, t->keys, sketch);
}


void
keyauth_live_sketch_sample(const keyauth_live_sample_t *sample,
    uint8_t sketch[KEYAUTH_LIVE_SKETCH])
{
    double    step[KEYAUTH_LIVE_STEPS_MAX];
    uint32_t  i;

    for (i = 0; i < 2 * sample->keys - 1; i++) {
        step[i] = keyauth_live_scale(sample->steps[i]);
    }

    keyauth_live_fold(step, sample->keys, sketch);
}


static void
keyauth_live_fold(const double *step, uint32_t keys, uint8_t *sketch)
{
    double    sum;
    uint32_t  i, j, n, begin, end, parts;

    memset(sketch, 0, KEYAUTH_LIVE_SKETCH);
    n = 2 * keys - 1;
    parts = n < KEYAUTH_LIVE_SKETCH ? n : KEYAUTH_LIVE_SKETCH - 1;
    *sketch++ = (uint8_t) keys;

    for (i = 0; i < parts; i++) {
        begin = i * n / parts;
        end = (i + 1) * n / parts;
        sum = 0;

        for (j = begin; j < end; j++) {
            sum += step[j];
        }

        sketch[i] = (uint8_t) (KEYAUTH_LIVE_SKETCH_UNIT * sum / (end - begin)
                               + 0.5);
    }
}


static double
keyauth_live_scale(uint16_t step)
{
    return keyauth_fusion_compress(step * KEYAUTH_LIVE_STEP_MS);
}


/* so few that nothing else is faster */
static void
keyauth_live_sort(uint16_t *steps, uint32_t n)
{
    uint16_t  step;
    uint32_t  i, j;

    for (i = 1; i < n; i++) {
        step = steps[i];

        for (j = i; j > 0 && steps[j - 1] > step; j--) {
            steps[j] = steps[j - 1];
        }

        steps[j] = step;
    }
}


/* without branches, both halves at once in the bytes of one */
static uint32_t
keyauth_live_distance(const uint8_t *a, const uint8_t *b)
{
    int                    i, j;
    uint32_t               sum;
    keyauth_live_bytes_t   x, y, d, over, all;

    all = (keyauth_live_bytes_t) { 0 };

    for (i = 0; i < KEYAUTH_LIVE_SKETCH; i += KEYAUTH_LIVE_SKETCH_SIDE) {
        memcpy(&x, a + i, sizeof(x));
        memcpy(&y, b + i, sizeof(y));

        over = (keyauth_live_bytes_t) (x > y);
        d = ((x - y) & over) | ((y - x) & ~over);
        over = (keyauth_live_bytes_t) (d > KEYAUTH_LIVE_SKETCH_FAR);
        all += (d & ~over) | (KEYAUTH_LIVE_SKETCH_FAR & over);
    }

    sum = 0;

    for (j = 0; j < KEYAUTH_LIVE_SKETCH_SIDE; j++) {
        sum += all[j];
    }

    return sum;
}


uint32_t
keyauth_live_nearest(const uint8_t *sketches, uint32_t n,
    const uint8_t sketch[KEYAUTH_LIVE_SKETCH], uint32_t k, uint32_t *index)
{
    uint32_t        i, j, d, count, distance[KEYAUTH_LIVE_NEAREST];
    const uint8_t  *at;

    count = 0;

    if (k > KEYAUTH_LIVE_NEAREST) {
        k = KEYAUTH_LIVE_NEAREST;
    }

    for (i = 0; i < n && k > 0; i++) {
        at = sketches + (size_t) i * KEYAUTH_LIVE_SKETCH;

        if (at[0] != sketch[0]) {
            continue;
        }

        d = keyauth_live_distance(at, sketch);

        if (count == k && d >= distance[k - 1]) {
            continue;
        }

        count += count < k;

        for (j = count - 1; j > 0 && distance[j - 1] > d; j--) {
            distance[j] = distance[j - 1];
            index[j] = index[j - 1];
        }

        distance[j] = d;
        index[j] = i;
    }

    return count;
}
