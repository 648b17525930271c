/*
 * steps: the little machine of a mapping. A list of steps begins with nothing and hands one value from
 * step to step: a text, or, after `date`, a moment. Blank (nothing, or spaces only) passes through
 * every step that needs a value. The set of steps is closed; there is no infix language and no loop.
 */
#ifndef COLLECTORS_ENGINE_STEPS_H
#define COLLECTORS_ENGINE_STEPS_H

#include <regex.h>

#include "collectors/engine/lookup.h"
#include "collectors/engine/moment.h"
#include "collectors/engine/record.h"
#include "common/yaml.h"
#include "proto/event.h"

/*   kind      name        reads its input */
#define STEPS_X(X)                                                                                 \
	X(PATH, path, false) \
	X(CONST, const, false) \
	X(TABLE, table, true) \
	X(DATE, date, true) \
	X(RE, re, true) \
	X(JOIN, join, true) \
	X(FIRST_OF, first_of, false) \
	X(WHEN, when, false)

enum step_kind {
#define X(kind, name, reads) STEP_##kind,
	STEPS_X(X)
#undef X
	STEP_KINDS,
};

struct step;
struct steps {
	struct step *step;
	size_t count;
};

/* True when what the steps give is one of the texts; "" is blank. */
struct condition {
	struct steps of;
	char **text;
	size_t texts;
};

/* A code table of the mapping's `tables`. */
struct table {
	char *name;
	struct lookup *lookup;
};

/* A file of the mapping's `joins`, read when a delivery begins. */
struct join {
	char *name, *file, *key;
	struct csv_dialect dialect;
	char **column;			/* those that steps get */
	size_t columns, cap;
	struct lookup *lookup;		/* NULL until then */
};

struct step {
	enum step_kind kind;
	char *text;			/* PATH: column; CONST: value */
	struct lookup *own;		/* TABLE: codes that stand in the step itself */
	const struct lookup *table;	/* TABLE: those, or a table of the mapping */
	struct moment_format *date;
	regex_t *re;
	const struct join *join;
	size_t get;			/* JOIN: index of the column */
	struct steps *branch;		/* FIRST_OF: all; WHEN: then, else */
	size_t branches;
	struct condition when;
	char *shown;			/* for a trace: "path START" */
};

/* What steps may refer to while a mapping is loaded, and what they turn out to need. */
struct steps_scope {
	const struct yaml *yaml;
	struct table *table;
	size_t tables, table_cap;
	struct join *join;
	size_t joins;			/* fixed before the first step is loaded */
	char **column;			/* columns read, each once */
	size_t columns, column_cap;
};

/* What the last step must give. */
struct steps_want {
	bool date;
	const struct event_field *field;	/* a text that suits this field, or NULL: any */
};

int steps_load(struct steps_scope *s, const struct yaml_node *node, struct steps_want want,
	       struct steps *ret, struct fault *f) MUST_CHECK;
/* `also` is a NULL-terminated list of further keys that the map may have. */
int condition_load(struct steps_scope *s, const struct yaml_node *map, const char *const *also,
		   bool has_input, struct condition *ret, struct fault *f) MUST_CHECK;
/* An extended regular expression with exactly one group. */
int steps_load_re(const struct yaml *y, const struct yaml_node *node, regex_t **ret,
		  struct fault *f) MUST_CHECK;
void steps_release(struct steps *s);
void condition_release(struct condition *c);
/* Adds a copy to a list of texts unless it is there; its index. */
size_t steps_name(char ***list, size_t *count, size_t *cap, const char *text);

struct value {
	struct span text;		/* blank: len 0; borrowed from record, mapping or join */
	bool is_date;
	struct moment moment;
};

/* One run over one record. */
struct steps_run {
	const struct record *record;
	struct buf *trace;		/* or NULL */
	unsigned depth;			/* of the trace's indent */
	bool personal;			/* the trace must not show values */
	const struct record_field *read;	/* result: the field that was read last */
};

/* REASON_NONE, UNKNOWN_CODE, DATE_INVALID or TIME_INVALID. *value is the input and the result. */
enum reason steps_run(const struct steps *s, struct steps_run *run, struct value *value);
enum reason condition_run(const struct condition *c, struct steps_run *run, struct value input,
			  bool *ret) MUST_CHECK;
/* The text of the group; blank when the expression does not match. */
struct span steps_capture(const regex_t *re, struct span text);

#endif
