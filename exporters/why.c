/*
 * why: reads the counts that figures.c took on the way.
 */
#include "exporters/why.h"

bool why_line(const struct report *r, const struct rule *rule, size_t i, struct why_line *ret)
{
	const struct figures_total *total = figures_total(&r->figures, rule);
	size_t steps = 0;
	while (rule->step[steps])
		steps++;
	if (i == 0)
		*ret = (struct why_line){'+',
					 report_say(r, "levande kontakter i perioden",
						    "live contacts of the period"),
					 r->figures.live};
	else if (i <= steps)
		*ret = (struct why_line){
			'-', report_say(r, rule->step[i - 1]->sv, rule->step[i - 1]->en),
			total->fell[i - 1]};
	else if (i == steps + 1)
		*ret = (struct why_line){'=', rule->id, total->antal};
	return i <= steps + 1;
}

const struct rule *why_rule(const struct report *r, size_t i)
{
	const struct rule *rule = r->query->rule;
	if (!rule->part)
		return i == 0 ? rule : NULL;
	return i == 0 ? rule->part : i == 1 ? rule->rest : NULL;
}
