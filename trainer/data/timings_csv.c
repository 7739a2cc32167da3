/*
 * Rows of timings as CSV.
 */


#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "timings_csv.h"


static void keyauth_time_csv(FILE *f, double ms);


void
keyauth_timings_csv(FILE *f, const keyauth_timings_t *t)
{
    char      name[32];
    uint32_t  i, k, sessions;

    sessions = 0;

    for (i = 0; i < t->rows; i++) {
        sessions |= t->sessions[i] != NULL;
    }

    fputs(sessions ? "user,session" : "user", f);

    for (k = 0; k < 2 * t->keys; k++) {
        keyauth_column_name(name, k);
        fprintf(f, ",%s", name);
    }

    fputc('\n', f);

    for (i = 0; i < t->rows; i++) {
        keyauth_label_csv(f, t->users[i]);

        if (sessions) {
            fputc(',', f);
            keyauth_label_csv(f, t->sessions[i] != NULL ? t->sessions[i]
                                                        : "none");
        }

        for (k = 0; k < 2 * t->keys; k++) {
            keyauth_time_csv(f, t->times[(size_t) i * 2 * t->keys + k]);
        }

        fputc('\n', f);
    }
}


void
keyauth_label_csv(FILE *f, const char *label)
{
    if (strpbrk(label, "\", ") != NULL) {
        csv_fwrite(f, label, strlen(label));

    } else {
        fputs(label, f);
    }
}


static void
keyauth_time_csv(FILE *f, double ms)
{
    int     digits;
    char    text[40];
    double  back;

    for (digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, ms);
        back = strtod(text, NULL);

        if (!(back < ms || back > ms)) {
            break;
        }
    }

    fprintf(f, ",%s", text);
}
