/* ingest: every reason why a record is not folded, in the order of the checks; contiguity; the fingerprint. */
#include "stream.h"

#include "aggregator/ingest.h"
#include "proto/event_codec.h"

/* A record that owns its bytes. */
struct sample {
	struct buf value;
	uint8_t key[EVENT_ID_BYTES];
	struct kafka_record r;
};

static void encode(struct sample *s, const struct event *e)
{
	buf_reset(&s->value);
	event_encode(e, &s->value);
	memcpy(s->key, e->id, EVENT_ID_BYTES);
	s->r = (struct kafka_record){
		.partition = STREAM_PARTITION,
		.offset = 7,
		.key = s->key,
		.key_len = EVENT_ID_BYTES,
		.value = (const uint8_t *)s->value.data,
		.value_len = s->value.len,
	};
}

static enum reason check(const struct sample *s)
{
	struct event e;
	const char *field = NULL;
	const enum reason r = ingest_event(&s->r, STREAM_PARTITIONS, &e, &field);
	assert_non_null(field);
	return r;
}

static void a_good_record_becomes_its_event(void **state)
{
	(void)state;
	struct sample s = {0};
	struct event e = stream_contact(5, 3), back;
	const char *field;

	encode(&s, &e);
	assert_int_equal(ingest_event(&s.r, STREAM_PARTITIONS, &back, &field), REASON_NONE);
	assert_true(event_equal(&e, &back));
	buf_release(&s.value);
}

static void row_82_strange_headers_are_dead(void **state)
{
	(void)state;
	struct sample s = {0};
	const struct event e = stream_contact(5, 3);

	encode(&s, &e);
	s.r.strange = true;
	assert_int_equal(check(&s), REASON_HEADERS);
	buf_release(&s.value);
}

static void row_76_a_null_value_is_dead(void **state)
{
	(void)state;
	struct sample s = {0};
	const struct event e = stream_contact(5, 3);

	encode(&s, &e);
	s.r.value = NULL;
	s.r.value_len = 0;
	s.r.key = NULL;
	s.r.key_len = 0;
	assert_int_equal(check(&s), REASON_NULL_VALUE);
	buf_release(&s.value);
}

static void row_77_an_empty_value_is_dead(void **state)
{
	(void)state;
	struct sample s = {0};
	const struct event e = stream_contact(5, 3);

	encode(&s, &e);
	s.r.value_len = 0;
	assert_int_equal(check(&s), REASON_EMPTY_VALUE);
	buf_release(&s.value);
}

static void row_78_a_key_that_is_not_the_identity_is_dead(void **state)
{
	(void)state;
	struct sample s = {0};
	const struct event e = stream_contact(5, 3);

	encode(&s, &e);
	s.r.key = NULL;
	s.r.key_len = 0;
	assert_int_equal(check(&s), REASON_KEY);
	encode(&s, &e);
	s.r.key_len = EVENT_ID_BYTES - 1;
	assert_int_equal(check(&s), REASON_KEY);
	encode(&s, &e);
	s.key[EVENT_ID_BYTES - 1] ^= 1;
	assert_int_equal(check(&s), REASON_KEY);
	buf_release(&s.value);
}

static void row_79_the_wrong_partition_is_dead(void **state)
{
	(void)state;
	struct sample s = {0};
	struct event e = stream_contact(5, 3);

	encode(&s, &e);
	s.r.partition = STREAM_PARTITION + 1;
	assert_int_equal(check(&s), REASON_WRONG_PARTITION);
	e = stream_leverans(5, PHASE_OPENING);
	e.leverans.partition = 1;
	encode(&s, &e);
	assert_int_equal(check(&s), REASON_WRONG_PARTITION);
	s.r.partition = 1;
	assert_int_equal(check(&s), REASON_NONE);
	e.leverans.partition = STREAM_PARTITIONS;
	encode(&s, &e);
	assert_int_equal(check(&s), REASON_WRONG_PARTITION);
	buf_release(&s.value);
}

static void row_80_a_value_over_16_kib_is_dead_before_it_is_read(void **state)
{
	(void)state;
	struct sample s = {0};
	const struct event e = stream_contact(5, 3);

	encode(&s, &e);
	char *room = buf_room(&s.value, EVENT_VALUE_MAX);
	memset(room, 0xff, EVENT_VALUE_MAX);
	s.r.value = (const uint8_t *)s.value.data;
	s.r.value_len = EVENT_VALUE_MAX + 1;
	assert_int_equal(check(&s), REASON_LIMIT);
	buf_release(&s.value);
}

static void row_81_what_is_not_our_event_is_dead(void **state)
{
	(void)state;
	struct sample s = {0};
	struct event e = stream_contact(5, 3);

	e.schema = 2;
	encode(&s, &e);
	assert_int_equal(check(&s), REASON_SCHEMA_VERSION);
	encode(&s, &e);
	s.r.value = (const uint8_t *)"{\"kanal\":\"video\"}";
	s.r.value_len = 17;
	assert_int_not_equal(check(&s), REASON_NONE);
	buf_release(&s.value);
}

