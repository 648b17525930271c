/*
 * why: the way from all live contacts of the period to what a rule counts, step by step. Pure.
 */
#ifndef EXPORTERS_WHY_H
#define EXPORTERS_WHY_H

#include "exporters/report.h"

/*
 * One line of the waterfall of a rule (not of a share): line 0 is what there is (+), the last what is left (=),
 * between them what falls at each step (-). False after the last.
 */
struct why_line {
	char sign; /* '+' '-' '=' */
	const char *text;
	uint64_t antal;
};
bool why_line(const struct report *r, const struct rule *rule, size_t i, struct why_line *ret);
/* The rules whose waterfalls explain the report's: itself, or both of a share. NULL after the last. */
const struct rule *why_rule(const struct report *r, size_t i);

#endif
