/*
 * finder: an index from a 32-bit hash to numbers, by open addressing: what finds a contact's slot,
 * a cell or a text in arrays that only grow. Nothing is ever taken out. Whoever owns the array
 * computes the hashes (with a seed drawn for this process, so that nobody can prepare identities
 * that collide) and tells equal hashes apart.
 */
#ifndef AGGREGATOR_FINDER_H
#define AGGREGATOR_FINDER_H

#include "common/base.h"

#define FINDER_NONE UINT32_MAX

struct finder_place {
	uint32_t hash;
	uint32_t value; /* FINDER_NONE: free */
};

/* Zero-initialised = empty. */
struct finder {
	struct finder_place *place;
	size_t size; /* a power of two, at least a third of it free; or 0 */
	size_t count;
};

/*
 * The values that were put under the hash, one a call: *at is 0 before the first call and belongs
 * to this function after it. FINDER_NONE when there are no more.
 */
uint32_t finder_next(const struct finder *x, uint32_t hash, size_t *at);
/* A look-up of the hash is soon to come: has its place brought from memory meanwhile. */
void finder_expect(const struct finder *x, uint32_t hash);
void finder_put(struct finder *x, uint32_t hash, uint32_t value);
/* Room for `count` values without growing on the way. */
void finder_reserve(struct finder *x, size_t count);
void finder_release(struct finder *x);

#endif
