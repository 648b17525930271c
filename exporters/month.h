/*
 * month: what a controller wants to know of a month: its figures beside those of the month before
 * and of the same month a year ago, and the units that were expected to be heard from. Pure.
 */
#ifndef EXPORTERS_MONTH_H
#define EXPORTERS_MONTH_H

#include "exporters/figures.h"

enum month_when { MONTH_THIS, MONTH_BEFORE, MONTH_YEAR_AGO, MONTH_WHENS };

/* One of the months, by förvaltning. */
struct month_at {
	struct figures base;  /* kontakt/1: who has no row here has no data, which is not 0 */
	struct figures share; /* andel_distans/1 */
};

struct month {
	struct month_at at[MONTH_WHENS];
	struct tally
		forvaltning; /* all that have data in any of the months, or a unit that is missing */
	/*
	 * Units that have contacts (kontakt/1) in the month, in one of the three before it unless the organisation
	 * table says that they are gone, or a row in that table for it -> the last of these months that has any,
	 * yyyymm, 0 when none has.
	 */
	struct tally expected;
};

enum month_measure {
	/* Distanskontakter of a kanal, by its number; only of all units together. */
	MONTH_TELEFON = KANAL_TELEFON,
	MONTH_VIDEO,
	MONTH_SKRIFTLIG,
	MONTH_EJ_SPECIFICERAD,
	MONTH_DISTANS, /* of every kanal */
	MONTH_BESOK,
	MONTH_ANDEL /* n out of `of` */
};

struct month_value {
	bool known; /* false: there is no data, or nothing that it could be a share of */
	struct figures_share is;
};

/* The query's period is a month; its tables are used. */
void month_make(const struct snapshot *s, const struct figures_query *q, struct month *ret);
/* `forvaltning` NULL: all units. */
struct month_value month_value(const struct month *m, enum month_when when,
			       enum month_measure measure, const char *forvaltning);
/* The next expected unit that has nothing in the month, the first for NULL; NULL after the last. n: as in `expected`. */
const struct tally_row *month_missing(const struct month *m, const struct tally_row *before);
/* The förvaltning of a unit in the month. */
const char *month_forvaltning(const struct month *m, const char *unit);
void month_release(struct month *m);

#endif
