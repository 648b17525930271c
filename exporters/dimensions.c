/*
 * dimensions: the table, and the text of each of its rows. Pure.
 */
#include "exporters/dimensions.h"

enum dim {
	PERIOD,
	DAG,
	FORVALTNING,
	ENHET,
	AGARFORM,
	VARDNIVA,
	KALLA,
	KANAL,
	FORM,
	VARDFORM,
	KON,
	ALDER,
	ROLL,
	DIMS
};

/* clang-format off */
static const struct dimension table[DIMS] = {
	[PERIOD] =      {"period",      "Period",      "Month",       CUBES_DIMS_END,      CODES_LISTS},
	[DAG] =         {"dag",         "Dag",         "Day",         CUBES_DIM_DD,        CODES_LISTS},
	[FORVALTNING] = {"forvaltning", "Förvaltning", "Förvaltning", CUBES_DIMS_END,      CODES_LISTS},
	[ENHET] =       {"enhet",       "Enhet",       "Unit",        CUBES_DIMS_END,      CODES_LISTS},
	[AGARFORM] =    {"agarform",    "Ägarform",    "Ownership",   CUBES_DIMS_END,      CODES_OWNERSHIP},
	[VARDNIVA] =    {"vardniva",    "Vårdnivå",    "Care level",  CUBES_DIMS_END,      CODES_CARE_LEVEL},
	[KALLA] =       {"kalla",       "Källa",       "Source",      CUBES_DIM_KLASS,     CODES_LISTS},
	[KANAL] =       {"kanal",       "Kanal",       "Channel",     CUBES_DIM_FORM,      CODES_KANAL},
	[FORM] =        {"form",        "Form",        "Form",        CUBES_DIM_FORM,      CODES_FORM},
	[VARDFORM] =    {"vardform",    "Vårdform",    "Care form",   CUBES_DIM_KLASS,     CODES_VARDFORM},
	[KON] =         {"kon",         "Kön",         "Sex",         CUBES_DIM_KON,       CODES_KON},
	[ALDER] =       {"alder",       "Ålder",       "Age",         CUBES_DIM_AGE_GROUP, CODES_AGE_GROUP},
	[ROLL] =        {"roll",        "Roll",        "Role",        CUBES_DIM_KLASS,     CODES_LISTS},
};
/* clang-format on */
static_assert(ARRAY_SIZE(table) <= DIMENSIONS_MAX,
	      "a query holds at most DIMENSIONS_MAX dimensions");

const struct dimension *dimensions_at(size_t i)
{
	return i < ARRAY_SIZE(table) ? table + i : NULL;
}

const char *dimensions_forvaltning(const struct dated_row *org)
{
	return org ? org->cell[ORGANISATION_FORVALTNING] : ORGANISATION_UNKNOWN;
}

const char *dimensions_text(const struct dimension *d, const struct dimensions_cell *c,
			    char scratch[DIMENSIONS_TEXT])
{
	unsigned year = c->at->yyyymm / 100, month = c->at->yyyymm % 100;
	const uint16_t *value = c->at->value;
	enum dim dim = (enum dim)(d - table);
	switch (dim) {
	case PERIOD: (void)snprintf(scratch, DIMENSIONS_TEXT, "%04u-%02u", year, month); break;
	case DAG:
		(void)snprintf(scratch, DIMENSIONS_TEXT, "%04u-%02u-%02u", year, month,
			       (unsigned)value[CUBES_DIM_DD]);
		break;
	case FORVALTNING: return dimensions_forvaltning(c->org);
	case ENHET: return c->unit;
	case AGARFORM:
		return c->org ? c->org->cell[ORGANISATION_AGARFORM] : ORGANISATION_NOT_STATED;
	case VARDNIVA:
		return c->org ? c->org->cell[ORGANISATION_VARDNIVA] : ORGANISATION_NOT_STATED;
	case KALLA: return c->contact.klass.source;
	case KANAL: return codes_name(CODES_KANAL, c->contact.kanal);
	case FORM: return codes_name(CODES_FORM, value[CUBES_DIM_FORM]);
	case VARDFORM: return codes_name(CODES_VARDFORM, c->contact.klass.vardform);
	case KON: return codes_name(CODES_KON, value[CUBES_DIM_KON]);
	case ALDER: return codes_name(CODES_AGE_GROUP, value[CUBES_DIM_AGE_GROUP]);
	case ROLL: return registry_role_name((enum registry_role)c->contact.role);
	case DIMS: break;
	}
	return scratch;
}

const struct dimension *dimensions_find(struct span name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (span_is(name, table[i].name))
			return table + i;
	return NULL;
}

bool dimensions_in(const struct dimension *d, const struct cube *cube)
{
	if (d->needs == CUBES_DIMS_END)
		return true;
	for (int i = 0; i < cube->dims; i++)
		if (cube->dim[i] == d->needs)
			return true;
	return false;
}

const char *dimensions_label(const struct dimension *d, const char *value, bool english)
{
	const struct code *code = d->list == CODES_LISTS ? NULL
							 : codes_by_name(d->list, span_of(value));
	if (code)
		return english ? code->en : code->sv;
	if (strcmp(value, ORGANISATION_NOT_STATED) == 0)
		return english ? "Unknown" : "Okänt";
	return value;
}
