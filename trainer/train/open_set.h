/*
 * A trial of FUSION with people who are not enrolled: some users are enrolled
 * with their first rows; their other rows, and the rows of users who are not,
 * are tested with every claim.
 */


#ifndef KEYAUTH_OPEN_SET_H_INCLUDED
#define KEYAUTH_OPEN_SET_H_INCLUDED


#include "dataset.h"
#include "fusion.h"


#define KEYAUTH_STRANGER        UINT32_MAX
#define KEYAUTH_OPEN_SET_USERS  500
#define KEYAUTH_OPEN_SETS       4


/* a user's part in a trial */
typedef enum {
    KEYAUTH_ROLE_NONE = 0,
    KEYAUTH_ROLE_ENROLLED,
    KEYAUTH_ROLE_STRANGER
} keyauth_role_e;


typedef struct {
    const keyauth_dataset_t      *data;
    const double                 *raw;  /* [rows of data][4 keys - 3] */
    keyauth_fusion_recipe_t       recipe;

    /* temperatures to name people by; NULL: all 1 */
    const keyauth_fusion_head_t  *powers;

    /*
     * rows of a user that are enrolled, 0: the first three quarters; a
     * stranger's rows that are skipped
     */
    uint32_t                      enrol;
    uint32_t                      skip;
} keyauth_open_set_setup_t;


/* tests lie grouped by user */
typedef struct {
    uint32_t                      users;
    uint32_t                     *user;     /* [users] class in the data */
    uint32_t                      tests;
    uint32_t                     *row;      /* [tests] in the data */
    uint32_t                     *owner;    /* [tests] class in the data */
    uint32_t                     *claim;    /* [tests] whose, as enrolled, or
                                               KEYAUTH_STRANGER */
    uint32_t                     *named;    /* [tests] FUSION's answer */
    double                       *score;    /* [tests][users] verification */
    double                        floor;    /* of FUSION's head */
} keyauth_open_set_t;


/* how many of n rows a user is enrolled with: three quarters, n - 1 at most */
uint32_t keyauth_open_set_rows(uint32_t n);

/*
 * role: [classes]; two users are enrolled at least.  A row is not tested where
 * the user, and nobody else, is enrolled with a copy of it.
 */
int keyauth_open_set(keyauth_open_set_t *t,
    const keyauth_open_set_setup_t *setup, const uint8_t *role, char *err);

/*
 * The halves of two shuffles of the users of eligible, beside each other: t
 * and KEYAUTH_OPEN_SETS of them to be freed either way
 */
int keyauth_open_sets(keyauth_open_set_t *t,
    const keyauth_open_set_setup_t *setup, const uint8_t *eligible, char *err);

void keyauth_open_set_free(keyauth_open_set_t *t);

/*
 * The users of eligible (NULL: all) are shuffled by seed and cut into parts;
 * the one with that number are strangers, the others are enrolled.  Not more
 * than KEYAUTH_OPEN_SET_USERS take part.
 */
void keyauth_open_set_roles(uint8_t *role, const keyauth_dataset_t *d,
    const uint8_t *eligible, uint64_t seed, uint32_t part, uint32_t parts);


#endif /* KEYAUTH_OPEN_SET_H_INCLUDED */
