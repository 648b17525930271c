/*
 * ingest: the checks of one record, in the order of the header. Pure: counts and keeps nothing.
 */
#include "aggregator/ingest.h"

#include <inttypes.h>
#include <xxhash.h>

#include "proto/event_codec.h"
#include "proto/route.h"

int ingest_contiguous(const struct kafka_record *r, uint64_t expected, struct fault *f)
{
	if (r->offset == (int64_t)expected)
		return 0;
	return fault_set(f, FAULT_STATE,
			 "gap in partition %" PRId32 ": the log gave offset %" PRId64
			 " where %" PRIu64 " must follow; nothing is skipped",
			 r->partition, r->offset, expected);
}

enum reason ingest_event(const struct kafka_record *r, int partitions, struct event *ret,
			 const char **ret_field)
{
	*ret_field = "";
	if (r->value == NULL)
		return REASON_NULL_VALUE;
	if (r->value_len == 0)
		return REASON_EMPTY_VALUE;
	if (r->value_len > EVENT_VALUE_MAX)
		return REASON_LIMIT;
	if (r->strange)
		return REASON_HEADERS;

	enum reason reason = event_decode(r->value, r->value_len, ret, ret_field);

	if (reason != REASON_NONE)
		return reason;
	if (ret->body == EVENT_CONTROL)
		return REASON_FORGED_CONTROL;
	reason = event_check(ret, ret_field);
	if (reason != REASON_NONE)
		return reason;
	*ret_field = "";
	if (r->key_len != EVENT_ID_BYTES || memcmp(r->key, ret->id, EVENT_ID_BYTES) != 0)
		return REASON_KEY;
	if (route_event(ret, partitions) != r->partition)
		return REASON_WRONG_PARTITION;
	return REASON_NONE;
}

uint64_t ingest_probe(const struct kafka_record *r)
{
	const uint64_t key = XXH3_64bits_withSeed(r->key, r->key_len, r->key != NULL);

	return XXH3_64bits_withSeed(r->value, r->value_len, key + (r->value != NULL));
}
