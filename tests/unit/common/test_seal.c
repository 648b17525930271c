/*
 * Sealing: what is sealed with the public key opens with the secret one and with nothing else, and
 * key files that are no keys are refused.
 */
#include "tests/unit/collectors/folder.h"

#include "common/seal.h"

static struct seal *public_of(const char *name)
{
	struct seal *s = NULL;
	struct fault f = {0};

	assert_int_equal(seal_read_public(folder_path(name), &s, &f), 0);
	return s;
}

static struct seal *secret_of(const char *name)
{
	struct seal *s = NULL;
	struct fault f = {0};

	assert_int_equal(seal_read_secret(folder_path(name), &s, &f), 0);
	return s;
}

static void make(const char *name)
{
	struct fault f = {0};

	assert_int_equal(seal_make_keys(folder_path(name), &f), 0);
}

static void only_the_secret_key_opens(void **state)
{
	static const char text[] = "191212121212;telefon\0;Enhet 1\n";
	const struct span whole = {text, sizeof(text) - 1};

	(void)state;
	make("a");
	make("b");
	struct seal *public = public_of("a.pub"), *secret = secret_of("a"), *other = secret_of("b");
	for (size_t len = 0; len <= whole.len; len++) {
		struct buf box = {0}, again = {0}, out = {0};
		seal_close(public, (struct span){text, len}, &box);
		seal_close(secret, (struct span){text, len}, &again);
		assert_string_not_equal(buf_text(&box), buf_text(&again));
		assert_int_equal(strlen(box.data), box.len);
		assert_null(strstr(box.data, "telefon"));
		buf_adds(&out, "kept ");
		assert_false(seal_open(public, (struct span){box.data, box.len}, &out));
		assert_false(seal_open(other, (struct span){box.data, box.len}, &out));
		assert_string_equal(buf_text(&out), "kept ");
		assert_true(seal_open(secret, (struct span){box.data, box.len}, &out));
		assert_int_equal(out.len, 5 + len);
		assert_memory_equal(out.data + 5, text, len);
		buf_release(&box);
		buf_release(&again);
		buf_release(&out);
	}
	seal_free(public);
	seal_free(secret);
	seal_free(other);
}

static void a_box_that_was_changed_or_cut_does_not_open(void **state)
{
	struct buf box = {0}, out = {0};

	(void)state;
	make("a");
	struct seal *s = secret_of("a");
	seal_close(s, span_of("text"), &box);
	for (size_t i = 0; i < box.len; i++) {
		assert_false(seal_open(s, (struct span){box.data, i}, &out));
		char kept = box.data[i];
		box.data[i] = kept == 'A' ? 'Q' : 'A'; /* not only in the bits that padding hides */
		assert_false(seal_open(s, (struct span){box.data, box.len}, &out));
		box.data[i] = kept;
	}
	assert_true(seal_open(s, (struct span){box.data, box.len}, &out));
	buf_release(&box);
	buf_release(&out);
	seal_free(s);
}

static void key_files_that_are_no_keys_are_refused(void **state)
{
	static const char zeros[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	struct seal *s = NULL;
	struct fault f;
	char text[80];

	(void)state;
	make("a");
	assert_int_equal(seal_make_keys(folder_path("a"), &f), FAULT_IO); /* never over a key */
	assert_int_equal(seal_read_public(folder_path("none"), &s, &f), FAULT_CONFIG);
	assert_int_equal(seal_read_public(folder_write("k", ""), &s, &f), FAULT_CONFIG);
	assert_int_equal(seal_read_public(folder_write("k", zeros), &s, &f), FAULT_CONFIG);
	(void)snprintf(text, sizeof(text), "%s\n1", zeros);
	assert_int_equal(seal_read_public(folder_write("k", text), &s, &f), FAULT_CONFIG);
	(void)snprintf(text, sizeof(text), "%.63sx\n", zeros);
	assert_int_equal(seal_read_public(folder_write("k", text), &s, &f), FAULT_CONFIG);
	assert_int_equal(chmod(folder_path("a"), 0640), 0);
	assert_int_equal(seal_read_secret(folder_path("a"), &s, &f), FAULT_CONFIG);
	assert_non_null(strstr(f.text, "only its owner"));
	assert_null(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_the_secret_key_opens),
		TEST(a_box_that_was_changed_or_cut_does_not_open),
		TEST(key_files_that_are_no_keys_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
