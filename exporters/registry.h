/*
 * registry: the source registry. Which source counts for which unit and kanal when, so that a contact
 * that two systems saw is counted once, and a change of system is two rows.
 *
 *	kalla;enhet;kanal;roll;fran;till
 *
 * roll is produktion or underlag; `*` stands for every kalla, enhet or kanal. The rest: dated.h.
 *
 * Of the rows that hold in a month the most specific decides: one that names the source before one
 * for every source, then one that names the unit, then one that names the kanal. Where rows fit but
 * none holds in the month, the source was not in use yet or any more and does not count. What no row
 * fits counts, because nobody has said that it should not. Both are noted with the figures.
 */
#ifndef EXPORTERS_REGISTRY_H
#define EXPORTERS_REGISTRY_H

#include "common/dated.h"

/* The cells of a row; its key is the first three. */
enum { REGISTRY_KALLA, REGISTRY_ENHET, REGISTRY_KANAL, REGISTRY_ROLL, REGISTRY_COLUMNS };

extern const struct dated_shape registry_shape;

enum registry_role {
	REGISTRY_PRODUKTION, /* counts; also everything when there is no registry */
	REGISTRY_UNDERLAG,
	REGISTRY_UTANFOR,      /* rows fit, none in this month */
	REGISTRY_OREGISTRERAD, /* no row fits; counts */
	REGISTRY_ROLES
};

/* "produktion" */
const char *registry_role_name(enum registry_role role);
/* `registry` may be NULL. `kanal` is a name of the list CODES_KANAL. */
enum registry_role registry_role(const struct dated *registry, const char *kalla, const char *enhet,
				 const char *kanal, unsigned yyyymm);

#endif
