/* reader_json: documents, lines and Bundles; rows 44-52, 59 and 60 of the bad-input matrix. */
#include "tests/unit/collectors/mapping_fixture.h"

#include "collectors/engine/json_scan.h"
#include "collectors/engine/reader.h"
#include "common/civil.h"

#define FIELDS                                                                              \
	"version: {constant: 1}\nfields:\n  kanal: {const: video}\n  status: {const: "      \
	"avslutad}\n  vardform: {const: oppen}\n  qualified: {const: ja}\n  "               \
	"replaces_visit: {const: ja}\n  documented: {const: ja}\n  start: [{path: start}, " \
	"{date: YYYYMMDD}]\n"
#define MAPPING(head, id) "source: s\n" head "id: {path: '" id "'}\n" FIELDS
#define LINES(id)         MAPPING("format: ndjson\n", id)
#define DOCUMENT(id)      MAPPING("format: json\n", id)
#define BUNDLE(id)        MAPPING("format: fhir-bundle\n", id)

static FILE *memory_file(const void *data, size_t len)
{
	FILE *file = len > 0 ? fmemopen((void *)(uintptr_t)data, len, "r")
			     : fopen("/dev/null", "r");

	assert_non_null(file);
	return file;
}

/* Every answer as text: "1 id", "2! REASON at byte", "1? id REASON", "3!! REASON", "end". */
static char *answers(const char *mapping, const char *data, size_t len)
{
	struct mapping *m = fixture_mapping(mapping);
	const struct reader *reader = reader_by_name(mapping_format(m));
	struct reader_item item;
	enum reader_status status;
	struct buf out = {0};

	FILE *file = memory_file(data, len);
	void *self = reader->open(file, m);
	do {
		unsigned long long line;
		status = reader->next(self, &item);
		line = item.record.line;
		switch (status) {
		case READER_RECORD: {
			const struct record_field *id = &item.record.field[0];
			if (id->reason == REASON_NONE)
				buf_addf(&out, "%llu %.*s; ", line, (int)id->text.len,
					 id->text.data);
			else
				buf_addf(&out, "%llu? %s; ", line, reason_name(id->reason));
			break;
		}
		case READER_BAD:
			buf_addf(&out, "%llu! %s", line, reason_name(item.reason));
			if (item.byte > 0)
				buf_addf(&out, " at %u", item.byte);
			buf_adds(&out, "; ");
			break;
		case READER_BROKEN:
			buf_addf(&out, "%llu!! %s%s", line, reason_name(item.reason), item.where);
			break;
		case READER_END: buf_addf(&out, "end%s", item.truncated ? " truncated" : ""); break;
		}
	} while (status <= READER_BAD);
	reader->close(self);
	(void)fclose(file);
	mapping_free(m);
	return buf_detach(&out);
}

struct row {
	const char *mapping, *data, *expected;
};

static void check(const struct row *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *got = answers(row[i].mapping, row[i].data, strlen(row[i].data));
		if (strcmp(got, row[i].expected) != 0)
			fail_msg("expected '%s', got '%s' for\n%s", row[i].expected, got,
				 row[i].data);
		free(got);
	}
}

