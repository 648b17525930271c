/* Civil time: every day number, the edges of summer time, what happens without zone data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/civil.h"

#define MINUTE_MS 60000

static int64_t utc(int year, int month, int day, int hour, int minute)
{
	return civil_to_instant_at((struct civil){year, month, day, hour, minute, 0}, 0);
}

static void assert_local(int64_t ms, int year, int month, int day, int hour, int minute)
{
	struct civil c = civil_of_instant(ms);

	assert_int_equal(c.year, year);
	assert_int_equal(c.month, month);
	assert_int_equal(c.day, day);
	assert_int_equal(c.hour, hour);
	assert_int_equal(c.minute, minute);
}

/* Runs before civil_init() does in this process, so that the zone is not yet loaded. */
static void missing_zone_data_are_a_fault(void **state)
{
	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct fault f = {0};
		setenv("TZDIR", "/nonexistent", 1);
		int rc = civil_init(&f);
		_exit(rc == FAULT_CONFIG && strstr(f.text, "Europe/Stockholm") ? 42 : 1);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

static void zone_is_set(void **state)
{
	struct fault f = {0};

	(void)state;
	setenv("TZ", "America/New_York", 1);
	tzset();
	assert_int_equal(civil_init(&f), 0);
	assert_int_equal(civil_init(&f), 0);
	assert_local(0, 1970, 1, 1, 1, 0);
}

static void days_have_fixed_points(void **state)
{
	(void)state;
	assert_int_equal(civil_to_day(1900, 1, 1), 0);
	assert_int_equal(civil_to_day(2079, 6, 6), CIVIL_DAY_MAX);
	assert_int_equal(civil_to_day(1970, 1, 1), 25567);
	assert_int_equal(civil_to_day(1899, 12, 31), -1);
	assert_int_equal(civil_to_day(1, 1, 1), -693595);
	assert_int_equal(civil_to_day(2020, 2, 29) + 1, civil_to_day(2020, 3, 1));
	assert_int_equal(civil_to_day(1900, 2, 28) + 1, civil_to_day(1900, 3, 1));
}

/* Walks over every existing date from year 1 to 9999 and counts. */
static void every_day_both_ways(void **state)
{
	int32_t day = civil_to_day(1, 1, 1);

	(void)state;
	for (int year = 1; year <= 9999; year++)
		for (int month = 1; month <= 12; month++)
			for (int d = 1; d <= 31; d++) {
				if (!civil_exists(year, month, d))
					continue;
				struct civil c = civil_from_day(day);
				if (civil_to_day(year, month, d) != day || c.year != year ||
				    c.month != month || c.day != d)
					fail_msg("%04d-%02d-%02d", year, month, d);
				day++;
			}
	assert_int_equal(day, civil_to_day(9999, 12, 31) + 1);
	assert_int_equal(day - civil_to_day(1, 1, 1), 3652059);
}

static void dates_that_do_not_exist(void **state)
{
	(void)state;
	assert_true(civil_exists(2000, 2, 29));
	assert_true(civil_exists(2020, 2, 29));
	assert_false(civil_exists(1900, 2, 29));
	assert_false(civil_exists(2026, 2, 30));
	assert_false(civil_exists(2026, 13, 1));
	assert_false(civil_exists(2026, 0, 1));
	assert_false(civil_exists(2026, 4, 31));
	assert_false(civil_exists(2026, 1, 0));
	assert_false(civil_exists(0, 1, 1));
	assert_false(civil_exists(10000, 1, 1));
	assert_false(civil_exists(2026, -1, 1));
}

static void months(void **state)
{
	(void)state;
	assert_int_equal(civil_yyyymm(civil_to_day(2020, 3, 31)), 202003);
	assert_int_equal(civil_yyyymm(civil_to_day(1899, 12, 31)), 189912);
	assert_int_equal(civil_month_yyyymm(1442), 202003);
	unsigned index = 0;
	for (int32_t day = 0; day <= CIVIL_DAY_MAX; day++) {
		index += day > 0 && civil_from_day(day).day == 1;
		assert_int_equal(civil_month_yyyymm(index), civil_yyyymm(day));
	}
}

static void month_is_that_of_swedish_time(void **state)
{
	(void)state;
	assert_local(utc(2020, 12, 31, 23, 30), 2021, 1, 1, 0, 30);
	assert_local(utc(2020, 6, 30, 22, 15), 2020, 7, 1, 0, 15);
	assert_local(utc(2026, 1, 31, 23, 30), 2026, 2, 1, 0, 30);
	assert_local(utc(2020, 6, 30, 21, 59), 2020, 6, 30, 23, 59);
	assert_local(utc(2079, 6, 6, 12, 0), 2079, 6, 6, 14, 0);
	assert_local(-1, 1970, 1, 1, 0, 59);
}

static void summer_time_begins(void **state)
{
	(void)state;
	assert_local(utc(2020, 3, 29, 0, 59), 2020, 3, 29, 1, 59);
	assert_local(utc(2020, 3, 29, 1, 0), 2020, 3, 29, 3, 0);
	assert_true(civil_to_instant((struct civil){2020, 3, 29, 1, 59, 59}) ==
		    utc(2020, 3, 29, 1, 0) - 1000);
	assert_true(civil_to_instant((struct civil){2020, 3, 29, 3, 0, 0}) ==
		    utc(2020, 3, 29, 1, 0));
	/* 02:30 is skipped: the clock that runs on shows 03:30. */
	int64_t skipped = civil_to_instant((struct civil){2020, 3, 29, 2, 30, 0});
	assert_true(skipped == utc(2020, 3, 29, 1, 30));
	assert_local(skipped, 2020, 3, 29, 3, 30);
}

static void summer_time_ends(void **state)
{
	const struct civil twice = {2020, 10, 25, 2, 30, 0};

	(void)state;
	int64_t first = civil_to_instant_at(twice, 120);
	int64_t second = civil_to_instant_at(twice, 60);
	assert_true(second - first == 60 * MINUTE_MS);
	assert_local(first, 2020, 10, 25, 2, 30);
	assert_local(second, 2020, 10, 25, 2, 30);
	assert_true(civil_to_instant(twice) == first);
	assert_true(civil_to_instant((struct civil){2020, 10, 25, 3, 0, 0}) ==
		    utc(2020, 10, 25, 2, 0));
	assert_true(civil_to_instant((struct civil){2020, 10, 25, 1, 59, 0}) ==
		    utc(2020, 10, 24, 23, 59));
}

/* Every half hour of a century that is no skipped or second one comes back to itself. */
static void local_time_both_ways(void **state)
{
	int back = 0, other = 0;

	(void)state;
	for (int64_t ms = utc(1970, 1, 1, 0, 0); ms < utc(2070, 1, 1, 0, 0); ms += 30 * MINUTE_MS) {
		int64_t again = civil_to_instant(civil_of_instant(ms));
		if (again == ms)
			back++;
		else if (again == ms - 60 * MINUTE_MS)
			other++;
		else
			fail_msg("%lld", (long long)ms);
	}
	/* Two half hours come twice in each year with summer time, 1980 to 2069. */
	assert_int_equal(other, 2 * 90);
	assert_true(back > 1700000);
}

/* Days are remembered: every hour of the years that have day numbers, and of some that have none. */
static void every_hour_is_that_of_the_zone_data(void **state)
{
	int64_t first = utc(1899, 1, 1, 0, 0), end = utc(2081, 1, 1, 0, 0);

	(void)state;
	for (int64_t ms = first; ms < end; ms += 60 * MINUTE_MS) {
		time_t t = (time_t)(ms / 1000);
		struct tm tm;
		assert_non_null(localtime_r(&t, &tm));
		struct civil c = civil_of_instant(ms);
		int32_t day = civil_to_day(c.year, c.month, c.day);
		bool same = c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 &&
			    c.day == tm.tm_mday && c.hour == tm.tm_hour && c.minute == tm.tm_min &&
			    c.second == tm.tm_sec;
		if (!same || civil_day_of_instant(ms) != day)
			fail_msg("%lld: %d-%d-%d %d:%d:%d", (long long)t, c.year, c.month, c.day,
				 c.hour, c.minute, c.second);
	}
}

static void offsets(void **state)
{
	const struct civil noon = {2020, 7, 1, 12, 0, 0};

	(void)state;
	assert_true(civil_to_instant_at(noon, 0) == INT64_C(1593604800000));
	assert_true(civil_to_instant_at(noon, 120) == civil_to_instant(noon));
	assert_true(civil_to_instant_at(noon, -330) ==
		    civil_to_instant_at(noon, 0) + 330 * MINUTE_MS);
	assert_true(civil_to_instant_at((struct civil){1900, 1, 1, 0, 0, 0}, 0) ==
		    INT64_C(-2208988800000));
}

static void now_can_be_injected(void **state)
{
	(void)state;
	assert_true(civil_now_ms() > utc(2020, 1, 1, 0, 0));
	int64_t before = civil_monotonic_ms();
	civil_set_now(12345);
	assert_true(civil_now_ms() == 12345);
	assert_true(civil_monotonic_ms() >= before);
	civil_set_now(0);
	assert_true(civil_now_ms() == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_zone_data_are_a_fault),
		cmocka_unit_test(zone_is_set),
		cmocka_unit_test(days_have_fixed_points),
		cmocka_unit_test(every_day_both_ways),
		cmocka_unit_test(dates_that_do_not_exist),
		cmocka_unit_test(months),
		cmocka_unit_test(month_is_that_of_swedish_time),
		cmocka_unit_test(summer_time_begins),
		cmocka_unit_test(summer_time_ends),
		cmocka_unit_test(local_time_both_ways),
		cmocka_unit_test(every_hour_is_that_of_the_zone_data),
		cmocka_unit_test(offsets),
		cmocka_unit_test(now_can_be_injected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
