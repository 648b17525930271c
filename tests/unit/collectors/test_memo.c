/* memo: what is remembered of a text is what was said of it last, and of no other text. */
#include "tests/unit/collectors/mapping_fixture.h"

#include "collectors/engine/memo.h"

static void remembers_the_last_of_each_place(void **state)
{
	struct memo *m = memo_new();
	char text[8];
	uint8_t code;
	unsigned known = 0;

	(void)state;
	for (unsigned n = 0; n < 1000; n++) {
		(void)snprintf(text, sizeof(text), "%u", n);
		assert_false(memo_get(m, span_of(text), &code));
		memo_put(m, span_of(text), (uint8_t)n);
		assert_true(memo_get(m, span_of(text), &code));
		assert_int_equal(code, (uint8_t)n);
	}
	for (unsigned n = 0; n < 1000; n++) {
		(void)snprintf(text, sizeof(text), "%u", n);
		if (!memo_get(m, span_of(text), &code))
			continue;
		assert_int_equal(code, (uint8_t)n);
		known++;
	}
	assert_in_range(known, 32, 64);
	memo_free(m);
	memo_free(NULL);
}

static void texts_are_whole(void **state)
{
	static const char sixteen[] = "0123456789abcdef", more[] = "0123456789abcdefg";
	struct memo *m = memo_new();
	uint8_t code;

	(void)state;
	assert_false(memo_get(m, (struct span){0}, &code));
	memo_put(m, (struct span){0}, 3);
	assert_true(memo_get(m, span_of(""), &code));
	assert_int_equal(code, 3);
	memo_put(m, span_of(sixteen), 5);
	memo_put(m, span_of(more), 7);
	assert_true(memo_get(m, span_of(sixteen), &code));
	assert_int_equal(code, 5);
	assert_false(memo_get(m, span_of(more), &code));
	for (size_t len = 1; len < 16; len++)
		assert_false(memo_get(m, (struct span){sixteen, len}, &code));
	memo_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembers_the_last_of_each_place),
		cmocka_unit_test(texts_are_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