static void reads_lines(void **state)
{
	static const struct row rows[] = {
		{LINES("a"), "", "end"},
		{LINES("a"), "{\"a\":\"x\"}\n{\"a\":\"y\"}\r\n", "1 x; 2 y; end"},
		{LINES("a"), "\n  \n{\"a\":1}\n\n{\"a\":2}", "3 1; 5 2; end truncated"},
		{LINES("a"), "\xEF\xBB\xBF{\"a\":\"x\"}\n", "1 x; end"},
		{LINES("a"), "\xFF\xFE{\n", "1!! ENCODING"},
		{LINES("a"), "[]\n\"a\"\n1\nnull\n",
		 "1! SCHEMA; 2! JSON_SYNTAX at 3; 3! JSON_SYNTAX at "
		 "1; 4! JSON_SYNTAX at 4; end"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

/* Rows 44, 45, 47 and 48: the record is rejected, the next one is read. */
static void rejects_what_is_not_strict_json(void **state)
{
	static const struct {
		const char *data, *expected;
	} rows[] = {
		{"{\"a\":1", "JSON_SYNTAX"},
		{"{\"a\":", "JSON_SYNTAX"},
		{"{\"a\":\"x", "JSON_SYNTAX"},
		{"{\"a\":1} x", "JSON_SYNTAX"},
		{"{\"a\":1}}", "JSON_SYNTAX"},
		{"{\"a\":1}{\"a\":2}", "JSON_SYNTAX"},
		{"{\"a\":1,}", "JSON_SYNTAX"},
		{"{'a':1}", "JSON_SYNTAX"},
		{"{a:1}", "JSON_SYNTAX"},
		{"// x", "JSON_SYNTAX"},
		{"{\"a\":[1}", "JSON_SYNTAX"},
		{"{\"a\":\"x\ty\"}", "JSON_SYNTAX"},
		{"{\"a\":1,\"a\":2}", "JSON_DUPKEY"},
		{"{\"b\":{\"a\":1,\"a\":1}}", "JSON_DUPKEY"},
		{"{\"a\":1,\"\\u0061\":2}", "JSON_DUPKEY"},
		{"{\"a\":1e400}", "JSON_NUMBER"},
		{"{\"b\":9223372036854775808}", "JSON_NUMBER"},
		{"{\"a\":NaN}", "JSON_NUMBER"},
		{"{\"a\":Infinity}", "JSON_NUMBER"},
		{"{\"a\":-Infinity}", "JSON_NUMBER"},
		{"{\"a\":01}", "JSON_NUMBER"},
		{"{\"a\":+1}", "JSON_NUMBER"},
		{"{\"a\":.5}", "JSON_NUMBER"},
		{"{\"a\":1.}", "JSON_NUMBER"},
		{"{\"a\":\"\\ud800\"}", "ENCODING"},
		{"{\"a\":\"\\udc00\\ud800\"}", "ENCODING"},
		{"{\"a\":\"\\u0000\"}", "ENCODING"},
		{"{\"\\u0000\":1}", "ENCODING"},
		{"{\"a\":\"\xC0\xAF\"}", "ENCODING"},
		{"{\"a\":\"\xED\xA0\x80\"}", "ENCODING"},
		{"{\"a\":\"\xE5\"}", "ENCODING"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf data = {0}, expected = {0};
		buf_addf(&data, "%s\n{\"a\":\"next\"}\n", rows[i].data);
		buf_addf(&expected, "1! %s at ", rows[i].expected);
		char *got = answers(LINES("a"), buf_text(&data), data.len);
		if (strncmp(got, buf_text(&expected), expected.len) != 0 ||
		    !strstr(got, "; 2 next; end"))
			fail_msg("expected %s, got '%s' for %s", rows[i].expected, got,
				 rows[i].data);
		free(got);
		buf_release(&data);
		buf_release(&expected);
	}
	char *nul = answers(LINES("a"), "{\"a\":\0 1}\n{\"a\":2}\n", 18);
	assert_string_equal(nul, "1! JSON_SYNTAX at 6; 2 2; end");
	free(nul);
}

/* Rows 47, 49 and 50: what is there is not what a text can be read from; only who reads it cares. */
static void reads_texts(void **state)
{
	static const struct row rows[] = {
		{LINES("a"), "{\"a\":\"\\u00e5\\ud83d\\ude00\"}\n",
		 "1 \xC3\xA5\xF0\x9F\x98\x80; end"},
		{LINES("a"), "{\"a\":9007199254740993}\n", "1 9007199254740993; end"},
		{LINES("a"), "{\"a\":9223372036854775807}\n", "1 9223372036854775807; end"},
		{LINES("a"), "{\"a\":-0}\n{\"a\":-12}\n", "1 0; 2 -12; end"},
		{LINES("a"), "{\"a\":true}\n{\"a\":false}\n", "1 true; 2 false; end"},
		{LINES("a"), "{\"a\":1.0}\n{\"a\":1e2}\n", "1? JSON_NUMBER; 2? JSON_NUMBER; end"},
		{LINES("a"), "{\"a\":\"x\\u0001\"}\n", "1? CONTROL_CHAR; end"},
		{LINES("a"), "{\"a\":\"x\\ny\"}\n", "1 x\ny; end"},
		/* Null, missing, empty: three rules. */
		{LINES("a"), "{\"a\":null}\n{}\n{\"a\":\"\"}\n", "1? SCHEMA; 2 ; 3 ; end"},
		{MAPPING("format: ndjson\njson: {null: blank}\n", "a"), "{\"a\":null}\n",
		 "1 ; end"},
		{LINES("a.b"), "{\"a\":null}\n{\"a\":{}}\n{}\n", "1? SCHEMA; 2 ; 3 ; end"},
		/* Another type. */
		{LINES("a"), "{\"a\":{}}\n{\"a\":[]}\n", "1? SCHEMA; 2? SCHEMA; end"},
		{LINES("a.b"), "{\"a\":\"x\"}\n{\"a\":[{\"b\":1}]}\n", "1? SCHEMA; 2? SCHEMA; end"},
		{LINES("a[0]"), "{\"a\":\"x\"}\n{\"a\":{\"0\":1}}\n", "1? SCHEMA; 2? SCHEMA; end"},
		/* What is not read does not matter. */
		{LINES("a"), "{\"a\":1,\"b\":1.5,\"c\":null,\"d\":{}}\n", "1 1; end"},
		/* Row 60: the class of R4 and of R5. */
		{LINES("class.code"),
		 "{\"resourceType\":\"Encounter\",\"class\":{\"code\":\"AMB\"}}\n"
		 "{\"resourceType\":\"Encounter\",\"class\":[{\"coding\":[{\"code\":\"AMB\"}]}]}\n"
		 "{\"resourceType\":\"Encounter\",\"class\":\"AMB\"}\n",
		 "1 AMB; 2? FHIR_VERSION; 3? SCHEMA; end"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

static void follows_paths(void **state)
{
	static const char data[] =
		"{\"a\":{\"b\":[{\"k\":\"1\",\"v\":\"\"},{\"k\":\"2\"},{\"k\":\"2\",\"v\":\"x\"},"
		"{\"k\":3,\"v\":\"y\"},{\"k\":true,\"v\":\"z\"},{\"k\":\"2\",\"v\":\"w\"}],"
		"\"c\":[[\"p\",\"q\"],[]],\"d e\":\" \",\"f.g\":\"dot\"}}\n";
	static const struct row rows[] = {
		{LINES("a.b[*].v"), data, "1 x; end"},
		{LINES("a.b[k=2].v"), data, "1 x; end"},
		{LINES("a.b[k=3].v"), data, "1 y; end"},
		{LINES("a.b[k=true].v"), data, "1 z; end"},
		{LINES("a.b[k=4].v"), data, "1 ; end"},
		{LINES("a.b[1].v"), data, "1 ; end"},
		{LINES("a.b[9].v"), data, "1 ; end"},
		{LINES("a.b[5].v"), data, "1 w; end"},
		{LINES("a.c[0][1]"), data, "1 q; end"},
		{LINES("a.c[*][*]"), data, "1 p; end"},
		{LINES("a.c[1][*]"), data, "1 ; end"},
		{LINES("a.\"f.g\""), data, "1 dot; end"},
		{LINES("a.d e"), data, "1  ; end"},
		{LINES("a.b.v"), data, "1? SCHEMA; end"},
		{LINES("a.b[*].k.x"), data, "1? SCHEMA; end"},
		{LINES("nowhere[*].x"), data, "1 ; end"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

#define RECORDS MAPPING("format: json\njson: {records: a.list}\n", "a")

static void reads_documents(void **state)
{
	static const struct row rows[] = {
		{DOCUMENT("a"), "", "end"},
		{DOCUMENT("a"), "{\"a\":1}", "1 1; end"},
		{DOCUMENT("a"), "\n{\n\"a\":\n1}\n\n", "2 1; end"},
		{DOCUMENT("a"), "[]", "end"},
		{DOCUMENT("a"), "[\n{\"a\":1},\n\n{\"a\":2}\n]\n", "2 1; 4 2; end"},
		{DOCUMENT("a"), "\xEF\xBB\xBF[{\"a\":1}]", "1 1; end"},
		{DOCUMENT("a"), "\xEF\xBB\xBF{\"a\":1}", "1 1; end"},
		{DOCUMENT("a"), "\xFE\xFF[", "1!! ENCODING"},
		/* One bad element spoils no other, and the line is that of what is wrong. */
		{DOCUMENT("a"), "[{\"a\":1},\n{\"a\":\n01},\n{\"a\":3},4,{\"a\":1,\"a\":1}]",
		 "1 1; 3! JSON_NUMBER at 1; 4 3; 4! JSON_SYNTAX at 9; 4! JSON_DUPKEY at 20; end"},
		/* A document that is one record is rejected as one. */
		{DOCUMENT("a"), "{\"a\":1} x", "1! JSON_SYNTAX at 9; end"},
		{DOCUMENT("a"), "{\"a\":1}\n{\"a\":2}", "2! JSON_SYNTAX at 1; end"},
		{DOCUMENT("a"), "{\"a\":1", "1! JSON_SYNTAX at 6; end"},
		{DOCUMENT("a"), " \n", "end"},
		/* What is around a list of records spoils the file. */
		{DOCUMENT("a"), "[{\"a\":1},\n{\"a\":2}", "2!! JSON_SYNTAX"},
		{DOCUMENT("a"), "[{\"a\":1}]\nx", "2!! JSON_SYNTAX"},
		{DOCUMENT("a"), "[{\"a\":1} {\"a\":2}]", "1 1; 1!! JSON_SYNTAX"},
		{DOCUMENT("a"), "[{\"a\":1},]", "1 1; 1!! JSON_SYNTAX"},
		{DOCUMENT("a"), "[,{\"a\":1}]", "1!! JSON_SYNTAX"},
		/* records */
		{RECORDS, "{\"x\":[{\"list\":[1]}],\"a\":{\"b\":\"\\\"]\",\"list\":[{\"a\":1}]}}",
		 "1 1; end"},
		{RECORDS, "{\"a\":{\"list\":[]}}", "end"},
		{RECORDS, "{\"a\":{}}", "1!! SCHEMA"},
		{RECORDS, "{\"a\":{\"list\":{}}}", "1!! SCHEMA"},
		{RECORDS, "{\"a\":{\"list\":[{\"a\":1}],\"list\":[]}}", "1!! JSON_DUPKEY"},
		{RECORDS, "{\"a\":{\"list\":[{\"a\":1}]},\n\"a\":1}", "2!! JSON_DUPKEY"},
		{RECORDS, "{\"a\":{\"list\":[{\"a\":1}]}", "1!! JSON_SYNTAX"},
		{RECORDS, "{\"a\":{\"l\\u0069st\":[{\"a\":1}]}}", "1!! SCHEMA"},
		{RECORDS, "[{\"a\":1}]", "1!! SCHEMA"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

#define RESOURCE "{\"resource\":{\"resourceType\":\"Encounter\",\"a\":1}}"

/* Rows 52 and 59. */
static void reads_bundles(void **state)
{
	static const struct row rows[] = {
		{BUNDLE("a"),
		 "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[" RESOURCE
		 ",\n{\"fullUrl\":\"x\"},\n{\"resource\":[]},\n{\"resource\":{\"a\":01}},"
		 "\n" RESOURCE "]}",
		 "1 1; 2! FHIR_BUNDLE; 3! FHIR_BUNDLE; 4! JSON_NUMBER at 18; 5 1; end"},
		{BUNDLE("a"),
		 "{\"entry\":[" RESOURCE "],\"type\":\"searchset\",\"resourceType\":\"Bundle\"}",
		 "1 1; end"},
		{BUNDLE("a"), "{\"resourceType\":\"Bundle\",\"type\":\"message\"}", "end"},
		{BUNDLE("a"),
		 "{\"resourceType\":\"Bundle\",\"type\":\"batch-response\",\"entry\":[" RESOURCE
		 "," RESOURCE "]}",
		 "1! FHIR_BUNDLE; 1! FHIR_BUNDLE; end"},
		{BUNDLE("a"), "{\"resourceType\":\"Bundle\",\"entry\":[" RESOURCE "]}",
		 "1! FHIR_BUNDLE; end"},
		{BUNDLE("a"), "{\"resourceType\":\"Encounter\"}", "1!! FHIR_BUNDLE"},
		{BUNDLE("a"), "[" RESOURCE "]", "1!! FHIR_BUNDLE"},
		{BUNDLE("a"), "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":{}}",
		 "1!! FHIR_BUNDLE"},
		{BUNDLE("a"),
		 "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[" RESOURCE
		 "],\"link\":[{\"relation\":\"self\"},{\"relation\":\"next\"}]}",
		 "1!! INCOMPLETE"},
		{BUNDLE("a"),
		 "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[" RESOURCE "]",
		 "1!! JSON_SYNTAX"},
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

/* A Bundle's own joins, however its entries lie, and again when the file is read again. */
static void joins_within_a_bundle(void **state)
{
	static const char *const mapping =
		"source: s\nformat: fhir-bundle\nonly: {path: resourceType, is: Encounter}\n"
		"joins: {patients: {resource: Patient}}\n"
		"id: [{path: subject.reference}, {join: {in: patients, get: gender}}]\n" FIELDS;
	static const char data[] =
		"{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[\n"
		"{\"resource\":{\"resourceType\":\"Encounter\",\"subject\":{\"reference\":\"urn:"
		"uuid:1\"}}},"
		"{\"fullUrl\":\"urn:uuid:1\",\"resource\":{\"resourceType\":\"Patient\",\"gender\":"
		"\"G\"}}]}";
	struct mapping *m = fixture_mapping(mapping);
	const struct reader *reader = reader_by_name("fhir-bundle");
	struct mapping_context c = fixture_context();
	struct fault f;

	(void)state;
	assert_int_equal(mapping_load_joins(m, NULL, "/nowhere", &f), 0);
	for (int i = 0; i < 2; i++) {
		FILE *file = memory_file(data, sizeof(data) - 1);
		struct reader_item item;
		struct mapping_result result;
		struct buf trace = {0};
		struct event e;
		void *self = reader->open(file, m);
		assert_int_equal(reader->next(self, &item), READER_RECORD);
		assert_int_equal(mapping_eval(m, &item.record, &c, &trace, &e, &result),
				 MAPPING_REJECTED);
		assert_non_null(strstr(buf_text(&trace), "-> G\n"));
		assert_string_equal(result.column, "start");
		assert_int_equal(item.record.number, 1);
		assert_int_equal(reader->next(self, &item), READER_RECORD);
		assert_int_equal(mapping_eval(m, &item.record, &c, NULL, &e, &result),
				 MAPPING_NOT_CONTACT);
		assert_int_equal(reader->next(self, &item), READER_END);
		reader->close(self);
		(void)fclose(file);
		buf_release(&trace);
	}
	digest_mac_free(c.key);
	mapping_free(m);
	/* A text that cannot be one concerns the whole file: what it joins is not known. */
	static const char list[] =
		"{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[\n"
		"{\"resource\":{\"resourceType\":\"Patient\",\"id\":\"1\",\"gender\":[]}}]}";
	char *got = answers(mapping, list, sizeof(list) - 1);
	assert_string_equal(got, "2!! FHIR_VERSIONgender");
	free(got);
}

/* Repeats a text so many times between two others, as a line. */
static void add_many(struct buf *out, const char *before, const char *text, size_t times,
		     const char *after)
{
	buf_adds(out, before);
	for (size_t i = 0; i < times; i++)
		buf_adds(out, text);
	buf_adds(out, after);
	buf_addc(out, '\n');
}

/* Row 46: the record is rejected before anything is built of it. */
static void keeps_within_limits(void **state)
{
	struct buf data = {0};

	(void)state;
	add_many(&data, "{\"a\":", "[", 31, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}");
	add_many(&data, "{\"a\":", "[", 32, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}");
	add_many(&data, "", "[", 10000, "");
	add_many(&data, "{\"a\":[0", ",0", JSON_VALUES_MAX, "]}");
	add_many(&data, "{\"b\":\"", "xxxxxxxxxxxxxxxx", 100 << 16, "\"}");
	add_many(&data, "{\"a\":1,\"b\":\"", "xxxxxxxxxxxxxxxx", (8 << 16) - 2, "\"}");
	buf_adds(&data, "{\"a\":\"last\"}\n");
	char *got = answers(LINES("a"), data.data, data.len);
	assert_string_equal(got, "1? SCHEMA; 2! LIMIT at 1; 3! LIMIT at 1; 4! LIMIT at 1; "
				 "5! LIMIT at 1; 6 1; 7 last; end");
	free(got);
	buf_reset(&data);
	add_many(&data, "[{\"b\":\"", "xxxxxxxxxxxxxxxx", 8 << 16, "\"}]");
	got = answers(DOCUMENT("a"), data.data, data.len);
	assert_string_equal(got, "1!! LIMIT");
	free(got);
	buf_reset(&data);
	add_many(&data, "[{\"a\":1},{\"a\":[0", ",0", JSON_VALUES_MAX, "]},{\"a\":3}]");
	got = answers(DOCUMENT("a"), data.data, data.len);
	assert_string_equal(got, "1 1; 1! LIMIT at 10; 1 3; end");
	free(got);
	buf_reset(&data);
	add_many(&data, "{\"x\":", "[", 10000, "");
	got = answers(BUNDLE("a"), data.data, data.len);
	assert_string_equal(got, "1!! LIMIT");
	free(got);
	buf_release(&data);
}

/* Row 51: one bad line of a thousand; and every byte of the file belongs to one record. */
static void one_bad_line_spoils_no_other(void **state)
{
	struct mapping *m = fixture_mapping(LINES("a"));
	struct buf data = {0};
	struct reader_item item;
	size_t good = 0, bad = 0;
	uint64_t offset = 0;

	(void)state;
	for (int i = 1; i <= 1000; i++)
		buf_addf(&data, i == 500 ? "{\"a\":%d\n" : "{\"a\":%d,\"ny\":0}\n", i);
	FILE *file = memory_file(data.data, data.len);
	void *self = reader_ndjson.open(file, m);
	enum reader_status status = reader_ndjson.next(self, &item);
	for (; status <= READER_BAD; status = reader_ndjson.next(self, &item)) {
		good += status == READER_RECORD;
		bad += status == READER_BAD;
		assert_int_equal(item.record.number, good + bad);
		assert_int_equal(item.record.line, good + bad);
		assert_int_equal(item.record.offset, offset);
		offset += item.record.bytes;
	}
	assert_int_equal(status, READER_END);
	assert_int_equal(good, 999);
	assert_int_equal(bad, 1);
	assert_int_equal(offset, data.len);
	assert_int_equal(item.unread, 1); /* row 50: a name that no path begins with is noted */
	reader_ndjson.close(self);
	(void)fclose(file);
	buf_release(&data);
	mapping_free(m);
}

/* A line of a million bytes takes a second, and minutes if each record looks back to its beginning. */
static void bad_records_in_one_line_cost_what_they_are(void **state)
{
	static const size_t count = 500000;
	struct mapping *m = fixture_mapping(DOCUMENT("a"));
	struct buf data = {0};
	struct reader_item item;
	size_t bad = 0;

	(void)state;
	buf_adds(&data, "\n[x");
	for (size_t i = 1; i < count; i++)
		buf_adds(&data, ",x");
	buf_adds(&data, "]");
	FILE *file = memory_file(data.data, data.len);
	void *self = reader_json.open(file, m);
	const int64_t start = civil_monotonic_ms();
	while (reader_json.next(self, &item) == READER_BAD) {
		bad++;
		assert_int_equal(item.record.line, 2);
		assert_int_equal(item.byte, 2 * bad);
		assert_true(civil_monotonic_ms() - start < 60000);
	}
	assert_int_equal(bad, count);
	reader_json.close(self);
	(void)fclose(file);
	buf_release(&data);
	mapping_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lines),
		cmocka_unit_test(rejects_what_is_not_strict_json),
		cmocka_unit_test(reads_texts),
		cmocka_unit_test(follows_paths),
		cmocka_unit_test(reads_documents),
		cmocka_unit_test(reads_bundles),
		cmocka_unit_test(joins_within_a_bundle),
		cmocka_unit_test(keeps_within_limits),
		cmocka_unit_test(one_bad_line_spoils_no_other),
		cmocka_unit_test(bad_records_in_one_line_cost_what_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
