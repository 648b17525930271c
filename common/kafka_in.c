/*
 * kafka_in: a consumer by assign(). Owns the client, its queue and the messages lent last. Never
 * stores an offset, never moves to an offset that nobody asked for.
 */
#include "common/kafka_in.h"

#include <pthread.h>
#include <time.h>

#include "common/civil.h"
#include "common/kafka_conf.h"
#include "common/kafka_group.h"
#include "common/log.h"
#include "common/text.h"

static const struct kafka_setting in_setting[] = {
	{.name = "auto.offset.reset", .value = "error", .ours = true},
	{.name = "enable.auto.commit", .value = "false", .ours = true},
	{.name = "enable.auto.offset.store", .value = "false", .ours = true},
	{.name = "enable.partition.eof", .value = "false", .ours = true},
	{.name = "check.crcs", .value = "true", .ours = true},
	/* librdkafka wants a name, though no group is joined by it. */
	{.name = "group.id", .value = "kontaktpuls"},
	/* One limit is enough: the one in bytes. */
	{.name = "queued.min.messages", .value = "10000000"},
	{.name = "queued.max.messages.kbytes", .value = "16384"},
};

#define NUDGE_BYTES (4 << 20) /* a quarter of that limit */
#define NUDGE_MS    100

#define FREE_SECONDS 2
#define SETTLE_MS    1000 /* until librdkafka's threads have seen a new assignment */

#define HEADERS_MAX   32
#define HEADERS_BYTES 4096

struct kafka_in {
	struct kafka_trouble trouble; /* first, so that the two have one address */
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	char *topic;
	rd_kafka_message_t **message; /* lent by the last batch */
	size_t held, cap;
	size_t taken;    /* bytes of records since the last nudge */
	int assigned;    /* numbers of partitions are below this .. */
	int64_t *next;   /* .. and the offset of the next record of each; -1: not assigned */
	int32_t *leader; /* 1 + the broker that a partition's last record came from; 0: none yet */
	bool shaken;
	int64_t replaced_ms; /* when an assignment took another's place; 0: a record has come since */
	bool derailed; /* a checksum was wrong, and librdkafka 2.0.2 reads payloads as headers since */
	struct kafka_group group;
};

static void note_error(struct kafka_in *in, rd_kafka_resp_err_t err)
{
	in->shaken = true;
	in->derailed |= err == RD_KAFKA_RESP_ERR__BAD_MSG;
}

/* Called by kafka_in_batch(), in its thread. librdkafka mends all that comes here. */
static void take_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	struct kafka_in *in = opaque;

	(void)rk;
	note_error(in, (rd_kafka_resp_err_t)code);
	log_warning("kafka: %s: %s", rd_kafka_err2name((rd_kafka_resp_err_t)code), reason);
}

/* The same, of a member. */
static void take_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err,
			   rd_kafka_topic_partition_list_t *list, void *opaque)
{
	struct kafka_in *in = opaque;

	kafka_group_take(&in->group, rk, err, list);
}

/* Takes `conf`. */
static int start(struct kafka_in *in, const char *topic, rd_kafka_conf_t *conf, struct fault *f)
{
	rd_kafka_conf_set_error_cb(conf, take_error);
	if (in->group.name)
		rd_kafka_conf_set_rebalance_cb(conf, take_rebalance);
	int rc = kafka_conf_start(RD_KAFKA_CONSUMER, conf, &in->rk, f);

	if (rc < 0)
		return rc;
	rd_kafka_resp_err_t err = rd_kafka_poll_set_consumer(in->rk);
	assert(err == RD_KAFKA_RESP_ERR_NO_ERROR);
	in->queue = rd_kafka_queue_get_consumer(in->rk);
	in->topic = base_strdup(topic);
	return 0;
}

int kafka_in_new(const char *topic, const struct option_list *properties, struct kafka_in **ret,
		 struct fault *f)
{
	rd_kafka_conf_t *conf = NULL;
	struct kafka_in *in = base_zalloc(1, sizeof(*in));
	int rc = kafka_conf_new(in_setting, ARRAY_SIZE(in_setting), properties, in, &conf, f);

	if (rc == 0)
		rc = start(in, topic, conf, f);
	if (rc < 0)
		free(in);
	else
		*ret = in;
	return rc;
}

