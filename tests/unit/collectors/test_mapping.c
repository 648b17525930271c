/* mapping: loading, and that every mistake is told with line and column. */
#include "tests/unit/collectors/mapping_fixture.h"

#include "collectors/engine/path.h"
#include "proto/codes.h"

#define HEAD         "source: vas\nformat: csv\nid: {path: Id}\nversion: {constant: 1}\n"
#define JSON(format) "source: vas\nformat: " format "\nid: {path: Id}\nversion: {constant: 1}\n"
#define ASSUMED                                                                                \
	"  qualified: {const: antaget}\n  replaces_visit: {const: ja}\n  documented: {const: " \
	"nej}\n"
#define FIELDS                                                            \
	"fields:\n  kanal: {const: video}\n  status: {const: avslutad}\n" \
	"  vardform: {const: oppen}\n" ASSUMED "  start: [{path: Start}, {date: YYYY-MM-DD}]\n"

static void loads(void **state)
{
	struct mapping *m = fixture_mapping(
		"source: vas-telefon\nformat: csv\ncsv: {delimiter: tab, quote: none, encoding: "
		"cp1252}\n"
		"id: [{path: Id}, {re: '^K(.*)$'}]\nid-form: upper\n"
		"version: {time: [{path: Andrad}, {date: {format: 'YYYY-MM-DD HH:mm', zone: Z}}]}\n"
		"only: {path: Typ, in: [T, V]}\n"
		"tables: {kanal: {codes: {T: telefon, V: video}}}\n"
		"joins: {enheter: {file: enheter.csv, key: Kod, csv: {delimiter: ','}}}\n" FIELDS
		"  unit: [{path: Enhet}, {join: {in: enheter, get: Namn}}]\n"
		"  form: {first_of: [{path: Form}, [{path: Typ}, {table: kanal}]]}\n"
		"  kon: {when: {path: Kon, is: '', then: {const: okant}, else: {path: Kon}}}\n");
	size_t count;
	const char *const *column = mapping_columns(m, &count);
	static const char *const expected[] = {"Id",    "Andrad", "Typ", "Start",
					       "Enhet", "Form",   "Kon"};

	(void)state;
	assert_string_equal(mapping_source(m), "vas-telefon");
	assert_int_equal(mapping_dialect(m).delimiter, '\t');
	assert_int_equal(mapping_dialect(m).quote, '\0');
	assert_int_equal(mapping_dialect(m).encoding, CSV_CP1252);
	assert_int_equal(mapping_version_kind(m), VERSION_KIND_FIELD);
	assert_int_equal(count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < count; i++)
		assert_string_equal(column[i], expected[i]);
	mapping_free(m);
}

