/*
 * LIVE's figures, as text and as JSON.
 */


#ifndef KEYAUTH_LIVE_FIGURES_WRITE_H_INCLUDED
#define KEYAUTH_LIVE_FIGURES_WRITE_H_INCLUDED


#include <cjson/cJSON.h>

#include "live_figures.h"


void keyauth_live_figures_text(const keyauth_live_figures_t *f);

/* NULL: no memory */
cJSON *keyauth_live_figures_json(const keyauth_live_figures_t *f);


#endif /* KEYAUTH_LIVE_FIGURES_WRITE_H_INCLUDED */
