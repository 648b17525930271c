/*
 * redis_settings: what a Redis says of itself, as far as the rows of check.h ask.
 */
#ifndef AGGREGATOR_REDIS_SETTINGS_H
#define AGGREGATOR_REDIS_SETTINGS_H

#include "common/options.h"
#include "common/redis.h"

/* Adds name and value (common/pairs.h) of all that INFO tells and of every setting that is judged; no other, for they are passwords. */
int redis_settings(struct redis *r, struct option_list *ret, struct fault *f) MUST_CHECK;

#endif
