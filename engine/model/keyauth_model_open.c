/*
 * Opening a model file: see keyauth_model.h.
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


#define KEYAUTH_MODEL_SIZE_MAX  ((off_t) 1 << 36)
#define KEYAUTH_MODEL_HUGE      ((size_t) 1 << 21)


static void *keyauth_model_memory(size_t size);
static int keyauth_model_load(int fd, size_t size, void *data);


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
