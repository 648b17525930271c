/*
 * CSV: what the reader says about a text is written down as lines "STATUS line:column offset+bytes"
 * with the values of a row behind it (`value` quoted 'so' when it was), and compared. Tests whose
 * names begin with dNN belong to that row of the table of bad input.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/csv.h"

static const struct csv_dialect comma = {',', '"', CSV_UTF8};
static const struct csv_dialect cp1252 = {';', '"', CSV_CP1252};

static void write_down(struct buf *out, enum csv_status status, const struct csv_row *row)
{
	buf_addf(out, "%s %llu:%u %llu+%llu", csv_status_name(status),
		 (unsigned long long)row->line, row->column, (unsigned long long)row->offset,
		 (unsigned long long)row->bytes);
	for (size_t i = 0; i < row->count; i++) {
		const struct csv_field *f = &row->field[i];
		const char *quote = f->quoted ? "'" : "";
		buf_addf(out, "%s%s%.*s%s", i == 0 ? " " : "|", quote, (int)f->value.len,
			 f->value.data ? f->value.data : "", quote);
	}
	buf_addf(out, "%s\n", row->no_newline && status != CSV_END ? " (no newline)" : "");
}

static void read_all(struct buf *out, struct csv *c)
{
	struct csv_row row;
	enum csv_status status;

	do {
		status = csv_next(c, &row);
		write_down(out, status, &row);
	} while (status != CSV_END);
	assert_int_equal(csv_next(c, &row), CSV_END);
	buf_addf(out, "%llu blank\n", (unsigned long long)csv_blank_lines(c));
	csv_free(c);
}

/* The rows of a text with one column of each, as skimming has them. */
static void assert_skims(const char *text, struct csv_dialect dialect, size_t column,
			 const char *expected)
{
	struct csv *c = csv_new_memory(text, strlen(text), dialect);
	struct buf out = {0};
	struct csv_row row;
	enum csv_status status;

	do {
		struct span value;
		status = csv_skim(c, column, &row, &value);
		write_down(&out, status, &row);
		out.len--; /* the line end */
		buf_addf(&out, " [%.*s]\n", (int)value.len, value.data ? value.data : "");
	} while (status != CSV_END);
	assert_string_equal(buf_text(&out), expected);
	csv_free(c);
	buf_release(&out);
}

/* From memory and from a file, which must come out the same. */
static void assert_reads(struct span text, struct csv_dialect dialect, const char *expected)
{
	struct buf memory = {0}, file = {0};

	FILE *stream = tmpfile();
	assert_non_null(stream);
	assert_int_equal(fwrite(text.data, 1, text.len, stream), text.len);
	rewind(stream);
	read_all(&memory, csv_new_memory(text.data, text.len, dialect));
	read_all(&file, csv_new(stream, dialect));
	fclose(stream);
	assert_string_equal(buf_text(&memory), expected);
	assert_string_equal(buf_text(&file), expected);
	buf_release(&memory);
	buf_release(&file);
}

#define READS(text, dialect, expected) \
	assert_reads((struct span){(text), sizeof(text) - 1}, (dialect), (expected))

static void d01_empty_file(void **state)
{
	(void)state;
	READS("", comma, "END 1:1 0+0\n0 blank\n");
	READS("\n\r\n\n", comma, "END 4:1 4+0\n3 blank\n");
}

static void d03_utf8_mark(void **state)
{
	(void)state;
	READS("\xEF\xBB\xBFid,x\n1,2\n", comma,
	      "ROW 1:1 3+5 id|x\nROW 2:1 8+4 1|2\nEND 3:1 12+0\n0 blank\n");
	READS("\xEF\xBB\xBF", comma, "END 1:1 3+0\n0 blank\n");
	READS("\xEF\xBB\xBF\xEF\xBB\xBF"
	      "a\n",
	      comma,
	      "ROW 1:1 3+5 \xEF\xBB\xBF"
	      "a\nEND 2:1 8+0\n0 blank\n");
	READS("a\n\xEF\xBB\xBF"
	      "b\n",
	      comma,
	      "ROW 1:1 0+2 a\nROW 2:1 2+5 \xEF\xBB\xBF"
	      "b\nEND 3:1 7+0\n0 blank\n");
}