static const char *const wrong_mappings[][2] = {
	/* The head. */
	{"sorce: vas\n", ":1:1: unknown key 'sorce'"},
	{"source: Vas\n", ":1:9: a source's name"},
	{"source: [vas]\n", ":1:9: expected text, found a list"},
	{"source: vas\nsource: vas\n", ":2:1: key 'source' stands here for the second time"},
	{"source: vas\n", ":1:1: format is missing"},
	{"source: vas\nformat: xml\n", ":2:9: 'xml' is not one of: csv"},
	{"source: vas\nformat: csv\ncsv: {delimiter: x}\n", ":3:18: 'x' is not one of: ,"},
	{"source: vas\nformat: csv\ncsv: {separator: x}\n", ":3:7: unknown key 'separator'"},
	{"source: vas\nformat: csv\nversion: {constant: 1}\n" FIELDS, ":1:1: id is missing"},
	{HEAD "id-form: padded\n" FIELDS, ":5:10: 'padded' is not one of: as-is, trimmed"},
	{HEAD, ":1:1: fields is missing"},
	{HEAD "only: {path: Typ}\n" FIELDS, ":5:7: a condition has either is or in"},
	{HEAD "only: {is: x}\n" FIELDS, ":5:7: a condition has either path or steps"},
	{HEAD "only: {path: Typ, is: x, then: y}\n" FIELDS, ":5:26: unknown key 'then'"},
	{HEAD "only: {path: Typ, in: x}\n" FIELDS, ":5:23: expected a list, found text"},
	/* Fields. */
	{HEAD FIELDS "  kanl: {const: video}\n", ":13:3: unknown field 'kanl'"},
	{HEAD FIELDS "  day: {path: Start}\n",
	 ":13:3: the field 'day' is not mapped: it is filled by start"},
	{HEAD FIELDS "  person_key: {path: Start}\n", ":13:3: the field 'person_key'"},
	{HEAD "fields: {}\n", ":5:9: the field 'kanal' is missing"},
	{HEAD "fields:\n  kanal: {const: video}\n  status: {const: avslutad}\n  vardform: "
	      "{const: oppen}\n" ASSUMED,
	 ":6:3: the field 'start' is missing"},
	{HEAD "fields:\n  kanal: {const: video}\n  status: {const: avslutad}\n" ASSUMED
	      "  start: [{path: S}, {date: YYYYMMDD}]\n",
	 ":6:3: the field 'vardform' is missing"},
	/* Steps. */
	{HEAD FIELDS "  unit: Enhet\n", ":13:9: expected a map, found text"},
	{HEAD FIELDS "  unit: []\n", ":13:9: a list without steps"},
	{HEAD FIELDS "  unit: {pth: Enhet}\n",
	 ":13:10: unknown key 'pth'; known: path, const, table"},
	{HEAD FIELDS "  unit: {path: A, re: '(.)'}\n", ":13:9: a step has one key"},
	{HEAD FIELDS "  unit: {re: '(.)'}\n", ":13:9: re has nothing to read"},
	{HEAD FIELDS "  unit: [{path: A}, {re: '('}]\n", ":13:26: expression '(':"},
	{HEAD FIELDS "  unit: [{path: A}, {re: 'a'}]\n",
	 ":13:26: expression 'a': it must have exactly one group"},
	{HEAD FIELDS "  unit: [{path: A}, {re: '(a)(b)'}]\n", ":13:26: expression"},
	{HEAD FIELDS "  unit: [{path: A}, {table: units}]\n", ":13:29: no table 'units' in tables"},
	{HEAD FIELDS "  unit: [{path: A}, {join: {in: units, get: B}}]\n",
	 ":13:33: no join 'units' in joins"},
	{HEAD FIELDS "  unit: [{path: A}, {join: {in: units}}]\n", ":13:28: get is missing"},
	{HEAD FIELDS "  unit: {path: a.b}\n", ":13:16: the path 'a.b' leads into nested records"},
	{HEAD FIELDS "  unit: {path: 'a[x'}\n", ":13:16: path 'a[x', character 4:"},
	{HEAD FIELDS "  unit: {path: ''}\n", ":13:16: path '', character 1: a name is missing"},
	{HEAD FIELDS "  unit: [{path: A}, {date: YYYYMMDD}]\n",
	 ":13:28: a date step must be the last, of a field that takes a date"},
	{HEAD FIELDS "  end: {path: A}\n", ":13:8: the last step must be a date step"},
	{HEAD FIELDS "  end: [{path: A}, {date: YYYYDD}]\n",
	 ":13:27: date 'YYYYDD': the pattern needs"},
	{HEAD FIELDS "  end: [{path: A}, {date: {format: YYYYMMDD, zone: Z}}]\n",
	 ":13:36: date 'YYYYMMDD': a zone is for"},
	{HEAD FIELDS "  end: [{path: A}, {date: {formt: YYYYMMDD}}]\n",
	 ":13:28: unknown key 'formt'"},
	{HEAD FIELDS "  end: {first_of: [[{path: A}, {date: YYYYMMDD}], {path: B}]}\n",
	 ":13:51: the last step must be a date step"},
	{HEAD FIELDS "  unit: {first_of: [{path: A}]}\n", ":13:20: first_of needs two"},
	{HEAD FIELDS "  unit: {when: {path: A, is: x}}\n", ":13:16: then is missing"},
	{HEAD FIELDS "  unit: {when: {path: A, is: x, then: {table: {a: b}}}}\n",
	 ":13:39: table has nothing to read"},
	/* What constants and tables give. */
	{HEAD FIELDS "  kon: {const: kvnna}\n",
	 ":13:16: kon: 'kvnna' is no code of it; known: man, kvinna, okant"},
	{HEAD FIELDS "  kon: [{path: A}, {table: {K: kvinna, M: m}}]\n",
	 ":13:43: kon: 'm' is no code"},
	{HEAD FIELDS "  kon: [{path: A}, {table: {'': okant}}]\n",
	 ":13:29: a blank never reaches a table"},
	{HEAD "tables: {k: {codes: {K: quinna}}}\n" FIELDS "  kon: [{path: A}, {table: k}]\n",
	 ":14:28: kon: 'quinna' is no code"},
	{HEAD FIELDS "  form: {when: {path: A, is: x, then: {const: brev}, else: {const: bref}}}\n",
	 ":13:68: form: 'bref'"},
	{HEAD FIELDS "  region_code: {const: 420}\n", ":13:24: region_code: '420' is no number"},
	{HEAD FIELDS "  mvo: {const: abcd}\n", ":13:16: mvo: 'abcd' is too long"},
	/* Tables, joins, version. */
	{HEAD "tables: {k: {codes: {}, file: x}}\n" FIELDS,
	 ":5:13: a table has either codes or a file"},
	{HEAD "tables: {k: {file: x, key: y}}\n" FIELDS, ":5:13: value is missing"},
	{HEAD "joins: {k: {file: x}}\n" FIELDS, ":5:12: key is missing"},
	{HEAD "joins: {k: {file: x, kee: y}}\n" FIELDS, ":5:22: unknown key 'kee'"},
	/* JSON. */
	{HEAD "json: {null: blank}\n" FIELDS, ":5:7: json is for the formats of JSON"},
	{JSON("ndjson") "json: {records: a}\n" FIELDS, ":5:17: records is for format json"},
	{JSON("json") "json: {records: 'a[0]'}\n" FIELDS,
	 ":5:17: this path leads along names only"},
	{JSON("json") "json: {null: missing}\n" FIELDS,
	 ":5:14: 'missing' is not one of: refused, blank"},
	{JSON("json") FIELDS "  unit: {path: 'a[x]'}\n", ":13:16: path 'a[x]', character 4"},
	{JSON("ndjson") "joins: {k: {key: a}}\n" FIELDS, ":5:12: file is missing"},
	{JSON("fhir-bundle") "joins: {k: {format: ndjson, key: a}}\n" FIELDS,
	 ":5:12: a join without a file"},
	{JSON("ndjson") "joins: {k: {file: x}}\n" FIELDS, ":5:12: key is missing"},
	{JSON("ndjson") "joins: {k: {file: x, key: 'a['}}\n" FIELDS,
	 ":5:27: path 'a[', character 3"},
	{JSON("ndjson") "joins: {k: {file: x, key: a, resource: B}}\n" FIELDS,
	 ":5:12: a join has either key or"},
	{JSON("ndjson") "joins: {k: {file: x, format: csv, resource: B}}\n" FIELDS,
	 ":5:12: a join has either key or"},
	{JSON("ndjson") "joins: {k: {file: x, key: a, csv: {delimiter: ','}}}\n" FIELDS,
	 ":5:35: csv is for the format csv"},
	{JSON("ndjson") "joins: {k: {file: x, key: a, about: b}}\n" FIELDS,
	 ":5:37: about goes with resource"},
	{JSON("ndjson") "joins: {k: {file: x, resource: B, about: 'b[0]'}}\n" FIELDS,
	 ":5:42: this path leads along names only"},
	{JSON("ndjson") "joins: {k: {file: x, key: a}}\n" FIELDS
			"  unit: [{path: A}, {join: {in: k, get: 'a..b'}}]\n",
	 ":14:41: path 'a..b', character 3"},
	{HEAD "examples: [{sample: x}]\n" FIELDS, ":5:12: expected is missing"},
	{"source: vas\nformat: csv\nid: {path: Id}\nversion: 1\n" FIELDS,
	 ":4:10: expected a map, found text"},
	{"source: vas\nformat: csv\nid: {path: Id}\nversion: {}\n" FIELDS,
	 ":4:10: version has one of"},
	{"source: vas\nformat: csv\nid: {path: Id}\nversion: {mtime: false}\n" FIELDS,
	 ":4:18: 'false' is not one of: true"},
	{"source: vas\nformat: csv\nid: {path: Id}\nversion: {constant: "
	 "281474976710656}\n" FIELDS,
	 ":4:21: a constant version"},
	{"source: vas\nformat: csv\nid: {path: Id}\nversion: {filename: 'a.*'}\n" FIELDS,
	 ":4:21: expression"},
	{"source: vas\nformat: csv\nid: {path: Id}\nversion: {time: {path: A}}\n" FIELDS,
	 ":4:17: the last step must be a date step"},
	{"source: vas\nformat: csv\nid: {path: Id}\nversion: {number: [{path: A}, {date: "
	 "YYYYMMDD}]}\n" FIELDS,
	 ":4:38: a date step must be the last"},
};

