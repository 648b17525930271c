/*
 * dictionary: an array of texts, found by text. Owns copies of all of them.
 */
#include "aggregator/dictionary.h"

#include <xxhash.h>

static uint32_t hash_of(const struct dictionary *d, struct span text)
{
	return (uint32_t)XXH3_64bits_withSeed(text.data, text.len, d->seed);
}

static uint32_t find(const struct dictionary *d, struct span text)
{
	const uint32_t hash = hash_of(d, text);
	size_t at = 0;

	for (;;) {
		uint32_t i = finder_next(&d->finder, hash, &at);

		if (i == FINDER_NONE || span_is(text, d->text[i]))
			return i;
	}
}

static void set(struct dictionary *d, uint32_t number, struct span text)
{
	d->text[number] = base_strndup(text.data, text.len);
	finder_put(&d->finder, hash_of(d, text), number);
}

uint32_t dictionary_find(const struct dictionary *d, const char *text)
{
	return find(d, span_of(text));
}

uint32_t dictionary_add(struct dictionary *d, const char *text)
{
	assert(!dictionary_full(d));
	d->text = base_grow(d->text, &d->cap, (size_t)d->count + 1, sizeof(*d->text));
	set(d, d->count, span_of(text));
	return d->count++;
}

bool dictionary_full(const struct dictionary *d)
{
	return d->count >= d->max;
}

bool dictionary_alarm(const struct dictionary *d)
{
	return d->count >= d->max - d->max / 4;
}

bool dictionary_put(struct dictionary *d, uint32_t number, struct span text)
{
	if (number >= d->max || (text.len > 0 && memchr(text.data, '\0', text.len) != NULL))
		return false;
	d->text = base_grow(d->text, &d->cap, (size_t)number + 1, sizeof(*d->text));
	while (d->count <= number)
		d->text[d->count++] = NULL;
	if (d->text[number] != NULL || find(d, text) != DICTIONARY_NONE)
		return false;
	set(d, number, text);
	return true;
}

bool dictionary_complete(struct dictionary *d)
{
	d->settled = d->count;
	return d->finder.count == d->count;
}

void dictionary_release(struct dictionary *d)
{
	for (uint32_t i = 0; i < d->count; i++)
		free(d->text[i]);
	free(d->text);
	finder_release(&d->finder);
	*d = (struct dictionary){0};
}
