/*
 * mapping_model: what mapping_load builds and mapping_eval reads. Nobody else includes this.
 */
#ifndef COLLECTORS_ENGINE_MAPPING_MODEL_H
#define COLLECTORS_ENGINE_MAPPING_MODEL_H

#include "collectors/engine/mapping.h"
#include "collectors/engine/steps.h"

/*
 * What the steps of a field fill, in the order of evaluation: status says whether the rest matters,
 * and a personnummer is read against the day of the contact.
 */
enum mapping_target {
	TARGET_ID,
	TARGET_VERSION,
	TARGET_STATUS,
	TARGET_START,			/* day, hour, minute, started_ms */
	TARGET_END,			/* ended_ms */
	TARGET_DECISION,		/* decision_day, decision_ms */
	TARGET_BOOKED,			/* booked_day, booked_ms */
	TARGET_BIRTH_DATE,		/* birth_year, age */
	TARGET_PERSONNUMMER,		/* kon, birth_year, age where nothing else gives them */
	TARGET_NATIONAL_CODE,		/* nothing: checked against kanal and form */
	TARGET_FIELD,			/* the event's field of that name */
};

struct mapping_field {
	enum mapping_target target;
	const char *name;		/* "kanal"; static or the event table's */
	const struct event_field *field;	/* TARGET_FIELD, TARGET_STATUS */
	bool personal;			/* its values are never shown */
	struct steps steps;		/* empty: a version that is in no field */
};

enum id_form { ID_AS_IS, ID_TRIMMED, ID_UPPER, ID_LOWER };

struct mapping {
	char *path, *source;
	struct csv_dialect dialect;
	enum id_form id_form;
	uint8_t version_kind;		/* CODES_VERSION_KIND */
	bool version_is_time;		/* FIELD: its steps end in a date */
	uint64_t version_constant;
	regex_t *version_re;		/* FILENAME */
	bool has_only;
	struct condition only;
	struct steps_scope scope;	/* tables, joins and columns; its yaml only while loading */
	struct mapping_field *field;	/* by target, then as in the file */
	size_t fields, field_cap;
};

#endif
