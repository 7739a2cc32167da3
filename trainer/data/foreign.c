/*
 * Files that are no tables of text: see foreign.h.
 */


#include <string.h>

#include "foreign.h"


#define keyauth_foreign_is(text)  sizeof(text) - 1, text


static const struct {
    size_t       len;
    const char  *begins;
    const char  *reason;
} keyauth_foreigners[] = {
    { keyauth_foreign_is("PK\x03\x04"), "it is a workbook of a spreadsheet, "
      "or another archive: save a sheet as CSV" },
    { keyauth_foreign_is("\xd0\xcf\x11\xe0"), "it is a workbook of Excel's: "
      "save a sheet as CSV" },
    { keyauth_foreign_is("\x1f\x8b"), "it is compressed: decompress it "
      "with gunzip" },
    { keyauth_foreign_is("BZh"), "it is compressed: decompress it with "
      "bunzip2" },
    { keyauth_foreign_is("\xfd" "7zXZ"), "it is compressed: decompress it "
      "with unxz" },
    { keyauth_foreign_is("\x28\xb5\x2f\xfd"), "it is compressed: decompress "
      "it with unzstd" },
    { keyauth_foreign_is("\xff\xfe"), "it is UTF-16: save it as UTF-8" },
    { keyauth_foreign_is("\xfe\xff"), "it is UTF-16: save it as UTF-8" },
    { keyauth_foreign_is("SQLite format 3"), "it is a database of SQLite's: "
      "export a table as CSV" },
    { keyauth_foreign_is("PAR1"), "it is a Parquet file: save it as CSV" },
    { keyauth_foreign_is("{"), "it is JSON: save it as CSV" },
    { keyauth_foreign_is("["), "it is JSON: save it as CSV" },
    { keyauth_foreign_is("<"), "it is XML or HTML: save it as CSV" },
    { keyauth_foreign_is("@relation"), "it is ARFF, of Weka's: save it as "
      "CSV" },
    { keyauth_foreign_is("@RELATION"), "it is ARFF, of Weka's: save it as "
      "CSV" }
};


const char *
keyauth_foreign(const char *data, size_t len)
{
    size_t  i, n;

    n = sizeof(keyauth_foreigners) / sizeof(keyauth_foreigners[0]);

    for (i = 0; i < n; i++) {
        if (len >= keyauth_foreigners[i].len
            && memcmp(data, keyauth_foreigners[i].begins,
                      keyauth_foreigners[i].len) == 0)
        {
            return keyauth_foreigners[i].reason;
        }
    }

    return NULL;
}