/* A file with this mark is not what its mapping says: better no row than "Ã¶" in all of them. */
static void d03_utf8_mark_in_a_cp1252_file(void **state)
{
	(void)state;
	READS("\xEF\xBB\xBFid;x\n1;2\n", cp1252, "ENCODING 1:1 0+0\nEND 1:1 0+0\n0 blank\n");
}

static void d04_bytes_of_another_encoding(void **state)
{
	(void)state;
	READS("a,b\nx,K\xF6p\nc,\xC3\xB6\n", comma,
	      "ROW 1:1 0+4 a|b\nENCODING 2:4 4+6\nROW 3:1 10+5 c|ö\nEND 4:1 15+0\n0 blank\n");
	READS("a,\"x\"\"\n\"\"y\xF6\",\xF6\nc\n", comma,
	      "ENCODING 2:4 0+15\nROW 3:1 15+2 c\nEND 4:1 17+0\n0 blank\n");
	READS("\xE2\x82,b\n", comma, "ENCODING 1:1 0+5\nEND 2:1 5+0\n0 blank\n");
	READS("b,\xE2\x82", comma, "ENCODING 1:3 0+4 (no newline)\nEND 1:1 4+0\n0 blank\n");
}

static void d04_cp1252(void **state)
{
	(void)state;
	READS("V\xE5rd;\"\x80\"\n", cp1252, "ROW 1:1 0+9 Vård|'€'\nEND 2:1 9+0\n0 blank\n");
	READS("\xE5\xE4\x80\x81;b\nc;\x9D\n", cp1252,
	      "ENCODING 1:4 0+7\nENCODING 2:3 7+4\nEND 3:1 11+0\n0 blank\n");
	READS("\"\xE5\"\"\x07\"\n", cp1252, "CONTROL 1:5 0+7\nEND 2:1 7+0\n0 blank\n");
	READS("\xC2\x85\n", cp1252, "ROW 1:1 0+3 Â…\nEND 2:1 3+0\n0 blank\n");
}

static void d05_utf16(void **state)
{
	(void)state;
	READS("\xFF\xFE"
	      "a\0,\0",
	      comma, "UTF16 1:1 0+0\nEND 1:1 0+0\n0 blank\n");
	READS("\xFE\xFF\0a", cp1252, "UTF16 1:1 0+0\nEND 1:1 0+0\n0 blank\n");
	READS("\xFF", comma, "ENCODING 1:1 0+1 (no newline)\nEND 1:1 1+0\n0 blank\n");
}

static void d06_delimiter_is_declared(void **state)
{
	(void)state;
	READS("a;b,c\td|e\n", comma, "ROW 1:1 0+10 a;b|c\td|e\nEND 2:1 10+0\n0 blank\n");
	READS("a;b\n", ((struct csv_dialect){';', '"', CSV_UTF8}),
	      "ROW 1:1 0+4 a|b\nEND 2:1 4+0\n0 blank\n");
	READS("a\tb\n", ((struct csv_dialect){'\t', '"', CSV_UTF8}),
	      "ROW 1:1 0+4 a|b\nEND 2:1 4+0\n0 blank\n");
	READS("a|b\n", ((struct csv_dialect){'|', '"', CSV_UTF8}),
	      "ROW 1:1 0+4 a|b\nEND 2:1 4+0\n0 blank\n");
}

