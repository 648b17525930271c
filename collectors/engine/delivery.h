/*
 * delivery: one file from its first byte to its place in the balance. The order is the promise:
 *
 *	survey		the file is read once, nothing is changed: digest, structure, privacy
 *	started		the reading number is in the progress file
 *	opening		one in every partition, acknowledged, before the first contact
 *	emit		read again: each record is an event, no contact, or rejected
 *	closing		after every event is acknowledged: the totals, acknowledged
 *	complete	in the progress file
 *
 * Stopped or killed anywhere, the file is read again under the same reading number, and what was
 * sent twice is a duplicate. A broken file sends nothing but the word that it is quarantined.
 */
#ifndef COLLECTORS_ENGINE_DELIVERY_H
#define COLLECTORS_ENGINE_DELIVERY_H

#include "collectors/engine/progress.h"
#include "collectors/engine/promise.h"
#include "collectors/engine/sink.h"
#include "collectors/engine/survey.h"
#include "common/dated.h"
#include "common/seal.h"

/* What all files of a run share; everything is borrowed. */
struct delivery_source {
	const struct reader *reader;
	const struct mapping *mapping;
	struct digest_mac *key;
	uint8_t fingerprint[4];
	struct sink *sink;
	struct progress *progress;
	const char *state;             /* folder for the lists of rejected records */
	const struct promise *promise; /* what is said of each file; may be NULL */
	const struct seal *seal;       /* of rejected originals; may be NULL */
	struct dated *organisation; /* what stated förvaltningar are compared with; may be NULL */
};

enum delivery_outcome { DELIVERY_COMPLETE, DELIVERY_QUARANTINED, DELIVERY_DUP_FILE };

struct delivery_report {
	char *file; /* path as it was given, as far as it may be shown */
	enum delivery_outcome outcome;
	struct leverans sums;        /* reading, records, and why it is quarantined */
	struct survey survey;        /* where that shows */
	uint64_t noted[REASONS_END]; /* what was noted and taken all the same */
	char *rejects;               /* file that lists the rejected, NULL when there are none */
};

/*
 * Takes one file and fills *ret, which the caller releases. A fault means that the file is not
 * dealt with: FAULT_NOINPUT; FAULT_UNAVAILABLE when Kafka does not answer or a stop was asked for
 * (common/loop.h); FAULT_IO.
 */
int delivery_run(const struct delivery_source *s, const char *path, struct delivery_report *ret,
		 struct fault *f) MUST_CHECK;
void delivery_report_release(struct delivery_report *r);

#endif
