/*
 * Operating points: see keyauth_point.h.
 */


#include <math.h>

#include "keyauth_point.h"


int
keyauth_point_check(const keyauth_point_t *p, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (!isfinite(p[i].threshold) || !(p[i].frr >= 0 && p[i].frr <= 1)) {
            return -1;
        }

        if (i > 0 && !(p[i].far > p[i - 1].far
                       && p[i].threshold <= p[i - 1].threshold))
        {
            return -1;
        }
    }

    return p[0].far == KEYAUTH_FAR_MIN && p[n - 1].far == KEYAUTH_FAR_MAX
           ? 0 : -1;
}


keyauth_point_t
keyauth_point_at(const keyauth_point_t *points, uint32_t n, double far)
{
    double           t;
    uint32_t         i;
    keyauth_point_t  p;

    for (i = 1; i < n - 1 && points[i].far < far; i++) {
        /* void */
    }

    t = (log(far) - log(points[i - 1].far))
        / (log(points[i].far) - log(points[i - 1].far));

    p.far = far;
    p.threshold = points[i - 1].threshold
                  + t * (points[i].threshold - points[i - 1].threshold);
    p.frr = points[i - 1].frr + t * (points[i].frr - points[i - 1].frr);

    return p;
}
