/*
 * fold: what one event does to the state of its partition. fold() is pure: it reads the state and
 * the event, no clock, no zone, no file, and says what follows; fold_apply() carries that out.
 *
 * The rule, for a contact's version and attributes against what its slot holds:
 *	no slot, or a higher version	applied (unchanged when the attributes are equal: only the version moves)
 *	the same version		duplicate when the attributes are equal, otherwise conflict: the first stands
 *	a lower version			stale
 * This is a join, so folding a stretch of the log again changes nothing. A RETRACT has attributes
 * like any other: all 0 and the tombstone, also when it comes before what it retracts.
 */
#ifndef AGGREGATOR_FOLD_H
#define AGGREGATOR_FOLD_H

#include "aggregator/state.h"
#include "proto/klass.h"

#define FOLD_BLANK_UNIT "(tom)" /* a blank unit is counted under this text */

/* Everything that one record changes; a plain value. */
struct fold_effects {
	enum keys_stat stat; /* the category of the record */
	enum reason reason;  /* of the dead letter: dead and conflict; NONE otherwise */
	enum reason note;    /* counted beside the category; NONE: nothing to note */
	const char *field;   /* that the reason is about; static storage, "" for none */
	bool put;            /* `vector` goes into `slot` (CONTACTS_NONE: a new one) */
	uint32_t slot;
	struct vector vector;
	const char *unit; /* new text for u, or NULL; borrowed from the event */
	bool klass;       /* the event's class is a new text for k */
	bool pin;         /* the event pins its source */
	bool keep;        /* if put: events like this one are no longer looked up */
	bool deliver;     /* the event's leverans is kept in d */
};

/* `e` has passed ingest_event(). */
struct fold_effects fold(const struct state *s, const struct event *e);
/* The effects of a record that ingest_event() refused. */
struct fold_effects fold_dead(enum reason reason, const char *field);
/*
 * Carries the effects of the record at s->off out; `e` is the event that they come from (NULL for
 * fold_dead()), `probe` the record's fingerprint.
 */
void fold_apply(struct state *s, const struct event *e, const struct fold_effects *x,
		uint64_t probe);

#endif
