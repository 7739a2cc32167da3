/*
 * Room that ends at a page which may not be read, so that a single byte too
 * far is a fault.
 */


#ifndef KEYAUTH_GUARD_H_INCLUDED
#define KEYAUTH_GUARD_H_INCLUDED


#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>


static char  *guard;                    /* the page that may not be read */


/* size bytes or more before the guard; 0, or -1 */
static inline int
test_guard(size_t size)
{
    char    *p;
    size_t   page, room;

    page = (size_t) sysconf(_SC_PAGESIZE);
    room = (size + page - 1) / page * page;
    p = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        return -1;
    }

    guard = p + room;

    return mprotect(guard, page, PROT_NONE);
}


#endif /* KEYAUTH_GUARD_H_INCLUDED */
