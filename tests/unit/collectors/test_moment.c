/* moment: dates and times by a declared pattern (rows 26, 29-31 of the bad-input matrix). */
#include "tests/unit/collectors/mapping_fixture.h"

#include "collectors/engine/moment.h"

#define DATE  "YYYY-MM-DD"
#define LOCAL "YYYY-MM-DD HH:mm:SS"
#define ZONED "YYYY-MM-DDTHH:mm:SSfZ"

static enum reason read_as(const char *pattern, const char *zone, const char *text,
			   struct moment *ret)
{
	struct moment_format f;
	const char *why = moment_format_parse(pattern, zone, &f);

	if (why)
		fail_msg("%s: %s", pattern, why);
	return moment_read(&f, span_of(text), ret);
}

static void reads(void **state)
{
	static const struct {
		const char *pattern, *zone, *text;
		int year, month, day, hour, minute;
		int64_t ms; /* 0: not looked at */
	} rows[] = {
		{DATE, "", "2020-02-29", 2020, 2, 29, 0, 0, 1582930800000},
		{"DD.MM.YYYY HH:mm", "", "31.12.2020 23:59", 2020, 12, 31, 23, 59, 0},
		{"YYYYMMDD", "", "20200701", 2020, 7, 1, 0, 0, 0},
		{"YYYYMMDDHHmm", "", "202007010830", 2020, 7, 1, 8, 30, 0},
		{"DD/MM YYYY", "", "01/02 2020", 2020, 2, 1, 0, 0, 0},
		/* Row 54: a month without a day. */
		{"YYYY-MM", "", "2020-12", 2020, 12, 1, 0, 0, 0},
		/* Row 29: the month is Sweden's. */
		{ZONED, "", "2026-01-31T23:30:00Z", 2026, 2, 1, 0, 30, 1769902200000},
		{ZONED, "", "2020-06-30T22:15:00Z", 2020, 7, 1, 0, 15, 0},
		{ZONED, "", "2020-12-31T23:30:00+01:00", 2020, 12, 31, 23, 30, 0},
		{ZONED, "", "2021-01-01T05:29:59+0530", 2021, 1, 1, 0, 59, 0},
		{ZONED, "", "2020-12-31T18:30:00-05", 2021, 1, 1, 0, 30, 0},
		/* Row 30: without a zone it is Swedish time; a declared one is believed. */
		{LOCAL, "", "2026-01-31 23:30:00", 2026, 1, 31, 23, 30, 1769898600000},
		{LOCAL, "Europe/Stockholm", "2026-07-31 23:30:00", 2026, 7, 31, 23, 30,
		 1785533400000},
		{LOCAL, "Z", "2026-01-31 23:30:00", 2026, 2, 1, 0, 30, 0},
		{LOCAL, "-05:00", "2026-01-31 18:30:00", 2026, 2, 1, 0, 30, 0},
		/* The hour that comes twice, the one that never comes, the end of time. */
		{LOCAL, "", "2020-10-25 02:30:00", 2020, 10, 25, 2, 30, 1603585800000},
		{ZONED, "", "2020-10-25T02:30:00+02:00", 2020, 10, 25, 2, 30, 1603585800000},
		{ZONED, "", "2020-10-25T02:30:00+01:00", 2020, 10, 25, 2, 30, 1603589400000},
		{LOCAL, "", "2020-03-29 02:30:00", 2020, 3, 29, 2, 30, 1585445400000},
		{ZONED, "", "2079-06-06T21:59:59Z", 2079, 6, 6, 23, 59, 0},
		{DATE, "", "1899-12-31", 1899, 12, 31, 0, 0, 0},
		/* Row 31: leap seconds, fractions, 24:00. */
		{ZONED, "", "2016-12-31T23:59:60Z", 2017, 1, 1, 0, 59, 1483228799000},
		{ZONED, "", "2020-01-01T00:00:00.123456789Z", 2020, 1, 1, 1, 0, 1577836800123},
		{ZONED, "", "2020-01-01T00:00:00,5Z", 2020, 1, 1, 1, 0, 1577836800500},
		{LOCAL, "", "2020-02-29 24:00:00", 2020, 3, 1, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct moment m = {0};
		enum reason reason = read_as(rows[i].pattern, rows[i].zone, rows[i].text, &m);
		if (reason != REASON_NONE)
			fail_msg("%s: %s", rows[i].text, reason_name(reason));
		struct civil c = civil_from_day(m.day);
		if (c.year != rows[i].year || c.month != rows[i].month || c.day != rows[i].day ||
		    m.hour != rows[i].hour || m.minute != rows[i].minute)
			fail_msg("%s: %d-%d-%d %d:%d", rows[i].text, c.year, c.month, c.day, m.hour,
				 m.minute);
		if (rows[i].ms != 0 && rows[i].ms != moment_ms(&m))
			fail_msg("%s: %lld ms", rows[i].text, (long long)moment_ms(&m));
		assert_int_equal(m.has_time, strstr(rows[i].pattern, "HH") != NULL);
	}
}

static void refuses_texts(void **state)
{
	static const struct {
		const char *pattern, *text;
		enum reason reason;
	} rows[] = {
		/* Row 26. */
		{DATE, "2026-02-30", REASON_DATE_INVALID},
		{DATE, "2026-13-01", REASON_DATE_INVALID},
		{DATE, "0000-00-00", REASON_DATE_INVALID},
		{DATE, "26-01-02", REASON_DATE_INVALID},
		{DATE, "01/02/2026", REASON_DATE_INVALID},
		{DATE, "46024", REASON_DATE_INVALID},
		{DATE, "2026-1-02", REASON_DATE_INVALID},
		{DATE, " 2026-01-02", REASON_DATE_INVALID},
		{DATE, "2026-01-02 ", REASON_DATE_INVALID},
		{DATE, "2026-01-02T10:00", REASON_DATE_INVALID},
		{DATE, "2100-02-29", REASON_DATE_INVALID},
		{LOCAL, "2026-02-30 10:00:00", REASON_DATE_INVALID},
		/* Row 31. */
		{LOCAL, "2026-02-03 25:00:00", REASON_TIME_INVALID},
		{LOCAL, "2026-02-03 24:00:01", REASON_TIME_INVALID},
		{LOCAL, "2026-02-03 10:60:00", REASON_TIME_INVALID},
		{LOCAL, "2026-02-03 10:59:61", REASON_TIME_INVALID},
		{LOCAL, "2026-02-03 10:30:60", REASON_TIME_INVALID},
		{LOCAL, "2026-02-03", REASON_TIME_INVALID},
		{LOCAL, "2026-02-03 10:00", REASON_TIME_INVALID},
		{LOCAL, "2026-02-03 10:00:00Z", REASON_TIME_INVALID},
		{ZONED, "2026-02-03T10:00:00", REASON_TIME_INVALID},
		{ZONED, "2026-02-03T10:00:00.Z", REASON_TIME_INVALID},
		{ZONED, "2026-02-03T10:00:00.1234567890Z", REASON_TIME_INVALID},
		{ZONED, "2026-02-03T10:00:00+15:00", REASON_TIME_INVALID},
		{ZONED, "2026-02-03T10:00:00+01:", REASON_TIME_INVALID},
		{ZONED, "2026-02-03T10:00:00+1", REASON_TIME_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct moment m;
		enum reason reason = read_as(rows[i].pattern, "", rows[i].text, &m);
		if (reason != rows[i].reason)
			fail_msg("%s: '%s'", rows[i].text, reason_name(reason));
	}
}

static void refuses_patterns(void **state)
{
	static const char *const rows[][2] = {
		{"", ""},
		{"YYYY-DD", ""},
		{"YYYY-MM-DD mm", ""},
		{"YYYY-MM-DD HH:SS", ""},
		{"YYYY-MM-DD HH:mmf", ""},
		{"YYYY-MM-DD MM", ""},
		{"yyyy-MM-DD", ""},
		{"YYYY-MM-DDZ", ""},
		{"YYYY-MM-DD HHZ", ""},
		{"YYYY-MM-DD x", ""},
		{"2YYY-MM-DD", ""},
		{DATE, "Z"},
		{ZONED, "Z"},
		{LOCAL, "Europe/Oslo"},
		{LOCAL, "+1"},
		{LOCAL, "+01:00x"},
		{"YYYY-MM-DD, klockan, , , , , , , , , , , , , , , ,", ""},
		{"YYYY-MM-DD ---------------------------------------", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct moment_format f;
		if (!moment_format_parse(rows[i][0], rows[i][1], &f))
			fail_msg("'%s' with zone '%s' was taken", rows[i][0], rows[i][1]);
	}
}

static int set_zone(void **state)
{
	struct fault f;

	(void)state;
	return civil_init(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(refuses_texts),
		cmocka_unit_test(refuses_patterns),
	};
	return cmocka_run_group_tests(tests, set_zone, NULL);
}