static void d07_line_ends(void **state)
{
	(void)state;
	READS("a,b\r\nc,d\n\"e\",f\r\n", comma,
	      "ROW 1:1 0+5 a|b\nROW 2:1 5+4 c|d\nROW 3:1 9+7 'e'|f\nEND 4:1 16+0\n0 blank\n");
	READS("a,\r\n,b\n", comma, "ROW 1:1 0+4 a|\nROW 2:1 4+3 |b\nEND 3:1 7+0\n0 blank\n");
	READS("a\rb,\"\nc\n", comma, "LINE_END 1:2 0+6\nROW 2:1 6+2 c\nEND 3:1 8+0\n0 blank\n");
	READS("\"a\"\rb\nc\n", comma, "LINE_END 1:4 0+6\nROW 2:1 6+2 c\nEND 3:1 8+0\n0 blank\n");
	READS("\rb\nc\n", comma, "LINE_END 1:1 0+3\nROW 2:1 3+2 c\nEND 3:1 5+0\n0 blank\n");
	READS("a\r\r\nc\n", comma, "LINE_END 1:2 0+4\nROW 2:1 4+2 c\nEND 3:1 6+0\n0 blank\n");
	READS("a\r", comma, "LINE_END 1:2 0+2 (no newline)\nEND 1:1 2+0\n0 blank\n");
	READS("\r", comma, "LINE_END 1:1 0+1 (no newline)\nEND 1:1 1+0\n0 blank\n");
}

static void d08_quotes(void **state)
{
	(void)state;
	READS("\"a\nb\",\"c\r\nd\",\"e\rf\"\ng\n", comma,
	      "ROW 1:1 0+19 'a\nb'|'c\r\nd'|'e\rf'\nROW 4:1 19+2 g\nEND 5:1 21+0\n0 blank\n");
	READS("\"a\"\"b\",\"\",\"\"\"\",\",\"\n", comma,
	      "ROW 1:1 0+19 'a\"b'|''|'\"'|','\nEND 2:1 19+0\n0 blank\n");
	READS("a\"b,\"c\nd\n", comma, "QUOTE 1:2 0+7\nROW 2:1 7+2 d\nEND 3:1 9+0\n0 blank\n");
	READS("a, \"b\"\nd\n", comma, "QUOTE 1:4 0+7\nROW 2:1 7+2 d\nEND 3:1 9+0\n0 blank\n");
	READS("\"a\"b,c\nd\n", comma, "QUOTE 1:4 0+7\nROW 2:1 7+2 d\nEND 3:1 9+0\n0 blank\n");
	READS("x,\"a\nb\"c\",\nd\n", comma,
	      "QUOTE_EOF 1:3 0+11\nROW 3:1 11+2 d\nEND 4:1 13+0\n0 blank\n");
	READS("a\"b", comma, "QUOTE 1:2 0+3 (no newline)\nEND 1:1 3+0\n0 blank\n");
}

static void d08_without_quotes_they_are_characters(void **state)
{
	const struct csv_dialect dialect = {'\t', 0, CSV_UTF8};

	(void)state;
	READS("\"a\tb\"c\t\"\n", dialect, "ROW 1:1 0+9 \"a|b\"c|\"\nEND 2:1 9+0\n0 blank\n");
	READS("a\0b\n", dialect, "CONTROL 1:2 0+4\nEND 2:1 4+0\n0 blank\n");
}

static void d09_quote_that_is_never_closed(void **state)
{
	(void)state;
	READS("a,b\n1,\"2\n3,4\n5,6\n", comma,
	      "ROW 1:1 0+4 a|b\nQUOTE_EOF 2:3 4+13 (no newline)\nEND 5:1 17+0\n0 blank\n");
	READS("\"", comma, "QUOTE_EOF 1:1 0+1 (no newline)\nEND 1:1 1+0\n0 blank\n");
	READS("\"a\"\"\n", comma, "QUOTE_EOF 1:1 0+5 (no newline)\nEND 2:1 5+0\n0 blank\n");
	/* It is worse than whatever else the row has. */
	READS("\x01,\"a\n", comma, "QUOTE_EOF 1:3 0+5 (no newline)\nEND 2:1 5+0\n0 blank\n");
}

static void d11_last_line(void **state)
{
	(void)state;
	READS("a,b\nc,d", comma,
	      "ROW 1:1 0+4 a|b\nROW 2:1 4+3 c|d (no newline)\nEND 2:1 7+0\n0 blank\n");
	READS("a,", comma, "ROW 1:1 0+2 a| (no newline)\nEND 1:1 2+0\n0 blank\n");
	READS("\"\"", comma, "ROW 1:1 0+2 '' (no newline)\nEND 1:1 2+0\n0 blank\n");
	READS("\"a\"", comma, "ROW 1:1 0+3 'a' (no newline)\nEND 1:1 3+0\n0 blank\n");
}

