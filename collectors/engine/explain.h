/*
 * explain: one record of a file, step by step: what the reader gave, what every step of the mapping
 * made of it, and the event that would be sent. Needs neither key nor Kafka and changes nothing.
 */
#ifndef COLLECTORS_ENGINE_EXPLAIN_H
#define COLLECTORS_ENGINE_EXPLAIN_H

#include "collectors/engine/reader.h"

/*
 * Writes about record `number` (from 1) of the file. FAULT_NOINPUT; FAULT_INPUT when the file is
 * broken before that record or ends there.
 */
int explain_record(const struct reader *reader, const struct mapping *m, const char *path,
		   uint64_t number, FILE *out, struct fault *f) MUST_CHECK;

#endif
