#include "kit.h"

#include "exporters/rules.h"

static bool counts(const char *id, const struct klass *k, unsigned kanal)
{
	return rules_weigh(rules_find(id), k, kanal).n;
}

static void a_qualified_remote_contact_counts_and_a_visit_does_not(void **state)
{
	(void)state;
	struct klass k = kit_contact().klass;
	for (unsigned kanal = KANAL_TELEFON; kanal <= KANAL_FYSISK; kanal++) {
		bool remote = kanal != KANAL_FYSISK;
		assert_true(counts("kontakt/1", &k, kanal));
		assert_int_equal(counts("distanskontakt/1", &k, kanal), remote);
		assert_int_equal(counts("besok/1", &k, kanal), !remote);
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
		struct klass k = kit_contact().klass;
		*((uint8_t *)&k + change[i].member) = change[i].code;
		assert_int_equal(counts("kontakt/1", &k, KANAL_VIDEO), change[i].kontakt);
		assert_int_equal(counts("distanskontakt/1", &k, KANAL_VIDEO), change[i].distans);
		assert_int_equal(counts("besok/1", &k, KANAL_FYSISK), change[i].besok);
	}
}

static void a_share_weighs_its_part_out_of_part_and_rest(void **state)
{
	(void)state;
	const struct rule *share = rules_find("andel_distans/1");
	struct klass k = kit_contact().klass;
	struct rules_weight w = rules_weigh(share, &k, KANAL_TELEFON);
	assert_true(w.n && w.of);
	w = rules_weigh(share, &k, KANAL_FYSISK);
	assert_true(!w.n && w.of);
	k.qualified = JUDGEMENT_NEJ;
	w = rules_weigh(share, &k, KANAL_TELEFON);
	assert_true(!w.n && !w.of);
}

static void a_contact_falls_at_the_first_step_that_does_not_hold(void **state)
{
	(void)state;
	const struct rule *rule = rules_find("distanskontakt/1");
	struct klass k = kit_contact().klass;
	static const char *const label[] = {
		"ej avslutad",       "test",          "sluten vård", "fysisk", "ej kvalificerad",
		"ersätter ej besök", "ej journalförd"};
	for (size_t i = 0; i < ARRAY_SIZE(label); i++)
		assert_string_equal(rule->step[i]->sv, label[i]);
	assert_int_equal(rules_fall(rule, &k, KANAL_TELEFON), 7);
	k.documented = JUDGEMENT_NEJ;
	assert_int_equal(rules_fall(rule, &k, KANAL_TELEFON), 6);
	assert_int_equal(rules_fall(rule, &k, KANAL_FYSISK), 3);
	k.status = 7;
	assert_int_equal(rules_fall(rule, &k, KANAL_FYSISK), 0);
}

static void an_assumption_is_seen_where_the_rule_tests_it(void **state)
{
	(void)state;
	struct klass k = kit_contact().klass;
	assert_false(rules_assumed(rules_find("distanskontakt/1"), &k));
	k.documented = JUDGEMENT_ANTAGET;
	assert_true(rules_assumed(rules_find("distanskontakt/1"), &k));
	assert_false(rules_assumed(rules_find("besok/1"), &k));
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
		cmocka_unit_test(a_share_weighs_its_part_out_of_part_and_rest),
		cmocka_unit_test(a_contact_falls_at_the_first_step_that_does_not_hold),
		cmocka_unit_test(an_assumption_is_seen_where_the_rule_tests_it),
		cmocka_unit_test(the_table_is_found_by_id_and_by_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
