/*
 * memo: one place for each text, whose last tenant stays.
 */
#include "collectors/engine/memo.h"

#define PLACE_BITS 6
#define PLACES     (1 << PLACE_BITS)

/* A text of at most 16 bytes, filled up with NULs, which are in no text. */
struct key {
	uint64_t word[2];
};

struct memo {
	struct {
		struct key key;
		bool used;
		uint8_t code;
	} place[PLACES];
};

struct memo *memo_new(void)
{
	return base_zalloc(1, sizeof(struct memo));
}

void memo_free(struct memo *m)
{
	free(m);
}

static struct key key_of(struct span text)
{
	struct key key = {0};

	if (text.len > 0)
		memcpy(&key, text.data, text.len);
	return key;
}

static size_t place_of(struct key key)
{
	uint64_t mixed = (key.word[0] ^ key.word[1] * 31) * UINT64_C(0x9e3779b97f4a7c15);

	return mixed >> (64 - PLACE_BITS); /* all bytes have come up there */
}

bool memo_get(const struct memo *m, struct span text, uint8_t *ret)
{
	if (text.len > sizeof(struct key))
		return false;
	struct key key = key_of(text);
	size_t at = place_of(key);
	*ret = m->place[at].code;
	return m->place[at].used && memcmp(&m->place[at].key, &key, sizeof(key)) == 0;
}

void memo_put(struct memo *m, struct span text, uint8_t code)
{
	if (text.len > sizeof(struct key))
		return;
	struct key key = key_of(text);
	size_t at = place_of(key);
	m->place[at].key = key;
	m->place[at].used = true;
	m->place[at].code = code;
}
