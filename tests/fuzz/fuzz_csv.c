/*
 * fuzz_csv: the CSV reader under any bytes. The first byte chooses the dialect, the rest is the file.
 * Promises that are checked: every byte belongs to one row, error, blank line or mark; places are
 * those of the bytes; a row reads the same alone, out of a file, and without its line end; where
 * strict RFC 4180 defines the result, libcsv has it too.
 */
#include "tests/fuzz/fuzz.h"

#include "common/csv.h"
#include "tests/fuzz/libcsv.h"

#define UNUSED_QUOTE '\x01' /* a control character, so in no text that we accept */

struct text {
	const char *data;
	size_t len;
	struct csv_dialect dialect;
	uint64_t *line_start; /* offsets, columns counted from there; one for each line */
	size_t lines, lines_cap;
};

/* What was seen of a text so far. */
struct seen {
	uint64_t end;   /* of the last row or error */
	uint64_t blank; /* lines */
	bool error, only_quotes, stopped;
	struct buf rows; /* as libcsv_rows() writes them */
};

static bool has_mark(const char *data, size_t len, const char *mark)
{
	return len >= strlen(mark) && memcmp(data, mark, strlen(mark)) == 0;
}

static bool has_any_mark(const char *data, size_t len)
{
	return has_mark(data, len, "\xEF\xBB\xBF") || has_mark(data, len, "\xFF\xFE") ||
	       has_mark(data, len, "\xFE\xFF");
}

static void add_line(struct text *t, uint64_t start)
{
	t->line_start = base_grow(t->line_start, &t->lines_cap, t->lines + 1,
				  sizeof(*t->line_start));
	t->line_start[t->lines++] = start;
}

/* '0' to '3' are the delimiters; + 4: no quotes; + 8: Windows-1252. */
static struct text text_of(const uint8_t *data, size_t size)
{
	static const char delimiter[] = {',', ';', '\t', '|'};
	struct text t = {
		.data = (const char *)data + 1,
		.len = size - 1,
		.dialect = {.delimiter = delimiter[data[0] & 3],
			    .quote = data[0] & 4 ? '\0' : '"',
			    .encoding = data[0] & 8 ? CSV_CP1252 : CSV_UTF8},
	};

	bool mark = t.dialect.encoding == CSV_UTF8 && has_mark(t.data, t.len, "\xEF\xBB\xBF");
	add_line(&t, mark ? 3 : 0);
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] == '\n')
			add_line(&t, i + 1);
	return t;
}

static uint64_t place(const struct text *t, uint64_t line, uint32_t column)
{
	assert(line >= 1 && line <= t->lines && column >= 1);
	return t->line_start[line - 1] + column - 1;
}

/* Between rows there is nothing but blank lines. */
static void check_gap(const struct text *t, struct seen *s, uint64_t to)
{
	uint64_t at = s->end;

	assert(to >= at && to <= t->len);
	while (at < to) {
		if (t->data[at] == '\r')
			at++;
		assert(at < to && t->data[at] == '\n');
		at++;
		s->blank++;
	}
	s->end = to;
}

static void check_field(const struct text *t, const struct csv_row *row, const struct csv_field *f)
{
	uint64_t at = place(t, f->line, f->column);

	assert(at >= row->offset && at <= row->offset + row->bytes);
	assert(text_utf8_valid(f->value) && !text_has_control(f->value));
	if (f->quoted)
		assert(t->data[at] == t->dialect.quote);
	else if (t->dialect.encoding == CSV_UTF8 && f->value.len > 0)
		assert(memcmp(t->data + at, f->value.data, f->value.len) == 0);
}

static void check_row(const struct text *t, struct seen *s, const struct csv_row *row)
{
	assert(row->count > 0 && row->count <= CSV_FIELDS_MAX && row->bytes <= CSV_LINE_MAX);
	assert(place(t, row->line, row->column) == row->offset);
	for (size_t i = 0; i < row->count; i++) {
		const struct csv_field *f = &row->field[i];
		check_field(t, row, f);
		buf_addf(&s->rows, "%zu:", f->value.len);
		buf_add(&s->rows, f->value.data, f->value.len);
		buf_addc(&s->rows, ',');
	}
	buf_addc(&s->rows, '\n');
}

