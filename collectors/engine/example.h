/*
 * example: what a mapping makes of a file, without key, clock or Kafka: the same always. Ids are
 * made with a key of 32 zero bytes, and it is noon of 2079-06-06, the last day that an event can
 * have. So every mapping can carry a sample and the events that it must give, as lines of JSON.
 */
#ifndef COLLECTORS_ENGINE_EXAMPLE_H
#define COLLECTORS_ENGINE_EXAMPLE_H

#include "collectors/engine/mapping_eval.h"

/* `e` is an event with MAPPING_EVENT only, `r` is valid otherwise. */
typedef void example_fn(void *of, enum mapping_outcome outcome, const struct event *e,
			const struct mapping_result *r);
/*
 * Every record of a file; the joined files stand beside it. FAULT_NOINPUT; FAULT_INPUT when the
 * file cannot be read as a whole. civil_init() before.
 */
int example_each(struct mapping *m, const char *path, example_fn *each, void *of,
		 struct fault *f) MUST_CHECK;
/* The same, appended as one line of JSON a record. */
int example_lines(struct mapping *m, const char *path, struct buf *out, struct fault *f) MUST_CHECK;

#endif