static void d15_control_characters(void **state)
{
	(void)state;
	READS("a\0b,c\nd\n", comma, "CONTROL 1:2 0+6\nROW 2:1 6+2 d\nEND 3:1 8+0\n0 blank\n");
	READS("a\x1b\nb\x7f\nc\xC2\x85\nd\te\n", comma,
	      "CONTROL 1:2 0+3\nCONTROL 2:2 3+3\nCONTROL 3:2 6+4\nROW 4:1 10+4 d\te\n"
	      "END 5:1 14+0\n0 blank\n");
	/* The row is known to its end, although the quoted line end comes after the error. */
	READS("a,\"\x01\nb\",c\nd\n", comma,
	      "CONTROL 1:4 0+10\nROW 3:1 10+2 d\nEND 4:1 12+0\n0 blank\n");
	READS("a,\"x\n\"\"\ny\x01\"\n", comma, "CONTROL 3:2 0+12\nEND 4:1 12+0\n0 blank\n");
}

static void blank_lines_are_skipped_and_counted(void **state)
{
	(void)state;
	READS("\na\n\r\n\nb\n\n", comma, "ROW 2:1 1+2 a\nROW 5:1 6+2 b\nEND 7:1 9+0\n4 blank\n");
	READS(" \n,\n\"\"\n", comma,
	      "ROW 1:1 0+2  \nROW 2:1 2+2 |\nROW 3:1 4+3 ''\nEND 4:1 7+0\n0 blank\n");
}

static void skimming_has_the_same_rows_and_one_column(void **state)
{
	(void)state;
	assert_skims("a,b,c\n1,2\r\n\nx\n,,\n\"q\",\"u\nv\",w\nlast,one", comma, 1,
		     "ROW 1:1 0+6 [b]\nROW 2:1 6+5 [2]\nROW 4:1 12+2 []\nROW 5:1 14+3 []\n"
		     "ROW 6:1 17+12 [u\nv]\nROW 8:1 29+8 (no newline) [one]\nEND 8:1 37+0 []\n");
	/* What is wrong beside the column is not seen, what a quote does to the rows is. */
	assert_skims("a,\x01,c\nb,\xFF\nc\"d,e\nf,\"g\nh,i\n", comma, 0,
		     "ROW 1:1 0+6 [a]\nROW 2:1 6+4 [b]\nQUOTE 3:2 10+6 []\n"
		     "QUOTE_EOF 4:3 16+9 (no newline) []\nEND 6:1 25+0 []\n");
	assert_skims("\"a\"\n\"b\n", (struct csv_dialect){',', 0, CSV_UTF8}, 0,
		     "ROW 1:1 0+4 [\"a\"]\nROW 2:1 4+3 [\"b]\nEND 3:1 7+0 []\n");
}

static void fields_know_their_place(void **state)
{
	static const char text[] = "\xEF\xBB\xBFö,\"x\ny\",\"z\",,\nq";
	static const struct {
		uint64_t line;
		uint32_t column;
	} place[] = {{1, 1}, {1, 4}, {2, 4}, {2, 8}, {2, 9}};
	struct csv_row row;

	(void)state;
	struct csv *c = csv_new_memory(text, sizeof(text) - 1, comma);
	assert_int_equal(csv_next(c, &row), CSV_ROW);
	assert_int_equal(row.count, ARRAY_SIZE(place));
	for (size_t i = 0; i < row.count; i++) {
		assert_int_equal(row.field[i].line, place[i].line);
		assert_int_equal(row.field[i].column, place[i].column);
	}
	assert_int_equal(csv_next(c, &row), CSV_ROW);
	assert_int_equal(row.field[0].line, 3);
	assert_int_equal(row.field[0].column, 1);
	csv_free(c);
}

