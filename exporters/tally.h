/*
 * tally: two counts by text. Rows are found by hashing while counting and put in byte order at
 * the end. A key of several texts joins them with TALLY_JOIN, which is lower than any byte that a
 * text can have: the order of the keys is then the order of the texts, one after the other.
 */
#ifndef EXPORTERS_TALLY_H
#define EXPORTERS_TALLY_H

#include "common/base.h"

#define TALLY_JOIN '\x01'

struct tally_row {
	char *key;
	uint64_t n, of; /* both 0 in a new row */
};

/* Zero-initialised = empty. */
struct tally {
	struct tally_row *row;
	size_t count, cap;
	uint32_t *slot; /* row number + 1 by hash; 0 = free */
	size_t slots;   /* a power of two */
};

/* The row of a key, made when it is new; valid until the next call. */
struct tally_row *tally_at(struct tally *t, const char *key);
/* Byte order of the keys. Ends the counting. */
void tally_sort(struct tally *t);
/* The row of a key once sorted, or NULL. */
const struct tally_row *tally_find(const struct tally *t, const char *key);
void tally_release(struct tally *t);

#endif
