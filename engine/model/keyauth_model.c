/*
 * Model files: see keyauth_model.h and keyauth_file.h.
 *
 * The file is read into memory of our own rather than mapped: what was
 * verified is then what is served, even if somebody copies another file over
 * this one, which would change a mapping under the workers or, where it gets
 * shorter, kill them.  Workers share the pages after fork() just the same.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keyauth_model.h"
#include "keyauth_sections.h"


#define KEYAUTH_MODEL_SIZE_MAX  ((off_t) 1 << 36)
#define KEYAUTH_MODEL_HUGE      ((size_t) 1 << 21)


static void *keyauth_model_memory(size_t size);
static int keyauth_model_load(int fd, size_t size, void *data);
static int keyauth_model_header(keyauth_model_t *m, const uint8_t *trusted,
    char *err);


const char *const keyauth_model_names[KEYAUTH_MODELS] = {
    "SVM", "RF", "XGB", "FUSION"
};


int
keyauth_model_open(keyauth_model_t *m, const char *path,
    const uint8_t *trusted, char *err)
{
    int          fd, rc;
    void        *data;
    size_t       size;
    struct stat  st;

    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd == -1) {
        snprintf(err, KEYAUTH_ERROR_MAX, "open() \"%s\" failed (%s)", path,
                 strerror(errno));
        return -1;
    }

    if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)
        || st.st_size < (off_t) sizeof(keyauth_file_header_t)
        || st.st_size > KEYAUTH_MODEL_SIZE_MAX)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "\"%s\" is not a model file", path);
        close(fd);
        return -1;
    }

    size = (size_t) st.st_size;
    data = keyauth_model_memory(size);

    if (data == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for \"%s\" (%zu bytes)",
                 path, size);
        close(fd);
        return -1;
    }

    rc = keyauth_model_load(fd, size, data);
    close(fd);

    if (rc != 0 || mprotect(data, size, PROT_READ) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "read() \"%s\" failed (%s)", path,
                 rc == 0 || rc == -1 ? strerror(errno) : "file got shorter");
        munmap(data, size);
        return -1;
    }

    if (keyauth_model_read(m, data, size, trusted, err) != 0) {
        munmap(data, size);
        return -1;
    }

    m->mapped = 1;

    return 0;
}


/*
 * Pages for a file, aligned to huge ones where it is large: trees are read all
 * over, and each jump to another small page costs a walk of the page tables.
 */
static void *
keyauth_model_memory(size_t size)
{
    char    *p;
    size_t   align, room, skip;

    align = size >= KEYAUTH_MODEL_HUGE ? KEYAUTH_MODEL_HUGE : 0;
    room = size + align;
    p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
             -1, 0);

    if (p == MAP_FAILED || align == 0) {
        return p == MAP_FAILED ? NULL : p;
    }

    /* what is before and behind goes back, so that close() is one munmap() */
    skip = (align - (uintptr_t) p % align) % align;
    size = (size + 4095) & ~(size_t) 4095;

    if (skip > 0) {
        munmap(p, skip);
    }

    if (room > skip + size) {
        munmap(p + skip + size, room - skip - size);
    }

    (void) madvise(p + skip, size, MADV_HUGEPAGE);

    return p + skip;
}


static int
keyauth_model_load(int fd, size_t size, void *data)
{
    size_t   done;
    ssize_t  n;

    for (done = 0; done < size; done += (size_t) n) {
        n = read(fd, (char *) data + done, size - done);

        if (n == -1 && errno == EINTR) {
            n = 0;
            continue;
        }

        if (n <= 0) {
            return n == 0 ? -2 : -1;
        }
    }

    return 0;
}


int
keyauth_model_read(keyauth_model_t *m, const void *data, size_t size,
    const uint8_t *trusted, char *err)
{
    memset(m, 0, sizeof(*m));
    m->data = data;
    m->size = size;

    if (keyauth_model_header(m, trusted, err) != 0) {
        return -1;
    }

    return keyauth_sections_read(m, err);
}


void
keyauth_model_close(keyauth_model_t *m)
{
    /* the cast alone drops const: the memory came from mmap() */
    if (m->mapped) {
        munmap((void *) (uintptr_t) m->data, m->size);
    }

    memset(m, 0, sizeof(*m));
}


static int
keyauth_model_header(keyauth_model_t *m, const uint8_t *trusted, char *err)
{
    int                           i;
    uint8_t                       digest[32];
    keyauth_file_header_t         zero;
    const keyauth_file_header_t  *h;

    if (m->size < sizeof(*h)) {
        snprintf(err, KEYAUTH_ERROR_MAX, "not a model file: too short");
        return -1;
    }

    h = (const keyauth_file_header_t *) (const void *) m->data;
    memset(&zero, 0, sizeof(zero));

    if (memcmp(h->magic, KEYAUTH_FILE_MAGIC, sizeof(h->magic)) != 0) {
        snprintf(err, KEYAUTH_ERROR_MAX, "not a model file");
        return -1;
    }

    if (h->version != KEYAUTH_FILE_VERSION) {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "the file's format is version %u, keyauth " KEYAUTH_VERSION
                 " reads version %d: train it anew", h->version,
                 KEYAUTH_FILE_VERSION);
        return -1;
    }

    if (h->size != m->size) {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "the file has %zu bytes and should have %llu", m->size,
                 (unsigned long long) h->size);
        return -1;
    }

    if (keyauth_signature_digest(m->data, m->size, digest) != 0
        || memcmp(digest, h->digest, sizeof(digest)) != 0
        || memcmp(h->padding, zero.padding, sizeof(h->padding)) != 0
        || h->reserved != 0)
    {
        snprintf(err, KEYAUTH_ERROR_MAX,
                 "the SHA-256 does not match: the file is damaged");
        return -1;
    }

    for (i = 0; i < 8; i++) {
        snprintf(m->id + 2 * i, 3, "%02x", h->digest[i]);
    }

    return keyauth_signature_check(h, trusted, err);
}


const char *
keyauth_model_label(const keyauth_model_t *m, uint32_t class, size_t *len)
{
    *len = m->label_offset[class + 1] - m->label_offset[class];

    return m->label_text + m->label_offset[class];
}


void
keyauth_model_created(const keyauth_model_t *m,
    char created[KEYAUTH_CREATED_MAX])
{
    size_t             i, len;
    const char        *p, *last;
    static const char  name[] = "\"created\"";

    created[0] = '\0';
    len = sizeof(name) - 1;
    last = m->card + m->card_size;

    for (p = m->card; (size_t) (last - p) > len; p++) {
        if (memcmp(p, name, len) == 0) {
            break;
        }
    }

    if ((size_t) (last - p) <= len) {
        return;
    }

    for (p += len; p < last && memchr(" \t\r\n:\"", *p, 6) != NULL; p++) {
        /* void */
    }

    /* a card may say anything: of these characters none needs an escape */

    for (i = 0; p < last && memchr("0123456789-:TZ", *p, 14) != NULL; p++) {

        if (i == KEYAUTH_CREATED_MAX - 1) {
            break;
        }

        created[i++] = *p;
    }

    created[i] = '\0';
}
