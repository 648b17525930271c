/*
 * promise: what a source says of each of its files, by which half a file shows: the SHA-256 of the
 * file in a file beside it (FILE.sha256, as sha256sum writes it), and a trailer, a last line with the
 * number of records, which is no record itself. A promise that is not kept is CONTROL_TOTAL.
 */
#ifndef COLLECTORS_ENGINE_PROMISE_H
#define COLLECTORS_ENGINE_PROMISE_H

#include "collectors/engine/survey.h"

struct promise;
/*
 * `trailer`: an extended regular expression for the whole last line, whose one group is the number,
 * or NULL. FAULT_CONFIG when it is not one.
 */
int promise_new(bool sha256, const char *trailer, struct promise **ret, struct fault *f) MUST_CHECK;
void promise_free(struct promise *p);

/* What the trailer of one file says. */
struct promised {
	bool said;
	uint64_t records;
};

/* Before the first reading: reads the trailer and keeps it from being read as a record. */
struct promised promise_begin(const struct promise *p, struct input *in);
/* After it: blames the file in *s when it is not as it was promised and is not broken anyway. */
void promise_judge(const struct promise *p, const struct input *in, struct promised said,
		   struct survey *s);

#endif
