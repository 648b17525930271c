/*
 * snapshot_parse: the answer to one cut, an array of hashes, read strictly into a snapshot. Pure. Whatever the format does
 * not allow is FAULT_STATE with the key it stands in.
 */
#ifndef EXPORTERS_SNAPSHOT_PARSE_H
#define EXPORTERS_SNAPSHOT_PARSE_H

#include "exporters/snapshot.h"

/* Order of the answers: the five hashes, then for every pair the cells of every cube. */
enum { SNAPSHOT_M, SNAPSHOT_U, SNAPSHOT_K, SNAPSHOT_P, SNAPSHOT_D, SNAPSHOT_CELLS };

/* The months and units of a partition that have cells. */
struct snapshot_pairs {
	struct {
		unsigned yyyymm, unit;
	} * pair;
	size_t count;
};

/* Where the i-th of count * CUBES_END hashes of cells stands. */
struct cubes_cell snapshot_pairs_at(const struct snapshot_pairs *pairs, size_t i);
void snapshot_pairs_release(struct snapshot_pairs *pairs);

/* The meta hash; "NOSTATE: .." when there is none. Partition 0 also gives topic, trial and the number of partitions. */
int snapshot_parse_meta(const redisReply *exec, struct snapshot *s, int partition,
			struct fault *f) MUST_CHECK;
/* The pairs of the cut, into an empty *pairs; release it also after a fault. */
int snapshot_parse_pairs(const redisReply *exec, const struct snapshot *s, int partition,
			 struct snapshot_pairs *pairs, struct fault *f) MUST_CHECK;
/* Dictionaries, deliveries and cells. */
int snapshot_parse_rest(const redisReply *exec, struct snapshot *s, int partition,
			const struct snapshot_pairs *pairs, struct fault *f) MUST_CHECK;

#endif
