/*
 * keyauth sign: signs a model file.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "keyauth_model.h"
#include "model_file.h"
#include "util.h"


static int keyauth_run_sign(int argc, char **argv);
static int keyauth_sign_file(const char *path, const char *key, char *err);


static const struct option keyauth_sign_options[] = {
    { "key", required_argument, NULL, 'k' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_sign = {
    "sign",
    "signs a model file",
    "Usage: keyauth sign --key PRIVATE.pem FILE\n"
    "Signs a model file in place, for servers that trust the key's public\n"
    "half (keyauth_trusted_key).  The model gets another id.\n"
    "\n"
    "      --key PRIVATE.pem  an Ed25519 key: openssl genpkey -algorithm\n"
    "                         ed25519 -out PRIVATE.pem; its public half:\n"
    "                         openssl pkey -in PRIVATE.pem -pubout\n"
    "  -h, --help             prints this help\n"
    "      --version          prints the version\n",
    keyauth_sign_options,
    keyauth_run_sign
};


static int
keyauth_run_sign(int argc, char **argv)
{
    int          c;
    char         err[KEYAUTH_ERROR_MAX];
    const char  *key;

    key = NULL;

    while ((c = keyauth_option(&keyauth_command_sign, argc, argv)) != -1) {
        if (c == '?') {
            return KEYAUTH_USAGE;
        }

        key = optarg;
    }

    if (key == NULL || argc - optind != 1) {
        return keyauth_usage(&keyauth_command_sign, "--key and one file are "
                             "required");
    }

    if (keyauth_sign_file(argv[optind], key, err) != 0) {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    return KEYAUTH_OK;
}


static int
keyauth_sign_file(const char *path, const char *key, char *err)
{
    int              rc;
    keyauth_image_t  image;
    keyauth_model_t  model;

    if (keyauth_model_open(&model, path, NULL, err) != 0) {
        return -1;
    }

    image.size = model.size;
    image.data = keyauth_alloc(model.size, 1);
    memcpy(image.data, model.data, model.size);
    keyauth_model_close(&model);

    rc = keyauth_image_sign(&image, key, err);

    if (rc == 0) {
        rc = keyauth_file_save(path, image.data, image.size, err);
    }

    free(image.data);

    return rc;
}
