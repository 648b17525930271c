/*
 * A watched folder: what is a finished file, what is never taken, where files go and with what
 * beside them. Time is the monotonic clock: settling takes a fifth of a second, and nothing here
 * depends on how long anything else takes.
 */
#include "tests/unit/collectors/folder.h"

#include <limits.h>

#include "collectors/engine/watch.h"
#include "common/loop.h"

#define SETTLE_MS 200

static const struct span receipt = {"{}\n", 3};

static struct watch *open_watch(struct watch_options o)
{
	struct watch *w;
	struct fault f;

	o.folder = folder;
	assert_int_equal(watch_open(&o, &w, &f), 0);
	return w;
}

/* The name of the next file, "" when there is none. */
static const char *next_name(struct watch *w)
{
	const char *path;
	struct fault f;
	int got = watch_next(w, &path, &f);

	assert_in_range(got, 0, 1);
	if (got == 0)
		return "";
	assert_int_equal(strncmp(path, folder, strlen(folder)), 0);
	return path + strlen(folder) + 1;
}

static void move(struct watch *w, bool taken)
{
	struct fault f = {0};

	assert_int_equal(watch_move(w, taken, receipt, false, &f), 0);
}

static void files_come_in_order_of_names_and_go_with_a_receipt(void **state)
{
	(void)state;
	folder_write("b.csv", "B");
	folder_write("a.csv", "A");
	folder_write("c.csv", "C");
	struct watch *w = open_watch((struct watch_options){.once = true});
	assert_string_equal(next_name(w), "a.csv");
	move(w, true);
	assert_string_equal(next_name(w), "b.csv");
	move(w, false);
	assert_string_equal(next_name(w), "c.csv");
	move(w, true);
	assert_string_equal(next_name(w), "");
	assert_int_equal(watch_unfinished(w), 0);
	watch_free(w);
	assert_file("klart/a.csv", "A");
	assert_file("klart/a.csv.kvitto.json", "{}\n");
	assert_file("fel/b.csv", "B");
	assert_file("fel/b.csv.kvitto.json", "{}\n");
	assert_file("klart/c.csv", "C");
	assert_file("a.csv", "(none)");
}

static void d12_half_files_are_never_taken(void **state)
{
	(void)state;
	folder_write("a.csv.part", "A");
	folder_write(".a.csv", "A");
	folder_write("a.csv.sha256", "A");
	assert_int_equal(mkdir(folder_path("folder"), 0700), 0);
	assert_int_equal(symlink("a.csv.part", folder_path("link.csv")), 0);
	struct watch *w = open_watch((struct watch_options){.once = true});
	assert_string_equal(next_name(w), "");
	/* Renamed into place it is another file. */
	assert_int_equal(rename(folder_path("a.csv.part"), folder_path("a.csv")), 0);
	watch_free(w);
	w = open_watch((struct watch_options){.once = true});
	assert_string_equal(next_name(w), "a.csv");
	move(w, true);
	assert_string_equal(next_name(w), "");
	watch_free(w);
	assert_file("klart/a.csv.sha256", "A");
}

static void d12_a_file_that_grows_is_not_finished(void **state)
{
	(void)state;
	folder_write("a.csv", "A");
	folder_write("b.csv", "B");
	struct watch *w = open_watch((struct watch_options){.once = true, .settle_ms = SETTLE_MS});
	/* Not before it has stood still; b changed since the first look, which is when a is given. */
	assert_string_equal(next_name(w), "a.csv");
	folder_write("b.csv", "BB");
	move(w, true);
	assert_string_equal(next_name(w), "");
	assert_int_equal(watch_unfinished(w), 1);
	watch_free(w);
	assert_file("b.csv", "BB");
	w = open_watch((struct watch_options){.once = true, .settle_ms = SETTLE_MS});
	assert_string_equal(next_name(w), "b.csv");
	watch_free(w);
}

static void a_file_waits_for_the_sha_file_that_is_promised(void **state)
{
	(void)state;
	folder_write("a.csv", "A");
	folder_write("b.csv", "B");
	folder_write("b.csv.sha256", "S");
	struct watch *w = open_watch((struct watch_options){.once = true, .need_sha = true});
	assert_string_equal(next_name(w), "b.csv");
	move(w, false);
	assert_string_equal(next_name(w), "");
	assert_int_equal(watch_unfinished(w), 1);
	watch_free(w);
	assert_file("fel/b.csv", "B");
	assert_file("fel/b.csv.sha256", "S");
	assert_file("a.csv", "A");
}

