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

static void mark(struct cells *c, uint32_t i)
{
	if (c->entry[i].touched)
		return;
	c->entry[i].touched = true;
	c->touched = base_grow(c->touched, &c->touched_cap, c->touches + 1, sizeof(*c->touched));
	c->touched[c->touches++] = i;
}

/* The cell's entry, which may be new. */
static uint32_t entry_of(struct cells *c, uint64_t cell)
{
	const uint32_t hash = hash_of(c, cell);
	uint32_t i = find(c, cell, hash);

	if (i == FINDER_NONE) {
		i = (uint32_t)c->count;
		c->entry = base_grow(c->entry, &c->cap, c->count + 1, sizeof(*c->entry));
		c->entry[c->count++] = (struct cells_entry){.cell = cell};
		finder_put(&c->finder, hash, i);
	}
	return i;
}

static struct cells_entry *touch(struct cells *c, uint64_t cell)
{
	const uint32_t i = entry_of(c, cell);

	mark(c, i);
	return &c->entry[i];
}

void cells_add(struct cells *c, uint64_t cell)
{
	touch(c, cell)->count++;
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

static void set(struct cells *c, uint32_t i, uint32_t count)
{
	if (c->entry[i].count == count)
		return;
	c->entry[i].count = count;
	mark(c, i);
}

/* How many of the sorted cells are the same as the first. */
static size_t run_of(const uint64_t *cell, size_t count)
{
	size_t n = 1;

	while (n < count && cell[n] == cell[0])
		n++;
	return n;
}

void cells_recount(struct cells *c, const uint64_t *cell, size_t count)
{
	const size_t before = c->count;
	bool *standing = base_zalloc(before + 1, sizeof(*standing));

	for (size_t at = 0, n; at < count; at += n) {
		const uint32_t i = entry_of(c, cell[at]);

		n = run_of(cell + at, count - at);
		set(c, i, (uint32_t)n);
		if (i < before)
			standing[i] = true;
	}
	for (size_t i = 0; i < before; i++)
		if (!standing[i])
			set(c, (uint32_t)i, 0);
	free(standing);
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
	for (size_t i = 1; i < c->touches; i++) {
		if (compare(&c->touched[i - 1], &c->touched[i], c) <= 0)
			continue;
		qsort_r(c->touched, c->touches, sizeof(*c->touched), compare, c);
		return;
	}
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
