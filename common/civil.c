/*
 * civil: the calendar by arithmetic, the zone by the system's zone data, one clock. Owns the TZ of
 * the process and the injected instant. Never guesses a zone: civil_init() proves that there is one.
 */
#include "common/civil.h"

#include <stdatomic.h>
#include <time.h>

#define ZONE         "Europe/Stockholm"
#define DAYS_TO_1970 25567  /* from 1900-01-01 to 1970-01-01 */
#define DAYS_TO_1900 693901 /* from 0000-03-01, where the count of eras begins, to 1900-01-01 */
#define ERA_DAYS     146097 /* 400 years */
#define HOUR_SECONDS 3600
#define DAY_SECONDS  86400
#define SECOND_MS    1000
#define QUARTER      900 /* seconds of a quarter of an hour */
#define CHANGES      INT8_MIN

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool civil_exists(int year, int month, int day)
{
	static const uint8_t length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= length[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/*
 * Years are counted from 1 March, so that the leap day is the last of its year and the days before
 * a month are (153 * month + 2) / 5 with March = 0 (H. Hinnant, chrono-compatible low-level date
 * algorithms).
 */
int32_t civil_to_day(int year, int month, int day)
{
	int32_t y = month > 2 ? year : year - 1;
	int32_t m = month > 2 ? month - 3 : month + 9;
	int32_t era = (int32_t)floor_div(y, 400);
	int32_t year_of_era = y - era * 400;
	int32_t day_of_year = (153 * m + 2) / 5 + day - 1;
	int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * ERA_DAYS + day_of_era - DAYS_TO_1900;
}

struct civil civil_from_day(int32_t day)
{
	int32_t since = day + DAYS_TO_1900;
	int32_t era = (int32_t)floor_div(since, ERA_DAYS);
	int32_t doe = since - era * ERA_DAYS;
	int32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / (ERA_DAYS - 1)) / 365;
	int32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int32_t m = (5 * doy + 2) / 153;

	return (struct civil){
		.year = yoe + era * 400 + (m < 10 ? 0 : 1),
		.month = m < 10 ? m + 3 : m - 9,
		.day = doy - (153 * m + 2) / 5 + 1,
	};
}

unsigned civil_yyyymm(int32_t day)
{
	struct civil c = civil_from_day(day);

	assert(c.year > 0);
	return (unsigned)(c.year * 100 + c.month);
}

unsigned civil_month_yyyymm(unsigned month_index)
{
	return (1900 + month_index / 12) * 100 + month_index % 12 + 1;
}

/* Seconds since 1970 of a civil time read as UTC, and back. */
static int64_t seconds_of(struct civil c)
{
	int64_t days = civil_to_day(c.year, c.month, c.day) - DAYS_TO_1970;

	return days * DAY_SECONDS + c.hour * HOUR_SECONDS + c.minute * 60 + c.second;
}

static struct civil civil_of(int64_t seconds)
{
	int64_t days = floor_div(seconds, DAY_SECONDS);
	int rest = (int)(seconds - days * DAY_SECONDS);
	struct civil c = civil_from_day((int32_t)(days + DAYS_TO_1970));

	c.hour = rest / HOUR_SECONDS;
	c.minute = rest / 60 % 60;
	c.second = rest % 60;
	return c;
}

/* Seconds that Swedish time is ahead of UTC at an instant, by the zone data. */
static int64_t ask_offset(int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!localtime_r(&t, &tm))
		BUG("an instant outside of the calendar");
	return tm.tm_gmtoff;
}

/*
 * The same, asked once for each day. The zone changes at most once in a day, so one that begins and
 * ends alike is alike throughout; one of another kind is asked about each time.
 */
