/*
 * sink_kafka: events to one topic in Kafka. Owns the producer. Never routes, never encodes.
 */
#include "collectors/engine/sink.h"

#include "common/civil.h"
#include "common/kafka_out.h"
#include "common/loop.h"

/* How long nothing is heard of a wish to stop. */
#define SINK_SLICE_MS      500
#define SINK_OPEN_SLICE_MS 2000

struct sink_kafka {
	struct sink sink; /* first, so that the two have one address */
	struct kafka_out *out;
	char *topic;
	int timeout_ms;
	struct kafka_message waiting[KAFKA_OUT_BATCH]; /* put, and not handed over yet */
	uint8_t key[KAFKA_OUT_BATCH][EVENT_ID_BYTES];
	struct buf values; /* of them, one behind the other */
	size_t count;
};

static int hand_over(struct sink_kafka *k, struct fault *f)
{
	const char *value = k->values.data;

	if (k->count == 0)
		return 0;
	for (size_t i = 0; i < k->count; i++) {
		k->waiting[i].value = value;
		value += k->waiting[i].value_len;
	}
	int err = kafka_out_send_all(k->out, k->waiting, k->count, f);
	k->count = 0;
	buf_reset(&k->values);
	return err;
}

static int put(struct sink *s, int partition, const uint8_t key[EVENT_ID_BYTES], struct span value,
	       struct fault *f)
{
	struct sink_kafka *k = (struct sink_kafka *)s;

	memcpy(k->key[k->count], key, EVENT_ID_BYTES);
	buf_add(&k->values, value.data, value.len);
	k->waiting[k->count] = (struct kafka_message){
		.topic = k->topic,
		.partition = partition,
		.key = k->key[k->count],
		.key_len = EVENT_ID_BYTES,
		.value_len = value.len,
	};
	return ++k->count == KAFKA_OUT_BATCH ? hand_over(k, f) : 0;
}

/*
 * The deadline is for the next acknowledgement: a long queue may take its time as long as it moves,
 * also when a stop was asked for; one that stands still is not waited for then.
 */
static int flush(struct sink *s, struct fault *f)
{
	struct sink_kafka *k = (struct sink_kafka *)s;
	int handed = hand_over(k, f);
	uint64_t delivered = kafka_out_stats(k->out).delivered;
	int64_t deadline = civil_monotonic_ms() + k->timeout_ms;

	if (handed < 0)
		return handed;
	for (;;) {
		int err = kafka_out_flush(k->out, SINK_SLICE_MS, f);
		if (err != FAULT_UNAVAILABLE)
			return err;
		uint64_t now = kafka_out_stats(k->out).delivered;
		if (now != delivered)
			deadline = civil_monotonic_ms() + k->timeout_ms;
		else if (loop_stopping())
			return fault_prefix(f, "stopped");
		else if (civil_monotonic_ms() >= deadline)
			return fault_prefix(f, "no acknowledgement for %d ms", k->timeout_ms);
		delivered = now;
	}
}

static void sink_close(struct sink *s)
{
	struct sink_kafka *k = (struct sink_kafka *)s;

	if (k == NULL)
		return;
	kafka_out_free(k->out);
	buf_release(&k->values);
	free(k->topic);
	free(k);
}

static int find_partitions(struct sink_kafka *k, struct fault *f)
{
	int64_t deadline = civil_monotonic_ms() + k->timeout_ms;

	for (;;) {
		int64_t left = deadline - civil_monotonic_ms();
		int slice = left < SINK_OPEN_SLICE_MS ? (int)left : SINK_OPEN_SLICE_MS;
		int err = kafka_out_partitions(k->out, k->topic, slice > 0 ? slice : 1,
					       &k->sink.partitions, f);
		if (err != FAULT_UNAVAILABLE || loop_stopping() || civil_monotonic_ms() >= deadline)
			return err;
	}
}

int sink_kafka_open(const char *topic, const struct option_list *properties, int timeout_ms,
		    struct sink **ret, struct fault *f)
{
	struct sink_kafka *k = base_zalloc(1, sizeof(*k));

	k->sink = (struct sink){.put = put, .flush = flush, .close = sink_close};
	k->topic = base_strdup(topic);
	k->timeout_ms = timeout_ms;
	int err = kafka_out_new(properties, &k->out, f);
	if (err == 0) {
		kafka_out_patience(k->out, timeout_ms);
		err = find_partitions(k, f);
	}
	if (err < 0) {
		sink_close(&k->sink);
		return err;
	}
	*ret = &k->sink;
	return 0;
}
