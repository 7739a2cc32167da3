/*
 * The report's page: the template, with style, figures and script in it.
 */


#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "model_file.h"
#include "page.h"


/* the files become part of the program; mk/variants.mk names them too */
#define keyauth_page_file(name, file)                                         \
    __asm__(".section .rodata\n"                                              \
            ".global keyauth_page_" name "\n"                                 \
            "keyauth_page_" name ":\n"                                        \
            ".incbin \"" file "\"\n"                                          \
            ".byte 0\n"                                                       \
            ".previous\n")

keyauth_page_file("html", "trainer/report/page.html");
keyauth_page_file("base", "conf/page/base.css");
keyauth_page_file("css", "trainer/report/page.css");
keyauth_page_file("js", "trainer/report/page.js");

extern const char  keyauth_page_html[];
extern const char  keyauth_page_base[];
extern const char  keyauth_page_css[];
extern const char  keyauth_page_js[];


static void keyauth_page_json(FILE *page, const char *json);
static char *keyauth_page_text(const cJSON *figures, size_t *len, char *err);


int
keyauth_page_write(const cJSON *figures, const char *directory, char *err)
{
    int      rc;
    char    *text, path[4096];
    size_t   len;

    if (mkdir(directory, 0755) != 0 && errno != EEXIST) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: cannot be made: %s",
                 directory, strerror(errno));
        return -1;
    }

    text = keyauth_page_text(figures, &len, err);

    if (text == NULL) {
        return -1;
    }

    snprintf(path, sizeof(path), "%s/index.html", directory);
    rc = keyauth_file_save(path, text, len, err);
    free(text);

    return rc;
}


static char *
keyauth_page_text(const cJSON *figures, size_t *len, char *err)
{
    char        *json, *text;
    FILE        *page;
    unsigned     i;
    const char  *p, *mark;

    static const struct {
        const char  *mark;
        const char  *content;           /* NULL: the figures */
    } parts[] = {
        { "@BASE@", keyauth_page_base },
        { "@STYLE@", keyauth_page_css },
        { "@FIGURES@", NULL },
        { "@SCRIPT@", keyauth_page_js }
    };

    json = cJSON_PrintUnformatted(figures);
    page = open_memstream(&text, len);

    if (json == NULL || page == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for the report");
        return NULL;
    }

    p = keyauth_page_html;

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        mark = strstr(p, parts[i].mark);
        fwrite(p, 1, (size_t) (mark - p), page);

        if (parts[i].content != NULL) {
            fputs(parts[i].content, page);

        } else {
            keyauth_page_json(page, json);
        }

        p = mark + strlen(parts[i].mark);
    }

    fputs(p, page);
    cJSON_free(json);

    if (fclose(page) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for the report");
        return NULL;
    }

    return text;
}


/* a user's name may hold what would end the script that holds it */
static void
keyauth_page_json(FILE *page, const char *json)
{
    for ( /* void */ ; *json != '\0'; json++) {
        if (*json == '<') {
            fputs("\\u003c", page);

        } else {
            fputc(*json, page);
        }
    }
}