static int64_t offset_at(int64_t seconds)
{
	static _Atomic int8_t quarters[CIVIL_DAY_MAX + 1]; /* 0: not asked yet */
	int64_t day = floor_div(seconds, DAY_SECONDS);
	int64_t at = day + DAYS_TO_1970;

	if (at < 0 || at > CIVIL_DAY_MAX)
		return ask_offset(seconds);
	int known = atomic_load_explicit(&quarters[at], memory_order_relaxed);
	if (known == 0) {
		int64_t first = ask_offset(day * DAY_SECONDS);
		int64_t last = ask_offset((day + 1) * DAY_SECONDS - 1);
		bool plain = first == last && first % QUARTER == 0;
		known = plain ? (int)(first / QUARTER) : CHANGES;
		atomic_store_explicit(&quarters[at], (int8_t)known, memory_order_relaxed);
	}
	return known == CHANGES ? ask_offset(seconds) : known * QUARTER;
}

struct civil civil_of_instant(int64_t ms)
{
	int64_t seconds = floor_div(ms, SECOND_MS);

	return civil_of(seconds + offset_at(seconds));
}

int32_t civil_day_of_instant(int64_t ms)
{
	int64_t seconds = floor_div(ms, SECOND_MS);

	return (int32_t)(floor_div(seconds + offset_at(seconds), DAY_SECONDS) + DAYS_TO_1970);
}

/*
 * Tries the offset of the day before and that of the day after; there is at most one change between
 * them. mktime() would leave open which of two instants it takes.
 */
int64_t civil_to_instant(struct civil c)
{
	int64_t local = seconds_of(c);
	int64_t before = local - offset_at(local - DAY_SECONDS);
	int64_t after = local - offset_at(local + DAY_SECONDS);

	if (before + offset_at(before) != local && after + offset_at(after) == local)
		return after * SECOND_MS;
	return before * SECOND_MS;
}

int64_t civil_to_instant_at(struct civil c, int offset_minutes)
{
	return (seconds_of(c) - offset_minutes * 60) * SECOND_MS;
}

int civil_init(struct fault *f)
{
	static const struct {
		int64_t utc;
		int hours;
	} known[] = {
		{0, 1},          /* 1970-01-01: no summer time in the seventies */
		{14860800, 1},   /* 1970-06-22 */
		{1577836800, 1}, /* 2020-01-01 */
		{1585443599, 1}, /* 2020-03-29T00:59:59Z, the last second of winter time */
		{1585443600, 2}, /* 2020-03-29T01:00:00Z */
		{1593554400, 2}, /* 2020-06-30T22:00:00Z */
		{1603587599, 2}, /* 2020-10-25T00:59:59Z, the last second of summer time */
		{1603587600, 1}, /* 2020-10-25T01:00:00Z */
		{1610668800, 1}, /* 2021-01-15 */
		{1626307200, 2}, /* 2021-07-15 */
		{2540246400, 2}, /* 2050-07-01: the rule goes on */
	};

	if (setenv("TZ", ZONE, 1) != 0)
		return fault_errno(f, FAULT_CONFIG, "cannot set the time zone " ZONE);
	tzset();
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		int64_t offset = ask_offset(known[i].utc);
		if (offset != known[i].hours * HOUR_SECONDS)
			return fault_set(f, FAULT_CONFIG,
					 "the zone data of " ZONE
					 " are missing or wrong: at %lld s "
					 "since 1970 they are %lld s ahead of UTC instead of %d; "
					 "install tzdata",
					 (long long)known[i].utc, (long long)offset,
					 known[i].hours * HOUR_SECONDS);
	}
	return 0;
}

static bool now_is_set;
static int64_t now_ms;

static int64_t clock_ms(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) != 0)
		BUG("a clock that cannot be read");
	return (int64_t)t.tv_sec * SECOND_MS + t.tv_nsec / 1000000;
}

int64_t civil_now_ms(void)
{
	return now_is_set ? now_ms : clock_ms(CLOCK_REALTIME);
}

void civil_set_now(int64_t ms)
{
	now_is_set = true;
	now_ms = ms;
}

int64_t civil_monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}
