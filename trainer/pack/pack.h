/*
 * Trained models laid out as the engine's kernels read them.
 *
 * Each adds its model's sections to a writer: 0, or -1 with the reason.
 */


#ifndef KEYAUTH_PACK_H_INCLUDED
#define KEYAUTH_PACK_H_INCLUDED


#include "model_file.h"
#include "xgb_json.h"


struct svm_model;


/*
 * A C-SVC with an RBF kernel whose classes are 0, 1, 2, ... in libsvm's
 * order and whose rows hold the eight summary features, zeros or not.
 */
int keyauth_pack_svm(keyauth_writer_t *w, const struct svm_model *model,
    char *err);

/*
 * XGBoost's JSON or UBJ (XGBoosterSaveModel), of the kinds that xgb_json.h
 * reads.
 */
int keyauth_pack_xgb(keyauth_writer_t *w, const char *json, size_t len,
    uint32_t classes, const keyauth_xgb_how_t *how, char *err);


#endif /* KEYAUTH_PACK_H_INCLUDED */
