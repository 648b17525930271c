/*
 * moment: reading dates and times strictly. Pure but for the zone data of Europe/Stockholm
 * (civil_init() before).
 */
#include "collectors/engine/moment.h"

#include "common/civil.h"

#define FRACTION_DIGITS  9
#define OFFSET_HOURS_MAX 14

enum token { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, NUMBERS, FRACTION = NUMBERS, ZONE, LITERAL };

static const struct {
	const char *text;
	uint8_t width; /* digits of a number */
} tokens[] = {
	[YEAR] = {"YYYY", 4}, [MONTH] = {"MM", 2},  [DAY] = {"DD", 2},     [HOUR] = {"HH", 2},
	[MINUTE] = {"mm", 2}, [SECOND] = {"SS", 2}, [FRACTION] = {"f", 0}, [ZONE] = {"Z", 0},
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Z, +01:00, +0100 or +01 at the start of the text; its length, 0 when there is none. */
static size_t read_offset(struct span s, int *ret_minutes)
{
	unsigned hours, minutes = 0;

	if (s.len > 0 && s.data[0] == 'Z') {
		*ret_minutes = 0;
		return 1;
	}
	if (s.len < 3 || (s.data[0] != '+' && s.data[0] != '-') || !text_digits(s, 1, 2, &hours))
		return 0;
	size_t len = 3;
	bool colon = s.len > len && s.data[len] == ':';
	if (text_digits(s, len + colon, 2, &minutes))
		len += 2u + colon;
	else if (colon)
		return 0;
	if (hours > OFFSET_HOURS_MAX || minutes > 59)
		return 0;
	int total = (int)(hours * 60 + minutes);
	*ret_minutes = s.data[0] == '-' ? -total : total;
	return len;
}

/* The token that the pattern goes on with. */
static enum token token_at(const char *pattern)
{
	for (enum token t = YEAR; t < LITERAL; t++)
		if (strncmp(pattern, tokens[t].text, strlen(tokens[t].text)) == 0)
			return t;
	return LITERAL;
}

static const char *check_tokens(const unsigned *seen)
{
	for (enum token t = YEAR; t < LITERAL; t++)
		if (seen[t] > 1)
			return "a part of the date stands twice in the pattern";
	if (!seen[YEAR] || !seen[MONTH] || seen[DAY] < seen[HOUR])
		return "the pattern needs YYYY and MM, and before a time DD";
	if (seen[HOUR] < seen[MINUTE] || seen[MINUTE] < seen[SECOND] ||
	    seen[SECOND] < seen[FRACTION])
		return "mm needs HH before it, SS needs mm, and f needs SS";
	if (seen[ZONE] > seen[MINUTE])
		return "Z needs HH and mm";
	return NULL;
}

static const char *read_zone(const char *zone, struct moment_format *f)
{
	struct span s = span_of(zone);

	f->local = s.len == 0 || span_is(s, "Europe/Stockholm");
	if (s.len > 0 && (!f->has_time || f->has_zone))
		return "a zone is for a pattern that has HH and has no Z";
	if (!f->local && read_offset(s, &f->offset_minutes) != s.len)
		return "a zone is Europe/Stockholm, Z or an offset like +01:00";
	return NULL;
}

const char *moment_format_parse(const char *pattern, const char *zone, struct moment_format *ret)
{
	struct moment_format f = {0};
	unsigned seen[LITERAL + 1] = {0};

	for (const char *p = pattern; *p; f.items++) {
		enum token t = token_at(p);
		if (f.items == MOMENT_PATTERN_MAX)
			return "the pattern is too long";
		if (t == LITERAL && (is_digit(*p) || (is_letter(*p) && *p != 'T')))
			return "a pattern is made of YYYY MM DD HH mm SS f Z, punctuation, space "
			       "and T";
		f.item[f.items].token = (uint8_t)t;
		f.item[f.items].literal = *p;
		seen[t]++;
		p += t == LITERAL ? 1 : strlen(tokens[t].text);
	}
	const char *why = check_tokens(seen);
	f.dates = seen[YEAR] + seen[MONTH] + seen[DAY];
	f.has_time = seen[HOUR] > 0;
	f.has_zone = seen[ZONE] > 0;
	if (!why)
		why = read_zone(zone, &f);
	if (!why)
		*ret = f;
	return why;
}

/* What the text says, before it is known whether that exists. */
struct parts {
	unsigned number[NUMBERS];
	unsigned ms;
	int offset_minutes;
};

/* An optional fraction; its length, or SIZE_MAX when it is a wrong one. */
static size_t read_fraction(struct span s, unsigned *ret_ms)
{
	size_t digits = 0;
	unsigned ms = 0;

	if (s.len == 0 || (s.data[0] != '.' && s.data[0] != ','))
		return 0;
	while (1 + digits < s.len && is_digit(s.data[1 + digits]))
		digits++;
	for (size_t i = 0; i < 3; i++)
		ms = ms * 10 + (i < digits ? (unsigned)(s.data[1 + i] - '0') : 0);
	*ret_ms = ms;
	return digits == 0 || digits > FRACTION_DIGITS ? SIZE_MAX : 1 + digits;
}

/* Takes one item off the text; false when the text goes on otherwise. */
static bool read_item(enum token t, char literal, struct span *rest, struct parts *p)
{
	size_t len = 1;

	if (t < NUMBERS) {
		len = tokens[t].width;
		if (!text_digits(*rest, 0, len, &p->number[t]))
			return false;
	} else if (t == FRACTION) {
		len = read_fraction(*rest, &p->ms);
	} else if (t == ZONE) {
		len = read_offset(*rest, &p->offset_minutes);
		if (len == 0)
			return false;
	} else if (rest->len == 0 || rest->data[0] != literal) {
		return false;
	}
	if (len > rest->len)
		return false;
	rest->data += len;
	rest->len -= len;
	return true;
}

/* Whether the time of day exists; 24:00 becomes 00:00 of the next day. */
static bool settle_time(const struct parts *p, struct civil *c)
{
	unsigned second = p->number[SECOND];

	if (p->number[HOUR] == 24) {
		if (p->number[MINUTE] != 0 || second != 0 || p->ms != 0)
			return false;
		*c = civil_from_day(civil_to_day(c->year, c->month, c->day) + 1);
		return true;
	}
	if (second == 60 && p->number[MINUTE] == 59)
		second = 59;
	if (p->number[HOUR] > 23 || p->number[MINUTE] > 59 || second > 59)
		return false;
	c->hour = (int)p->number[HOUR];
	c->minute = (int)p->number[MINUTE];
	c->second = (int)second;
	return true;
}

static struct moment settle(const struct moment_format *f, const struct parts *p, struct civil c)
{
	if (!f->has_time)
		return (struct moment){.day = civil_to_day(c.year, c.month, c.day)};
	bool local = f->local && !f->has_zone;
	int offset = f->has_zone ? p->offset_minutes : f->offset_minutes;
	int64_t ms = local ? civil_to_instant(c) : civil_to_instant_at(c, offset);

	/* The date of a local text stands as written, even where the hour was skipped in spring. */
	struct civil swedish = local ? c : civil_of_instant(ms);
	return (struct moment){
		.day = civil_to_day(swedish.year, swedish.month, swedish.day),
		.has_time = true,
		.hour = (uint8_t)swedish.hour,
		.minute = (uint8_t)swedish.minute,
		.ms = ms + p->ms,
	};
}

int64_t moment_ms(const struct moment *m)
{
	return m->has_time ? m->ms : civil_to_instant(civil_from_day(m->day));
}

enum reason moment_read(const struct moment_format *f, struct span text, struct moment *ret)
{
	struct parts p = {.number[DAY] = 1};
	unsigned dates = 0; /* how many of year, month and day have been read */
	size_t i = 0;

	while (i < f->items && read_item(f->item[i].token, f->item[i].literal, &text, &p)) {
		dates += f->item[i].token <= DAY;
		i++;
	}
	struct civil c = {.year = (int)p.number[YEAR],
			  .month = (int)p.number[MONTH],
			  .day = (int)p.number[DAY]};
	if (dates < f->dates || !civil_exists(c.year, c.month, c.day))
		return REASON_DATE_INVALID;
	if (i < f->items || text.len > 0)
		return f->has_time ? REASON_TIME_INVALID : REASON_DATE_INVALID;
	if (!settle_time(&p, &c))
		return REASON_TIME_INVALID;
	*ret = settle(f, &p, c);
	return REASON_NONE;
}
