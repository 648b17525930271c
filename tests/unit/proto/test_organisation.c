#include "kit.h"

#include "../dated_kit.h"
#include "common/civil.h"
#include "proto/organisation.h"

#define HEADER KIT_ORGANISATION

static const char *forvaltning(const struct dated *o, const char *unit, unsigned yyyymm)
{
	const struct dated_row *row = dated_find(o, unit, yyyymm);
	return row ? row->cell[ORGANISATION_FORVALTNING] : "";
}

static void a_unit_moves_on_the_first_of_a_month(void **state)
{
	(void)state;
	struct dated *o;
	struct fault f;
	/* A byte order mark, columns in another order, and rows out of order are all fine. */
	assert_int_equal(kit_load("\xEF\xBB\xBF"
				  "forvaltning;enhet;namn;agarform;vardniva;fran;till\n"
				  "PSY;HS1;Mottagning;region;specialiserad;2020-07-01;\n"
				  "NSV;VC2;Vårdcentral;privat;primarvard;2019-01-01;2020-04-01\n"
				  "HS;HS1;Mottagning;region;specialiserad;1900-01-01;2020-07-01\n",
				  &organisation_shape, &o, &f),
			 0);
	assert_string_equal(forvaltning(o, "HS1", 196801), "HS");
	assert_string_equal(forvaltning(o, "HS1", 202006), "HS");
	assert_string_equal(forvaltning(o, "HS1", 202007), "PSY");
	assert_string_equal(forvaltning(o, "HS1", 207906), "PSY");
	assert_string_equal(forvaltning(o, "VC2", 201812), "");
	assert_string_equal(forvaltning(o, "VC2", 202003), "NSV");
	assert_string_equal(forvaltning(o, "VC2", 202004), "");
	assert_string_equal(forvaltning(o, "VC", 202003), "");
	assert_string_equal(forvaltning(o, "ZZ9", 202003), "");
	assert_string_equal(dated_find(o, "VC2", 202003)->cell[ORGANISATION_AGARFORM], "privat");
	assert_string_equal(dated_find(o, "VC2", 202003)->cell[ORGANISATION_VARDNIVA],
			    "primarvard");
	assert_null(dated_find(NULL, "HS1", 202003));
	dated_free(o);
}

static void a_table_that_contradicts_itself_is_refused_with_its_lines(void **state)
{
	(void)state;
	static const struct {
		const char *rows, *says;
	} bad[] = {
		{HEADER
		 "U;n;HS;region;primarvard;2020-01-01;\nV;n;HS;region;primarvard;2020-01-01;\n"
		 "U;n;PSY;region;primarvard;2020-07-01;\n",
		 "lines 2 and 4 give one unit two rows for 2020-07"},
		{HEADER "U;n;HS;region;primarvard;2020-01-01;2020-08-01\nU;n;PSY;region;primarvard;"
			"2020-07-01;\n",
		 "2020-07"},
		{HEADER "U;n;HS;region;primarvard;2020-01-02;\n", ":2: fran"},
		{HEADER "U;n;HS;region;primarvard;2020-13-01;\n", ":2: fran"},
		{HEADER "U;n;HS;region;primarvard;;\n", ":2: fran"},
		{HEADER "U;n;HS;region;primarvard;2020-01-01;2020-07-31\n", ":2: till"},
		{HEADER "U;n;HS;region;primarvard;2020-01-01;2020-01-01\n", ":2: till"},
		{HEADER "U;n;HS;landsting;primarvard;2020-01-01;\n", ":2: agarform"},
		{HEADER "U;n;HS;;primarvard;2020-01-01;\n", ":2: agarform"},
		{HEADER "U;n;HS;region;akut;2020-01-01;\n", ":2: vardniva"},
		{HEADER ";n;HS;region;primarvard;2020-01-01;\n", ":2: enhet"},
		{HEADER "U;n;;region;primarvard;2020-01-01;\n", ":2: forvaltning"},
		{HEADER "U;n;HS;region;primarvard;2020-01-01\n", ":2:"},
		{"enhet;namn;forvaltning;agarform;vardniva;fran\n", "till"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct dated *o = NULL;
		struct fault f = {0};
		assert_int_equal(kit_load(bad[i].rows, &organisation_shape, &o, &f), FAULT_CONFIG);
		if (!strstr(f.text, bad[i].says))
			fail_msg("case %zu: %s", i, f.text);
		assert_null(o);
	}
}

static void a_table_that_is_not_there_is_no_input(void **state)
{
	(void)state;
	struct dated *o = NULL;
	struct fault f;
	assert_int_equal(dated_load("/nonexistent/org.csv", &organisation_shape, &o, &f),
			 FAULT_NOINPUT);
}

#define TABLE                                                         \
	HEADER "E1;n;HS;region;specialiserad;2020-01-01;2020-07-01\n" \
	       "E1;n;NSV;region;specialiserad;2020-07-01;\n"

static void a_source_contradicts_the_table_of_its_month(void **state)
{
	static const struct {
		const char *unit, *stated;
		int month;
		bool contradicts;
	} cases[] = {
		{"E1", "HS", 6, false},  {"E1", "NSV", 6, true}, {"E1", "HS", 7, true},
		{"E1", "NSV", 7, false}, {"E1", "", 7, false},   {"E2", "HS", 7, false},
		{"", "HS", 7, false},
	};
	struct dated *d = kit_table(TABLE, &organisation_shape);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct contact c = {.day = civil_to_day(2020, cases[i].month, 1)};
		(void)snprintf(c.unit, sizeof(c.unit), "%s", cases[i].unit);
		(void)snprintf(c.forvaltning, sizeof(c.forvaltning), "%s", cases[i].stated);
		assert_int_equal(organisation_contradicts(d, &c), cases[i].contradicts);
		assert_false(organisation_contradicts(NULL, &c));
	}
	dated_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_contradicts_the_table_of_its_month),
		cmocka_unit_test(a_unit_moves_on_the_first_of_a_month),
		cmocka_unit_test(a_table_that_contradicts_itself_is_refused_with_its_lines),
		cmocka_unit_test(a_table_that_is_not_there_is_no_input),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
