/*
 * tally: open addressing over an array of rows. Owns the keys.
 */
#include "exporters/tally.h"

static size_t slot_of(const struct tally *t, const char *key)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
	for (const char *c = key; *c; c++)
		hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
	size_t at = (size_t)(hash ^ hash >> 32) & (t->slots - 1);
	while (t->slot[at] && strcmp(t->row[t->slot[at] - 1].key, key) != 0)
		at = (at + 1) & (t->slots - 1);
	return at;
}

static void enlarge(struct tally *t)
{
	free(t->slot);
	t->slots = t->slots ? t->slots * 2 : 64;
	t->slot = base_zalloc(t->slots, sizeof(*t->slot));
	for (size_t i = 0; i < t->count; i++)
		t->slot[slot_of(t, t->row[i].key)] = (uint32_t)i + 1;
}

struct tally_row *tally_at(struct tally *t, const char *key)
{
	if (2 * t->count >= t->slots)
		enlarge(t);
	size_t at = slot_of(t, key);
	if (!t->slot[at]) {
		t->row = base_grow(t->row, &t->cap, t->count + 1, sizeof(*t->row));
		t->row[t->count] = (struct tally_row){.key = base_strdup(key)};
		t->slot[at] = (uint32_t)++t->count;
	}
	return &t->row[t->slot[at] - 1];
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct tally_row *)a)->key, ((const struct tally_row *)b)->key);
}

void tally_sort(struct tally *t)
{
	if (t->count > 1)
		qsort(t->row, t->count, sizeof(*t->row), by_key);
	free(t->slot);
	t->slot = NULL;
	t->slots = 0;
}

static int to_key(const void *key, const void *row)
{
	return strcmp(key, ((const struct tally_row *)row)->key);
}

const struct tally_row *tally_find(const struct tally *t, const char *key)
{
	return t->count ? bsearch(key, t->row, t->count, sizeof(*t->row), to_key) : NULL;
}

void tally_release(struct tally *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->row[i].key);
	free(t->row);
	free(t->slot);
	*t = (struct tally){0};
}
