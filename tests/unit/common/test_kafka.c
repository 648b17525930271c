/*
 * Kafka in both directions on librdkafka's mock cluster: account of every message, assignment by
 * offsets, what is refused, what is not there, and that closing ends.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <cmocka.h>

#include "common/civil.h"
#include "common/kafka_in.h"
#include "common/kafka_out.h"
#include "common/log.h"

#define PARTITIONS  4
#define DEADLINE_MS 20000
#define PRODUCE     0 /* ApiKey of the protocol */

static rd_kafka_t *host;
static rd_kafka_mock_cluster_t *cluster;
static char *bootstrap;

static int start_cluster(void **state)
{
	(void)state;
	host = rd_kafka_new(RD_KAFKA_PRODUCER, NULL, NULL, 0);
	cluster = host ? rd_kafka_mock_cluster_new(host, 1) : NULL;
	if (!cluster)
		return -1;
	bootstrap = base_strdup(rd_kafka_mock_cluster_bootstraps(cluster));
	return 0;
}

static int stop_cluster(void **state)
{
	(void)state;
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(host);
	free(bootstrap);
	return 0;
}

static void make_topic(const char *topic)
{
	assert_int_equal(rd_kafka_mock_topic_create(cluster, topic, PARTITIONS, 1), 0);
}

/* bootstrap.servers and at most one property more. */
struct properties {
	struct option_list list;
	char *item[4];
};

static struct option_list *with(struct properties *p, const char *servers, const char *name,
				const char *value)
{
	const char *text[4] = {"bootstrap.servers", servers, name, value};

	for (size_t i = 0; i < 4; i++)
		p->item[i] = text[i] ? base_strdup(text[i]) : NULL;
	p->list = (struct option_list){.item = p->item, .count = name ? 4 : 2};
	return &p->list;
}

static void without(struct properties *p)
{
	for (size_t i = 0; i < 4; i++)
		free(p->item[i]);
}

static struct kafka_out *make_out(const char *name, const char *value)
{
	struct properties p;
	struct kafka_out *out = NULL;
	struct fault f = {0};
	int rc = kafka_out_new(with(&p, bootstrap, name, value), &out, &f);

	without(&p);
	if (rc < 0)
		fail_msg("%s", f.text);
	return out;
}

static struct kafka_in *make_in_at(const char *servers, const char *topic)
{
	struct properties p;
	struct kafka_in *in = NULL;
	struct fault f = {0};
	int rc = kafka_in_new(topic, with(&p, servers, NULL, NULL), &in, &f);

	without(&p);
	if (rc < 0)
		fail_msg("%s", f.text);
	return in;
}

static struct kafka_in *make_in(const char *topic)
{
	return make_in_at(bootstrap, topic);
}

static int send_number(struct kafka_out *out, const char *topic, int n, struct fault *f)
{
	char text[16];
	struct kafka_message m = {
		.topic = topic, .partition = n % PARTITIONS, .key = text, .value = text};

	(void)snprintf(text, sizeof(text), "%d", n);
	m.key_len = m.value_len = strlen(text);
	return kafka_out_send(out, &m, f);
}

static void send_numbers(const char *topic, int count)
{
	struct kafka_out *out = make_out(NULL, NULL);
	struct fault f = {0};

	for (int n = 0; n < count; n++)
		assert_int_equal(send_number(out, topic, n, &f), 0);
	if (kafka_out_flush(out, DEADLINE_MS, &f) < 0)
		fail_msg("%s", f.text);
	struct kafka_out_stats stats = kafka_out_stats(out);
	assert_int_equal(stats.sent, count);
	assert_int_equal(stats.delivered, count);
	assert_int_equal(stats.failed, 0);
	kafka_out_free(out);
}