static size_t row_lines(const struct text *t, const struct csv_row *row)
{
	size_t n = 0;
	for (size_t i = 0; i < row->bytes; i++)
		n += t->data[row->offset + i] == '\n';
	return n;
}

static void check_error(const struct text *t, struct seen *s, enum csv_status status,
			const struct csv_row *row)
{
	uint64_t at = place(t, row->line, row->column);
	int byte = at < t->len ? (uint8_t)t->data[at] : '\n';

	assert(row->count == 0 && at >= row->offset && at <= row->offset + row->bytes);
	s->error = true;
	s->only_quotes = s->only_quotes && (status == CSV_QUOTE || status == CSV_QUOTE_EOF);
	s->stopped = row->bytes == 0;
	switch (status) {
	case CSV_ENCODING: assert(byte >= 0x80); break;
	case CSV_UTF16: assert(byte >= 0xFE && s->stopped); break;
	case CSV_LINE_END: assert(byte == '\r'); break;
	case CSV_QUOTE: assert(t->dialect.quote && byte != t->dialect.delimiter); break;
	case CSV_QUOTE_EOF:
		assert(byte == t->dialect.quote);
		assert(row->offset + row->bytes == t->len || row_lines(t, row) > 1);
		break;
	case CSV_CONTROL: assert(byte < ' ' || byte == 0x7F || byte == 0xC2); break;
	case CSV_TOO_LONG: assert(row->bytes > CSV_LINE_MAX); break;
	case CSV_TOO_MANY: assert(row->bytes >= CSV_FIELDS_MAX); break;
	case CSV_ROW:
	case CSV_END:
	case CSV_READ: BUG("a status that cannot be");
	}
}

/* The sealed original of a row must say what the row said. */
static void check_alone(const struct text *t, enum csv_status status, const struct csv_row *row)
{
	struct csv_row alone;
	const char *data = t->data + row->offset;

	if (has_any_mark(data, row->bytes))
		return;
	struct csv *c = csv_new_memory(data, row->bytes, t->dialect);
	assert(csv_next(c, &alone) == status);
	assert(alone.offset == 0 && alone.bytes == row->bytes && alone.count == row->count);
	assert(csv_next(c, &alone) == CSV_END);
	csv_free(c);
}

/* A line that no line end follows goes the long way (csv_line.h), and must be the same row. */
static void check_long_way(const struct text *t, const struct csv_row *row)
{
	struct csv_row other;
	const char *data = t->data + row->offset;
	size_t len = row->bytes;

	if (len > 0 && data[len - 1] == '\n')
		len--;
	if (len > 0 && data[len - 1] == '\r')
		len--;
	if (len == 0 || has_any_mark(data, len))
		return;
	struct csv *c = csv_new_memory(data, len, t->dialect);
	assert(csv_next(c, &other) == CSV_ROW && other.count == row->count);
	for (size_t i = 0; i < row->count; i++) {
		const struct csv_field *a = &row->field[i], *b = &other.field[i];
		assert(span_equal(a->value, b->value) && a->quoted == b->quoted);
		assert(a->column == b->column && a->line - row->line == b->line - 1);
	}
	csv_free(c);
}

static void read_memory(const struct text *t, struct seen *s)
{
	struct csv *c = csv_new_memory(t->data, t->len, t->dialect);
	struct csv_row row;

	for (;;) {
		enum csv_status status = csv_next(c, &row);
		if (s->end == 0 && row.offset >= t->line_start[0])
			s->end = t->line_start[0];
		if (status == CSV_END)
			break;
		assert(!s->stopped);
		check_gap(t, s, row.offset);
		if (status == CSV_ROW) {
			check_row(t, s, &row);
			check_long_way(t, &row);
		} else
			check_error(t, s, status, &row);
		if (!s->stopped)
			check_alone(t, status, &row);
		s->end = row.offset + row.bytes;
	}
	if (!s->stopped)
		check_gap(t, s, t->len);
	assert(csv_blank_lines(c) == s->blank);
	csv_free(c);
}

