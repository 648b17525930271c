/*
 * month: queries put side by side. Owns their figures.
 */
#include "exporters/month.h"

enum { EXPECTED_FROM = 3, A_YEAR = 12 }; /* months back */

static void add_names(struct tally *to, const struct tally *from)
{
	for (size_t i = 0; i < from->count; i++)
		(void)tally_at(to, from->row[i].key);
}

/* A unit that the organisation table knows and that has no row in the month: closed, or under another code. */
static bool is_gone(const struct dated *org, const char *unit, unsigned month)
{
	return org && dated_knows(org, unit) && !dated_find(org, unit, month);
}

static void expect(const struct snapshot *s, const struct figures_query *q, struct month *m)
{
	unsigned month = q->period.to, yyyy, mm, yyyymm;
	struct period months = period_months(period_before(month, EXPECTED_FROM), month);
	struct figures heard = figures_of(s, q, months, rules_find("kontakt/1"), "enhet,period");
	for (size_t i = 0; q->org && i < q->org->count; i++)
		if (dated_holds(q->org->row + i, month) && figures_asks(q, q->org->row + i))
			(void)tally_at(&m->expected, q->org->row[i].key);
	/* The cells of a unit stand in the order of the months: the last one stays. */
	for (size_t i = 0; i < heard.cells.count; i++) {
		struct span unit = figures_value(heard.cells.row + i, 0);
		struct span in = figures_value(heard.cells.row + i, 1);
		char *key = base_strndup(unit.data, unit.len);
		if (!text_digits(in, 0, 4, &yyyy) || !text_digits(in, 5, 2, &mm))
			BUG("a month that is not one");
		yyyymm = yyyy * 100 + mm;
		if (strcmp(key, ORGANISATION_BLANK) != 0 &&
		    figures_asks(q, dated_find(q->org, key, month)) &&
		    (yyyymm == month || !is_gone(q->org, key, month)))
			tally_at(&m->expected, key)->n = yyyymm;
		free(key);
	}
	tally_sort(&m->expected);
	figures_release(&heard);
}

void month_make(const struct snapshot *s, const struct figures_query *q, struct month *ret)
{
	static const unsigned back[MONTH_WHENS] = {
		[MONTH_THIS] = 0, [MONTH_BEFORE] = 1, [MONTH_YEAR_AGO] = A_YEAR};
	const struct tally_row *missing = NULL;
	*ret = (struct month){0};
	for (int w = 0; w < MONTH_WHENS; w++) {
		struct month_at *at = ret->at + w;
		unsigned month = period_before(q->period.to, back[w]);
		struct period period = period_months(month, month);
		at->base = figures_of(s, q, period, rules_find("kontakt/1"), "forvaltning");
		at->share = figures_of(s, q, period, rules_find("andel_distans/1"), "forvaltning");
		add_names(&ret->forvaltning, &at->base.cells);
	}
	expect(s, q, ret);
	while ((missing = month_missing(ret, missing)) != NULL)
		(void)tally_at(&ret->forvaltning, month_forvaltning(ret, missing->key));
	tally_sort(&ret->forvaltning);
}

static struct figures_share cell(const struct figures *g, const char *forvaltning)
{
	const struct tally_row *row = tally_find(&g->cells, forvaltning);
	return row ? (struct figures_share){row->n, row->of} : (struct figures_share){0, 0};
}

struct month_value month_value(const struct month *m, enum month_when when,
			       enum month_measure measure, const char *forvaltning)
{
	const struct figures *base = &m->at[when].base, *share = &m->at[when].share;
	struct figures_share is = forvaltning ? cell(share, forvaltning)
					      : figures_whole(share, share->query.rule);
	uint64_t contacts = forvaltning ? cell(base, forvaltning).n
					: figures_whole(base, base->query.rule).n;
	struct month_value value = {contacts > 0, {is.n, 0}};
	switch (measure) {
	case MONTH_TELEFON:
	case MONTH_VIDEO:
	case MONTH_SKRIFTLIG:
	case MONTH_EJ_SPECIFICERAD:
		value.is.n = figures_total(share, share->query.rule->part)->kanal[measure];
		break;
	case MONTH_DISTANS: break;
	case MONTH_BESOK: value.is.n = is.of - is.n; break;
	case MONTH_ANDEL: value = (struct month_value){is.of > 0, is}; break;
	}
	return value;
}

const struct tally_row *month_missing(const struct month *m, const struct tally_row *before)
{
	size_t i = before ? (size_t)(before - m->expected.row) + 1 : 0;
	while (i < m->expected.count &&
	       m->expected.row[i].n == m->at[MONTH_THIS].base.query.period.to)
		i++;
	return i < m->expected.count ? m->expected.row + i : NULL;
}

const char *month_forvaltning(const struct month *m, const char *unit)
{
	const struct figures_query *q = &m->at[MONTH_THIS].base.query;
	return dimensions_forvaltning(dated_find(q->org, unit, q->period.to));
}

void month_release(struct month *m)
{
	for (int w = 0; w < MONTH_WHENS; w++) {
		figures_release(&m->at[w].base);
		figures_release(&m->at[w].share);
	}
	tally_release(&m->forvaltning);
	tally_release(&m->expected);
}
