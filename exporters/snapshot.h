/*
 * snapshot: what Redis holds of a namespace, read in one cut (MULTI/EXEC) per partition, as plain
 * arrays. Everything above it is a pure function of this struct; tests make it by hand.
 */
#ifndef EXPORTERS_SNAPSHOT_H
#define EXPORTERS_SNAPSHOT_H

#include "common/redis.h"
#include "proto/cubes.h"
#include "proto/klass.h"
#include "proto/leverans.h"
#include "proto/route.h"

struct snapshot_partition {
	uint64_t base, off, ahead, cells, n, live; /* as in the meta hash, proto/keys.h */
	uint64_t stat[KEYS_STATS_END];
	uint64_t dead[REASONS_END], noted[REASONS_END];
	char **unit; /* by index; NULL where the dictionary has none */
	size_t units;
	struct klass *klass; /* by index; source "" where the dictionary has none */
	size_t klasses;
};

struct snapshot_cell {
	int partition;
	struct cubes_cell at; /* unit and klass are indexes in that partition's dictionaries */
	uint64_t count;       /* > 0 */
};

struct snapshot_delivery {
	char id[2 * EVENT_ID_BYTES + 1]; /* hex */
	char source[EVENT_SOURCE_MAX + 1];
	struct leverans leverans;
};

struct snapshot {
	char ns[KEYS_NAMESPACE_MAX + 1];
	char topic[ROUTE_TOPIC_MAX + 1];
	bool trial;
	int partitions;
	struct snapshot_partition *partition;
	struct snapshot_cell *cell;
	size_t cells, cell_cap;
	/* Each id once, as the partition of the id has it; sorted by id. */
	struct snapshot_delivery *delivery;
	size_t deliveries, delivery_cap;
};

/*
 * Reads a namespace. FAULT_STATE: "NOSTATE: .." when there is none; a partition whose cells are between
 * two states after some tries; anything that the format does not allow.
 */
int snapshot_read(struct redis *redis, const char *ns, struct snapshot *ret,
		  struct fault *f) MUST_CHECK;
/* "kp:120,98,110,131": namespace and offset of each partition, which name the cut. Appended. */
void snapshot_id(const struct snapshot *s, struct buf *out);
void snapshot_release(struct snapshot *s);

#endif
