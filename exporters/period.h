/*
 * period: the stretch of time that an export is of, in whole months. Pure.
 *
 *	manad 2020-03   ->  "2020-03"
 *	halvar 2020-1   ->  "2020-H1"   (a plain "2020-1" could be taken for January)
 *	ar 2020         ->  "2020"
 *	alla            ->  "alla"
 */
#ifndef EXPORTERS_PERIOD_H
#define EXPORTERS_PERIOD_H

#include "common/base.h"
#include "common/fault.h"

enum period_kind { PERIOD_MANAD, PERIOD_HALVAR, PERIOD_AR, PERIOD_ALLA, PERIOD_KINDS };

struct period {
	enum period_kind kind;
	unsigned year;     /* 0 for PERIOD_ALLA */
	unsigned from, to; /* first and last month, yyyymm, both inclusive */
	char text[32];     /* as it is printed with the figures */
};

/* `value` is NULL for a kind that takes none. FAULT_USAGE with the accepted forms. */
int period_parse(const char *kind, const char *value, struct period *ret,
		 struct fault *f) MUST_CHECK;
/* Some months in a row; its text is the last of them. */
struct period period_months(unsigned from, unsigned to);
/* The month so many months before, yyyymm. */
unsigned period_before(unsigned yyyymm, unsigned months);
bool period_has(const struct period *p, unsigned yyyymm);

#endif
