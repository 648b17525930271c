/*
 * kafka_in: a consumer by assign(). Owns the client, its queue and the messages lent last. Never
 * joins a group, never stores an offset, never moves to an offset that nobody asked for.
 */
#include "common/kafka_in.h"

#include "common/kafka_conf.h"
#include "common/log.h"

static const struct kafka_setting in_setting[] = {
	{.name = "auto.offset.reset", .value = "error", .ours = true},
	{.name = "enable.auto.commit", .value = "false", .ours = true},
	{.name = "enable.auto.offset.store", .value = "false", .ours = true},
	{.name = "enable.partition.eof", .value = "false", .ours = true},
	{.name = "check.crcs", .value = "true", .ours = true},
	/* librdkafka wants a name, though no group is ever joined. */
	{.name = "group.id", .value = "kontaktpuls"},
	/*
	 * librdkafka 2.0.2 pauses for a second whenever a limit of its queue is reached: let the
	 * limit in bytes be the only one.
	 */
	{.name = "queued.min.messages", .value = "10000000"},
	{.name = "queued.max.messages.kbytes", .value = "65536"},
};

struct kafka_in {
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	char *topic;
	rd_kafka_message_t **message; /* lent by the last batch */
	size_t held, cap;
	int32_t *leader; /* 1 + the broker that a partition's last record came from; 0: none yet */
	bool shaken;
	bool gone;     /* the topic was, for a moment at least */
	bool derailed; /* a checksum was wrong, and librdkafka 2.0.2 reads payloads as headers since */
};

static void note_error(struct kafka_in *in, rd_kafka_resp_err_t err)
{
	in->shaken = true;
	in->derailed |= err == RD_KAFKA_RESP_ERR__BAD_MSG;
	in->gone |= err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
		    err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
		    err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
		    err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
}

/* Called by kafka_in_batch(), in its thread. librdkafka mends all that comes here. */
static void take_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	struct kafka_in *in = opaque;

	(void)rk;
	note_error(in, (rd_kafka_resp_err_t)code);
	log_warning("kafka: %s: %s", rd_kafka_err2name((rd_kafka_resp_err_t)code), reason);
}

int kafka_in_new(const char *topic, const struct option_list *properties, struct kafka_in **ret,
		 struct fault *f)
{
	rd_kafka_conf_t *conf = NULL;
	int rc = kafka_conf_new(in_setting, ARRAY_SIZE(in_setting), properties, &conf, f);

	if (rc < 0)
		return rc;
	struct kafka_in *in = base_zalloc(1, sizeof(*in));
	rd_kafka_conf_set_opaque(conf, in);
	rd_kafka_conf_set_error_cb(conf, take_error);
	rc = kafka_conf_start(RD_KAFKA_CONSUMER, conf, &in->rk, f);
	if (rc < 0) {
		free(in);
		return rc;
	}
	rd_kafka_resp_err_t err = rd_kafka_poll_set_consumer(in->rk);
	assert(err == RD_KAFKA_RESP_ERR_NO_ERROR);
	in->queue = rd_kafka_queue_get_consumer(in->rk);
	in->topic = base_strdup(topic);
	*ret = in;
	return 0;
}

int kafka_in_partitions(struct kafka_in *in, int timeout_ms, int *ret, struct fault *f)
{
	return kafka_conf_partitions(in->rk, in->topic, timeout_ms, ret, f);
}

/*
 * rd_kafka_query_watermark_offsets() keeps no deadline: it waits for a leader that is frozen until
 * that wakes, though others lead by then.
 */
static int ask_end(struct kafka_in *in, int partition, int64_t end, int timeout_ms, int64_t *ret,
		   struct fault *f)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_t *asked = rd_kafka_topic_partition_list_add(list, in->topic,
									      partition);

	asked->offset = end;
	rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(in->rk, list, timeout_ms);
	if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
		err = asked->err;
	*ret = asked->offset;
	rd_kafka_topic_partition_list_destroy(list);
	return err == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : kafka_conf_fault(in->topic, err, f);
}

int kafka_in_watermarks(struct kafka_in *in, int partition, int timeout_ms, int64_t *ret_low,
			int64_t *ret_high, struct fault *f)
{
	int rc = ask_end(in, partition, RD_KAFKA_OFFSET_BEGINNING, timeout_ms, ret_low, f);

	if (rc == 0)
		rc = ask_end(in, partition, RD_KAFKA_OFFSET_END, timeout_ms, ret_high, f);
	return rc < 0 ? fault_prefix(f, "watermarks of partition %d", partition) : 0;
}