/* Reads until every partition has come from `next` to `end`, in order and without a gap. */
static void read_to_end(struct kafka_in *in, int64_t next[PARTITIONS], int64_t end)
{
	struct kafka_record record[64];
	struct fault f = {0};
	int64_t deadline = civil_monotonic_ms() + DEADLINE_MS;
	int64_t missing = 0;

	for (int i = 0; i < PARTITIONS; i++)
		missing += end - next[i];
	while (missing > 0) {
		int count = kafka_in_batch(in, 100, record, ARRAY_SIZE(record), &f);
		if (count < 0)
			fail_msg("%s", f.text);
		for (int i = 0; i < count; i++) {
			char text[16];
			int32_t p = record[i].partition;
			assert_int_equal(record[i].offset, next[p]);
			(void)snprintf(text, sizeof(text), "%" PRId64, next[p] * PARTITIONS + p);
			assert_int_equal(record[i].value_len, strlen(text));
			assert_memory_equal(record[i].value, text, strlen(text));
			assert_int_equal(record[i].key_len, strlen(text));
			next[p]++;
			missing--;
		}
		assert_true(civil_monotonic_ms() < deadline);
	}
	assert_int_equal(kafka_in_batch(in, 50, record, ARRAY_SIZE(record), &f), 0);
}

static void what_is_sent_is_read(void **state)
{
	int64_t next[PARTITIONS] = {0}, middle[PARTITIONS] = {0, 10, 249, 250};
	struct fault f = {0};

	(void)state;
	make_topic("thread");
	send_numbers("thread", 1000);
	struct kafka_in *in = make_in("thread");
	int partitions = 0;
	assert_int_equal(kafka_in_partitions(in, DEADLINE_MS, &partitions, &f), 0);
	assert_int_equal(partitions, PARTITIONS);
	for (int i = 0; i < PARTITIONS; i++) {
		int64_t low = -1, high = -1;
		assert_int_equal(kafka_in_watermarks(in, i, DEADLINE_MS, &low, &high, &f), 0);
		assert_int_equal(low, 0);
		assert_int_equal(high, 250);
	}
	assert_int_equal(kafka_in_assign(in, next, PARTITIONS, &f), 0);
	read_to_end(in, next, 250);
	/* Again from elsewhere, in the midst of what was buffered. */
	for (int i = 0; i < 3; i++) {
		struct kafka_record record[64];
		int64_t start[PARTITIONS] = {0};
		assert_int_equal(kafka_in_assign(in, start, PARTITIONS, &f), 0);
		assert_true(kafka_in_batch(in, DEADLINE_MS, record, ARRAY_SIZE(record), &f) > 0);
	}
	assert_int_equal(kafka_in_assign(in, middle, PARTITIONS, &f), 0);
	read_to_end(in, middle, 250);
	kafka_in_free(in);
}

static void keys_values_and_headers_arrive(void **state)
{
	static const struct kafka_header header[] = {
		{"schema", "1", 1}, {"empty", "", 0}, {"binary", "\0\xff", 2}};
	struct kafka_message message[] = {
		{.topic = "forms",
		 .key = "k",
		 .key_len = 1,
		 .value = "a\0b",
		 .value_len = 3,
		 .header = header,
		 .headers = ARRAY_SIZE(header)},
		{.topic = "forms", .value = "", .value_len = 0},
		{.topic = "forms", .key = "k", .key_len = 1},
	};
	struct kafka_record record[8];
	struct fault f = {0};
	int64_t start[1] = {0};
	int got = 0;

	(void)state;
	make_topic("forms");
	struct kafka_out *out = make_out("linger.ms", "0");
	for (size_t i = 0; i < ARRAY_SIZE(message); i++)
		assert_int_equal(kafka_out_send(out, &message[i], &f), 0);
	assert_int_equal(kafka_out_flush(out, DEADLINE_MS, &f), 0);
	struct kafka_in *in = make_in("forms");
	for (int64_t i = 0; i < 3; i++) {
		/* One at a time: a batch of one is lent until the next call. */
		start[0] = i;
		assert_int_equal(kafka_in_assign(in, start, 1, &f), 0);
		got = kafka_in_batch(in, DEADLINE_MS, record, 1, &f);
		assert_int_equal(got, 1);
		const struct kafka_message *m = &message[i];
		assert_int_equal(record[0].offset, i);
		assert_int_equal(record[0].key != NULL, m->key != NULL);
		assert_int_equal(record[0].key_len, m->key_len);
		assert_int_equal(record[0].value != NULL, m->value != NULL);
		assert_int_equal(record[0].value_len, m->value_len);
		if (m->value_len > 0)
			assert_memory_equal(record[0].value, m->value, m->value_len);
	}
	kafka_in_free(in);
	kafka_out_free(out);
}

