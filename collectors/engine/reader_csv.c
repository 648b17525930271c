/*
 * reader_csv: delimited text with a header row. A path is a column's name; columns are found by
 * name, in any order, and those that the mapping does not read are left out. Owns the texts of the
 * header. Never guesses: the dialect is the mapping's.
 */
#include "collectors/engine/reader.h"

struct csv_reader {
	const struct mapping *mapping;
	struct csv *csv;
	char **header;
	size_t columns;
	struct record_field *field; /* by the mapping's columns .. */
	size_t *at;                 /* .. which stand there in the row */
	size_t fields;
	uint64_t number; /* records so far */
	bool begun, truncated;
};

/* What an error of the CSV reader is called, in a record and in the header. */
static const struct verdict {
	enum reason record, header;
	bool breaks; /* nothing can be read after it */
} verdicts[] = {
	[CSV_ENCODING] = {REASON_ENCODING, REASON_ENCODING, false},
	[CSV_UTF16] = {REASON_ENCODING, REASON_ENCODING, true},
	[CSV_LINE_END] = {REASON_LINE_END, REASON_HEADER_MISSING, false},
	[CSV_QUOTE] = {REASON_QUOTE, REASON_HEADER_MISSING, false},
	[CSV_QUOTE_EOF] = {REASON_QUOTE_EOF, REASON_QUOTE_EOF, true},
	[CSV_CONTROL] = {REASON_CONTROL_CHAR, REASON_HEADER_MISSING, false},
	[CSV_TOO_LONG] = {REASON_LINE_TOO_LONG, REASON_HEADER_MISSING, false},
	[CSV_TOO_MANY] = {REASON_COLUMNS, REASON_HEADER_MISSING, false},
	[CSV_READ] = {REASON_READ_ERROR, REASON_READ_ERROR, true},
};

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
	free(r->at);
	csv_free(r->csv);
	free(r);
}

static enum reader_status end(const struct csv_reader *r, struct reader_item *ret)
{
	*ret = (struct reader_item){.truncated = r->truncated, .unread = r->columns - r->fields};
	return READER_END;
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
		count += strcmp(r->header[i], name) == 0;
	return count;
}

/* One column that holds what separates columns in other files. */
static bool is_other_delimiter(const struct csv_reader *r)
{
	return r->columns == 1 && strpbrk(r->header[0], ",;\t|") != NULL;
}

static enum reader_status check_header(struct csv_reader *r, uint64_t line, struct reader_item *ret)
{
	const char *const *column = mapping_columns(r->mapping, &r->fields);

	r->field = base_zalloc(r->fields, sizeof(*r->field));
	r->at = base_zalloc(r->fields, sizeof(*r->at));
	for (size_t i = 0; i < r->fields; i++) {
		size_t count = count_of(r, column[i]);
		if (count == 0 && is_other_delimiter(r))
			return broken(REASON_DELIMITER, line, "", ret);
		if (count != 1)
			return broken(count == 0 ? REASON_HEADER_MISSING : REASON_HEADER_DUPLICATE,
				      line, column[i], ret);
		while (strcmp(r->header[r->at[i]], column[i]) != 0)
			r->at[i]++;
	}
	for (size_t i = 0; i < r->columns; i++)
		if (count_of(r, r->header[i]) > 1)
			return broken(REASON_HEADER_DUPLICATE, line, "", ret);
	return READER_RECORD;
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
	for (size_t i = 0; i < row.count; i++)
		r->header[i] = base_strndup(row.field[i].value.data, row.field[i].value.len);
	return check_header(r, row.line, ret);
}

/* The record that a row is, without its texts. */
static enum reader_status record_of(struct csv_reader *r, enum csv_status status,
				    const struct csv_row *row, struct reader_item *ret)
{
	if (status == CSV_END)
		return end(r, ret);
	if (status != CSV_ROW && verdicts[status].breaks)
		return broken(verdicts[status].record, row->line, "", ret);
	r->truncated = row->no_newline;
	*ret = (struct reader_item){
		.record = {r->field, r->fields, ++r->number, row->line, row->offset, row->bytes},
	};
	if (status == CSV_ROW)
		return READER_RECORD;
	ret->reason = verdicts[status].record;
	ret->byte = row->column;
	return READER_BAD;
}

static enum reader_status next_record(void *self, struct reader_item *ret)
{
	struct csv_reader *r = self;
	struct csv_row row;
	enum reader_status said = r->begun ? READER_RECORD : read_header(r, ret);

	if (said == READER_RECORD) {
		enum csv_status status = csv_next(r->csv, &row);
		said = record_of(r, status, &row, ret);
	}
	if (said != READER_RECORD)
		return said;
	if (row.count != r->columns) {
		ret->reason = REASON_COLUMNS;
		return READER_BAD;
	}
	for (size_t i = 0; i < r->fields; i++) {
		const struct csv_field *from = row.field + r->at[i];
		r->field[i].text = from->value;
		r->field[i].line = from->line;
	}
	return READER_RECORD;
}

static enum reader_status skim_record(void *self, size_t id, struct reader_item *ret)
{
	struct csv_reader *r = self;
	struct csv_row row;
	enum reader_status said = r->begun ? READER_RECORD : read_header(r, ret);

	if (said != READER_RECORD)
		return said;
	assert(id < r->fields);
	enum csv_status status = csv_skim(r->csv, r->at[id], &row, &r->field[id].text);
	return record_of(r, status, &row, ret);
}

const struct reader reader_csv = {"csv", reader_open, next_record, skim_record, reader_close};
