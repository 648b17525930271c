/*
 * steps: the little machine of a mapping. A list of steps begins with nothing and hands one value
 * from step to step: a text, or, after `date`, a moment. Blank (nothing, or spaces only) passes
 * through every step that reads its input. The set is closed; no infix language, no loop.
 */
#ifndef COLLECTORS_ENGINE_STEPS_H
#define COLLECTORS_ENGINE_STEPS_H

#include <regex.h>

#include "collectors/engine/join.h"
#include "collectors/engine/moment.h"
#include "collectors/engine/record.h"
#include "common/yaml.h"

/*   kind      name      reads its input */
#define STEPS_X(X)                   \
	X(PATH, path, false)         \
	X(CONST, const, false)       \
	X(TABLE, table, true)        \
	X(DATE, date, true)          \
	X(RE, re, true)              \
	X(JOIN, join, true)          \
	X(FIRST_OF, first_of, false) \
	X(WHEN, when, false)

enum step_kind {
#define X(kind, name, reads) STEP_##kind,
	STEPS_X(X)
#undef X
};

struct step;
struct steps {
	struct step *step;
	size_t count;
};

/* True when what the steps give is one of the texts; "" is blank. */
struct condition {
	struct steps of;
	const struct yaml_node *const *text;
	size_t texts;
};

/* Texts are those of the mapping's YAML, which lives as long. */
struct step {
	enum step_kind kind;
	const struct yaml_node *node; /* {kind: ..}; for a trace */
	size_t column;                /* PATH: of the record */
	struct span text;             /* CONST */
	struct lookup *own;           /* TABLE: codes that stand in the step itself */
	const struct lookup *table;   /* TABLE: those, or a table of the mapping */
	struct moment_format *date;
	regex_t *re;
	const struct join *join;
	size_t get;           /* JOIN: index of the column */
	struct steps *branch; /* FIRST_OF: all; WHEN: then, else */
	size_t branches;
	struct condition when;
};

void steps_release(struct steps *s);
/*
 * True when the steps read no column, or one and nothing else (no join): then what they give is a
 * function of its text. *column is SIZE_MAX before, and after when there is none.
 */
bool steps_of_one_column(const struct steps *s, size_t *column);

struct value {
	struct span text; /* blank: len 0; borrowed from record, mapping or join */
	bool is_date;
	struct moment moment;
};

/* One run over one record. */
struct steps_run {
	const struct record *record;
	struct buf *trace;               /* or NULL */
	unsigned depth;                  /* of the trace's indent */
	bool personal;                   /* the trace must not show values */
	const struct record_field *read; /* result: the field that was read last */
};

/*
 * REASON_NONE, UNKNOWN_CODE, DATE_INVALID, TIME_INVALID, or why a field cannot be read. *value is the
 * input and the result.
 */
enum reason steps_run(const struct steps *s, struct steps_run *run, struct value *value);
enum reason condition_run(const struct condition *c, struct steps_run *run, struct value input,
			  bool *ret);
/* The text of the expression's group; blank when it does not match. */
struct span steps_capture(const regex_t *re, struct span text);

#endif
