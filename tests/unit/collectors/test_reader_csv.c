/*
 * The CSV reader of the collector: columns by name, what breaks one record and what breaks the whole
 * file. Tests whose names begin with dNN belong to that row of the table of bad input.
 */
#include "tests/unit/collectors/folder.h"

#include "collectors/engine/reader.h"

#define MAPPING(csv)                                                                \
	"source: vas\nformat: csv\n" csv "id: {path: id}\nversion: {constant: 1}\n" \
	"fields:\n"                                                                 \
	"  kanal: {path: kanal}\n"                                                  \
	"  status: {const: avslutad}\n"                                             \
	"  vardform: {const: oppen}\n"                                              \
	"  qualified: {const: ja}\n"                                                \
	"  replaces_visit: {const: ja}\n"                                           \
	"  documented: {const: ja}\n"                                               \
	"  start: [{path: datum}, {date: YYYY-MM-DD}]\n"
#define CP1252 "csv: {delimiter: ';', encoding: cp1252}\n"

static void write_down(struct buf *out, const struct mapping *m, enum reader_status status,
		       const struct reader_item *item)
{
	const struct record *r = &item->record;
	size_t count;
	const char *const *column = mapping_columns(m, &count);

	switch (status) {
	case READER_RECORD:
		buf_addf(out, "record %llu line %llu %llu+%llu:", (unsigned long long)r->number,
			 (unsigned long long)r->line, (unsigned long long)r->offset,
			 (unsigned long long)r->bytes);
		for (size_t i = 0; i < r->count; i++)
			buf_addf(out, " %s=%.*s@%llu", column[i], (int)r->field[i].text.len,
				 r->field[i].text.data, (unsigned long long)r->field[i].line);
		break;
	case READER_BAD:
		buf_addf(out, "bad %llu line %llu byte %u %llu+%llu: %s",
			 (unsigned long long)r->number, (unsigned long long)r->line, item->byte,
			 (unsigned long long)r->offset, (unsigned long long)r->bytes,
			 reason_name(item->reason));
		break;
	case READER_BROKEN:
		buf_addf(out, "broken line %llu: %s (%s)", (unsigned long long)r->line,
			 reason_name(item->reason), item->where);
		break;
	case READER_END:
		buf_addf(out, "end%s unread %zu", item->truncated ? " truncated" : "",
			 item->unread);
		break;
	}
	buf_addc(out, '\n');
}

static void assert_reads_n(const char *mapping_text, const void *data, size_t len,
			   const char *expected)
{
	struct buf out = {0};
	struct mapping *mapping = NULL;
	struct reader_item item;
	struct fault f = {0};
	enum reader_status status;
	FILE *file = fopen(folder_write_n("k.csv", data, len), "r");
	int err = mapping_load(folder_write("m.yaml", mapping_text), &mapping, &f);

	assert_string_equal(f.text, "");
	assert_int_equal(err, 0);
	const struct reader *reader = reader_by_name("csv");
	void *self = reader->open(file, mapping);
	do {
		status = reader->next(self, &item);
		write_down(&out, mapping, status, &item);
	} while (status == READER_RECORD || status == READER_BAD);
	reader->close(self);
	mapping_free(mapping);
	fclose(file);
	assert_string_equal(buf_text(&out), expected);
	buf_release(&out);
}

static void assert_reads(const char *text, const char *expected)
{
	assert_reads_n(MAPPING(""), text, strlen(text), expected);
}

static void columns_are_found_by_name_and_values_have_places(void **state)
{
	(void)state;
	assert_reads("datum,extra,id,kanal\n2020-03-01,\"x\ny\",1,telefon\n2020-03-02,,2,video\n",
		     "record 1 line 2 21+27: id=1@3 kanal=telefon@3 datum=2020-03-01@2\n"
		     "record 2 line 4 48+20: id=2@4 kanal=video@4 datum=2020-03-02@4\n"
		     "end unread 1\n");
}

static void d01_an_empty_file_is_an_end(void **state)
{
	(void)state;
	assert_reads("", "end unread 0\n");
	assert_reads("id,kanal,datum\n", "end unread 0\n");
}

static void d02_a_column_is_missing_or_stands_twice(void **state)
{
	(void)state;
	assert_reads("id,datum\n1,2020-03-01\n", "broken line 1: HEADER_MISSING (kanal)\n");
	assert_reads("1,2020-03-01,telefon\n", "broken line 1: HEADER_MISSING (id)\n");
	assert_reads("id,kanal,datum,x,x\n", "broken line 1: HEADER_DUPLICATE ()\n");
	assert_reads("id,kanal,datum,id\n", "broken line 1: HEADER_DUPLICATE (id)\n");
	assert_reads("id,ka\"nal,datum\n", "broken line 1: HEADER_MISSING ()\n");
}

static void d03_a_byte_order_mark_is_no_part_of_the_header(void **state)
{
	(void)state;
	assert_reads("\xEF\xBB\xBFid,kanal,datum\n1,video,d\n",
		     "record 1 line 2 18+10: id=1@2 kanal=video@2 datum=d@2\nend unread 0\n");
}

