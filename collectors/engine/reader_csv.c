/*
 * reader_csv: delimited text with a header row. A path is a column's name; columns are found by
 * name, in any order, and those that the mapping does not read are left out of the account. Owns
 * the texts of the header. Never guesses: the dialect is the mapping's.
 */
#include "collectors/engine/reader.h"

struct csv_reader {
	const struct mapping *mapping;
	struct csv *csv;
	char **header;
	size_t columns, unread;
	struct record_field *field;
	uint64_t number; /* records so far */
	bool begun, truncated;
};

/* What an error of the CSV reader is called, in a record and in the header. */
struct verdict {
	enum reason record, header;
	bool breaks; /* nothing can be read after it */
};

/* clang-format off */
static const struct verdict verdicts[] = {
	[CSV_ENCODING]  = {REASON_ENCODING, REASON_ENCODING, false},
	[CSV_UTF16]     = {REASON_ENCODING, REASON_ENCODING, true},
	[CSV_LINE_END]  = {REASON_LINE_END, REASON_HEADER_MISSING, false},
	[CSV_QUOTE]     = {REASON_QUOTE, REASON_HEADER_MISSING, false},
	[CSV_QUOTE_EOF] = {REASON_QUOTE_EOF, REASON_QUOTE_EOF, true},
	[CSV_CONTROL]   = {REASON_CONTROL_CHAR, REASON_HEADER_MISSING, false},
	[CSV_TOO_LONG]  = {REASON_LINE_TOO_LONG, REASON_HEADER_MISSING, false},
	[CSV_TOO_MANY]  = {REASON_COLUMNS, REASON_HEADER_MISSING, false},
	[CSV_READ]      = {REASON_READ_ERROR, REASON_READ_ERROR, true},
};
/* clang-format on */

static void *reader_open(FILE *file, const struct mapping *m)
{
	struct csv_reader *r = base_zalloc(1, sizeof(*r));

	r->mapping = m;
	r->csv = csv_new(file, mapping_dialect(m));
	return r;
}

static void reader_close(void *self)
{
	struct csv_reader *r = self;

	for (size_t i = 0; i < r->columns; i++)
		free(r->header[i]);
	free(r->header);
	free(r->field);
	csv_free(r->csv);
	free(r);
}

static enum reader_status broken(enum reason reason, uint64_t line, const char *where,
				 struct reader_item *ret)
{
	*ret = (struct reader_item){.reason = reason, .where = where, .record.line = line};
	return READER_BROKEN;
}

static size_t count_of(const struct csv_reader *r, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < r->columns; i++)
		if (strcmp(r->header[i], name) == 0)
			count++;
	return count;
}

/* One column that holds what separates columns in other files. */
static bool is_other_delimiter(const struct csv_reader *r)
{
	return r->columns == 1 && strpbrk(r->header[0], ",;\t|") != NULL;
}

/*
 * The missing before the duplicate: once all of the mapping's columns are there, the row is a
 * header and its texts may be shown; before that it may be a record.
 */
static enum reader_status check_header(struct csv_reader *r, uint64_t line, struct reader_item *ret)
{
	size_t wanted;
	const char *const *column = mapping_columns(r->mapping, &wanted);

	for (size_t i = 0; i < wanted; i++) {
		if (count_of(r, column[i]) > 0)
			continue;
		return is_other_delimiter(r) ? broken(REASON_DELIMITER, line, "", ret)
					     : broken(REASON_HEADER_MISSING, line, column[i], ret);
	}
	for (size_t i = 0; i < r->columns; i++)
		if (count_of(r, r->header[i]) > 1)
			return broken(REASON_HEADER_DUPLICATE, line, r->header[i], ret);
	r->unread = r->columns - wanted;
	return READER_RECORD;
}

static enum reader_status end(const struct csv_reader *r, struct reader_item *ret)
{
	*ret = (struct reader_item){.where = "", .truncated = r->truncated, .unread = r->unread};
	return READER_END;
}

/* READER_RECORD when records may follow. An empty file needs no header. */
static enum reader_status read_header(struct csv_reader *r, struct reader_item *ret)
{
	struct csv_row row;
	enum csv_status status = csv_next(r->csv, &row);

	r->begun = true;
	if (status == CSV_END)
		return end(r, ret);
	if (status != CSV_ROW)
		return broken(verdicts[status].header, row.line, "", ret);
	r->truncated = row.no_newline;
	r->columns = row.count;
	r->header = base_zalloc(row.count, sizeof(*r->header));
	r->field = base_zalloc(row.count, sizeof(*r->field));
	for (size_t i = 0; i < row.count; i++) {
		r->header[i] = base_strndup(row.field[i].value.data, row.field[i].value.len);
		r->field[i].path = span_of(r->header[i]);
	}
	return check_header(r, row.line, ret);
}

static enum reader_status next_record(void *self, struct reader_item *ret)
{
	struct csv_reader *r = self;
	struct csv_row row;

	if (!r->begun) {
		enum reader_status status = read_header(r, ret);
		if (status != READER_RECORD)
			return status;
	}
	enum csv_status status = csv_next(r->csv, &row);
	if (status == CSV_END)
		return end(r, ret);
	if (status != CSV_ROW && verdicts[status].breaks)
		return broken(verdicts[status].record, row.line, "", ret);
	r->truncated = row.no_newline;
	*ret = (struct reader_item){
		.where = "",
		.record = {.number = ++r->number,
			   .line = row.line,
			   .offset = row.offset,
			   .bytes = row.bytes},
	};
	if (status != CSV_ROW || row.count != r->columns) {
		ret->reason = status == CSV_ROW ? REASON_COLUMNS : verdicts[status].record;
		ret->byte = status == CSV_ROW ? 0 : row.column;
		return READER_BAD;
	}
	for (size_t i = 0; i < row.count; i++) {
		r->field[i].text = row.field[i].value;
		r->field[i].line = row.field[i].line;
		r->field[i].column = row.field[i].column;
	}
	ret->record.field = r->field;
	ret->record.count = row.count;
	return READER_RECORD;
}

const struct reader reader_csv = {
	.name = "csv", .open = reader_open, .next = next_record, .close = reader_close};