static void tells_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong_mappings); i++) {
		struct mapping *m = NULL;
		struct fault f = {0};
		int rc = fixture_load(wrong_mappings[i][0], &m, &f);
		if (rc != FAULT_CONFIG ||
		    strncmp(f.text, wrong_mappings[i][1], strlen(wrong_mappings[i][1])) != 0)
			fail_msg("expected '%s', found %s '%s' for\n%s", wrong_mappings[i][1],
				 fault_name(rc), f.text, wrong_mappings[i][0]);
	}
}

static void reads_code_tables_from_files(void **state)
{
	char *codes = fixture_file("KOD;NAMN\n1;telefon\n2;video\n");
	char *wrong = fixture_file("KOD;NAMN\n1;telefon\n2;vidio\n");
	const char *const files[] = {codes, wrong, "/tmp/kp-no-such-file"};
	const int kinds[] = {0, FAULT_CONFIG, FAULT_NOINPUT};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct buf text = {0};
		struct mapping *m = NULL;
		struct fault f = {0};
		/* A path beside the mapping, which stands in the same folder. */
		buf_addf(
			&text,
			HEAD
			"tables: {k: {file: %s, key: KOD, value: NAMN, csv: {delimiter: ;}}}\n"
			"fields:\n  status: {const: avslutad}\n  vardform: {const: oppen}\n" ASSUMED
			"  start: [{path: S}, {date: YYYYMMDD}]\n"
			"  kanal: [{path: K}, {table: k}]\n",
			strrchr(files[i], '/') + 1);
		assert_int_equal(fixture_load(buf_text(&text), &m, &f), kinds[i]);
		if (i == 1)
			assert_non_null(strstr(f.text, ":13:30: kanal: 'vidio' is no code of it"));
		mapping_free(m);
		buf_release(&text);
	}
	unlink(codes);
	unlink(wrong);
	free(codes);
	free(wrong);
}

