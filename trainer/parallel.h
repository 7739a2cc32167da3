/*
 * Work that is done on all cores.
 */


#ifndef KEYAUTH_PARALLEL_H_INCLUDED
#define KEYAUTH_PARALLEL_H_INCLUDED


#include <stdint.h>


#define KEYAUTH_THREADS_MAX  256


typedef void (*keyauth_task_pt)(void *data, uint32_t i);


/*
 * task(data, 0) to task(data, n - 1), each once and in any order, on as many
 * threads as there are cores, this one among them; returns when all are done.
 * Tasks may use it too: a thread without work takes theirs.  What a task
 * makes must be its own, so that results do not depend on the threads.
 */
void keyauth_parallel(uint32_t n, keyauth_task_pt task, void *data);

/* at most so many; 0: the cores that the process may use.  Before any task */
void keyauth_threads(uint32_t n);


#endif /* KEYAUTH_PARALLEL_H_INCLUDED */
