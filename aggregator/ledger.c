/*
 * ledger: texts by name. Owns copies of both; knows nothing of what they say.
 */
#include "aggregator/ledger.h"

#include <xxhash.h>

static uint32_t hash_of(const struct ledger *l, const char *field)
{
	return (uint32_t)XXH3_64bits_withSeed(field, strlen(field), l->seed);
}

static struct ledger_entry *find(const struct ledger *l, const char *field, uint32_t hash)
{
	size_t at = 0;

	for (;;) {
		uint32_t i = finder_next(&l->finder, hash, &at);

		if (i == FINDER_NONE)
			return NULL;
		if (strcmp(l->entry[i].field, field) == 0)
			return &l->entry[i];
	}
}

const char *ledger_get(const struct ledger *l, const char *field)
{
	const struct ledger_entry *e = find(l, field, hash_of(l, field));

	return e != NULL ? e->text : NULL;
}

void ledger_set(struct ledger *l, const char *field, const char *text)
{
	const uint32_t hash = hash_of(l, field);
	struct ledger_entry *e = find(l, field, hash);

	if (e == NULL) {
		finder_put(&l->finder, hash, (uint32_t)l->count);
		l->entry = base_grow(l->entry, &l->cap, l->count + 1, sizeof(*l->entry));
		e = &l->entry[l->count++];
		*e = (struct ledger_entry){.field = base_strdup(field)};
	}
	free(e->text);
	e->text = base_strdup(text);
	e->touched = l->touched = true;
}

void ledger_settle(struct ledger *l)
{
	for (size_t i = 0; l->touched && i < l->count; i++)
		l->entry[i].touched = false;
	l->touched = false;
}

void ledger_release(struct ledger *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->entry[i].field);
		free(l->entry[i].text);
	}
	free(l->entry);
	finder_release(&l->finder);
	*l = (struct ledger){0};
}
