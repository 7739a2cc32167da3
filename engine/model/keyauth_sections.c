/*
 * Sections of a model file: see keyauth_sections.h.
 */


#include <math.h>
#include <stdio.h>
#include <string.h>

#include "keyauth_sections.h"


static int keyauth_sections_table(const keyauth_sections_t *s, size_t size);
static int keyauth_sections_schema(keyauth_model_t *m, keyauth_sections_t *s);
static int keyauth_sections_labels(keyauth_model_t *m, keyauth_sections_t *s);
static int keyauth_sections_golden(keyauth_model_t *m, keyauth_sections_t *s);


int
keyauth_sections_read(keyauth_model_t *m, char *err)
{
    keyauth_sections_t            s;
    const keyauth_file_header_t  *h;

    h = (const keyauth_file_header_t *) (const void *) m->data;

    memset(&s, 0, sizeof(s));
    s.data = m->data;
    s.sections = h->sections;
    s.table = (const keyauth_file_section_t *) (const void *) (h + 1);
    s.err = err;

    if (keyauth_sections_table(&s, m->size) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "the section table is bad");
        return -1;
    }

    if (keyauth_sections_schema(m, &s) != 0
        || keyauth_sections_labels(m, &s) != 0
        || keyauth_sections_golden(m, &s) != 0
        || keyauth_sections_models(m, &s) != 0)
    {
        return -1;
    }

    if (s.found != s.sections) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%u of %u sections are unknown",
                 s.sections - s.found, s.sections);
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

    if (!s->bad) {
        s->bad = 1;
        snprintf(s->err, KEYAUTH_ERROR_MAX,
                 "section \"%s\" is missing or has a wrong size", name);
    }

    return s->data;
}


const void *
keyauth_sections_array(keyauth_sections_t *s, const char *name, size_t unit,
    size_t count)
{
    size_t       n;
    const void  *p;

    p = keyauth_sections_bytes(s, name, unit, &n);

    if (n != count && !s->bad) {
        s->bad = 1;
        snprintf(s->err, KEYAUTH_ERROR_MAX,
                 "section \"%s\" has %zu elements and should have %zu", name,
                 n, count);
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


static int
keyauth_sections_schema(keyauth_model_t *m, keyauth_sections_t *s)
{
    keyauth_file_schema_t  schema;

    memset(&schema, 0, sizeof(schema));
    keyauth_sections_head(s, "schema", &schema, sizeof(schema));
    m->card = keyauth_sections_bytes(s, "card", 1, &m->card_size);

    if (s->bad) {
        return -1;
    }

    if (schema.keys < KEYAUTH_KEYS_MIN || schema.keys > KEYAUTH_KEYS_MAX
        || schema.classes < 2 || schema.classes > KEYAUTH_CLASSES_MAX
        || schema.ddof != 1)
    {
        snprintf(s->err, KEYAUTH_ERROR_MAX,
                 "a schema of %u keys, %u users and ddof %u is not supported",
                 schema.keys, schema.classes, schema.ddof);
        return -1;
    }

    m->keys = schema.keys;
    m->classes = schema.classes;

    return 0;
}


static int
keyauth_sections_labels(keyauth_model_t *m, keyauth_sections_t *s)
{
    size_t           i, size, text;
    const char      *p;
    const uint32_t  *offset;

    p = keyauth_sections_bytes(s, "labels", 1, &size);
    offset = (const uint32_t *) (const void *) p;
    text = ((size_t) m->classes + 1) * sizeof(uint32_t);
    m->label_max = 0;

    if (s->bad) {
        return -1;
    }

    if (size < text || offset[0] != 0 || offset[m->classes] != size - text) {
        goto invalid;
    }

    for (i = 0; i < m->classes; i++) {
        if (offset[i] >= offset[i + 1] || offset[i + 1] > size - text
            || offset[i + 1] - offset[i] > KEYAUTH_LABEL_MAX)
        {
            goto invalid;
        }

        if (offset[i + 1] - offset[i] > m->label_max) {
            m->label_max = offset[i + 1] - offset[i];
        }
    }

    for (i = text; i < size; i++) {
        if ((uint8_t) p[i] < 0x20) {
            goto invalid;
        }
    }

    m->label_offset = offset;
    m->label_text = p + text;

    return 0;

invalid:

    snprintf(s->err, KEYAUTH_ERROR_MAX, "the labels are bad");

    return -1;
}


static int
keyauth_sections_golden(keyauth_model_t *m, keyauth_sections_t *s)
{
    size_t                 i, size, times;
    const char            *p;
    keyauth_file_golden_t  golden;

    p = keyauth_sections_bytes(s, "golden", 1, &size);

    if (s->bad) {
        return -1;
    }

    if (size < sizeof(golden)) {
        goto invalid;
    }

    memcpy(&golden, p, sizeof(golden));
    times = (size_t) golden.rows * 2 * m->keys;

    if (size != sizeof(golden) + times * sizeof(double)
                + (size_t) golden.rows * KEYAUTH_MODELS * sizeof(uint32_t))
    {
        goto invalid;
    }

    m->golden_rows = golden.rows;
    m->golden = (const double *) (const void *) (p + sizeof(golden));
    m->golden_label = (const uint32_t *) (const void *) (m->golden + times);

    for (i = 0; i < times; i++) {
        if (!(fabs(m->golden[i]) <= KEYAUTH_MS_MAX)) {
            goto invalid;
        }
    }

    return 0;

invalid:

    snprintf(s->err, KEYAUTH_ERROR_MAX, "the golden rows are bad");

    return -1;
}
