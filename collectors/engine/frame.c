/*
 * frame: the leverans events of a delivery. Owns nothing. Never counts anything itself.
 */
#include "collectors/engine/frame.h"

#include "common/buf.h"
#include "proto/event_codec.h"
#include "proto/route.h"

void frame_id(struct digest_mac *key, const char *source, const uint8_t sha256[DIGEST_BYTES],
	      uint32_t reading, uint8_t ret[EVENT_ID_BYTES])
{
	uint8_t mac[DIGEST_BYTES];
	char number[16];

	(void)snprintf(number, sizeof(number), "%u", reading); /* ten digits at most */
	const struct span part[] = {span_of("leverans.id/1"),
				    span_of(source),
				    {(const char *)sha256, DIGEST_BYTES},
				    span_of(number)};
	digest_mac_parts(key, part, ARRAY_SIZE(part), mac);
	memcpy(ret, mac, EVENT_ID_BYTES);
}

static int put(const struct frame *frame, uint8_t phase, int partition, const struct leverans *sums,
	       struct sink *sink, struct fault *f)
{
	const char *field;
	struct event e;
	struct buf encoded = {0};

	event_init(&e);
	memcpy(e.source, frame->source, strlen(frame->source) + 1);
	memcpy(e.fingerprint, frame->fingerprint, sizeof(e.fingerprint));
	memcpy(e.id, frame->id, sizeof(e.id));
	memcpy(e.leverans_id, frame->id, sizeof(e.leverans_id));
	e.version_kind = frame->version_kind;
	e.op = OP_UPSERT;
	e.produced_ms = frame->now_ms;
	e.body = EVENT_LEVERANS;
	e.leverans = *sums;
	e.leverans.phase = phase;
	e.leverans.partition = partition;
	/* Here the sums are enforced: a closing that does not balance is not right. */
	if (event_check(&e, &field) != REASON_NONE)
		BUG(field);
	event_encode(&e, &encoded);
	int err = sink->put(sink, route_event(&e, sink->partitions), e.id,
			    (struct span){encoded.data, encoded.len}, f);
	buf_release(&encoded);
	return err;
}

int frame_open(const struct frame *frame, const struct leverans *sums, struct sink *sink,
	       struct fault *f)
{
	int err = 0;

	for (int i = 0; err == 0 && i < sink->partitions; i++)
		err = put(frame, PHASE_OPENING, i, sums, sink, f);
	return err == 0 ? sink->flush(sink, f) : err;
}

int frame_close(const struct frame *frame, uint8_t phase, const struct leverans *sums,
		struct sink *sink, struct fault *f)
{
	int err = put(frame, phase, -1, sums, sink, f);

	return err == 0 ? sink->flush(sink, f) : err;
}
