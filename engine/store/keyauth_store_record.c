/*
 * The store's records: bytes of keys, of the head, and of what is sealed.
 */


#include <string.h>

#include "keyauth_store_file.h"


static void keyauth_store_head_write(const keyauth_store_head_t *head,
    uint8_t bytes[KEYAUTH_STORE_HEAD]);
static int keyauth_store_head_read(keyauth_store_head_t *head,
    const uint8_t *bytes, size_t size);
static int keyauth_store_plain_read(keyauth_store_record_t *record,
    const uint8_t *plain, size_t len);


/* the head: magic, version, retired, erased, reserved, created, templates,
   id, check, map */

static void
keyauth_store_head_write(const keyauth_store_head_t *head,
    uint8_t bytes[KEYAUTH_STORE_HEAD])
{
    memset(bytes, 0, KEYAUTH_STORE_HEAD);
    memcpy(bytes, KEYAUTH_STORE_MAGIC, 8);
    keyauth_put32(bytes + 8, head->version);
    keyauth_put32(bytes + 12, head->retired);
    keyauth_put32(bytes + 16, head->erased);
    keyauth_put64(bytes + 24, head->created);
    keyauth_put64(bytes + 32, head->templates);
    memcpy(bytes + 40, head->id, 16);
    memcpy(bytes + 56, head->check, 16);
    keyauth_put64(bytes + 72, head->map);
}


static int
keyauth_store_head_read(keyauth_store_head_t *head, const uint8_t *bytes,
    size_t size)
{
    if (size != KEYAUTH_STORE_HEAD
        || memcmp(bytes, KEYAUTH_STORE_MAGIC, 8) != 0)
    {
        return -1;
    }

    head->version = keyauth_get32(bytes + 8);
    head->retired = keyauth_get32(bytes + 12);
    head->erased = keyauth_get32(bytes + 16);
    head->created = keyauth_get64(bytes + 24);
    head->templates = keyauth_get64(bytes + 32);
    memcpy(head->id, bytes + 40, 16);
    memcpy(head->check, bytes + 56, 16);
    head->map = keyauth_get64(bytes + 72);

    return 0;
}


int
keyauth_store_head_get(keyauth_store_view_t *view, keyauth_store_head_t *head)
{
    int      rc;
    char     name;
    MDB_val  key, value;

    name = KEYAUTH_STORE_KEY_HEAD;
    key.mv_data = &name;
    key.mv_size = 1;

    rc = keyauth_store_view_get(view, &key, &value);

    if (rc == 0
        && keyauth_store_head_read(head, value.mv_data, value.mv_size) != 0)
    {
        return MDB_INVALID;
    }

    return rc;
}


int
keyauth_store_head_put(MDB_txn *txn, MDB_dbi dbi,
    const keyauth_store_head_t *head)
{
    char     name;
    uint8_t  bytes[KEYAUTH_STORE_HEAD];
    MDB_val  key, value;

    keyauth_store_head_write(head, bytes);

    name = KEYAUTH_STORE_KEY_HEAD;
    key.mv_data = &name;
    key.mv_size = 1;
    value.mv_data = bytes;
    value.mv_size = sizeof(bytes);

    return mdb_put(txn, dbi, &key, &value, 0);
}


void
keyauth_store_name(keyauth_store_name_t *name, const char *user,
    const char *phrase)
{
    name->user = user;
    name->user_len = strlen(user);
    name->phrase = phrase;
    name->phrase_len = strlen(phrase);
}


void
keyauth_store_key_template(keyauth_sealer_t *sealer,
    const keyauth_store_name_t *name, uint8_t key[KEYAUTH_STORE_NAMES])
{
    key[0] = KEYAUTH_STORE_KEY_TEMPLATE;
    keyauth_sealer_phrase(sealer, name->phrase, name->phrase_len, key + 1);
    keyauth_sealer_name(sealer, 'u', name->user, name->user_len,
                        key + 1 + KEYAUTH_STORE_DIGEST);
}


void
keyauth_store_key_swap(char kind, const uint8_t key[KEYAUTH_STORE_NAMES],
    uint8_t swapped[KEYAUTH_STORE_NAMES])
{
    swapped[0] = (uint8_t) kind;
    memcpy(swapped + 1, key + 1 + KEYAUTH_STORE_DIGEST, KEYAUTH_STORE_DIGEST);
    memcpy(swapped + 1 + KEYAUTH_STORE_DIGEST, key + 1, KEYAUTH_STORE_DIGEST);
}


size_t
keyauth_store_plain_write(const keyauth_store_record_t *record,
    uint8_t plain[KEYAUTH_STORE_PLAIN_MAX])
{
    uint8_t                     *p;
    const keyauth_store_name_t  *name;

    p = plain;
    name = &record->name;

    p[0] = KEYAUTH_STORE_FORMAT;
    p[1] = 0;
    p[2] = (uint8_t) name->user_len;
    p[3] = (uint8_t) name->phrase_len;
    keyauth_put32(p + 4, record->created);
    keyauth_put32(p + 8, record->changed);
    p += KEYAUTH_STORE_PLAIN;

    memcpy(p, name->user, name->user_len);
    p += name->user_len;
    memcpy(p, name->phrase, name->phrase_len);
    p += name->phrase_len;
    memcpy(p, record->bytes, record->size);

    return (size_t) (p - plain) + record->size;
}


/* any bytes may be read: -1 where they are no record, which points to them */

static int
keyauth_store_plain_read(keyauth_store_record_t *record, const uint8_t *plain,
    size_t len)
{
    keyauth_store_name_t  *name;

    if (len < KEYAUTH_STORE_PLAIN || plain[0] != KEYAUTH_STORE_FORMAT
        || plain[1] != 0 || plain[3] > KEYAUTH_PHRASE_MAX
        || len < (size_t) KEYAUTH_STORE_PLAIN + plain[2] + plain[3])
    {
        return -1;
    }

    name = &record->name;
    name->user_len = plain[2];
    name->phrase_len = plain[3];
    name->user = (const char *) plain + KEYAUTH_STORE_PLAIN;
    name->phrase = name->user + name->user_len;

    record->created = keyauth_get32(plain + 4);
    record->changed = keyauth_get32(plain + 8);
    record->bytes = plain + KEYAUTH_STORE_PLAIN + plain[2] + plain[3];
    record->size = len - KEYAUTH_STORE_PLAIN - plain[2] - plain[3];

    return record->size <= KEYAUTH_STORE_TEMPLATE_MAX ? 0 : -1;
}


int
keyauth_store_unseal(keyauth_store_side_t *side, const MDB_val *key,
    const MDB_val *value, keyauth_store_record_t *record)
{
    if (value->mv_size > KEYAUTH_STORE_SEALED_MAX
        || keyauth_sealer_unseal(&side->sealer, key->mv_data, key->mv_size,
                                 value->mv_data, value->mv_size, side->plain)
           != 0)
    {
        return -1;
    }

    return keyauth_store_plain_read(record, side->plain,
                                    value->mv_size - KEYAUTH_SEAL_MORE);
}
