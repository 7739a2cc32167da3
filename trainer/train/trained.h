/*
 * What is left of training SVM, RF, XGB and FUSION.
 */


#ifndef KEYAUTH_TRAINED_H_INCLUDED
#define KEYAUTH_TRAINED_H_INCLUDED


#include "forest.h"
#include "fused.h"
#include "operating_points.h"
#include "train_svm.h"
#include "xgb_how.h"


/* SVM: keyauth_trained_svm_t, train_svm.h */

typedef struct {
    keyauth_grown_t          grown;
    keyauth_forest_recipe_t  recipe;
} keyauth_trained_rf_t;


typedef struct {
    char                    *model;     /* XGBoost's JSON or UBJSON */
    size_t                   len;
    keyauth_xgb_how_t        how;       /* it is read */
} keyauth_trained_xgb_t;


typedef struct {
    keyauth_fused_t             fused;
    keyauth_operating_points_t  points; /* of keyauth_train_all() alone */
} keyauth_trained_fusion_t;


#endif /* KEYAUTH_TRAINED_H_INCLUDED */
