/*
 * The table of what is trained: see training.h.
 */


#include "training.h"


#define KEYAUTH_KIND(NAME, name)  &keyauth_training_##name,

const keyauth_training_t *const  keyauth_trainings[KEYAUTH_MODELS] = {
    KEYAUTH_KINDS(KEYAUTH_KIND)
};

#undef KEYAUTH_KIND


uint32_t
keyauth_training_turns(keyauth_model_e turn[KEYAUTH_MODELS], unsigned models)
{
    uint32_t         i, n;
    keyauth_model_e  model;

    n = 0;

    for (model = 0; model < KEYAUTH_MODELS; model++) {

        if (!(models & 1u << model)) {
            continue;
        }

        for (i = n++; i > 0 && keyauth_trainings[model]->order
                               < keyauth_trainings[turn[i - 1]]->order; i--)
        {
            turn[i] = turn[i - 1];
        }

        turn[i] = model;
    }

    return n;
}
