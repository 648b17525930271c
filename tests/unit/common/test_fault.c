/* Faults: kinds and exit statuses, texts that stay one valid line, arguments inside the fault itself. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/fault.h"
#include "common/text.h"

static void kinds_have_a_status_and_a_name(void **state)
{
	(void)state;
	assert_int_equal(fault_exit(0), 0);
	assert_string_equal(fault_name(0), "OK");
	assert_int_equal(fault_exit(FAULT_USAGE), 64);
	assert_int_equal(fault_exit(FAULT_INPUT), 65);
	assert_int_equal(fault_exit(FAULT_STATE), 65);
	assert_int_equal(fault_exit(FAULT_NOINPUT), 66);
	assert_int_equal(fault_exit(FAULT_UNAVAILABLE), 69);
	assert_int_equal(fault_exit(FAULT_IO), 74);
	assert_int_equal(fault_exit(FAULT_FENCED), 75);
	assert_int_equal(fault_exit(FAULT_CONFIG), 78);
	assert_string_equal(fault_name(FAULT_CONFIG), "CONFIG");
	assert_true(FAULT_CONFIG < 0);
}

static void unknown_kinds_are_errors_of_the_program(void **state)
{
	(void)state;
	assert_int_equal(fault_exit(17), 70);
	assert_int_equal(fault_exit(-1000), 70);
	assert_string_equal(fault_name(INT32_MIN), "SOFTWARE");
}

static void set_returns_the_kind(void **state)
{
	struct fault f = {0};

	(void)state;
	assert_int_equal(fault_set(&f, FAULT_INPUT, "%s:%d: %s", "a.csv", 7, "bad"), FAULT_INPUT);
	assert_int_equal(f.kind, FAULT_INPUT);
	assert_string_equal(f.text, "a.csv:7: bad");
}

static void errno_is_appended(void **state)
{
	struct fault f = {0};

	(void)state;
	errno = ENOENT;
	assert_int_equal(fault_errno(&f, FAULT_NOINPUT, "cannot open %s", "x"), FAULT_NOINPUT);
	assert_string_equal(f.text, "cannot open x: No such file or directory");
}

static void context_is_put_before(void **state)
{
	struct fault f = {0};

	(void)state;
	fault_set(&f, FAULT_IO, "disk full");
	assert_int_equal(fault_prefix(&f, "partition %d", 3), FAULT_IO);
	assert_string_equal(f.text, "partition 3: disk full");
}

static void arguments_may_lie_in_the_fault(void **state)
{
	struct fault f = {0};

	(void)state;
	fault_set(&f, FAULT_IO, "inner");
	fault_set(&f, FAULT_STATE, "outer, because of %s", f.text);
	assert_string_equal(f.text, "outer, because of inner");
}

static void text_is_one_line(void **state)
{
	struct fault f = {0};

	(void)state;
	fault_set(&f, FAULT_UNAVAILABLE, "first\nsecond\x1b[31m\tthird\n");
	assert_string_equal(f.text, "first second [31m third");
}

/* å is two bytes; wherever the cut falls it must not fall into one. */
static void long_text_ends_between_characters(void **state)
{
	char text[2001] = "";
	struct fault f = {0};

	(void)state;
	for (int shift = 0; shift < 2; shift++) {
		memset(text, 'x', (size_t)shift);
		for (size_t i = (size_t)shift; i + 2 < sizeof(text); i += 2)
			memcpy(text + i, "å", 3);
		fault_set(&f, FAULT_INPUT, "%s", text);
		assert_true(strlen(f.text) > sizeof(f.text) - 4);
		assert_true(text_utf8_valid(span_of(f.text)));
		fault_prefix(&f, "%s", text);
		assert_true(text_utf8_valid(span_of(f.text)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_have_a_status_and_a_name),
		cmocka_unit_test(unknown_kinds_are_errors_of_the_program),
		cmocka_unit_test(set_returns_the_kind),
		cmocka_unit_test(errno_is_appended),
		cmocka_unit_test(context_is_put_before),
		cmocka_unit_test(arguments_may_lie_in_the_fault),
		cmocka_unit_test(text_is_one_line),
		cmocka_unit_test(long_text_ends_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