static void drop_held(struct kafka_in *in)
{
	for (size_t i = 0; i < in->held; i++)
		rd_kafka_message_destroy(in->message[i]);
	in->held = 0;
}

int kafka_in_assign(struct kafka_in *in, const int64_t *offset, int count, struct fault *f)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);

	drop_held(in);
	free(in->leader);
	in->leader = base_zalloc((size_t)count, sizeof(*in->leader));
	for (int i = 0; i < count; i++) {
		assert(offset[i] >= 0);
		rd_kafka_topic_partition_list_add(list, in->topic, i)->offset = offset[i];
	}
	rd_kafka_resp_err_t err = rd_kafka_assign(in->rk, list);
	/* A list that outlives the client keeps rd_kafka_destroy() from ever returning. */
	rd_kafka_topic_partition_list_destroy(list);
	return err == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : kafka_conf_fault(in->topic, err, f);
}

/* Into message[held..cap); librdkafka waits the whole time unless the room is filled. */
static void fetch(struct kafka_in *in, int timeout_ms, size_t cap)
{
	ssize_t n = rd_kafka_consume_batch_queue(in->queue, timeout_ms, in->message + in->held,
						 cap - in->held);

	if (n > 0)
		in->held += (size_t)n;
}

static int error_of(const struct kafka_in *in, const rd_kafka_message_t *m, struct fault *f)
{
	if (kafka_conf_passes(m->err))
		return 0;
	const int kind = m->err == RD_KAFKA_RESP_ERR__BAD_MSG ? FAULT_INPUT : FAULT_STATE;

	return fault_set(f, kind, "kafka: topic %s, partition %d, offset %lld: %s: %s", in->topic,
			 (int)m->partition, (long long)m->offset, rd_kafka_err2name(m->err),
			 rd_kafka_message_errstr(m));
}

static void note_leader(struct kafka_in *in, const rd_kafka_message_t *m)
{
	int32_t *leader = &in->leader[m->partition];
	const int32_t now = rd_kafka_message_broker_id(m) + 1;

	if (*leader == now)
		return;
	in->shaken |= *leader != 0;
	*leader = now;
}

int kafka_in_batch(struct kafka_in *in, int timeout_ms, struct kafka_record *record, int cap,
		   struct fault *f)
{
	int count = 0;

	assert(cap > 0);
	drop_held(in);
	in->message = base_grow(in->message, &in->cap, (size_t)cap, sizeof(rd_kafka_message_t *));
	fetch(in, 0, (size_t)cap);
	if (in->held == 0 && timeout_ms > 0) {
		fetch(in, timeout_ms, 1);
		fetch(in, 0, (size_t)cap);
	}
	for (size_t i = 0; i < in->held; i++) {
		const rd_kafka_message_t *m = in->message[i];
		if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
			int rc = error_of(in, m, f);
			note_error(in, m->err);
			if (rc < 0)
				return rc;
			continue;
		}
		note_leader(in, m);
		record[count++] = (struct kafka_record){
			.partition = m->partition,
			.offset = m->offset,
			.key = m->key,
			.key_len = m->key_len,
			.value = m->payload,
			.value_len = m->len,
			.time_ms = rd_kafka_message_timestamp(m, NULL),
		};
	}
	return count;
}

bool kafka_in_shaken(struct kafka_in *in)
{
	const bool shaken = in->shaken;

	in->shaken = false;
	return shaken;
}

void kafka_in_free(struct kafka_in *in)
{
	if (!in)
		return;
	drop_held(in);
	/*
	 * librdkafka 2.0.2 aborts when a client is closed that derailed, and waits for ever for one
	 * whose topic has disappeared: such a client is left behind.
	 */
	if (!in->derailed)
		(void)rd_kafka_assign(in->rk, NULL);
	/* References to the client must be gone before it is destroyed. */
	rd_kafka_queue_destroy(in->queue);
	if (!in->derailed)
		(void)rd_kafka_consumer_close(in->rk);
	if (!in->derailed && !in->gone)
		rd_kafka_destroy(in->rk);
	free(in->message);
	free(in->leader);
	free(in->topic);
	free(in);
}
