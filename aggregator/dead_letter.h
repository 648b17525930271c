/*
 * dead_letter: the records that could not be counted, and the conflicts, by their coordinates, on
 * the topic beside the one that is counted. Never any content in clear: the original stays in its
 * topic, and with a public key the letter holds it as a sealed box too.
 * One dead letter may stand twice, when the commit after it was lost; coordinates tell.
 */
#ifndef AGGREGATOR_DEAD_LETTER_H
#define AGGREGATOR_DEAD_LETTER_H

#include "common/buf.h"
#include "common/kafka_in.h"
#include "common/kafka_out.h"
#include "common/seal.h"
#include "proto/reasons.h"

#define DEAD_LETTER_SEALED_MAX (512 << 10) /* bytes; a larger box would not fit in a message */

/* The letter as one line of JSON, appended. `seal` may be NULL. */
void dead_letter_text(struct buf *out, const char *topic, const struct kafka_record *r,
		      enum reason reason, const char *field, const struct seal *seal);
/*
 * Sends it to the same partition of route_dlq(topic), with the record's key when that is an identity. It is
 * written for certain after kafka_out_flush() only.
 */
int dead_letter_send(struct kafka_out *out, const char *topic, const struct kafka_record *r,
		     enum reason reason, const char *field, const struct seal *seal,
		     struct fault *f) MUST_CHECK;

#endif
