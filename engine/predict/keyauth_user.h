/*
 * UserIDs: how they are written, and whose they are.
 */


#ifndef KEYAUTH_USER_H_INCLUDED
#define KEYAUTH_USER_H_INCLUDED


#include "keyauth_model.h"


#define KEYAUTH_NOBODY  UINT32_MAX


/*
 * 1 where a spelling is a JSON number that every reader holds exactly: an
 * integer of less than 2^53 without needless zeros; *value is then filled.
 */
int keyauth_user_integer(const char *user, size_t len, int64_t *value);

/*
 * The same of a number: 42, 42.0 and 4.2e1 are 42.  Fills text, and returns
 * its length; 0 where the number is not an integer of less than 2^53.
 */
#define KEYAUTH_USER_NUMBER  18         /* with the zero at its end */

size_t keyauth_user_number(double number, char text[KEYAUTH_USER_NUMBER]);

/*
 * 1 where data files can have a UserID: it has 1 to KEYAUTH_LABEL_MAX bytes, no
 * control characters, and no blanks at its ends.
 */
int keyauth_user_valid(const char *user, size_t len);

/* the class whose UserID is written so, or KEYAUTH_NOBODY */
uint32_t keyauth_user_class(const keyauth_model_t *m, const char *user,
    size_t len);


#endif /* KEYAUTH_USER_H_INCLUDED */
