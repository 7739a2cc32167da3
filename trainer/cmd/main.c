/*
 * keyauth: trains, measures and looks into models of how people type.
 */


#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "util.h"


static void keyauth_help(void);
static const keyauth_command_t *keyauth_command(const char *name);


static const keyauth_command_t *const keyauth_commands[] = {
    &keyauth_command_train,
    &keyauth_command_evaluate,
    &keyauth_command_convert,
    &keyauth_command_features,
    &keyauth_command_predict,
    &keyauth_command_inspect,
    &keyauth_command_import,
    &keyauth_command_sign,
    &keyauth_command_key,
    &keyauth_command_store,
    &keyauth_command_replicate,
    &keyauth_command_synth,
    NULL
};


static void
keyauth_help(void)
{
    int  i;

    puts("Usage: keyauth COMMAND [OPTION]...\n"
         "Recognises people by how they type.\n");

    for (i = 0; keyauth_commands[i] != NULL; i++) {
        printf("  %-10s %s\n", keyauth_commands[i]->name,
               keyauth_commands[i]->does);
    }

    puts("\n"
         "  -h, --help     prints this help, or a command's\n"
         "      --version  prints the version\n"
         "\n"
         "Exit status: 0 success, 1 failure, 2 wrong usage.");
}


static const keyauth_command_t *
keyauth_command(const char *name)
{
    int  i;

    for (i = 0; keyauth_commands[i] != NULL; i++) {
        if (strcmp(keyauth_commands[i]->name, name) == 0) {
            break;
        }
    }

    return keyauth_commands[i];
}


int
main(int argc, char **argv)
{
    int                       rc;
    char                      text[64];
    const keyauth_command_t  *command;

    /* a file that must not grow is an error like a full disk */

    signal(SIGXFSZ, SIG_IGN);

    /* no bins of small pieces: each large one that is freed merges them */

    mallopt(M_MXFAST, 0);

    if (argc < 2) {
        keyauth_say("a command is missing (see keyauth --help)");
        return KEYAUTH_USAGE;
    }

    command = keyauth_command(argv[1]);
    rc = KEYAUTH_OK;

    if (command != NULL) {
        rc = command->run(argc - 1, argv + 1);

    } else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        keyauth_help();

    } else if (strcmp(argv[1], "--version") == 0) {
        puts("keyauth " KEYAUTH_VERSION);

    } else {
        keyauth_say("\"%s\" is not a command (see keyauth --help)",
                    keyauth_quote(text, sizeof(text), argv[1],
                                  strlen(argv[1])));
        return KEYAUTH_USAGE;
    }

    if (fflush(stdout) != 0 || ferror(stdout)) {
        keyauth_say("cannot write the output: %s", strerror(errno));
        return rc == KEYAUTH_OK ? KEYAUTH_FAILURE : rc;
    }

    return rc;
}
