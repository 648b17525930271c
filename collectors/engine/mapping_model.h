/*
 * mapping_model: what mapping_load builds and mapping_eval reads, and how the parts of the loading
 * speak with one another. Only the mapping's own files include this.
 */
#ifndef COLLECTORS_ENGINE_MAPPING_MODEL_H
#define COLLECTORS_ENGINE_MAPPING_MODEL_H

#include "collectors/engine/mapping.h"
#include "collectors/engine/memo.h"
#include "collectors/engine/steps.h"
#include "proto/event.h"

/*
 * What the steps of a field fill, in the order of evaluation: status says whether the rest matters,
 * and a personnummer is read against the day of the contact.
 */
enum mapping_target {
	TARGET_ID,
	TARGET_VERSION,
	TARGET_STATUS,
	TARGET_START,        /* day, hour, minute, started_ms */
	TARGET_END,          /* ended_ms */
	TARGET_DECISION,     /* decision_day, decision_ms */
	TARGET_BOOKED,       /* booked_day, booked_ms */
	TARGET_BIRTH_DATE,   /* birth_year, age */
	TARGET_PERSONNUMMER, /* kon, birth_year, age where nothing else gives them */
	TARGET_FIELD,        /* the event's field of that name */
};

struct mapping_field {
	enum mapping_target target;
	const char *name;                /* "kanal" */
	const struct event_field *field; /* TARGET_FIELD, TARGET_STATUS */
	bool personal;                   /* its values are never shown */
	struct steps steps;              /* empty: a version that is in no field */
	struct memo *memo;               /* of a code that one column gives; otherwise NULL */
	size_t column;                   /* that one; SIZE_MAX: always the same code */
};

enum id_form { ID_AS_IS, ID_TRIMMED, ID_UPPER, ID_LOWER };

/* A code table of `tables`. */
struct table {
	const char *name;
	struct lookup *lookup;
};

struct mapping {
	struct yaml *yaml; /* owns the texts of all that follows */
	const char *source;
	struct json_shape shape; /* its format is also that of CSV */
	struct csv_dialect dialect;
	enum id_form id_form;
	uint8_t version_kind; /* CODES_VERSION_KIND */
	uint64_t version_constant;
	regex_t *version_re; /* VERSION_KIND_FILENAME */
	bool has_only;       /* otherwise every record is a contact */
	struct condition only;
	struct table *table;
	size_t tables;
	struct join *join;
	size_t joins;
	char **column;     /* columns or paths read, each once */
	struct path *path; /* the same, parsed */
	size_t columns, column_cap, path_cap;
	const char **example;
	size_t examples;             /* texts */
	struct mapping_field *field; /* by target, then as in the file */
	size_t fields, field_cap;
};

/* A loading in progress. After the first mistake, rc is its kind and nothing more is told. */
struct loader {
	struct mapping *m;
	struct fault *f;
	int rc;
};

void loader_refuse(struct loader *l, const struct yaml_node *at, const char *format, ...)
	PRINTF(3, 4);
/* False, after telling, unless `node` is of that kind; a map has only `keys` (NULL: any). */
bool loader_text(struct loader *l, const struct yaml_node *node);
bool loader_list(struct loader *l, const struct yaml_node *node);
bool loader_map(struct loader *l, const struct yaml_node *node, const char *const *keys);
/* The value of a key that must be there; its text, which must not be blank. NULL after telling. */
const struct yaml_node *loader_need(struct loader *l, const struct yaml_node *map, const char *key);
const char *loader_need_text(struct loader *l, const struct yaml_node *map, const char *key);
/* Index in a NULL-terminated list of choices; 0 after telling. */
unsigned loader_choose(struct loader *l, const struct yaml_node *node, const char *const *choice);

/* A path by the grammar; false after telling. The caller releases *ret. */
bool loader_path(struct loader *l, const struct yaml_node *node, struct path *ret);

/* What the last of some steps must give. */
struct steps_want {
	bool date;
	const struct event_field *field; /* a text that suits this field, or NULL: any */
};

void steps_load(struct loader *l, const struct yaml_node *node, struct steps_want want,
		struct steps *ret);
/* An extended regular expression with exactly one group. */
void steps_load_re(struct loader *l, const struct yaml_node *node, regex_t **ret);
/* {codes: text} into a new table. */
struct lookup *steps_load_codes(struct loader *l, const struct yaml_node *map);
/* A condition that stands by itself. */
void condition_load(struct loader *l, const struct yaml_node *map, struct condition *ret);

#endif
