/*
 * Reading a body of /predict: the engine's own reader, yyjson and cJSON, each
 * from bytes to a tree, in turns; bench/json.sh builds and runs it.
 *
 *     json BODY ...
 *
 * yyjson gets its fastest form: memory that is there already, and no flags.
 * Prints microseconds a body, the median of the rounds.
 */


#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#include "keyauth_body.h"
#include "keyauth_refusal.h"
#include "statistics.h"
#include "util.h"


#define ROUNDS  51
#define TIMES   2000

#define POOL    (1 << 20)


typedef int (*read_pt)(const char *body, size_t len);


static keyauth_body_t  memory;
static char            pool[POOL];


static int
read_keyauth(const char *body, size_t len)
{
    keyauth_place_t    at;
    keyauth_problem_t  problem;

    keyauth_place_init(&at, &problem, 13);

    return keyauth_body_read(&memory, &at, body, len) != NULL;
}


static int
read_yyjson(const char *body, size_t len)
{
    yyjson_alc  alc;

    yyjson_alc_pool_init(&alc, pool, sizeof(pool));

    return yyjson_read_opts((char *) body, len, 0, &alc, NULL) != NULL;
}


static int
read_cjson(const char *body, size_t len)
{
    cJSON  *tree;

    tree = cJSON_ParseWithLength(body, len);
    cJSON_Delete(tree);

    return tree != NULL;
}


static double
measure(read_pt read, const char *body, size_t len)
{
    int     i;
    double  t;

    t = keyauth_now();

    for (i = 0; i < TIMES; i++) {
        if (!read(body, len)) {
            fprintf(stderr, "json: the body is refused\n");
            exit(1);
        }
    }

    return (keyauth_now() - t) / TIMES * 1e6;
}


static void
compare(const char *name)
{
    int      i, k;
    FILE    *in;
    char     body[KEYAUTH_BODY_MAX];
    size_t   len;
    double   us[3][ROUNDS];

    static const read_pt  readers[] = { read_keyauth, read_yyjson, read_cjson };

    in = fopen(name, "r");
    len = in == NULL ? 0 : fread(body, 1, sizeof(body), in);

    if (len == 0) {
        fprintf(stderr, "json: %s cannot be read\n", name);
        exit(1);
    }

    fclose(in);

    for (i = 0; i < ROUNDS; i++) {
        for (k = 0; k < 3; k++) {
            us[k][i] = measure(readers[k], body, len);
        }
    }

    printf("%-24s %6zu bytes", name, len);

    for (k = 0; k < 3; k++) {
        printf("  %7.2f", keyauth_median(us[k], ROUNDS));
    }

    printf("\n");
}


int
main(int argc, char **argv)
{
    int  i;

    printf("%-24s %12s  %7s  %7s  %7s\n", "microseconds a body", "", "keyauth",
           "yyjson", "cJSON");

    for (i = 1; i < argc; i++) {
        compare(argv[i]);
    }

    return 0;
}
