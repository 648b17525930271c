/*
 * intake: the records of a stream, one after the other, into the spool: each becomes an event, no
 * contact, or a line of the list of rejected ones there, and the spool is synced whenever the stream
 * pauses, or often enough.
 */
#ifndef COLLECTORS_ENGINE_INTAKE_H
#define COLLECTORS_ENGINE_INTAKE_H

#include "collectors/engine/delivery.h"
#include "collectors/engine/spool.h"

struct intake_options {
	const struct delivery_source *source; /* its sink and its progress are not used */
	struct spool *spool;
	int fd;
	const char *name; /* of the stream, in the list of rejected records */
	bool once;        /* a disk that is full is not waited for */
};

/*
 * Reads to the end of the stream, or until a stop is asked for (common/loop.h): what was read by
 * then is on disk, but for an unfinished last record. That it breaks off as a whole is told, and
 * stands in the spool. FAULT_IO when what was read cannot be kept.
 */
int intake_run(const struct intake_options *o, struct fault *f) MUST_CHECK;

#endif
