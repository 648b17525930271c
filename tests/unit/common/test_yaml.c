/* YAML: the tree and its places, everything that is refused with line and column, the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/yaml.h"

static struct yaml *load(const char *text)
{
	struct yaml *y = NULL;
	struct fault f = {0};

	if (yaml_load_memory("m.yaml", text, strlen(text), &y, &f) < 0)
		fail_msg("%s", f.text);
	return y;
}

static void tree_knows_its_places(void **state)
{
	struct yaml *y = load("# a comment\n"
			      "topic: kontakt.v1\n"
			      "quoted: \"~\"\n"
			      "empty:\n"
			      "kafka:\n"
			      "  bootstrap.servers: 127.0.0.1:9092\n"
			      "list: [a, {b: c}]\n");
	const struct yaml_node *root = yaml_root(y);

	(void)state;
	assert_string_equal(yaml_path(y), "m.yaml");
	assert_int_equal(root->kind, YAML_MAP);
	assert_int_equal(root->count, 5);
	assert_string_equal(root->key[0]->text, "topic");
	assert_string_equal(root->key[4]->text, "list");
	const struct yaml_node *topic = yaml_get(root, "topic");
	assert_string_equal(topic->text, "kontakt.v1");
	assert_int_equal(topic->line, 2);
	assert_int_equal(topic->column, 8);
	assert_false(topic->quoted);
	assert_true(yaml_get(root, "quoted")->quoted);
	assert_string_equal(yaml_get(root, "empty")->text, "");
	assert_false(yaml_get(root, "empty")->quoted);
	const struct yaml_node *kafka = yaml_get(root, "kafka");
	assert_string_equal(yaml_get(kafka, "bootstrap.servers")->text, "127.0.0.1:9092");
	assert_int_equal(yaml_get(kafka, "bootstrap.servers")->line, 6);
	const struct yaml_node *list = yaml_get(root, "list");
	assert_int_equal(list->kind, YAML_LIST);
	assert_int_equal(list->count, 2);
	assert_int_equal(list->value[1]->kind, YAML_MAP);
	assert_int_equal(list->value[1]->column, 11);
	assert_null(yaml_get(root, "absent"));
	yaml_unload(y);
}

static void nothing_is_an_empty_map(void **state)
{
	static const char *const text[] = {"", "\n# only a comment\n", "---\n", "\xEF\xBB\xBF"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
		struct yaml *y = load(text[i]);
		assert_int_equal(yaml_root(y)->kind, YAML_MAP);
		assert_int_equal(yaml_root(y)->count, 0);
		yaml_unload(y);
	}
}

static void mistakes_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *text, *fault;
	} row[] = {
		{"a: 1\nb: 2\na: 3\n",
		 "m.yaml:3:1: key 'a' stands here for the second time, first on line 1"},
		{"x:\n  {a: 1, b: 2, a: 3}\n",
		 "m.yaml:2:16: key 'a' stands here for the second time, first on line 2"},
		{"a: &x 1\nb: *x\n", "m.yaml:1:4: anchors (&x) are not supported"},
		{"b: [*x]\n", "m.yaml:1:5: aliases (*x) are not supported"},
		{"a: !!str 1\n", "m.yaml:1:4: tags (tag:yaml.org,2002:str) are not supported"},
		{"a: !own {b: 1}\n", "m.yaml:1:4: tags (!own) are not supported"},
		{"a: 1\n---\nb: 2\n", "m.yaml:2:1: a second document begins here"},
		{"? [a, b]\n: 1\n", "m.yaml:1:3: a key must be plain text"},
		{"{{a: b}: c}\n", "m.yaml:1:2: a key must be plain text"},
		{"a: \"b\\0c\"\n", "m.yaml:1:4: the text holds a NUL"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct yaml *y = NULL;
		struct fault f = {0};
		int rc = yaml_load_memory("m.yaml", row[i].text, strlen(row[i].text), &y, &f);
		assert_int_equal(rc, FAULT_CONFIG);
		assert_int_equal(f.kind, FAULT_CONFIG);
		assert_string_equal(f.text, row[i].fault);
		assert_null(y);
	}
}

/* Of libyaml's own messages only the place is ours to promise. */
static void bad_syntax_has_a_place(void **state)
{
	static const struct {
		const char *text, *place;
	} row[] = {
		{"a: 1\nb: [1, 2\nc: 3\n", "m.yaml:3:2: "},
		{"a: 1\n b: 2\n", "m.yaml:2:3: "},
		{"a: \"open\n", "m.yaml:2:1: "},
		{"a: 1\n\tb: 2\n", "m.yaml:2:1: "},
		{"a: 1\nb: x\xFFy\n", "m.yaml:2:5: "},
		{"a: 1\nb: \x01\n", "m.yaml:2:4: "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct yaml *y = NULL;
		struct fault f = {0};
		int rc = yaml_load_memory("m.yaml", row[i].text, strlen(row[i].text), &y, &f);
		assert_int_equal(rc, FAULT_CONFIG);
		if (strncmp(f.text, row[i].place, strlen(row[i].place)) != 0)
			fail_msg("expected %s.., got %s", row[i].place, f.text);
		assert_true(strlen(f.text) > strlen(row[i].place));
	}
}

static char *nested(unsigned levels)
{
	struct buf text = {0};

	for (unsigned i = 0; i < levels; i++)
		buf_addc(&text, '[');
	for (unsigned i = 0; i < levels; i++)
		buf_addc(&text, ']');
	return buf_detach(&text);
}

static void depth_is_limited(void **state)
{
	struct fault f = {0};
	struct yaml *y = NULL;
	char *deepest = nested(32), *deeper = nested(33), *bomb = nested(100000);

	(void)state;
	yaml_unload(load(deepest));
	assert_int_equal(yaml_load_memory("m", deeper, strlen(deeper), &y, &f), FAULT_CONFIG);
	assert_string_equal(f.text, "m:1:33: nested deeper than 32 levels");
	assert_int_equal(yaml_load_memory("m", bomb, strlen(bomb), &y, &f), FAULT_CONFIG);
	free(deepest);
	free(deeper);
	free(bomb);
}

static void files_are_read_and_limited(void **state)
{
	char path[] = "/tmp/test_yaml.XXXXXX";
	struct yaml *y = NULL;
	struct fault f = {0};
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	(void)state;
	assert_non_null(file);
	assert_int_equal(fputs("a: b\n", file) >= 0 && fflush(file) == 0, 1);
	assert_int_equal(yaml_load(path, &y, &f), 0);
	assert_string_equal(yaml_get(yaml_root(y), "a")->text, "b");
	assert_string_equal(yaml_path(y), path);
	yaml_unload(y);
	for (size_t i = 0; i < 1024 * 1024 / 8; i++)
		assert_true(fputs("# 34567\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(yaml_load(path, &y, &f), FAULT_CONFIG);
	assert_non_null(strstr(f.text, "larger than 1048576 bytes"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(yaml_load(path, &y, &f), FAULT_NOINPUT);
}

static void callers_check_keys_and_kinds(void **state)
{
	static const char *const allowed[] = {"timeout", "topic", NULL};
	struct yaml *y = load("topic: a\ntimout: 1\nmap: {}\n");
	const struct yaml_node *root = yaml_root(y);
	struct fault f = {0};

	(void)state;
	assert_int_equal(yaml_map_check(y, root, allowed, &f), FAULT_CONFIG);
	assert_string_equal(f.text, "m.yaml:2:1: unknown key 'timout'; known: timeout, topic");
	assert_int_equal(yaml_map_check(y, yaml_get(root, "map"), allowed, &f), 0);
	assert_int_equal(yaml_map_check(y, yaml_get(root, "topic"), allowed, &f), FAULT_CONFIG);
	assert_string_equal(f.text, "m.yaml:1:8: expected a map, found text");
	assert_int_equal(yaml_expect(y, yaml_get(root, "map"), YAML_LIST, &f), FAULT_CONFIG);
	assert_string_equal(f.text, "m.yaml:3:6: expected a list, found a map");
	assert_int_equal(yaml_expect(y, yaml_get(root, "map"), YAML_MAP, &f), 0);
	assert_int_equal(yaml_fault(y, root, &f, "no %s", "figures"), FAULT_CONFIG);
	assert_string_equal(f.text, "m.yaml:1:1: no figures");
	yaml_unload(y);
}

static void half_made_documents_are_released(void **state)
{
	(void)state;
	yaml_unload(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_knows_its_places),
		cmocka_unit_test(nothing_is_an_empty_map),
		cmocka_unit_test(mistakes_are_refused_with_their_place),
		cmocka_unit_test(bad_syntax_has_a_place),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(files_are_read_and_limited),
		cmocka_unit_test(callers_check_keys_and_kinds),
		cmocka_unit_test(half_made_documents_are_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
