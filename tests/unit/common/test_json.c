/* JSON: the layout, the escapes, and misuse that must not pass. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/json.h"

static void document(void **state)
{
	struct buf b = {0};
	struct json j;

	(void)state;
	json_init(&j, &b);
	json_object(&j, false);
	json_key_text(&j, "schema", "x/1");
	json_key(&j, "cells");
	json_array(&j, false);
	for (uint64_t i = 0; i < 2; i++) {
		json_object(&j, true);
		json_key_text(&j, "kanal", "telefon");
		json_key_u64(&j, "antal", i * 4711);
		json_close(&j);
	}
	json_close(&j);
	json_key(&j, "empty");
	json_array(&j, false);
	json_close(&j);
	json_key(&j, "flat");
	json_array(&j, true);
	json_u64(&j, 1);
	json_object(&j, false);
	json_close(&j);
	json_close(&j);
	json_key(&j, "last");
	json_u64(&j, UINT64_MAX);
	json_close(&j);
	assert_string_equal(buf_text(&b), "{\n"
					  "  \"schema\": \"x/1\",\n"
					  "  \"cells\": [\n"
					  "    {\"kanal\": \"telefon\", \"antal\": 0},\n"
					  "    {\"kanal\": \"telefon\", \"antal\": 4711}\n"
					  "  ],\n"
					  "  \"empty\": [],\n"
					  "  \"flat\": [1, {}],\n"
					  "  \"last\": 18446744073709551615\n"
					  "}");
	assert_int_equal(j.depth, 0);
	buf_release(&b);
}

static void flat_reaches_inwards(void **state)
{
	struct buf b = {0};
	struct json j;

	(void)state;
	json_init(&j, &b);
	json_object(&j, true);
	json_key(&j, "a");
	json_array(&j, false);
	json_u64(&j, UINT64_MAX);
	json_u64(&j, 0);
	json_close(&j);
	json_close(&j);
	assert_string_equal(buf_text(&b), "{\"a\": [18446744073709551615, 0]}");
	buf_release(&b);
}

static void escapes(void **state)
{
	struct buf b = {0};
	struct json j;

	(void)state;
	json_init(&j, &b);
	json_text(&j, "\"\\/\b\f\n\r\t\x01\x1f\x7f åäö €");
	assert_string_equal(buf_text(&b),
			    "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f åäö €\"");
	buf_reset(&b);
	json_init(&j, &b);
	json_text_n(&j, "abcdef", 3);
	assert_string_equal(buf_text(&b), "\"abc\"");
	buf_release(&b);
}

static void value_without_key(struct json *j)
{
	json_object(j, false);
	json_u64(j, 1);
}

static void key_in_a_list(struct json *j)
{
	json_array(j, false);
	json_key(j, "a");
}

static void key_without_value(struct json *j)
{
	json_object(j, false);
	json_key(j, "a");
	json_close(j);
}

static void close_too_much(struct json *j)
{
	json_array(j, false);
	json_close(j);
	json_close(j);
}

static void too_deep(struct json *j)
{
	for (int i = 0; i <= JSON_DEPTH_MAX; i++)
		json_array(j, true);
}

static void not_utf8(struct json *j)
{
	json_text(j, "\xE5");
}

static void misuse_is_an_assertion(void **state)
{
	static void (*const misuse[])(struct json *) = {value_without_key, key_in_a_list,
							key_without_value, close_too_much,
							too_deep,          not_utf8};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(misuse); i++) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct buf b = {0};
			struct json j;
			setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
			signal(SIGABRT, SIG_DFL);
			if (!freopen("/dev/null", "w", stderr))
				_exit(1);
			json_init(&j, &b);
			misuse[i](&j);
			_exit(0);
		}
		int status = 0;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
			fail_msg("misuse %zu went through", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(document),
		cmocka_unit_test(flat_reaches_inwards),
		cmocka_unit_test(escapes),
		cmocka_unit_test(misuse_is_an_assertion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
