/*
 * organisation: what the columns of the organisation table may hold, and where a source contradicts it.
 */
#include "proto/organisation.h"

#include "common/civil.h"
#include "proto/codes.h"

static bool is_ownership(const char *text)
{
	return codes_by_name(CODES_OWNERSHIP, span_of(text)) != NULL;
}

static bool is_care_level(const char *text)
{
	return codes_by_name(CODES_CARE_LEVEL, span_of(text)) != NULL;
}

const struct dated_shape organisation_shape = {
	.of = "unit",
	.column = {[ORGANISATION_ENHET] = {"enhet", dated_filled, "blank"},
		   [ORGANISATION_FORVALTNING] = {"forvaltning", dated_filled, "blank"},
		   [ORGANISATION_AGARFORM] = {"agarform", is_ownership,
					      "not one of region, privat"},
		   [ORGANISATION_VARDNIVA] = {"vardniva", is_care_level,
					      "not one of primarvard, specialiserad"}},
	.columns = ORGANISATION_COLUMNS,
	.keys = 1,
};

bool organisation_contradicts(const struct dated *d, const struct contact *c)
{
	if (d == NULL || c->forvaltning[0] == '\0')
		return false;
	const struct dated_row *row = dated_find(d, c->unit, civil_yyyymm(c->day));

	return row != NULL && strcmp(row->cell[ORGANISATION_FORVALTNING], c->forvaltning) != 0;
}
