/*
 * frame: what a delivery says of itself round its contacts: that it begins, in every partition and
 * acknowledged before the first of them, and at its end what it came to.
 */
#ifndef COLLECTORS_ENGINE_FRAME_H
#define COLLECTORS_ENGINE_FRAME_H

#include "collectors/engine/sink.h"
#include "common/digest.h"

struct frame {
	const char *source; /* borrowed */
	uint8_t fingerprint[4];
	uint8_t version_kind;       /* CODES_VERSION_KIND */
	uint8_t id[EVENT_ID_BYTES]; /* frame_id() */
	int64_t now_ms;
};

/* HMAC("leverans.id/1" | source | sha256 | reading in decimal), first 12 bytes. */
void frame_id(struct digest_mac *key, const char *source, const uint8_t sha256[DIGEST_BYTES],
	      uint32_t reading, uint8_t ret[EVENT_ID_BYTES]);
/* Puts an opening into every partition and waits for their acknowledgement. Faults are the sink's. */
int frame_open(const struct frame *frame, const struct leverans *sums, struct sink *sink,
	       struct fault *f) MUST_CHECK;
/* The same of the last word, PHASE_CLOSING or PHASE_QUARANTINED. Sums of a closing must balance. */
int frame_close(const struct frame *frame, uint8_t phase, const struct leverans *sums,
		struct sink *sink, struct fault *f) MUST_CHECK;

#endif
