/*
 * drain: the least that reading a topic by librdkafka costs: its batches, with the aggregator's
 * settings and allocator, and one byte of every record looked at. The speed of light of the bench.
 *
 *	bench_drain HOST:PORT TOPIC
 */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>

#include "common/base.h"

#define BATCH          1024
#define PARTITIONS_MAX 64
#define WAIT_MS        20000

/* As common/kafka_in.c sets them, but with a queue that a loop as short as this never fills. */
static const char *const setting[][2] = {
	{"group.id", "bench"},
	{"auto.offset.reset", "error"},
	{"enable.auto.commit", "false"},
	{"enable.auto.offset.store", "false"},
	{"check.crcs", "true"},
	{"queued.min.messages", "10000000"},
	{"queued.max.messages.kbytes", "65536"},
};

static void die(const char *what, const char *why)
{
	(void)fprintf(stderr, "bench_drain: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static rd_kafka_t *consumer(const char *address)
{
	char error[512];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	if (rd_kafka_conf_set(conf, "bootstrap.servers", address, error, sizeof(error)) !=
	    RD_KAFKA_CONF_OK)
		die("address", error);
	for (size_t i = 0; i < ARRAY_SIZE(setting); i++)
		if (rd_kafka_conf_set(conf, setting[i][0], setting[i][1], error, sizeof(error)) !=
		    RD_KAFKA_CONF_OK)
			die(setting[i][0], error);
	rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));

	if (rk == NULL)
		die("consumer", error);
	(void)rd_kafka_poll_set_consumer(rk);
	return rk;
}

/* Starts every partition at its beginning; how many records there are. */
static int64_t assign(rd_kafka_t *rk, const char *topic)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
	int64_t low, high, all = 0;

	for (int p = 0; p < PARTITIONS_MAX; p++) {
		if (rd_kafka_query_watermark_offsets(rk, topic, p, &low, &high, WAIT_MS))
			break;
		rd_kafka_topic_partition_list_add(list, topic, p)->offset = low;
		all += high - low;
	}
	if (rd_kafka_assign(rk, list))
		die(topic, "cannot be assigned");
	rd_kafka_topic_partition_list_destroy(list);
	return all;
}

int main(int argc, char **argv)
{
	static rd_kafka_message_t *message[BATCH];
	unsigned sum = 0;

	if (argc != 3)
		die("usage", "bench_drain HOST:PORT TOPIC");
	rd_kafka_t *rk = consumer(argv[1]);
	rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
	const int64_t all = assign(rk, argv[2]);
	int64_t read = 0;

	while (read < all) {
		const ssize_t n = rd_kafka_consume_batch_queue(queue, 10, message, BATCH);

		for (ssize_t i = 0; i < n; i++) {
			if (message[i]->err)
				die(argv[2], rd_kafka_message_errstr(message[i]));
			sum += *(const uint8_t *)message[i]->payload;
			rd_kafka_message_destroy(message[i]);
		}
		read += n > 0 ? n : 0;
	}
	printf("%" PRId64 " %u\n", read, sum);
	rd_kafka_queue_destroy(queue);
	(void)rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
	return EXIT_SUCCESS;
}
