/* Buffers: the NUL at the end, growth, NUL bytes inside, files up to a limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/fault.h"

static void empty_buffer_is_an_empty_text(void **state)
{
	struct buf b = {0};

	(void)state;
	assert_string_equal(buf_text(&b), "");
	buf_reset(&b);
	char *text = buf_detach(&b);
	assert_string_equal(text, "");
	free(text);
	buf_release(&b);
}

static void grows_and_stays_terminated(void **state)
{
	struct buf b = {0};

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		buf_addc(&b, (char)('a' + i % 26));
		assert_true(b.len < b.cap);
		assert_int_equal(b.data[b.len], 0);
	}
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	buf_release(&b);
	assert_null(b.data);
}

static void formats_append(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_adds(&b, "n=");
	buf_addf(&b, "%d,%s", 42, "x");
	buf_addf(&b, "%300d", 1);
	assert_int_equal(b.len, 2 + 4 + 300);
	assert_memory_equal(b.data, "n=42,x ", 7);
	assert_int_equal(b.data[b.len - 1], '1');
	buf_release(&b);
}

static void holds_any_bytes(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_add(&b, "a\0b", 3);
	buf_add(&b, NULL, 0);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b", 4);
	buf_reset(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(buf_text(&b), "");
	buf_release(&b);
}

static void room_is_behind_the_text(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_adds(&b, "abc");
	char *to = buf_room(&b, 1000);
	assert_ptr_equal(to, b.data + 3);
	assert_int_equal(b.len, 3);
	assert_true(b.cap > 1003);
	buf_release(&b);
}

static void detached_text_is_the_callers(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_adds(&b, "mine");
	char *text = buf_detach(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	buf_adds(&b, "other");
	assert_string_equal(text, "mine");
	free(text);
	buf_release(&b);
}

static void file_is_appended_up_to_a_limit(void **state)
{
	char path[] = "/tmp/test_buf.XXXXXX";
	struct fault f = {0};
	struct buf b = {0};

	(void)state;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	char bytes[200000];
	memset(bytes, 'z', sizeof(bytes));
	assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	close(fd);

	buf_adds(&b, "before");
	assert_int_equal(buf_read_file(&b, path, sizeof(bytes), &f), 0);
	assert_int_equal(b.len, 6 + sizeof(bytes));
	assert_int_equal(b.data[b.len], 0);
	buf_reset(&b);
	buf_adds(&b, "before");
	assert_int_equal(buf_read_file(&b, path, sizeof(bytes) - 1, &f), FAULT_INPUT);
	assert_string_equal(buf_text(&b), "before");
	assert_non_null(strstr(f.text, "199999"));
	buf_release(&b);
	unlink(path);
}

static void unreadable_file_is_no_input(void **state)
{
	struct fault f = {0};
	struct buf b = {0};

	(void)state;
	assert_int_equal(buf_read_file(&b, "/nonexistent/file", 10, &f), FAULT_NOINPUT);
	assert_string_equal(f.text, "cannot open /nonexistent/file: No such file or directory");
	assert_int_equal(buf_read_file(&b, "/", 10, &f), FAULT_NOINPUT);
	assert_string_equal(f.text, "cannot read /: Is a directory");
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_buffer_is_an_empty_text),
		cmocka_unit_test(grows_and_stays_terminated),
		cmocka_unit_test(formats_append),
		cmocka_unit_test(holds_any_bytes),
		cmocka_unit_test(room_is_behind_the_text),
		cmocka_unit_test(detached_text_is_the_callers),
		cmocka_unit_test(file_is_appended_up_to_a_limit),
		cmocka_unit_test(unreadable_file_is_no_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
