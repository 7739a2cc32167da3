/*
 * Sections of a model file: see keyauth_sections.h.
 */


#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "keyauth_sections.h"


static int keyauth_sections_table(const keyauth_sections_t *s, size_t size);


int
keyauth_sections_init(keyauth_sections_t *s, const uint8_t *data, size_t size,
    char *err)
{
    const keyauth_file_header_t  *h;

    h = (const keyauth_file_header_t *) (const void *) data;

    memset(s, 0, sizeof(*s));
    s->data = data;
    s->sections = h->sections;
    s->table = (const keyauth_file_section_t *) (const void *) (h + 1);
    s->err = err;

    if (keyauth_sections_table(s, size) != 0) {
        keyauth_sections_refuse(s, "the section table is bad");
        return -1;
    }

    return 0;
}


static int
keyauth_sections_table(const keyauth_sections_t *s, size_t size)
{
    size_t                         end;
    uint32_t                       i;
    const keyauth_file_section_t  *t;

    if (s->sections > KEYAUTH_FILE_SECTIONS_MAX) {
        return -1;
    }

    end = sizeof(keyauth_file_header_t)
          + s->sections * sizeof(keyauth_file_section_t);

    if (end > size) {
        return -1;
    }

    /* sections stand in the table's order, none over another */
    for (i = 0; i < s->sections; i++) {
        t = &s->table[i];

        if (t->offset % KEYAUTH_FILE_ALIGN || t->offset < end
            || t->offset > size || t->size > size - t->offset
            || t->name[sizeof(t->name) - 1] != '\0')
        {
            return -1;
        }

        end = t->offset + t->size;
    }

    return 0;
}


int
keyauth_sections_has(const keyauth_sections_t *s, const char *name)
{
    uint32_t  i;

    for (i = 0; i < s->sections; i++) {
        if (strcmp(s->table[i].name, name) == 0) {
            return 1;
        }
    }

    return 0;
}


const void *
keyauth_sections_bytes(keyauth_sections_t *s, const char *name, size_t unit,
    size_t *count)
{
    uint32_t  i;

    *count = 0;

    for (i = 0; i < s->sections; i++) {

        if (strcmp(s->table[i].name, name) != 0) {
            continue;
        }

        if (s->table[i].size % unit) {
            break;
        }

        s->found++;
        *count = s->table[i].size / unit;

        return s->data + s->table[i].offset;
    }

    keyauth_sections_refuse(s, "section \"%s\" is missing or has a wrong size",
                            name);

    return s->data;
}


const void *
keyauth_sections_array(keyauth_sections_t *s, const char *name, size_t unit,
    size_t count)
{
    size_t       n;
    const void  *p;

    p = keyauth_sections_bytes(s, name, unit, &n);

    if (n != count) {
        keyauth_sections_refuse(s, "section \"%s\" has %zu elements and should "
                                "have %zu", name, n, count);
    }

    return p;
}


void
keyauth_sections_head(keyauth_sections_t *s, const char *name, void *head,
    size_t size)
{
    const void  *p;

    p = keyauth_sections_array(s, name, size, 1);

    if (!s->bad) {
        memcpy(head, p, size);
    }
}


void
keyauth_sections_refuse(keyauth_sections_t *s, const char *format, ...)
{
    va_list  args;

    if (s->bad) {
        return;
    }

    s->bad = 1;
    va_start(args, format);
    vsnprintf(s->err, KEYAUTH_ERROR_MAX, format, args);
    va_end(args);
}
