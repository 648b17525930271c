/*
 * kafka_out: an idempotent producer. Owns the client and the account of every message: sent =
 * delivered + failed + those still on their way. Never forgets a failure: after the first one every
 * call fails, because the order of what follows would no longer be known.
 */
#include "common/kafka_out.h"

#include <inttypes.h>

#include "common/civil.h"
#include "common/kafka_conf.h"
#include "common/loop.h"

#define HEADERS_MAX 16
#define PLACES      64  /* more partitions than that share places */
#define SERVE_MS    100 /* how long reports are served before a failure is looked for again */

static const struct kafka_setting out_setting[] = {
	{.name = "enable.idempotence", .value = "true", .ours = true},
	{.name = "acks", .value = "all", .ours = true},
	{.name = "request.required.acks", .ours = true},
	{.name = "compression.type", .value = "lz4"},
	{.name = "linger.ms", .value = "5"},
	/*
	 * An idempotent producer has one request of a partition on its way, whatever is allowed, and librdkafka
	 * spins while the next one is ready and waits for it. With one a broker the next one stands in line.
	 */
	{.name = "max.in.flight.requests.per.connection", .value = "1"},
	{.name = "queue.buffering.max.kbytes", .value = "65536"},
	/* Further ahead, every message has left the processor's caches when its turn comes. */
	{.name = "queue.buffering.max.messages", .value = "10000"},
};

/* What the broker has acknowledged of a topic. */
struct topic_end {
	const rd_kafka_topic_t *topic;
	int64_t *next; /* by partition: above the highest offset; 0 before the first */
	size_t partitions, cap;
};

struct kafka_out {
	struct kafka_trouble trouble; /* first, so that the two have one address */
	rd_kafka_t *rk;
	struct kafka_out_stats stats;
	struct topic_end *end;
	size_t ends, ends_cap;
	int patience_ms;    /* 0: as long as a message lives */
	struct fault first; /* kind 0: nothing has failed yet */
};

static void remember(struct kafka_out *out, const struct fault *f)
{
	if (out->first.kind == 0)
		out->first = *f;
}

/* A message that is lost is FAULT_IO, whatever lost it, but for what a person must mend. */
static int kind_of(const struct kafka_out *out, rd_kafka_resp_err_t err, char hint[KAFKA_HINT_MAX])
{
	const int kind = kafka_conf_judge(out->rk, err, "Write", hint);

	return kind == FAULT_CONFIG ? kind : FAULT_IO;
}

/* A producer that dies purges its queue: why it died says more than the reports of that. */
static void note_death(struct kafka_out *out)
{
	char reason[512], hint[KAFKA_HINT_MAX];
	struct fault f = {0};
	const rd_kafka_resp_err_t err = rd_kafka_fatal_error(out->rk, reason, sizeof(reason));

	if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	const int kind = kind_of(out, err, hint);
	(void)fault_set(&f, kind, "kafka: the producer is dead: %s%s", reason, hint);
	remember(out, &f);
}

static int64_t *next_offset(struct kafka_out *out, const rd_kafka_message_t *m)
{
	const size_t partition = (size_t)m->partition;
	size_t i = 0;

	while (i < out->ends && out->end[i].topic != m->rkt)
		i++;
	if (i == out->ends) {
		out->end = base_grow(out->end, &out->ends_cap, out->ends + 1, sizeof(*out->end));
		out->end[out->ends++] = (struct topic_end){.topic = m->rkt};
	}
	struct topic_end *end = &out->end[i];
	end->next = base_grow(end->next, &end->cap, partition + 1, sizeof(*end->next));
	while (end->partitions <= partition)
		end->next[end->partitions++] = 0;
	return &end->next[partition];
}

/* A log that was lost or made anew under us takes what we send without a word: only this shows. */
static bool has_shrunk(struct kafka_out *out, const rd_kafka_message_t *m, struct fault *f)
{
	int64_t *next = next_offset(out, m);

	if (m->offset < *next) {
		(void)fault_set(f, FAULT_IO,
				"kafka: topic %s, partition %d: Kafka lost what it had "
				"acknowledged: offset %" PRId64 " after %" PRId64,
				rd_kafka_topic_name(m->rkt), (int)m->partition, m->offset,
				*next - 1);
		return true;
	}
	*next = m->offset + 1;
	return false;
}

