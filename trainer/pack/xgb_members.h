/*
 * The members that a model file of XGBoost's may have.
 */


#ifndef KEYAUTH_XGB_MEMBERS_H_INCLUDED
#define KEYAUTH_XGB_MEMBERS_H_INCLUDED


#include <cjson/cJSON.h>


/*
 * -1: there is a member whose meaning is not known, or one that is, and is not
 * supported; model: what has the trees
 */
int keyauth_xgb_members(const cJSON *root, const cJSON *model, char *err);

/*
 * XGBoost writes its parameters as strings: the one at path, from object on;
 * missing is what it is where it is not there, NaN where it should be
 */
int keyauth_xgb_number(const cJSON *object, const char *path, double missing,
    double *value, char *err);


#endif /* KEYAUTH_XGB_MEMBERS_H_INCLUDED */
