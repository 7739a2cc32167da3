/*
 * A forest as JSON: see forest.h.
 */


#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "forest.h"


static void keyauth_forest_json_string(FILE *f, const char *s);
static void keyauth_forest_json_labels(FILE *f, const keyauth_grown_t *g,
    char *const *labels);
static void keyauth_forest_json_tree(FILE *f, const keyauth_grown_t *g,
    uint32_t tree);
static void keyauth_forest_json_value(FILE *f, const keyauth_grown_t *g,
    uint32_t value);


char *
keyauth_forest_json(const keyauth_grown_t *g,
    const keyauth_forest_recipe_t *recipe, char *const *labels, size_t *len)
{
    FILE      *f;
    char      *json;
    uint32_t   i;

    json = NULL;
    f = open_memstream(&json, len);

    if (f == NULL) {
        return NULL;
    }

    fprintf(f, "{\"format\":\"keyauth forest\",\"version\":1,\n"
            "\"features\":[\"HT.Mean\",\"HT.STD\",\"PPT.Mean\",\"PPT.STD\","
            "\"RRT.Mean\",\"RRT.STD\",\"RPT.Mean\",\"RPT.STD\"],\n"
            "\"parameters\":{\"trees\":%u,\"criterion\":\"gini\","
            "\"max_features\":%u,\"bootstrap\":%s,\"seed\":%llu},\n",
            (unsigned) g->head.trees, (unsigned) recipe->max_features,
            recipe->bootstrap ? "true" : "false",
            (unsigned long long) recipe->seed);

    keyauth_forest_json_labels(f, g, labels);
    fputs("\"trees\":[\n", f);

    for (i = 0; i < g->head.trees; i++) {
        keyauth_forest_json_tree(f, g, i);
        fputs(i + 1 < g->head.trees ? ",\n" : "\n", f);
    }

    fputs("]}\n", f);

    if (fclose(f) != 0) {
        free(json);
        return NULL;
    }

    return json;
}


static void
keyauth_forest_json_string(FILE *f, const char *s)
{
    char   *text;
    cJSON  *item;

    item = cJSON_CreateStringReference(s);
    text = item != NULL ? cJSON_PrintUnformatted(item) : NULL;

    if (text == NULL) {
        keyauth_say("out of memory");
        exit(1);
    }

    fputs(text, f);
    cJSON_free(text);
    cJSON_Delete(item);
}


static void
keyauth_forest_json_labels(FILE *f, const keyauth_grown_t *g,
    char *const *labels)
{
    uint32_t  i;

    fputs("\"labels\":[", f);

    for (i = 0; i < g->head.classes; i++) {
        keyauth_forest_json_string(f, labels[i]);
        fputs(i + 1 < g->head.classes ? "," : "],\n", f);
    }
}


/* nodes are numbered from the root's 0; -1 in place of what a node has not */
static void
keyauth_forest_json_tree(FILE *f, const keyauth_grown_t *g, uint32_t tree)
{
    uint32_t               i, n, value;
    const keyauth_node_t  *node;

    node = g->nodes + g->base[tree] + 1;
    n = g->base[tree + 1] - g->base[tree] - 1;
    fputs("{\"feature\":[", f);

    for (i = 0; i < n; i++) {
        fprintf(f, "%s%d", i ? "," : "", keyauth_node_is_leaf(node[i])
                                         ? -1 : (int) (node[i].link & 0xff));
    }

    fputs("],\n\"threshold\":[", f);

    for (i = 0; i < n; i++) {
        fprintf(f, "%s%.9g", i ? "," : "", keyauth_node_is_leaf(node[i])
                                           ? 0 : (double) node[i].threshold);
    }

    fputs("],\n\"left\":[", f);

    for (i = 0; i < n; i++) {
        fprintf(f, "%s%d", i ? "," : "", keyauth_node_is_leaf(node[i])
                                         ? -1
                                         : (int) (i + (node[i].link >> 8)));
    }

    fputs("],\n\"right\":[", f);

    for (i = 0; i < n; i++) {
        fprintf(f, "%s%d", i ? "," : "", keyauth_node_is_leaf(node[i])
                                         ? -1
                                         : (int) (i + (node[i].link >> 8)
                                                  + 1));
    }

    fputs("],\n\"value\":[", f);

    for (i = 0; i < n; i++) {
        fputs(i ? "," : "", f);
        value = keyauth_node_value(node[i]);

        if (!keyauth_node_is_leaf(node[i])) {
            fputs("-1", f);

        } else if (value < g->head.classes) {
            fprintf(f, "%u", (unsigned) value);

        } else {
            keyauth_forest_json_value(f, g, value - g->head.classes);
        }
    }

    fputs("]}", f);
}


/* a mixed leaf: [[class, share], ...] */
static void
keyauth_forest_json_value(FILE *f, const keyauth_grown_t *g, uint32_t value)
{
    uint32_t  i;

    fputc('[', f);

    for (i = g->mixed[value]; i < g->mixed[value + 1]; i++) {
        fprintf(f, "%s[%u,%.17g]", i > g->mixed[value] ? "," : "",
                (unsigned) g->shares[i].label, g->shares[i].share);
    }

    fputc(']', f);
}
