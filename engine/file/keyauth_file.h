/*
 * The model file, byte for byte; docs/model-format.md is its manual.
 *
 * Little-endian.  A header, a table of sections, the sections.  Each section
 * starts at a multiple of 64 bytes and is an array that the kernels read in
 * place, so that a server reads the file and parses nothing.
 */


#ifndef KEYAUTH_FILE_H_INCLUDED
#define KEYAUTH_FILE_H_INCLUDED


#include "keyauth.h"


#define KEYAUTH_FILE_MAGIC        "KEYAUTH\n"
#define KEYAUTH_FILE_VERSION      3
#define KEYAUTH_FILE_ALIGN        64
#define KEYAUTH_FILE_SECTIONS_MAX 64
#define KEYAUTH_FILE_KINDS_MAX    31


/*
 * The digest is the SHA-256 of the header's first 32 bytes, of the public key
 * and of all that follows the header.  The signature is Ed25519 over
 * "keyauth model signature v1\n" and the digest; an unsigned file has zeros
 * for both key and signature.
 */
typedef struct {
    char      magic[8];
    uint32_t  version;
    uint32_t  sections;
    uint64_t  size;                     /* of the whole file */
    uint64_t  created;                  /* seconds since 1970, UTC */
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
 * value, then the others by their bytes.  A file without FUSION, whose users
 * nobody looks up, may have any order.
 */

/*
 * section "golden": keyauth_file_golden_t, then for each row
 * double press[keys], double release[keys], then for each row
 * uint32_t label[kinds], the class each model must answer, in the order of
 * keyauth_kinds.h.  What a file does not contain has any label; a kind of
 * model that is newer than the file has none.
 */
typedef struct {
    uint32_t  rows;
    uint32_t  kinds;
} keyauth_file_golden_t;

/* section "card": a JSON object in UTF-8 */


#define KEYAUTH_ATTEMPTS_MAX  5         /* samples that support one claim */
#define KEYAUTH_FAR_MIN       0.001     /* operating points go from here */
#define KEYAUTH_FAR_MAX       0.2       /* to here */

/*
 * An operating point: accepting scores >= threshold accepts this share of
 * strangers (FAR) and rejects this share of genuine samples (FRR), measured
 * on rows that no model had seen, strangers never having been enrolled.
 *
 * Section "verify.points": keyauth_point_t[KEYAUTH_ATTEMPTS_MAX][points],
 * for the mean score of 1, 2, ... attempts; "unknown.points":
 * keyauth_point_t[points], for /predict: the verification score of whoever
 * FUSION names, FAR the share of strangers who would be named somebody.
 * Points ascend strictly by FAR, thresholds do not ascend; the first FAR is
 * KEYAUTH_FAR_MIN, the last KEYAUTH_FAR_MAX; points >= 2.  Both sections are
 * there together with FUSION, or neither (a set too small to measure).
 */
typedef struct {
    double    far;
    double    threshold;
    double    frr;
} keyauth_point_t;


#endif /* KEYAUTH_FILE_H_INCLUDED */
