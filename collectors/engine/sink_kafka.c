/*
 * sink_kafka: events to one topic in Kafka. Owns the producer. Never routes, never encodes.
 */
#include "collectors/engine/sink.h"

#include "common/civil.h"
#include "common/kafka_out.h"

#define SINK_FLUSH_SLICE_MS 500

struct sink_kafka {
	struct sink sink; /* first, so that the two have one address */
	struct kafka_out *out;
	char *topic;
	int timeout_ms;
};

static int put(struct sink *s, int partition, const uint8_t key[EVENT_ID_BYTES], struct span value,
	       struct fault *f)
{
	struct sink_kafka *k = (struct sink_kafka *)s;
	const struct kafka_message m = {
		.topic = k->topic,
		.partition = partition,
		.key = key,
		.key_len = EVENT_ID_BYTES,
		.value = value.data,
		.value_len = value.len,
	};

	return kafka_out_send(k->out, &m, f);
}

/*
 * The deadline is for the next acknowledgement: a long queue may take its time as long as it moves.
 */
static int flush(struct sink *s, struct fault *f)
{
	struct sink_kafka *k = (struct sink_kafka *)s;
	uint64_t delivered = kafka_out_stats(k->out).delivered;
	int64_t deadline = civil_monotonic_ms() + k->timeout_ms;

	for (;;) {
		int err = kafka_out_flush(k->out, SINK_FLUSH_SLICE_MS, f);
		if (err != FAULT_UNAVAILABLE)
			return err;
		uint64_t now = kafka_out_stats(k->out).delivered;
		if (now != delivered)
			deadline = civil_monotonic_ms() + k->timeout_ms;
		else if (civil_monotonic_ms() >= deadline)
			return fault_set(f, err, "kafka: no acknowledgement for %d ms",
					 k->timeout_ms);
		delivered = now;
	}
}

static void sink_close(struct sink *s)
{
	struct sink_kafka *k = (struct sink_kafka *)s;

	if (k == NULL)
		return;
	kafka_out_free(k->out);
	free(k->topic);
	free(k);
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
		err = kafka_out_partitions(k->out, topic, timeout_ms, &k->sink.partitions, f);
	}
	if (err < 0) {
		sink_close(&k->sink);
		return err;
	}
	*ret = &k->sink;
	return 0;
}
