/*
 * rules: the steps, the rules made of them, and their evaluation. Pure.
 */
#include "exporters/rules.h"

#define OF(member) offsetof(struct rules_contact, member)
#define IS(code)   (1U << (code))

enum {
	YES_OR_ASSUMED = IS(JUDGEMENT_JA) | IS(JUDGEMENT_ANTAGET),
	NOT_YES = IS(0) | IS(YES_NO_NEJ),
	UNDECIDED = IS(REGISTRY_UTANFOR) | IS(REGISTRY_OREGISTRERAD),
	IN_USE = IS(REGISTRY_PRODUKTION) | IS(REGISTRY_OREGISTRERAD),
	REMOTE = IS(KANAL_TELEFON) | IS(KANAL_VIDEO) | IS(KANAL_SKRIFTLIG) |
		 IS(KANAL_EJ_SPECIFICERAD),
};

/* clang-format off */
static const struct rules_step
	completed =  {"ej avslutad",       "not completed",     OF(klass.status), IS(STATUS_COMPLETED), false, NULL, NULL},
	not_test =   {"test",              "test",              OF(klass.test), NOT_YES, false, NULL, NULL},
	in_use =     {"underlag",          "supporting source", OF(role), IN_USE, false, NULL, NULL},
	undecided =  {"", "", OF(role), UNDECIDED, false, NULL, NULL},
	outpatient = {"sluten vård",       "inpatient care",    OF(klass.vardform), IS(VARDFORM_OPPEN), false,
		      "i sluten vård", "inpatient"},
	remote =     {"fysisk",            "physical",          OF(kanal), REMOTE, false,
		      "{fysisk|fysiska}", "physical"},
	physical =   {"distans",           "remote",            OF(kanal), IS(KANAL_FYSISK), false,
		      "på distans", "remote"},
	qualified =  {"ej kvalificerad",   "not qualified",     OF(klass.qualified), YES_OR_ASSUMED, true,
		      "ej {kvalificerad|kvalificerade}", "not qualified"},
	replaces =   {"ersätter ej besök", "replaces no visit", OF(klass.replaces_visit), YES_OR_ASSUMED, true,
		      "ej besöksersättande", "replacing no visit"},
	documented = {"ej journalförd",    "not documented",    OF(klass.documented), YES_OR_ASSUMED, true,
		      "ej {journalförd|journalförda}", "not documented"};

static const struct rule kontakt_1 = {
	.id = "kontakt/1", .sv = "kontakter", .en = "contacts",
	.step = {&completed, &not_test, &in_use},
	.by_vardform = true,
};

const struct rule rules_undecided = {
	.id = "", .step = {&completed, &not_test, &undecided},
};

static const struct rule distanskontakt_1 = {
	.id = "distanskontakt/1", .sv = "distanskontakter", .en = "remote contacts",
	.step = {&completed, &not_test, &in_use, &outpatient, &remote, &qualified, &replaces, &documented},
	.by_kanal = true,
};

static const struct rule besok_1 = {
	.id = "besok/1", .sv = "besök", .en = "visits",
	.step = {&completed, &not_test, &in_use, &outpatient, &physical},
};

static const struct rule andel_distans_1 = {
	.id = "andel_distans/1", .sv = "andel distanskontakter", .en = "share of remote contacts",
	.part = &distanskontakt_1, .rest = &besok_1,
};
/* clang-format on */

static const struct rule *const table[] = {&kontakt_1, &distanskontakt_1, &besok_1,
					   &andel_distans_1};
static_assert(ARRAY_SIZE(table) <= RULES_MAX, "totals are kept for at most RULES_MAX rules");

const struct rule *rules_at(size_t i)
{
	return i < ARRAY_SIZE(table) ? table[i] : NULL;
}

const struct rule *rules_find(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (strcmp(table[i]->id, id) == 0)
			return table[i];
	return NULL;
}

static bool valid(const char *id)
{
	return rules_find(id) != NULL;
}

static void say(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "one of ", table[i]->id);
}

const struct text_form rules_form = {valid, say};

size_t rules_index(const struct rule *rule)
{
	size_t i = 0;
	while (i < ARRAY_SIZE(table) && table[i] != rule)
		i++;
	assert(i < ARRAY_SIZE(table));
	return i;
}

static unsigned code_of(const struct rules_step *step, const struct rules_contact *c)
{
	return *((const uint8_t *)c + step->of);
}

size_t rules_fall(const struct rule *rule, const struct rules_contact *c)
{
	size_t i = 0;
	assert(!rule->part);
	while (rule->step[i] && rule->step[i]->allowed >> code_of(rule->step[i], c) & 1)
		i++;
	return i;
}

static bool counts(const struct rule *rule, const struct rules_contact *c)
{
	return rule->step[rules_fall(rule, c)] == NULL;
}

struct rules_weight rules_weigh(const struct rule *rule, const struct rules_contact *c)
{
	if (!rule->part)
		return (struct rules_weight){counts(rule, c), false};
	bool part = counts(rule->part, c);
	return (struct rules_weight){part, part || counts(rule->rest, c)};
}

bool rules_assumed(const struct rule *rule, const struct rules_contact *c)
{
	for (size_t i = 0; rule->step[i]; i++)
		if (rule->step[i]->judgement && code_of(rule->step[i], c) == JUDGEMENT_ANTAGET)
			return true;
	return false;
}

bool rules_judges(const struct rule *rule)
{
	for (size_t i = 0; rule->step[i]; i++)
		if (rule->step[i]->judgement)
			return true;
	return false;
}
