/*
 * finder: open addressing with linear probing. Owns its places and nothing that they point to.
 */
#include "aggregator/finder.h"

#define SIZE_MIN 64

static void place(struct finder *x, struct finder_place p)
{
	size_t at = p.hash & (x->size - 1);

	while (x->place[at].value != FINDER_NONE)
		at = (at + 1) & (x->size - 1);
	x->place[at] = p;
}

static void resize(struct finder *x, size_t size)
{
	struct finder old = *x;

	x->size = size;
	x->place = base_alloc(size * sizeof(*x->place));
	memset(x->place, 0xff, size * sizeof(*x->place));
	for (size_t i = 0; i < old.size; i++)
		if (old.place[i].value != FINDER_NONE)
			place(x, old.place[i]);
	free(old.place);
}

void finder_reserve(struct finder *x, size_t count)
{
	size_t size = x->size > 0 ? x->size : SIZE_MIN;

	while (count * 3 > size * 2)
		size *= 2;
	if (size > x->size)
		resize(x, size);
}

uint32_t finder_next(const struct finder *x, uint32_t hash, size_t *at)
{
	if (x->size == 0)
		return FINDER_NONE;
	for (;;) {
		struct finder_place p = x->place[(hash + *at) & (x->size - 1)];

		++*at;
		if (p.value == FINDER_NONE || p.hash == hash)
			return p.value;
	}
}

void finder_expect(const struct finder *x, uint32_t hash)
{
	if (x->size > 0)
		__builtin_prefetch(&x->place[hash & (x->size - 1)]);
}

void finder_put(struct finder *x, uint32_t hash, uint32_t value)
{
	assert(value != FINDER_NONE);
	finder_reserve(x, x->count + 1);
	place(x, (struct finder_place){.hash = hash, .value = value});
	x->count++;
}

void finder_release(struct finder *x)
{
	free(x->place);
	*x = (struct finder){0};
}
