/*
 * Curves as SVG, in colours that are read on light and on dark ground.
 */


#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "report.h"


#define KEYAUTH_PLOT_LEFT   70.0
#define KEYAUTH_PLOT_TOP    40.0
#define KEYAUTH_PLOT_SIZE   360.0       /* of the square that curves are in */

#define keyauth_plot_x(x)  (KEYAUTH_PLOT_LEFT + KEYAUTH_PLOT_SIZE * (x))
#define keyauth_plot_y(y)  (KEYAUTH_PLOT_TOP + KEYAUTH_PLOT_SIZE * (1 - (y)))


static void keyauth_plot_open(FILE *svg, const char *title, const char *x,
    const char *y);
static void keyauth_plot_tick(FILE *svg, double at, const char *label);
static void keyauth_plot_legend(FILE *svg, double x, uint32_t line,
    const char *colour, const char *label);
static void keyauth_plot_diagonal(FILE *svg);
static void keyauth_plot_reliability(FILE *svg, const keyauth_figures_t *f);
static void keyauth_plot_bins(FILE *svg, const keyauth_bin_t *bins,
    const char *colour);
static void keyauth_plot_det(FILE *svg, const keyauth_figures_t *f);
static double keyauth_plot_log(double rate);


static const char *const keyauth_plot_colours[] = {
    "#2f7fd8", "#e0701a", "#2a9d5c", "#c2408a", "#8a63d2", "#7a6a2f"
};


int
keyauth_figures_plot(const keyauth_figures_t *f, const char *directory,
    char *err)
{
    int      i, rc;
    char    *text, path[4096];
    FILE    *svg;
    size_t   len;

    const char *const  names[] = { "reliability", "det" };

    if (mkdir(directory, 0755) != 0 && errno != EEXIST) {
        snprintf(err, KEYAUTH_ERROR_MAX, "%.200s: cannot be made: %s",
                 directory, strerror(errno));
        return -1;
    }

    for (i = 0; i < 2; i++) {
        svg = open_memstream(&text, &len);

        if (svg == NULL) {
            snprintf(err, KEYAUTH_ERROR_MAX, "no memory for curves");
            return -1;
        }

        if (i == 0) {
            keyauth_plot_reliability(svg, f);

        } else {
            keyauth_plot_det(svg, f);
        }

        fputs("</svg>\n", svg);
        rc = fclose(svg);
        snprintf(path, sizeof(path), "%s/%s.svg", directory, names[i]);

        if (rc == 0) {
            rc = keyauth_file_save(path, text, len, err);

        } else {
            snprintf(err, KEYAUTH_ERROR_MAX, "no memory for curves");
        }

        free(text);

        if (rc != 0) {
            return -1;
        }
    }

    return 0;
}


static void
keyauth_plot_open(FILE *svg, const char *title, const char *x, const char *y)
{
    fprintf(svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 470 470\""
            " width=\"470\" height=\"470\" role=\"img\">\n"
            "<title>%s</title>\n"
            "<style>\n"
            "  text { font: 13px sans-serif; fill: #404040 }\n"
            "  .frame { fill: none; stroke: #808080 }\n"
            "  .grid { stroke: #808080; stroke-opacity: 0.3 }\n"
            "  .curve { fill: none; stroke-width: 2 }\n"
            "  @media (prefers-color-scheme: dark) {"
            " text { fill: #d0d0d0 } }\n"
            "</style>\n"
            "<text x=\"%g\" y=\"24\" style=\"font-weight: bold\">%s</text>\n"
            "<rect class=\"frame\" x=\"%g\" y=\"%g\" width=\"%g\" "
            "height=\"%g\"/>\n"
            "<text x=\"%g\" y=\"452\" text-anchor=\"middle\">%s</text>\n"
            "<text transform=\"translate(18 %g) rotate(-90)\" "
            "text-anchor=\"middle\">%s</text>\n",
            title, KEYAUTH_PLOT_LEFT, title, KEYAUTH_PLOT_LEFT,
            KEYAUTH_PLOT_TOP, KEYAUTH_PLOT_SIZE, KEYAUTH_PLOT_SIZE,
            keyauth_plot_x(0.5), x, keyauth_plot_y(0.5), y);
}


/* the same on both axes */
static void
keyauth_plot_tick(FILE *svg, double at, const char *label)
{
    double  x, y;

    x = keyauth_plot_x(at);
    y = keyauth_plot_y(at);

    fprintf(svg,
            "<path class=\"grid\" d=\"M%.1f %g V%g M%g %.1f H%g\"/>\n"
            "<text x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%s</text>\n"
            "<text x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
            x, keyauth_plot_y(0), keyauth_plot_y(1), keyauth_plot_x(0), y,
            keyauth_plot_x(1), x, keyauth_plot_y(0) + 18, label,
            keyauth_plot_x(0) - 7, y + 4, label);
}


/* in the corner that the curves keep out of, from x on */
static void
keyauth_plot_legend(FILE *svg, double x, uint32_t line, const char *colour,
    const char *label)
{
    double  y;

    y = KEYAUTH_PLOT_TOP + 22 + 20 * line;

    fprintf(svg,
            "<path class=\"curve\" stroke=\"%s\" d=\"M%g %g h24\"/>\n"
            "<text x=\"%g\" y=\"%g\">%s</text>\n",
            colour, x, y - 4, x + 30, y, label);
}


