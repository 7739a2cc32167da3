/*
 * The keyauth command: what its subcommands share.
 */


#ifndef KEYAUTH_COMMAND_H_INCLUDED
#define KEYAUTH_COMMAND_H_INCLUDED


#include <getopt.h>
#include <stddef.h>
#include <stdint.h>

#include "keyauth.h"


/* exit codes */
#define KEYAUTH_OK       0
#define KEYAUTH_FAILURE  1
#define KEYAUTH_USAGE    2


typedef struct {
    const char           *name;
    const char           *does;
    const char           *usage;        /* what --help prints */
    const struct option  *options;
    int                 (*run)(int argc, char **argv);
} keyauth_command_t;


extern const keyauth_command_t  keyauth_command_train;
extern const keyauth_command_t  keyauth_command_evaluate;
extern const keyauth_command_t  keyauth_command_convert;
extern const keyauth_command_t  keyauth_command_features;
extern const keyauth_command_t  keyauth_command_predict;
extern const keyauth_command_t  keyauth_command_inspect;
extern const keyauth_command_t  keyauth_command_synth;
extern const keyauth_command_t  keyauth_command_sign;
extern const keyauth_command_t  keyauth_command_key;
extern const keyauth_command_t  keyauth_command_store;
extern const keyauth_command_t  keyauth_command_import;
extern const keyauth_command_t  keyauth_command_replicate;


/*
 * getopt_long() with messages of our own: the option's letter, -1 at the end,
 * '?' when there was an error.  --help and --version print and exit.
 */
int keyauth_option(const keyauth_command_t *command, int argc, char **argv);

/* 0, or -1 after a message: text is no integer from min to max */
int keyauth_option_number(const keyauth_command_t *command, const char *name,
    const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* of --map-size: 0, or -1 after a message; like 512m or 2g, in bytes */
int keyauth_option_map(const keyauth_command_t *command, const char *text,
    size_t *size);

/* what a command's help says of it */
#define KEYAUTH_OPTION_MAP                                                    \
    "      --map-size SIZE  what the store's file may reach, like 512m or\n"   \
    "                       2g, as map_size of keyauth_store says; without\n"  \
    "                       it, what the store has\n"

/* 0, or -1 after a message: text is no list of models; bits 1 << model */
int keyauth_option_models(const keyauth_command_t *command, const char *name,
    const char *text, unsigned *models);

/* a message, and KEYAUTH_USAGE to return */
int keyauth_usage(const keyauth_command_t *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The time to write into a file, in seconds since 1970: SOURCE_DATE_EPOCH's
 * (reproducible-builds.org), or now.  -1 after a message.
 */
int keyauth_created(int64_t *created);

/* a file's bytes ("-": stdin) and a NUL, to be freed; NULL: err says why */
char *keyauth_slurp(const char *path, size_t max, size_t *len, char *err);


#endif /* KEYAUTH_COMMAND_H_INCLUDED */
