/*
 * fuzz_event: any bytes as an event in Kafka. Promises that are checked: the short way says yes only
 * where the long way does, and to the same event; a refusal has a reason; what may be counted can be
 * written, by both ways alike, and read again as the same event.
 */
#include "tests/fuzz/fuzz.h"

#include "proto/event_codec.h"

static void write_and_read(const struct event *e)
{
	struct buf quick = {0}, slow = {0};
	struct event back;
	const char *field;

	event_encode(e, &quick);
	event_encode_any(e, &slow);
	assert(quick.len == slow.len && memcmp(quick.data, slow.data, quick.len) == 0);
	assert(event_decode(quick.data, quick.len, &back, &field) == REASON_NONE);
	/* A retraction is written without what it says of the contact. */
	assert(e->op == OP_RETRACT || event_equal(e, &back));
	buf_release(&quick);
	buf_release(&slow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event quick, slow;
	const char *field = NULL;
	const enum reason reason = event_decode(data, size, &quick, &field);
	const char *slow_field = NULL;

	assert(reason == event_decode_any(data, size, &slow, &slow_field));
	if (reason != REASON_NONE) {
		assert(reason_known(reason) && strcmp(field, slow_field) == 0);
		return 0;
	}
	assert(event_equal(&quick, &slow));
	if (event_check(&quick, &field) == REASON_NONE && quick.body != EVENT_CONTROL)
		write_and_read(&quick);
	return 0;
}
