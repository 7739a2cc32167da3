/*
 * Floats with a row's number, as integers in the floats' order.
 */


#ifndef KEYAUTH_CART_SORT_H_INCLUDED
#define KEYAUTH_CART_SORT_H_INCLUDED


#include <stdint.h>
#include <string.h>


static inline uint64_t
keyauth_cart_key(float x, uint32_t row)
{
    uint32_t  bits;

    memcpy(&bits, &x, 4);
    bits ^= bits >> 31 ? 0xffffffff : 0x80000000;

    return (uint64_t) bits << 32 | row;
}


static inline float
keyauth_cart_value(uint64_t key)
{
    float     x;
    uint32_t  bits;

    bits = (uint32_t) (key >> 32);
    bits ^= bits >> 31 ? 0x80000000 : 0xffffffff;
    memcpy(&x, &bits, 4);

    return x;
}


/* spare: n more */
void keyauth_cart_sort(uint64_t *keys, uint64_t *spare, uint32_t n);


#endif /* KEYAUTH_CART_SORT_H_INCLUDED */
