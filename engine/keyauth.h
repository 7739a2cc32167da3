/*
 * keyauth: recognises people by how they type.
 *
 * What every part of the engine shares: limits and the way errors are
 * reported.  The engine is plain C11; it includes nothing of
 * nginx, libsvm or XGBoost, and nothing in it allocates, locks or blocks
 * while predicting.
 */


#ifndef KEYAUTH_H_INCLUDED
#define KEYAUTH_H_INCLUDED


#include <stddef.h>
#include <stdint.h>


#define KEYAUTH_VERSION       "0.1.0"

#define KEYAUTH_KEYS_MIN      2         /* keys in the typed string */
#define KEYAUTH_KEYS_MAX      64
#define KEYAUTH_SUMMARY       8         /* summary features */
#define KEYAUTH_RAW_MAX       (4 * KEYAUTH_KEYS_MAX - 3)
#define KEYAUTH_CLASSES_MAX   65535     /* enrolled users */
#define KEYAUTH_LABEL_MAX     255       /* bytes of a UserID's spelling */
#define KEYAUTH_PHRASE_MAX    64        /* bytes of a phrase's name */
#define KEYAUTH_MS_MAX        1e6       /* magnitude of any time or feature */
#define KEYAUTH_TIME_MAX      0x1p53    /* and of a time as it is sent, ms */

/*
 * Functions that can fail return 0 or -1 and, on -1, leave one line without
 * a newline in the caller's buffer of this size.
 */
#define KEYAUTH_ERROR_MAX     512


#endif /* KEYAUTH_H_INCLUDED */