/* "a,b" with as many x in the middle as it takes, then one more row. */
static void assert_long(const char *before, size_t fill, const char *after, const char *expected)
{
	struct buf text = {0};

	buf_adds(&text, before);
	memset(buf_room(&text, fill), 'x', fill);
	text.len += fill;
	text.data[text.len] = '\0';
	buf_adds(&text, after);
	assert_reads((struct span){text.data, text.len}, comma, expected);
	buf_release(&text);
}

static void d16_limit_of_a_row(void **state)
{
	struct buf expected = {0};

	(void)state;
	buf_adds(&expected, "ROW 1:1 0+65536 a|");
	memset(buf_room(&expected, 65533), 'x', 65533);
	expected.len += 65533;
	buf_adds(&expected, "\nROW 2:1 65536+2 b\nEND 3:1 65538+0\n0 blank\n");
	assert_long("a,", 65533, "\nb\n", expected.data);
	buf_release(&expected);
	assert_long("a,", 65534, "\nb\n",
		    "TOO_LONG 1:3 0+65537\nROW 2:1 65537+2 b\nEND 3:1 65539+0\n0 blank\n");
	assert_long("a,", 65533, "\r\nb\n",
		    "TOO_LONG 1:3 0+65537\nROW 2:1 65537+2 b\nEND 3:1 65539+0\n0 blank\n");
	assert_long("a,", 65535, "",
		    "TOO_LONG 1:3 0+65537 (no newline)\nEND 1:1 65537+0\n0 blank\n");
	assert_long("", 8 << 20, "\nb\n",
		    "TOO_LONG 1:1 0+8388609\nROW 2:1 8388609+2 b\nEND 3:1 8388611+0\n0 blank\n");
}

static void d16_long_quoted_field(void **state)
{
	(void)state;
	/* Closed: only this row is lost, and the quoted line ends do not end it. */
	assert_long("h\na,\"\n", 70000, "\n,x\",c\nd\n",
		    "ROW 1:1 0+2 h\nTOO_LONG 2:3 2+70011\nROW 5:1 70013+2 d\nEND 6:1 70015+0\n0 "
		    "blank\n");
	/* Never closed: everything after the quote is lost, and its place is that of the quote. */
	assert_long(
		"h\na,\"\n", 70000, "\nb,c\n",
		"ROW 1:1 0+2 h\nQUOTE_EOF 2:3 2+70009 (no newline)\nEND 5:1 70011+0\n0 blank\n");
	/* Closed, but wrongly: the next line end is the best guess. */
	assert_long("\"", 70000, "\"x\n\"d\"\n",
		    "TOO_LONG 1:1 0+70004\nROW 2:1 70004+4 'd'\nEND 3:1 70008+0\n0 blank\n");
}

/* The row of the limit at its largest in UTF-8, and then as many rows as would fill the storage. */
static void cp1252_does_not_outgrow_its_storage(void **state)
{
	struct buf text = {0};
	struct csv_row row;

	(void)state;
	memset(buf_room(&text, 65535), '\x80', 65535);
	text.len += 65535;
	for (int i = 0; i < 50000; i++)
		buf_adds(&text, "\n\xE5;\xE4\xF6");
	struct csv *c = csv_new_memory(text.data, text.len, cp1252);
	assert_int_equal(csv_next(c, &row), CSV_ROW);
	assert_int_equal(row.field[0].value.len, 3 * 65535);
	for (int i = 0; i < 50000; i++) {
		assert_int_equal(csv_next(c, &row), CSV_ROW);
		assert_true(span_is(row.field[0].value, "å") && span_is(row.field[1].value, "äö"));
	}
	assert_int_equal(csv_next(c, &row), CSV_END);
	csv_free(c);
	buf_release(&text);
}

