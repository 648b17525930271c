/* join: rows of JSON known by a key or by reference (row 57 of the bad-input matrix). */
#include "tests/unit/collectors/mapping_fixture.h"

#include "collectors/engine/fhir_reference.h"
#include "collectors/engine/join.h"

#define FIELDS                                                                                \
	"version: {constant: 1}\nfields:\n  kanal: {const: video}\n  status: {const: "        \
	"avslutad}\n  vardform: {const: oppen}\n  qualified: {const: ja}\n  replaces_visit: " \
	"{const: ja}\n  documented: {const: ja}\n  start: [{path: S}, {date: YYYYMMDD}]\n"
#define MAPPING(keys)                                                         \
	"source: s\nformat: ndjson\njoins: {j: {file: none, " keys "}}\nid: " \
	"[{path: r}, {join: {in: j, get: name}}]\n" FIELDS

static int load(struct mapping *m, const char *text, struct fault *f)
{
	char *path = fixture_file(text), name[] = "j";
	char *item[] = {name, path};
	struct option_list with = {.item = item, .count = 2};
	int rc = mapping_load_joins(m, &with, "/nowhere", f);
	char *at = rc < 0 ? strstr(f->text, path) : NULL;

	if (at) /* what is tested is what follows the path */
		memmove(f->text, at + strlen(path), strlen(at + strlen(path)) + 1);
	unlink(path);
	free(path);
	return rc;
}

static void assert_get(struct mapping *m, const char *key, const char *expected)
{
	size_t count;
	struct span got = join_get(mapping_joins(m, &count), span_of(key), 0);

	assert_int_equal(count, 1);
	if (!span_is(got, expected))
		fail_msg("%s: expected '%s', got '%.*s'", key, expected, (int)got.len, got.data);
}

