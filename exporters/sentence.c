/*
 * sentence: rounding, wording, and the lint that reads both back. Pure.
 */
#include "exporters/sentence.h"

#include "common/text.h"

static const struct {
	const char *one, *many;
} words[SENTENCE_PARTS] = {
	[SENTENCE_TELEFON] = {"telefonkontakt", "telefonkontakter"},
	[SENTENCE_VIDEO] = {"videobesök", "videobesök"},
	[SENTENCE_SKRIFTLIG] = {"skriftlig kontakt", "skriftlig kontakt"},
	[SENTENCE_EJ_SPECIFICERAD] = {"distanskontakt av ej specificerad form",
				      "distanskontakter av ej specificerad form"},
};

enum { UNIT_MAX = 1000, UNITS_IN_SMALLEST = 5 };

static uint64_t choose_unit(const uint64_t part[SENTENCE_PARTS])
{
	uint64_t smallest = UINT64_MAX, unit = UNIT_MAX;
	for (int i = 0; i < SENTENCE_PARTS; i++)
		if (part[i] > 0 && part[i] < smallest)
			smallest = part[i];
	while (unit > 1 && smallest < UNITS_IN_SMALLEST * unit)
		unit /= 10;
	return unit;
}

uint64_t sentence_round(const uint64_t part[SENTENCE_PARTS], uint64_t ret_part[SENTENCE_PARTS])
{
	uint64_t unit = choose_unit(part), total = 0, given = 0;
	bool raised[SENTENCE_PARTS] = {false};
	for (int i = 0; i < SENTENCE_PARTS; i++) {
		total += part[i];
		ret_part[i] = part[i] / unit * unit;
		given += ret_part[i];
	}
	/* Fewer units are left than parts have remainders, so each part gets one at most. */
	for (; given + unit <= total; given += unit) {
		int best = -1;
		for (int i = 0; i < SENTENCE_PARTS; i++) {
			if (raised[i])
				continue;
			uint64_t rest = part[i] % unit, most = best < 0 ? 0 : part[best] % unit;
			if (best < 0 || rest > most || (rest == most && part[i] > part[best]))
				best = i;
		}
		assert(best >= 0);
		raised[best] = true;
		ret_part[best] += unit;
	}
	return unit;
}

/* A number as it must be printed: groups of three with one space between them, no leading zero. */
static bool parse_grouped(struct span s, uint64_t *ret)
{
	char again[32];
	uint64_t n = 0;
	if (s.len >= sizeof(again))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] != ' ')
			n = n * 10 + (uint64_t)(s.data[i] - '0');
	text_grouped(n, again);
	*ret = n;
	return span_is(s, again);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The next run of digits and single spaces between digits; false when there is none. */
static bool next_number(const char **at, struct span *ret)
{
	const char *from = *at;
	while (*from && !is_digit(*from))
		from++;
	const char *to = from;
	while (is_digit(*to) || (*to == ' ' && is_digit(to[1])))
		to++;
	*ret = (struct span){from, (size_t)(to - from)};
	*at = to;
	return to > from;
}

int sentence_check(const char *text, const char *footnote, struct fault *f)
{
	struct span number, last = {0};
	uint64_t total, part, sum = 0;
	while (next_number(&text, &number))
		last = number;
	if (!parse_grouped(last, &total))
		return fault_set(f, FAULT_SOFTWARE,
				 "the number of the sentence is not in groups of three digits");
	while (next_number(&footnote, &number)) {
		if (!parse_grouped(number, &part))
			return fault_set(
				f, FAULT_SOFTWARE,
				"a number of the footnote is not in groups of three digits");
		sum += part;
	}
	if (sum != total)
		return fault_set(f, FAULT_SOFTWARE,
				 "the footnote adds up to %llu, the sentence says %llu",
				 (unsigned long long)sum, (unsigned long long)total);
	return 0;
}

static void write_footnote(const uint64_t part[SENTENCE_PARTS], struct sentence *s)
{
	char number[32];
	size_t len = 0;
	for (int i = 0; i < SENTENCE_PARTS; i++) {
		if (part[i] == 0)
			continue;
		text_grouped(part[i], number);
		len += (size_t)snprintf(s->footnote + len, sizeof(s->footnote) - len, "%s%s %s",
					len ? ", " : "", number,
					part[i] == 1 ? words[i].one : words[i].many);
		assert(len < sizeof(s->footnote));
	}
}

int sentence_write(unsigned year, const uint64_t part[SENTENCE_PARTS], struct sentence *ret,
		   struct fault *f)
{
	struct sentence s = {{0}, {0}};
	uint64_t rounded[SENTENCE_PARTS], total = 0, exact = 0;
	char number[32];
	(void)sentence_round(part, rounded);
	for (int i = 0; i < SENTENCE_PARTS; i++) {
		exact += part[i];
		total += rounded[i];
	}
	text_grouped(total, number);
	if (exact == 0) {
		(void)snprintf(s.text, sizeof(s.text), "Under %u genomfördes inga distanskontakter",
			       year);
		*ret = s;
		return 0;
	}
	(void)snprintf(s.text, sizeof(s.text), "Under %u genomfördes %s%s %s", year,
		       total < exact ? "över " : "", number,
		       total == 1 ? "distanskontakt" : "distanskontakter");
	write_footnote(rounded, &s);
	int rc = sentence_check(s.text, s.footnote, f);
	if (rc < 0)
		return rc;
	*ret = s;
	return 0;
}
