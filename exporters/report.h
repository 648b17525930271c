/*
 * report: everything that a format may write, put together from a snapshot; nothing in it unless the
 * balance holds. Pure.
 */
#ifndef EXPORTERS_REPORT_H
#define EXPORTERS_REPORT_H

#include "exporters/balance.h"
#include "exporters/figures.h"
#include "exporters/sentence.h"

#define REPORT_NOTES_MAX 8
#define REPORT_REVISION  "live" /* every figure, until publication exists */

struct report {
	const struct snapshot *snapshot;   /* borrowed */
	const struct figures_query *query; /* borrowed */
	bool has_org;
	bool english; /* labels and notes */
	bool why;     /* with the waterfall */
	struct figures figures;
	struct balance balance;
	bool has_sentence;
	struct sentence sentence;
	char *note[REPORT_NOTES_MAX];
	size_t notes;
};

/*
 * `ret` has the members marked borrowed, english and why set by the caller; `org` may be NULL. FAULT_STATE
 * when a law of the balance does not hold.
 */
int report_make(const struct organisation *org, struct report *ret, struct fault *f) MUST_CHECK;
void report_release(struct report *r);

/* One of two texts, by the language of the report. */
const char *report_say(const struct report *r, const char *sv, const char *en);
/* A share in per cent with one decimal, "58,5" (English: "58.5"), appended; rounded half up. `of` is not 0. */
void report_percent(struct figures_share share, bool english, struct buf *out);

#endif
