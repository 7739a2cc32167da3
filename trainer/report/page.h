/*
 * The report: one page of HTML, which holds what it shows and all that shows
 * it, and asks nobody for anything.
 */


#ifndef KEYAUTH_PAGE_H_INCLUDED
#define KEYAUTH_PAGE_H_INCLUDED


#include <cjson/cJSON.h>


/* index.html in the directory, which is made */
int keyauth_page_write(const cJSON *figures, const char *directory,
    char *err);


#endif /* KEYAUTH_PAGE_H_INCLUDED */
