/* Atomic files: whole or not at all, mode, no left-overs. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/atomic_file.h"
#include "common/buf.h"

static char folder[] = "/tmp/test_atomic_file.XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static unsigned files_here(void)
{
	DIR *dir = opendir(".");
	unsigned count = 0;

	assert_non_null(dir);
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	(void)closedir(dir);
	return count;
}

static void assert_content(const char *path, const char *text)
{
	struct buf content = {0};
	struct fault f = {0};

	assert_int_equal(buf_read_file(&content, path, 1000, &f), 0);
	assert_string_equal(buf_text(&content), text);
	buf_release(&content);
}

static void appears_at_the_commit(void **state)
{
	struct atomic_file a = {0};
	struct fault f = {0};
	struct stat st;

	(void)state;
	assert_int_equal(atomic_file_open("figures", 0640, &a, &f), 0);
	assert_true(fputs("155333\n", a.file) >= 0);
	assert_int_not_equal(access("figures", F_OK), 0);
	assert_int_equal(atomic_file_commit(&a, &f), 0);
	assert_null(a.file);
	assert_content("figures", "155333\n");
	assert_int_equal(stat("figures", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(files_here(), 1);
	assert_int_equal(unlink("figures"), 0);
}

static void abort_leaves_the_old_one(void **state)
{
	struct atomic_file a = {0};
	struct fault f = {0};

	(void)state;
	assert_int_equal(atomic_file_write("figures", 0644, "old", 3, &f), 0);
	assert_int_equal(atomic_file_open("./figures", 0644, &a, &f), 0);
	assert_true(fputs("new", a.file) >= 0);
	assert_int_equal(fflush(a.file), 0);
	assert_int_equal(files_here(), 2);
	atomic_file_abort(&a);
	atomic_file_abort(&a);
	assert_int_equal(files_here(), 1);
	assert_content("figures", "old");
	assert_int_equal(unlink("figures"), 0);
}

/* A full disk: /dev/full behind the stream. */
static void failed_writes_leave_the_old_one(void **state)
{
	struct atomic_file a = {0};
	struct fault f = {0};

	(void)state;
	assert_int_equal(atomic_file_write("figures", 0644, "old", 3, &f), 0);
	assert_int_equal(atomic_file_open("figures", 0644, &a, &f), 0);
	assert_int_equal(fclose(a.file), 0);
	a.file = fopen("/dev/full", "w");
	assert_non_null(a.file);
	assert_true(fputs("new", a.file) >= 0);
	assert_int_equal(atomic_file_commit(&a, &f), FAULT_IO);
	assert_non_null(strstr(f.text, "figures"));
	assert_int_equal(files_here(), 1);
	assert_content("figures", "old");
	assert_int_equal(unlink("figures"), 0);
}

/* A write that failed in the midst, though the last flush succeeds: a limit on the size of files. */
static void an_early_failure_is_remembered(void **state)
{
	struct atomic_file a = {0};
	struct fault f = {0};
	struct rlimit old, small;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 4;
	assert_int_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	assert_int_equal(atomic_file_open("figures", 0644, &a, &f), 0);
	assert_int_equal(setvbuf(a.file, NULL, _IONBF, 0), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	size_t written = fwrite("155333\n", 1, 7, a.file);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(written, 4);
	assert_int_equal(atomic_file_commit(&a, &f), FAULT_IO);
	assert_int_equal(files_here(), 0);
}

static void a_folder_that_is_not_there_is_a_fault(void **state)
{
	struct fault f = {0};

	(void)state;
	assert_int_equal(atomic_file_write("nowhere/figures", 0644, "x", 1, &f), FAULT_IO);
	assert_non_null(strstr(f.text, "nowhere/figures"));
}

static void a_folder_is_not_replaced(void **state)
{
	struct fault f = {0};

	(void)state;
	assert_int_equal(mkdir("figures", 0755), 0);
	assert_int_equal(atomic_file_write("figures", 0644, "x", 1, &f), FAULT_IO);
	assert_int_equal(files_here(), 1);
	assert_int_equal(rmdir("figures"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appears_at_the_commit),
		cmocka_unit_test(abort_leaves_the_old_one),
		cmocka_unit_test(failed_writes_leave_the_old_one),
		cmocka_unit_test(an_early_failure_is_remembered),
		cmocka_unit_test(a_folder_that_is_not_there_is_a_fault),
		cmocka_unit_test(a_folder_is_not_replaced),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