static void nothing_is_replaced(void **state)
{
	static const struct span second = {"2\n", 2};
	struct fault f;

	(void)state;
	folder_write("a.csv", "1");
	struct watch *w = open_watch((struct watch_options){0});
	assert_string_equal(next_name(w), "a.csv");
	move(w, true);
	folder_write("a.csv", "2");
	assert_string_equal(next_name(w), "a.csv");
	assert_int_equal(watch_move(w, true, second, false, &f), 0);
	folder_write("a.csv", "3");
	assert_string_equal(next_name(w), "a.csv");
	move(w, true);
	watch_free(w);
	assert_file("klart/a.csv", "1");
	assert_file("klart/a.csv~2", "2");
	assert_file("klart/a.csv~2.kvitto.json", "2\n");
	assert_file("klart/a.csv~3", "3");
}

static void a_receipt_from_before_a_crash_is_kept(void **state)
{
	struct fault f;

	(void)state;
	folder_write("a.csv", "1");
	struct watch *w = open_watch((struct watch_options){0});
	assert_string_equal(next_name(w), "a.csv");
	folder_write("klart/a.csv.kvitto.json", "sums\n");
	assert_int_equal(watch_move(w, true, receipt, true, &f), 0);
	assert_file("klart/a.csv.kvitto.json", "sums\n");
	/* With its file it is that file's, and this one has its own. */
	folder_write("a.csv", "1");
	assert_string_equal(next_name(w), "a.csv");
	assert_int_equal(watch_move(w, true, receipt, true, &f), 0);
	assert_file("klart/a.csv~2.kvitto.json", "{}\n");
	watch_free(w);
}

static void a_file_that_was_left_comes_again_when_it_has_changed(void **state)
{
	(void)state;
	folder_write("a.csv", "1");
	struct watch *w = open_watch((struct watch_options){0});
	assert_string_equal(next_name(w), "a.csv");
	watch_leave(w);
	folder_write("b.csv", "1");
	assert_string_equal(next_name(w), "b.csv");
	move(w, true);
	folder_write("a.csv", "12");
	assert_string_equal(next_name(w), "a.csv");
	watch_free(w);
}

/* The move of the file that was given finds another one, and moves nothing. */
static void assert_not_moved(struct watch *w, bool keep)
{
	struct fault f;

	assert_int_equal(watch_move(w, true, receipt, keep, &f), 1);
	assert_file("klart/a.csv", "(none)");
}

static void a_file_that_changes_after_it_was_given_is_not_moved(void **state)
{
	(void)state;
	folder_write("a.csv", "old");
	folder_write("a.csv.sha256", "S");
	struct watch *w = open_watch((struct watch_options){0});
	assert_string_equal(next_name(w), "a.csv");
	folder_write("new.part", "new");
	assert_int_equal(rename(folder_path("new.part"), folder_path("a.csv")), 0);
	assert_not_moved(w, false);
	assert_file("klart/a.csv.kvitto.json", "(none)");
	assert_file("a.csv", "new");
	assert_file("a.csv.sha256", "S");
	/* What stands there now is a file like any other. */
	assert_string_equal(next_name(w), "a.csv");
	folder_write("a.csv", "appended");
	folder_write("klart/a.csv.kvitto.json", "from before a crash\n");
	assert_not_moved(w, true);
	assert_file("klart/a.csv.kvitto.json", "from before a crash\n");
	assert_string_equal(next_name(w), "a.csv");
	assert_int_equal(unlink(folder_path("a.csv")), 0);
	assert_not_moved(w, true);
	watch_free(w);
}

static void a_file_that_fails_to_move_is_a_fault(void **state)
{
	struct fault f;

	(void)state;
	folder_write("19121212-1212.csv", "1");
	struct watch *w = open_watch((struct watch_options){0});
	assert_string_equal(next_name(w), "19121212-1212.csv");
	assert_int_equal(rmdir(folder_path("klart")), 0);
	assert_int_equal(watch_move(w, true, receipt, false, &f), FAULT_IO);
	assert_null(strstr(f.text, "1212"));
	assert_non_null(strstr(f.text, "a receipt cannot be written: No such file or directory"));
	assert_file("19121212-1212.csv", "1");
	/* And is tried again. */
	assert_int_equal(mkdir(folder_path("klart"), 0700), 0);
	assert_int_equal(watch_move(w, true, receipt, false, &f), 0);
	assert_file("klart/19121212-1212.csv", "1");
	assert_file("klart/19121212-1212.csv.kvitto.json", "{}\n");
	watch_free(w);
}