static void loads_joins(void **state)
{
	struct mapping *m = fixture_mapping(
		HEAD "joins: {enheter: {file: enheter.csv, key: Kod}}\n" FIELDS
		     "  unit: [{path: Enhet}, {join: {in: enheter, get: Namn}}]\n");
	char *path = fixture_file("Kod,Namn\n1,Ett\n");
	char name[] = "enheter", other[] = "enhter";
	char *item[] = {name, path};
	struct option_list with = {.item = item, .count = 2};
	struct fault f = {0};

	(void)state;
	assert_int_equal(mapping_load_joins(m, &with, "/nowhere", &f), 0);
	assert_int_equal(mapping_load_joins(m, NULL, "/nowhere", &f), FAULT_NOINPUT);
	assert_non_null(strstr(f.text, "/nowhere/enheter.csv"));
	item[0] = other;
	assert_int_equal(mapping_load_joins(m, &with, "/nowhere", &f), FAULT_USAGE);
	assert_non_null(strstr(f.text, "enhter"));
	unlink(path);
	free(path);
	mapping_free(m);
}

/* What is within the Bundle has no file: a path that was given would say nothing. */
static void a_join_within_a_bundle_takes_no_path(void **state)
{
	struct mapping *m = fixture_mapping(
		JSON("fhir-bundle") "joins: {org: {resource: Organization}}\n" FIELDS
				    "  unit: [{path: Id}, {join: {in: org, get: name}}]\n");
	char name[] = "org", path[] = "/dev/null";
	char *item[] = {name, path};
	const struct option_list with = {.item = item, .count = 2};
	struct fault f = {0};

	(void)state;
	assert_int_equal(mapping_load_joins(m, &with, "/nowhere", &f), FAULT_USAGE);
	assert_non_null(strstr(f.text, "--with org=..: that join of "));
	assert_int_equal(mapping_load_joins(m, NULL, "/nowhere", &f), 0);
	mapping_free(m);
}

