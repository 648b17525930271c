/*
 * record: one raw record as a reader gives it: a text for each column or path that the mapping reads,
 * in the order of mapping_columns(), borrowed until the reader's next call. Texts are UTF-8 without
 * control characters.
 */
#ifndef COLLECTORS_ENGINE_RECORD_H
#define COLLECTORS_ENGINE_RECORD_H

#include "common/text.h"
#include "proto/reasons.h"

struct record_field {
	struct span text;
	uint64_t line; /* in the file, from 1 */
	/* Why there is no text to be read, which concerns only who reads it. */
	enum reason reason;
};

struct record {
	const struct record_field *field;
	size_t count;
	uint64_t number;        /* in the file, from 1 */
	uint64_t line;          /* where it begins */
	uint64_t offset, bytes; /* where it stands in the file */
};

#endif
