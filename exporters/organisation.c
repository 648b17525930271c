/*
 * organisation: what the columns of the organisation table may hold.
 */
#include "exporters/organisation.h"

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
