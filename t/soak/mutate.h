/*
 * Bodies made from others by mutation, for client.c.
 */


#ifndef KEYAUTH_SOAK_MUTATE_H_INCLUDED
#define KEYAUTH_SOAK_MUTATE_H_INCLUDED


#include <stddef.h>
#include <stdint.h>


#define SOAK_BODY_MAX  20000            /* more than a server takes */


typedef struct {
    char    *path;
    char    *body;
    size_t   len;
} soak_seed_t;


/* reads lines of a path and a body from the standard input: how many */
int soak_seeds(soak_seed_t **seeds);

void soak_seed(uint64_t seed);
uint32_t soak_below(uint32_t n);

/* a mutant of the seed in body[SOAK_BODY_MAX]: its length */
size_t soak_mutate(char *body, const soak_seed_t *seeds, int n,
    const soak_seed_t *seed);


#endif /* KEYAUTH_SOAK_MUTATE_H_INCLUDED */
