/*
 * test_check: how a setting is judged, which rows stop a program, and that each row can be mended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aggregator/check.h"

static const struct check *named(const char *name, enum check_level level)
{
	const struct check *c;

	for (size_t i = 0; (c = check_row(i)) != NULL; i++)
		if (strcmp(c->name, name) == 0 && c->level == level)
			return c;
	fail_msg("no row %s", name);
	return NULL;
}

static void test_texts(void **state)
{
	const struct check *fsync = named("appendfsync", CHECK_BAD);
	const struct check *save = named("save", CHECK_WARN);

	(void)state;
	assert_int_equal(check_judge(fsync, "everysec", false), CHECK_OK);
	assert_int_equal(check_judge(fsync, "always", false), CHECK_OK);
	assert_int_equal(check_judge(fsync, "no", false), CHECK_BAD);
	assert_int_equal(check_judge(fsync, "every", false), CHECK_BAD);
	assert_int_equal(check_judge(fsync, "", false), CHECK_BAD);
	assert_int_equal(check_judge(fsync, "everysec or always", false), CHECK_BAD);
	assert_int_equal(check_judge(fsync, NULL, false), CHECK_BAD);
	assert_int_equal(check_judge(save, "", false), CHECK_OK);
	assert_int_equal(check_judge(save, "3600 1", false), CHECK_WARN);
}

static void test_numbers_and_versions(void **state)
{
	static const struct {
		const char *found;
		enum check_level level;
	} version[] = {{"7.0.15", CHECK_OK},   {"7.0.9", CHECK_WARN},  {"7.0", CHECK_WARN},
		       {"7.2", CHECK_OK},      {"8", CHECK_OK},        {"10.0.0", CHECK_OK},
		       {"6.2.15", CHECK_WARN}, {"7.0.15.1", CHECK_OK}, {"", CHECK_WARN},
		       {"new", CHECK_WARN},    {"-8", CHECK_WARN}};
	const struct check *late = named("redis_version", CHECK_WARN);
	const struct check *bytes = named("max.message.bytes", CHECK_WARN);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(version); i++)
		assert_int_equal(check_judge(late, version[i].found, false), version[i].level);
	assert_int_equal(check_judge(bytes, "1048588", false), CHECK_OK);
	assert_int_equal(check_judge(bytes, "1048587", false), CHECK_WARN);
	assert_int_equal(check_judge(bytes, "2147483647", false), CHECK_OK);
}

static void test_a_laboratory_has_one_of_each(void **state)
{
	const struct check *replicas = named("replicas", CHECK_BAD);

	(void)state;
	assert_int_equal(check_judge(replicas, "1", false), CHECK_BAD);
	assert_int_equal(check_judge(replicas, "1", true), CHECK_OK);
	assert_int_equal(check_judge(named("retention.ms", CHECK_BAD), "1", true), CHECK_BAD);
}

/* The first row that stops a program when setting number `at` is "compact,delete"; 0: all are right. */
static const char *refused(size_t at, bool lab)
{
	static const char *const right[] = {
		"replicas",       "1",      "message.timestamp.type", "LogAppendTime",
		"retention.ms",   "-1",     "retention.bytes",        "-1",
		"cleanup.policy", "delete",
	};
	char *item[ARRAY_SIZE(right)];
	const struct option_list found = {item, ARRAY_SIZE(item)};

	for (size_t i = 0; i < ARRAY_SIZE(item); i++)
		item[i] = base_strdup(at > 0 && i == 2 * at + 1 ? "compact,delete" : right[i]);
	const struct check *c = check_refused(CHECK_TOPIC, &found, lab);
	for (size_t i = 0; i < ARRAY_SIZE(item); i++)
		free(item[i]);
	return c ? c->name : "none";
}

static void test_programs_stop_on_the_promise_only(void **state)
{
	(void)state;
	assert_string_equal(refused(0, true), "none");
	assert_string_equal(refused(0, false), "replicas");
	assert_string_equal(refused(1, true), "message.timestamp.type");
	assert_string_equal(refused(2, true), "retention.ms");
	assert_string_equal(refused(3, true), "retention.bytes");
	assert_string_equal(refused(4, true), "cleanup.policy");
	assert_string_equal(check_refused(CHECK_TOPIC, &(struct option_list){0}, true)->name,
			    "message.timestamp.type");
}

static void test_every_row_says_why_and_what_to_do(void **state)
{
	const struct check *c;
	struct buf mend = {0};

	(void)state;
	for (size_t i = 0; (c = check_row(i)) != NULL; i++) {
		buf_reset(&mend);
		check_mend(c, "topic", "host:9092", &mend);
		assert_true(mend.len > 0 && c->why && c->level != CHECK_OK);
		/* What is refused is made right by `ops init`, which sets `needed` as it stands. */
		assert_true(!c->refused || c->mend || strchr(c->needed, ' ') == NULL);
	}
	buf_reset(&mend);
	check_mend(named("appendfsync", CHECK_BAD), "", "", &mend);
	assert_non_null(strstr(buf_text(&mend), "CONFIG SET appendfsync \"everysec\","));
	buf_reset(&mend);
	check_mend(named("retention.ms", CHECK_BAD), "topic", "host:9092", &mend);
	assert_string_equal(buf_text(&mend),
			    "kafka-configs.sh --bootstrap-server host:9092 --alter --entity-type "
			    "topics --entity-name topic --add-config retention.ms=-1");
	buf_release(&mend);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_numbers_and_versions),
		cmocka_unit_test(test_a_laboratory_has_one_of_each),
		cmocka_unit_test(test_programs_stop_on_the_promise_only),
		cmocka_unit_test(test_every_row_says_why_and_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
