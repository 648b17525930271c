/*
 * year: a made-up year of Halland, 2020, as the raw rows that three systems would deliver.
 * Deterministic: seed and scale give every byte. The final state of every contact is designed
 * first, with exact totals; rows, their corrections, copies and faults follow from it. The answers
 * are written nowhere: who checks the figures must count for himself (demo/README.md says how).
 */
#ifndef DEMO_YEAR_H
#define DEMO_YEAR_H

#include "common/base.h"

/* Every date of the year is before this instant, which the collectors take for now. */
#define YEAR_CLOCK "2021-02-15T12:00:00+01:00"

/* The systems that deliver. */
enum year_source { YEAR_TELEFON, YEAR_VIDEO, YEAR_SKRIFTLIG, YEAR_SOURCES };

/* What the systems call the kind of contact. The rows up to YEAR_KIND_SCREENED count as what they are. */
enum year_kind {
	YEAR_KIND_TELEFON,
	YEAR_KIND_VIDEO,
	YEAR_KIND_VIDEO_GROUP,
	YEAR_KIND_CHATT,
	YEAR_KIND_MEDDELANDE,
	YEAR_KIND_FORMULAR,
	YEAR_KIND_SOB,
	YEAR_KIND_BREV,
	YEAR_KIND_MOTTAGNING,
	YEAR_KIND_HEMBESOK,
	YEAR_KIND_ADMIN,    /* by phone, not qualified care */
	YEAR_KIND_PROVSVAR, /* by phone, replaces no visit */
	YEAR_KIND_FRAGA,    /* in writing, not qualified care */
	YEAR_KIND_SAMTAL,   /* a call in the queue: no contact at all */
	YEAR_KINDS,
};

enum year_status {
	YEAR_STATUS_DONE,
	YEAR_STATUS_PLANNED,
	YEAR_STATUS_CANCELLED,
	YEAR_STATUS_NO_SHOW,
	YEAR_STATUS_BROKEN_OFF,
	YEAR_STATUS_VOID, /* the contact never was */
	YEAR_STATUSES,
};

/* What is wrong with a row; each makes the collector reject it, with the reason at its end. */
enum year_fault {
	YEAR_FAULT_NONE,
	YEAR_FAULT_DATE,       /* DATE_INVALID */
	YEAR_FAULT_TIME,       /* TIME_INVALID */
	YEAR_FAULT_FUTURE,     /* DATE_FUTURE */
	YEAR_FAULT_KIND,       /* UNKNOWN_CODE */
	YEAR_FAULT_NO_ID,      /* ID_MISSING */
	YEAR_FAULT_LONG_ID,    /* ID_INVALID */
	YEAR_FAULT_NO_VERSION, /* VERSION_MISSING */
	YEAR_FAULT_VERSION,    /* VERSION_INVALID */
	YEAR_FAULT_COLUMNS,    /* COLUMNS */
	YEAR_FAULT_ENCODING,   /* ENCODING */
	YEAR_FAULT_CONTROL,    /* CONTROL_CHAR */
	YEAR_FAULT_QUOTE,      /* QUOTE */
	YEAR_FAULT_AGE,        /* AGE_INVALID; TIME_INVALID where years have two digits */
	YEAR_FAULT_LEAK,       /* PNR_LEAK */
	YEAR_FAULTS,
};

#define YEAR_UNIT_BLANK UINT16_MAX /* the unit's column is blank */

/* One row of one file: a contact as a system knew it at a time. */
struct year_row {
	uint32_t number;       /* of the contact within the year */
	uint32_t arrival;      /* rows of a file stand in this order; minutes since 1900 */
	uint32_t changed;      /* minutes since 1900, Swedish civil time; grows with revision */
	int32_t birth_day;     /* days since 1900 */
	uint16_t day;          /* of the contact, days since 1900 */
	uint16_t minute;       /* of the day, Swedish civil time */
	uint16_t unit;         /* year_unit_id(), or YEAR_UNIT_BLANK */
	uint16_t birth_number; /* of the personnummer: odd for a man; 0: no personnummer */
	uint8_t source, kind, status, revision, fault;
	uint8_t profession, booking, participants;
	bool inpatient, undocumented, wrong_check, blank_kon, utc;
};

struct year {
	struct year_row *row; /* by source, then arrival */
	size_t rows, cap;
};

/* `scale` is in (0, 1]: the totals are those of the year times it, rounded each. */
void year_make(uint64_t seed, double scale, struct year *ret);
void year_release(struct year *y);

#endif
