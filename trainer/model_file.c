/*
 * Writing model files: see model_file.h.
 */


#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keyauth_model.h"
#include "model_file.h"


static size_t keyauth_align(size_t n);
static int keyauth_file_write(int fd, const void *data, size_t size);
static int keyauth_file_sync_directory(const char *path);


void
keyauth_writer_init(keyauth_writer_t *w)
{
    memset(w, 0, sizeof(keyauth_writer_t));
}


void
keyauth_writer_free(keyauth_writer_t *w)
{
    uint32_t  i;

    for (i = 0; i < w->sections; i++) {
        free(w->data[i]);
    }

    keyauth_writer_init(w);
}


int
keyauth_writer_add(keyauth_writer_t *w, const char *name, const void *data,
    size_t size)
{
    void  *copy;

    copy = malloc(size ? size : 1);

    if (copy == NULL) {
        return -1;
    }

    if (size > 0) {
        memcpy(copy, data, size);
    }

    return keyauth_writer_take(w, name, copy, size);
}


int
keyauth_writer_take(keyauth_writer_t *w, const char *name, void *data,
    size_t size)
{
    size_t    len;
    uint32_t  i;

    len = strlen(name);

    for (i = 0; i < w->sections; i++) {
        if (strncmp(w->table[i].name, name, sizeof(w->table[i].name)) == 0) {
            break;
        }
    }

    if (i == KEYAUTH_FILE_SECTIONS_MAX || len >= sizeof(w->table[i].name)) {
        free(data);
        return -1;
    }

    if (i == w->sections) {
        w->sections++;
    }

    memcpy(w->table[i].name, name, len);
    w->table[i].size = size;
    free(w->data[i]);
    w->data[i] = data;

    return 0;
}


static size_t
keyauth_align(size_t n)
{
    return (n + KEYAUTH_FILE_ALIGN - 1) & ~(size_t) (KEYAUTH_FILE_ALIGN - 1);
}


int
keyauth_writer_image(const keyauth_writer_t *w, keyauth_image_t *image,
    char *err)
{
    size_t                   at;
    uint32_t                 i;
    keyauth_file_header_t    header;
    keyauth_file_section_t  *table;

    at = keyauth_align(sizeof(header) + w->sections * sizeof(*table));

    for (i = 0; i < w->sections; i++) {
        at = keyauth_align(at + w->table[i].size);
    }

    image->size = at;
    image->data = aligned_alloc(KEYAUTH_FILE_ALIGN, at);

    if (image->data == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "no memory for a model of %zu bytes",
                 at);
        return -1;
    }

    memset(image->data, 0, at);
    memset(&header, 0, sizeof(header));
    memcpy(header.magic, KEYAUTH_FILE_MAGIC, sizeof(header.magic));
    header.version = KEYAUTH_FILE_VERSION;
    header.sections = w->sections;
    header.size = at;
    header.created = w->created;
    memcpy(image->data, &header, sizeof(header));

    table = (keyauth_file_section_t *) (void *)
            (image->data + sizeof(header));
    at = keyauth_align(sizeof(header) + w->sections * sizeof(*table));

    for (i = 0; i < w->sections; i++) {
        table[i] = w->table[i];
        table[i].offset = at;
        memcpy(image->data + at, w->data[i], w->table[i].size);
        at = keyauth_align(at + w->table[i].size);
    }

    if (keyauth_signature_digest(image->data, image->size, header.digest)
        != 0)
    {
        snprintf(err, KEYAUTH_ERROR_MAX, "the model's digest failed");
        keyauth_image_free(image);
        return -1;
    }

    memcpy(image->data, &header, sizeof(header));

    return 0;
}


void
keyauth_image_free(keyauth_image_t *image)
{
    free(image->data);
    memset(image, 0, sizeof(keyauth_image_t));
}


static int
keyauth_file_write(int fd, const void *data, size_t size)
{
    ssize_t         n;
    const uint8_t  *p;

    for (p = data; size > 0; p += n, size -= (size_t) n) {
        n = write(fd, p, size);

        if (n < 0 && errno == EINTR) {
            n = 0;
        }

        if (n < 0) {
            return -1;
        }
    }

    return 0;
}


static int
keyauth_file_sync_directory(const char *path)
{
    int    fd, rc;
    char  *copy;

    copy = strdup(path);

    if (copy == NULL) {
        return -1;
    }

    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);

    if (fd < 0) {
        return -1;
    }

    /* some file systems cannot sync a directory, and need not */

    rc = fsync(fd) != 0 && errno != EINVAL ? -1 : 0;
    close(fd);

    return rc;
}


/* the new file is readable for those who could read the old one */
static int
keyauth_file_permit(int fd, const struct stat *old)
{
    if (old == NULL) {
        return fchmod(fd, 0644);
    }

    /* nobody but root gives files away; their group may be one of ours */

    if (fchown(fd, old->st_uid, old->st_gid) != 0
        && fchown(fd, (uid_t) -1, old->st_gid) != 0)
    {
        return fchmod(fd, old->st_mode & 0700);
    }

    return fchmod(fd, old->st_mode & 0777);
}


int
keyauth_file_save(const char *path, const void *data, size_t size, char *err)
{
    int           fd, e, old;
    char         *temp;
    size_t        len;
    const char   *what;
    struct stat   st;

    old = stat(path, &st) == 0;

    /* renaming over a device or a pipe would put a file in its place */

    if (old && !S_ISREG(st.st_mode)) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: not a regular file", path);
        return -1;
    }

    len = strlen(path) + sizeof(".XXXXXX");
    temp = malloc(len);

    if (temp == NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "out of memory");
        return -1;
    }

    snprintf(temp, len, "%s.XXXXXX", path);
    fd = mkstemp(temp);
    what = NULL;

    if (fd < 0) {
        what = "created";

    } else if (keyauth_file_permit(fd, old ? &st : NULL) != 0
               || keyauth_file_write(fd, data, size) != 0 || fsync(fd) != 0)
    {
        what = "written";
    }

    e = errno;

    /* a network's file system may report a full disk only here */

    if (fd >= 0 && close(fd) != 0 && what == NULL) {
        e = errno;
        what = "written";
    }

    if (what == NULL && rename(temp, path) != 0) {
        e = errno;
        what = "renamed";
    }

    if (what != NULL) {
        if (fd >= 0) {
            unlink(temp);
        }

    } else if (keyauth_file_sync_directory(path) != 0) {
        e = errno;
        what = "synced";
    }

    free(temp);

    if (what != NULL) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: cannot be %s: %s", path,
                 what, strerror(e));
        return -1;
    }

    return 0;
}