static void headers_are_written(void **state)
{
	static const struct kafka_header header[] = {{"schema", "kontakt/1", 9},
						     {"binary", "\0\xff", 2}};
	const struct kafka_message m = {
		.topic = "headers", .value = "x", .value_len = 1, .header = header, .headers = 2};
	struct kafka_out *out = make_out(NULL, NULL);
	struct fault f = {0};
	rd_kafka_headers_t *got = NULL;
	const void *value = NULL;
	size_t len = 0;

	(void)state;
	make_topic("headers");
	assert_int_equal(kafka_out_send(out, &m, &f), 0);
	assert_int_equal(kafka_out_flush(out, DEADLINE_MS, &f), 0);
	kafka_out_free(out);
	/* Our own consumer has no use for headers: look with librdkafka's simple one. */
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, NULL, 0), 0);
	rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
	rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, "headers", NULL);
	assert_int_equal(rd_kafka_consume_start(topic, 0, 0), 0);
	rd_kafka_message_t *message = rd_kafka_consume(topic, 0, DEADLINE_MS);
	assert_non_null(message);
	assert_int_equal(rd_kafka_message_headers(message, &got), 0);
	assert_int_equal(rd_kafka_header_cnt(got), 2);
	assert_int_equal(rd_kafka_header_get_last(got, "schema", &value, &len), 0);
	assert_int_equal(len, 9);
	assert_memory_equal(value, "kontakt/1", 9);
	assert_int_equal(rd_kafka_header_get_last(got, "binary", &value, &len), 0);
	assert_int_equal(len, 2);
	assert_memory_equal(value, "\0\xff", 2);
	rd_kafka_message_destroy(message);
	assert_int_equal(rd_kafka_consume_stop(topic, 0), 0);
	rd_kafka_topic_destroy(topic);
	rd_kafka_destroy(rk);
}

static void an_offset_that_is_not_there_stops(void **state)
{
	int64_t beyond[PARTITIONS] = {0, 0, 11, 0};
	struct kafka_record record[64];
	struct fault f = {0};
	int rc = 0;

	(void)state;
	make_topic("short");
	send_numbers("short", 40);
	struct kafka_in *in = make_in("short");
	assert_int_equal(kafka_in_assign(in, beyond, PARTITIONS, &f), 0);
	int64_t deadline = civil_monotonic_ms() + DEADLINE_MS;
	while (rc >= 0 && civil_monotonic_ms() < deadline)
		rc = kafka_in_batch(in, 100, record, ARRAY_SIZE(record), &f);
	assert_int_equal(rc, FAULT_STATE);
	assert_non_null(strstr(f.text, "topic short, partition 2, offset 11: _AUTO_OFFSET_RESET"));
	/* Another look at a place that is there works. */
	int64_t next[PARTITIONS] = {0};
	assert_int_equal(kafka_in_assign(in, next, PARTITIONS, &f), 0);
	read_to_end(in, next, 10);
	kafka_in_free(in);
}

