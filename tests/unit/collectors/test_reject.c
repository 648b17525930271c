/*
 * The list of rejected records: coordinates and never content, whole or not at all.
 */
#include "tests/unit/collectors/folder.h"

#include "collectors/engine/reject.h"

static const uint8_t content[DIGEST_BYTES] = {0xab, 0xcd, 0xef, 0x01};
#define LIST  "avvisade/vas-abcdef01-2.txt"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static struct reject *with_one(const char *where)
{
	struct reject *r = reject_new(folder, "vas", content, 2, NULL);
	const struct reject_record record = {.file = "k.csv",
					     .line = 17,
					     .reason = REASON_UNKNOWN_CODE,
					     .where = where,
					     .offset = 1234,
					     .bytes = 87};
	struct fault f;

	assert_int_equal(reject_add(r, &record, &f), 0);
	return r;
}

static void a_list_appears_whole_when_it_is_committed(void **state)
{
	struct fault f;

	(void)state;
	struct reject *r = with_one("kanal");
	const struct reject_record whole = {
		.file = "k.csv", .line = 18, .reason = REASON_COLUMNS, .where = ""};
	assert_int_equal(reject_add(r, &whole, &f), 0);
	assert_file(LIST, "(none)");
	assert_int_equal(reject_commit(r, &f), 0);
	assert_string_equal(reject_path(r), folder_path(LIST));
	reject_free(r);
	assert_file(LIST, "k.csv:17: UNKNOWN_CODE (kanal) offset 1234 bytes 87 sha256 " ZEROS "\n"
			  "k.csv:18: COLUMNS offset 0 bytes 0 sha256 " ZEROS "\n");
}

static void a_list_that_is_not_committed_leaves_the_old_one(void **state)
{
	struct fault f;

	(void)state;
	struct reject *r = with_one("kanal");
	assert_int_equal(reject_commit(r, &f), 0);
	reject_free(r);
	reject_free(with_one("form"));
	struct buf text = folder_read(LIST);
	assert_non_null(strstr(buf_text(&text), "(kanal)"));
	buf_release(&text);
}

static void a_reading_without_rejects_has_no_list(void **state)
{
	struct fault f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct reject *r = i == 0 ? with_one("kanal")
					  : reject_new(folder, "vas", content, 2, NULL);
		assert_int_equal(reject_commit(r, &f), 0);
		reject_free(r);
	}
	assert_file(LIST, "(none)");
}

static void an_original_is_sealed_at_the_end_of_its_line(void **state)
{
	static const char original[] = "191212121212;\xE5\0;fax\n";
	const struct reject_record record = {.file = "k.csv",
					     .line = 17,
					     .reason = REASON_QUOTE,
					     .where = "",
					     .original = {original, sizeof(original) - 1}},
				   without = {.file = "k.csv", .reason = REASON_QUOTE, .where = ""};
	struct seal *seal = NULL;
	struct fault f;
	struct buf opened = {0};

	(void)state;
	assert_int_equal(seal_make_keys(folder_path("key"), &f), 0);
	assert_int_equal(seal_read_secret(folder_path("key"), &seal, &f), 0);
	struct reject *r = reject_new(folder, "vas", content, 2, seal);
	assert_int_equal(reject_add(r, &record, &f), 0);
	assert_int_equal(reject_add(r, &without, &f), 0);
	assert_int_equal(reject_commit(r, &f), 0);
	struct buf list = folder_read(LIST);
	char *box = strstr(list.data, ZEROS " sealed ");
	assert_non_null(box);
	box += strlen(ZEROS " sealed ");
	assert_true(seal_open(seal, (struct span){box, strcspn(box, "\n")}, &opened));
	assert_int_equal(opened.len, sizeof(original) - 1);
	assert_memory_equal(opened.data, original, opened.len);
	assert_string_equal(strchr(box, '\n'),
			    "\nk.csv:0: QUOTE offset 0 bytes 0 sha256 " ZEROS "\n");
	buf_release(&opened);
	buf_release(&list);
	reject_free(r);
	seal_free(seal);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_list_appears_whole_when_it_is_committed),
		IN_FOLDER(a_list_that_is_not_committed_leaves_the_old_one),
		IN_FOLDER(a_reading_without_rejects_has_no_list),
		IN_FOLDER(an_original_is_sealed_at_the_end_of_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
