/*
 * report: the order in which a report comes about: balance, figures, sentence, notes.
 */
#include "exporters/report.h"

#include "exporters/notes.h"

static int make_sentence(struct report *r, struct fault *f)
{
	static_assert(KANAL_TELEFON + SENTENCE_PARTS == KANAL_FYSISK, "parts are kanals");
	const struct period *period = &r->query->period;
	/* Of a year that has no contact at all there is no data, and no sentence that says 0. It is the region's. */
	r->has_sentence = period->kind == PERIOD_AR && !r->query->forvaltning &&
			  strcmp(r->query->rule->id, "distanskontakt/1") == 0 &&
			  figures_total(&r->figures, rules_find("kontakt/1"))->antal > 0;
	if (!r->has_sentence)
		return 0;
	const struct figures_total *total = figures_total(&r->figures, r->query->rule);
	return sentence_write(period->year, total->kanal + KANAL_TELEFON, &r->sentence, f);
}

int report_make(struct report *ret, struct fault *f)
{
	const struct snapshot *s = ret->snapshot;
	const struct figures_query *q = ret->query;
	int rc = balance_check(s, f);
	if (rc < 0)
		return rc;
	balance_make(s, &ret->balance);
	figures_make(s, q, &ret->figures);
	ret->feeds = figures_of(s, q, q->period, rules_find("kontakt/1"),
				"enhet,kanal,period,kalla");
	ret->undecided = figures_of(s, q, q->period, &rules_undecided,
				    "roll,kalla,enhet,kanal,period");
	ret->has_month = q->period.kind == PERIOD_MANAD;
	if (ret->has_month)
		month_make(s, q, &ret->month);
	rc = make_sentence(ret, f);
	if (rc < 0)
		return rc;
	notes_make(ret);
	return 0;
}

void report_release(struct report *r)
{
	figures_release(&r->figures);
	figures_release(&r->feeds);
	figures_release(&r->undecided);
	month_release(&r->month);
	for (size_t i = 0; i < r->notes; i++)
		free(r->note[i]);
	r->notes = 0;
}

const char *report_say(const struct report *r, const char *sv, const char *en)
{
	return r->english ? en : sv;
}

size_t report_feeds(const struct report *r, size_t i)
{
	return figures_run(&r->feeds, i, 3);
}

uint64_t report_tenths(struct figures_share share)
{
	return (2000 * share.n + share.of) / (2 * share.of);
}

void report_percent(struct figures_share share, bool english, struct buf *out)
{
	uint64_t tenths = report_tenths(share);
	buf_addf(out, "%llu%c%llu", (unsigned long long)(tenths / 10), english ? '.' : ',',
		 (unsigned long long)(tenths % 10));
}

bool report_why(const struct report *r, const struct rule *rule, size_t i, struct report_line *ret)
{
	const struct figures_total *total = figures_total(&r->figures, rule);
	size_t steps = 0;
	while (rule->step[steps])
		steps++;
	if (i == 0)
		*ret = (struct report_line){'+',
					    report_say(r, "levande kontakter i perioden",
						       "live contacts of the period"),
					    r->figures.live};
	else if (i <= steps)
		*ret = (struct report_line){
			'-', report_say(r, rule->step[i - 1]->sv, rule->step[i - 1]->en),
			total->fell[i - 1]};
	else if (i == steps + 1)
		*ret = (struct report_line){'=', rule->id, total->antal};
	return i <= steps + 1;
}

const struct rule *report_why_rule(const struct report *r, size_t i)
{
	const struct rule *rule = r->query->rule;
	if (!rule->part)
		return i == 0 ? rule : NULL;
	return i == 0 ? rule->part : i == 1 ? rule->rest : NULL;
}
