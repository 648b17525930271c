/*
 * cells: how many live contacts stand in each cell (cubes_pack), and which cells have changed
 * since the last commit. A cell that has fallen to 0 keeps its entry, so that its field is removed
 * from Redis.
 */
#ifndef AGGREGATOR_CELLS_H
#define AGGREGATOR_CELLS_H

#include "aggregator/finder.h"

struct cells_entry {
	uint64_t cell;
	uint32_t count;
	bool touched;
};

/* Initialise with {.seed = ..}. */
struct cells {
	struct cells_entry *entry;
	size_t count, cap;
	uint32_t *touched; /* entries, each once */
	size_t touches, touched_cap;
	struct finder finder;
	uint64_t seed;
};

/* Adds 1; or takes 1 away: below 0 this program is wrong and aborts. */
void cells_add(struct cells *c, uint64_t cell);
void cells_remove(struct cells *c, uint64_t cell);
/* Marks a cell for the next commit without changing it. */
void cells_touch(struct cells *c, uint64_t cell);
/*
 * The counts are what stands in `cell`, ascending, a cell as often as it counts, and 0 for all
 * others. Marks what differs from before.
 */
void cells_recount(struct cells *c, const uint64_t *cell, size_t count);
/* Its entry, FINDER_NONE when it never had one; and its count. */
uint32_t cells_find(const struct cells *c, uint64_t cell);
uint32_t cells_count(const struct cells *c, uint64_t cell);
/* Puts the marked cells in ascending order, so that those of one hash in Redis stand together. */
void cells_sort(struct cells *c);
/* The last `count` marked cells are not marked any more. */
void cells_settle(struct cells *c, size_t count);
void cells_release(struct cells *c);

#endif