/* The example that people copy. */
static void the_page_shows_a_mapping_that_loads(void **state)
{
	struct buf page = {0};
	struct fault f = {0};

	(void)state;
	assert_int_equal(buf_read_file(&page, KP_SOURCE_DIR "/docs/mapping.md", 1 << 20, &f), 0);
	char *begin = strstr(page.data, "```yaml\n");
	assert_non_null(begin);
	begin += strlen("```yaml\n");
	*strstr(begin, "```") = '\0';
	mapping_free(fixture_mapping(begin));
	buf_release(&page);
}

static void paths(void **state)
{
	static const struct {
		const char *text, *column; /* NULL: into a nested record */
	} right[] = {
		{"START", "START"},
		{"Datum och tid", "Datum och tid"},
		{"Åtgärd*", "Åtgärd*"},
		{"\"a.b\"", "a.b"},
		{"\"sa \"\"hej\"\"\"", "sa \"hej\""},
		{"a.b", NULL},
		{"a[0]", NULL},
		{"a[*].b", NULL},
		{"identifier[system=\"urn:oid:1.2\"].value", NULL},
	};
	static const struct {
		const char *text;
		size_t at;
	} wrong[] = {{"", 0},     {"a.", 2},   {".a", 0},   {"a..b", 2},          {"a[", 2},
		     {"a[0", 3},  {"a[x]", 3}, {"a[k=", 4}, {"a[k=v", 5},         {"\"a", 2},
		     {"a\"b", 2}, {"a]", 2},   {"a=b", 2},  {"a[4294967296]", 12}};
	size_t at;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		struct path path;
		struct buf quoted = {0};
		if (path_parse(right[i].text, &path, &at))
			fail_msg("%s, character %zu", right[i].text, at + 1);
		assert_int_equal(path.count == 1, right[i].column != NULL);
		if (right[i].column) {
			assert_string_equal(path.part->name, right[i].column);
			path_quote(path.part->name, &quoted);
			assert_string_equal(buf_text(&quoted), right[i].text);
		}
		path_release(&path);
		buf_release(&quoted);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct path path;
		if (!path_parse(wrong[i].text, &path, &at))
			fail_msg("'%s' was taken", wrong[i].text);
		if (at != wrong[i].at)
			fail_msg("'%s': character %zu", wrong[i].text, at + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads),
		cmocka_unit_test(tells_where),
		cmocka_unit_test(reads_code_tables_from_files),
		cmocka_unit_test(loads_joins),
		cmocka_unit_test(a_join_within_a_bundle_takes_no_path),
		cmocka_unit_test(the_page_shows_a_mapping_that_loads),
		cmocka_unit_test(paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
