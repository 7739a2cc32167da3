/*
 * How a file of XGBoost's is to be read, beside what it says itself.
 */


#ifndef KEYAUTH_XGB_HOW_H_INCLUDED
#define KEYAUTH_XGB_HOW_H_INCLUDED


/* zeros: as XGBClassifier.predict() does */
typedef struct {
    const char  **features;             /* what the file calls the eight; NULL:
                                           as docs/models.md does */
    unsigned      all_rounds:1;         /* those after the best one too */
} keyauth_xgb_how_t;


#endif /* KEYAUTH_XGB_HOW_H_INCLUDED */