static void row_83_a_control_record_is_dead(void **state)
{
	(void)state;
	struct sample s = {0};
	struct event e = stream_contact(5, 3), bare;

	event_init(&bare);
	e.op = OP_RETRACT;
	e.contact = bare.contact;
	encode(&s, &e);
	/* Its body is the last field, 16, and empty; let it be field 18, control. */
	uint8_t *tag = (uint8_t *)s.value.data + s.value.len - 3;
	assert_memory_equal(tag, "\x82\x01\x00", 3);
	tag[0] = 0x92;
	assert_int_equal(check(&s), REASON_FORGED_CONTROL);
	buf_release(&s.value);
}

static void row_86_truncated_protobuf_is_dead(void **state)
{
	(void)state;
	struct sample s = {0};
	const struct event e = stream_contact(5, 3);

	encode(&s, &e);
	s.r.value_len--;
	assert_int_not_equal(check(&s), REASON_NONE);
	buf_release(&s.value);
}

static void row_92_a_code_that_is_none_is_dead(void **state)
{
	(void)state;
	struct sample s = {0};
	struct event e = stream_contact(5, 3);

	e.contact.kanal = 99;
	encode(&s, &e);
	assert_int_equal(check(&s), REASON_UNKNOWN_CODE);
	buf_release(&s.value);
}

static void the_contents_are_checked_before_the_key_and_the_key_before_the_partition(void **state)
{
	(void)state;
	struct sample s = {0};
	struct event e = stream_contact(5, 3);

	e.contact.kon = 0;
	encode(&s, &e);
	s.key[0] ^= 1;
	s.r.partition++;
	assert_int_equal(check(&s), REASON_FIELD_MISSING);
	e.contact.kon = KON_MAN;
	encode(&s, &e);
	s.key[0] ^= 1;
	s.r.partition++;
	assert_int_equal(check(&s), REASON_KEY);
	buf_release(&s.value);
}

static void nothing_is_skipped(void **state)
{
	(void)state;
	struct fault f = {0};
	struct kafka_record r = {.partition = 3, .offset = 10};

	assert_int_equal(ingest_contiguous(&r, 10, &f), 0);
	assert_int_equal(ingest_contiguous(&r, 9, &f), FAULT_STATE);
	assert_non_null(strstr(f.text, "partition 3"));
	assert_non_null(strstr(f.text, "offset 10"));
	assert_int_equal(ingest_contiguous(&r, 11, &f), FAULT_STATE);
	r.offset = -1;
	assert_int_equal(ingest_contiguous(&r, 0, &f), FAULT_STATE);
}

static uint64_t probe(const char *key, const char *value)
{
	const struct kafka_record r = {
		.key = (const uint8_t *)key,
		.key_len = key != NULL ? strlen(key) : 0,
		.value = (const uint8_t *)value,
		.value_len = value != NULL ? strlen(value) : 0,
	};
	return ingest_probe(&r);
}

static void the_fingerprint_tells_records_apart(void **state)
{
	(void)state;
	static const struct {
		const char *key, *value;
	} record[] = {{"ab", "cd"},   {"abc", "d"}, {"a", "bcd"},   {"", "abcd"},
		      {NULL, "abcd"}, {"abcd", ""}, {"abcd", NULL}, {NULL, NULL},
		      {"", ""},       {NULL, ""},   {"", NULL}};

	for (size_t i = 0; i < ARRAY_SIZE(record); i++)
		for (size_t j = 0; j < ARRAY_SIZE(record); j++)
			assert_int_equal(probe(record[i].key, record[i].value) ==
						 probe(record[j].key, record[j].value),
					 i == j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_record_becomes_its_event),
		cmocka_unit_test(row_82_strange_headers_are_dead),
		cmocka_unit_test(row_76_a_null_value_is_dead),
		cmocka_unit_test(row_77_an_empty_value_is_dead),
		cmocka_unit_test(row_78_a_key_that_is_not_the_identity_is_dead),
		cmocka_unit_test(row_79_the_wrong_partition_is_dead),
		cmocka_unit_test(row_80_a_value_over_16_kib_is_dead_before_it_is_read),
		cmocka_unit_test(row_81_what_is_not_our_event_is_dead),
		cmocka_unit_test(row_83_a_control_record_is_dead),
		cmocka_unit_test(row_86_truncated_protobuf_is_dead),
		cmocka_unit_test(row_92_a_code_that_is_none_is_dead),
		cmocka_unit_test(
			the_contents_are_checked_before_the_key_and_the_key_before_the_partition),
		cmocka_unit_test(nothing_is_skipped),
		cmocka_unit_test(the_fingerprint_tells_records_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
