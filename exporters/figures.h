/*
 * figures: the read model. The cells of one cube within a period, through a counting rule, the source
 * registry and the organisation table, divided by any dimensions that the cube carries. Pure.
 */
#ifndef EXPORTERS_FIGURES_H
#define EXPORTERS_FIGURES_H

#include "exporters/dimensions.h"
#include "exporters/period.h"
#include "exporters/rules.h"
#include "exporters/snapshot.h"
#include "exporters/tally.h"

/* When nobody says otherwise. */
#define FIGURES_BY       "period,forvaltning,kanal"
#define FIGURES_BY_SHARE "period,forvaltning"

struct figures_query {
	struct period period;
	const struct rule *rule;
	const struct dated *org;      /* borrowed; NULL: every unit is unclassified */
	const struct dated *registry; /* borrowed; NULL: every source counts */
	const char *forvaltning;      /* borrowed; only its units; NULL: all */
	bool by_default;
	const struct dimension *by[DIMENSIONS_MAX];
	size_t dimensions;
	enum cubes_cube cube; /* that answers; found by figures_by() */
};

/* What a rule counts in the period, of all units. Of a share the counts are those of its two rules. */
struct figures_total {
	uint64_t antal, antaget;
	uint64_t kanal[KANAL_FYSISK + 1];
	uint64_t vardform[VARDFORM_SLUTEN + 1];
	uint64_t fell[RULES_STEPS_MAX]; /* live contacts that fell at each step */
};

struct figures {
	struct figures_query query;
	uint64_t live;        /* contacts of the period before any rule */
	unsigned first, last; /* months with contacts of kontakt/1, whatever the period; 0: none */
	struct figures_total total[RULES_MAX]; /* by place in the table of rules */
	/* Texts of the dimensions -> n, of; only what counts at all, and the one cell of no dimension; sorted. */
	struct tally cells;
	struct tally unclassified; /* unit -> n as in the cells (of a share: its denominator) */
};

/*
 * Reads "period,forvaltning,kanal" into the query, which has its rule (NULL: FIGURES_BY, of a share
 * FIGURES_BY_SHARE), and chooses the cube. FAULT_USAGE for an unknown or repeated name, for a set that no cube
 * carries, with what each cube has, and for kanal or form of a share.
 */
int figures_by(const char *by, struct figures_query *q, struct fault *f) MUST_CHECK;
void figures_make(const struct snapshot *s, const struct figures_query *q, struct figures *ret);
/* The same with the tables of `like` and everything else said here; `by` is known to be good. */
struct figures figures_of(const struct snapshot *s, const struct figures_query *like,
			  struct period period, const struct rule *rule, const char *by);
/* The total of a rule; not of a share. */
const struct figures_total *figures_total(const struct figures *g, const struct rule *rule);
/* What a rule counts of all the period: a count and 0, or numerator and denominator of a share. */
struct figures_share {
	uint64_t n, of;
};
struct figures_share figures_whole(const struct figures *g, const struct rule *rule);
/* True when the units of this row, or of none (NULL), are asked for. */
bool figures_asks(const struct figures_query *q, const struct dated_row *org);
/* True when nothing counts under the query's rule. */
bool figures_empty(const struct figures *g);
/* How many cells from the i-th on have the same texts in the first dimensions; 0 after the last. */
size_t figures_run(const struct figures *g, size_t i, size_t dimensions);
/* Text of the i-th dimension of a cell. */
struct span figures_value(const struct tally_row *cell, size_t i);
void figures_release(struct figures *g);

#endif
