#include "kit.h"

#include "proto/event_codec.h"
#include "sample.h"

static struct buf encode(const struct event *e)
{
	struct buf b = {0};
	event_encode(e, &b);
	return b;
}

static enum reason decode(const struct buf *b, struct event *ret)
{
	const char *field;
	return event_decode(b->data, b->len, ret, &field);
}

static void assert_golden(const struct event *e, const char *name)
{
	char path[512];
	struct buf bytes = encode(e), golden = {0}, hex = {0};
	struct fault f = {0};
	(void)snprintf(path, sizeof(path), KP_SOURCE_DIR "/tests/golden/%s.hex", name);
	text_hex((const uint8_t *)bytes.data, bytes.len, buf_room(&hex, bytes.len * 2 + 1));
	if (buf_read_file(&golden, path, 65536, &f) != 0)
		fail_msg("%s; the bytes are now\n%s", f.text, hex.data);
	golden.data[golden.len - 1] = '\0'; /* the newline */
	assert_string_equal(hex.data, golden.data);
	buf_release(&bytes);
	buf_release(&golden);
	buf_release(&hex);
}

/* The log is for life: these bytes may only ever be added to. */
static void wire_bytes_are_golden(void **state)
{
	(void)state;
	struct event contact = sample_contact(), closing = sample_closing(),
		     opening = sample_closing();
	struct event retract = sample_contact();
	retract.op = OP_RETRACT;
	opening.leverans = (struct leverans){.phase = PHASE_OPENING, .partition = 3, .reading = 1};
	assert_golden(&contact, "contact");
	assert_golden(&retract, "retract");
	assert_golden(&opening, "opening");
	assert_golden(&closing, "closing");
}

static void every_field_survives(void **state)
{
	(void)state;
	struct event e = sample_contact(), back;
	size_t count;
	const struct event_field *row = event_fields(&count);
	for (size_t i = 0; i < count; i++) {
		char *at = (char *)&e.contact + row[i].offset;
		int32_t number = (int32_t)row[i].max;
		int64_t ms = -1234567890123;
		if (row[i].type == EVENT_CODE && !*at)
			*at = 1;
		else if (row[i].type == EVENT_NUM)
			memcpy(at, &number, sizeof(number));
		else if (row[i].type == EVENT_MS)
			memcpy(at, &ms, sizeof(ms));
		else if (row[i].type == EVENT_TEXT)
			memset(at, 'x', row[i].max);
		else if (row[i].type == EVENT_BYTES)
			memset(at, 0x7f, row[i].max);
	}
	struct buf b = encode(&e);
	assert_int_equal(decode(&b, &back), REASON_NONE);
	assert_true(event_equal(&e, &back));
	back.contact.unit[5] = 'y';
	assert_false(event_equal(&e, &back));
	assert_true(b.len < 1000);
	buf_release(&b);
}

static void what_is_not_stated_stays_unstated(void **state)
{
	(void)state;
	struct event e, back, closing = sample_closing();
	event_init(&e);
	e.body = EVENT_CONTACT;
	e.op = OP_UPSERT;
	e.version_kind = 1;
	struct buf b = encode(&e);
	assert_int_equal(decode(&b, &back), REASON_NONE);
	assert_true(event_equal(&e, &back));
	assert_int_equal(back.contact.age, -1);
	assert_true(back.contact.started_ms == EVENT_NO_TIME);
	buf_release(&b);
	b = encode(&closing);
	assert_int_equal(decode(&b, &back), REASON_NONE);
	assert_true(event_equal(&closing, &back));
	buf_release(&b);
}

/* Row 86: truncated anywhere. */
static void row_86_every_cut_is_refused_or_other(void **state)
{
	(void)state;
	struct event e = sample_contact(), back;
	struct buf b = encode(&e);
	const char *field;
	for (size_t n = 0; n < b.len; n++) {
		enum reason r = event_decode(b.data, n, &back, &field);
		assert_true(r != REASON_NONE || !event_equal(&e, &back));
	}
	buf_release(&b);
}

static void assert_bytes(const char *bytes, size_t len, enum reason expect)
{
	struct event back;
	const char *field;
	assert_int_equal(event_decode(bytes, len, &back, &field), expect);
}
#define BYTES(text) (text), sizeof(text) - 1

