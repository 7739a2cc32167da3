/*
 * LIVE's likelihood ratio against phrase.py, where that is present.
 *
 *     KEYAUTH_PHRASE     phrase.py, the ratio in NumPy
 *     KEYAUTH_REAL_DATA  the challenge's CSV
 */


#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keyauth_kernels.h"
#include "live_fit.h"
#include "util.h"


static const char  script[] =
"import sys, os\n"
"path, data, half = sys.argv[1], sys.argv[2], int(sys.argv[3])\n"
"sys.path.insert(0, os.path.dirname(path))\n"
"sys.argv = sys.argv[:1]\n"
"import phrase as p\n"
"np, d = p.np, p.pd.read_csv(data)\n"
"u, t = p.pd.factorize(d['user'])[0], d.drop(columns='user').to_numpy(float)\n"
"known = u < half\n"
"g = p.background(t[known], u[known])\n"
"first = [np.flatnonzero(u == k) for k in range(u.max() + 1)]\n"
"rows = np.array([f[-1] for f in first])\n"
"s = [p.ratio(t[rows], t[f[:6]], g) for f in first]\n"
"sys.stdout.buffer.write(np.array(s).astype('<f8').tobytes())\n";


/* everybody's last row against everybody's first six */
static void
compare_phrase(const char *phrase, const char *data, uint32_t half)
{
    char                      command[8192], err[KEYAUTH_ERROR_MAX];
    FILE                     *f;
    double                   *want, got, part[KEYAUTH_LIVE_COMPARED], weight[6];
    double                    worst;
    size_t                    n;
    uint16_t                 *all;
    uint32_t                  i, j, k;
    keyauth_dataset_t         d;
    keyauth_typist_t         *who;
    keyauth_background_t      b;
    keyauth_live_sample_t     s;
    keyauth_live_template_t   t;

    snprintf(command, sizeof(command), "/usr/bin/python3 -c \"%s\" '%s' '%s' "
             "%u 2>/dev/null", script, phrase, data, (unsigned) half);
    f = popen(command, "r");
    assert_non_null(f);
    assert_int_equal(keyauth_dataset_read(&d, data, err), 0);
    n = (size_t) d.classes * d.classes;
    want = keyauth_alloc(n, sizeof(double));

    if (fread(want, sizeof(double), n, f) != n || pclose(f) != 0) {
        printf("# no Python with phrase.py's libraries\n");
        free(want);
        keyauth_dataset_free(&d);
        skip();
    }

    who = keyauth_typists(&d, &all);
    keyauth_background_fit(&b, who, half, 1);
    worst = 0;

    for (i = 0; i < 6; i++) {
        weight[i] = 1;
    }

    for (i = 0; i < d.classes; i++) {
        keyauth_typist_template(&who[i], 0, 6, &t);

        for (j = 0; j < d.classes; j++) {
            keyauth_typist_sample(&b.view, &who[j], who[j].rows - 1, &s);
            b.view.kernels->live_compare(&t, &s, weight, b.view.head.width,
                                         part);
            got = 0;

            for (k = 0; k < KEYAUTH_LIVE_KINDS; k++) {
                got += part[k * KEYAUTH_LIVE_PARTS] * (d.keys - (k > 0));
            }

            worst = fmax(worst, fabs(got - want[(size_t) i * d.classes + j]));
        }
    }

    printf("# %zu scores differ from phrase.py's by %.1e\n", n, worst);
    assert_true(worst < 1e-5);

    keyauth_background_free(&b);
    keyauth_dataset_free(&d);
    free(who);
    free(all);
    free(want);
}


static void
test_phrase(void **state)
{
    const char  *data, *phrase;

    (void) state;

    phrase = getenv("KEYAUTH_PHRASE");
    phrase = phrase ? phrase : "../shared/research/phrase.py";
    data = getenv("KEYAUTH_REAL_DATA");
    data = data ? data : "../shared/data/Train_keystroke.csv";

    if (access(phrase, R_OK) != 0 || access(data, R_OK) != 0) {
        printf("# no real data or no phrase.py\n");
        skip();
    }

    compare_phrase(phrase, data, 55);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_phrase)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
