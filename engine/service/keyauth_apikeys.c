/*
 * The file of API keys: see keyauth_apikeys.h.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keyauth_apikeys.h"


static int keyauth_apikeys_load(int fd, const char *path, char **text,
    size_t *len, char *err);
static int keyauth_apikeys_line(keyauth_apikeys_t *k, const char *s,
    const char *last, const char **why);
static int keyauth_apikeys_rest(keyauth_client_t *client, const char *s,
    const char *last, const char **why);
static int keyauth_apikeys_unhex(uint8_t digest[KEYAUTH_DIGEST_SIZE],
    const char *s);
static int keyauth_apikeys_duplicate(const keyauth_apikeys_t *k,
    const char **why);
static int keyauth_apikeys_number(const char *s, int n);


const char *const  keyauth_scope_names[KEYAUTH_SCOPES] = {
    "predict", "verify", "enrol", "forget", "metrics"
};


int
keyauth_apikeys_open(keyauth_apikeys_t *k, const char *path, char *err)
{
    int     fd, rc;
    char   *text, why[KEYAUTH_ERROR_MAX];
    size_t  len;

    memset(k, 0, sizeof(*k));

    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd == -1) {
        snprintf(err, KEYAUTH_ERROR_MAX, "open() \"%.200s\" failed (%s)",
                 path, strerror(errno));
        return -1;
    }

    rc = keyauth_apikeys_load(fd, path, &text, &len, err);
    close(fd);

    if (rc != 0) {
        return -1;
    }

    rc = keyauth_apikeys_parse(k, text, len, why);
    free(text);

    if (rc != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\", %.250s", path, why);
    }

    return rc;
}


static int
keyauth_apikeys_load(int fd, const char *path, char **text, size_t *len,
    char *err)
{
    ssize_t      n;
    struct stat  st;

    if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)
        || st.st_size > KEYAUTH_APIKEYS_FILE_MAX)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" is not a file of keys",
                 path);
        return -1;
    }

    /* who can write the file can let anybody in */

    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" can be written by its "
                 "group or by others (chmod go-w)", path);
        return -1;
    }

    if (st.st_uid != 0 && st.st_uid != geteuid()) {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" belongs neither to root "
                 "nor to the user who reads it", path);
        return -1;
    }

    *text = malloc((size_t) st.st_size + 1);

    if (*text == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for \"%.200s\"", path);
        return -1;
    }

    for (*len = 0; *len < (size_t) st.st_size; *len += (size_t) n) {
        n = read(fd, *text + *len, (size_t) st.st_size - *len);

        if (n == -1 && errno == EINTR) {
            n = 0;
            continue;
        }

        if (n <= 0) {
            snprintf(err, KEYAUTH_ERROR_MAX, "\"%.200s\" cannot be read (%s)",
                     path, n == 0 ? "it has become shorter"
                                  : strerror(errno));
            free(*text);
            return -1;
        }
    }

    return 0;
}


int
keyauth_apikeys_parse(keyauth_apikeys_t *k, const char *text, size_t len,
    char *err)
{
    size_t       room;
    unsigned     line;
    const char  *p, *end, *last, *why;

    memset(k, 0, sizeof(*k));

    last = text + len;
    room = 1;

    for (p = text; p < last && room < KEYAUTH_CLIENTS_MAX; p++) {
        room += (*p == '\n');
    }

    k->digests = malloc(room * sizeof(*k->digests));
    k->clients = malloc(room * sizeof(*k->clients));

    if (k->digests == NULL || k->clients == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for %zu keys", room);
        keyauth_apikeys_close(k);
        return -1;
    }

    line = 1;

    for (p = text; p < last; p = end + 1) {
        end = memchr(p, '\n', (size_t) (last - p));
        end = (end == NULL) ? last : end;

        if (keyauth_apikeys_line(k, p, end, &why) != 0) {
            snprintf(err, KEYAUTH_ERROR_MAX, "line %u: %s", line, why);
            keyauth_apikeys_close(k);
            return -1;
        }

        line++;
    }

    return 0;
}


void
keyauth_apikeys_close(keyauth_apikeys_t *k)
{
    free(k->digests);
    free(k->clients);
    memset(k, 0, sizeof(*k));
}


/* errors do not quote the line: it may hold a key */

static int
keyauth_apikeys_line(keyauth_apikeys_t *k, const char *s, const char *last,
    const char **why)
{
    size_t             len;
    const char        *p;
    keyauth_client_t  *client;

    p = (s < last) ? memchr(s, '#', (size_t) (last - s)) : NULL;
    last = (p == NULL) ? last : p;

    while (last > s && (last[-1] == ' ' || last[-1] == '\t'
                        || last[-1] == '\r'))
    {
        last--;
    }

    if (s == last) {
        return 0;
    }

    if (k->n == KEYAUTH_CLIENTS_MAX) {
        *why = "there are more than 1000 keys";
        return -1;
    }

    client = &k->clients[k->n];

    p = memchr(s, ':', (size_t) (last - s));
    len = (size_t) ((p == NULL) ? last - s : p - s);

    if (keyauth_apikeys_check_name(s, len) != 0) {
        *why = "a name has 1 to 64 of the characters A-Z a-z 0-9 . _ -";
        return -1;
    }

    memcpy(client->name, s, len);
    client->name[len] = '\0';

    if (p == NULL || last - ++p < 2 * KEYAUTH_DIGEST_SIZE
        || keyauth_apikeys_unhex(k->digests[k->n], p) != 0)
    {
        *why = "a name is followed by : and a SHA-256 of 64 hex digits";
        return -1;
    }

    p += 2 * KEYAUTH_DIGEST_SIZE;

    if (keyauth_apikeys_rest(client, p, last, why) != 0
        || keyauth_apikeys_duplicate(k, why))
    {
        return -1;
    }

    k->n++;

    return 0;
}


