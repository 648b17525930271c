/*
 * moment: a date, perhaps with a time of day, read by a declared pattern and nothing else. The
 * pattern is made of YYYY MM DD HH mm SS, `f` (a decimal fraction with its point or comma, or
 * nothing), `Z` (Z, +01:00, +0100 or +01) and literals: punctuation, space and T.
 *	YYYY-MM-DDTHH:mm:SSfZ	DD.MM.YYYY HH:mm	YYYYMMDD
 * Without DD it gives the first of the month, for sources that know no more. 24:00 is the beginning
 * of the next day; second 60, a leap second, counts as 59.
 */
#ifndef COLLECTORS_ENGINE_MOMENT_H
#define COLLECTORS_ENGINE_MOMENT_H

#include "common/text.h"
#include "proto/reasons.h"

#define MOMENT_PATTERN_MAX 40

struct moment_format {
	struct {
		uint8_t token; /* index in the table of tokens, or a literal */
		char literal;
	} item[MOMENT_PATTERN_MAX];
	size_t items;
	unsigned dates; /* how many of year, month and day */
	bool has_time, has_zone;
	bool local;         /* without zone in the text: Europe/Stockholm .. */
	int offset_minutes; /* .. or this far ahead of UTC */
};

struct moment {
	int32_t day; /* Swedish civil date, days since 1900-01-01; negative before */
	bool has_time;
	uint8_t hour, minute; /* Swedish civil time */
	int64_t ms;           /* since 1970 UTC, when there is a time of day */
};

/* Since 1970 UTC; of a date alone: when that day began in Sweden. */
int64_t moment_ms(const struct moment *m);

/*
 * `zone` is "" or "Europe/Stockholm", "Z", or an offset; it is for patterns with a time and without
 * a `Z`. NULL, or what is wrong.
 */
const char *moment_format_parse(const char *pattern, const char *zone,
				struct moment_format *ret) MUST_CHECK;
/*
 * DATE_INVALID when the date is not of the pattern or does not exist, TIME_INVALID for what
 * follows it. Years 1-9999; what years make sense is the caller's.
 */
enum reason moment_read(const struct moment_format *f, struct span text,
			struct moment *ret) MUST_CHECK;

#endif
