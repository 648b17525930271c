/*
 * state: everything that one partition's aggregator holds in memory, which is what Redis holds of
 * the partition after the last commit, and what has changed since. It is thrown away whole after
 * any answer of Redis but OK, and loaded anew.
 *
 * Every change goes through the functions here: they keep the digest `sum`, the cells and the
 * number of live contacts in step with the table, and note what the next commit must carry. A
 * struct state is not copied.
 */
#ifndef AGGREGATOR_STATE_H
#define AGGREGATOR_STATE_H

#include "aggregator/cells.h"
#include "aggregator/contacts.h"
#include "aggregator/dictionary.h"
#include "aggregator/ledger.h"
#include "aggregator/memo.h"
#include "proto/keys.h"
#include "proto/reasons.h"

/* What Redis is believed to hold: the fence of the next commit, and how far its cells are complete. */
struct state_settled {
	uint64_t off, sum, dead, cells;
	uint32_t contacts;
};

struct state {
	int partition, partitions;
	uint64_t base;                  /* offset where counting began */
	uint64_t off;                   /* next offset to be folded */
	uint64_t probe;                 /* ingest_probe() of the record off-1 */
	uint64_t stats[KEYS_STATS_END]; /* add up to off - base */
	uint64_t dead[REASONS_END];     /* add up to stats[KEYS_STAT_DEAD] */
	/* Redis had the reason at the load, perhaps with another count. */
	bool dead_stands[REASONS_END];
	uint64_t live; /* contacts that are not retracted */
	uint64_t sum;  /* state_digest(), kept up incrementally */

	struct contacts contacts;
	struct cells cells; /* = the live contacts, counted by every cube, unless they are .. */
	bool deferred;      /* .. left as they were: state_recount() comes before any is written */
	struct dictionary units, klasses, pairs;
	struct ledger ledger;
	struct memo memo;

	uint32_t *touched; /* slots written anew since the last commit; some stand twice */
	size_t touches, touched_cap;
	struct state_settled settled;
};

/* An empty partition. `seed` is that of the indexes: drawn for this process, unknown outside it. */
void state_init(struct state *s, int partition, int partitions, uint64_t base, uint64_t seed);
void state_release(struct state *s);

/* Writes a contact's vector into its slot, or into a new one for CONTACTS_NONE. */
void state_put(struct state *s, uint32_t slot, const struct vector *v);
/* Adds a text to dictionary u, k or p, which has not got it and is not full; returns its number. */
uint32_t state_name(struct state *s, enum keys_part part, const char *text);
/* Sets a text of `d` (a delivery or a pin). */
void state_note(struct state *s, const char *field, const char *text);
/* One more record is folded: its category, its reason if it is dead, and ingest_probe() of it. */
void state_count(struct state *s, enum keys_stat stat, enum reason reason, uint64_t probe);

/*
 * A backlog is folded several times as fast without its cells, which follow from the table: from
 * now on they are left as they are. And: they are counted anew, those that differ are touched.
 */
void state_defer(struct state *s);
void state_recount(struct state *s);
/*
 * Gives every month and unit that has cells its number in p, through which alone a reader finds them;
 * tells how many had none.
 */
uint32_t state_name_pairs(struct state *s);

/* All of the state stands in Redis now, but of the touched cells only the last `cells`. */
void state_settle(struct state *s, size_t cells);
/* Whether cells in Redis still differ, or are said to be of an earlier offset. */
bool state_owes_cells(const struct state *s);

/* The dictionary of a letter. */
struct dictionary *state_dictionary(struct state *s, enum keys_part part);
/*
 * The digest from scratch, sum mod 2^64 over all slots and all entries of u, k, p and d:
 *	slot i		XXH3-64 of its 32 bytes, seed i
 *	entry		XXH3-64 of its text, seed = (XXH3-64 of its index or field, seed = letter of the hash)
 */
uint64_t state_digest(const struct state *s);

#endif
