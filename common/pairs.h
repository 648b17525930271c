/*
 * pairs: names and values alternating in a struct option_list, copies of both: properties of
 * librdkafka, settings that a server tells.
 */
#ifndef COMMON_PAIRS_H
#define COMMON_PAIRS_H

#include "common/options.h"

/* `value` NULL: "". */
void pairs_add(struct option_list *p, const char *name, const char *value);
void pairs_add_all(struct option_list *p, const struct option_list *more);
/* The first value of that name, or NULL. */
const char *pairs_find(const struct option_list *p, const char *name);
/* Only of pairs that were added: never what options_read() filled. */
void pairs_release(struct option_list *p);

#endif
