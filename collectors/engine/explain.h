/*
 * explain: one record of a file, step by step: what the reader gave, what every step of the mapping
 * made of it, the event that would be sent and what would be noted of it. Needs neither key nor Kafka and
 * changes nothing.
 */
#ifndef COLLECTORS_ENGINE_EXPLAIN_H
#define COLLECTORS_ENGINE_EXPLAIN_H

#include "collectors/engine/reader.h"
#include "common/dated.h"

/* Borrowed for the call. */
struct explain_of {
	const struct reader *reader;
	const struct mapping *mapping;
	const struct dated *organisation; /* what the förvaltning is compared with; may be NULL */
};

/*
 * Writes about record `number` (from 1) of the file. FAULT_NOINPUT; FAULT_INPUT when the file is
 * broken before that record or ends there.
 */
int explain_record(const struct explain_of *of, const char *path, uint64_t number, FILE *out,
		   struct fault *f) MUST_CHECK;

#endif
