/*
 * dictionary: texts and their numbers, 0, 1, 2 .. in the order in which they came: units, classes
 * and pairs `yyyymm:unit` of one partition. A number never changes its text, and none is taken out.
 */
#ifndef AGGREGATOR_DICTIONARY_H
#define AGGREGATOR_DICTIONARY_H

#include "aggregator/finder.h"
#include "common/text.h"

#define DICTIONARY_NONE FINDER_NONE

/* Initialise with {.max = .., .seed = ..}. */
struct dictionary {
	char **text;
	uint32_t count, max;
	uint32_t settled; /* numbers below this stand in Redis */
	size_t cap;
	struct finder finder;
	uint64_t seed;
};

uint32_t dictionary_find(const struct dictionary *d, const char *text);
/* A new text; the dictionary must not be full and not have it. Returns its number. */
uint32_t dictionary_add(struct dictionary *d, const char *text);
bool dictionary_full(const struct dictionary *d);
/* Three quarters are used: an operator should know before it is full. */
bool dictionary_alarm(const struct dictionary *d);
/*
 * Loading: the texts in any order, then the check that none is missing. False when the number is
 * not below `max`, has a text, or the text a number, or the text holds a NUL. What was put is settled.
 */
bool dictionary_put(struct dictionary *d, uint32_t number, struct span text) MUST_CHECK;
bool dictionary_complete(struct dictionary *d) MUST_CHECK;
void dictionary_release(struct dictionary *d);

#endif
