/*
 * kafka_out: an idempotent producer (librdkafka) whose every message is accounted for. "Enqueued"
 * is not "delivered": only the delivery report counts, and only its offset proves it. An offset that
 * does not grow in its partition is a failure: the log lost what it had acknowledged.
 *
 * Ours, not to be overridden: enable.idempotence=true, acks=all, allow.auto.create.topics=false;
 * compression.type=lz4, linger.ms=5 and a queue of 10 000 messages are defaults. When the queue is
 * full, sending serves reports until there is room, however long that takes unless
 * kafka_out_patience() says otherwise.
 */
#ifndef COMMON_KAFKA_OUT_H
#define COMMON_KAFKA_OUT_H

#include "common/base.h"
#include "common/fault.h"
#include "common/options.h"

#define KAFKA_OUT_BATCH 256 /* messages handed over at once */

struct kafka_header {
	const char *name;
	const void *value;
	size_t len;
};

struct kafka_message {
	const char *topic;
	int32_t partition;
	const void *key; /* NULL: null key */
	size_t key_len;
	const void *value; /* copied; NULL: null value */
	size_t value_len;
	const struct kafka_header *header;
	size_t headers;
};

struct kafka_out_stats {
	uint64_t sent;      /* handed over */
	uint64_t delivered; /* acknowledged by the broker */
	uint64_t failed;    /* given up */
};

struct kafka_out;
int kafka_out_new(const struct option_list *properties, struct kafka_out **ret,
		  struct fault *f) MUST_CHECK;
/* Number of partitions of a topic. FAULT_UNAVAILABLE after timeout_ms, FAULT_STATE when it is not there. */
int kafka_out_partitions(struct kafka_out *out, const char *topic, int timeout_ms, int *ret,
			 struct fault *f) MUST_CHECK;
/*
 * Hands one message over; everything it points to is copied; at most 16 headers. FAULT_IO when it is
 * refused, and from then on always once any message has failed for good: make a new producer. FAULT_CONFIG
 * instead when a right is missing; FAULT_UNAVAILABLE when its patience is at an end, and the message was not taken.
 */
int kafka_out_send(struct kafka_out *out, const struct kafka_message *m,
		   struct fault *f) MUST_CHECK;
/*
 * The same for 1 to KAFKA_OUT_BATCH messages of one topic without headers, each partition's in their order,
 * for a third of the work. When one of them is refused, others may have been handed over.
 */
int kafka_out_send_all(struct kafka_out *out, const struct kafka_message *m, size_t count,
		       struct fault *f) MUST_CHECK;
/* Gives up a full queue after so long without one acknowledgement, and soon when a stop is asked for (loop.h). */
void kafka_out_patience(struct kafka_out *out, int timeout_ms);
/* Waits until all that was handed over is delivered. FAULT_UNAVAILABLE after timeout_ms, FAULT_IO or _CONFIG on a failure. */
int kafka_out_flush(struct kafka_out *out, int timeout_ms, struct fault *f) MUST_CHECK;
struct kafka_out_stats kafka_out_stats(const struct kafka_out *out);
/* Drops what is not delivered yet. */
void kafka_out_free(struct kafka_out *out);

#endif