static void rows_81_86_87_broken_bytes(void **state)
{
	(void)state;
	assert_bytes(BYTES("{\"schema_version\":1}"), REASON_SCHEMA_VERSION); /* JSON by mistake */
	assert_bytes(BYTES("\x00\x00\x00\x00\x01"),
		     REASON_SCHEMA_VERSION); /* a schema registry's magic */
	assert_bytes(BYTES("\x08\x02"), REASON_SCHEMA_VERSION);
	assert_bytes(BYTES("\x12\x03vas"), REASON_SCHEMA_VERSION);    /* none stated */
	assert_bytes(BYTES("\x08\x01\x12\x05vas"), REASON_PB_SYNTAX); /* beyond the buffer */
	assert_bytes(BYTES("\x08\x01\x0b"), REASON_PB_SYNTAX);        /* group */
	assert_bytes(BYTES("\x08\x01\x02\x00"), REASON_PB_SYNTAX);    /* tag 0 */
	assert_bytes(BYTES("\x0a\x01\x01"), REASON_PB_SYNTAX);        /* schema as bytes */
	assert_bytes(BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), REASON_PB_SYNTAX);
	assert_bytes(BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), REASON_PB_RANGE);
	assert_bytes(BYTES("\x08\x81\x80\x80\x80\x10"), REASON_PB_RANGE); /* 2^32 + 1 reads as 1 */
}

static void row_89_twice_is_not_canonical(void **state)
{
	(void)state;
	struct event e = sample_contact(), back;
	struct buf b = encode(&e);
	buf_add(&b, "\x28\x05", 2); /* version again: last would win */
	assert_int_equal(decode(&b, &back), REASON_PB_NONCANON);
	buf_release(&b);
	b = encode(&e);
	buf_add(&b, "\x8a\x01\x00", 3); /* leverans beside contact */
	assert_int_equal(decode(&b, &back), REASON_PB_NONCANON);
	buf_release(&b);
}

/* Row 89: another order of fields and up to 32 unknown ones are no reason to refuse. */
static void row_89_order_and_unknown_fields_are_accepted(void **state)
{
	(void)state;
	struct event e = sample_contact(), back;
	struct buf b = encode(&e), turned = {0};
	buf_add(&turned, b.data + 2, b.len - 2); /* schema last */
	buf_add(&turned, b.data, 2);
	for (int i = 0; i < 32; i++)
		buf_add(&turned, "\xc0\x3e\x01", 3); /* field 1000 */
	assert_int_equal(decode(&turned, &back), REASON_NONE);
	assert_true(event_equal(&e, &back));
	buf_add(&turned, "\xc0\x3e\x01", 3);
	assert_int_equal(decode(&turned, &back), REASON_LIMIT);
	buf_release(&b);
	buf_release(&turned);
}

/* Row 80 */
static void row_80_16_kib_is_the_limit(void **state)
{
	(void)state;
	char *big = base_zalloc(1, EVENT_VALUE_MAX + 1);
	struct event back;
	const char *field;
	assert_int_equal(event_decode(big, EVENT_VALUE_MAX + 1, &back, &field), REASON_LIMIT);
	free(big);
}

/* Row 88: strlen would see something shorter. */
static void row_88_embedded_nul_and_long_text(void **state)
{
	(void)state;
	struct event e = sample_contact(), back;
	struct buf b = encode(&e);
	char *unit = memmem(b.data, b.len, "SE2321000115", 12);
	assert_non_null(unit);
	unit[4] = '\0';
	assert_int_equal(decode(&b, &back), REASON_ENCODING);
	buf_release(&b);
	b = encode(&e);
	char *source = memmem(b.data, b.len, "\x12\x03vas", 5);
	assert_non_null(source);
	struct buf longer = {0};
	buf_add(&longer, b.data, (size_t)(source - b.data));
	buf_add(&longer,
		"\x12\x21"
		"123456789012345678901234567890123",
		35);
	buf_add(&longer, source + 5, b.len - (size_t)(source + 5 - b.data));
	assert_int_equal(decode(&longer, &back), REASON_FIELD_INVALID);
	buf_release(&b);
	buf_release(&longer);
}

/* Any bytes at all: a reason or an event, never a crash; what decodes encodes to the same event. */
static void random_changes_never_confuse(void **state)
{
	(void)state;
	uint64_t seed = 20201103;
	struct event e = sample_contact(), back, again;
	for (int round = 0; round < 20000; round++) {
		struct buf b = encode(&e);
		for (int i = 0; i < 3; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			b.data[(seed >> 33) % b.len] = (char)(seed >> 25);
		}
		const char *field;
		if (decode(&b, &back) == REASON_NONE && event_check(&back, &field) == REASON_NONE) {
			struct buf c = encode(&back);
			assert_int_equal(decode(&c, &again), REASON_NONE);
			assert_true(event_equal(&back, &again));
			buf_release(&c);
		}
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wire_bytes_are_golden),
		cmocka_unit_test(every_field_survives),
		cmocka_unit_test(what_is_not_stated_stays_unstated),
		cmocka_unit_test(row_86_every_cut_is_refused_or_other),
		cmocka_unit_test(rows_81_86_87_broken_bytes),
		cmocka_unit_test(row_89_twice_is_not_canonical),
		cmocka_unit_test(row_89_order_and_unknown_fields_are_accepted),
		cmocka_unit_test(row_80_16_kib_is_the_limit),
		cmocka_unit_test(row_88_embedded_nul_and_long_text),
		cmocka_unit_test(random_changes_never_confuse),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
