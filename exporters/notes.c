/*
 * notes: the table, in the order in which notes are printed.
 */
#include "exporters/notes.h"

#include "exporters/phrase.h"

struct values {
	uint64_t n[2];
	struct buf list, rest;
	size_t listed, max;
};

struct note {
	const char *sv, *en; /* phrases */
	/* Whether there is anything to say, and what the text needs. */
	bool (*applies)(const struct report *r, struct values *v);
	size_t max; /* items of the list that are named; JSON has all, but of deliveries */
};

/* Where the next item of the list is to be written. */
static struct buf *item(struct values *v)
{
	struct buf *out = v->listed++ < v->max ? &v->list : &v->rest;
	buf_reset(&v->rest);
	buf_adds(out, v->listed > 1 ? ", " : "");
	return out;
}

static void add_texts(struct buf *out, const struct tally_row *cell, size_t first, size_t last)
{
	for (size_t i = first; i <= last; i++) {
		struct span text = figures_value(cell, i);
		buf_addf(out, i > first ? " %.*s" : "%.*s", (int)text.len, text.data);
	}
}

static bool trial(const struct report *r, struct values *v)
{
	(void)v;
	return r->snapshot->trial;
}

static bool missing(const struct report *r, struct values *v)
{
	const struct tally_row *unit = NULL;
	while (r->has_month && (unit = month_missing(&r->month, unit)) != NULL) {
		v->n[0]++;
		buf_adds(item(v), unit->key);
	}
	v->n[1] = r->month.expected.count;
	return v->n[0] > 0;
}

static bool one_forvaltning(const struct report *r, struct values *v)
{
	if (r->query->forvaltning)
		buf_adds(item(v), r->query->forvaltning);
	return r->query->forvaltning != NULL;
}

static bool no_data(const struct report *r, struct values *v)
{
	(void)v;
	return figures_total(&r->figures, rules_find("kontakt/1"))->antal == 0;
}

/* Of a half year or a year that has data: its months that have none. */
static bool silent_months(const struct report *r, struct values *v)
{
	const struct period *p = &r->query->period;
	unsigned heard = 0, mm; /* bit mm: the month has contacts */
	if (p->kind != PERIOD_HALVAR && p->kind != PERIOD_AR)
		return false;
	for (size_t i = 0; i < r->feeds.cells.count; i++) {
		if (!text_digits(figures_value(r->feeds.cells.row + i, 2), 5, 2, &mm))
			BUG("a month that is not one");
		heard |= 1U << mm;
	}
	for (unsigned month = p->from; month <= p->to; month++) {
		if (heard >> month % 100 & 1)
			continue;
		v->n[0]++;
		buf_adds(item(v), period_months(month, month).text);
	}
	v->n[1] = p->to - p->from + 1;
	return heard && v->n[0] > 0;
}

/* Said also when none is assumed, of a rule that tests a judgement. */
static bool assumed(const struct report *r, struct values *v)
{
	const struct rule *rule = r->query->rule->part ? r->query->rule->part : r->query->rule;
	v->n[0] = figures_total(&r->figures, rule)->antal;
	v->n[1] = figures_total(&r->figures, rule)->antaget;
	return rules_judges(rule) && v->n[0] > 0;
}

static bool no_organisation(const struct report *r, struct values *v)
{
	(void)v;
	return !r->query->org;
}

static bool unclassified(const struct report *r, struct values *v)
{
	v->n[0] = r->figures.unclassified.count;
	for (size_t i = 0; i < r->figures.unclassified.count; i++)
		v->n[1] += r->figures.unclassified.row[i].n;
	return r->query->org && v->n[0] > 0;
}

static bool several_sources(const struct report *r, struct values *v)
{
	size_t run;
	for (size_t i = 0; (run = report_feeds(r, i)) > 0; i += run) {
		const struct tally_row *cell = r->feeds.cells.row + i;
		if (run == 1)
			continue;
		struct buf *out = item(v);
		v->n[0]++;
		add_texts(out, cell, 0, 2);
		for (size_t k = 0; k < run; k++) {
			v->n[1] += cell[k].n;
			buf_adds(out, k ? " + " : " (");
			add_texts(out, cell + k, 3, 3);
		}
		buf_addc(out, ')');
	}
	return v->n[0] > 0;
}

