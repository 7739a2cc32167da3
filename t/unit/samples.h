/*
 * What the tests of trees and forests share: rows to grow them on.
 */


#ifndef KEYAUTH_SAMPLES_H_INCLUDED
#define KEYAUTH_SAMPLES_H_INCLUDED


#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cart_sort.h"
#include "dataset.h"
#include "forest.h"


#define ROWS  600


static float     x[ROWS * 8];
static uint32_t  class[ROWS];


/* rows of 8 features around a centre of their class; the last is constant */
static inline keyauth_samples_t
cart_samples(uint32_t rows, uint32_t classes)
{
    uint32_t           f, i;
    keyauth_random_t   random;
    keyauth_samples_t  s;

    keyauth_random_init(&random, 7, 0);

    for (i = 0; i < rows; i++) {
        class[i] = i % classes;

        for (f = 0; f < 7; f++) {
            x[i * 8 + f] = (float) ((class[i] * (f + 3)) % 11)
                           + (float) keyauth_random_normal(&random) * 2;
        }

        x[i * 8 + f] = 5;
    }

    s.x = x;
    s.class = class;
    s.rows = rows;
    s.features = 8;
    s.classes = classes;

    return s;
}


#endif /* KEYAUTH_SAMPLES_H_INCLUDED */