static void take_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct kafka_out *out = opaque;
	char hint[KAFKA_HINT_MAX];
	struct fault f;

	(void)rk;
	f.kind = 0;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR && m->offset >= 0) {
		if (has_shrunk(out, m, &f))
			remember(out, &f);
		out->stats.delivered++;
		return;
	}
	out->stats.failed++;
	note_death(out);
	const int kind = kind_of(out, m->err, hint);
	(void)fault_set(&f, kind,
			"kafka: topic %s, partition %d: a message was not delivered: %s%s",
			rd_kafka_topic_name(m->rkt), (int)m->partition,
			m->err != RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_err2str(m->err)
							     : "it has no offset",
			hint);
	remember(out, &f);
}

int kafka_out_new(const struct option_list *properties, struct kafka_out **ret, struct fault *f)
{
	rd_kafka_conf_t *conf = NULL;
	struct kafka_out *out = base_zalloc(1, sizeof(*out));
	int rc = kafka_conf_new(out_setting, ARRAY_SIZE(out_setting), properties, out, &conf, f);

	if (rc == 0) {
		rd_kafka_conf_set_dr_msg_cb(conf, take_report);
		rc = kafka_conf_start(RD_KAFKA_PRODUCER, conf, &out->rk, f);
	}
	if (rc < 0) {
		free(out);
		return rc;
	}
	*ret = out;
	return 0;
}

int kafka_out_partitions(struct kafka_out *out, const char *topic, int timeout_ms, int *ret,
			 struct fault *f)
{
	return kafka_conf_partitions(out->rk, topic, "Write", timeout_ms, ret, f);
}

/* Serves reports for at most timeout_ms; the first failure once anything has failed. */
static int serve(struct kafka_out *out, int timeout_ms, struct fault *f)
{
	(void)rd_kafka_poll(out->rk, timeout_ms);
	note_death(out);
	if (out->first.kind != 0)
		*f = out->first;
	return out->first.kind;
}

/* librdkafka copies, though its union has no const. */
static void *lend(const void *data)
{
	return (void *)(uintptr_t)data;
}

