/*
 * The table of what is trained: see training.h.
 */


#include "training.h"


#define KEYAUTH_KIND(NAME, name)  &keyauth_training_##name,

const keyauth_training_t *const  keyauth_trainings[KEYAUTH_MODELS] = {
    KEYAUTH_KINDS(KEYAUTH_KIND)
};

#undef KEYAUTH_KIND
