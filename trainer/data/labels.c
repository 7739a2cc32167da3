/*
 * Names of users and sessions that are numbers: see labels.h.
 */


#include <stdint.h>
#include <string.h>

#include "keyauth_user.h"
#include "labels.h"


static size_t keyauth_label_point(const char *label);


int
keyauth_labels_whole(char **label, size_t n)
{
    size_t   i, point, points;
    int64_t  value;

    points = 0;

    /* files that were put together have 1 and 1.0 for one user */

    for (i = 0; i < n; i++) {
        if (label[i] == NULL) {
            return 0;
        }

        if (keyauth_label_point(label[i]) > 0) {
            points++;

        } else if (!keyauth_user_integer(label[i], strlen(label[i]), &value)) {
            return 0;
        }
    }

    for (i = 0; i < n && points > 0; i++) {
        point = keyauth_label_point(label[i]);

        if (point > 0) {
            label[i][point] = '\0';
        }
    }

    return points > 0;
}


/* where the ".0" of a whole number is; 0: it is not such a number */
static size_t
keyauth_label_point(const char *label)
{
    size_t   n, point;
    int64_t  value;

    point = strcspn(label, ".");
    n = strspn(label + point + (label[point] == '.'), "0");

    return label[point] == '.' && n > 0 && label[point + 1 + n] == '\0'
           && keyauth_user_integer(label, point, &value) ? point : 0;
}
