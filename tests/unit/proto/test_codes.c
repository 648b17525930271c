#include "kit.h"

#include "proto/codes.h"
#include "proto/reasons.h"

static void numbers_and_names_are_unique(void **state)
{
	(void)state;
	for (unsigned list = 0; list < CODES_LISTS; list++) {
		size_t count;
		const struct code *row = codes_rows((enum codes_list)list, &count);
		assert_true(count > 0);
		for (size_t i = 0; i < count; i++) {
			assert_ptr_equal(codes_by_name((enum codes_list)list, span_of(row[i].name)),
					 row + i);
			assert_ptr_equal(codes_by_number((enum codes_list)list, row[i].number),
					 row + i);
			assert_int_not_equal(row[i].number, 0);
		}
		assert_null(codes_by_number((enum codes_list)list, 0));
		assert_null(codes_by_name((enum codes_list)list, span_of("")));
	}
}

static void numbers_used_in_code_are_those_of_the_table(void **state)
{
	(void)state;
	assert_string_equal(codes_name(CODES_KANAL, KANAL_FYSISK), "fysisk");
	assert_string_equal(codes_name(CODES_STATUS, STATUS_COMPLETED), "avslutad");
	assert_string_equal(codes_name(CODES_STATUS, STATUS_NULLIFIED), "makulerad");
	assert_string_equal(codes_name(CODES_VARDFORM, VARDFORM_SLUTEN), "sluten");
	assert_string_equal(codes_name(CODES_JUDGEMENT, JUDGEMENT_OKANT), "okant");
	assert_string_equal(codes_name(CODES_KON, KON_OKANT), "okant");
	assert_string_equal(codes_name(CODES_VERSION_KIND, VERSION_KIND_CONSTANT), "constant");
	assert_string_equal(codes_name(CODES_OP, OP_RETRACT), "retract");
	assert_string_equal(codes_name(CODES_PHASE, PHASE_QUARANTINED), "quarantined");
	assert_string_equal(codes_name(CODES_KANAL, 0), "");
}

/* nationell_kod/1: phone and letter share 8, so kanal cannot be had back from it. */
static void forms_know_their_kanal_and_national_code(void **state)
{
	(void)state;
	static const struct {
		const char *form, *national;
		unsigned kanal;
	} expect[] = {
		{"telefon", "8", KANAL_TELEFON},
		{"video", "81", KANAL_VIDEO},
		{"brev", "8", KANAL_SKRIFTLIG},
		{"chatt", "82", KANAL_SKRIFTLIG},
		{"mottagning", "0", KANAL_FYSISK},
		{"annan_plats_team", "7", KANAL_FYSISK},
		{"ej_specificerad", "83", KANAL_EJ_SPECIFICERAD},
	};
	for (size_t i = 0; i < ARRAY_SIZE(expect); i++) {
		const struct code *form = codes_by_name(CODES_FORM, span_of(expect[i].form));
		assert_string_equal(form->national, expect[i].national);
		assert_int_equal(form->kanal, expect[i].kanal);
		assert_true(form->number < 64);
	}
	for (unsigned kanal = 1; kanal <= KANAL_FYSISK; kanal++)
		assert_int_equal(codes_by_number(CODES_FORM, codes_form_of_kanal(kanal))->kanal,
				 kanal);
}

static void age_groups_change_at_their_edges(void **state)
{
	(void)state;
	static const struct {
		int age;
		const char *group;
	} expect[] = {
		{-1, "okand"}, {0, "0-17"},   {17, "0-17"},  {18, "18-44"},
		{44, "18-44"}, {45, "45-64"}, {64, "45-64"}, {65, "65-79"},
		{79, "65-79"}, {80, "80+"},   {125, "80+"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(expect); i++)
		assert_string_equal(codes_name(CODES_AGE_GROUP, codes_age_group(expect[i].age)),
				    expect[i].group);
}

static void municipalities_have_an_index_of_nine_bits(void **state)
{
	(void)state;
	unsigned before = 0;
	for (unsigned i = 1; i <= 290; i++) {
		unsigned code = codes_municipality(i);
		assert_true(code > before);
		assert_int_equal(codes_municipality_index(code), i);
		before = code;
	}
	assert_int_equal(codes_municipality_index(0), 0);
	assert_int_equal(codes_municipality_index(1380), codes_municipality_index(1315) + 1);
	assert_int_equal(codes_municipality_index(1379), -1);
	assert_int_equal(codes_municipality_index(9999), -1);
}

static void reasons_go_both_ways(void **state)
{
	(void)state;
	unsigned known = 0;
	for (unsigned r = 1; r < REASONS_END; r++) {
		if (!reason_known(r))
			continue;
		known++;
		assert_int_equal(reason_by_name(span_of(reason_name((enum reason)r))), r);
		assert_true(reason_uses((enum reason)r) != 0);
		assert_true(strlen(reason_text((enum reason)r)) > 5);
	}
	assert_true(known >= 40);
	assert_false(reason_known(0));
	assert_false(reason_known(REASONS_END));
	assert_int_equal(reason_by_name(span_of("NO_SUCH")), REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_names_are_unique),
		cmocka_unit_test(numbers_used_in_code_are_those_of_the_table),
		cmocka_unit_test(forms_know_their_kanal_and_national_code),
		cmocka_unit_test(age_groups_change_at_their_edges),
		cmocka_unit_test(municipalities_have_an_index_of_nine_bits),
		cmocka_unit_test(reasons_go_both_ways),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
