/*
 * plain, plain_write: the short way and the long way through the same bytes: wherever the short one
 * says yes, the long one says the same event, also for bytes that somebody spoiled; what they write is
 * the same.
 */
#include "kit.h"

#include "proto/event_codec.h"
#include "proto/plain.h"
#include "sample.h"

#define ROUNDS 60000

/* splitmix64 */
static unsigned pick(uint64_t *seed, unsigned n)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return (unsigned)((z ^ z >> 31) % n);
}

/* Each field left out, or at one end of what it can be, or in between. */
static struct event some_event(uint64_t *seed)
{
	struct event e = sample_contact();
	size_t count;
	const struct event_field *row = event_fields(&count);

	e.op = pick(seed, 8) ? OP_UPSERT : OP_RETRACT;
	e.version = pick(seed, 2) ? pick(seed, 300) : EVENT_VERSION_MAX;
	for (size_t i = 0; i < count; i++) {
		char *at = (char *)&e.contact + row[i].offset;
		const int32_t number = (int32_t)pick(seed, row[i].max + 1);
		const int64_t ms = (int64_t)pick(seed, 2) * -1604391910000;
		if (pick(seed, 3) > 0)
			continue;
		switch (row[i].type) {
		case EVENT_CODE: *at = (char)(1 + pick(seed, 255)); break;
		case EVENT_NUM: memcpy(at, &number, sizeof(number)); break;
		case EVENT_MS: memcpy(at, &ms, sizeof(ms)); break;
		case EVENT_TEXT:
			memset(at, 0, row[i].max + 1);
			memset(at, 'x', pick(seed, row[i].max + 1));
			break;
		case EVENT_BYTES: memset(at, (int)pick(seed, 256), row[i].max); break;
		}
	}
	return e;
}

static void spoil(uint64_t *seed, struct buf *b)
{
	const size_t at = pick(seed, (unsigned)b->len);

	switch (pick(seed, 4)) {
	case 0: b->len = at; break;
	case 1: b->data[at] = (char)pick(seed, 256); break;
	case 2: b->data[at] = (char)(b->data[at] ^ 1 << pick(seed, 8)); break;
	case 3:
		memmove(b->data + at, b->data + at + 1, b->len - at - 1);
		b->len--;
		break;
	}
}

static void both_ways_say_the_same(void **state)
{
	(void)state;
	uint64_t seed = 2020;
	unsigned plain = 0;
	struct buf b = {0};

	for (unsigned round = 0; round < ROUNDS; round++) {
		const struct event e = some_event(&seed);
		struct event quick, slow;
		const char *field;
		buf_reset(&b);
		event_encode(&e, &b);
		for (unsigned times = pick(&seed, 3); times > 0 && b.len > 0; times--)
			spoil(&seed, &b);
		const bool yes = plain_read((const uint8_t *)b.data, b.len, &quick);
		const enum reason reason = event_decode_any(b.data, b.len, &slow, &field);
		plain += yes;
		if (yes && reason != REASON_NONE)
			fail_msg("round %u: the long way says %s", round, reason_name(reason));
		if (yes)
			assert_true(event_equal(&quick, &slow));
	}
	assert_in_range(plain, ROUNDS / 3, ROUNDS);
	buf_release(&b);
}

static void both_ways_write_the_same(void **state)
{
	(void)state;
	uint64_t seed = 11;
	struct buf quick = {0}, slow = {0};

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct event e = some_event(&seed);
		if (pick(&seed, 2))
			memset(e.leverans_id, 0, sizeof(e.leverans_id));
		e.version = pick(&seed, 9) ? e.version : 0;
		e.produced_ms = pick(&seed, 9) ? e.produced_ms : -1;
		/* Behind what stands there already. */
		buf_reset(&slow);
		event_encode(&e, &quick);
		event_encode_any(&e, &slow);
		assert_true(quick.len >= slow.len);
		quick.len -= slow.len;
		assert_memory_equal(quick.data + quick.len, slow.data, slow.len + 1);
		quick.len = pick(&seed, 20);
	}
	buf_release(&quick);
	buf_release(&slow);
}

static void what_is_encoded_takes_the_short_way(void **state)
{
	(void)state;
	uint64_t seed = 7;
	struct buf b = {0};

	for (unsigned round = 0; round < 1000; round++) {
		const struct event e = some_event(&seed);
		struct event back;
		buf_reset(&b);
		event_encode(&e, &b);
		assert_true(plain_read((const uint8_t *)b.data, b.len, &back));
		if (e.op == OP_UPSERT)
			assert_true(event_equal(&e, &back));
	}
	buf_release(&b);
}

static void what_is_no_contact_takes_the_long_way(void **state)
{
	(void)state;
	const struct event e = sample_closing();
	struct event back;
	struct buf b = {0};

	event_encode(&e, &b);
	assert_false(plain_read((const uint8_t *)b.data, b.len, &back));
	assert_false(plain_read((const uint8_t *)"", 0, &back));
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_say_the_same),
		cmocka_unit_test(both_ways_write_the_same),
		cmocka_unit_test(what_is_encoded_takes_the_short_way),
		cmocka_unit_test(what_is_no_contact_takes_the_long_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