/* where both axes say the same */
static void
keyauth_plot_diagonal(FILE *svg)
{
    fprintf(svg, "<path class=\"frame\" stroke-dasharray=\"4 4\" "
            "d=\"M%g %g L%g %g\"/>\n", keyauth_plot_x(0),
            keyauth_plot_y(0), keyauth_plot_x(1), keyauth_plot_y(1));
}


static void
keyauth_plot_reliability(FILE *svg, const keyauth_figures_t *f)
{
    char                       label[64];
    uint32_t                   i, k;
    const keyauth_outcomes_t  *o;

    const keyauth_model_e  models[] = { KEYAUTH_FUSION, KEYAUTH_XGB };

    keyauth_plot_open(svg, "Reliability, leave one repetition out",
                      "score of the answer (a larger dot: more answers)",
                      "share of these that is right");

    for (i = 0; i <= 5; i++) {
        snprintf(label, sizeof(label), "%.1f", i / 5.0);
        keyauth_plot_tick(svg, i / 5.0, label);
    }

    keyauth_plot_diagonal(svg);
    o = &f->accuracy.outcomes[0];

    for (k = 0; k < 2; k++) {
        if (!(f->models & 1u << models[k])) {
            continue;
        }

        keyauth_plot_bins(svg, o->bin[models[k]], keyauth_plot_colours[k]);
        snprintf(label, sizeof(label), "%s, calibration error %.3f",
                 keyauth_model_names[models[k]],
                 keyauth_outcomes_ece(o, models[k]));
        keyauth_plot_legend(svg, KEYAUTH_PLOT_LEFT + 12, k,
                            keyauth_plot_colours[k], label);
    }
}


/* a dot's area is the share of all answers that its bin has */
static void
keyauth_plot_bins(FILE *svg, const keyauth_bin_t *bins, const char *colour)
{
    int       begun;
    double    answers, x[KEYAUTH_BINS], y[KEYAUTH_BINS];
    uint32_t  i;

    fprintf(svg, "<path class=\"curve\" stroke=\"%s\" d=\"", colour);
    answers = 0;
    begun = 0;

    for (i = 0; i < KEYAUTH_BINS; i++) {
        if (bins[i].answers > 0) {
            x[i] = keyauth_plot_x(bins[i].scores / bins[i].answers);
            y[i] = keyauth_plot_y((double) bins[i].right / bins[i].answers);
            answers += bins[i].answers;
            fprintf(svg, "%c%.1f %.1f ", begun ? 'L' : 'M', x[i], y[i]);
            begun = 1;
        }
    }

    fputs("\"/>\n", svg);

    for (i = 0; i < KEYAUTH_BINS; i++) {
        if (bins[i].answers > 0) {
            fprintf(svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" "
                    "fill=\"%s\"/>\n", x[i], y[i],
                    2 + 10 * sqrt(bins[i].answers / answers), colour);
        }
    }
}


/* rates from one in a thousand to one, on their logarithms */
static double
keyauth_plot_log(double rate)
{
    return 1 + log10(fmax(rate, 0.001)) / 3;
}


static void
keyauth_plot_det(FILE *svg, const keyauth_figures_t *f)
{
    char                           label[64], rows[32];
    uint32_t                       i, k;
    const keyauth_verification_t  *v;

    const double  ticks[] = { 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1 };

    keyauth_plot_open(svg, "Detection error trade-off, strangers not enrolled",
                      "strangers accepted (FAR), %",
                      "genuine claims rejected (FRR), %");

    for (i = 0; i < sizeof(ticks) / sizeof(ticks[0]); i++) {
        snprintf(label, sizeof(label), "%g", 100 * ticks[i]);
        keyauth_plot_tick(svg, keyauth_plot_log(ticks[i]), label);
    }

    keyauth_plot_diagonal(svg);

    for (k = 0; k < KEYAUTH_VERIFICATIONS; k++) {
        v = &f->verification[k];

        if (v->genuine == 0) {
            continue;
        }

        fprintf(svg, "<path class=\"curve\" stroke=\"%s\" d=\"",
                keyauth_plot_colours[k]);

        /* none rejected is nowhere on this axis: there the curve ends */

        for (i = 0; i < KEYAUTH_DET_POINTS && v->det[i].frr > 0; i++) {
            fprintf(svg, "%c%.1f %.1f ", i > 0 ? 'L' : 'M',
                    keyauth_plot_x(keyauth_plot_log(v->det[i].far)),
                    keyauth_plot_y(keyauth_plot_log(v->det[i].frr)));
        }

        fputs("\"/>\n", svg);
        snprintf(rows, sizeof(rows), k == 0 ? "as served" : "%u rows enrolled",
                 (unsigned) v->enrolled);
        snprintf(label, sizeof(label), "%s, EER %.1f %%", rows, 100 * v->eer);
        keyauth_plot_legend(svg, keyauth_plot_x(0.25), k,
                            keyauth_plot_colours[k], label);
    }
}
