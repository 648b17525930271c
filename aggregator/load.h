/*
 * load: what Redis holds of a partition into an empty state, checked against itself, and the
 * compare of the cells: Redis's against those that the contact table gives.
 *
 * After a script that broke half-way (ahead > off) slots may hold events up to `ahead`, and cells anything:
 * then the table is taken as it stands, and cells that differ are for a heal. Without that excuse
 * every contradiction is FAULT_STATE: it means damage or a foreign hand, and a person decides.
 */
#ifndef AGGREGATOR_LOAD_H
#define AGGREGATOR_LOAD_H

#include "aggregator/state.h"
#include "aggregator/store.h"

/*
 * `s` is fresh from state_init() for the partition that `meta` was claimed of; after a fault it
 * is good for nothing but state_release(). Checked: the dictionaries have no hole, no contact stands
 * twice, all that a live slot refers to is there; the digest and the number of live contacts are those of
 * the meta hash (unless ahead > off).
 */
int load_state(struct store *store, const struct store_meta *meta, struct state *s,
	       struct fault *f) MUST_CHECK;

struct load_compared {
	uint64_t differing; /* cells; all of them are touched in the state now */
	char first[384];    /* "key .. field ..: .. in Redis, .. by the contact table" */
};
/*
 * Compares all cells, also those of pairs for which the table has nothing. Nothing may be waiting for a
 * commit. FAULT_FENCED when another owner came meanwhile.
 */
int load_compare(struct store *store, const char *ns, const char *token, struct state *s,
		 struct load_compared *ret, struct fault *f) MUST_CHECK;

#endif
