/*
 * dlq: the dead letters of a topic, read back from the topic beside it (dead_letter.h says what is
 * in one), from its beginning to the end that it had at the first look.
 */
#ifndef AGGREGATOR_DLQ_H
#define AGGREGATOR_DLQ_H

#include "common/digest.h"
#include "common/kafka_in.h"
#include "common/seal.h"
#include "proto/reasons.h"
#include "proto/route.h"

struct dlq_letter {
	/* The letter itself; borrowed: its key is that of the record, or NULL. */
	const struct kafka_record *record;
	enum reason reason;
	/* The record that it is about. */
	int32_t partition;
	int64_t offset;
	uint64_t bytes;
	uint8_t sha256[DIGEST_BYTES];
	char topic[ROUTE_TOPIC_MAX + 1], field[64];
	struct span sealed; /* base64; no data: it is not sealed. Borrowed */
};

/*
 * Gives every letter to take(), in order within a partition; what is no letter has REASON_NONE and
 * nothing but its record. A fault of take() ends the reading. FAULT_STATE when there is no such topic,
 * FAULT_UNAVAILABLE when nothing comes for timeout_ms or a stop was asked for.
 */
int dlq_each(const char *topic, const struct option_list *kafka, int timeout_ms,
	     int (*take)(void *self, const struct dlq_letter *letter, struct fault *f), void *self,
	     struct fault *f) MUST_CHECK;

/* Appends the original and returns NULL, or why it cannot be had. */
const char *dlq_original(const struct dlq_letter *letter, const struct seal *seal, struct buf *out);

#endif
