/*
 * organisation: the dated organisation table. Which förvaltning a unit belongs to is decided when
 * figures are read, so a reorganisation is a new row here and never a recount.
 *
 * CSV with semicolons, UTF-8, a header row, columns in any order:
 *	enhet;namn;forvaltning;agarform;vardniva;fran;till
 * fran and till are the first of a month (2020-07-01); till is not included, blank = open.
 * agarform and vardniva are names of the lists `ownership` and `care_level` in proto/codes.
 * namn is for people and not read.
 */
#ifndef EXPORTERS_ORGANISATION_H
#define EXPORTERS_ORGANISATION_H

#include "common/base.h"
#include "common/fault.h"

/* What stands in figures for a unit that the table does not know. */
#define ORGANISATION_UNKNOWN "OKAND"
/* .. for its ägarform and vårdnivå .. */
#define ORGANISATION_NOT_STATED "okant"
/* .. and for a contact without a unit. */
#define ORGANISATION_BLANK "(tom)"

struct organisation_row {
	const char *unit, *forvaltning;  /* borrowed from the table */
	const char *agarform, *vardniva; /* names from proto/codes */
	unsigned from, to;               /* yyyymm, from <= month < to */
	uint64_t line;
};

struct organisation;

/* FAULT_CONFIG with file and line: a bad date or code, a blank unit, two rows of a unit that overlap. */
int organisation_load(const char *path, struct organisation **ret, struct fault *f) MUST_CHECK;
/* The row of a unit in a month, or NULL; also NULL when there is no table (o is NULL). */
const struct organisation_row *organisation_find(const struct organisation *o, const char *unit,
						 unsigned yyyymm);
void organisation_free(struct organisation *o);

#endif
