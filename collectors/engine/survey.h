/*
 * survey: the first of the two readings of a file. It changes nothing and finds out what a delivery
 * must know before it sends anything.
 */
#ifndef COLLECTORS_ENGINE_SURVEY_H
#define COLLECTORS_ENGINE_SURVEY_H

#include "collectors/engine/input.h"
#include "collectors/engine/mapping_eval.h"
#include "collectors/engine/reader.h"

/* Identities that would be sent, and those of them that hold a personnummer. */
struct survey_ids {
	uint64_t seen, like_pnr;
};

/* Of a handful one may look like a personnummer by chance: a handful is taken as a sample. */
bool survey_ids_leak(const struct survey_ids *ids);

struct survey {
	uint8_t sha256[DIGEST_BYTES];
	uint64_t read;      /* records, whatever is in them */
	enum reason reason; /* REASON_NONE, or why nothing of the file may be used */
	uint64_t line;      /* where that shows; 0: nowhere in particular */
	const char *where;  /* what it is about: a column of the mapping, or "" */
	bool truncated;     /* the last line has no line end */
	size_t unread;      /* columns that the mapping does not read */
};

/* FAULT_UNAVAILABLE when a stop was asked for. */
int survey_file(struct input *in, const struct reader *reader, const struct mapping *m,
		const struct mapping_context *context, struct survey *ret,
		struct fault *f) MUST_CHECK;

#endif