int kafka_in_join(const char *topic, const struct option_list *properties, const char *group,
		  const char *instance, struct kafka_in **ret, struct fault *f)
{
	struct kafka_setting setting[ARRAY_SIZE(in_setting) + KAFKA_GROUP_SETTINGS];
	struct kafka_in *in = base_zalloc(1, sizeof(*in));
	rd_kafka_conf_t *conf = NULL;

	kafka_group_init(&in->group, group, instance);
	memcpy(setting, in_setting, sizeof(in_setting));
	kafka_group_settings(&in->group, setting + ARRAY_SIZE(in_setting));
	int rc = kafka_conf_new(setting, ARRAY_SIZE(setting), properties, in, &conf, f);

	if (rc == 0)
		rc = start(in, topic, conf, f);
	if (rc < 0) {
		kafka_group_release(&in->group);
		free(in);
		return rc;
	}
	*ret = in;
	rc = kafka_group_subscribe(in->rk, topic, f);
	if (rc < 0) {
		kafka_in_free(in);
		*ret = NULL;
	}
	return rc;
}

int kafka_in_partitions(struct kafka_in *in, int timeout_ms, int *ret, struct fault *f)
{
	return kafka_conf_partitions(in->rk, in->topic, "Read", timeout_ms, ret, f);
}

static int ask_end(struct kafka_in *in, int partition, int64_t end, int timeout_ms, int64_t *ret,
		   struct fault *f)
{
	const rd_kafka_resp_err_t err = kafka_conf_end(in->rk, in->topic, partition, end,
						       timeout_ms, ret);

	return err == RD_KAFKA_RESP_ERR_NO_ERROR
		       ? 0
		       : kafka_conf_fault(in->rk, in->topic, err, "Read", f);
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
	free(in->next);
	if (in->assigned > 0 && !in->group.name)
		in->replaced_ms = civil_monotonic_ms();
	in->assigned = count;
	in->next = base_alloc((size_t)count * sizeof(*in->next));
	memcpy(in->next, offset, (size_t)count * sizeof(*in->next));
	in->leader = base_zalloc((size_t)count, sizeof(*in->leader));
	for (int i = 0; i < count; i++) {
		if (offset[i] >= 0)
			rd_kafka_topic_partition_list_add(list, in->topic, i)->offset = offset[i];
	}
	rd_kafka_resp_err_t err = rd_kafka_assign(in->rk, list);
	/* A list that outlives the client keeps rd_kafka_destroy() from ever returning. */
	rd_kafka_topic_partition_list_destroy(list);
	if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	const int kind = kafka_group_fault(&in->group, in->rk, err, f);
	return kind < 0 ? kind : kafka_conf_fault(in->rk, in->topic, err, "Read", f);
}

/* Into message[held..cap); librdkafka waits the whole time unless the room is filled. */
static void fetch(struct kafka_in *in, int timeout_ms, size_t cap)
{
	ssize_t n = rd_kafka_consume_batch_queue(in->queue, timeout_ms, in->message + in->held,
						 cap - in->held);

	if (n > 0)
		in->held += (size_t)n;
}

/* Records that are there and cannot be read, whoever is asked. */
static bool is_unreadable(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR__BAD_MSG || err == RD_KAFKA_RESP_ERR__BAD_COMPRESSION ||
	       err == RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED;
}

static int error_of(struct kafka_in *in, const rd_kafka_message_t *m, struct fault *f)
{
	char hint[KAFKA_HINT_MAX];
	int kind = kafka_group_fault(&in->group, in->rk, m->err, f);

	if (kind < 0 || kafka_conf_passes(m->err))
		return kind;
	kind = kafka_conf_judge(in->rk, m->err, "Read", hint);
	if (is_unreadable(m->err))
		kind = FAULT_INPUT;
	return fault_set(f, kind, "kafka: topic %s, partition %d, offset %lld: %s: %s%s", in->topic,
			 (int)m->partition, (long long)m->offset, rd_kafka_err2name(m->err),
			 rd_kafka_message_errstr(m), hint);
}

