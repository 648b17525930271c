/*
 * mapping_put: what a field's value does to the event. Only mapping_eval includes this.
 */
#ifndef COLLECTORS_ENGINE_MAPPING_PUT_H
#define COLLECTORS_ENGINE_MAPPING_PUT_H

#include "collectors/engine/mapping_eval.h"
#include "collectors/engine/mapping_model.h"

/* One record on its way; all is borrowed. */
struct eval {
	const struct mapping *m;
	const struct record *record;
	const struct mapping_context *context;
	struct buf *trace;
	struct event *e;
	struct mapping_result *result;
	int32_t today;
	int32_t end_day;        /* -1: no end */
	const char *birth_from; /* birth_date, else personnummer; NULL: not known */
	int32_t birth_day;
	uint8_t person_kon; /* of the personnummer */
};

/* Puts a value where its field belongs; of what several fields decide together, only notes it. */
enum reason mapping_put(struct eval *ev, const struct mapping_field *field, const struct value *v);

#endif
