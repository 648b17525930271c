/*
 * The sink on librdkafka's mock cluster when that has gone away: a stop that is asked for is heard, in a
 * full queue and in a flush, long before the patience with Kafka is at an end, and is told as one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <cmocka.h>

#include "collectors/engine/sink.h"
#include "common/civil.h"
#include "common/log.h"
#include "common/loop.h"

#define PATIENCE_MS 10000
#define SOON_MS     (PATIENCE_MS / 2)
#define PUT_MAX     1000 /* more than what is collected before it is handed over, and the queue */

static rd_kafka_t *host;
static rd_kafka_mock_cluster_t *cluster;

static int start_cluster(void **state)
{
	(void)state;
	host = rd_kafka_new(RD_KAFKA_PRODUCER, NULL, NULL, 0);
	cluster = host ? rd_kafka_mock_cluster_new(host, 1) : NULL;
	return cluster && rd_kafka_mock_topic_create(cluster, "t", 2, 1) == 0 ? 0 : -1;
}

static int stop_cluster(void **state)
{
	(void)state;
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(host);
	return 0;
}

static struct sink *open_sink(void)
{
	char *item[] = {base_strdup("bootstrap.servers"),
			base_strdup(rd_kafka_mock_cluster_bootstraps(cluster)),
			base_strdup("queue.buffering.max.messages"), base_strdup("10")};
	const struct option_list properties = {.item = item, .count = ARRAY_SIZE(item)};
	struct sink *sink = NULL;
	struct fault f = {0};

	int err = sink_kafka_open("t", &properties, PATIENCE_MS, &sink, &f);
	for (size_t i = 0; i < ARRAY_SIZE(item); i++)
		free(item[i]);
	if (err < 0)
		fail_msg("%s", f.text);
	assert_int_equal(sink->partitions, 2);
	return sink;
}

static int put(struct sink *sink, size_t count, struct fault *f)
{
	static const uint8_t key[EVENT_ID_BYTES];
	int err = 0;

	for (size_t i = 0; err == 0 && i < count; i++)
		err = sink->put(sink, 0, key, (struct span){"v", 1}, f);
	return err;
}

/* One test, in this order, for a stop is for ever. */
static void a_stop_is_heard_while_kafka_is_away(void **state)
{
	struct sink *sink = open_sink(), *other = open_sink();
	struct fault f = {0};

	(void)state;
	assert_int_equal(put(sink, PUT_MAX, &f), 0);
	assert_int_equal(sink->flush(sink, &f), 0);
	assert_int_equal(rd_kafka_mock_broker_set_down(cluster, -1), 0);
	loop_stop();
	int64_t start = civil_monotonic_ms();
	assert_int_equal(put(sink, PUT_MAX, &f), FAULT_UNAVAILABLE);
	assert_non_null(strstr(f.text, "stopped"));
	assert_int_equal(put(other, 5, &f), 0);
	assert_int_equal(other->flush(other, &f), FAULT_UNAVAILABLE);
	assert_int_equal(strncmp(f.text, "stopped: kafka: 5 messages are not acknowledged", 47), 0);
	assert_true(civil_monotonic_ms() - start < SOON_MS);
	sink->close(sink);
	other->close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_stop_is_heard_while_kafka_is_away)};

	alarm(280);
	loop_init();
	log_open("test_sink_kafka", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, start_cluster, stop_cluster);
}
