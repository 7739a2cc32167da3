/*
 * Learning: see keyauth_learn.h.
 */


#include <string.h>

#include "keyauth_learn.h"


void
keyauth_learn_claim(keyauth_learn_t *l, const keyauth_claim_t *claim)
{
    uint32_t                  i;
    const keyauth_request_t  *r;

    strcpy(l->user, claim->user);
    strcpy(l->phrase, claim->phrase);

    l->keys = claim->sample->keys;
    l->samples = claim->attempts;

    for (i = 0; i < claim->attempts; i++) {
        r = &claim->sample[i];
        keyauth_live_steps(r->press, r->release, r->keys, l->sample[i].steps);
    }
}


void
keyauth_learn_name(const keyauth_learn_t *l, keyauth_store_name_t *name)
{
    keyauth_store_name(name, l->user, l->phrase);
}


size_t
keyauth_learn_edit(void *data, const keyauth_store_record_t *old,
    uint8_t *bytes)
{
    keyauth_learn_t  *l = data;

    uint32_t                 i, n;
    keyauth_live_sample_t    sample[KEYAUTH_ATTEMPTS_MAX];
    keyauth_live_template_t  t;

    l->outcome = KEYAUTH_LEARN_UNLIKE;

    /* who was forgotten meanwhile does not come back */

    if (old == NULL || keyauth_live_read(&t, old->bytes, old->size) != 0
        || t.keys != l->keys || t.rows < l->needed)
    {
        return 0;
    }

    /* where there is no replay zone, or it was full: nothing teaches twice */

    n = 0;

    for (i = 0; i < l->samples; i++) {
        if (!keyauth_live_has(t.row, t.rows, l->sample[i].steps, l->keys)
            && !keyauth_live_has(l->sample, i, l->sample[i].steps, l->keys))
        {
            keyauth_live_sample_row(l->live, &l->sample[i], l->keys,
                                    &sample[n++]);
        }
    }

    if (n == 0 || !keyauth_live_learn(l->live, &t, sample, n, l->above,
                                      l->window, l->day))
    {
        return 0;
    }

    l->outcome = KEYAUTH_LEARN_LEARNED;

    return keyauth_live_write(&t, bytes);
}
