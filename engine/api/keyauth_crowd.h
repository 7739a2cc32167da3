/*
 * Naming a person among all who have enrolled with a phrase ("Model":"LIVE").
 *
 * Of each phrase that was asked for lately, a worker keeps a sketch of every
 * template (keyauth_live.h) and, before it answers, looks at which templates
 * have changed: those alone are opened.  The nearest sketches are worth a
 * score, which reads their templates.  The cost grows by a few nanoseconds
 * with each person.
 *
 * The memory is the caller's, 1.2 MB, of which what is not used is not
 * touched; nothing here allocates.
 */


#ifndef KEYAUTH_CROWD_H_INCLUDED
#define KEYAUTH_CROWD_H_INCLUDED


#include "keyauth_live.h"
#include "keyauth_model.h"
#include "keyauth_request.h"
#include "keyauth_store.h"


#define KEYAUTH_CROWD_PEOPLE   4096     /* of a phrase */
#define KEYAUTH_CROWD_NEAR     32       /* that are worth a score */
#define KEYAUTH_CROWD_OPENED   256      /* templates for one request */
#define KEYAUTH_CROWD_PHRASES  4        /* that are kept */
#define KEYAUTH_CROWD_TOP      10       /* candidates of an answer */


typedef enum {
    KEYAUTH_CROWD_READY = 0,
    KEYAUTH_CROWD_LOADING,              /* ask again: more were to be opened */
    KEYAUTH_CROWD_LARGE,                /* more people than are scanned */
    KEYAUTH_CROWD_EMPTY,                /* nobody has enrolled with it */
    KEYAUTH_CROWD_STORE                 /* *e says why not */
} keyauth_crowd_e;


/* people of one phrase, in the order of their digests */
typedef struct {
    char                      phrase[KEYAUTH_PHRASE_MAX + 1];
    keyauth_store_state_t     state;  /* generation 0: none */
    uint64_t                  used;     /* the last that was, is the highest */
    uint32_t                  people;
    uint8_t   user[KEYAUTH_CROWD_PEOPLE][KEYAUTH_STORE_DIGEST];
    uint64_t  stamp[KEYAUTH_CROWD_PEOPLE];
    uint8_t   sketch[KEYAUTH_CROWD_PEOPLE][KEYAUTH_LIVE_SKETCH];
} keyauth_crowd_phrase_t;


typedef struct {
    char      user[KEYAUTH_LABEL_MAX + 1];
    double    score;                    /* log-odds; then the share */
} keyauth_named_t;


/* of one request */
typedef struct {
    uint32_t          n;                /* candidates, best first */
    uint32_t          top;              /* of them, to be answered */
    unsigned          accepted:1;       /* it is the first of them */
    unsigned          warnings;
    double            step;
    uint64_t          nsec;
    keyauth_named_t   candidate[KEYAUTH_CROWD_TOP];
} keyauth_naming_t;


typedef struct {
    keyauth_crowd_phrase_t   slot[KEYAUTH_CROWD_PHRASES + 1];
    keyauth_crowd_phrase_t  *phrase[KEYAUTH_CROWD_PHRASES];
    keyauth_crowd_phrase_t  *spare;     /* what is made anew */
    keyauth_crowd_phrase_t  *last;      /* that was asked for */
    uint64_t                 clock;

    uint32_t                 n;         /* of a batch */
    unsigned                 array:1;
    keyauth_naming_t         naming[KEYAUTH_BATCH_MAX];
} keyauth_crowd_t;


/* the memory's contents do not matter */
void keyauth_crowd_init(keyauth_crowd_t *c);

/*
 * The phrase as it is in the store now, or as much of it as one call may
 * open: as long as it is KEYAUTH_CROWD_LOADING, each call opens more.
 */
keyauth_crowd_e keyauth_crowd_load(keyauth_crowd_t *c, keyauth_store_t *s,
    const char *phrase, keyauth_store_e *e);

/*
 * Names who typed each request of a batch for LIVE, into c->naming.  e: what
 * KEYAUTH_CROWD_STORE comes from.
 */
keyauth_crowd_e keyauth_crowd_name(keyauth_crowd_t *c,
    const keyauth_live_t *live, keyauth_store_t *s,
    const keyauth_batch_t *batch, keyauth_store_e *e);

/* bytes that the answer may take; writes it and returns its length */
size_t keyauth_crowd_answer_size(const keyauth_crowd_t *c);
size_t keyauth_crowd_answer_write(const keyauth_crowd_t *c, char *buf);


#endif /* KEYAUTH_CROWD_H_INCLUDED */