static void limit_of_fields(void **state)
{
	struct buf text = {0};
	struct csv_row row;

	(void)state;
	for (int i = 1; i < CSV_FIELDS_MAX; i++)
		buf_addc(&text, ',');
	buf_addc(&text, '\n');
	for (int i = 0; i < CSV_FIELDS_MAX; i++)
		buf_addc(&text, ',');
	buf_adds(&text, ",\"\n\"\nend\n");
	struct csv *c = csv_new_memory(text.data, text.len, comma);
	assert_int_equal(csv_next(c, &row), CSV_ROW);
	assert_int_equal(row.count, CSV_FIELDS_MAX);
	assert_int_equal(csv_next(c, &row), CSV_TOO_MANY);
	assert_int_equal(row.line, 2);
	assert_int_equal(row.column, CSV_FIELDS_MAX + 1);
	assert_int_equal(row.count, 0);
	assert_int_equal(csv_next(c, &row), CSV_ROW);
	assert_int_equal(row.line, 4);
	csv_free(c);
	buf_release(&text);
}

static void failed_reading_is_not_the_end(void **state)
{
	struct csv_row row;

	(void)state;
	FILE *folder = fopen("/", "r");
	assert_non_null(folder);
	struct csv *c = csv_new(folder, comma);
	assert_int_equal(csv_next(c, &row), CSV_READ);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(csv_next(c, &row), CSV_END);
	csv_free(c);
	fclose(folder);
}

/* Gives "a\n\"b" and then an error. */
static ssize_t give_and_fail(void *cookie, char *to, size_t size)
{
	int *calls = cookie;

	if ((*calls)++ == 0) {
		assert_true(size >= 4);
		memcpy(to, "a\n\"b", 4);
		return 4;
	}
	errno = EIO;
	return -1;
}

static void failed_reading_in_a_row(void **state)
{
	const cookie_io_functions_t functions = {.read = give_and_fail};
	struct csv_row row;
	int calls = 0;

	(void)state;
	FILE *stream = fopencookie(&calls, "r", functions);
	assert_non_null(stream);
	struct csv *c = csv_new(stream, comma);
	assert_int_equal(csv_next(c, &row), CSV_ROW);
	assert_int_equal(csv_next(c, &row), CSV_READ);
	assert_int_equal(errno, EIO);
	assert_int_equal(row.line, 2);
	assert_int_equal(row.bytes, 2);
	assert_int_equal(csv_next(c, &row), CSV_END);
	csv_free(c);
	fclose(stream);
}

/* The writer is this process: a reader that waited for more than the line would hang. */
static void rows_of_a_pipe_are_not_held_back(void **state)
{
	struct csv_row row;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	FILE *stream = fdopen(ends[0], "r");
	assert_non_null(stream);
	struct csv *c = csv_new(stream, comma);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(write(ends[1], "a,b\n", 4), 4);
		assert_int_equal(csv_next(c, &row), CSV_ROW);
		assert_int_equal(row.count, 2);
	}
	close(ends[1]);
	assert_int_equal(csv_next(c, &row), CSV_END);
	csv_free(c);
	fclose(stream);
}

static void statuses_have_texts(void **state)
{
	(void)state;
	assert_string_equal(csv_status_name(CSV_QUOTE_EOF), "QUOTE_EOF");
	assert_string_equal(csv_status_text(CSV_QUOTE_EOF), "a quote that is never closed");
}

/* Writes `text` to a file and loads it as a table. */
static int load(struct span text, struct csv_dialect dialect, struct csv_table **ret,
		struct fault *f)
{
	char path[] = "/tmp/test_csv.XXXXXX";

	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.data, text.len), text.len);
	close(fd);
	int rc = csv_table_load(path, dialect, ret, f);
	unlink(path);
	/* The name of the file is random: it becomes "T". */
	size_t len = strlen(path);
	if (rc < 0 && strncmp(f->text, path, len) == 0) {
		f->text[0] = 'T';
		memmove(f->text + 1, f->text + len, strlen(f->text + len) + 1);
	}
	return rc;
}

