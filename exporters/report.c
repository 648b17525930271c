/*
 * report: the order in which a report comes about: balance, figures, sentence, notes.
 */
#include "exporters/report.h"

#include "exporters/notes.h"

static int make_sentence(struct report *r, struct fault *f)
{
	static const uint8_t kanal[SENTENCE_PARTS] = {
		[SENTENCE_TELEFON] = KANAL_TELEFON,
		[SENTENCE_VIDEO] = KANAL_VIDEO,
		[SENTENCE_SKRIFTLIG] = KANAL_SKRIFTLIG,
		[SENTENCE_EJ_SPECIFICERAD] = KANAL_EJ_SPECIFICERAD,
	};
	uint64_t part[SENTENCE_PARTS];
	const struct period *period = &r->query->period;
	r->has_sentence = period->kind == PERIOD_AR &&
			  strcmp(r->query->rule->id, "distanskontakt/1") == 0;
	if (!r->has_sentence)
		return 0;
	for (int i = 0; i < SENTENCE_PARTS; i++)
		part[i] = figures_total(&r->figures, r->query->rule)->kanal[kanal[i]];
	return sentence_write(period->year, part, &r->sentence, f);
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
