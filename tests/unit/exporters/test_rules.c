#include "kit.h"

#include "exporters/rules.h"

static struct rules_contact contact(void)
{
	return (struct rules_contact){.klass = kit_contact().klass, .kanal = KANAL_TELEFON};
}

static bool counts(const char *id, const struct rules_contact *c)
{
	return rules_weigh(rules_find(id), c).n;
}

static void a_qualified_remote_contact_counts_and_a_visit_does_not(void **state)
{
	(void)state;
	struct rules_contact c = contact();
	for (c.kanal = KANAL_TELEFON; c.kanal <= KANAL_FYSISK; c.kanal++) {
		bool remote = c.kanal != KANAL_FYSISK;
		assert_true(counts("kontakt/1", &c));
		assert_int_equal(counts("distanskontakt/1", &c), remote);
		assert_int_equal(counts("besok/1", &c), !remote);
	}
}

static void each_condition_excludes_by_itself(void **state)
{
	(void)state;
	static const struct {
		size_t member;
		uint8_t code;
		bool kontakt, distans, besok;
	} change[] = {
		{offsetof(struct klass, status), 1, false, false, false},
		{offsetof(struct klass, status), 7, false, false, false},
		{offsetof(struct klass, status), STATUS_NULLIFIED, false, false, false},
		{offsetof(struct klass, status), 0, false, false, false},
		{offsetof(struct klass, test), YES_NO_JA, false, false, false},
		{offsetof(struct klass, test), YES_NO_NEJ, true, true, true},
		{offsetof(struct klass, vardform), VARDFORM_SLUTEN, true, false, false},
		{offsetof(struct klass, qualified), JUDGEMENT_NEJ, true, false, true},
		{offsetof(struct klass, qualified), JUDGEMENT_OKANT, true, false, true},
		{offsetof(struct klass, qualified), JUDGEMENT_ANTAGET, true, true, true},
		{offsetof(struct klass, replaces_visit), JUDGEMENT_NEJ, true, false, true},
		{offsetof(struct klass, replaces_visit), JUDGEMENT_ANTAGET, true, true, true},
		{offsetof(struct klass, documented), JUDGEMENT_NEJ, true, false, true},
		{offsetof(struct klass, documented), 0, true, false, true},
		{offsetof(struct klass, documented), JUDGEMENT_ANTAGET, true, true, true},
		{offsetof(struct klass, out_of_county), YES_NO_JA, true, true, true},
	};
	for (size_t i = 0; i < ARRAY_SIZE(change); i++) {
		struct rules_contact c = contact();
		*((uint8_t *)&c.klass + change[i].member) = change[i].code;
		c.kanal = KANAL_VIDEO;
		assert_int_equal(counts("kontakt/1", &c), change[i].kontakt);
		assert_int_equal(counts("distanskontakt/1", &c), change[i].distans);
		c.kanal = KANAL_FYSISK;
		assert_int_equal(counts("besok/1", &c), change[i].besok);
	}
}

static void every_rule_counts_sources_in_use_alone(void **state)
{
	(void)state;
	static const bool in_use[REGISTRY_ROLES] = {
		[REGISTRY_PRODUKTION] = true, [REGISTRY_OREGISTRERAD] = true};
	const struct rule *rule;
	for (size_t i = 0; (rule = rules_at(i)) != NULL; i++)
		for (int role = 0; role < REGISTRY_ROLES; role++) {
			struct rules_contact c = contact();
			c.role = (uint8_t)role;
			c.kanal = strcmp(rule->id, "besok/1") == 0 ? KANAL_FYSISK : KANAL_TELEFON;
			assert_int_equal(rules_weigh(rule, &c).n, in_use[role]);
			c.kanal = KANAL_FYSISK;
			assert_int_equal(rules_weigh(rule, &c).of, rule->part && in_use[role]);
		}
}

