/*
 * What subcommands share: see command.h.
 */


#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "keyauth_kinds.h"
#include "keyauth_store.h"
#include "util.h"


int
keyauth_option(const keyauth_command_t *command, int argc, char **argv)
{
    int          c;
    char         letter[3], text[64];
    const char  *arg;

    opterr = 0;
    c = getopt_long(argc, argv, ":h", command->options, NULL);

    if (c == 'h') {
        fputs(command->usage, stdout);
        exit(fflush(stdout) == 0 ? KEYAUTH_OK : KEYAUTH_FAILURE);
    }

    if (c == 'V') {
        puts("keyauth " KEYAUTH_VERSION);
        exit(fflush(stdout) == 0 ? KEYAUTH_OK : KEYAUTH_FAILURE);
    }

    if (c != '?' && c != ':') {
        return c;
    }

    /* of "-xh", argv's place is not passed yet when the x is refused */

    arg = argv[optind - 1];

    if (c == '?' && optopt != 0
        && (strncmp(arg, "--", 2) != 0 || strchr(arg, '=') == NULL))
    {
        letter[0] = '-';
        letter[1] = (char) optopt;
        letter[2] = '\0';
        arg = letter;
    }

    keyauth_quote(text, sizeof(text), arg, strlen(arg));
    keyauth_usage(command, c == ':' ? "%s requires a value"
                                    : "unknown option %s", text);

    return '?';
}


int
keyauth_option_number(const keyauth_command_t *command, const char *name,
    const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
    char                quoted[64];
    unsigned long long  n;

    errno = 0;
    n = strtoull(text, NULL, 10);

    if (*text == '\0' || strspn(text, "0123456789") != strlen(text)
        || errno != 0 || n < min || n > max)
    {
        keyauth_usage(command,
                      "--%s: \"%s\" is not an integer from %llu to %llu",
                      name, keyauth_quote(quoted, sizeof(quoted), text,
                                          strlen(text)),
                      (unsigned long long) min, (unsigned long long) max);
        return -1;
    }

    *value = n;

    return 0;
}


int
keyauth_option_map(const keyauth_command_t *command, const char *text,
    size_t *size)
{
    char                *end;
    unsigned long long   n;

    errno = 0;
    n = strtoull(text, &end, 10);

    if (*text >= '0' && *text <= '9' && errno == 0
        && n <= KEYAUTH_STORE_MAP_MAX)
    {
        if (*end == 'k' || *end == 'm' || *end == 'g') {
            n <<= (*end == 'k') ? 10 : (*end == 'm') ? 20 : 30;
            end++;
        }

        if (*end == '\0' && n >= KEYAUTH_STORE_MAP_MIN
            && n <= KEYAUTH_STORE_MAP_MAX)
        {
            *size = (size_t) n;
            return 0;
        }
    }

    keyauth_usage(command, "--map-size has to be a size from 1m to 1024g");

    return -1;
}


int
keyauth_option_models(const keyauth_command_t *command, const char *name,
    const char *text, unsigned *models)
{
    char             known[256];
    size_t           len;
    const char      *p;
    keyauth_model_e  model;

    *models = 0;

    for (p = text; /* void */ ; p += len + 1) {
        len = strcspn(p, ",");
        model = keyauth_kind_named(p, len);

        if (model == KEYAUTH_MODELS) {
            keyauth_usage(command, "--%s accepts %s", name,
                          keyauth_kinds_list(known, sizeof(known),
                                             KEYAUTH_ALL_MODELS, " and "));
            return -1;
        }

        *models |= 1u << model;

        if (p[len] == '\0') {
            return 0;
        }
    }
}


int
keyauth_usage(const keyauth_command_t *command, const char *format, ...)
{
    char     message[256];
    va_list  args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    keyauth_say("%s: %s (see keyauth %s --help)", command->name, message,
                command->name);

    return KEYAUTH_USAGE;
}


int
keyauth_created(int64_t *created)
{
    char        *end;
    const char  *epoch;

    epoch = getenv("SOURCE_DATE_EPOCH");

    if (epoch == NULL || *epoch == '\0') {
        *created = time(NULL);
        return 0;
    }

    errno = 0;
    *created = strtoll(epoch, &end, 10);

    if (*end != '\0' || errno != 0 || *created < 0) {
        keyauth_say("SOURCE_DATE_EPOCH is not a number of seconds");
        return -1;
    }

    return 0;
}


char *
keyauth_slurp(const char *path, size_t max, size_t *len, char *err)
{
    int      e;
    char    *data;
    FILE    *f;
    size_t   n, room;

    f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");

    if (f == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: cannot be opened: %s", path,
                 strerror(errno));
        return NULL;
    }

    room = 65536;
    data = keyauth_alloc(room, 1);
    *len = 0;

    while (*len <= max && (n = fread(data + *len, 1, room - *len, f)) > 0) {
        *len += n;

        if (*len == room) {
            room *= 2;
            data = keyauth_realloc(data, room, 1);
        }
    }

    e = ferror(f) ? errno : *len > max ? EFBIG : 0;

    if (f != stdin) {
        fclose(f);
    }

    if (e != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: cannot be read: %s", path,
                 strerror(e));
        free(data);
        return NULL;
    }

    data[*len] = '\0';

    return data;
}
