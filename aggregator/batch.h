/*
 * batch: what a state's next commit carries: the slots, cells, texts and counts that have changed
 * since the last one, as a struct store_commit. Owns the arrays, and reuses them.
 */
#ifndef AGGREGATOR_BATCH_H
#define AGGREGATOR_BATCH_H

#include "aggregator/state.h"
#include "aggregator/store.h"

/* Zero-initialised = empty. */
struct batch {
	uint32_t *slot;
	size_t slots_cap;
	struct store_range *range;
	size_t ranges_cap;
	struct store_cell *cell;
	size_t cells_cap;
	struct store_entry *entry[3]; /* u, k, p */
	size_t entries_cap[3];
	struct store_fact *fact;
	size_t facts_cap;
	char dead_field[REASONS_END][40], dead_text[REASONS_END][24];
	char probe[STORE_DIGEST_MAX];
};

/*
 * The commit of all that is touched, but of the touched cells only the last `cells`: when some are left
 * out, the cells in Redis stay complete up to where they were. Without any record folded since the last
 * one it is a heal, which writes cells and moves no offset. Borrows from the state, the batch and `owner`:
 * valid until the next change of any of them. state_settle() with its cell_count after STORE_OK.
 */
struct store_commit batch_commit(struct batch *b, const struct state *s, const char *owner,
				 size_t cells);
void batch_release(struct batch *b);

#endif
