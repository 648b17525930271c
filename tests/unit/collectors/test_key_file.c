/*
 * The key file: 64 hex digits, a mode that keeps others out, and faults that say how to mend it.
 */
#include "tests/unit/collectors/folder.h"

#include "collectors/engine/key_file.h"

static void key_is(const char *text, mode_t mode, int expected, const char *part)
{
	uint8_t key[KEY_FILE_BYTES] = {0};
	struct fault f = {0};
	const char *path = folder_write("key", text);

	assert_int_equal(chmod(path, mode), 0);
	assert_int_equal(key_file_read(path, key, &f), expected);
	if (strstr(f.text, part) == NULL)
		fail_msg("'%s' is not in '%s'", part, f.text);
	if (expected == 0)
		assert_int_equal(key[31], 0xfe);
}

#define KEY "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEfe"

static void a_key_is_64_hex_digits_that_nobody_else_may_read(void **state)
{
	uint8_t key[KEY_FILE_BYTES];
	struct fault f;

	(void)state;
	key_is(KEY, 0600, 0, "");
	key_is(KEY "\n", 0400, 0, "");
	key_is(KEY "\r\n", 0600, 0, "");
	key_is(KEY "\n", 0640, FAULT_CONFIG, "chmod 600");
	key_is(KEY "\n", 0604, FAULT_CONFIG, "chmod 600");
	key_is(KEY "0\n", 0600, FAULT_CONFIG, "64 hex digits");
	key_is(KEY "\n\n", 0600, FAULT_CONFIG, "not one line");
	key_is("", 0600, FAULT_CONFIG, "not one line");
	key_is("zz112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEfe", 0600,
	       FAULT_CONFIG, "64 hex");
	assert_int_equal(key_file_read(folder, key, &f), FAULT_CONFIG);
	assert_int_equal(key_file_read(folder_path("none"), key, &f), FAULT_CONFIG);
	assert_non_null(strstr(f.text, "openssl rand"));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_key_is_64_hex_digits_that_nobody_else_may_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
