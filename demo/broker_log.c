/*
 * broker_log: the embedded cluster (librdkafka's mock cluster) and a client that shares its
 * process. Owns both. Never hides that something was lost.
 */
#include "demo/broker_log.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "common/atomic_file.h"
#include "demo/broker_store.h"

#define WAIT_MS     10000
#define BATCH       5000
#define API_PRODUCE 0

struct topic {
	char *name;
	int partitions;
};

struct broker_log {
	rd_kafka_t *client; /* owns the cluster, and produces */
	rd_kafka_mock_cluster_t *cluster;
	struct topic *topic;
	size_t topics, cap;
	/* Of broker_log_load(): what did not come out as it was. */
	uint64_t misplaced;
	rd_kafka_resp_err_t error;
};

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *m, void *opaque)
{
	struct broker_log *l = opaque;

	(void)client;
	if (m->err)
		l->error = m->err;
	else if (m->offset != (int64_t)(intptr_t)m->_private)
		l->misplaced++;
}

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
	(void)client;
	if (level <= 3)
		fprintf(stderr, "kontaktpuls-broker: %s: %s\n", facility, text);
}

struct setting {
	const char *name, *value;
};

static const struct setting cluster_settings[] = {
	{"test.mock.num.brokers", "1"},  {"client.id", "broker"},
	{"enable.idempotence", "true"},  {"compression.type", "lz4"},
	{"compression.level", "9"},      {"linger.ms", "20"},
	{"batch.num.messages", "10000"}, {"queue.buffering.max.messages", "100000"},
	{"message.timeout.ms", "30000"},
};

/* `l` takes the delivery reports of a producer; NULL for a consumer. */
static rd_kafka_t *client_new(rd_kafka_type_t type, const struct setting *s, size_t count,
			      struct broker_log *l, struct fault *f)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char text[256];

	for (size_t i = 0; i < count; i++)
		if (rd_kafka_conf_set(conf, s[i].name, s[i].value, text, sizeof(text)) !=
		    RD_KAFKA_CONF_OK)
			BUG("a setting that librdkafka does not know");
	rd_kafka_conf_set_log_cb(conf, on_log);
	rd_kafka_conf_set_opaque(conf, l);
	if (l)
		rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	/* The thread of the cluster inherits our signals, and ends for good when one interrupts its poll. */
	sigset_t all, ours;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &ours);
	rd_kafka_t *client = rd_kafka_new(type, conf, text, sizeof(text));
	(void)pthread_sigmask(SIG_SETMASK, &ours, NULL);
	if (!client) {
		rd_kafka_conf_destroy(conf);
		fault_set(f, FAULT_SOFTWARE, "librdkafka: %s", text);
	}
	return client;
}

int broker_log_new(struct broker_log **ret, struct fault *f)
{
	struct broker_log *l = base_zalloc(1, sizeof(*l));

	l->client = client_new(RD_KAFKA_PRODUCER, cluster_settings, ARRAY_SIZE(cluster_settings), l,
			       f);
	l->cluster = l->client ? rd_kafka_handle_mock_cluster(l->client) : NULL;
	if (!l->cluster) {
		bool client = l->client;
		broker_log_free(l);
		return client ? fault_set(f, FAULT_SOFTWARE,
					  "this librdkafka has no embedded cluster")
			      : FAULT_SOFTWARE;
	}
	*ret = l;
	return 0;
}

const char *broker_log_address(const struct broker_log *l)
{
	return rd_kafka_mock_cluster_bootstraps(l->cluster);
}

static int watermarks(struct broker_log *l, const struct topic *t, int partition, int64_t *low,
		      int64_t *high, struct fault *f)
{
	rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(l->client, t->name, partition,
								   low, high, WAIT_MS);
	if (err)
		return fault_set(f, FAULT_SOFTWARE, "topic %s, partition %d: %s", t->name,
				 partition, rd_kafka_err2str(err));
	if (*low != 0)
		return fault_set(
			f, FAULT_IO,
			"topic %s, partition %d: full; the broker has dropped the records before "
			"offset %" PRId64 ". It is for trial and tests: a real Kafka is needed",
			t->name, partition, *low);
	return 0;
}

int broker_log_topic(struct broker_log *l, const char *name, int partitions, struct fault *f)
{
	int64_t low, high;

	for (size_t i = 0; i < l->topics; i++) {
		if (strcmp(l->topic[i].name, name) != 0)
			continue;
		if (l->topic[i].partitions == partitions)
			return 0;
		return fault_set(f, FAULT_CONFIG, "topic %s has %d partitions already, not %d",
				 name, l->topic[i].partitions, partitions);
	}
	rd_kafka_resp_err_t err = rd_kafka_mock_topic_create(l->cluster, name, partitions, 1);
	if (err)
		return fault_set(f, FAULT_SOFTWARE, "topic %s: %s", name, rd_kafka_err2str(err));
	l->topic = base_grow(l->topic, &l->cap, l->topics + 1, sizeof(*l->topic));
	l->topic[l->topics++] = (struct topic){base_strdup(name), partitions};
	/* The first question about a topic takes the client a second when it comes with a record. */
	return watermarks(l, &l->topic[l->topics - 1], 0, &low, &high, f);
}

