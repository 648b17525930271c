/*
 * Promises: trailers and sha files that agree, disagree, are missing or are something else (rows 11
 * and 13).
 */
#include "tests/unit/collectors/folder.h"

#include "collectors/engine/promise.h"

#define TRAILER "SUMMA;([0-9]+)"

/* The content of a stream that ends where the input's does. */
static void assert_stream(struct input *in, const char *expected)
{
	char text[256];
	size_t len = fread(text, 1, sizeof(text) - 1, input_rewind(in));

	text[len] = '\0';
	assert_string_equal(text, expected);
}

/* What is blamed of a file of so many records; `rest` is what is read as records. */
static void assert_judged(bool sha256, const char *trailer, const char *content, const char *rest,
			  uint64_t records, const char *where)
{
	struct survey s = {.read = records, .where = ""};
	struct promise *p;
	struct input *in;
	struct fault f;

	assert_int_equal(promise_new(sha256, trailer, &p, &f), 0);
	assert_int_equal(input_open(folder_write("k.csv", content), &in, &f), 0);
	struct promised said = promise_begin(p, in);
	assert_stream(in, rest);
	assert_true(input_end(in, s.sha256));
	promise_judge(p, in, said, &s);
	assert_string_equal(s.where, where);
	assert_int_equal(s.reason, where[0] == '\0' ? REASON_NONE : REASON_CONTROL_TOTAL);
	/* The digest is of the whole file, trailer and all. */
	uint8_t whole[DIGEST_BYTES];
	digest_sha256(content, strlen(content), whole);
	assert_memory_equal(s.sha256, whole, sizeof(whole));
	input_close(in);
	promise_free(p);
}

static void d13_a_trailer_is_no_record_and_agrees(void **state)
{
	static const struct {
		const char *content, *rest;
		uint64_t records;
		bool kept;
	} cases[] = {
		{"h\n1\n2\nSUMMA;2\n", "h\n1\n2\n", 2, true},
		{"h\r\n1\r\nSUMMA;1\r\n", "h\r\n1\r\n", 1, true},
		{"h\n1\nSUMMA;1", "h\n1\n", 1, true},
		{"SUMMA;0\n", "", 0, true},
		{"h\n1\n2\nSUMMA;3\n", "h\n1\n2\n", 2, false},
		{"h\n1\n2\n", "h\n1\n2\n", 2, false},
		{"h\n1\nSUMMA;1\n\n", "h\n1\nSUMMA;1\n\n", 2, false},
		{"h\n1\nSUMMA;1;\n", "h\n1\nSUMMA;1;\n", 2, false},
		{"h\n1\nSUMMA;99999999999999999999\n", "h\n1\n", 1, false},
		{"", "", 0, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_judged(false, TRAILER, cases[i].content, cases[i].rest, cases[i].records,
			      cases[i].kept ? "" : "the trailer");
}

static void a_last_line_may_stand_at_the_edge_of_what_is_looked_at(void **state)
{
	(void)state;
	for (size_t len = 4080; len < 4110; len++) {
		struct buf text = {0};
		buf_adds(&text, "h\n");
		while (text.len < len)
			buf_addc(&text, 'x');
		buf_adds(&text, "\nSUMMA;1\n");
		struct input *in;
		struct fault f;
		char line[4096];
		uint64_t offset;
		assert_int_equal(input_open(folder_write("k.csv", text.data), &in, &f), 0);
		assert_true(input_last_line(in, line, sizeof(line), &offset));
		assert_string_equal(line, "SUMMA;1");
		assert_int_equal(offset, len + 1);
		/* A line that does not fit is none. */
		assert_int_equal(input_last_line(in, line, 9, &offset), false);
		assert_int_equal(input_last_line(in, line, 10, &offset), true);
		input_close(in);
		buf_release(&text);
	}
}

static void without_a_promise_the_last_line_is_a_record(void **state)
{
	(void)state;
	assert_judged(false, NULL, "h\n1\nSUMMA;1\n", "h\n1\nSUMMA;1\n", 2, "");
}

static void d13_a_sha_file_must_be_there_and_agree(void **state)
{
	static const char content[] = "h\n1\n";
	uint8_t sha256[DIGEST_BYTES];
	char hex[2 * DIGEST_BYTES + 1], text[128];

	(void)state;
	digest_sha256(content, strlen(content), sha256);
	text_hex(sha256, sizeof(sha256), hex);
	assert_judged(true, NULL, content, content, 1, "the sha256 file");
	folder_write("k.csv.sha256", hex);
	assert_judged(true, NULL, content, content, 1, "");
	(void)snprintf(text, sizeof(text), "%s *k.csv\n", hex);
	folder_write("k.csv.sha256", text);
	assert_judged(true, NULL, content, content, 1, "");
	assert_judged(true, NULL, "h\n2\n", "h\n2\n", 1, "the sha256 file");
	assert_judged(true, TRAILER, content, content, 1, "the trailer");
	text[0] = text[0] == '0' ? '1' : '0';
	folder_write("k.csv.sha256", text);
	assert_judged(true, NULL, content, content, 1, "the sha256 file");
	folder_write("k.csv.sha256", "");
	assert_judged(true, NULL, content, content, 1, "the sha256 file");
}

static void a_pattern_must_have_one_group(void **state)
{
	struct promise *p;
	struct fault f;

	(void)state;
	assert_int_equal(promise_new(false, "SUMMA", &p, &f), FAULT_CONFIG);
	assert_int_equal(promise_new(false, "(SUMMA);([0-9]+)", &p, &f), FAULT_CONFIG);
	assert_int_equal(promise_new(false, "SUMMA;([0-9]+", &p, &f), FAULT_CONFIG);
	assert_int_equal(promise_new(false, "", &p, &f), FAULT_CONFIG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(d13_a_trailer_is_no_record_and_agrees),
		TEST(a_last_line_may_stand_at_the_edge_of_what_is_looked_at),
		TEST(without_a_promise_the_last_line_is_a_record),
		TEST(d13_a_sha_file_must_be_there_and_agree),
		TEST(a_pattern_must_have_one_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
