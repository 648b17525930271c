#include "kit.h"

#include "exporters/period.h"

static void every_kind_has_its_months_and_its_text(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *value, *text;
		unsigned from, to;
	} good[] = {
		{"manad", "2020-03", "2020-03", 202003, 202003},
		{"manad", "2020-12", "2020-12", 202012, 202012},
		{"halvar", "2020-1", "2020-H1", 202001, 202006},
		{"halvar", "2020-2", "2020-H2", 202007, 202012},
		{"ar", "2020", "2020", 202001, 202012},
		{"alla", NULL, "alla", 0, UINT32_MAX},
	};
	struct fault f;
	struct period p;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(period_parse(good[i].kind, good[i].value, &p, &f), 0);
		assert_string_equal(p.text, good[i].text);
		assert_int_equal(p.from, good[i].from);
		assert_int_equal(p.to, good[i].to);
	}
}

static void anything_else_is_wrong_use(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *value;
	} bad[] = {
		{"manad", "2020-13"},  {"manad", "2020-00"}, {"manad", "2020-3"},
		{"manad", "20-03"},    {"manad", NULL},      {"manad", "2020-03-01"},
		{"halvar", "2020-0"},  {"halvar", "2020-3"}, {"halvar", "2020-H1"},
		{"halvar", "2020-01"}, {"ar", "2020-1"},     {"ar", "20200"},
		{"ar", "1899"},        {"ar", "2080"},       {"ar", ""},
		{"ar", "+202"},        {"ar", NULL},         {"alla", "2020"},
		{"vecka", "2020-03"},  {"", NULL},
	};
	struct fault f;
	struct period p = {.from = 1};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(period_parse(bad[i].kind, bad[i].value, &p, &f), FAULT_USAGE);
		assert_non_null(strstr(f.text, "halvar 2020-1"));
	}
	assert_int_equal(p.from, 1);
}

static void a_month_is_in_it_or_not(void **state)
{
	(void)state;
	struct fault f;
	struct period p;
	assert_int_equal(period_parse("halvar", "2020-2", &p, &f), 0);
	assert_false(period_has(&p, 202006));
	assert_true(period_has(&p, 202007));
	assert_true(period_has(&p, 202012));
	assert_false(period_has(&p, 202101));
	assert_int_equal(period_parse("alla", NULL, &p, &f), 0);
	assert_true(period_has(&p, 190001));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_its_months_and_its_text),
		cmocka_unit_test(anything_else_is_wrong_use),
		cmocka_unit_test(a_month_is_in_it_or_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
