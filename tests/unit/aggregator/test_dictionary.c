/* dictionary and ledger: texts with numbers and texts with names. */
#include "stream.h"

#include "aggregator/dictionary.h"
#include "aggregator/ledger.h"

static void numbers_follow_the_order_of_coming(void **state)
{
	(void)state;
	struct dictionary d = {.max = 100000, .seed = 1};
	char text[32];

	for (unsigned i = 0; i < 50000; i++) {
		(void)snprintf(text, sizeof(text), "enhet %u", i * 3);
		assert_int_equal(dictionary_find(&d, text), DICTIONARY_NONE);
		assert_int_equal(dictionary_add(&d, text), i);
	}
	for (unsigned i = 0; i < 50000; i++) {
		(void)snprintf(text, sizeof(text), "enhet %u", i * 3);
		assert_int_equal(dictionary_find(&d, text), i);
		assert_string_equal(d.text[i], text);
	}
	assert_int_equal(dictionary_find(&d, "enhet 1"), DICTIONARY_NONE);
	assert_int_equal(dictionary_find(&d, ""), DICTIONARY_NONE);
	dictionary_release(&d);
}

static void alarm_at_three_quarters_and_full_at_the_end(void **state)
{
	(void)state;
	struct dictionary d = {.max = 8, .seed = 1};
	char text[] = "a";

	for (unsigned i = 0; i < 8; i++, text[0]++) {
		assert_int_equal(dictionary_alarm(&d), i >= 6);
		assert_false(dictionary_full(&d));
		(void)dictionary_add(&d, text);
	}
	assert_true(dictionary_alarm(&d));
	assert_true(dictionary_full(&d));
	dictionary_release(&d);
}

static void texts_are_loaded_in_any_order(void **state)
{
	(void)state;
	struct dictionary d = {.max = 10, .seed = 1};

	assert_true(dictionary_put(&d, 2, span_of("c")));
	assert_true(dictionary_put(&d, 0, span_of("a")));
	assert_false(dictionary_complete(&d));
	assert_true(dictionary_put(&d, 1, span_of("b")));
	assert_true(dictionary_complete(&d));
	assert_int_equal(d.settled, 3);
	assert_int_equal(dictionary_find(&d, "c"), 2);
	assert_int_equal(dictionary_add(&d, "d"), 3);
	assert_int_equal(d.settled, 3);
	dictionary_release(&d);
}

static void a_damaged_dictionary_is_not_loaded(void **state)
{
	(void)state;
	struct dictionary d = {.max = 3, .seed = 1};

	assert_true(dictionary_put(&d, 0, span_of("a")));
	assert_false(dictionary_put(&d, 3, span_of("too much")));
	assert_false(dictionary_put(&d, 0, span_of("b")));
	assert_false(dictionary_put(&d, 1, span_of("a")));
	assert_false(dictionary_put(&d, 2, (struct span){"x\0y", 3}));
	dictionary_release(&d);
}

static void a_ledger_keeps_the_last_text_of_a_field(void **state)
{
	(void)state;
	struct ledger l = {.seed = 4};

	assert_null(ledger_get(&l, "lev.1"));
	ledger_set(&l, "lev.1", "one");
	ledger_set(&l, "lev.2", "two");
	ledger_settle(&l);
	assert_false(l.touched || l.entry[0].touched || l.entry[1].touched);
	ledger_set(&l, "lev.1", "three");
	assert_true(l.touched && l.entry[0].touched && !l.entry[1].touched);
	assert_string_equal(ledger_get(&l, "lev.1"), "three");
	assert_string_equal(ledger_get(&l, "lev.2"), "two");
	assert_int_equal(l.count, 2);
	ledger_release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_follow_the_order_of_coming),
		cmocka_unit_test(alarm_at_three_quarters_and_full_at_the_end),
		cmocka_unit_test(texts_are_loaded_in_any_order),
		cmocka_unit_test(a_damaged_dictionary_is_not_loaded),
		cmocka_unit_test(a_ledger_keeps_the_last_text_of_a_field),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
