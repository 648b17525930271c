/*
 * year_units: the made-up units of the year and their organisation table: six förvaltningar, 120
 * units, and a reorganisation on 1 July 2020.
 */
#ifndef DEMO_YEAR_UNITS_H
#define DEMO_YEAR_UNITS_H

#include "common/buf.h"

/* Number of units in the table. */
unsigned year_units_count(void);
/* A unit by chance, of the kind that gets visits, or calls and messages. */
uint16_t year_units_draw(bool visits, unsigned chance);
/* A unit that delivers but stands in no table. */
uint16_t year_units_unlisted(void);
/* Appends the id, "SE2321000115-D007". */
void year_units_id(struct buf *out, uint16_t unit);
/* Appends the organisation table (proto/organisation.h) as CSV. */
void year_units_table(struct buf *out);

#endif
