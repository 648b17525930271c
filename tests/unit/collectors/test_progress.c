/*
 * Progress: what is saved is found again, reading numbers never repeat, another key or another kind
 * of version is refused by name, a damaged file is an error, and only one process holds a source.
 */
#include "tests/unit/collectors/folder.h"

#include "collectors/engine/progress.h"
#include "proto/codes.h"

static const struct progress_pins pins = {.fingerprint = {1, 2, 3, 4},
					  .version_kind = VERSION_KIND_FIELD};

static struct progress_file file_of(uint8_t path, uint8_t content, uint32_t reading,
				    enum progress_outcome outcome, const char *shown)
{
	struct progress_file file = {
		.reading = reading, .outcome = outcome, .path = (char *)(uintptr_t)shown};

	memset(file.path_id, path, sizeof(file.path_id));
	memset(file.sha256, content, sizeof(file.sha256));
	return file;
}

static struct progress *open_it(void)
{
	struct progress *p = NULL;
	struct fault f = {0};

	int err = progress_open(folder, "vas", &pins, &p, &f);
	assert_string_equal(f.text, "");
	assert_int_equal(err, 0);
	return p;
}

static void save_it(struct progress *p, struct progress_file file)
{
	struct fault f;

	assert_int_equal(progress_save(p, &file, &f), 0);
}

static void refuses(const struct progress_pins *other, int kind, const char *part)
{
	struct progress *p = NULL;
	struct fault f = {0};

	assert_int_equal(progress_open(folder, "vas", other, &p, &f), kind);
	assert_null(p);
	if (strstr(f.text, part) == NULL)
		fail_msg("'%s' is not in '%s'", part, f.text);
}

#define HEAD   "kontaktpuls-progress 1\nsource vas\nkey 01020304\nversion_kind field\n"
#define SHA    "0707070707070707070707070707070707070707070707070707070707070707"
#define PATH_1 "010101010101010101010101"

static void opening_writes_nothing(void **state)
{
	(void)state;
	progress_free(open_it());
	assert_file("vas.progress", "(none)");
}

static void what_is_saved_is_found_again(void **state)
{
	const struct progress_file one = file_of(1, 7, 1, PROGRESS_STARTED, "/data/a b.csv");
	const struct progress_file two = file_of(2, 7, 2, PROGRESS_QUARANTINED, "(name withheld)");

	(void)state;
	struct progress *p = open_it();
	assert_null(progress_find(p, one.path_id, one.sha256));
	assert_int_equal(progress_next_reading(p, one.sha256), 1);
	save_it(p, one);
	assert_int_equal(progress_next_reading(p, one.sha256), 2);
	save_it(p, two);
	save_it(p, file_of(1, 7, 1, PROGRESS_COMPLETE, "/data/a b.csv"));
	progress_free(p);

	p = open_it();
	const struct progress_file *found = progress_find(p, one.path_id, one.sha256);
	assert_non_null(found);
	assert_int_equal(found->outcome, PROGRESS_COMPLETE);
	assert_int_equal(found->reading, 1);
	assert_string_equal(found->path, "/data/a b.csv");
	found = progress_find(p, two.path_id, two.sha256);
	assert_non_null(found);
	assert_int_equal(found->outcome, PROGRESS_QUARANTINED);
	assert_string_equal(found->path, "(name withheld)");
	assert_int_equal(progress_next_reading(p, one.sha256), 3);
	assert_null(progress_find(p, one.path_id, file_of(0, 8, 1, PROGRESS_STARTED, "").sha256));
	progress_free(p);
	assert_file(
		"vas.progress",
		"kontaktpuls-progress 1\nsource vas\nkey 01020304\nversion_kind field\n"
		"file complete 1 0707070707070707070707070707070707070707070707070707070707070707 "
		"010101010101010101010101 /data/a b.csv\n"
		"file quarantined 2 "
		"0707070707070707070707070707070707070707070707070707070707070707 "
		"020202020202020202020202 (name withheld)\nend 2\n");
}

static void fails_to_save(struct progress *p, struct progress_file file)
{
	struct fault f;

	assert_int_equal(progress_save(p, &file, &f), FAULT_IO);
}

