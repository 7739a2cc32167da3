/*
 * The engine's part of replication, which it runs without interruption:
 * docs/replication.md has the order that these scripts make.
 */


#ifndef KEYAUTH_REDIS_SCRIPT_H_INCLUDED
#define KEYAUTH_REDIS_SCRIPT_H_INCLUDED


/*
 * Takes a change, or refuses it.  Keys: the person's hash, the stream.
 * Arguments: what to do, the phrase, version and floor that the change was
 * made from, epoch, host and mark, the stream's length, the person, the value.
 * Returns 1 or 0, epoch, version, floor.
 */
extern const char  keyauth_script_change[];

/* a person's hash, of each value its first bytes */
extern const char  keyauth_script_look[];


#endif /* KEYAUTH_REDIS_SCRIPT_H_INCLUDED */