static void a_topic_that_is_not_there_stops(void **state)
{
	struct kafka_in *in = make_in("absent");
	struct kafka_out *out = make_out(NULL, NULL);
	struct fault f = {0};
	int64_t low, high;
	int n = -1;

	(void)state;
	/* The mock cluster makes any topic that is asked for unless it is told otherwise. */
	rd_kafka_mock_topic_set_error(cluster, "absent", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
	assert_int_equal(kafka_in_partitions(in, DEADLINE_MS, &n, &f), FAULT_STATE);
	assert_non_null(strstr(f.text, "topic absent"));
	assert_int_equal(kafka_out_partitions(out, "absent", DEADLINE_MS, &n, &f), FAULT_STATE);
	assert_int_equal(n, -1);
	make_topic("there");
	assert_int_equal(kafka_out_partitions(out, "there", DEADLINE_MS, &n, &f), 0);
	assert_int_equal(n, PARTITIONS);
	struct kafka_in *there = make_in("there");
	assert_int_equal(kafka_in_watermarks(there, PARTITIONS, DEADLINE_MS, &low, &high, &f),
			 FAULT_STATE);
	kafka_in_free(there);
	kafka_in_free(in);
	kafka_out_free(out);
}

/* Port 1 of this host refuses. The alternative to an end is none: the limits are wide. */
static void no_broker_is_unavailable_in_time(void **state)
{
	struct properties p;
	struct kafka_in *in = make_in_at("127.0.0.1:1", "any");
	struct kafka_out *out = NULL;
	struct kafka_record record[4];
	struct fault f = {0};
	int64_t low, high, offset[PARTITIONS] = {0};
	int n = 0;

	(void)state;
	int64_t start = civil_monotonic_ms();
	assert_int_equal(kafka_in_partitions(in, 300, &n, &f), FAULT_UNAVAILABLE);
	assert_int_equal(kafka_in_watermarks(in, 0, 300, &low, &high, &f), FAULT_UNAVAILABLE);
	assert_non_null(strstr(f.text, "watermarks of partition 0"));
	assert_int_equal(kafka_in_assign(in, offset, PARTITIONS, &f), 0);
	assert_int_equal(kafka_in_batch(in, 300, record, 4, &f), 0);
	assert_int_equal(kafka_out_new(with(&p, "127.0.0.1:1", NULL, NULL), &out, &f), 0);
	without(&p);
	assert_int_equal(kafka_out_partitions(out, "any", 300, &n, &f), FAULT_UNAVAILABLE);
	assert_int_equal(send_number(out, "any", 1, &f), 0);
	assert_int_equal(kafka_out_flush(out, 300, &f), FAULT_UNAVAILABLE);
	assert_non_null(strstr(f.text, "1 messages are not acknowledged"));
	assert_true(civil_monotonic_ms() - start < DEADLINE_MS);
	start = civil_monotonic_ms();
	kafka_in_free(in);
	assert_true(civil_monotonic_ms() - start < DEADLINE_MS);
	start = civil_monotonic_ms();
	kafka_out_free(out);
	assert_true(civil_monotonic_ms() - start < DEADLINE_MS);
}

static void what_we_rest_on_cannot_be_set(void **state)
{
	static const char *const ours_in[][2] = {{"auto.offset.reset", "latest"},
						 {"enable.auto.commit", "true"},
						 {"enable.auto.offset.store", "true"},
						 {"enable.partition.eof", "true"},
						 {"check.crcs", "false"},
						 {"allow.auto.create.topics", "true"}};
	static const char *const ours_out[][2] = {{"enable.idempotence", "false"},
						  {"acks", "1"},
						  {"request.required.acks", "1"},
						  {"allow.auto.create.topics", "true"}};
	struct properties p;
	struct kafka_in *in = NULL;
	struct kafka_out *out = NULL;
	struct fault f = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ours_in); i++) {
		assert_int_equal(kafka_in_new("t",
					      with(&p, bootstrap, ours_in[i][0], ours_in[i][1]),
					      &in, &f),
				 FAULT_CONFIG);
		assert_non_null(strstr(f.text, ours_in[i][0]));
		without(&p);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ours_out); i++) {
		assert_int_equal(kafka_out_new(with(&p, bootstrap, ours_out[i][0], ours_out[i][1]),
					       &out, &f),
				 FAULT_CONFIG);
		assert_non_null(strstr(f.text, ours_out[i][0]));
		without(&p);
	}
}

