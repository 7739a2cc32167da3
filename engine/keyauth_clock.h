/*
 * The step of the clock that a sample's times were taken with.
 *
 * Browsers that protect against fingerprinting, and some virtual desktops,
 * have a clock of 16 to 100 ms.  Then every time between two keys is a
 * multiple of its step.  Times of a fine clock never are with enough keys:
 * none of 3736 genuine ones of 13 and 14 keys was taken for one.
 */


#ifndef KEYAUTH_CLOCK_H_INCLUDED
#define KEYAUTH_CLOCK_H_INCLUDED


#define KEYAUTH_CLOCK_LEAST  10.0       /* ms; less hurts nobody */


/*
 * The largest step in ms, of KEYAUTH_CLOCK_LEAST at least, that all holds and
 * press-to-press times are multiples of, or 0.  Where times were rounded to
 * whole milliseconds, as those of Windows' clock of 15.625 ms often are, it is
 * found too.
 */
double keyauth_clock_step(const double *press, const double *release,
    unsigned keys);

/*
 * 1: so many different times are multiples of the step that it is no chance,
 * as it may be with few keys, or with times that a program made
 */
int keyauth_clock_sure(const double *press, const double *release,
    unsigned keys, double step);


#endif /* KEYAUTH_CLOCK_H_INCLUDED */
