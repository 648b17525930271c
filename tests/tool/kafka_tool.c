/*
 * kafka_tool: raw records in and out of a topic, for tests only.
 *	kafka_tool HOST:PORT marks TOPIC		partition low high, a line each
 *	kafka_tool HOST:PORT ends TOPIC			the same, as common/kafka_in.h finds them
 *	kafka_tool HOST:PORT dump TOPIC			partition offset key value [name=value ..], in hex, `-` = null
 *	kafka_tool HOST:PORT put TOPIC			lines `partition key value [timestamp [name=value ..]]` from stdin;
 *							waits for delivery. The timestamp is in ms; without it or with 0
 *							the clock's. Names and values of headers in hex
 *	kafka_tool HOST:PORT commit TOPIC		the same, in one transaction
 *	kafka_tool HOST:PORT member TOPIC		joins the group KP_GROUP with a strategy that is not ours, says `joined`
 *							when it has got something, and stays until it is killed
 */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>

#include "common/buf.h"
#include "common/kafka_in.h"
#include "common/text.h"

#define PARTITIONS_MAX 64
#define WAIT_MS        20000

static void die(const char *what, const char *why)
{
	(void)fprintf(stderr, "kafka_tool: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char error[512];
	if (rd_kafka_conf_set(conf, name, value, error, sizeof(error)) != RD_KAFKA_CONF_OK)
		die(name, error);
}

static rd_kafka_t *client(const char *action, const char *address, const char *topic)
{
	static const char *const reader[][2] = {
		{"group.id", "kafka_tool"},      {"auto.offset.reset", "error"},
		{"enable.auto.commit", "false"}, {"enable.partition.eof", "true"},
		{"check.crcs", "true"},
	};
	char error[512];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	const bool commits = strcmp(action, "commit") == 0;
	const bool writes = commits || strcmp(action, "put") == 0;
	set(conf, "bootstrap.servers", address);
	if (commits)
		set(conf, "transactional.id", topic);
	for (size_t i = 0; !writes && i < ARRAY_SIZE(reader); i++)
		set(conf, reader[i][0], reader[i][1]);
	rd_kafka_t *rk = rd_kafka_new(writes ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, error,
				      sizeof(error));
	if (!rk)
		die("client", error);
	return rk;
}

static void member(const char *address, const char *topic)
{
	char error[512];
	const char *group = getenv("KP_GROUP");
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	bool joined = false;

	set(conf, "bootstrap.servers", address);
	set(conf, "group.id", group ? group : "");
	set(conf, "partition.assignment.strategy", "roundrobin");
	rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
	if (!rk)
		die("client", error);
	rd_kafka_topic_partition_list_add(list, topic, RD_KAFKA_PARTITION_UA);
	if (rd_kafka_subscribe(rk, list))
		die(topic, "cannot be subscribed to");
	rd_kafka_topic_partition_list_destroy(list);
	for (;;) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 100);
		if (m)
			rd_kafka_message_destroy(m);
		if (rd_kafka_assignment(rk, &list))
			die(topic, "has no assignment");
		if (list->cnt > 0 && !joined) {
			printf("joined\n");
			(void)fflush(stdout);
			joined = true;
		}
		rd_kafka_topic_partition_list_destroy(list);
	}
}

static int partitions(rd_kafka_t *rk, const char *topic)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
	rd_kafka_resp_err_t e = rd_kafka_metadata(rk, 0, rkt, &metadata, WAIT_MS);
	if (e)
		die("metadata", rd_kafka_err2str(e));
	int n = metadata->topics[0].partition_cnt;
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(rkt);
	if (n < 1 || n > PARTITIONS_MAX)
		die(topic, "no such topic");
	return n;
}

static void watermarks(rd_kafka_t *rk, const char *topic, int p, int64_t *low, int64_t *high)
{
	rd_kafka_resp_err_t e = rd_kafka_query_watermark_offsets(rk, topic, p, low, high, WAIT_MS);
	if (e)
		die("watermarks", rd_kafka_err2str(e));
}

static void marks(rd_kafka_t *rk, const char *topic)
{
	int n = partitions(rk, topic);
	for (int p = 0; p < n; p++) {
		int64_t low, high;
		watermarks(rk, topic, p, &low, &high);
		printf("%d %" PRId64 " %" PRId64 "\n", p, low, high);
	}
}

/* What an aggregator asks before it reads: ours, on whichever librdkafka is there. */
static void ends(char *address, const char *topic)
{
	char name[] = "bootstrap.servers", *property[] = {name, address};
	const struct option_list properties = {property, ARRAY_SIZE(property)};
	struct kafka_in *in = NULL;
	struct fault f = {0};
	int n = 0, rc = kafka_in_new(topic, &properties, &in, &f);
	if (rc == 0)
		rc = kafka_in_partitions(in, WAIT_MS, &n, &f);
	for (int p = 0; rc == 0 && p < n; p++) {
		int64_t low, high;
		rc = kafka_in_watermarks(in, p, WAIT_MS, &low, &high, &f);
		if (rc == 0)
			printf("%d %" PRId64 " %" PRId64 "\n", p, low, high);
	}
	if (rc < 0)
		die("ends", f.text);
	kafka_in_free(in);
}

