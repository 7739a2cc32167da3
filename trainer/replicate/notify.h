/*
 * Telling systemd: sd_notify(3) without its library.
 */


#ifndef KEYAUTH_NOTIFY_H_INCLUDED
#define KEYAUTH_NOTIFY_H_INCLUDED


/* where it listens */
void keyauth_notify(const char *state);


#endif /* KEYAUTH_NOTIFY_H_INCLUDED */
