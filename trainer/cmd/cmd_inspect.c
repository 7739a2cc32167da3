/*
 * keyauth inspect: shows what is in a model file.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "command.h"
#include "keyauth_model.h"
#include "util.h"


static int keyauth_run_inspect(int argc, char **argv);
static void keyauth_inspect_text(const keyauth_model_t *m, const char *path);
static int keyauth_inspect_json(const keyauth_model_t *m);
static void keyauth_inspect_hex(char *out, const uint8_t *bytes, size_t n);
static const char *keyauth_inspect_signer(const keyauth_model_t *m,
    char *hex);
static cJSON *keyauth_inspect_sections(const keyauth_model_t *m);


static const struct option keyauth_inspect_options[] = {
    { "key", required_argument, NULL, 'k' },
    { "json", no_argument, NULL, 'j' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


const keyauth_command_t keyauth_command_inspect = {
    "inspect",
    "shows the contents of a model file",
    "Usage: keyauth inspect [OPTION]... FILE\n"
    "Verifies a model file as a server does, and shows its id, who signed\n"
    "it, its sections and its card.\n"
    "\n"
    "      --key PUBLIC.pem  fails unless the file is signed with this key\n"
    "      --json            writes JSON\n"
    "  -h, --help            prints this help\n"
    "      --version         prints the version\n",
    keyauth_inspect_options,
    keyauth_run_inspect
};


static int
keyauth_run_inspect(int argc, char **argv)
{
    int              c, json, rc;
    char             err[KEYAUTH_ERROR_MAX];
    uint8_t          trusted[KEYAUTH_KEY_SIZE];
    const char      *key;
    keyauth_model_t  m;

    key = NULL;
    json = 0;

    while ((c = keyauth_option(&keyauth_command_inspect, argc, argv)) != -1) {
        switch (c) {

        case 'k':
            key = optarg;
            break;

        case 'j':
            json = 1;
            break;

        default:
            return KEYAUTH_USAGE;
        }
    }

    if (argc - optind != 1) {
        return keyauth_usage(&keyauth_command_inspect, "one file is required");
    }

    if ((key != NULL && keyauth_signature_trusted_key(trusted, key, err) != 0)
        || keyauth_model_open(&m, argv[optind], key != NULL ? trusted : NULL,
                              err) != 0)
    {
        keyauth_say("%s", err);
        return KEYAUTH_FAILURE;
    }

    rc = KEYAUTH_OK;

    if (!json) {
        keyauth_inspect_text(&m, argv[optind]);

    } else if (keyauth_inspect_json(&m) != 0) {
        keyauth_say("out of memory");
        rc = KEYAUTH_FAILURE;
    }

    keyauth_model_close(&m);

    return rc;
}


static void
keyauth_inspect_hex(char *out, const uint8_t *bytes, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        sprintf(out + 2 * i, "%02x", bytes[i]);
    }
}


/* the key's bytes in hexadecimal digits, or NULL when nobody signed */
static const char *
keyauth_inspect_signer(const keyauth_model_t *m, char *hex)
{
    keyauth_file_header_t  header, zero;

    memcpy(&header, m->data, sizeof(header));
    memset(&zero, 0, sizeof(zero));

    if (memcmp(header.public_key, zero.public_key, KEYAUTH_KEY_SIZE) == 0) {
        return NULL;
    }

    keyauth_inspect_hex(hex, header.public_key, KEYAUTH_KEY_SIZE);

    return hex;
}


static void
keyauth_inspect_text(const keyauth_model_t *m, const char *path)
{
    char                     hex[65], name[17], created[KEYAUTH_CREATED_MAX];
    uint32_t                 i;
    const char              *signer;
    keyauth_file_header_t    header;
    keyauth_file_section_t   section;

    memcpy(&header, m->data, sizeof(header));
    signer = keyauth_inspect_signer(m, hex);
    keyauth_model_created(m, created);

    printf("file      %s, %zu bytes, format %u\n", path, m->size,
           (unsigned) header.version);
    printf("id        %s\n", m->id);
    printf("created   %s\n", created);
    printf("signed    %s%s\n", signer != NULL ? "by Ed25519 key " : "no",
           signer != NULL ? signer : "");
    printf("schema    %u keys, %u users, STD with ddof 1, times in ms\n",
           (unsigned) m->keys, (unsigned) m->classes);
    printf("golden    %u rows\n", (unsigned) m->golden_rows);
    printf("sections            offset       size\n");

    for (i = 0; i < header.sections; i++) {
        memcpy(&section, m->data + sizeof(header) + i * sizeof(section),
               sizeof(section));
        snprintf(name, sizeof(name), "%.16s", section.name);
        printf("  %-14s %9llu %10llu\n", name,
               (unsigned long long) section.offset,
               (unsigned long long) section.size);
    }

    printf("card\n%.*s\n", (int) m->card_size, m->card);
}


static cJSON *
keyauth_inspect_sections(const keyauth_model_t *m)
{
    char                     name[17];
    cJSON                   *item, *list;
    uint32_t                 i;
    keyauth_file_header_t    header;
    keyauth_file_section_t   section;

    memcpy(&header, m->data, sizeof(header));
    list = cJSON_CreateArray();

    for (i = 0; i < header.sections; i++) {
        memcpy(&section, m->data + sizeof(header) + i * sizeof(section),
               sizeof(section));
        snprintf(name, sizeof(name), "%.16s", section.name);
        item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", name);
        cJSON_AddNumberToObject(item, "offset", (double) section.offset);
        cJSON_AddNumberToObject(item, "size", (double) section.size);

        if (!cJSON_AddItemToArray(list, item)) {
            cJSON_Delete(item);
            cJSON_Delete(list);
            return NULL;
        }
    }

    return list;
}


static int
keyauth_inspect_json(const keyauth_model_t *m)
{
    int                     ok;
    char                    created[KEYAUTH_CREATED_MAX], hex[65];
    char                   *text;
    cJSON                  *card, *json, *sections;
    const char             *signer;
    keyauth_file_header_t   header;

    memcpy(&header, m->data, sizeof(header));
    signer = keyauth_inspect_signer(m, hex);
    keyauth_model_created(m, created);
    json = cJSON_CreateObject();

    ok = cJSON_AddNumberToObject(json, "format", header.version)
         && cJSON_AddNumberToObject(json, "size", (double) m->size)
         && cJSON_AddStringToObject(json, "id", m->id)
         && cJSON_AddStringToObject(json, "created", created)
         && (signer != NULL
             ? cJSON_AddStringToObject(json, "signed_by", signer)
             : cJSON_AddNullToObject(json, "signed_by"))
         && cJSON_AddNumberToObject(json, "keys", m->keys)
         && cJSON_AddNumberToObject(json, "users", m->classes)
         && cJSON_AddNumberToObject(json, "golden_rows", m->golden_rows);

    sections = keyauth_inspect_sections(m);
    ok = cJSON_AddItemToObject(json, "sections", sections) && ok;

    /* a card that is no JSON is the file's fault, and no reason to fail */

    card = cJSON_ParseWithLength(m->card, m->card_size);

    if (card != NULL) {
        ok = cJSON_AddItemToObject(json, "card", card) && ok;
    }

    text = ok ? cJSON_Print(json) : NULL;
    cJSON_Delete(json);

    if (text == NULL) {
        return -1;
    }

    puts(text);
    cJSON_free(text);

    return 0;
}
