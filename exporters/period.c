/*
 * period: one table of kinds gives the parser and its messages.
 */
#include "exporters/period.h"

#include "common/text.h"

static const struct {
	const char *name, *example;
	unsigned digits; /* of the part after the year; 0: none */
	unsigned parts;  /* of a year */
} kinds[PERIOD_KINDS] = {
	[PERIOD_MANAD] = {"manad", "manad 2020-03", 2, 12},
	[PERIOD_HALVAR] = {"halvar", "halvar 2020-1", 1, 2},
	[PERIOD_AR] = {"ar", "ar 2020", 0, 1},
	[PERIOD_ALLA] = {"alla", "alla", 0, 0},
};

/* The years that a day number can hold. */
enum { YEAR_MIN = 1900, YEAR_MAX = 2079 };

static int refuse(struct fault *f, const char *what)
{
	return fault_set(f, FAULT_USAGE, "%s; a period is one of: %s, %s, %s, %s", what,
			 kinds[0].example, kinds[1].example, kinds[2].example, kinds[3].example);
}

static bool parse_value(enum period_kind kind, struct span value, struct period *p)
{
	unsigned digits = kinds[kind].digits, part = 1;
	if (value.len != 4 + (digits ? 1 + digits : 0) || !text_digits(value, 0, 4, &p->year))
		return false;
	if (digits && (value.data[4] != '-' || !text_digits(value, 5, digits, &part)))
		return false;
	if (p->year < YEAR_MIN || p->year > YEAR_MAX || part < 1 || part > kinds[kind].parts)
		return false;
	unsigned months = 12 / kinds[kind].parts;
	p->from = p->year * 100 + (part - 1) * months + 1;
	p->to = p->from + months - 1;
	if (kind == PERIOD_HALVAR)
		(void)snprintf(p->text, sizeof(p->text), "%u-H%u", p->year, part);
	else
		(void)snprintf(p->text, sizeof(p->text), "%s", value.data);
	return true;
}

int period_parse(const char *kind, const char *value, struct period *ret, struct fault *f)
{
	struct period p = {.kind = PERIOD_MANAD};
	while (p.kind < PERIOD_KINDS && strcmp(kind, kinds[p.kind].name) != 0)
		p.kind++;
	if (p.kind == PERIOD_KINDS)
		return refuse(f, "no such kind of period");
	if (p.kind == PERIOD_ALLA) {
		if (value)
			return refuse(f, "`alla` takes nothing after it");
		p.to = UINT32_MAX;
		(void)snprintf(p.text, sizeof(p.text), "%s", kinds[p.kind].name);
	} else if (!value || !parse_value(p.kind, span_of(value), &p)) {
		return refuse(f, value ? "not a period of this kind" : "the period is missing");
	}
	*ret = p;
	return 0;
}

struct period period_months(unsigned from, unsigned to)
{
	struct period p = {.kind = PERIOD_MANAD, .year = to / 100, .from = from, .to = to};
	(void)snprintf(p.text, sizeof(p.text), "%04u-%02u", to / 100, to % 100);
	return p;
}

unsigned period_before(unsigned yyyymm, unsigned months)
{
	unsigned n = yyyymm / 100 * 12 + yyyymm % 100 - 1 - months;
	return n / 12 * 100 + n % 12 + 1;
}

bool period_has(const struct period *p, unsigned yyyymm)
{
	return p->from <= yyyymm && yyyymm <= p->to;
}