static void what_librdkafka_refuses_is_passed_on(void **state)
{
	static const char *const bad[][3] = {
		{"linger.sm", "5", "linger.sm"},
		{"linger.ms", "-5", "linger.ms"},
		{"security.protocol", "ssh", "security.protocol"},
	};
	struct properties p;
	struct kafka_out *out = NULL;
	struct fault f = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int rc = kafka_out_new(with(&p, bootstrap, bad[i][0], bad[i][1]), &out, &f);
		without(&p);
		assert_int_equal(rc, FAULT_CONFIG);
		assert_non_null(strstr(f.text, bad[i][2]));
	}
}

/* The broker refuses one batch for good: from then on everything fails, and says why. */
static void a_failed_message_is_never_forgotten(void **state)
{
	/* The second one also kills librdkafka's idempotent producer. */
	static const rd_kafka_resp_err_t refusal[] = {
		RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER};

	(void)state;
	make_topic("refusing");
	for (size_t i = 0; i < ARRAY_SIZE(refusal); i++) {
		struct kafka_out *out = make_out(NULL, NULL);
		struct fault f = {0}, later = {0};
		rd_kafka_mock_push_request_errors(cluster, PRODUCE, 1, refusal[i]);
		assert_int_equal(send_number(out, "refusing", 0, &f), 0);
		assert_int_equal(kafka_out_flush(out, DEADLINE_MS, &f), FAULT_IO);
		assert_true(strlen(f.text) > 20);
		assert_int_equal(send_number(out, "refusing", 1, &later), FAULT_IO);
		assert_string_equal(later.text, f.text);
		assert_int_equal(kafka_out_flush(out, DEADLINE_MS, &later), FAULT_IO);
		struct kafka_out_stats stats = kafka_out_stats(out);
		assert_int_equal(stats.sent, 1);
		assert_int_equal(stats.delivered, 0);
		kafka_out_free(out);
		rd_kafka_mock_clear_request_errors(cluster, PRODUCE);
	}
}

