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

int report_make(const struct organisation *org, struct report *ret, struct fault *f)
{
	int rc = balance_check(ret->snapshot, f);
	if (rc < 0)
		return rc;
	balance_make(ret->snapshot, &ret->balance);
	ret->has_org = org != NULL;
	figures_make(ret->snapshot, ret->query, org, &ret->figures);
	rc = make_sentence(ret, f);
	if (rc < 0)
		return rc;
	notes_make(ret);
	return 0;
}

void report_release(struct report *r)
{
	figures_release(&r->figures);
	for (size_t i = 0; i < r->notes; i++)
		free(r->note[i]);
	r->notes = 0;
}

const char *report_say(const struct report *r, const char *sv, const char *en)
{
	return r->english ? en : sv;
}

void report_percent(struct figures_share share, bool english, struct buf *out)
{
	uint64_t tenths = (2000 * share.n + share.of) / (2 * share.of);
	buf_addf(out, "%llu%c%llu", (unsigned long long)(tenths / 10), english ? '.' : ',',
		 (unsigned long long)(tenths % 10));
}