static bool is_ascii(struct span s)
{
	size_t i = 0;

	while (i < s.len && (uint8_t)s.data[i] < 0x80)
		i++;
	return i == s.len;
}

/* Skimmed, the same bytes are the same rows, and `column` is the same where it is plain what it is. */
static void check_skimmed(const struct text *t, size_t column)
{
	struct csv *whole = csv_new_memory(t->data, t->len, t->dialect);
	struct csv *skimmed = csv_new_memory(t->data, t->len, t->dialect);
	enum csv_status status;

	do {
		struct csv_row a, b;
		struct span text;
		status = csv_next(whole, &a);
		const enum csv_status said = csv_skim(skimmed, column, &b, &text);
		assert(said == status || (said == CSV_ROW && status != CSV_END));
		assert(a.offset == b.offset && a.bytes == b.bytes && a.no_newline == b.no_newline);
		assert(b.count == 0 && csv_blank_lines(whole) == csv_blank_lines(skimmed));
		if (status != CSV_ROW)
			continue;
		assert(a.line == b.line);
		if (column >= a.count)
			assert(text.len == 0);
		else if (t->dialect.encoding == CSV_UTF8 || is_ascii(text))
			assert(span_equal(text, a.field[column].value));
	} while (status != CSV_END);
	csv_free(whole);
	csv_free(skimmed);
}

/* A file gives the rows that memory gave. */
static void read_file(const struct text *t, const struct buf *rows)
{
	struct buf copy = {0}, again = {0};
	struct csv_row row;

	buf_add(&copy, t->data, t->len);
	FILE *file = fmemopen(copy.data, copy.len, "r");
	assert(file);
	struct csv *c = csv_new(file, t->dialect);
	for (;;) {
		enum csv_status status = csv_next(c, &row);
		if (status == CSV_END)
			break;
		for (size_t i = 0; i < row.count; i++) {
			buf_addf(&again, "%zu:", row.field[i].value.len);
			buf_add(&again, row.field[i].value.data, row.field[i].value.len);
			buf_addc(&again, ',');
		}
		if (status == CSV_ROW)
			buf_addc(&again, '\n');
	}
	assert(again.len == rows->len && memcmp(buf_text(&again), buf_text(rows), again.len) == 0);
	csv_free(c);
	(void)fclose(file);
	buf_release(&copy);
	buf_release(&again);
}

/*
 * A text without errors is the same to libcsv; one that has no other errors than of quotes is wrong
 * to it as well. In the rest we are stricter (lone CR, control characters, limits).
 */
static void compare(const struct text *t, const struct seen *s)
{
	char quote = t->dialect.quote ? t->dialect.quote : UNUSED_QUOTE;
	struct buf utf8 = {0}, theirs = {0};

	if (s->error && !s->only_quotes)
		return;
	const char *data = t->data + t->line_start[0];
	size_t len = t->len - t->line_start[0];
	if (t->dialect.encoding == CSV_CP1252) {
		bool known = text_from_cp1252(&utf8, (struct span){data, len});
		assert(known || s->error);
		data = buf_text(&utf8);
		len = utf8.len;
		if (!known)
			goto out;
	}
	bool good = libcsv_rows(data, len, t->dialect.delimiter, quote, &theirs);
	assert(good == !s->error);
	if (good)
		assert(theirs.len == s->rows.len &&
		       memcmp(buf_text(&theirs), buf_text(&s->rows), theirs.len) == 0);
out:
	buf_release(&utf8);
	buf_release(&theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = {.only_quotes = true};

	if (size < 2)
		return 0;
	struct text t = text_of(data, size);
	read_memory(&t, &s);
	read_file(&t, &s.rows);
	compare(&t, &s);
	check_skimmed(&t, 0);
	check_skimmed(&t, 2);
	buf_release(&s.rows);
	free(t.line_start);
	return 0;
}
