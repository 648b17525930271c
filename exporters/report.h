/*
 * report: everything that a format may write, put together from a snapshot; nothing in it unless the
 * balance holds. Pure.
 */
#ifndef EXPORTERS_REPORT_H
#define EXPORTERS_REPORT_H

#include "exporters/balance.h"
#include "exporters/month.h"
#include "exporters/sentence.h"

#define REPORT_NOTES_MAX 20
#define REPORT_REVISION  "live" /* every figure, until publication exists */

struct report {
	const struct snapshot *snapshot;   /* borrowed */
	const struct figures_query *query; /* borrowed */
	bool english;                      /* labels and notes */
	bool why;                          /* with the waterfall */
	struct figures figures;
	struct figures feeds;     /* kontakt/1 by enhet, kanal, period, kalla */
	struct figures undecided; /* rules_undecided by roll, kalla, enhet, kanal, period */
	bool has_month;
	struct month month; /* when the period is one */
	struct balance balance;
	bool has_sentence;
	struct sentence sentence;
	char *note[REPORT_NOTES_MAX];
	size_t notes;
};

/*
 * `ret` has the members marked borrowed, english and why set by the caller. FAULT_STATE when a law of the
 * balance does not hold.
 */
int report_make(struct report *ret, struct fault *f) MUST_CHECK;
void report_release(struct report *r);

/*
 * The way from all live contacts of the period to what a rule (not a share) counts: line 0 is what there is (+),
 * the last what is left (=), between them what falls at each step (-). False after the last.
 */
struct report_line {
	char sign; /* '+' '-' '=' */
	const char *text;
	uint64_t antal;
};
bool report_why(const struct report *r, const struct rule *rule, size_t i, struct report_line *ret);
/* The rules whose ways explain the report's: itself, or both of a share. NULL after the last. */
const struct rule *report_why_rule(const struct report *r, size_t i);

/* One of two texts, by the language of the report. */
const char *report_say(const struct report *r, const char *sv, const char *en);
/*
 * Of the cells of `feeds` that begin at i: how many are sources of one unit, kanal and month; 0 after the
 * last. More than one may count the same contact more than once.
 */
size_t report_feeds(const struct report *r, size_t i);
/* A share in tenths of a per cent, rounded half up. `of` is not 0. */
uint64_t report_tenths(struct figures_share share);
/* A share in per cent with one decimal, "58,5" (English: "58.5"), appended. */
void report_percent(struct figures_share share, bool english, struct buf *out);

#endif