/* what follows the digest */

static int
keyauth_apikeys_rest(keyauth_client_t *client, const char *s,
    const char *last, const char **why)
{
    size_t  len;

    client->expires = INT64_MAX;
    client->scopes = KEYAUTH_SCOPES_DEFAULT;

    if (s == last) {
        return 0;
    }

    *why = "a digest is followed by nothing, or by : and a date, "
           "2027-01-31 or 2027-01-31T12:00:00Z, or by such a date or none, "
           ": and scopes";

    if (*s++ != ':') {
        return -1;
    }

    /* a time has colons, too */

    len = (size_t) (last - s);

    if (len > 0 && *s != ':') {
        len = (len > 10 && s[10] == 'T') ? 20 : 10;

        if (len > (size_t) (last - s)
            || keyauth_apikeys_time(&client->expires, s, len) != 0)
        {
            return -1;
        }

        s += len;

        if (s == last) {
            return 0;
        }
    }

    if (s == last || *s++ != ':') {
        return -1;
    }

    *why = "scopes are predict, verify, enrol, forget and metrics, each once "
           "at most, with commas between";

    return keyauth_apikeys_scopes(&client->scopes, s, (size_t) (last - s));
}


static int
keyauth_apikeys_duplicate(const keyauth_apikeys_t *k, const char **why)
{
    uint32_t  i;

    for (i = 0; i < k->n; i++) {

        if (strcmp(k->clients[i].name, k->clients[k->n].name) == 0) {
            *why = "the name comes a second time";
            return 1;
        }

        if (memcmp(k->digests[i], k->digests[k->n], KEYAUTH_DIGEST_SIZE)
            == 0)
        {
            *why = "the digest comes a second time";
            return 1;
        }
    }

    return 0;
}


int
keyauth_apikeys_check_name(const char *s, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (s[i] == '\0'
            || strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                      "0123456789._-", s[i]) == NULL)
        {
            return -1;
        }
    }

    return (len > 0 && len <= KEYAUTH_CLIENT_NAME_MAX) ? 0 : -1;
}


int
keyauth_apikeys_scopes(unsigned *scopes, const char *s, size_t len)
{
    size_t       n;
    unsigned     i;
    const char  *p, *last;

    *scopes = 0;
    last = s + len;

    for ( ;; ) {
        p = (s < last) ? memchr(s, ',', (size_t) (last - s)) : NULL;
        n = (size_t) ((p == NULL ? last : p) - s);

        for (i = 0; i < KEYAUTH_SCOPES; i++) {
            if (strlen(keyauth_scope_names[i]) == n
                && memcmp(keyauth_scope_names[i], s, n) == 0)
            {
                break;
            }
        }

        if (i == KEYAUTH_SCOPES || (*scopes & 1u << i)) {
            return -1;
        }

        *scopes |= 1u << i;

        if (p == NULL) {
            return 0;
        }

        s = p + 1;
    }
}


static int
keyauth_apikeys_unhex(uint8_t digest[KEYAUTH_DIGEST_SIZE], const char *s)
{
    int  i, c, n;

    for (i = 0; i < 2 * KEYAUTH_DIGEST_SIZE; i++) {
        c = (unsigned char) s[i];

        if (c >= '0' && c <= '9') {
            n = c - '0';

        } else if (c >= 'a' && c <= 'f') {
            n = c - 'a' + 10;

        } else if (c >= 'A' && c <= 'F') {
            n = c - 'A' + 10;

        } else {
            return -1;
        }

        digest[i / 2] = (uint8_t) (i % 2 ? digest[i / 2] | n : n << 4);
    }

    return 0;
}


/* n digits; -1: they are not */

static int
keyauth_apikeys_number(const char *s, int n)
{
    int  i, value;

    value = 0;

    for (i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9') {
            return -1;
        }

        value = value * 10 + (s[i] - '0');
    }

    return value;
}


int
keyauth_apikeys_time(int64_t *t, const char *s, size_t len)
{
    int      y, m, d, hour, min, sec, leap;
    int64_t  days;

    static const int  length[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    if ((len != 10 && len != 20) || s[4] != '-' || s[7] != '-'
        || (len == 20 && (s[10] != 'T' || s[13] != ':' || s[16] != ':'
                          || s[19] != 'Z')))
    {
        return -1;
    }

    y = keyauth_apikeys_number(s, 4);
    m = keyauth_apikeys_number(s + 5, 2);
    d = keyauth_apikeys_number(s + 8, 2);
    hour = (len == 20) ? keyauth_apikeys_number(s + 11, 2) : 0;
    min = (len == 20) ? keyauth_apikeys_number(s + 14, 2) : 0;
    sec = (len == 20) ? keyauth_apikeys_number(s + 17, 2) : 0;

    leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

    if (y < 1970 || m < 1 || m > 12 || d < 1
        || d > length[m - 1] + (leap && m == 2)
        || hour < 0 || hour > 23 || min < 0 || min > 59 || sec < 0
        || sec > 59)
    {
        return -1;
    }

    /* years that begin in March have their leap day last */

    y -= (m <= 2);
    days = 365 * y + y / 4 - y / 100 + y / 400
           + (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1 - 719468;

    *t = ((days * 24 + hour) * 60 + min) * 60 + sec;

    return 0;
}