int broker_log_watch(struct broker_log *l, struct fault *f)
{
	int64_t low, high;

	rd_kafka_poll(l->client, 0);
	for (size_t i = 0; i < l->topics; i++)
		for (int p = 0; p < l->topic[i].partitions; p++) {
			int failed = watermarks(l, &l->topic[i], p, &low, &high, f);
			if (failed)
				return failed;
		}
	return 0;
}

/* The record's own headers as librdkafka wants them, or NULL when it has none. */
static rd_kafka_headers_t *headers_of(const struct broker_record *r)
{
	rd_kafka_headers_t *headers = r->headers ? rd_kafka_headers_new(r->headers) : NULL;

	for (size_t i = 0; i < r->headers; i++)
		(void)rd_kafka_header_add(
			headers, r->header[i].name.data, (ssize_t)r->header[i].name.len,
			r->header[i].value.data,
			(ssize_t)r->header[i].value.len); /* fails for const lists only */
	return headers;
}

/* An array and not producev(): its macros are no ISO C. */
static rd_kafka_resp_err_t try_produce(struct broker_log *l, const char *topic,
				       const struct broker_record *r, rd_kafka_headers_t *headers)
{
	const rd_kafka_vu_t parts[] = {
		{.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
		{.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = r->partition},
		{.vtype = RD_KAFKA_VTYPE_KEY,
		 .u.mem = {(void *)(uintptr_t)r->key.data, r->key.len}},
		{.vtype = RD_KAFKA_VTYPE_VALUE,
		 .u.mem = {(void *)(uintptr_t)r->value.data, r->value.len}},
		{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
		{.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = r->timestamp_ms},
		{.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)(intptr_t)r->offset},
		{.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
	};
	rd_kafka_error_t *error = rd_kafka_produceva(l->client, parts,
						     ARRAY_SIZE(parts) - (headers ? 0 : 1));
	rd_kafka_resp_err_t code = rd_kafka_error_code(error);

	rd_kafka_error_destroy(error);
	return code;
}

static int produce(struct broker_log *l, const char *topic, const struct broker_record *r,
		   struct fault *f)
{
	rd_kafka_headers_t *headers = headers_of(r); /* librdkafka's once a record is taken */
	rd_kafka_resp_err_t err;

	do {
		err = try_produce(l, topic, r, headers);
		rd_kafka_poll(l->client, err == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 50 : 0);
	} while (err == RD_KAFKA_RESP_ERR__QUEUE_FULL);
	if (!err)
		return 0;
	if (headers)
		rd_kafka_headers_destroy(headers);
	return fault_set(f, FAULT_STATE, "%s [%d] %" PRId64 ": %s", topic, r->partition, r->offset,
			 rd_kafka_err2str(err));
}

static int load_items(struct broker_log *l, struct broker_store *s, struct fault *f)
{
	char *topic = NULL;

	for (;;) {
		struct broker_record r;
		struct span name;
		int partitions;
		int item = broker_store_next(s, &name, &partitions, &r, f);
		if (item == BROKER_ITEM_TOPIC) {
			free(topic);
			topic = base_strndup(name.data, name.len);
			item = broker_log_topic(l, topic, partitions, f);
		} else if (item == BROKER_ITEM_RECORD) {
			item = topic ? produce(l, topic, &r, f)
				     : fault_set(f, FAULT_STATE, "a record without a topic");
		} else {
			free(topic);
			return item == BROKER_ITEM_END ? 0 : item;
		}
		if (item < 0) {
			free(topic);
			return item;
		}
	}
}

int broker_log_load(struct broker_log *l, const char *path, uint64_t *ret_records, struct fault *f)
{
	struct broker_store s;
	struct buf bytes = {0};

	*ret_records = 0;
	int failed = buf_read_file(&bytes, path, BROKER_STORE_BYTES_MAX, f);
	if (failed == FAULT_NOINPUT)
		return 0;
	if (failed == 0)
		failed = broker_store_open((struct span){bytes.data, bytes.len}, &s, f);
	if (failed == 0)
		failed = load_items(l, &s, f);
	if (failed == 0 && rd_kafka_flush(l->client, 3 * WAIT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
		failed = fault_set(f, FAULT_SOFTWARE, "the records are not taken in time");
	if (failed == 0 && l->error)
		failed = fault_set(f, FAULT_STATE, "%s", rd_kafka_err2str(l->error));
	if (failed == 0 && l->misplaced > 0)
		failed = fault_set(f, FAULT_STATE,
				   "%" PRIu64 " records got another offset than they had",
				   l->misplaced);
	if (failed == 0)
		*ret_records = s.records;
	buf_release(&bytes);
	return failed ? fault_prefix(f, "%s", path) : 0;
}

static void save_record(struct buf *out, const rd_kafka_message_t *m)
{
	struct broker_record r = {
		.partition = m->partition,
		.offset = m->offset,
		.timestamp_ms = rd_kafka_message_timestamp(m, NULL),
		.key = {m->key, m->key_len},
		.value = {m->payload, m->len},
	};
	rd_kafka_headers_t *headers;

	if (rd_kafka_message_headers(m, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
		const char *name;
		const void *value;
		size_t len;
		while (r.headers < BROKER_STORE_HEADERS_MAX &&
		       rd_kafka_header_get_all(headers, r.headers, &name, &value, &len) ==
			       RD_KAFKA_RESP_ERR_NO_ERROR)
			r.header[r.headers++] = (struct broker_header){span_of(name), {value, len}};
	}
	broker_store_record(out, &r);
}

/* Copies offsets [0, high) of one partition, which `queue` of `consumer` reads. */
static int save_records(rd_kafka_topic_t *topic, int partition, int64_t high, struct buf *out,
			struct fault *f)
{
	rd_kafka_message_t **m = base_zalloc(BATCH, sizeof(*m));
	int64_t next = 0;
	int failed = 0;

	while (next < high && failed == 0) {
		/* Never asks for more than there is: the call would wait for them until its time-out. */
		size_t want = high - next < BATCH ? (size_t)(high - next) : BATCH;
		ssize_t count = rd_kafka_consume_batch(topic, partition, WAIT_MS, m, want);
		if (count <= 0)
			failed = fault_set(f, FAULT_SOFTWARE, "partition %d ends at %" PRId64,
					   partition, next);
		for (ssize_t i = 0; i < count; i++) {
			if (m[i]->err || m[i]->offset != next)
				failed = fault_set(f, FAULT_SOFTWARE,
						   "partition %d, offset %" PRId64 ": %s",
						   partition, next, rd_kafka_err2str(m[i]->err));
			else if (failed == 0)
				save_record(out, m[i]);
			next++;
			rd_kafka_message_destroy(m[i]);
		}
	}
	free(m);
	return failed;
}

static int save_partition(struct broker_log *l, rd_kafka_t *consumer, const struct topic *t,
			  int partition, struct buf *out, uint64_t *records, struct fault *f)
{
	int64_t low, high;
	int failed = watermarks(l, t, partition, &low, &high, f);

	if (failed || high == 0)
		return failed;
	rd_kafka_topic_t *topic = rd_kafka_topic_new(consumer, t->name, NULL);
	if (!topic || rd_kafka_consume_start(topic, partition, 0) != 0) {
		failed = fault_set(f, FAULT_SOFTWARE, "topic %s cannot be read", t->name);
	} else {
		failed = save_records(topic, partition, high, out, f);
		(void)rd_kafka_consume_stop(topic,
					    partition); /* fails for unknown partitions only */
	}
	if (topic)
		rd_kafka_topic_destroy(topic);
	*records += (uint64_t)high;
	return failed;
}

/*
 * What was acknowledged is kept; so nothing may be acknowledged any more. Clients take the error
 * for a passing one and try again until this process is gone.
 */
static void refuse_produce(struct broker_log *l)
{
	rd_kafka_resp_err_t error[10000];

	for (size_t i = 0; i < ARRAY_SIZE(error); i++)
		error[i] = RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR;
	rd_kafka_mock_push_request_errors_array(l->cluster, API_PRODUCE, ARRAY_SIZE(error), error);
}

int broker_log_save(struct broker_log *l, const char *path, uint64_t *ret_records, struct fault *f)
{
	/* The short wait: a fetch that waits at the end of one partition keeps the next one waiting. */
	const struct setting settings[] = {
		{"bootstrap.servers", broker_log_address(l)},
		{"queued.min.messages", "1000000"},
		{"fetch.wait.max.ms", "2"},
	};
	struct buf out = {0};
	uint64_t records = 0;
	int failed = 0;

	refuse_produce(l);
	rd_kafka_t *consumer = client_new(RD_KAFKA_CONSUMER, settings, ARRAY_SIZE(settings), NULL,
					  f);
	if (!consumer)
		return FAULT_SOFTWARE;
	broker_store_begin(&out);
	for (size_t i = 0; i < l->topics && failed == 0; i++) {
		broker_store_topic(&out, l->topic[i].name, l->topic[i].partitions);
		for (int p = 0; p < l->topic[i].partitions && failed == 0; p++)
			failed = save_partition(l, consumer, &l->topic[i], p, &out, &records, f);
	}
	broker_store_end(&out, records);
	if (failed == 0)
		failed = atomic_file_write(path, 0600, out.data, out.len, f);
	if (failed == 0)
		*ret_records = records;
	rd_kafka_destroy(consumer);
	buf_release(&out);
	return failed;
}

void broker_log_free(struct broker_log *l)
{
	if (!l)
		return;
	if (l->client)
		rd_kafka_destroy(l->client);
	for (size_t i = 0; i < l->topics; i++)
		free(l->topic[i].name);
	free(l->topic);
	free(l);
}
