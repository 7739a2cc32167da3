/*
 * Models from elsewhere: what their files hold, checked, as training would
 * have left it.  -1: err says where in the file, and why.
 */


#ifndef KEYAUTH_IMPORT_H_INCLUDED
#define KEYAUTH_IMPORT_H_INCLUDED


#include <cjson/cJSON.h>

#include "train.h"


/* UserIDs in the order of the classes */
typedef struct {
    char      **user;
    uint32_t    n;
} keyauth_users_t;


/* one a line; data[len] is a NUL */
int keyauth_import_users(keyauth_users_t *u, const char *data, size_t len,
    char *err);

/* of a forest: its "labels" */
int keyauth_import_forest_users(keyauth_users_t *u, const cJSON *forest,
    char *err);

void keyauth_users_free(keyauth_users_t *u);

/*
 * libsvm's text format: a C-SVC with an RBF kernel whose classes are users
 * in their order, called by class number or by UserID.  text[len] is a NUL;
 * t is to be freed either way.
 */
int keyauth_import_svm(keyauth_trained_svm_t *t, const char *text, size_t len,
    const keyauth_users_t *users, char *err);

/* what docs/models.md calls rf.json; g is to be freed either way */
int keyauth_import_forest(keyauth_grown_t *g, const cJSON *forest,
    const keyauth_users_t *users, char *err);


#endif /* KEYAUTH_IMPORT_H_INCLUDED */