static void table(void **state)
{
	static const char text[] = "\xEF\xBB\xBFid;namn\r\n1;\"\xC3\x85sa\n\"\r\n\r\n2;\r\n";
	struct csv_table *t = NULL;
	struct fault f = {0};

	(void)state;
	const struct csv_dialect dialect = {';', '"', CSV_UTF8};
	assert_int_equal(load((struct span){text, sizeof(text) - 1}, dialect, &t, &f), 0);
	assert_int_equal(t->columns, 2);
	assert_int_equal(t->rows, 2);
	assert_string_equal(t->header[0], "id");
	assert_int_equal(csv_table_column(t, "namn"), 1);
	assert_int_equal(csv_table_column(t, "Namn"), -1);
	assert_string_equal(csv_table_cell(t, 0, 1), "Åsa\n");
	assert_string_equal(csv_table_cell(t, 1, 0), "2");
	assert_string_equal(csv_table_cell(t, 1, 1), "");
	assert_int_equal(t->line[0], 2);
	assert_int_equal(t->line[1], 5);
	csv_table_free(t);
	csv_table_free(NULL);
}

static void table_without_rows(void **state)
{
	struct csv_table *t = NULL;
	struct fault f = {0};

	(void)state;
	assert_int_equal(load(span_of("a,b"), comma, &t, &f), 0);
	assert_int_equal(t->columns, 2);
	assert_int_equal(t->rows, 0);
	csv_table_free(t);
}

static void d10_faults_of_tables(void **state)
{
	static const struct {
		const char *text, *fault;
	} row[] = {
		{"", "T:1:1: no header row"},
		{"\n\n", "T:1:1: no header row"},
		{"a,b,a\n1,2,3\n", "T:1:5: a second column of the same name"},
		{"a,,b\n1,2,3\n", "T:1:3: a column without a name"},
		{"a,b\n1,2\n1\n", "T:3:1: a row of 1 fields; the header has 2"},
		{"a,b\n1,2\n1,\"2\n3\",4\n", "T:4:4: a row of 3 fields; the header has 2"},
		{"a,b\n1,\"2\n", "T:2:3: a quote that is never closed"},
		{"a,b\nK\xF6p,2\n", "T:2:2: bytes that are not of the declared encoding"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct csv_table *t = NULL;
		struct fault f = {0};
		assert_int_equal(load(span_of(row[i].text), comma, &t, &f), FAULT_CONFIG);
		assert_string_equal(f.text, row[i].fault);
		assert_null(t);
	}
}

static void missing_table(void **state)
{
	struct csv_table *t = NULL;
	struct fault f = {0};

	(void)state;
	assert_int_equal(csv_table_load("/nonexistent.csv", comma, &t, &f), FAULT_NOINPUT);
	assert_null(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(d01_empty_file),
		cmocka_unit_test(d03_utf8_mark),
		cmocka_unit_test(d03_utf8_mark_in_a_cp1252_file),
		cmocka_unit_test(d04_bytes_of_another_encoding),
		cmocka_unit_test(d04_cp1252),
		cmocka_unit_test(d05_utf16),
		cmocka_unit_test(d06_delimiter_is_declared),
		cmocka_unit_test(d07_line_ends),
		cmocka_unit_test(d08_quotes),
		cmocka_unit_test(d08_without_quotes_they_are_characters),
		cmocka_unit_test(d09_quote_that_is_never_closed),
		cmocka_unit_test(d11_last_line),
		cmocka_unit_test(d15_control_characters),
		cmocka_unit_test(blank_lines_are_skipped_and_counted),
		cmocka_unit_test(skimming_has_the_same_rows_and_one_column),
		cmocka_unit_test(fields_know_their_place),
		cmocka_unit_test(d16_limit_of_a_row),
		cmocka_unit_test(d16_long_quoted_field),
		cmocka_unit_test(cp1252_does_not_outgrow_its_storage),
		cmocka_unit_test(limit_of_fields),
		cmocka_unit_test(failed_reading_is_not_the_end),
		cmocka_unit_test(failed_reading_in_a_row),
		cmocka_unit_test(rows_of_a_pipe_are_not_held_back),
		cmocka_unit_test(statuses_have_texts),
		cmocka_unit_test(table),
		cmocka_unit_test(table_without_rows),
		cmocka_unit_test(d10_faults_of_tables),
		cmocka_unit_test(missing_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
