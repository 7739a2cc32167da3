/*
 * Writing JSON.
 */


#include <math.h>

#include "keyauth_json.h"


#define KEYAUTH_JSON_DIGITS  6


static char *keyauth_json_digits(char *p, uint32_t n, unsigned width);
static char *keyauth_json_fixed(char *p, const char *digits, int n, int e);
static double keyauth_json_normal(double x, int *e);


char *
keyauth_json_escape(char *p, const char *last, const char *s, size_t len)
{
    size_t             i, n;
    const char        *end;
    unsigned char      c;
    static const char  hex[] = "0123456789abcdef";

    end = s + len;

    while (s < end) {
        c = (unsigned char) *s;

        if (c == '"' || c == '\\') {
            if (last - p < 2) {
                break;
            }

            *p++ = '\\';
            *p++ = *s++;
            continue;
        }

        if (c < 0x20) {
            if (last - p < KEYAUTH_JSON_ESCAPE_MAX) {
                break;
            }

            p = keyauth_json_text(p, "\\u00");
            *p++ = hex[c >> 4];
            *p++ = hex[c & 15];
            s++;
            continue;
        }

        n = (c < 0xc0) ? 1 : (c < 0xe0) ? 2 : (c < 0xf0) ? 3 : 4;

        if ((size_t) (end - s) < n || (size_t) (last - p) < n) {
            break;
        }

        for (i = 0; i < n; i++) {
            *p++ = *s++;
        }
    }

    return p;
}


char *
keyauth_json_integer(char *p, uint32_t n)
{
    uint32_t  rest;
    unsigned  width;

    width = 1;

    for (rest = n; rest >= 10; rest /= 10) {
        width++;
    }

    return keyauth_json_digits(p, n, width);
}


char *
keyauth_json_number(char *p, double x)
{
    int       e, n;
    char      digits[KEYAUTH_JSON_DIGITS];
    uint32_t  scaled;

    if (!isfinite(x)) {
        return keyauth_json_text(p, "null");
    }

    if (x < 0) {
        *p++ = '-';
        x = -x;
    }

    if (x == 0) {
        *p++ = '0';
        return p;
    }

    scaled = (uint32_t) (keyauth_json_normal(x, &e) * 1e5 + 0.5);

    if (scaled == 1000000) {
        scaled = 100000;
        e++;
    }

    (void) keyauth_json_digits(digits, scaled, KEYAUTH_JSON_DIGITS);

    for (n = KEYAUTH_JSON_DIGITS; digits[n - 1] == '0'; n--) { /* void */ }

    if (e >= -4 && e < KEYAUTH_JSON_DIGITS) {
        return keyauth_json_fixed(p, digits, n, e);
    }

    p = keyauth_json_fixed(p, digits, n, 0);
    *p++ = 'e';

    if (e < 0) {
        *p++ = '-';
        e = -e;
    }

    return keyauth_json_integer(p, (uint32_t) e);
}


static char *
keyauth_json_digits(char *p, uint32_t n, unsigned width)
{
    unsigned  i;

    for (i = width; i > 0; i--) {
        p[i - 1] = (char) ('0' + n % 10);
        n /= 10;
    }

    return p + width;
}


/* n digits, the first of which counts 10^e, -4 <= e < KEYAUTH_JSON_DIGITS */
static char *
keyauth_json_fixed(char *p, const char *digits, int n, int e)
{
    int  i;

    for (i = (e < 0) ? e : 0; i < n || i <= e; i++) {
        *p++ = (i >= 0 && i < n) ? digits[i] : '0';

        if (i == e && i + 1 < n) {
            *p++ = '.';
        }
    }

    return p;
}


/* x > 0 as a number in [1, 10) and a power of ten */
static double
keyauth_json_normal(double x, int *e)
{
    int                  i;
    static const double  tens[] = { 1e1, 1e2, 1e4, 1e8, 1e16, 1e32, 1e64,
                                    1e128, 1e256 };

    *e = 0;

    for (i = 8; x >= 10 && i >= 0; i--) {
        if (x >= tens[i]) {
            x /= tens[i];
            *e += 1 << i;
        }
    }

    for (i = 8; x < 1 && i >= 0; i--) {
        if (x * tens[i] < 10) {
            x *= tens[i];
            *e -= 1 << i;
        }
    }

    return x;
}
