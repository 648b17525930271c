/*
 * csv: a reader for delimited text (RFC 4180) that knows where everything stands. It resumes after
 * an error, it never guesses a delimiter, and it never changes a value. Memory is constant,
 * whatever the length of a row or of the file.
 *
 * One row is one record: a quoted field may hold delimiters, doubled quotes and line ends. Lines
 * end in LF or CRLF. Empty lines are skipped (and counted in csv_blank_lines()). A UTF-8 byte order
 * mark is removed. Values are UTF-8 when they leave, whatever the encoding of the file.
 *
 * What an error spoils and where reading goes on:
 *   QUOTE, LINE_END           the row; at the first LF after the place, since its quotes mean nothing
 *   ENCODING, CONTROL,        the row; after the row, whose end is found by its quotes
 *   TOO_LONG, TOO_MANY
 *   QUOTE_EOF                 the rest of the file, however long; its place is the opening quote
 *   UTF16, READ, and a UTF-8  the rest of the file
 *   mark in a CP1252 file
 * A row has one error, the first that is found; quotes are judged before contents, and QUOTE_EOF
 * and READ before all. The place of TOO_LONG is the field in which the limit is passed.
 */
#ifndef COMMON_CSV_H
#define COMMON_CSV_H

#include "common/base.h"
#include "common/fault.h"
#include "common/text.h"

#define CSV_LINE_MAX   65536 /* bytes of one row, its line ends included */
#define CSV_FIELDS_MAX 1024

enum csv_encoding { CSV_UTF8, CSV_CP1252 };

struct csv_dialect {
	char delimiter; /* ',' ';' '\t' '|' */
	char quote;     /* '"', or 0: quotes are ordinary characters */
	enum csv_encoding encoding;
};

/* clang-format off */
/*   status          text */
#define CSV_STATUSES(X)                                                                            \
	X(ROW,           "a row")                                                                   \
	X(END,           "end of file")                                                             \
	X(ENCODING,      "bytes that are not of the declared encoding")                             \
	X(UTF16,         "a UTF-16 byte order mark")                                                \
	X(LINE_END,      "a carriage return that ends no line")                                     \
	X(QUOTE,         "a quote inside an unquoted field, or text after a closing quote")         \
	X(QUOTE_EOF,     "a quote that is never closed")                                            \
	X(CONTROL,       "a NUL or another control character")                                      \
	X(TOO_LONG,      "a row longer than the limit")                                             \
	X(TOO_MANY,      "more fields than the limit")                                              \
	X(READ,          "reading failed (errno)")
/* clang-format on */

enum csv_status {
#define X(name, text) CSV_##name,
	CSV_STATUSES(X)
#undef X
};

struct csv_field {
	struct span value; /* UTF-8, quotes removed; borrowed until the next call */
	uint64_t line;     /* from 1 */
	uint32_t column;   /* byte in that line, from 1; a byte order mark is not counted */
	bool quoted;
};

struct csv_row {
	const struct csv_field *field; /* borrowed until the next call */
	size_t count;                  /* 0 unless the status is CSV_ROW */
	uint64_t line;                 /* where the row begins, or where the error is */
	uint32_t column;               /* of the error; 1 for a row */
	uint64_t offset,
		bytes;   /* of the row and its line end in the file, for the sealed original */
	bool no_newline; /* the last row, and the file ends without a line end */
};

struct csv;
/*
 * Reads from `file`, which is borrowed and must outlive the reader: by the line when it is no regular
 * file or is line buffered, so that a row is given as soon as it has come; otherwise by the block.
 */
struct csv *csv_new(FILE *file, struct csv_dialect dialect);
/* Reads from memory, which is borrowed. */
struct csv *csv_new_memory(const void *data, size_t len, struct csv_dialect dialect);
/*
 * The next row, or why there is none. An error fills line, column, offset, bytes of *row. Rows,
 * errors, blank lines and a byte order mark together are every byte of the file, unless a mark or
 * READ ended the reading.
 */
enum csv_status csv_next(struct csv *c, struct csv_row *row);
/*
 * The same for who counts rows and looks at one column: a row of one line without quotes is cut and checked no
 * further than *ret needs, so it is CSV_ROW whatever else is wrong with it, and row->count is 0. What is a row,
 * where it stands and where the reading ends are the same. *ret: that column as it stands in the file, of no
 * length when the row has none.
 */
enum csv_status csv_skim(struct csv *c, size_t column, struct csv_row *row, struct span *ret);
uint64_t csv_blank_lines(const struct csv *c);
void csv_free(struct csv *c);
/* "QUOTE_EOF" and its text. */
const char *csv_status_name(enum csv_status s);
const char *csv_status_text(enum csv_status s);

/*
 * A small file read whole into memory, with a header row: organisation tables, code tables,
 * joins. The names of the columns are there and differ; every row has as many fields as the header.
 */
#define CSV_TABLE_MAX (64 << 20) /* bytes of the file */

struct csv_table {
	char *path;
	size_t columns, rows;
	char **header;  /* columns texts */
	char **cell;    /* rows x columns texts, row by row */
	uint64_t *line; /* line of each row */
	char *text;     /* all texts, each with a NUL: what header and cell point into */
};
/*
 * FAULT_NOINPUT when the file cannot be read, FAULT_INPUT when it is too large, FAULT_CONFIG
 * "path:line:column: what" otherwise.
 */
int csv_table_load(const char *path, struct csv_dialect dialect, struct csv_table **ret,
		   struct fault *f) MUST_CHECK;
/* Index of a column, or -1. */
int csv_table_column(const struct csv_table *t, const char *name);
const char *csv_table_cell(const struct csv_table *t, size_t row, size_t column);
void csv_table_free(struct csv_table *t);

#endif
