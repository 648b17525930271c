/* lookup: code tables and joined files. */
#include "tests/unit/collectors/mapping_fixture.h"

#include "collectors/engine/lookup.h"

static const struct csv_dialect comma = {',', '"', CSV_UTF8};
static const char *const columns[] = {"NAMN", "KOD"};

static int load(const char *text, const char *const *column, struct lookup **ret, struct fault *f)
{
	char *path = fixture_file(text);
	int rc = lookup_load(path, comma, "Id", column, 2, ret, f);

	unlink(path);
	free(path);
	return rc;
}

static void finds_exactly(void **state)
{
	struct lookup *l = lookup_new(1);
	const char *const one = "oppen", *const two = "sluten";

	(void)state;
	lookup_add(l, "b", &one);
	lookup_add(l, "a", &two);
	lookup_add(l, "ab", &two);
	assert_null(lookup_sort(l));
	assert_true(span_is(lookup_get(l, span_of("b"), 0), "oppen"));
	assert_true(span_is(lookup_get(l, span_of("ab"), 0), "sluten"));
	assert_null(lookup_get(l, span_of("B"), 0).data);
	assert_null(lookup_get(l, span_of("b "), 0).data);
	assert_null(lookup_get(l, span_of("abc"), 0).data);
	assert_string_equal(lookup_text(l, 2, 0), "oppen");
	assert_null(lookup_text(l, 3, 0));
	lookup_add(l, "b", &two);
	assert_string_equal(lookup_sort(l), "b");
	lookup_free(l);
}

static void gives_what_all_rows_agree_on(void **state)
{
	static const char *const rows[][3] = {{"b", "x", "1"}, {"a", "x", "1"}, {"b", "x", "2"},
					      {"c", "z", "3"}, {"b", "y", "1"}, {"c", "z", "3"}};
	static const char *const expected[][3] = {{"a", "x", "1"}, {"b", "", ""}, {"c", "z", "3"}};
	struct lookup *l = lookup_new(2);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		lookup_add(l, rows[i][0], rows[i] + 1);
	lookup_agree(l);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		for (size_t c = 0; c < 2; c++)
			assert_true(span_is(lookup_get(l, span_of(expected[i][0]), c),
					    expected[i][c + 1]));
	assert_null(lookup_text(l, ARRAY_SIZE(expected), 0));
	lookup_free(l);
	l = lookup_new(0);
	lookup_agree(l);
	lookup_add(l, "a", NULL);
	lookup_agree(l);
	lookup_free(l);
}

static void reads_the_columns_asked_for(void **state)
{
	struct lookup *l = NULL;
	struct fault f = {0};

	(void)state;
	assert_int_equal(load("Id,X,KOD,NAMN\n2,x,k2,n2\n1,x,k1,\n", columns, &l, &f), 0);
	assert_true(span_is(lookup_get(l, span_of("2"), 0), "n2"));
	assert_true(span_is(lookup_get(l, span_of("2"), 1), "k2"));
	assert_true(span_is(lookup_get(l, span_of("1"), 0), ""));
	assert_null(lookup_get(l, span_of("3"), 0).data);
	lookup_free(l);
}

static void refuses_files_that_are_ambiguous(void **state)
{
	static const char *const unknown[] = {"NAMN", "FINNS EJ"};
	struct lookup *l = NULL;
	struct fault f = {0};

	(void)state;
	assert_int_equal(load("Id,KOD,NAMN\n1,a,b\n9,a,b\n1,c,d\n", columns, &l, &f), FAULT_CONFIG);
	assert_non_null(strstr(f.text, ":4:1: the key stands for the second time"));
	assert_int_equal(load("Id,KOD,NAMN\n,a,b\n", columns, &l, &f), FAULT_CONFIG);
	assert_non_null(strstr(f.text, ":2:1: the key is blank"));
	assert_int_equal(load("Id,KOD,NAMN\n", unknown, &l, &f), FAULT_CONFIG);
	assert_non_null(strstr(f.text, ":1:1: no column 'FINNS EJ'"));
	assert_int_equal(load("KOD,NAMN\n", columns, &l, &f), FAULT_CONFIG);
	assert_non_null(strstr(f.text, ":1:1: no column 'Id'"));
	assert_int_equal(lookup_load("/no/such/file", comma, "Id", columns, 2, &l, &f),
			 FAULT_NOINPUT);
	assert_null(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_exactly),
		cmocka_unit_test(gives_what_all_rows_agree_on),
		cmocka_unit_test(reads_the_columns_asked_for),
		cmocka_unit_test(refuses_files_that_are_ambiguous),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
