/*
 * organisation: the dated organisation table. Which förvaltning a unit belongs to is decided when
 * figures are read, so a reorganisation is a new row here and never a recount. A collector that is given
 * it notes where a source says otherwise.
 *
 *	enhet;namn;forvaltning;agarform;vardniva;fran;till
 *
 * agarform and vardniva are names of the lists `ownership` and `care_level` in proto/codes. namn is
 * for people and not read. The rest: dated.h.
 */
#ifndef PROTO_ORGANISATION_H
#define PROTO_ORGANISATION_H

#include "common/dated.h"
#include "proto/event.h"

/* What stands in figures for a unit that the table does not know. */
#define ORGANISATION_UNKNOWN "OKAND"
/* .. for its ägarform and vårdnivå .. */
#define ORGANISATION_NOT_STATED "okant"
/* .. and for a contact without a unit. */
#define ORGANISATION_BLANK "(tom)"

/* The cells of a row; its key is the unit. */
enum {
	ORGANISATION_ENHET,
	ORGANISATION_FORVALTNING,
	ORGANISATION_AGARFORM,
	ORGANISATION_VARDNIVA,
	ORGANISATION_COLUMNS
};

extern const struct dated_shape organisation_shape;

/*
 * Whether the source states another förvaltning for the contact's unit than the table has in the
 * contact's month. False when it states none, and for a unit that the table does not know then; also
 * without a table (d is NULL).
 */
bool organisation_contradicts(const struct dated *d, const struct contact *c);

#endif
