/* A broker, a clock and a watch that are made up: they stand before those of the libraries (tests/CMakeLists.txt). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aggregator/doubt.h"
#include "aggregator/watch.h"
#include "common/civil.h"
#include "common/loop.h"

/* Only the linker calls what begins with __wrap_. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define SECOND 1000

static struct {
	int64_t now_ms, low, high;
	int assigned;
} world;

int __wrap_kafka_in_partitions(struct kafka_in *in, int timeout_ms, int *ret, struct fault *f)
{
	(void)in;
	(void)timeout_ms;
	(void)f;
	*ret = 1;
	return 0;
}

int __wrap_kafka_in_watermarks(struct kafka_in *in, int partition, int timeout_ms, int64_t *ret_low,
			       int64_t *ret_high, struct fault *f)
{
	(void)in;
	(void)partition;
	(void)timeout_ms;
	(void)f;
	*ret_low = world.low;
	*ret_high = world.high;
	return 0;
}

int __wrap_kafka_in_assign(struct kafka_in *in, const int64_t *offset, int count, struct fault *f)
{
	(void)in;
	(void)offset;
	(void)count;
	(void)f;
	world.assigned++;
	return 0;
}

int __wrap_watch_log(const char *topic, const struct option_list *kafka, struct partition *p,
		     int count, const int64_t *low, struct fault *f)
{
	(void)topic;
	(void)kafka;
	(void)p;
	(void)count;
	(void)low;
	(void)f;
	return 0;
}

int64_t __wrap_civil_monotonic_ms(void)
{
	return world.now_ms;
}

void __wrap_loop_pause(int ms)
{
	world.now_ms += ms;
}

static struct partition partition;
static struct doubt doubt;
static struct fault fault;

/* One partition that has counted ten records, all that there are. */
static int begin(void **state)
{
	(void)state;
	world.now_ms = SECOND;
	world.low = 0;
	world.high = 10;
	world.assigned = 0;
	partition = (struct partition){.proven = true, .state = {.partitions = 1, .off = 10}};
	partition.ahead = 10;
	doubt = (struct doubt){.topic = "t", .partition = &partition, .count = 1};
	fault = (struct fault){0};
	assert_int_equal(doubt_assign(&doubt, &fault), 0);
	partition.proven = true; /* the record before the offset was read again */
	return 0;
}

static int turn_after(int seconds)
{
	world.now_ms += seconds * (int64_t)SECOND;
	return doubt_turn(&doubt, &fault);
}

static void a_log_that_has_more_and_gives_nothing_is_named(void **state)
{
	(void)state;
	world.high = 12;
	assert_int_equal(turn_after(60), 0);
	assert_int_equal(turn_after(19), 0);
	assert_int_equal(turn_after(1), FAULT_UNAVAILABLE);
	assert_non_null(strstr(fault.text, "partition 0 stands at offset 10 of 12"));
	assert_true(doubt.stalled);
}

static void whoever_moves_is_given_time(void **state)
{
	(void)state;
	world.high = 1000;
	for (int i = 0; i < 9; i++) {
		assert_int_equal(turn_after(i == 0 ? 60 : 20), 0);
		partition.state.off++;
		partition.ahead++;
	}
	assert_int_equal(turn_after(20), 0);
	assert_int_equal(turn_after(20), FAULT_UNAVAILABLE);
}

/* While it is on its way nothing can be read, so nobody was late meanwhile. */
static void a_long_commit_is_no_silence(void **state)
{
	(void)state;
	world.high = 12;
	assert_int_equal(turn_after(60), 0);
	assert_int_equal(turn_after(25), 0);
	assert_int_equal(turn_after(19), 0);
	assert_int_equal(turn_after(1), FAULT_UNAVAILABLE);
}

/* Whatever came a moment before the look is not late. */
static void a_quiet_log_is_never_late(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(turn_after(60), 0);
		world.high++;
		assert_int_equal(turn_after(60), 0);
		partition.state.off++;
		partition.ahead++;
		assert_int_equal(turn_after(20), 0);
	}
	assert_false(doubt.stalled);
}

/* Says something against what was counted, as reading does. */
static int said(void)
{
	(void)fault_set(&fault, FAULT_STATE, "no such offset");
	assert_int_equal(doubt_fault(&doubt, &fault), 0);
	return doubt_turn(&doubt, &fault);
}

static void what_is_said_three_times_is_final(void **state)
{
	(void)state;
	partition.proven = false; /* nobody can read the record again */
	for (int i = 0; i < 3; i++)
		assert_int_equal(said(), 1);
	assert_int_equal(said(), FAULT_STATE);
	assert_int_equal(world.assigned, 1 + 3);
}

static void a_doubt_that_is_cleared_is_forgotten(void **state)
{
	(void)state;
	for (int i = 0; i < 7; i++) {
		assert_int_equal(said(), 1);
		assert_false(partition.proven);
		partition.proven = true;
		assert_int_equal(turn_after(1), 0);
	}
	assert_int_equal(doubt.doubts, 0);
}

/* A partition of which nothing was counted yet has no record that could clear it. */
static void nothing_counted_clears_nothing(void **state)
{
	(void)state;
	partition.state.off = partition.ahead = 0;
	for (int i = 0; i < 3; i++)
		assert_int_equal(said(), 1);
	assert_int_equal(turn_after(1), 0);
	assert_int_equal(said(), FAULT_STATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_log_that_has_more_and_gives_nothing_is_named, begin),
		cmocka_unit_test_setup(whoever_moves_is_given_time, begin),
		cmocka_unit_test_setup(a_long_commit_is_no_silence, begin),
		cmocka_unit_test_setup(a_quiet_log_is_never_late, begin),
		cmocka_unit_test_setup(what_is_said_three_times_is_final, begin),
		cmocka_unit_test_setup(a_doubt_that_is_cleared_is_forgotten, begin),
		cmocka_unit_test_setup(nothing_counted_clears_nothing, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
