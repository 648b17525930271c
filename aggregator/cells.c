/*
 * cells: counters in an array, found by cell. Owns both; knows nothing of what a cell means.
 */
#include "aggregator/cells.h"

#include <xxhash.h>

static uint32_t find(const struct cells *c, uint64_t cell, uint32_t hash)
{
	size_t at = 0;

	for (;;) {
		uint32_t i = finder_next(&c->finder, hash, &at);

		if (i == FINDER_NONE || c->entry[i].cell == cell)
			return i;
	}
}

static uint32_t hash_of(const struct cells *c, uint64_t cell)
{
	return (uint32_t)XXH3_64bits_withSeed(&cell, sizeof(cell), c->seed);
}

static struct cells_entry *touch(struct cells *c, uint64_t cell)
{
	const uint32_t hash = hash_of(c, cell);
	uint32_t i = find(c, cell, hash);

	if (i == FINDER_NONE) {
		i = (uint32_t)c->count;
		c->entry = base_grow(c->entry, &c->cap, c->count + 1, sizeof(*c->entry));
		c->entry[c->count++] = (struct cells_entry){.cell = cell};
		finder_put(&c->finder, hash, i);
	}
	if (!c->entry[i].touched) {
		c->entry[i].touched = true;
		c->touched = base_grow(c->touched, &c->touched_cap, c->touches + 1,
				       sizeof(*c->touched));
		c->touched[c->touches++] = i;
	}
	return &c->entry[i];
}

bool cells_add(struct cells *c, uint64_t cell)
{
	const size_t before = c->count;

	touch(c, cell)->count++;
	return c->count > before;
}

void cells_remove(struct cells *c, uint64_t cell)
{
	struct cells_entry *e = touch(c, cell);

	assert(e->count > 0);
	e->count--;
}

void cells_touch(struct cells *c, uint64_t cell)
{
	(void)touch(c, cell);
}

uint32_t cells_find(const struct cells *c, uint64_t cell)
{
	return find(c, cell, hash_of(c, cell));
}

uint32_t cells_count(const struct cells *c, uint64_t cell)
{
	const uint32_t i = cells_find(c, cell);

	return i == FINDER_NONE ? 0 : c->entry[i].count;
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct cells *c = arg;
	const uint64_t x = c->entry[*(const uint32_t *)a].cell;
	const uint64_t y = c->entry[*(const uint32_t *)b].cell;

	return (x > y) - (x < y);
}

void cells_sort(struct cells *c)
{
	if (c->touches > 1)
		qsort_r(c->touched, c->touches, sizeof(*c->touched), compare, c);
}

void cells_settle(struct cells *c, size_t count)
{
	assert(count <= c->touches);
	for (size_t i = c->touches - count; i < c->touches; i++)
		c->entry[c->touched[i]].touched = false;
	c->touches -= count;
}

void cells_release(struct cells *c)
{
	free(c->entry);
	free(c->touched);
	finder_release(&c->finder);
	*c = (struct cells){0};
}
