/* Only who is second hears of another collector: a lock that the system refuses is told as what it is. */
#include "tests/unit/collectors/folder.h"

#include "collectors/engine/lock.h"

static void one_has_it(void **state)
{
	struct fault f;
	int first = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int second = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(lock_take(first, "x", "somebody else has it", &f), 0);
	assert_int_equal(lock_take(second, "x", "somebody else has it", &f), FAULT_UNAVAILABLE);
	assert_string_equal(f.text, "x: somebody else has it");
	(void)close(first);
	assert_int_equal(lock_take(second, "x", "somebody else has it", &f), 0);
	(void)close(second);
}

static void what_cannot_be_locked_is_told_with_the_reason(void **state)
{
	struct fault f;
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC); /* which knows no locks */

	(void)state;
	assert_int_equal(lock_take(fd, "x", "somebody else has it", &f), FAULT_CONFIG);
	assert_string_equal(f.text, "cannot lock x: Bad file descriptor");
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_has_it, folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(what_cannot_be_locked_is_told_with_the_reason,
						folder_make, folder_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
