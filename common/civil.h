/*
 * civil: instants and Swedish civil time. A day is a number: days since 1900-01-01, which is
 * day 0; u16 reaches 2079-06-06. An instant is int64_t milliseconds since 1970-01-01 UTC.
 *
 * Calling sequence: civil_init() once, before threads start; it sets TZ=Europe/Stockholm for the
 * process and tests the zone data with known instants, because a missing zone file silently
 * yields UTC. The arithmetic on days needs no initialisation and no zone.
 */
#ifndef COMMON_CIVIL_H
#define COMMON_CIVIL_H

#include "common/base.h"
#include "common/fault.h"

#define CIVIL_DAY_MAX 65535

struct civil {
	int year, month, day;     /* 1-12, 1-31 */
	int hour, minute, second; /* 0-23, 0-59, 0-59 */
};

/* FAULT_CONFIG when the zone data of Europe/Stockholm are missing or wrong. */
int civil_init(struct fault *f) MUST_CHECK;

/* True when the date exists (Gregorian, years 1-9999). */
bool civil_exists(int year, int month, int day);
/* Days since 1900-01-01, negative before; the date must exist. */
int32_t civil_to_day(int year, int month, int day);
/* Date of a day number; the time of day is set to 0. */
struct civil civil_from_day(int32_t day);
/* Month of a day as yyyymm, 202003. */
unsigned civil_yyyymm(int32_t day);
/* The same of a month that is given as months since 1900-01 (0 = January 1900). */
unsigned civil_month_yyyymm(unsigned month_index);

/* Swedish civil time of an instant. */
struct civil civil_of_instant(int64_t ms);
/* Its day number alone. */
int32_t civil_day_of_instant(int64_t ms);
/*
 * Instant of a Swedish civil time. A time that occurs twice is taken as the first; one that is
 * skipped in spring as the instant the clock reaches by running on (02:30 -> 03:30 summer time).
 */
int64_t civil_to_instant(struct civil c);
/* Instant of a civil time at a fixed offset from UTC in minutes (Z = 0). */
int64_t civil_to_instant_at(struct civil c, int offset_minutes);

/* Milliseconds now; the injected instant when civil_set_now() gave one (tests, samples). */
int64_t civil_now_ms(void);
void civil_set_now(int64_t ms);
/* Milliseconds of a monotonic clock, for deadlines; not affected by civil_set_now(). */
int64_t civil_monotonic_ms(void);

#endif
