/*
 * registry: what the columns of the registry may hold, and the order in which its rows are asked.
 */
#include "exporters/registry.h"

#include "proto/codes.h"
#include "proto/event.h"

#define ANY "*"

static const char *const name[REGISTRY_ROLES] = {"produktion", "underlag", "utanfor",
						 "oregistrerad"};

static bool is_any(const char *text)
{
	return strcmp(text, ANY) == 0;
}

static bool is_source(const char *text)
{
	return is_any(text) || text_is_name(span_of(text), EVENT_SOURCE_MAX);
}

static bool is_kanal(const char *text)
{
	return is_any(text) || codes_by_name(CODES_KANAL, span_of(text));
}

static bool is_role(const char *text)
{
	return strcmp(text, name[REGISTRY_PRODUKTION]) == 0 ||
	       strcmp(text, name[REGISTRY_UNDERLAG]) == 0;
}

const struct dated_shape registry_shape = {
	.of = "source, unit and kanal",
	.column = {[REGISTRY_KALLA] = {"kalla", is_source, "not the name of a source, nor *"},
		   [REGISTRY_ENHET] = {"enhet", dated_filled, "blank"},
		   [REGISTRY_KANAL] = {"kanal", is_kanal,
				       "not one of telefon, video, skriftlig, ej_specificerad, "
				       "fysisk, *"},
		   [REGISTRY_ROLL] = {"roll", is_role, "not one of produktion, underlag"}},
	.columns = REGISTRY_COLUMNS,
	.keys = REGISTRY_ROLL,
};

const char *registry_role_name(enum registry_role role)
{
	return name[role];
}

enum registry_role registry_role(const struct dated *registry, const char *kalla, const char *enhet,
				 const char *kanal, unsigned yyyymm)
{
	bool known = false;
	if (!registry)
		return REGISTRY_PRODUKTION;
	/* From all three named to none: the source weighs most, then the unit, then the kanal. */
	for (unsigned any = 0; any < 8; any++) {
		char key[256]; /* a unit has 128 bytes at most */
		(void)snprintf(key, sizeof(key), "%s" DATED_JOIN "%s" DATED_JOIN "%s",
			       any & 4 ? ANY : kalla, any & 2 ? ANY : enhet, any & 1 ? ANY : kanal);
		const struct dated_row *row = dated_find(registry, key, yyyymm);
		if (row)
			return strcmp(row->cell[REGISTRY_ROLL], name[REGISTRY_UNDERLAG]) == 0
				       ? REGISTRY_UNDERLAG
				       : REGISTRY_PRODUKTION;
		known = known || dated_knows(registry, key);
	}
	return known ? REGISTRY_UTANFOR : REGISTRY_OREGISTRERAD;
}
