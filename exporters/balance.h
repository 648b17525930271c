/*
 * balance: every record read and every event consumed ended in exactly one place, or no figure is
 * given. Of the whole namespace, never of a period. Pure.
 *
 * Laws (design.md §3):
 *	1  read = sent + not_contact + all rejected, for each complete delivery
 *	2  consumed = applied + unchanged + duplicate + stale + conflict + leverans + control + all dead, for each partition
 *	3  live + retracted = contacts known, for each partition
 *	4  the cells of each cube, before any rule, add up to live, for each partition
 */
#ifndef EXPORTERS_BALANCE_H
#define EXPORTERS_BALANCE_H

#include "exporters/snapshot.h"

struct balance {
	uint64_t complete, open; /* deliveries */
	uint64_t quarantined[REASONS_END];
	uint64_t read, sent, not_contact; /* records of complete deliveries */
	uint64_t rejected[REASONS_END];
	uint64_t consumed; /* events */
	uint64_t stat[KEYS_STATS_END];
	uint64_t dead[REASONS_END];
	uint64_t noted[REASONS_END]; /* beside the categories, in no law */
	uint64_t live, retracted;    /* contacts */
};

/*
 * The table of the sums: a name, its group and labels, and where it stands. Formats print it row by
 * row. The values are one count, or REASONS_END of them.
 */
struct balance_term {
	const char *group, *group_sv; /* "deliveries"; rows of a group stand together */
	const char *name, *sv;
	size_t offset; /* in struct balance */
	bool by_reason;
};
/* The i-th row, NULL after the last. */
const struct balance_term *balance_term(size_t i);
/* Its counts: one, or REASONS_END when by_reason. */
const uint64_t *balance_value(const struct balance *b, const struct balance_term *t);

void balance_make(const struct snapshot *s, struct balance *ret);
/* FAULT_STATE that names the law, where it fails, and both numbers. */
int balance_check(const struct snapshot *s, struct fault *f) MUST_CHECK;
/*
 * How many more events complete deliveries say that they sent than have been consumed; 0 when none are known to
 * be. No law: while a partition is read behind the others they stand in the log yet, and what lies before the
 * base of the namespace is never read.
 */
uint64_t balance_behind(const struct balance *b);
/* Sum of counts by reason. */
uint64_t balance_sum(const uint64_t by_reason[REASONS_END]);

#endif
