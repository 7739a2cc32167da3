/*
 * The model file, byte for byte; docs/model-format.md is its manual.
 *
 * Little-endian.  A header, a table of sections, the sections.  Each section
 * starts at a multiple of 64 bytes and is an array that the kernels read in
 * place, so that a server maps the file and parses nothing.
 */


#ifndef KEYAUTH_FILE_H_INCLUDED
#define KEYAUTH_FILE_H_INCLUDED


#include "keyauth.h"


#define KEYAUTH_FILE_MAGIC        "KEYAUTH\n"
#define KEYAUTH_FILE_VERSION      1
#define KEYAUTH_FILE_ALIGN        64
#define KEYAUTH_FILE_SECTIONS_MAX 64


/*
 * The digest is the SHA-256 of the header's first 32 bytes and of all that
 * follows the header.  The signature is Ed25519 over
 * "keyauth model signature v1\n" and the digest; an unsigned file has zeros
 * for both key and signature.
 */
typedef struct {
    char      magic[8];
    uint32_t  version;
    uint32_t  sections;
    uint64_t  size;                     /* of the whole file */
    uint64_t  reserved;                 /* 0 */
    uint8_t   digest[32];
    uint8_t   public_key[32];
    uint8_t   signature[64];
    uint8_t   padding[32];              /* 0 */
} keyauth_file_header_t;                /* 192 bytes */


typedef struct {
    char      name[16];                 /* padded with NUL */
    uint64_t  offset;                   /* from the start of the file */
    uint64_t  size;                     /* in bytes, without padding */
} keyauth_file_section_t;               /* 32 bytes */


/* section "schema" */
typedef struct {
    uint32_t  keys;                     /* n of the typed string */
    uint32_t  classes;                  /* enrolled users, >= 2 */
    uint32_t  ddof;                     /* 1 */
    uint32_t  reserved;                 /* 0 */
} keyauth_file_schema_t;

/*
 * section "labels": uint32_t offset[classes + 1], then the spellings one
 * after the other in UTF-8, in the order of the classes: integers first by
 * value, then the others by their bytes.
 */

/*
 * section "golden": keyauth_file_golden_t, then for each row
 * double press[keys], double release[keys], then for each row
 * uint32_t label[KEYAUTH_MODELS], the class each model must answer.
 */
typedef struct {
    uint32_t  rows;
    uint32_t  reserved;                 /* 0 */
} keyauth_file_golden_t;

/* section "card": a JSON object in UTF-8 */


#endif /* KEYAUTH_FILE_H_INCLUDED */