static rd_kafka_error_t *produce(struct kafka_out *out, const struct kafka_message *m)
{
	rd_kafka_vu_t vu[5 + HEADERS_MAX] = {
		{.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = m->topic},
		{.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = m->partition},
		{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
		{.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {lend(m->key), m->key_len}},
		{.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {lend(m->value), m->value_len}},
	};

	assert(m->headers <= HEADERS_MAX);
	for (size_t i = 0; i < m->headers; i++) {
		const struct kafka_header *h = &m->header[i];
		vu[5 + i].vtype = RD_KAFKA_VTYPE_HEADER;
		vu[5 + i].u.header.name = h->name;
		vu[5 + i].u.header.val = lend(h->value);
		vu[5 + i].u.header.size = (ssize_t)h->len;
	}
	return rd_kafka_produceva(out->rk, vu, 5 + m->headers);
}

/*
 * Reports make room; every message gets one in the end, if only that its time is up. Whoever set a
 * patience waits for nothing that stands still once a stop was asked for.
 */
static int await_room(struct kafka_out *out, struct fault *f)
{
	const uint64_t delivered = out->stats.delivered;
	const int64_t since = civil_monotonic_ms();
	int rc;

	do {
		rc = serve(out, SERVE_MS, f);
		if (rc < 0 || out->stats.delivered > delivered)
			return rc;
		if (out->patience_ms > 0 && loop_stopping())
			return fault_set(f, FAULT_UNAVAILABLE, "kafka: stopped with a full queue");
	} while (out->patience_ms == 0 || civil_monotonic_ms() - since < out->patience_ms);
	return fault_set(f, FAULT_UNAVAILABLE, "kafka: no acknowledgement for %d ms",
			 out->patience_ms);
}

static int refuse(const char *topic, int32_t partition, const char *why, struct fault *f)
{
	return fault_set(f, FAULT_IO, "kafka: topic %s, partition %d: a message was refused: %s",
			 topic, (int)partition, why);
}

int kafka_out_send(struct kafka_out *out, const struct kafka_message *m, struct fault *f)
{
	int rc = serve(out, 0, f);
	rd_kafka_error_t *error = rc == 0 ? produce(out, m) : NULL;

	while (error && rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__QUEUE_FULL && rc == 0) {
		rd_kafka_error_destroy(error);
		rc = await_room(out, f);
		error = rc == 0 ? produce(out, m) : NULL;
	}
	if (error) {
		rc = refuse(m->topic, m->partition, rd_kafka_error_string(error), f);
		rd_kafka_error_destroy(error);
	}
	if (rc == 0)
		out->stats.sent++;
	return rc;
}

void kafka_out_patience(struct kafka_out *out, int timeout_ms)
{
	out->patience_ms = timeout_ms;
}

/* Hands a list over; what finds the queue full stays in it. */
static int produce_list(struct kafka_out *out, rd_kafka_topic_t *topic, rd_kafka_message_t *list,
			size_t *count, struct fault *f)
{
	size_t left = 0;
	int rc = 0;

	out->stats.sent += (uint64_t)rd_kafka_produce_batch(
		topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_PARTITION, list,
		(int)*count);
	for (size_t i = 0; i < *count; i++) {
		if (list[i].err == RD_KAFKA_RESP_ERR__QUEUE_FULL)
			list[left++] = list[i];
		else if (list[i].err != RD_KAFKA_RESP_ERR_NO_ERROR && rc == 0)
			rc = refuse(rd_kafka_topic_name(topic), list[i].partition,
				    rd_kafka_err2str(list[i].err), f);
	}
	*count = left;
	return rc;
}

static rd_kafka_message_t message_of(const struct kafka_message *m)
{
	assert(m->headers == 0);
	return (rd_kafka_message_t){.partition = m->partition,
				    .key = lend(m->key),
				    .key_len = m->key_len,
				    .payload = lend(m->value),
				    .len = m->value_len};
}

/* One partition's messages beside each other, in their order: librdkafka looks up a partition whenever it changes. */
static void arrange(const struct kafka_message *m, size_t count, rd_kafka_message_t *list)
{
	size_t place[PLACES + 1] = {0};

	for (size_t i = 0; i < count; i++) {
		assert(m[i].partition >= 0);
		place[m[i].partition % PLACES + 1]++;
	}
	for (size_t i = 1; i < PLACES; i++)
		place[i] += place[i - 1];
	for (size_t i = 0; i < count; i++)
		list[place[m[i].partition % PLACES]++] = message_of(&m[i]);
}

int kafka_out_send_all(struct kafka_out *out, const struct kafka_message *m, size_t count,
		       struct fault *f)
{
	rd_kafka_message_t list[KAFKA_OUT_BATCH];
	rd_kafka_topic_t *topic = rd_kafka_topic_new(out->rk, m->topic, NULL);

	if (!topic)
		return refuse(m->topic, m->partition, rd_kafka_err2str(rd_kafka_last_error()), f);
	assert(count <= KAFKA_OUT_BATCH);
	arrange(m, count, list);
	int rc = serve(out, 0, f);
	while (rc == 0 && count > 0) {
		rc = produce_list(out, topic, list, &count, f);
		if (rc == 0 && count > 0)
			rc = await_room(out, f);
	}
	rd_kafka_topic_destroy(topic);
	return rc;
}

int kafka_out_flush(struct kafka_out *out, int timeout_ms, struct fault *f)
{
	int64_t deadline = civil_monotonic_ms() + timeout_ms;
	char hint[KAFKA_HINT_MAX];
	int rc = serve(out, 0, f);

	while (rc == 0 && rd_kafka_outq_len(out->rk) > 0) {
		int64_t left = deadline - civil_monotonic_ms();
		if (left <= 0) {
			(void)kafka_conf_judge(out->rk, RD_KAFKA_RESP_ERR__TRANSPORT, "Write",
					       hint);
			return fault_set(f, FAULT_UNAVAILABLE,
					 "kafka: %d messages are not acknowledged after %d ms%s",
					 rd_kafka_outq_len(out->rk), timeout_ms, hint);
		}
		/* Unlike polling it does not wait for a batch to fill. */
		(void)rd_kafka_flush(out->rk, left < SERVE_MS ? (int)left : SERVE_MS);
		rc = serve(out, 0, f);
	}
	if (rc == 0 && out->stats.delivered != out->stats.sent)
		rc = fault_set(f, FAULT_SOFTWARE,
			       "kafka: %" PRIu64 " messages sent, but %" PRIu64 " reported",
			       out->stats.sent, out->stats.delivered);
	return rc;
}

struct kafka_out_stats kafka_out_stats(const struct kafka_out *out)
{
	return out->stats;
}

void kafka_out_free(struct kafka_out *out)
{
	if (!out)
		return;
	(void)rd_kafka_purge(out->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	rd_kafka_destroy(out->rk);
	while (out->ends > 0)
		free(out->end[--out->ends].next);
	free(out->end);
	free(out);
}
