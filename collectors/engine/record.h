/*
 * record: one raw record as a reader gives it: (path, text) pairs, borrowed until the reader's
 * next call. For CSV a path is the column's name, as in the header, and every column is there; for
 * JSON they are the paths that the mapping reads. Texts are UTF-8 without control characters.
 */
#ifndef COLLECTORS_ENGINE_RECORD_H
#define COLLECTORS_ENGINE_RECORD_H

#include "common/text.h"
#include "proto/reasons.h"

struct record_field {
	struct span path;
	struct span text;
	uint64_t line;   /* in the file, from 1 */
	uint32_t column; /* byte in that line, from 1 */
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

/* The field of that path, or NULL. */
const struct record_field *record_find(const struct record *r, struct span path);

#endif
