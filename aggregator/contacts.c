/*
 * contacts: slots in an array, found by identity. Owns the memory of both; decides nothing.
 */
#include "aggregator/contacts.h"

#include <xxhash.h>

static uint32_t hash_of(const struct contacts *c, const uint8_t id[EVENT_ID_BYTES])
{
	return (uint32_t)XXH3_64bits_withSeed(id, EVENT_ID_BYTES, c->seed);
}

static uint32_t find(const struct contacts *c, const uint8_t id[EVENT_ID_BYTES], uint32_t hash)
{
	size_t at = 0;

	for (;;) {
		uint32_t slot = finder_next(&c->finder, hash, &at);

		if (slot == FINDER_NONE || memcmp(c->slot[slot].id, id, EVENT_ID_BYTES) == 0)
			return slot;
	}
}

uint32_t contacts_find(const struct contacts *c, const uint8_t id[EVENT_ID_BYTES])
{
	return find(c, id, hash_of(c, id));
}

void contacts_expect(const struct contacts *c, const uint8_t id[EVENT_ID_BYTES])
{
	finder_expect(&c->finder, hash_of(c, id));
}

uint32_t contacts_add(struct contacts *c, const struct vector *v)
{
	const uint32_t slot = c->count;

	assert(slot < CONTACTS_NONE - 1);
	c->slot = base_grow(c->slot, &c->cap, (size_t)slot + 1, sizeof(*c->slot));
	c->slot[slot] = *v;
	c->count++;
	finder_put(&c->finder, hash_of(c, v->id), slot);
	return slot;
}

void contacts_set(struct contacts *c, uint32_t slot, const struct vector *v)
{
	assert(slot < c->count && memcmp(c->slot[slot].id, v->id, EVENT_ID_BYTES) == 0);
	c->slot[slot] = *v;
}

struct vector *contacts_room(struct contacts *c, uint32_t count)
{
	assert(c->count == 0 && count < CONTACTS_NONE - 1);
	c->slot = base_grow(c->slot, &c->cap, count, sizeof(*c->slot));
	c->count = count;
	return c->slot;
}

bool contacts_index(struct contacts *c)
{
	finder_reserve(&c->finder, c->count);
	for (uint32_t slot = 0; slot < c->count; slot++) {
		const uint32_t hash = hash_of(c, c->slot[slot].id);

		if (find(c, c->slot[slot].id, hash) != CONTACTS_NONE)
			return false;
		finder_put(&c->finder, hash, slot);
	}
	return true;
}

void contacts_release(struct contacts *c)
{
	free(c->slot);
	finder_release(&c->finder);
	*c = (struct contacts){0};
}
