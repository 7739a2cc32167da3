/*
 * Enrolments: their bodies parsed, carried out on a template, answered.
 * docs/api.md is the manual.
 */


#ifndef KEYAUTH_ENROL_H_INCLUDED
#define KEYAUTH_ENROL_H_INCLUDED


#include "keyauth_json.h"
#include "keyauth_live.h"
#include "keyauth_request.h"
#include "keyauth_store.h"


/* in warnings */
#define KEYAUTH_ENROL_INCONSISTENT  0x01


/* one request; the sample and the template are large: allocate it */
typedef struct {
    char                     user[KEYAUTH_LABEL_MAX + 1];
    char                     phrase[KEYAUTH_PHRASE_MAX + 1];
    uint32_t                 samples;
    unsigned                 listed:1;  /* in Samples */
    unsigned                 replace:1;
    unsigned                 confirmed:1;
    uint32_t                 needed;    /* set by the caller: rows to enrol, */
    uint32_t                 window;    /* rows of one that learns, at most, */
    uint32_t                 day;       /* and today, since 1970-01-01 */
    keyauth_request_t        sample[KEYAUTH_LIVE_ROWS_MAX];

    const keyauth_live_t    *live;      /* for keyauth_enrol_edit() */
    keyauth_live_template_t  template;  /* what it has made */
    unsigned                 warnings;
    keyauth_problem_t        problem;   /* status 0: none */
} keyauth_enrol_t;


/* parses a body; -1 with e->problem filled */
int keyauth_enrol_parse(keyauth_enrol_t *e, keyauth_body_t *memory,
    const char *body, size_t len);

/* whose template it is; points into e */
void keyauth_enrol_name(keyauth_enrol_t *e, keyauth_store_name_t *name);

/*
 * The command's edit (keyauth_store.h), data being a keyauth_enrol_t: adds the
 * samples, or leaves all as it was and fills e->problem.  A complete template
 * learns samples that are confirmed: whose they are was verified elsewhere.
 */
size_t keyauth_enrol_edit(void *data, const keyauth_store_record_t *old,
    uint8_t *bytes);

/* bytes that an answer may take */
#define KEYAUTH_ENROL_ANSWER_MAX                                              \
    (KEYAUTH_JSON_ESCAPE_MAX * (KEYAUTH_LABEL_MAX + KEYAUTH_PHRASE_MAX)       \
     + (16 + KEYAUTH_JSON_NUMBER_MAX) * KEYAUTH_LIVE_ROWS_MAX + 256)

/* e->template is set; returns the answer's length */
size_t keyauth_enrol_write(const keyauth_enrol_t *e, char *buf);

/* the same, with the samples' ages and how well they fit each other */
size_t keyauth_enrol_write_state(const keyauth_enrol_t *e, char *buf);


#endif /* KEYAUTH_ENROL_H_INCLUDED */
