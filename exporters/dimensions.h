/*
 * dimensions: what figures can be divided by, one row of a table each: name, labels, what it needs
 * of a cube, and the text of a contact's value. A new dimension is a row and a case in dimensions.c.
 */
#ifndef EXPORTERS_DIMENSIONS_H
#define EXPORTERS_DIMENSIONS_H

#include "exporters/rules.h"
#include "proto/cubes.h"
#include "proto/organisation.h"

#define DIMENSIONS_MAX  16
#define DIMENSIONS_TEXT 24 /* bytes of a text that is not a code or a name */

/* Everything that a dimension can see of a cell. */
struct dimensions_cell {
	const struct cubes_cell *at;
	struct rules_contact contact;
	const char *unit;            /* ORGANISATION_BLANK when it is blank */
	const struct dated_row *org; /* NULL when the table does not know the unit */
};

struct dimension {
	const char *name, *sv, *en;
	enum cubes_dim needs; /* CUBES_DIMS_END: every cube will do */
	enum codes_list list; /* that its values are names of; CODES_LISTS: none */
};

/* The i-th row of the table, NULL after the last. */
const struct dimension *dimensions_at(size_t i);
const struct dimension *dimensions_find(struct span name);
/* The text of a cell's value: static, borrowed from the cell, or written to scratch. */
const char *dimensions_text(const struct dimension *d, const struct dimensions_cell *c,
			    char scratch[DIMENSIONS_TEXT]);
/* True when a cube carries the dimension. */
/* By the organisation table; ORGANISATION_UNKNOWN where that has no row. */
const char *dimensions_forvaltning(const struct dated_row *org);
bool dimensions_in(const struct dimension *d, const struct cube *cube);
/* "Telefon" for "telefon"; a text of no list is its own label. */
const char *dimensions_label(const struct dimension *d, const char *value, bool english);

#endif