static bool undecided(const struct report *r, struct values *v, enum registry_role role)
{
	for (size_t i = 0; i < r->undecided.cells.count; i++) {
		const struct tally_row *cell = r->undecided.cells.row + i;
		if (!span_is(figures_value(cell, 0), registry_role_name(role)))
			continue;
		v->n[0] += cell->n;
		add_texts(item(v), cell, 1, 4);
	}
	return v->n[0] > 0;
}

static bool unregistered(const struct report *r, struct values *v)
{
	return undecided(r, v, REGISTRY_OREGISTRERAD);
}

static bool out_of_use(const struct report *r, struct values *v)
{
	return undecided(r, v, REGISTRY_UTANFOR);
}

static bool has_base(const struct snapshot *s)
{
	for (int i = 0; i < s->partitions; i++)
		if (s->partition[i].base > 0)
			return true;
	return false;
}

static bool behind(const struct report *r, struct values *v)
{
	v->n[0] = balance_behind(&r->balance);
	return v->n[0] > 0 && !has_base(r->snapshot);
}

static bool behind_or_below(const struct report *r, struct values *v)
{
	v->n[0] = balance_behind(&r->balance);
	return v->n[0] > 0 && has_base(r->snapshot);
}

/* "vas a.csv", "vas b.csv (QUOTE_EOF)": the collector has withheld a name that holds a personnummer. */
static void add_delivery(struct buf *out, const struct snapshot_delivery *d)
{
	buf_addf(out, "%s ", d->source);
	for (const char *c = d->leverans.name; *c; c++)
		buf_addc(out, (uint8_t)*c < ' ' ? ' ' : *c);
	if (d->leverans.phase == PHASE_QUARANTINED)
		buf_addf(out, " (%s)", reason_name((enum reason)d->leverans.reason));
}

static bool incomplete(const struct report *r, struct values *v)
{
	v->n[0] = r->balance.open;
	v->n[1] = balance_sum(r->balance.quarantined);
	for (size_t i = 0; i < r->snapshot->deliveries; i++)
		if (r->snapshot->delivery[i].leverans.phase != PHASE_CLOSING)
			add_delivery(item(v), r->snapshot->delivery + i);
	return v->n[0] > 0 || v->n[1] > 0;
}

static bool refused(const struct report *r, struct values *v)
{
	v->n[0] = balance_sum(r->balance.rejected);
	v->n[1] = balance_sum(r->balance.dead);
	for (int k = 0; k < REASONS_END; k++) {
		uint64_t n = r->balance.rejected[k] + r->balance.dead[k];
		if (n > 0)
			buf_addf(item(v), "%s %llu", reason_name((enum reason)k),
				 (unsigned long long)n);
	}
	return v->n[0] > 0 || v->n[1] > 0;
}

static bool conflicts(const struct report *r, struct values *v)
{
	v->n[0] = r->balance.stat[KEYS_STAT_CONFLICT];
	return v->n[0] > 0;
}

static bool retracted_unseen(const struct report *r, struct values *v)
{
	v->n[0] = r->balance.noted[REASON_RETRACT_UNSEEN];
	return v->n[0] > 0;
}