/* A folder where the file is to be: as a full disk would, it keeps it from being written. */
static void what_cannot_be_saved_is_not_believed(void **state)
{
	const struct progress_file one = file_of(1, 7, 1, PROGRESS_STARTED, "/a");
	const struct progress_file two = file_of(2, 7, 2, PROGRESS_STARTED, "/b");

	(void)state;
	struct progress *p = open_it();
	assert_int_equal(mkdir(folder_path("vas.progress"), 0700), 0);
	fails_to_save(p, one);
	assert_null(progress_find(p, one.path_id, one.sha256));
	assert_int_equal(progress_next_reading(p, one.sha256), 1);
	assert_int_equal(rmdir(folder_path("vas.progress")), 0);
	save_it(p, one);
	assert_int_equal(unlink(folder_path("vas.progress")), 0);
	assert_int_equal(mkdir(folder_path("vas.progress"), 0700), 0);
	fails_to_save(p, file_of(1, 7, 1, PROGRESS_COMPLETE, "/changed"));
	fails_to_save(p, two);
	assert_int_equal(rmdir(folder_path("vas.progress")), 0);
	const struct progress_file *found = progress_find(p, one.path_id, one.sha256);
	assert_int_equal(found->outcome, PROGRESS_STARTED);
	assert_string_equal(found->path, "/a");
	save_it(p, two);
	progress_free(p);
	assert_file("vas.progress", HEAD "file started 1 " SHA " " PATH_1 " /a\nfile started 2 " SHA
					 " 020202020202020202020202 /b\nend 2\n");
}

static void another_key_or_kind_of_version_is_refused(void **state)
{
	struct progress_pins key = pins, kind = pins;

	(void)state;
	struct progress *p = open_it();
	save_it(p, file_of(1, 7, 1, PROGRESS_STARTED, "/a"));
	progress_free(p);
	key.fingerprint[0] = 0xFF;
	kind.version_kind = VERSION_KIND_CONSTANT;
	refuses(&key, FAULT_CONFIG, "01020304");
	refuses(&key, FAULT_CONFIG, "ff020304");
	refuses(&kind, FAULT_CONFIG, "field");
	refuses(&kind, FAULT_CONFIG, "constant");
	progress_free(open_it());
}

static void only_one_holds_a_source(void **state)
{
	(void)state;
	struct progress *p = open_it();
	refuses(&pins, FAULT_UNAVAILABLE, "another collector");
	progress_free(p);
	progress_free(open_it());
}

static void a_damaged_file_is_an_error(void **state)
{
	static const char *const cases[] = {
		"",
		"kontaktpuls-progress 2\n",
		"kontaktpuls-progress 1\nsource vas\nkey 01020304\n",
		"kontaktpuls-progress 1\nsource other\nkey 01020304\nversion_kind field\nend 0\n",
		"kontaktpuls-progress 1\nsource vas\nkey 0102030\nversion_kind field\nend 0\n",
		"kontaktpuls-progress 1\nsource vas\nkey 01020304\nversion_kind x\nend 0\n",
		HEAD,
		HEAD "end 1\n",
		HEAD "end 0",
		HEAD "end 0\n\n",
		HEAD "file done 1 " SHA " " PATH_1 " /a\nend 1\n",
		HEAD "file complete 0 " SHA " " PATH_1 " /a\nend 1\n",
		HEAD "file complete 01 " SHA " " PATH_1 " /a\nend 1\n",
		HEAD "file complete 4294967296 " SHA " " PATH_1 " /a\nend 1\n",
		HEAD "file complete 1 " SHA "0 " PATH_1 " /a\nend 1\n",
		HEAD "file complete 1 " SHA " " PATH_1 "\nend 1\n",
		HEAD "file complete 1 " SHA "  " PATH_1 " /a\nend 1\n",
		HEAD "end 1\nfile complete 1 " SHA " " PATH_1 " /a\n",
		HEAD "file complete 1 " SHA " " PATH_1 " /a\nend 2\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		folder_write("vas.progress", cases[i]);
		refuses(&pins, FAULT_STATE, "damaged");
	}
	folder_write("vas.progress", HEAD "file complete 1 " SHA " " PATH_1 " /a\nend 1\n");
	progress_free(open_it());
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(opening_writes_nothing),
		IN_FOLDER(what_is_saved_is_found_again),
		IN_FOLDER(what_cannot_be_saved_is_not_believed),
		IN_FOLDER(another_key_or_kind_of_version_is_refused),
		IN_FOLDER(only_one_holds_a_source),
		IN_FOLDER(a_damaged_file_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
