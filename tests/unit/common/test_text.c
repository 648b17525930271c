/* Strict texts: numbers, UTF-8 by the limits of RFC 3629, Windows-1252, hex, names, groups of three. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/text.h"

#define BYTES(literal) ((struct span){(literal), sizeof(literal) - 1})

static void spans_compare_and_trim(void **state)
{
	(void)state;
	assert_true(span_is(BYTES("abc"), "abc"));
	assert_false(span_is(BYTES("abc"), "ab"));
	assert_false(span_is(BYTES("ab\0c"), "ab"));
	assert_true(span_equal((struct span){NULL, 0}, BYTES("")));
	assert_true(span_is(span_trim(BYTES(" \t x y\t ")), "x y"));
	assert_true(span_is(span_trim(BYTES(" \t ")), ""));
	assert_true(span_is(span_trim(BYTES("\nx\n")), "\nx\n"));
}

static void numbers_are_digits_only(void **state)
{
	static const char *const bad[] = {"", " 1", "1 ", "+1", "-1", "0x1", "1.0", "1e3", "٣"};
	uint64_t n = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(text_u64(span_of(bad[i]), UINT64_MAX, &n));
	assert_int_equal(n, 77);
	assert_true(text_u64(BYTES("0"), 0, &n));
	assert_int_equal(n, 0);
	assert_true(text_u64(BYTES("007"), 7, &n));
	assert_int_equal(n, 7);
}

static void numbers_have_a_maximum(void **state)
{
	uint64_t n = 0;

	(void)state;
	assert_true(text_u64(BYTES("18446744073709551615"), UINT64_MAX, &n));
	assert_true(n == UINT64_MAX);
	assert_false(text_u64(BYTES("18446744073709551616"), UINT64_MAX, &n));
	assert_false(text_u64(BYTES("99999999999999999999999"), UINT64_MAX, &n));
	assert_true(text_u64(BYTES("1024"), 1024, &n));
	assert_false(text_u64(BYTES("1025"), 1024, &n));
	assert_false(text_u64(BYTES("4"), 3, &n));
	assert_false(text_u64(BYTES("10"), 3, &n));
}

static void numbers_are_written_as_they_are_read(void **state)
{
	static const uint64_t number[] = {0, 1, 9, 10, 99, 100, 4711, UINT32_MAX, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(number); i++) {
		char own[TEXT_U64_MAX], expected[24];
		const size_t len = text_put_u64(own, number[i]);

		assert_int_equal(
			snprintf(expected, sizeof(expected), "%llu", (unsigned long long)number[i]),
			len);
		assert_memory_equal(own, expected, len);
	}
}

static void fixed_digits(void **state)
{
	unsigned n = 5;

	(void)state;
	assert_true(text_digits(BYTES("2020-03-29"), 5, 2, &n));
	assert_int_equal(n, 3);
	assert_false(text_digits(BYTES("2020-3-29"), 5, 2, &n));
	assert_false(text_digits(BYTES("2020"), 2, 3, &n));
	assert_false(text_digits(BYTES("2020"), 5, 1, &n));
	assert_int_equal(n, 3);
}

/* Each row: a sequence at the edge of what RFC 3629 allows, and whether it stands inside. */
static void utf8_limits(void **state)
{
	static const struct {
		struct span bytes;
		bool valid;
	} row[] = {
		{{"", 0}, true},
		{{"\x7F", 1}, true},
		{{"\0", 1}, false},
		{{"\x80", 1}, false},
		{{"\xC1\xBF", 2}, false},
		{{"\xC2\x80", 2}, true},
		{{"\xDF\xBF", 2}, true},
		{{"\xC3", 1}, false},
		{{"\xC3\x28", 2}, false},
		{{"\xE0\x9F\xBF", 3}, false},
		{{"\xE0\xA0\x80", 3}, true},
		{{"\xED\x9F\xBF", 3}, true},
		{{"\xED\xA0\x80", 3}, false},
		{{"\xEE\x80\x80", 3}, true},
		{{"\xEF\xBF\xBF", 3}, true},
		{{"\xE2\x82", 2}, false},
		{{"\xE2\x82\x28", 3}, false},
		{{"\xF0\x8F\xBF\xBF", 4}, false},
		{{"\xF0\x90\x80\x80", 4}, true},
		{{"\xF4\x8F\xBF\xBF", 4}, true},
		{{"\xF4\x90\x80\x80", 4}, false},
		{{"\xF1\x80\x80\x28", 4}, false},
		{{"\xF5\x80\x80\x80", 4}, false},
		{{"\xFF", 1}, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(row); i++)
		if (text_utf8_valid(row[i].bytes) != row[i].valid)
			fail_msg("row %zu", i);
	assert_int_equal(text_utf8_prefix(BYTES("åä\xF6x")), 4);
	assert_int_equal(text_utf8_prefix(BYTES("ab\0c")), 2);
}

static void control_characters(void **state)
{
	(void)state;
	assert_false(text_has_control(BYTES("a\tb\r\nåäö €")));
	assert_true(text_has_control(BYTES("a\0b")));
	assert_true(text_has_control(BYTES("\x1b[0m")));
	assert_true(text_has_control(BYTES("\x7f")));
	assert_true(text_has_control(BYTES("\xC2\x85")));
	assert_false(text_has_control(BYTES("\xC2\xA0")));
	assert_int_equal(text_control_prefix(BYTES("ab\x0b")), 2);
}

static void windows_1252(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_adds(&b, "<");
	assert_true(text_from_cp1252(&b, BYTES("R\xE5 \x80 \x9F \xFF \xA0")));
	assert_string_equal(buf_text(&b), "<Rå € Ÿ ÿ \xC2\xA0");
	buf_release(&b);
	for (unsigned c = 0; c < 256; c++) {
		char byte = (char)c;
		bool undefined = c == 0x81 || c == 0x8D || c == 0x8F || c == 0x90 || c == 0x9D;
		buf_reset(&b);
		assert_int_equal(text_from_cp1252(&b, (struct span){&byte, 1}), !undefined);
		assert_int_equal(b.data[b.len], 0);
		assert_true(c == 0 || text_utf8_valid((struct span){b.data, b.len}));
	}
	buf_reset(&b);
	assert_false(text_from_cp1252(&b, BYTES("ab\x81z")));
	assert_string_equal(buf_text(&b), "ab");
	buf_release(&b);
}

static void hex_both_ways(void **state)
{
	const uint8_t bytes[] = {0x00, 0x9A, 0xFF};
	uint8_t back[3];
	char text[7];

	(void)state;
	text_hex(bytes, 3, text);
	assert_string_equal(text, "009aff");
	assert_true(text_unhex(BYTES("009AfF"), back, 3));
	assert_memory_equal(back, bytes, 3);
	assert_false(text_unhex(BYTES("009af"), back, 3));
	assert_false(text_unhex(BYTES("009aff00"), back, 3));
	assert_false(text_unhex(BYTES("009afg"), back, 3));
}

static void names(void **state)
{
	(void)state;
	assert_true(text_is_name(BYTES("synthea-csv_2"), 13));
	assert_false(text_is_name(BYTES("synthea-csv_2"), 12));
	assert_false(text_is_name(BYTES(""), 12));
	assert_false(text_is_name(BYTES("A"), 12));
	assert_false(text_is_name(BYTES("a.b"), 12));
	assert_false(text_is_name(BYTES("å"), 12));
}

static void groups_of_three(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} row[] = {
		{0, "0"},
		{999, "999"},
		{1000, "1 000"},
		{155333, "155 333"},
		{1234567, "1 234 567"},
		{UINT64_MAX, "18 446 744 073 709 551 615"},
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		text_grouped(row[i].n, text);
		assert_string_equal(text, row[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_compare_and_trim),
		cmocka_unit_test(numbers_are_digits_only),
		cmocka_unit_test(numbers_have_a_maximum),
		cmocka_unit_test(numbers_are_written_as_they_are_read),
		cmocka_unit_test(fixed_digits),
		cmocka_unit_test(utf8_limits),
		cmocka_unit_test(control_characters),
		cmocka_unit_test(windows_1252),
		cmocka_unit_test(hex_both_ways),
		cmocka_unit_test(names),
		cmocka_unit_test(groups_of_three),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