static void a_move_that_got_half_way_goes_on(void **state)
{
	struct fault f;

	(void)state;
	folder_write("a.csv", "1");
	folder_write("a.csv.sha256", "S");
	folder_write("b.csv", "1");
	folder_write("b.csv.sha256", "S");
	struct watch *w = open_watch((struct watch_options){0});
	assert_string_equal(next_name(w), "a.csv");
	/* Its sha file cannot be moved: a folder stands in its place. */
	assert_int_equal(mkdir(folder_path("klart/a.csv.sha256"), 0700), 0);
	assert_int_equal(watch_move(w, true, receipt, false, &f), FAULT_IO);
	assert_file("klart/a.csv", "1");
	assert_int_equal(rmdir(folder_path("klart/a.csv.sha256")), 0);
	assert_int_equal(watch_move(w, true, receipt, false, &f), 0);
	assert_int_equal(watch_move(w, true, receipt, false, &f), 0);
	assert_file("klart/a.csv.sha256", "S");
	assert_file("klart/a.csv~2.kvitto.json", "(none)");
	assert_string_equal(next_name(w), "b.csv");
	assert_int_equal(unlink(folder_path("b.csv.sha256")), 0);
	move(w, true);
	assert_file("klart/b.csv", "1");
	watch_free(w);
}

static void a_name_that_is_too_long_for_a_receipt_is_told(void **state)
{
	char name[NAME_MAX + 1] = "";
	struct fault f;

	(void)state;
	memset(name, 'a', NAME_MAX - 5);
	folder_write(name, "1");
	folder_write("b.csv", "1");
	struct watch *w = open_watch((struct watch_options){0});
	assert_string_equal(next_name(w), name);
	assert_int_equal(watch_move(w, true, receipt, false, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "File name too long"));
	watch_leave(w);
	assert_string_equal(next_name(w), "b.csv");
	move(w, true);
	watch_free(w);
	assert_file(name, "1");
}

static void one_process_watches_a_folder(void **state)
{
	struct watch *w, *other;
	const struct watch_options o = {.folder = folder}, nowhere = {.folder = "/nowhere"};
	struct fault f;

	(void)state;
	w = open_watch(o);
	assert_int_equal(watch_open(&o, &other, &f), FAULT_UNAVAILABLE);
	watch_free(w);
	w = open_watch(o);
	watch_free(w);
	assert_int_equal(watch_open(&nowhere, &other, &f), FAULT_NOINPUT);
}

/* As a mount over it does it, which needs root. */
static void replace_folder(void)
{
	char old[sizeof(folder) + 4];

	(void)snprintf(old, sizeof(old), "%s.old", folder);
	assert_int_equal(rename(folder, old), 0);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(nftw(old, folder_delete_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void another_folder_under_its_name_is_told(void **state)
{
	const char *path;
	struct fault f;

	(void)state;
	folder_write("a.csv", "1");
	struct watch *w = open_watch((struct watch_options){0});
	assert_string_equal(next_name(w), "a.csv");
	replace_folder();
	folder_write("a.csv", "2");
	/* Neither is the file there moved as if it were ours, nor does it wait for ever. */
	assert_int_equal(watch_move(w, true, receipt, false, &f), FAULT_UNAVAILABLE);
	assert_int_equal(watch_next(w, &path, &f), FAULT_UNAVAILABLE);
	assert_non_null(strstr(f.text, "another folder than at the start"));
	watch_free(w);
	w = open_watch((struct watch_options){0});
	assert_string_equal(next_name(w), "a.csv");
	assert_int_equal(rmdir(folder_path("klart")) + rmdir(folder_path("fel")), 0);
	assert_int_equal(unlink(folder_path("a.csv")) + rmdir(folder), 0);
	assert_int_equal(watch_next(w, &path, &f), FAULT_NOINPUT);
	watch_free(w);
	assert_int_equal(mkdir(folder, 0700), 0);
}

/* Last: a stop is for ever. */
static void a_stop_ends_the_wait(void **state)
{
	(void)state;
	struct watch *w = open_watch((struct watch_options){0});
	loop_stop();
	assert_string_equal(next_name(w), "");
	watch_free(w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_come_in_order_of_names_and_go_with_a_receipt),
		TEST(d12_half_files_are_never_taken),
		TEST(d12_a_file_that_grows_is_not_finished),
		TEST(a_file_waits_for_the_sha_file_that_is_promised),
		TEST(nothing_is_replaced),
		TEST(a_receipt_from_before_a_crash_is_kept),
		TEST(a_file_that_was_left_comes_again_when_it_has_changed),
		TEST(a_file_that_changes_after_it_was_given_is_not_moved),
		TEST(a_file_that_fails_to_move_is_a_fault),
		TEST(a_move_that_got_half_way_goes_on),
		TEST(a_name_that_is_too_long_for_a_receipt_is_told),
		TEST(one_process_watches_a_folder),
		TEST(another_folder_under_its_name_is_told),
		TEST(a_stop_ends_the_wait),
	};

	loop_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