/* clang-format off */
static const struct note table[] = {
	{"bara förvaltningen @ räknas, med de enheter som den hade i respektive månad; balansen är hela namnrymdens",
	 "only the units that förvaltning @ had in each month are counted; the balance is that of the whole namespace", one_forvaltning, 1},
	{"trial: siffrorna kommer från den inbyggda provmäklaren, inte från en riktig Kafka",
	 "trial: the figures come from the embedded trial broker, not from a real Kafka", trial, 0},
	{"# av # {enhet|enheter} har ingen räknad kontakt (kontakt/1) i månaden: @",
	 "no counted contact (kontakt/1) in the month from # of # {unit|units}: @", missing, 8},
	{"perioden har inga räknade kontakter (kontakt/1): 0 betyder att uppgift saknas",
	 "the period has no counted contact (kontakt/1): 0 means that there is no data", no_data, 0},
	{"# av # månader i perioden saknar räknade kontakter (kontakt/1): @",
	 "no counted contact (kontakt/1) in # of # months of the period: @", silent_months, 12},
	{"# {räknad kontakt|räknade kontakter}, varav # vilar på antaganden i mappningen",
	 "# counted {contact|contacts}, of which # {rests|rest} on assumptions of the mapping", assumed, 0},
	{"# {gång|gånger} räknas mer än en källa för samma enhet, kanal och månad, # {kontakt|kontakter} (kontakt/1), kanske samma dubbelt: @",
	 "# {time|times} more than one source counts for the same unit, channel and month, # {contact|contacts} (kontakt/1), the same ones perhaps twice: @", several_sources, 3},
	{"# {kontakt|kontakter} (kontakt/1) räknas utan att källregistret har någon rad för {den|dem}: @",
	 "# {contact|contacts} (kontakt/1) {counts|count} although the source registry has no row for {it|them}: @", unregistered, 3},
	{"# {avslutad kontakt|avslutade kontakter} räknas inte under någon regel: källregistrets rader för {den|dem} gäller andra månader: @",
	 "# completed {contact counts|contacts count} under no rule: the rows of the source registry for {it|them} are of other months: @", out_of_use, 3},
	{"ingen organisationstabell angavs: alla enheter räknas under " ORGANISATION_UNKNOWN,
	 "no organisation table was given: every unit is counted under " ORGANISATION_UNKNOWN, no_organisation, 0},
	{"# {enhet|enheter} med # {kontakt|kontakter} finns inte i organisationstabellen och räknas under " ORGANISATION_UNKNOWN,
	 "# {unit|units} with # {contact|contacts}: not in the organisation table, counted under " ORGANISATION_UNKNOWN, unclassified, 0},
	{"# {sänd händelse|sända händelser} är ännu inte {räknad|räknade}: siffrorna är inte fullständiga förrän aggregatorn har läst ikapp",
	 "# {event that was sent is|events that were sent are} not counted yet: the figures are not complete until the aggregator has caught up", behind, 0},
	{"# {sänd händelse|sända händelser} är ännu inte {räknad|räknade} eller ligger före namnrymdens början och räknas aldrig",
	 "# {event that was sent is|events that were sent are} not counted yet, or {lies|lie} before the beginning of the namespace and never will be", behind_or_below, 0},
	{"# {leverans är öppen|leveranser är öppna} och # i karantän, och det som de rymmer kan saknas: @",
	 "# {delivery is|deliveries are} open and # quarantined, and what they hold may be missing: @", incomplete, 3},
	{"# {rad|rader} avvisades vid läsningen och # {händelse är död|händelser är döda}, i hela namnrymden: @",
	 "# {record was|records were} rejected when read and # {event is|events are} dead, in the whole namespace: @", refused, 16},
	{"# {versionskonflikt|versionskonflikter} i hela namnrymden: samma version av en kontakt kom med andra uppgifter, och den första gäller",
	 "# version {conflict|conflicts} in the whole namespace: the same version of a contact came with other content, and the first one stands", conflicts, 0},
	{"# {återtagande|återtaganden} i hela namnrymden gällde {en kontakt|kontakter} som inte hade setts: {den|de} räknas inte, inte heller om en äldre uppgift kommer efteråt",
	 "# {retraction|retractions} in the whole namespace {was of a contact|were of contacts} not seen before: {it does|they do} not count, nor if something older comes afterwards", retracted_unseen, 0},
};
/* clang-format on */
static_assert(ARRAY_SIZE(table) <= REPORT_NOTES_MAX, "a report holds every note");

static char *expand(const struct report *r, const char *text, struct values *v)
{
	struct buf out = {0};
	if (v->listed > v->max)
		buf_addf(&v->list, " %s %zu %s", report_say(r, "och", "and"), v->listed - v->max,
			 report_say(r, "till", "more"));
	phrase_add(&out, text, v->n, buf_text(&v->list));
	return buf_detach(&out);
}

void notes_make(struct report *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct values v = {.max = table[i].max};
		if (table[i].applies(r, &v))
			r->note[r->notes++] = expand(r, report_say(r, table[i].sv, table[i].en),
						     &v);
		buf_release(&v.list);
		buf_release(&v.rest);
	}
}
