/* skeleton: what it writes loads, names every column, and holds nothing of a record. */
#include "tests/unit/collectors/folder.h"

#include "collectors/engine/mapping.h"
#include "collectors/engine/skeleton.h"

/* The skeleton of a file; it must load, and read nothing of that file before it is filled in. */
static char *skeleton_of(const char *name, const char *data)
{
	struct buf out = {0};
	struct mapping *m = NULL;
	struct fault f = {0};

	if (skeleton_write(folder_write(name, data), NULL, &out, &f) < 0 ||
	    mapping_load(folder_write("mapping.yaml", buf_text(&out)), &m, &f) < 0)
		fail_msg("%s", f.text);
	mapping_free(m);
	return buf_detach(&out);
}

static void assert_has(const char *text, const char *const *lines)
{
	for (; *lines; lines++)
		if (!strstr(text, *lines))
			fail_msg("'%s' is not in\n%s", *lines, text);
}

static void csv(void **state)
{
	char *text = skeleton_of("Kontakter 2020.csv",
				 "Id;\"Datum;tid\";a.b;Namn's;K\xC3\xB6n\n4711;Hemligt;x;y;z\n");

	(void)state;
	assert_has(text, (const char *const[]){"source: kontakter-2020 ", "format: csv\n",
					       "{delimiter: \";\", quote: '\"', encoding: utf-8}",
					       "#   {path: Id}\n", "#   {path: 'Datum;tid'}\n",
					       "#   {path: '\"a.b\"'}\n", "#   {path: 'Namn''s'}\n",
					       "#   {path: K\xC3\xB6n}\n", "\nid: {path: COLUMN}\n",
					       "  #   codes: telefon, video, skriftlig",
					       "  # unit: {path", NULL});
	assert_null(strstr(text, "Hemligt"));
	assert_null(strstr(text, "4711"));
	assert_null(strstr(text, "age_assumed"));
	free(text);
	text = skeleton_of("k.txt", "Id\tK\xF6n\n1\t2\n");
	assert_has(text, (const char *const[]){"delimiter: tab, quote: '\"', encoding: cp1252",
					       "#   {path: K\xC3\xB6n}\n", NULL});
	free(text);
}

static void json(void **state)
{
	char *text = skeleton_of("k.ndjson", "{\"id\":1,\"a\":{\"b\":[{\"c d\":\"Hemligt\"}]}}\n"
					     "trasigt\n{\"id\":2,\"e\":[],\"f.g\":null}\n");

	(void)state;
	assert_has(text, (const char *const[]){"format: ndjson\n", "#   {path: id}\n",
					       "#   {path: 'a.b[*].c d'}\n",
					       "#   {path: '\"f.g\"'}\n", NULL});
	assert_null(strstr(text, "Hemligt"));
	assert_null(strstr(text, "csv:"));
	free(text);
	text = skeleton_of("k.json", "{\"meta\":{\"n\":1},\"the rows\":[{\"id\":1}]}");
	assert_has(text, (const char *const[]){"format: json\njson: {records: 'the rows'}",
					       "#   {path: id}\n", NULL});
	assert_null(strstr(text, "meta"));
	free(text);
	text = skeleton_of("k.json", "[{\"id\":1,\"rows\":[{\"x\":1}]}]");
	assert_has(text, (const char *const[]){"#   {path: 'rows[*].x'}\n", NULL});
	assert_null(strstr(text, "json:"));
	free(text);
	text = skeleton_of("k.json",
			   "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{"
			   "\"resource\":{\"id\":\"1\",\"class\":{\"code\":\"AMB\"}}}]}");
	assert_has(text, (const char *const[]){"format: fhir-bundle\n", "#   {path: class.code}\n",
					       NULL});
	assert_null(strstr(text, "resourceType"));
	free(text);
}

static void refuses(void **state)
{
	struct buf out = {0};
	struct fault f;

	(void)state;
	assert_int_equal(skeleton_write(folder_write("k.dat", "a;b\n"), NULL, &out, &f),
			 FAULT_USAGE);
	assert_int_equal(skeleton_write(folder_write("k.dat", "a;b\n"), "csv", &out, &f), 0);
	buf_reset(&out);
	assert_int_equal(skeleton_write(folder_path("none.csv"), NULL, &out, &f), FAULT_NOINPUT);
	assert_int_equal(skeleton_write(folder_write("k.csv", ""), NULL, &out, &f), FAULT_INPUT);
	assert_int_equal(skeleton_write(folder_write("k.json", "{"), NULL, &out, &f), FAULT_INPUT);
	/* A file without a header: its first record must not be shown. */
	assert_int_equal(skeleton_write(folder_write("k.csv", "1;19121212-1212\n"), NULL, &out, &f),
			 FAULT_INPUT);
	assert_null(strstr(f.text, "1212"));
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv),
		cmocka_unit_test(json),
		cmocka_unit_test(refuses),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
