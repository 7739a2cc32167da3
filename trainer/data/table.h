/*
 * Tables in files: records of fields that commas, semicolons or tabs
 * separate.  libcsv reads the grammar.
 */


#ifndef KEYAUTH_TABLE_H_INCLUDED
#define KEYAUTH_TABLE_H_INCLUDED


#include <stddef.h>
#include <stdint.h>


#define KEYAUTH_TABLE_LINE_MAX    65536 /* bytes of one line */
#define KEYAUTH_TABLE_FIELDS_MAX  1024


/* blanks around a field are not its own, except where there is nothing else */
typedef struct {
    char      *text;                    /* NUL-terminated, and none within */
    size_t     len;
} keyauth_field_t;


typedef struct {
    uint64_t          line;             /* where it ended, from 1 */
    unsigned          fields;
    keyauth_field_t   field[KEYAUTH_TABLE_FIELDS_MAX];
} keyauth_record_t;


/*
 * Both return 0 to go on, and -1 to stop.  separator is ',', ';' or '\t'.
 * bad: what is at the line is no record, and the next line will be read as
 * one; column is from 1, or 0.
 */
typedef struct {
    int     (*record)(void *data, const keyauth_record_t *r, char separator);
    int     (*bad)(void *data, uint64_t line, unsigned column,
                   const char *reason);
    void     *data;
} keyauth_table_t;


/*
 * Reads a file and computes its SHA-256.  0: all was read; -1: a callback
 * stopped it, or err says why it could not be read; the caller sets err[0]
 * to NUL before.  lines: how many there are, and the line of the error.
 */
int keyauth_table_read(const keyauth_table_t *t, const char *path,
    uint8_t *digest, uint64_t *lines, char *err);


#endif /* KEYAUTH_TABLE_H_INCLUDED */