/* Whatever somebody attached to a record; ours have one header at most. */
static bool has_strange_headers(const rd_kafka_message_t *m)
{
	rd_kafka_headers_t *h;
	const char *name;
	const void *value;
	size_t len, all = 0;
	const rd_kafka_resp_err_t err = rd_kafka_message_headers(m, &h);

	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return err != RD_KAFKA_RESP_ERR__NOENT;
	if (rd_kafka_header_cnt(h) > HEADERS_MAX)
		return true;
	for (size_t i = 0; rd_kafka_header_get_all(h, i, &name, &value, &len) == 0; i++) {
		all += strlen(name) + len;
		if (all > HEADERS_BYTES || !text_utf8_valid(span_of(name)) ||
		    rd_kafka_header_get(h, 1, name, &value, &len) == 0)
			return true;
	}
	return false;
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

/*
 * Once its queue has been full librdkafka 2.0.2 looks only every second whether there is room again
 * (fetch.queue.backoff.ms came with 2.2), unless a request of ours wakes the thread of the broker. What
 * the answer is does not matter: whatever is wrong with the broker shows when it is fetched from.
 */
static void nudge(struct kafka_in *in)
{
	int64_t low, high, left, most = 0, all = 0;
	int behind = 0;

	if (in->taken < NUDGE_BYTES)
		return;
	in->taken = 0;
	for (int i = 0; i < in->assigned; i++) {
		if (in->next[i] < 0 ||
		    rd_kafka_get_watermark_offsets(in->rk, in->topic, i, &low, &high) !=
			    RD_KAFKA_RESP_ERR_NO_ERROR)
			continue;
		left = high > in->next[i] ? high - in->next[i] : 0;
		all += left;
		if (left > most) {
			most = left;
			behind = i;
		}
	}
	/* With all fetched a broker waits for more, and would answer after that only. */
	if (all > (int64_t)rd_kafka_queue_length(in->queue))
		(void)kafka_conf_end(in->rk, in->topic, behind, RD_KAFKA_OFFSET_END, NUDGE_MS,
				     &high);
}

int kafka_in_batch(struct kafka_in *in, int timeout_ms, struct kafka_record *record, int cap,
		   struct fault *f)
{
	int count = 0;

	assert(cap > 0);
	drop_held(in);
	nudge(in);
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
		in->replaced_ms = 0;
		in->taken += m->len + m->key_len;
		in->next[m->partition] = m->offset + 1;
		record[count++] = (struct kafka_record){
			.partition = m->partition,
			.offset = m->offset,
			.key = m->key,
			.key_len = m->key_len,
			.value = m->payload,
			.value_len = m->len,
			.strange = has_strange_headers(m),
			.time_ms = rd_kafka_message_timestamp(m, NULL),
		};
	}
	/* What came with the group's word may be of before and of after it. */
	return in->group.standing == KAFKA_STAYS ? count : 0;
}

enum kafka_standing kafka_in_standing(const struct kafka_in *in)
{
	return in->group.standing;
}

void kafka_in_give_back(struct kafka_in *in)
{
	kafka_group_give_back(&in->group, in->rk);
}

/* Of what the last share left in the queue only errors are of interest. */
static int hear_group(struct kafka_in *in, int timeout_ms, struct fault *f)
{
	struct kafka_record ignored[16];
	const int got = kafka_in_batch(in, timeout_ms, ignored, ARRAY_SIZE(ignored), f);

	drop_held(in);
	return got < 0 ? got : 0;
}

int kafka_in_share(struct kafka_in *in, int timeout_ms, int32_t *partition, int cap,
		   struct fault *f)
{
	struct kafka_group *g = &in->group;

	kafka_group_give_back(g, in->rk);
	int kind = hear_group(in, g->told && g->count > 0 ? 0 : timeout_ms, f);

	if (kind < 0 || !g->told)
		return kind;
	const int count = (int)g->count < cap ? (int)g->count : cap;

	memcpy(partition, g->partition, (size_t)count * sizeof(*partition));
	g->standing = KAFKA_STAYS;
	return count;
}

bool kafka_in_shaken(struct kafka_in *in)
{
	const bool shaken = in->shaken;

	in->shaken = false;
	return shaken;
}

/*
 * librdkafka 2.0.2 aborts when a client is closed that derailed, or whose assignment is replaced once more
 * before its threads have seen the last time: such a client is left behind.
 */
static bool is_left(const struct kafka_in *in)
{
	return in->derailed ||
	       (in->replaced_ms > 0 && civil_monotonic_ms() - in->replaced_ms < SETTLE_MS);
}

/* The client and what its threads note their troubles in. */
static void *end_client(void *arg)
{
	struct kafka_in *in = arg;
	const bool left = is_left(in);

	if (!left)
		(void)rd_kafka_assign(in->rk, NULL);
	/* References to the client must be gone before it is destroyed. */
	rd_kafka_queue_destroy(in->queue);
	if (left)
		return NULL;
	(void)rd_kafka_consumer_close(in->rk);
	rd_kafka_destroy(in->rk);
	kafka_group_release(&in->group);
	free(in->message);
	free(in->leader);
	free(in->next);
	free(in->topic);
	free(in);
	return NULL;
}

/*
 * librdkafka 2.0.2 sometimes never ends a client, one whose topic has disappeared among them. Nobody
 * may wait for that: the thread is left to it.
 */
void kafka_in_free(struct kafka_in *in)
{
	struct timespec until;
	pthread_t thread;

	if (!in)
		return;
	drop_held(in);
	in->group.leaving = true;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += FREE_SECONDS;
	if (pthread_create(&thread, NULL, end_client, in) != 0)
		BUG("no thread to end a client in");
	if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0)
		return;
	log_warning("kafka: a client did not end within %d s and is left behind", FREE_SECONDS);
	(void)pthread_detach(thread);
}
