/*
 * The broker's file: what is written is what is read, and a damaged file is refused as a whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "demo/broker_store.h"

static void fill(struct buf *out)
{
	struct broker_record plain = {.partition = 3,
				      .offset = 7,
				      .timestamp_ms = 1577836800123,
				      .key = {"k\0y", 3},
				      .value = span_of("value")};
	struct broker_record odd = {.offset = 1, .value = {"", 0}, .headers = 2};

	odd.header[0] = (struct broker_header){span_of("reason"), span_of("KEY")};
	odd.header[1] = (struct broker_header){span_of("empty"), {0}};
	broker_store_begin(out);
	broker_store_topic(out, "a.b", 4);
	broker_store_record(out, &plain);
	broker_store_topic(out, "a.b.dlq", 1);
	broker_store_record(out, &odd);
	broker_store_end(out, 2);
}

static struct span span_of_buf(const struct buf *b)
{
	return (struct span){b->data, b->len};
}

static void test_round_trip(void **state)
{
	struct buf bytes = {0};
	struct broker_store s;
	struct broker_record r;
	struct span topic;
	struct fault f;
	int partitions;

	(void)state;
	fill(&bytes);
	assert_int_equal(broker_store_open(span_of_buf(&bytes), &s, &f), 0);
	assert_int_equal(broker_store_next(&s, &topic, &partitions, &r, &f), BROKER_ITEM_TOPIC);
	assert_true(span_is(topic, "a.b") && partitions == 4);
	assert_int_equal(broker_store_next(&s, &topic, &partitions, &r, &f), BROKER_ITEM_RECORD);
	assert_true(r.partition == 3 && r.offset == 7 && r.timestamp_ms == 1577836800123);
	assert_true(span_equal(r.key, (struct span){"k\0y", 3}) && span_is(r.value, "value"));
	assert_int_equal(r.headers, 0);
	assert_int_equal(broker_store_next(&s, &topic, &partitions, &r, &f), BROKER_ITEM_TOPIC);
	assert_true(span_is(topic, "a.b.dlq") && partitions == 1);
	assert_int_equal(broker_store_next(&s, &topic, &partitions, &r, &f), BROKER_ITEM_RECORD);
	assert_null(r.key.data);
	assert_non_null(r.value.data);
	assert_int_equal(r.value.len, 0);
	assert_int_equal(r.headers, 2);
	assert_true(span_is(r.header[0].name, "reason") && span_is(r.header[0].value, "KEY"));
	assert_null(r.header[1].value.data);
	assert_int_equal(broker_store_next(&s, &topic, &partitions, &r, &f), BROKER_ITEM_END);
	buf_release(&bytes);
}

/* Every single flipped byte and every cut is found when the file is opened. */
static void test_damage(void **state)
{
	struct buf bytes = {0};
	struct broker_store s;
	struct fault f;

	(void)state;
	fill(&bytes);
	for (size_t i = 0; i < bytes.len; i++) {
		bytes.data[i] ^= 1;
		assert_int_equal(broker_store_open(span_of_buf(&bytes), &s, &f), FAULT_STATE);
		bytes.data[i] ^= 1;
		assert_int_equal(broker_store_open((struct span){bytes.data, i}, &s, &f),
				 FAULT_STATE);
	}
	assert_int_equal(broker_store_open(span_of_buf(&bytes), &s, &f), 0);
	buf_release(&bytes);
}

/* A right sum over wrong contents, a writer's fault, is found while reading. */
static void test_wrong_contents(void **state)
{
	struct buf bytes = {0};
	struct broker_store s;
	struct broker_record r;
	struct span topic;
	struct fault f;
	int partitions;

	(void)state;
	broker_store_begin(&bytes);
	broker_store_end(&bytes, 5);
	assert_int_equal(broker_store_open(span_of_buf(&bytes), &s, &f), 0);
	assert_int_equal(broker_store_next(&s, &topic, &partitions, &r, &f), FAULT_STATE);
	buf_reset(&bytes);
	broker_store_begin(&bytes);
	buf_adds(&bytes, "R\x01");
	broker_store_end(&bytes, 1);
	assert_int_equal(broker_store_open(span_of_buf(&bytes), &s, &f), 0);
	assert_int_equal(broker_store_next(&s, &topic, &partitions, &r, &f), FAULT_STATE);
	buf_release(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_wrong_contents),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