static void print_hex(const void *data, size_t len)
{
	struct buf b = {0};
	if (data)
		text_hex(data, len, buf_room(&b, 2 * len + 1));
	printf(" %s", !data ? "-" : len ? b.data : "\"\"");
	buf_release(&b);
}

static void print_record(const rd_kafka_message_t *m)
{
	rd_kafka_headers_t *headers;
	const char *name;
	const void *value;
	size_t size;
	printf("%d %" PRId64, m->partition, m->offset);
	print_hex(m->key, m->key_len);
	print_hex(m->payload, m->len);
	if (rd_kafka_message_headers(m, &headers) == 0)
		for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0;
		     i++)
			printf(" %s=%.*s", name, (int)size, (const char *)value);
	printf("\n");
}

static void dump(rd_kafka_t *rk, const char *topic)
{
	int n = partitions(rk, topic), left = 0;
	int64_t low, high[PARTITIONS_MAX];
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(n);
	for (int p = 0; p < n; p++) {
		watermarks(rk, topic, p, &low, &high[p]);
		rd_kafka_topic_partition_list_add(list, topic, p)->offset = low;
		left += low < high[p];
	}
	rd_kafka_assign(rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	while (left > 0) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, WAIT_MS);
		if (!m)
			die("dump", "no record came");
		if (!m->err && m->offset < high[m->partition]) {
			print_record(m);
			left -= m->offset + 1 == high[m->partition];
		} else if (m->err && m->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
			die("dump", rd_kafka_message_errstr(m));
		}
		rd_kafka_message_destroy(m);
	}
	(void)rd_kafka_consumer_close(rk);
}

/* `-` is null, `""` empty, anything else hex. */
static void *read_hex(const char *text, size_t *len)
{
	*len = strcmp(text, "\"\"") == 0 ? 0 : strlen(text) / 2;
	if (strcmp(text, "-") == 0)
		return NULL;
	uint8_t *data = base_alloc(*len + 1);
	if (*len && !text_unhex(span_of(text), data, *len))
		die("put", "not hex");
	return data;
}

/* `name=value`, both in hex, one after another. */
static rd_kafka_headers_t *read_headers(char *rest)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(1);
	for (char *word = strsep(&rest, " \n"); word; word = strsep(&rest, " \n")) {
		if (*word == '\0')
			continue;
		char *equals = strchr(word, '=');
		size_t name_len, len;
		if (!equals)
			die("put", "not `name=value`");
		*equals = '\0';
		char *name = read_hex(word, &name_len);
		void *value = read_hex(equals + 1, &len);
		rd_kafka_header_add(headers, name, (ssize_t)name_len, value, (ssize_t)len);
		free(name);
		free(value);
	}
	return headers;
}

static void put(rd_kafka_t *rk, const char *topic)
{
	static char line[8 << 20], key_hex[4 << 10], value_hex[8 << 20];
	int p;
	while (fgets(line, sizeof(line), stdin)) {
		int64_t timestamp = 0;
		int end = 0;
		if (sscanf(line, "%d %4095s %8388607s %" SCNd64 "%n", &p, key_hex, value_hex,
			   &timestamp, &end) < 3)
			die("put", "not `partition key value [timestamp [name=value ..]]`");
		char none[1] = "";
		rd_kafka_headers_t *headers = read_headers(end > 0 ? line + end : none);
		size_t key_len, value_len;
		void *key = read_hex(key_hex, &key_len), *value = read_hex(value_hex, &value_len);
		const rd_kafka_vu_t message[] = {
			{.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
			{.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = p},
			{.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {key, key_len}},
			{.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {value, value_len}},
			{.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = timestamp},
			{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
			{.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
		};
		rd_kafka_error_t *e = rd_kafka_produceva(rk, message, ARRAY_SIZE(message));
		if (e)
			die("put", rd_kafka_error_string(e));
		free(key);
		free(value);
	}
	if (rd_kafka_flush(rk, WAIT_MS) || rd_kafka_outq_len(rk))
		die("put", "not delivered");
}

static void must(const char *what, rd_kafka_error_t *e)
{
	if (e)
		die(what, rd_kafka_error_string(e));
}

static void commit(rd_kafka_t *rk, const char *topic)
{
	must("init", rd_kafka_init_transactions(rk, WAIT_MS));
	must("begin", rd_kafka_begin_transaction(rk));
	put(rk, topic);
	must("commit", rd_kafka_commit_transaction(rk, WAIT_MS));
}

int main(int argc, char **argv)
{
	if (argc != 4)
		die("usage", "kafka_tool HOST:PORT marks|ends|dump|put|commit|member TOPIC");
	if (strcmp(argv[2], "member") == 0)
		member(argv[1], argv[3]);
	if (strcmp(argv[2], "ends") == 0) {
		ends(argv[1], argv[3]);
		return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	rd_kafka_t *rk = client(argv[2], argv[1], argv[3]);
	if (strcmp(argv[2], "put") == 0)
		put(rk, argv[3]);
	else if (strcmp(argv[2], "commit") == 0)
		commit(rk, argv[3]);
	else if (strcmp(argv[2], "marks") == 0)
		marks(rk, argv[3]);
	else
		dump(rk, argv[3]);
	rd_kafka_destroy(rk);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
