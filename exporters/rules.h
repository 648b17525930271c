/*
 * rules: the counting rules, named and versioned rows of one table, evaluated when figures are
 * read. A rule is an ordered list of steps over klass, kanal and role, all data; a contact counts
 * when every step holds, and otherwise falls at the first that does not, which gives `--why` its
 * waterfall. A rule that was published is never changed: a new version is a new row.
 *
 * Source: Socialstyrelsens termbank 820, 821, 242; SKR's counting rules 1-5 (kvalificerad,
 * ersätter besök, journalförd). Utomläns excludes nothing.
 */
#ifndef EXPORTERS_RULES_H
#define EXPORTERS_RULES_H

#include "exporters/registry.h"
#include "proto/klass.h"

#define RULES_MAX       16
#define RULES_STEPS_MAX 8

/* Everything that a rule can see of a contact. */
struct rules_contact {
	struct klass klass;
	uint8_t kanal;
	uint8_t role; /* enum registry_role of its source for its unit, kanal and month */
};

struct rules_step {
	const char *sv, *en; /* what falls here: "ej avslutad" */
	size_t of;           /* offset of a code in struct rules_contact */
	uint32_t allowed;    /* bit n: the code n holds */
	bool judgement;      /* a code of the list `judgement`, which a mapping may have assumed */
	/* A phrase of the contacts that fall here, "{fysisk|fysiska}"; NULL where those of kontakt/1 cannot. */
	const char *of_sv, *of_en;
};

struct rule {
	const char *id;      /* "distanskontakt/1" */
	const char *sv, *en; /* what is counted, plural: "distanskontakter" */
	const struct rules_step *step[RULES_STEPS_MAX + 1]; /* NULL after the last */
	bool by_vardform, by_kanal;                         /* how its total is divided */
	/* A share: contacts of `part` out of those of `part` and `rest`; none meets both. */
	const struct rule *part, *rest;
};

/*
 * Completed contacts that are not tests and that no row of the source registry decides on in their month.
 * Not a counting rule, and not in the table.
 */
extern const struct rule rules_undecided;

/* The i-th rule of the table, NULL after the last. */
const struct rule *rules_at(size_t i);
/* NULL when there is no such rule. */
const struct rule *rules_find(const char *id);
extern const struct text_form rules_form;
/* Place of a rule in the table. */
size_t rules_index(const struct rule *rule);

/* The step at which a contact falls; the number of steps when it counts. Not for shares. */
size_t rules_fall(const struct rule *rule, const struct rules_contact *c);
/* What a contact adds to the figure (n) and, for a share, to its denominator (of). */
struct rules_weight {
	bool n, of;
};
struct rules_weight rules_weigh(const struct rule *rule, const struct rules_contact *c);
/* True when a counted contact counts only because the mapping assumed something. */
bool rules_assumed(const struct rule *rule, const struct rules_contact *c);
/* True when some step of the rule tests a judgement. */
bool rules_judges(const struct rule *rule);

#endif
