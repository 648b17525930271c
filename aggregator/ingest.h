/*
 * ingest: from a record of Kafka to an event that may be folded, or the reason why it may not.
 * All checks that need no state; fold() makes the rest (pins, room in the dictionaries). Pure.
 */
#ifndef AGGREGATOR_INGEST_H
#define AGGREGATOR_INGEST_H

#include "common/fault.h"
#include "common/kafka_in.h"
#include "proto/event.h"

/*
 * 0 when the record is the one that follows: at offset `expected`. Nothing is ever skipped:
 * FAULT_STATE for a gap or a step back.
 */
int ingest_contiguous(const struct kafka_record *r, uint64_t expected, struct fault *f) MUST_CHECK;

/*
 * REASON_NONE and *ret, a checked event that stands where it must; otherwise the reason, and
 * *ret_field names the field that it is about ("" for none). In this order: NULL_VALUE,
 * EMPTY_VALUE, LIMIT, HEADERS, what event_decode() finds, FORGED_CONTROL, what event_check() finds, KEY,
 * WRONG_PARTITION.
 */
enum reason ingest_event(const struct kafka_record *r, int partitions, struct event *ret,
			 const char **ret_field);

/*
 * Fingerprint of a record, kept for the record off-1 so that another log is noticed: XXH3-64 of
 * the value, its seed XXH3-64 of the key; what is null has another seed than what is empty.
 */
uint64_t ingest_probe(const struct kafka_record *r);

#endif