static void finds_by_reference(void **state)
{
	static const struct {
		const char *reference, *name;
	} rows[] = {
		{"Organization/1", "ett"},
		{" Organization/1 ", "ett"},
		{"https://a.example/fhir/Organization/1", "ett"},
		{"https://b.example/Organization/1/_history/4", "ett"},
		{"Organization/1/_history/4", "ett"},
		{"Organization?identifier=urn:oid:1.2|E1", "ett"},
		{"https://a.example/fhir/Organization?identifier=urn:oid:1.2|E1", "ett"},
		{"Organization?identifier=E2", "ett"},
		{"urn:uuid:0b9875ba-9310-413d-93d4-bf552585d527", "två"},
		{"Organization/0b9875ba-9310-413d-93d4-bf552585d527", "två"},
		{"Location/1", ""}, /* another type */
		{"Organization/2", ""},
		{"organization/1", ""},
		{"Organization?identifier=urn:oid:1.2|E2", ""},
		{"Organization?identifier=E1", ""},
		{"Organization?name=ett", ""},
		{"#1", ""},
		{"1", ""},
		{"", ""},
		{"/", ""},
		{"//", ""},
		{"/_history/", ""},
	};
	struct mapping *m = fixture_mapping(MAPPING("resource: Organization"));
	struct fault f;

	(void)state;
	assert_int_equal(load(m,
			      "{\"resourceType\":\"Organization\",\"id\":\"1\",\"name\":\"ett\","
			      "\"identifier\":"
			      "[{\"system\":\"urn:oid:1.2\",\"value\":\"E1\"},{\"value\":\"E2\"},{"
			      "\"system\":"
			      "\"x\"}]}\n"
			      "{\"resourceType\":\"Location\",\"id\":\"1\",\"name\":\"plats\"}\n\n"
			      "{\"resourceType\":\"Organization\",\"name\":\"två\",\"id\":"
			      "\"0b9875ba-9310-413d-"
			      "93d4-bf552585d527\"}\n"
			      "{\"resourceType\":\"Organization\",\"name\":\"namnlös\"}",
			      &f),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_get(m, rows[i].reference, rows[i].name);
	mapping_free(m);
}

static void finds_by_what_a_row_is_about(void **state)
{
	struct mapping *m = fixture_mapping(MAPPING("resource: Role, about: a.who"));
	struct fault f;

	(void)state;
	assert_int_equal(
		load(m,
		     "{\"resourceType\":\"Role\",\"id\":\"1\",\"name\":\"ett\",\"a\":{\"who\":{"
		     "\"reference\":\"https://x/Person/7\"}}}\n"
		     "{\"resourceType\":\"Role\",\"id\":\"2\",\"name\":\"två\",\"a\":{\"who\":{"
		     "\"identifier\":{\"system\":\"s\",\"value\":\"v\"}}}}\n"
		     "{\"resourceType\":\"Role\",\"id\":\"3\",\"name\":\"tre\",\"a\":[]}\n"
		     "{\"resourceType\":\"Role\",\"id\":\"4\",\"name\":\"fyra\",\"a\":{\"who\":{"
		     "\"reference\":\"Person/8\"}}}\n"
		     "{\"resourceType\":\"Role\",\"id\":\"5\",\"name\":\"fem\",\"a\":{\"who\":{"
		     "\"reference\":\"Person/8\"}}}\n",
		     &f),
		0);
	assert_get(m, "Person/7", "ett");
	assert_get(m, "Role/1", "ett");
	assert_get(m, "Person?identifier=s|v", "två");
	assert_get(m, "Role/3", "tre");
	assert_get(m, "Person/8", ""); /* two that differ: neither */
	assert_get(m, "Role/5", "fem");
	mapping_free(m);
}

static void finds_by_key(void **state)
{
	struct mapping *m = fixture_mapping(MAPPING("key: 'ids[*].no'"));
	struct fault f;

	(void)state;
	assert_int_equal(load(m,
			      "{\"ids\":[{},{\"no\":12}],\"name\":\"tolv\"}\n"
			      "{\"ids\":[],\"name\":\"ingen\"}\n{\"ids\":[{\"no\":\"13\"}]}\n",
			      &f),
			 0);
	assert_get(m, "12", "tolv");
	assert_get(m, "13", "");
	assert_get(m, "", "");
	mapping_free(m);
}

static void takes_other_formats(void **state)
{
	struct mapping *m = fixture_mapping(MAPPING("format: csv, csv: {delimiter: ;}, key: Id"));
	struct fault f;

	(void)state;
	assert_int_equal(load(m, "Id;name\n1;ett\n", &f), 0);
	assert_get(m, "1", "ett");
	mapping_free(m);
	m = fixture_mapping(MAPPING("format: json, json: {records: rows, null: blank}, key: id"));
	assert_int_equal(
		load(m, "{\"rows\":[{\"id\":1,\"name\":\"ett\"},{\"id\":2,\"name\":null}]}", &f),
		0);
	assert_get(m, "1", "ett");
	assert_get(m, "2", "");
	/* Again replaces what was there. */
	assert_int_equal(load(m, "{\"rows\":[{\"id\":3,\"name\":\"tre\"}]}", &f), 0);
	assert_get(m, "1", "");
	assert_get(m, "3", "tre");
	mapping_free(m);
	m = fixture_mapping(MAPPING("format: fhir-bundle, resource: Organization"));
	assert_int_equal(load(m,
			      "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{"
			      "\"fullUrl\":\"urn:oid:1.2\",\"resource\":{\"resourceType\":"
			      "\"Organization\",\"name\":\"ett\"}}]}",
			      &f),
			 0);
	assert_get(m, "urn:oid:1.2", "ett");
	mapping_free(m);
}

static void tells_what_is_wrong_with_a_file(void **state)
{
	static const char *const rows[][2] = {
		{"{\"id\":1}\n{\"id\":", ":2:6: JSON_SYNTAX"},
		{"{\"id\":1,\"name\":{}}\n", ":1:1: SCHEMA"},
		{"{\"id\":1,\"name\":\"x\"}\n{\"id\":[]}\n", ":2:1: SCHEMA"},
	};
	struct mapping *m = fixture_mapping(MAPPING("key: id"));
	struct fault f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(load(m, rows[i][0], &f), FAULT_CONFIG);
		if (strncmp(f.text, rows[i][1], strlen(rows[i][1])) != 0)
			fail_msg("expected '%s', got '%s'", rows[i][1], f.text);
	}
	assert_int_equal(mapping_load_joins(m, NULL, "/nowhere", &f), FAULT_NOINPUT);
	/* A folder is no file. */
	char name[] = "j", folder[] = "/tmp";
	char *item[] = {name, folder};
	struct option_list with = {.item = item, .count = 2};
	assert_int_equal(mapping_load_joins(m, &with, "/nowhere", &f), FAULT_CONFIG);
	assert_non_null(strstr(f.text, "READ_ERROR"));
	mapping_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_reference),
		cmocka_unit_test(finds_by_what_a_row_is_about),
		cmocka_unit_test(finds_by_key),
		cmocka_unit_test(takes_other_formats),
		cmocka_unit_test(tells_what_is_wrong_with_a_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