static void what_no_row_decides_on_is_told_apart(void **state)
{
	(void)state;
	struct rules_contact c = contact();
	for (int role = 0; role < REGISTRY_ROLES; role++) {
		c.role = (uint8_t)role;
		assert_int_equal(rules_weigh(&rules_undecided, &c).n,
				 role == REGISTRY_UTANFOR || role == REGISTRY_OREGISTRERAD);
	}
	c.klass.test = YES_NO_JA;
	assert_false(rules_weigh(&rules_undecided, &c).n);
	c.klass.test = 0;
	c.klass.status = 7;
	assert_false(rules_weigh(&rules_undecided, &c).n);
}

static void a_share_weighs_its_part_out_of_part_and_rest(void **state)
{
	(void)state;
	const struct rule *share = rules_find("andel_distans/1");
	struct rules_contact c = contact();
	struct rules_weight w = rules_weigh(share, &c);
	assert_true(w.n && w.of);
	c.kanal = KANAL_FYSISK;
	w = rules_weigh(share, &c);
	assert_true(!w.n && w.of);
	c.kanal = KANAL_TELEFON;
	c.klass.qualified = JUDGEMENT_NEJ;
	w = rules_weigh(share, &c);
	assert_true(!w.n && !w.of);
}

static void a_contact_falls_at_the_first_step_that_does_not_hold(void **state)
{
	(void)state;
	const struct rule *rule = rules_find("distanskontakt/1");
	struct rules_contact c = contact();
	static const char *const label[] = {"ej avslutad",       "test",          "underlag",
					    "sluten vård",       "fysisk",        "ej kvalificerad",
					    "ersätter ej besök", "ej journalförd"};
	for (size_t i = 0; i < ARRAY_SIZE(label); i++)
		assert_string_equal(rule->step[i]->sv, label[i]);
	assert_int_equal(rules_fall(rule, &c), 8);
	c.klass.documented = JUDGEMENT_NEJ;
	assert_int_equal(rules_fall(rule, &c), 7);
	c.kanal = KANAL_FYSISK;
	assert_int_equal(rules_fall(rule, &c), 4);
	c.role = REGISTRY_UNDERLAG;
	assert_int_equal(rules_fall(rule, &c), 2);
	c.klass.status = 7;
	assert_int_equal(rules_fall(rule, &c), 0);
}

static void an_assumption_is_seen_where_the_rule_tests_it(void **state)
{
	(void)state;
	struct rules_contact c = contact();
	assert_false(rules_assumed(rules_find("distanskontakt/1"), &c));
	c.klass.documented = JUDGEMENT_ANTAGET;
	assert_true(rules_assumed(rules_find("distanskontakt/1"), &c));
	assert_false(rules_assumed(rules_find("besok/1"), &c));
	assert_true(rules_judges(rules_find("distanskontakt/1")));
	assert_false(rules_judges(rules_find("kontakt/1")));
}

static void the_table_is_found_by_id_and_by_place(void **state)
{
	(void)state;
	const struct rule *rule;
	size_t count = 0;
	for (; (rule = rules_at(count)) != NULL; count++) {
		assert_ptr_equal(rules_find(rule->id), rule);
		assert_int_equal(rules_index(rule), count);
	}
	assert_int_equal(count, 4);
	assert_null(rules_find("distanskontakt/2"));
	assert_null(rules_find("distanskontakt"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_qualified_remote_contact_counts_and_a_visit_does_not),
		cmocka_unit_test(each_condition_excludes_by_itself),
		cmocka_unit_test(every_rule_counts_sources_in_use_alone),
		cmocka_unit_test(what_no_row_decides_on_is_told_apart),
		cmocka_unit_test(a_share_weighs_its_part_out_of_part_and_rest),
		cmocka_unit_test(a_contact_falls_at_the_first_step_that_does_not_hold),
		cmocka_unit_test(an_assumption_is_seen_where_the_rule_tests_it),
		cmocka_unit_test(the_table_is_found_by_id_and_by_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