/* Errors that pass are librdkafka's business: nothing is lost, nothing is told. */
static void passing_errors_are_survived(void **state)
{
	int64_t next[PARTITIONS] = {0};
	struct fault f = {0};

	(void)state;
	make_topic("shaky");
	rd_kafka_mock_push_request_errors(
		cluster, PRODUCE, 4, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
		RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
		RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
	send_numbers("shaky", 400);
	struct kafka_in *in = make_in("shaky");
	rd_kafka_mock_push_request_errors(cluster, 1, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
					  RD_KAFKA_RESP_ERR__TRANSPORT,
					  RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
	assert_int_equal(kafka_in_assign(in, next, PARTITIONS, &f), 0);
	read_to_end(in, next, 100);
	kafka_in_free(in);
}

/* A queue of ten messages: sending waits for reports, and all arrive. */
static void a_full_queue_waits_for_room(void **state)
{
	struct kafka_out *out = make_out("queue.buffering.max.messages", "10");
	struct fault f = {0};

	(void)state;
	make_topic("narrow");
	for (int n = 0; n < 500; n++)
		assert_int_equal(send_number(out, "narrow", n, &f), 0);
	assert_int_equal(kafka_out_flush(out, DEADLINE_MS, &f), 0);
	assert_int_equal(kafka_out_stats(out).delivered, 500);
	kafka_out_free(out);
}

/* The same in lists, some of them longer than the queue; each partition keeps its order. */
static void lists_wait_for_room(void **state)
{
	static const size_t length[] = {1, 7, KAFKA_OUT_BATCH, 136};
	struct kafka_out *out = make_out("queue.buffering.max.messages", "10");
	struct kafka_message m[KAFKA_OUT_BATCH];
	char text[KAFKA_OUT_BATCH][16];
	int64_t next[PARTITIONS] = {0};
	struct fault f = {0};
	int n = 0;

	(void)state;
	make_topic("lists");
	for (size_t i = 0; i < ARRAY_SIZE(length); i++) {
		for (size_t k = 0; k < length[i]; k++, n++) {
			(void)snprintf(text[k], sizeof(text[k]), "%d", n);
			m[k] = (struct kafka_message){.topic = "lists",
						      .partition = n % PARTITIONS,
						      .key = text[k],
						      .value = text[k],
						      .key_len = strlen(text[k]),
						      .value_len = strlen(text[k])};
		}
		assert_int_equal(kafka_out_send_all(out, m, length[i], &f), 0);
		assert_int_equal(kafka_out_stats(out).sent, n);
	}
	assert_int_equal(kafka_out_flush(out, DEADLINE_MS, &f), 0);
	assert_int_equal(kafka_out_stats(out).delivered, 400);
	kafka_out_free(out);
	struct kafka_in *in = make_in("lists");
	assert_int_equal(kafka_in_assign(in, next, PARTITIONS, &f), 0);
	read_to_end(in, next, 100);
	kafka_in_free(in);
}

/* What is refused is told; what was handed over beside it is accounted for. */
static void one_of_a_list_is_refused(void **state)
{
	size_t size = 2000000;
	char *large = base_zalloc(size, 1);
	const struct kafka_message m[] = {
		{.topic = "thread", .partition = 1, .value = "a", .value_len = 1},
		{.topic = "thread", .partition = 2, .value = large, .value_len = size},
		{.topic = "thread", .partition = 3, .value = "c", .value_len = 1},
	};
	struct kafka_out *out = make_out(NULL, NULL);
	struct fault f = {0};

	(void)state;
	assert_int_equal(kafka_out_send_all(out, m, ARRAY_SIZE(m), &f), FAULT_IO);
	assert_non_null(strstr(f.text, "topic thread, partition 2: a message was refused"));
	assert_int_equal(kafka_out_stats(out).sent, 2);
	assert_int_equal(kafka_out_flush(out, DEADLINE_MS, &f), 0);
	assert_int_equal(kafka_out_stats(out).delivered, 2);
	kafka_out_free(out);
	free(large);
}

static void send_some_to_each(struct kafka_out *out)
{
	struct fault f = {0};

	for (int n = 0; n < 10 * PARTITIONS; n++)
		assert_int_equal(send_number(out, "slow", n, &f), 0);
}

/* While a broker takes its time, librdkafka waits: it does not ask without a pause whether it may send. */
static void waiting_costs_no_processor(void **state)
{
	struct kafka_out *out = make_out(NULL, NULL);
	struct fault f = {0};

	(void)state;
	make_topic("slow");
	send_some_to_each(out); /* all that comes before a first message is done */
	assert_int_equal(kafka_out_flush(out, DEADLINE_MS, &f), 0);
	assert_int_equal(rd_kafka_mock_broker_set_rtt(cluster, 1, 2000), 0);
	send_some_to_each(out); /* on their way */
	assert_int_equal(kafka_out_flush(out, 200, &f), FAULT_UNAVAILABLE);
	send_some_to_each(out); /* behind them */
	const clock_t before = clock();
	assert_int_equal(kafka_out_flush(out, 1000, &f), FAULT_UNAVAILABLE);
	assert_true(clock() - before < CLOCKS_PER_SEC / 2);
	assert_int_equal(rd_kafka_mock_broker_set_rtt(cluster, 1, 0), 0);
	assert_int_equal(kafka_out_flush(out, DEADLINE_MS, &f), 0);
	assert_int_equal(kafka_out_stats(out).delivered, 30 * PARTITIONS);
	kafka_out_free(out);
}

/* Nobody answers: the messages' own time is up, the queue is full, and the call returns. */
static void a_full_queue_without_a_broker_ends(void **state)
{
	struct properties p;
	struct kafka_out *out = NULL;
	struct fault f = {0};
	int rc = kafka_out_new(with(&p, "127.0.0.1:1", "message.timeout.ms", "600"), &out, &f);

	(void)state;
	without(&p);
	assert_int_equal(rc, 0);
	for (int n = 0; rc == 0 && n < 200000; n++)
		rc = send_number(out, "any", n, &f);
	assert_int_equal(rc, FAULT_IO);
	kafka_out_free(out);
}

static void a_message_that_is_too_large_is_refused(void **state)
{
	size_t size = 2000000;
	char *large = base_zalloc(size, 1);
	struct kafka_message m = {.topic = "thread", .value = large, .value_len = size};
	struct kafka_out *out = make_out(NULL, NULL);
	struct fault f = {0};

	(void)state;
	assert_int_equal(kafka_out_send(out, &m, &f), FAULT_IO);
	assert_non_null(strstr(f.text, "topic thread, partition 0: a message was refused"));
	assert_int_equal(kafka_out_stats(out).sent, 0);
	assert_int_equal(kafka_out_flush(out, DEADLINE_MS, &f), 0);
	kafka_out_free(out);
	free(large);
}

/* librdkafka 2.0.2 aborts now and then when a client is closed right after its assignment was replaced. */
static void a_client_may_be_closed_right_after_its_assignment_was_replaced(void **state)
{
	int64_t next[PARTITIONS] = {0};
	struct kafka_record record[4];
	struct fault f = {0};

	(void)state;
	for (int i = 0; i < 30; i++) {
		struct kafka_in *in = make_in("thread");
		assert_int_equal(kafka_in_assign(in, next, PARTITIONS, &f), 0);
		assert_true(kafka_in_batch(in, DEADLINE_MS, record, 4, &f) > 0);
		assert_int_equal(kafka_in_assign(in, next, PARTITIONS, &f), 0);
		kafka_in_free(in);
	}
}

/* Last: the broker goes down while both are at work, and both can still be closed. */
static void closing_ends_without_a_broker(void **state)
{
	int64_t next[PARTITIONS] = {0};
	struct kafka_in *in = make_in("thread");
	struct kafka_out *out = make_out(NULL, NULL);
	struct kafka_record record[4];
	struct fault f = {0};
	int n = 0;

	(void)state;
	assert_int_equal(kafka_in_assign(in, next, PARTITIONS, &f), 0);
	assert_true(kafka_in_batch(in, DEADLINE_MS, record, 4, &f) > 0);
	assert_int_equal(kafka_out_partitions(out, "thread", DEADLINE_MS, &n, &f), 0);
	assert_int_equal(rd_kafka_mock_broker_set_down(cluster, -1), 0);
	assert_int_equal(send_number(out, "thread", 0, &f), 0);
	assert_int_equal(kafka_out_flush(out, 200, &f), FAULT_UNAVAILABLE);
	assert_true(kafka_in_batch(in, 200, record, 4, &f) >= 0);
	int64_t start = civil_monotonic_ms();
	kafka_in_free(in);
	assert_true(civil_monotonic_ms() - start < DEADLINE_MS);
	start = civil_monotonic_ms();
	kafka_out_free(out);
	assert_true(civil_monotonic_ms() - start < DEADLINE_MS);
	kafka_in_free(NULL);
	kafka_out_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_is_read),
		cmocka_unit_test(keys_values_and_headers_arrive),
		cmocka_unit_test(headers_are_written),
		cmocka_unit_test(an_offset_that_is_not_there_stops),
		cmocka_unit_test(a_topic_that_is_not_there_stops),
		cmocka_unit_test(no_broker_is_unavailable_in_time),
		cmocka_unit_test(what_we_rest_on_cannot_be_set),
		cmocka_unit_test(what_librdkafka_refuses_is_passed_on),
		cmocka_unit_test(a_failed_message_is_never_forgotten),
		cmocka_unit_test(passing_errors_are_survived),
		cmocka_unit_test(a_full_queue_waits_for_room),
		cmocka_unit_test(lists_wait_for_room),
		cmocka_unit_test(one_of_a_list_is_refused),
		cmocka_unit_test(waiting_costs_no_processor),
		cmocka_unit_test(a_full_queue_without_a_broker_ends),
		cmocka_unit_test(a_message_that_is_too_large_is_refused),
		cmocka_unit_test(a_client_may_be_closed_right_after_its_assignment_was_replaced),
		cmocka_unit_test(closing_ends_without_a_broker),
	};

	alarm(280);
	log_open("test_kafka", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, start_cluster, stop_cluster);
}
