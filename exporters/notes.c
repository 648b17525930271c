/*
 * notes: the table, in the order in which notes are printed.
 */
#include "exporters/notes.h"

/* A # in a text stands for the next number. */
struct note {
	const char *sv, *en;
	/* Whether there is anything to say, and the numbers. */
	bool (*applies)(const struct report *r, uint64_t n[2]);
};

static bool trial(const struct report *r, uint64_t n[2])
{
	(void)n;
	return r->snapshot->trial;
}

/* Said also when it is 0, of a rule that tests a judgement. */
static bool assumed(const struct report *r, uint64_t n[2])
{
	const struct rule *rule = r->query->rule->part ? r->query->rule->part : r->query->rule;
	n[0] = figures_total(&r->figures, rule)->antal;
	n[1] = figures_total(&r->figures, rule)->antaget;
	return rules_judges(rule);
}

static bool no_organisation(const struct report *r, uint64_t n[2])
{
	(void)n;
	return !r->has_org;
}

static bool unclassified(const struct report *r, uint64_t n[2])
{
	n[0] = r->figures.unclassified.count;
	for (size_t i = 0; i < r->figures.unclassified.count; i++)
		n[1] += r->figures.unclassified.row[i].n;
	return r->has_org && n[0] > 0;
}

static bool incomplete(const struct report *r, uint64_t n[2])
{
	n[0] = r->balance.open;
	n[1] = balance_sum(r->balance.quarantined);
	return n[0] > 0 || n[1] > 0;
}

static bool refused(const struct report *r, uint64_t n[2])
{
	n[0] = balance_sum(r->balance.rejected);
	n[1] = balance_sum(r->balance.dead);
	return n[0] > 0 || n[1] > 0;
}

/* clang-format off */
static const struct note table[] = {
	{"trial: siffrorna kommer från den inbyggda provmäklaren, inte från en riktig Kafka",
	 "trial: the figures come from the embedded trial broker, not from a real Kafka", trial},
	{"# räknade kontakter, varav # vilar på antaganden i mappningen",
	 "# counted contacts, of which # rest on assumptions of the mapping", assumed},
	{"ingen organisationstabell angavs: alla enheter räknas under " ORGANISATION_UNKNOWN,
	 "no organisation table was given: every unit is counted under " ORGANISATION_UNKNOWN, no_organisation},
	{"# enheter med # kontakter finns inte i organisationstabellen och räknas under " ORGANISATION_UNKNOWN,
	 "# units with # contacts are not in the organisation table and count under " ORGANISATION_UNKNOWN, unclassified},
	{"# leveranser är öppna och # i karantän: det som de rymmer kan saknas",
	 "# deliveries are open and # quarantined: what they hold may be missing", incomplete},
	{"# rader avvisades vid läsningen och # händelser är döda: skälen står i balansen",
	 "# records were rejected when read and # events are dead: the balance has the reasons", refused},
};
/* clang-format on */
static_assert(ARRAY_SIZE(table) <= REPORT_NOTES_MAX, "a report holds every note");

static char *expand(const char *text, const uint64_t n[2])
{
	struct buf out = {0};
	char number[32];
	for (; *text; text++) {
		if (*text != '#') {
			buf_addc(&out, *text);
			continue;
		}
		text_grouped(*n++, number);
		buf_adds(&out, number);
	}
	return buf_detach(&out);
}

void notes_make(struct report *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		uint64_t n[2] = {0, 0};
		if (table[i].applies(r, n))
			r->note[r->notes++] = expand(report_say(r, table[i].sv, table[i].en), n);
	}
}
