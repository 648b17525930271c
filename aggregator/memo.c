/*
 * memo: a table with one place for each hash; who comes last has it.
 */
#include "aggregator/memo.h"

#include <xxhash.h>

_Static_assert(sizeof(struct memo_key) == sizeof(struct klass) + 5, "no byte between the fields");

static struct memo_key key_of(const struct event *e)
{
	struct memo_key key = {.version_kind = e->version_kind};

	if (e->body == EVENT_CONTACT && e->op == OP_UPSERT)
		key.klass = klass_of(e);
	else
		memcpy(key.klass.source, e->source, sizeof(e->source));
	memcpy(key.fingerprint, e->fingerprint, sizeof(key.fingerprint));
	return key;
}

static size_t place_of(const struct memo_key *key)
{
	return XXH3_64bits(key, sizeof(*key)) % MEMO_SIZE;
}

const struct memo_entry *memo_find(const struct memo *m, const struct event *e)
{
	const struct memo_key key = key_of(e);
	const struct memo_entry *x = &m->entry[place_of(&key)];

	return x->used && memcmp(&x->key, &key, sizeof(key)) == 0 ? x : NULL;
}

void memo_keep(struct memo *m, const struct event *e, uint32_t klass)
{
	const struct memo_key key = key_of(e);

	m->entry[place_of(&key)] = (struct memo_entry){.key = key, .used = true, .klass = klass};
}