static void d04_another_encoding_rejects_the_record(void **state)
{
	static const char text[] = "id,kanal,datum\n1,m\xF6te,d\n2,video,d\n";
	static const char semicolon[] = "id;kanal;datum\n1;m\xF6te;d\n";

	(void)state;
	assert_reads(text, "bad 1 line 2 byte 4 15+9: ENCODING\n"
			   "record 2 line 3 24+10: id=2@3 kanal=video@3 datum=d@3\nend unread 0\n");
	assert_reads_n(
		MAPPING(CP1252), semicolon, sizeof(semicolon) - 1,
		"record 1 line 2 15+9: id=1@2 kanal=m\xC3\xB6te@2 datum=d@2\nend unread 0\n");
}

static void d05_utf16_breaks_the_file(void **state)
{
	(void)state;
	assert_reads_n(MAPPING(""), "\xFF\xFEi\0d\0", 6, "broken line 1: ENCODING ()\n");
}

static void d06_another_delimiter_breaks_the_file(void **state)
{
	(void)state;
	assert_reads("id;kanal;datum\n1;video;d\n", "broken line 1: DELIMITER ()\n");
	assert_reads("id\tkanal\tdatum\n", "broken line 1: DELIMITER ()\n");
	assert_reads("id\n1\n", "broken line 1: HEADER_MISSING (kanal)\n");
}

static void d07_d08_d10_a_bad_record_is_one_record(void **state)
{
	(void)state;
	assert_reads(
		"id,kanal,datum\r\n1,vi\rdeo,d\r\n2,vi\"deo,d\n3,video\n4,video,d,e\n5,video,d\n",
		"bad 1 line 2 byte 5 16+12: LINE_END\n"
		"bad 2 line 3 byte 5 28+11: QUOTE\n"
		"bad 3 line 4 byte 0 39+8: COLUMNS\n"
		"bad 4 line 5 byte 0 47+12: COLUMNS\n"
		"record 5 line 6 59+10: id=5@6 kanal=video@6 datum=d@6\n"
		"end unread 0\n");
}

static void d09_a_quote_that_never_closes_breaks_the_file(void **state)
{
	(void)state;
	assert_reads("id,kanal,datum\n1,video,d\n2,\"video,d\n3,video,d\n",
		     "record 1 line 2 15+10: id=1@2 kanal=video@2 datum=d@2\n"
		     "broken line 3: QUOTE_EOF ()\n");
	assert_reads("id,\"kanal,datum\n", "broken line 1: QUOTE_EOF ()\n");
}

static void d11_a_last_line_without_an_end_is_noted(void **state)
{
	(void)state;
	assert_reads("id,kanal,datum\n1,video,d",
		     "record 1 line 2 15+9: id=1@2 kanal=video@2 datum=d@2\n"
		     "end truncated unread 0\n");
}

static void d15_control_characters_reject_the_record(void **state)
{
	static const char text[] = "id,kanal,datum\n1,vi\0deo,d\n2,video,\x01\n3,video,d\n";

	(void)state;
	assert_reads_n(MAPPING(""), text, sizeof(text) - 1,
		       "bad 1 line 2 byte 5 15+11: CONTROL_CHAR\n"
		       "bad 2 line 3 byte 9 26+10: CONTROL_CHAR\n"
		       "record 3 line 4 36+10: id=3@4 kanal=video@4 datum=d@4\nend unread 0\n");
}

static void d16_a_line_without_end_is_one_bad_record(void **state)
{
	struct buf text = {0};

	(void)state;
	buf_adds(&text, "id,kanal,datum\n1,");
	for (int i = 0; i < 20000; i++)
		buf_adds(&text, "0123456789");
	buf_adds(&text, ",d\n2,video,d\n");
	assert_reads(buf_text(&text), "bad 1 line 2 byte 3 15+200005: LINE_TOO_LONG\n"
				      "record 2 line 3 200020+10: id=2@3 kanal=video@3 datum=d@3\n"
				      "end unread 0\n");
	buf_release(&text);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(columns_are_found_by_name_and_values_have_places),
		IN_FOLDER(d01_an_empty_file_is_an_end),
		IN_FOLDER(d02_a_column_is_missing_or_stands_twice),
		IN_FOLDER(d03_a_byte_order_mark_is_no_part_of_the_header),
		IN_FOLDER(d04_another_encoding_rejects_the_record),
		IN_FOLDER(d05_utf16_breaks_the_file),
		IN_FOLDER(d06_another_delimiter_breaks_the_file),
		IN_FOLDER(d07_d08_d10_a_bad_record_is_one_record),
		IN_FOLDER(d09_a_quote_that_never_closes_breaks_the_file),
		IN_FOLDER(d11_a_last_line_without_an_end_is_noted),
		IN_FOLDER(d15_control_characters_reject_the_record),
		IN_FOLDER(d16_a_line_without_end_is_one_bad_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
