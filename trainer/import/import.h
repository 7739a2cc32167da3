/*
 * Models from elsewhere: what their files hold, checked, as training would
 * have left it.  -1: err says where in the file, and why.
 */


#ifndef KEYAUTH_IMPORT_H_INCLUDED
#define KEYAUTH_IMPORT_H_INCLUDED


#include <cjson/cJSON.h>

#include "keyauth.h"
#include "train.h"


/*
 * UserIDs in the order of the classes, whatever that is: of classes that are
 * equally good, the first is the answer.
 */
typedef struct {
    char      **user;
    uint32_t    n;
    unsigned    floats:1;               /* were 1.0, 2.0, and are 1, 2 */
} keyauth_users_t;


/*
 * What data is where it is a model, but none that can be read, and what to do:
 * a pickle, XGBoost's binary format or dump, or another model's file than
 * that of `model`.  NULL: none of these.
 */
const char *keyauth_import_foreign(const char *data, size_t len,
    keyauth_model_e model);

/*
 * Requests come in milliseconds, and nothing in a model says that it scales
 * but the numbers that it compares with: -1 where their least and largest,
 * [KEYAUTH_SUMMARY] each, show that these are not milliseconds.  Of a feature
 * without any, low is above high.  what: comes first in err.
 */
int keyauth_import_scaled(const double *low, const double *high,
    const char *what, char *err);

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
 * t is to be freed either way; its model's param.probability is 1 where the
 * file can say probabilities too, which are not read.
 */
int keyauth_import_svm(keyauth_trained_svm_t *t, const char *text, size_t len,
    const keyauth_users_t *users, char *err);

/*
 * What docs/models.md calls rf.json; features: what it calls the eight, or
 * NULL; g is to be freed either way.
 */
int keyauth_import_forest(keyauth_grown_t *g, const cJSON *forest,
    const keyauth_users_t *users, const char *const *features, char *err);


#endif /* KEYAUTH_IMPORT_H_INCLUDED */
