/*
 * Files of models that are not in a format that can be read: see import.h.
 */


#include <string.h>

#include "import.h"


#define keyauth_foreign_begins(text)                                          \
    (len >= sizeof(text) - 1 && memcmp(data, text, sizeof(text) - 1) == 0)


static int keyauth_foreign_pickle(const char *data, size_t len);
static int keyauth_foreign_holds(const char *data, size_t len,
    const char *text);


const char *
keyauth_import_foreign(const char *data, size_t len, keyauth_model_e model)
{
    if (keyauth_foreign_pickle(data, len)) {
        return model == KEYAUTH_XGB
               ? "it is a pickle of Python's, or compressed: load it there, "
                 "and save it with model.save_model(\"xgb.json\")"
               : "it is a pickle of Python's, or compressed: "
                 "docs/clients/export_sklearn.py exports it";
    }

    /* 136 bytes of parameters, then two names with their lengths */

    if (keyauth_foreign_begins("binf")
        || (len > 8 && data[0] != '{' && memchr(data, '\0', 8) != NULL
            && (keyauth_foreign_holds(data, len, "gbtree")
                || keyauth_foreign_holds(data, len, "dart")
                || keyauth_foreign_holds(data, len, "gblinear"))))
    {
        return "it is in XGBoost's old binary format: load it with XGBoost "
               "1.7 to 3.0, and save it with save_model(\"xgb.json\")";
    }

    if (keyauth_foreign_begins("{")
        && keyauth_foreign_holds(data, len, "generic_param"))
    {
        return "it is a configuration or a snapshot of XGBoost's, and no "
               "model: save one with save_model(\"xgb.json\")";
    }

    if (keyauth_foreign_begins("booster[")
        || (keyauth_foreign_begins("[")
            && keyauth_foreign_holds(data, len, "\"nodeid\"")))
    {
        return "it is a dump of XGBoost's, which lacks what answers need: "
               "write it with save_model(\"xgb.json\"), not dump_model()";
    }

    if (model != KEYAUTH_SVM && keyauth_foreign_begins("svm_type ")) {
        return "it is a model of libsvm's: import it with --svm";
    }

    if (model != KEYAUTH_XGB && keyauth_foreign_begins("{")
        && keyauth_foreign_holds(data, len, "learner"))
    {
        return "it is a model of XGBoost's: import it with --xgb";
    }

    if (model != KEYAUTH_RF && keyauth_foreign_begins("{")
        && keyauth_foreign_holds(data, len, "\"keyauth forest\""))
    {
        return "it is a forest: import it with --rf";
    }

    return NULL;
}


/* protocols 2 to 5; and what joblib compresses with */
static int
keyauth_foreign_pickle(const char *data, size_t len)
{
    return (len > 2 && data[0] == '\x80' && data[1] >= 2 && data[1] <= 5)
           || keyauth_foreign_begins("\x78\x01")
           || keyauth_foreign_begins("\x78\x5e")
           || keyauth_foreign_begins("\x78\x9c")
           || keyauth_foreign_begins("\x78\xda")
           || keyauth_foreign_begins("\x1f\x8b")
           || keyauth_foreign_begins("BZh")
           || keyauth_foreign_begins("\xfd" "7zXZ")
           || keyauth_foreign_begins("\x04\x22\x4d\x18");
}


/* within the first 256 bytes */
static int
keyauth_foreign_holds(const char *data, size_t len, const char *text)
{
    size_t  i, n;

    n = strlen(text);
    len = len < 256 ? len : 256;

    for (i = 0; i + n <= len; i++) {
        if (memcmp(data + i, text, n) == 0) {
            return 1;
        }
    }

    return 0;
}
