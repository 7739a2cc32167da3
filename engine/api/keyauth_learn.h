/*
 * Learning: an accepted claim's samples on their way into the template, which
 * follows how its owner changes.  docs/models.md has the figures.
 */


#ifndef KEYAUTH_LEARN_H_INCLUDED
#define KEYAUTH_LEARN_H_INCLUDED


#include "keyauth_claim.h"
#include "keyauth_live.h"
#include "keyauth_store.h"


#define KEYAUTH_LEARN_ABOVE  0.05


/* what became of it */
typedef enum {
    KEYAUTH_LEARN_LEARNED = 0,
    KEYAUTH_LEARN_UNLIKE,               /* they do not fit well enough */
    KEYAUTH_LEARN_BUSY,                 /* too many were waiting */
    KEYAUTH_LEARN_FAILED,               /* the store was not written */
    KEYAUTH_LEARNS
} keyauth_learn_e;


/* one claim, after its memory has been used for the next one */
typedef struct {
    char                     user[KEYAUTH_LABEL_MAX + 1];
    char                     phrase[KEYAUTH_PHRASE_MAX + 1];
    uint32_t                 keys;
    uint32_t                 samples;
    keyauth_live_row_t       sample[KEYAUTH_ATTEMPTS_MAX];

    const keyauth_live_t    *live;      /* the caller's, as are the next */
    double                   above;     /* FAR whose threshold it passes */
    uint32_t                 window;    /* rows of a template, at most */
    uint32_t                 needed;    /* rows of one that may learn */
    uint32_t                 day;

    keyauth_learn_e          outcome;   /* of keyauth_learn_edit() */
} keyauth_learn_t;


/* copies what is learned of a claim */
void keyauth_learn_claim(keyauth_learn_t *l, const keyauth_claim_t *claim);

/* whose template it is; points into l */
void keyauth_learn_name(const keyauth_learn_t *l, keyauth_store_name_t *name);

/*
 * The command's edit (keyauth_store.h), data being a keyauth_learn_t.  The
 * template may be another than when the claim was accepted: its samples are
 * scored anew, and none is learned twice.
 */
size_t keyauth_learn_edit(void *data, const keyauth_store_record_t *old,
    uint8_t *bytes);


#endif /* KEYAUTH_LEARN_H_INCLUDED */
