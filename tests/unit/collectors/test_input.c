/*
 * An input file: the digest of every byte that is read, what is no regular file, and names that may
 * not be shown.
 */
#include "tests/unit/collectors/folder.h"

#include "collectors/engine/input.h"

static struct input *open_it(const char *path)
{
	struct input *in = NULL;
	struct fault f = {0};

	assert_int_equal(input_open(path, &in, &f), 0);
	return in;
}

static void the_digest_is_of_every_byte_however_much_was_read(void **state)
{
	static char text[200000];
	uint8_t expected[DIGEST_BYTES], got[DIGEST_BYTES];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[100000] = '\0';
	digest_sha256(text, sizeof(text), expected);
	struct input *in = open_it(folder_write_n("k.csv", text, sizeof(text)));
	FILE *stream = input_rewind(in);
	assert_int_equal(fgetc(stream), 'x');
	assert_true(input_end(in, got));
	assert_memory_equal(got, expected, sizeof(got));
	(void)input_rewind(in);
	assert_true(input_end(in, got));
	assert_memory_equal(got, expected, sizeof(got));
	digest_sha256(text + 99990, 20, expected);
	input_digest_at(in, 99990, 20, got);
	assert_memory_equal(got, expected, sizeof(got));
	folder_write("k.csv", "changed");
	(void)input_rewind(in);
	assert_true(input_end(in, got));
	digest_sha256("changed", 7, expected);
	assert_memory_equal(got, expected, sizeof(got));
	input_close(in);
}

static bool same(struct input *in)
{
	(void)input_again(in);
	return input_same(in);
}

static void another_reading_sees_whether_the_bytes_are_the_same(void **state)
{
	uint8_t got[DIGEST_BYTES];

	(void)state;
	struct input *in = open_it(folder_write("k.csv", "a;b\nc;d\n"));
	(void)input_rewind(in);
	assert_true(input_end(in, got));
	assert_true(same(in));
	folder_write("k.csv", "a;b\nc;e\n");
	assert_false(same(in));
	folder_write("k.csv", "a;b\nc;d\ne");
	assert_false(same(in));
	folder_write("k.csv", "a;b\nc;d");
	assert_false(same(in));
	folder_write("k.csv", "a;b\nc;d\n");
	assert_true(same(in));
	input_close(in);
}

static void a_read_error_is_seen(void **state)
{
	uint8_t got[DIGEST_BYTES];

	(void)state;
	/* A regular file whose first page cannot be read. */
	struct input *in = open_it("/proc/self/mem");
	(void)input_rewind(in);
	assert_false(input_end(in, got));
	input_close(in);
}

static void only_regular_files_are_read(void **state)
{
	struct input *in = NULL;
	struct fault f;

	(void)state;
	assert_int_equal(mkfifo(folder_path("fifo"), 0600), 0);
	assert_int_equal(input_open(folder_path("fifo"), &in, &f), FAULT_NOINPUT);
	assert_int_equal(input_open(folder, &in, &f), FAULT_NOINPUT);
	assert_int_equal(input_open(folder_path("none"), &in, &f), FAULT_NOINPUT);
	assert_null(in);
}

/* Row 35. */
static void a_personnummer_in_a_name_is_withheld(void **state)
{
	struct input *in = NULL;
	struct fault f;

	(void)state;
	assert_int_equal(input_open(folder_path("19121212-1212.csv"), &in, &f), FAULT_NOINPUT);
	assert_null(strstr(f.text, "1212"));
	in = open_it(folder_write("patient 19121212-1212.csv", ""));
	assert_true(in->name_leaks);
	assert_null(strstr(in->path, "1212"));
	assert_null(strstr(in->name, "1212"));
	assert_null(strstr(in->absolute, "1212"));
	assert_string_equal(in->raw_name, "patient 19121212-1212.csv");
	input_close(in);
	in = open_it(folder_write("a\tb\xE5"
				  "c\xC3\xA5.csv",
				  ""));
	assert_false(in->name_leaks);
	assert_string_equal(in->name, "(name withheld)");
	input_close(in);
	in = open_it(folder_write("k.csv", ""));
	assert_string_equal(in->absolute, folder_path("k.csv"));
	input_close(in);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(the_digest_is_of_every_byte_however_much_was_read),
		IN_FOLDER(another_reading_sees_whether_the_bytes_are_the_same),
		IN_FOLDER(a_read_error_is_seen),
		IN_FOLDER(only_regular_files_are_read),
		IN_FOLDER(a_personnummer_in_a_name_is_withheld),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
