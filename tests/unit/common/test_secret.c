/*
 * A secret is the one line of a file that nobody else may read; whatever else the file is or holds is
 * refused, without a byte of it in the fault.
 */
#include "tests/unit/collectors/folder.h"

#include "common/secret.h"

static char line[SECRET_MAX + 1];

static int read_n(const void *text, size_t len, mode_t mode, enum secret_kind kind, struct fault *f)
{
	const char *path = folder_write_n("hemlig", text, len);

	assert_int_equal(chmod(path, mode), 0);
	return secret_line(path, kind, line, f);
}

/* As an orchestrator mounts a secret: root's, for a group that the process is in. */
static void the_group_of_a_file_of_roots_may_read(void **state)
{
	static const struct {
		uid_t owner, self;
		mode_t mode;
		bool closed;
	} row[] = {
		{0, 1000, 0440, true},     {0, 1000, 0640, true},     {0, 1000, 0400, true},
		{0, 1000, 0460, false},    {0, 1000, 0450, false},    {0, 1000, 0444, false},
		{0, 0, 0440, false},       {1000, 1000, 0440, false}, {1000, 1000, 0600, true},
		{1001, 1000, 0440, false}, {1000, 1000, 0604, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		const struct stat st = {.st_uid = row[i].owner, .st_mode = S_IFREG | row[i].mode};

		assert_int_equal(secret_closed(&st, row[i].self), row[i].closed);
	}
}

static void a_line_has_one_end_or_none(void **state)
{
	static const char *const text[] = {"två ord", "två ord\n", "två ord\r\n"};
	struct fault f = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
		assert_int_equal(read_n(text[i], strlen(text[i]), 0400, SECRET_CLOSED, &f), 0);
		assert_string_equal(line, "två ord");
	}
}

static void only_its_owner_may_touch_the_file(void **state)
{
	static const mode_t mode[] = {0604, 0640, 0602, 0620, 0601};
	struct fault f = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mode); i++) {
		assert_int_equal(read_n("abc\n", 4, mode[i], SECRET_CLOSED, &f), FAULT_CONFIG);
		assert_non_null(strstr(f.text, "chmod 600"));
		assert_int_equal(read_n("abc\n", 4, mode[i], SECRET_OPEN, &f), 0);
	}
}

static void other_contents_are_refused_and_not_told(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} wrong[] = {{"", 0},           {"\n", 1},       {"\r\n", 2},    {"abc\n\n", 5},
		     {"abc\ndef\n", 8}, {"abc\rdef", 7}, {"abc\0def", 7}};
	struct fault f = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(read_n(wrong[i].text, wrong[i].len, 0600, SECRET_CLOSED, &f),
				 FAULT_CONFIG);
		assert_non_null(strstr(f.text, "not one line"));
		assert_null(strstr(f.text, "abc"));
	}
}

static void a_line_has_a_longest_length(void **state)
{
	static char text[SECRET_MAX + 8];
	struct fault f = {0};

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(read_n(text, SECRET_MAX, 0600, SECRET_CLOSED, &f), 0);
	assert_int_equal(strlen(line), SECRET_MAX);
	assert_int_equal(read_n(text, SECRET_MAX + 1, 0600, SECRET_CLOSED, &f), FAULT_CONFIG);
	text[SECRET_MAX] = '\r';
	text[SECRET_MAX + 1] = '\n';
	assert_int_equal(read_n(text, SECRET_MAX + 2, 0600, SECRET_CLOSED, &f), 0);
	assert_int_equal(read_n(text, SECRET_MAX + 3, 0600, SECRET_CLOSED, &f), FAULT_CONFIG);
}

static void what_is_no_file_is_refused_at_once(void **state)
{
	struct fault f = {0};

	(void)state;
	assert_int_equal(secret_line(folder_path("ingen"), SECRET_CLOSED, line, &f), FAULT_CONFIG);
	assert_int_equal(secret_line(folder, SECRET_OPEN, line, &f), FAULT_CONFIG);
	assert_int_equal(mkfifo(folder_path("rör"), 0600), 0);
	assert_int_equal(secret_line(folder_path("rör"), SECRET_CLOSED, line, &f), FAULT_CONFIG);
}

static void a_key_is_64_hex_digits(void **state)
{
	static const char digits[] =
		"00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEfe\n";
	uint8_t key[SECRET_KEY_BYTES] = {0};
	struct fault f = {0};

	(void)state;
	assert_int_equal(secret_key(folder_write("nyckel", digits), SECRET_OPEN, key, &f), 0);
	assert_int_equal(key[1], 0x11);
	assert_int_equal(key[31], 0xfe);
	assert_int_equal(secret_key(folder_write("nyckel", digits + 1), SECRET_OPEN, key, &f),
			 FAULT_CONFIG);
	assert_non_null(strstr(f.text, "64 hex digits"));
	assert_null(strstr(f.text, "112233"));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_group_of_a_file_of_roots_may_read),
		IN_FOLDER(a_line_has_one_end_or_none),
		IN_FOLDER(only_its_owner_may_touch_the_file),
		IN_FOLDER(other_contents_are_refused_and_not_told),
		IN_FOLDER(a_line_has_a_longest_length),
		IN_FOLDER(what_is_no_file_is_refused_at_once),
		IN_FOLDER(a_key_is_64_hex_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
