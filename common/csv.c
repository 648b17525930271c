/*
 * csv: delimited text as a state machine over bytes. The machine knows structure only: fields,
 * quotes, line ends, places. What the bytes of a value mean (encoding, control characters) is looked
 * at when the row is whole. Most rows go the short way of csv_line.h. Owns the storage of
 * one row, and never keeps more of it than CSV_LINE_MAX.
 */
#include "common/csv.h"

#include <errno.h>

#include "common/csv_line.h"
#include "common/csv_source.h"

#define NO_BYTE (-1)

enum state {
	FIELD_START, /* the next byte is the first of a field, or ends it at once */
	PLAIN,       /* inside an unquoted field */
	QUOTED,      /* after the opening quote */
	QUOTE_SEEN,  /* after a quote inside a quoted field: the closing one, or the first of two */
	CR_SEEN,     /* after a CR outside quotes: nothing but LF may follow */
	SKIPPING,    /* quotes mean nothing any more: the next LF ends the row */
	ROW_DONE,
};

struct csv {
	struct csv_dialect dialect;
	int delimiter, quote;        /* NO_BYTE when there are no quotes */
	bool special[256];           /* bytes that step() must see */
	uint64_t offset, line_start; /* of the next byte, and of the first byte of its line */
	uint64_t line, blank_lines;
	bool begun, over;

	enum state state;
	enum csv_status status; /* CSV_ROW until something spoils the row */
	struct csv_row row;
	struct csv_field now; /* the field that is being read */
	size_t kept;
	struct span skimmed;  /* the column that was asked for, of a row that was not cut */
	bool plain;           /* all of the row is printable ASCII, as far as is known */
	struct buf converted; /* as large as it ever gets, because values point into it */
	struct csv_field field[CSV_FIELDS_MAX];
	char raw[CSV_LINE_MAX + 1]; /* bytes of values, one field after the other */
	struct csv_source in;
};

static struct csv *create(struct csv_dialect dialect)
{
	struct csv *c = base_alloc(sizeof(*c));

	/* The arrays behind are written before they are read. */
	memset(c, 0, offsetof(struct csv, field));
	c->dialect = dialect;
	c->delimiter = (uint8_t)dialect.delimiter;
	c->quote = dialect.quote ? (uint8_t)dialect.quote : NO_BYTE;
	c->special['\n'] = c->special['\r'] = c->special[c->delimiter] = true;
	if (dialect.quote)
		c->special[c->quote] = true;
	c->line = 1;
	if (dialect.encoding == CSV_CP1252)
		(void)buf_room(&c->converted, 3 * sizeof(c->raw)); /* three bytes for a euro sign */
	return c;
}

struct csv *csv_new(FILE *file, struct csv_dialect dialect)
{
	struct csv *c = create(dialect);

	csv_source_file(&c->in, file);
	return c;
}

struct csv *csv_new_memory(const void *data, size_t len, struct csv_dialect dialect)
{
	struct csv *c = create(dialect);

	csv_source_memory(&c->in, data, len);
	return c;
}

void csv_free(struct csv *c)
{
	if (!c)
		return;
	buf_release(&c->converted);
	free(c);
}

uint64_t csv_blank_lines(const struct csv *c)
{
	return c->blank_lines;
}

static uint32_t column_at(const struct csv *c, uint64_t offset)
{
	uint64_t column = offset - c->line_start + 1;

	return column < UINT32_MAX ? (uint32_t)column : UINT32_MAX;
}

static void spoil(struct csv *c, enum csv_status status, uint64_t line, uint32_t column)
{
	if (c->status != CSV_ROW)
		return;
	c->status = status;
	c->row.line = line;
	c->row.column = column;
}

/* The structure itself is broken, `back` bytes before the next one. */
static void lose_structure(struct csv *c, enum csv_status status, unsigned back)
{
	spoil(c, status, c->line, column_at(c, c->offset - back));
	c->state = SKIPPING;
}

static void keep(struct csv *c, int b)
{
	if (c->status == CSV_ROW)
		c->raw[c->kept++] = (char)b;
}

static void begin_field(struct csv *c)
{
	c->now = (struct csv_field){
		.value.data = c->raw + c->kept,
		.line = c->line,
		.column = column_at(c, c->offset),
	};
}

static void end_field(struct csv *c)
{
	if (c->row.count == CSV_FIELDS_MAX) {
		spoil(c, CSV_TOO_MANY, c->now.line, c->now.column);
		return;
	}
	c->now.value.len = (size_t)(c->raw + c->kept - c->now.value.data);
	c->field[c->row.count++] = c->now;
}

/* True when `b` ends the field. */
static bool field_ends(struct csv *c, int b)
{
	if (b == c->delimiter)
		c->state = FIELD_START;
	else if (b == '\n')
		c->state = ROW_DONE;
	else if (b == '\r')
		c->state = CR_SEEN;
	else
		return false;
	if (c->state != CR_SEEN)
		end_field(c);
	return true;
}

static void plain(struct csv *c, int b)
{
	if (field_ends(c, b))
		return;
	if (b == c->quote)
		lose_structure(c, CSV_QUOTE, 0);
	else
		keep(c, b);
}

/*
 * Something follows a quote that should have ended the field. On the line where the field began that is this row's
 * trouble. On a later one the quote at the beginning was none, and nobody can tell which rows it has swallowed.
 */
static void lose_quoted(struct csv *c)
{
	lose_structure(c, CSV_QUOTE, 0);
	if (c->line == c->now.line)
		return;
	c->status = CSV_ROW; /* worse than whatever else the row has */
	spoil(c, CSV_QUOTE_EOF, c->now.line, c->now.column);
}

static void step(struct csv *c, int b)
{
	switch (c->state) {
	case FIELD_START:
		begin_field(c);
		c->now.quoted = b == c->quote;
		c->state = c->now.quoted ? QUOTED : PLAIN;
		if (!c->now.quoted)
			plain(c, b);
		break;
	case PLAIN: plain(c, b); break;
	case QUOTED:
		if (b == c->quote)
			c->state = QUOTE_SEEN;
		else
			keep(c, b);
		break;
	case QUOTE_SEEN:
		if (b == c->quote) {
			keep(c, b);
			c->state = QUOTED;
		} else if (!field_ends(c, b)) {
			lose_quoted(c);
		}
		break;
	case CR_SEEN:
		if (b == '\n') {
			end_field(c);
			c->state = ROW_DONE;
		} else {
			lose_structure(c, CSV_LINE_END, 1);
		}
		break;
	case SKIPPING:
		if (b == '\n')
			c->state = ROW_DONE;
		break;
	case ROW_DONE: break;
	}
}

/* What the end of the input means to the row that it cuts off or completes. */
static void end_of_input(struct csv *c)
{
	c->over = true;
	c->row.no_newline = c->offset > c->row.offset;
	if (c->in.error != 0) {
		c->status = CSV_ROW;
		spoil(c, CSV_READ, c->line, column_at(c, c->offset));
		return;
	}
	switch (c->state) {
	case FIELD_START:
		begin_field(c);
		end_field(c);
		break;
	case PLAIN:
	case QUOTE_SEEN: end_field(c); break;
	case QUOTED:
		c->status = CSV_ROW;
		spoil(c, CSV_QUOTE_EOF, c->now.line, c->now.column);
		break;
	case CR_SEEN: lose_structure(c, CSV_LINE_END, 1); break;
	case SKIPPING:
	case ROW_DONE: break;
	}
}

/* Bytes that mean nothing in a value are most of a file: takes them at one go. */
static void keep_run(struct csv *c)
{
	size_t most = c->in.len - c->in.at;
	size_t n = 0;

	if (c->state != PLAIN && c->state != QUOTED)
		return;
	if (c->status == CSV_ROW && most > sizeof(c->raw) - c->kept)
		most = sizeof(c->raw) - c->kept;
	while (n < most && !c->special[c->in.data[c->in.at + n]])
		n++;
	if (c->status == CSV_ROW) {
		memcpy(c->raw + c->kept, c->in.data + c->in.at, n);
		c->kept += n;
	}
	c->in.at += n;
	c->offset += n;
}

static void pass_line(struct csv *c, size_t len)
{
	c->in.at += len + 1;
	c->offset += len + 1;
	c->line_start = c->offset;
	c->line++;
}

/* Takes the row when it is one line and nothing about it is strange, as most are. */
static bool take_line(struct csv *c)
{
	const char *line = (const char *)c->in.data + c->in.at;
	const char *end = memchr(line, '\n', c->in.len - c->in.at);
	size_t len = end ? (size_t)(end - line) : CSV_LINE_MAX;

	if (len < CSV_LINE_MAX)
		c->row.count = csv_line_split((struct span){line, len}, c->line, c->dialect,
					      c->field, &c->plain);
	if (c->row.count > 0)
		pass_line(c, len);
	return c->row.count > 0;
}

/* Takes the row when it is one line without quotes, and looks at one column of it alone. */
static bool skim_line(struct csv *c, size_t column)
{
	const char *at = (const char *)c->in.data + c->in.at;
	const char *end = memchr(at, '\n', c->in.len - c->in.at);
	const size_t len = end ? (size_t)(end - at) : 0;

	if (len < 2 || len >= CSV_LINE_MAX || (c->quote != NO_BYTE && memchr(at, c->quote, len)))
		return false;
	pass_line(c, len);
	c->skimmed = csv_line_column((struct span){at, len}, c->dialect.delimiter, column);
	c->plain = true;
	return true;
}

static void read_row(struct csv *c, const size_t *column)
{
	c->skimmed = (struct span){0};
	if (csv_source_fill(&c->in) && (column ? skim_line(c, *column) : take_line(c)))
		return;
	c->plain = false;
	while (c->state != ROW_DONE) {
		if (!csv_source_fill(&c->in)) {
			end_of_input(c);
			return;
		}
		int b = c->in.data[c->in.at++];
		step(c, b);
		c->offset++;
		if (b == '\n') {
			c->line++;
			c->line_start = c->offset;
		}
		keep_run(c);
		if (c->offset - c->row.offset > CSV_LINE_MAX)
			spoil(c, CSV_TOO_LONG, c->now.line, c->now.column);
	}
}

/* Spoils the row for the byte behind the first `len` bytes of a value. */
static void spoil_value(struct csv *c, enum csv_status status, const struct csv_field *f,
			size_t len)
{
	uint64_t line = f->line;
	uint32_t column = f->column + (f->quoted ? 1 : 0);

	for (size_t i = 0; i < len; i++) {
		int b = (uint8_t)f->value.data[i];
		if (b == '\n') {
			line++;
			column = 1;
		} else if (c->dialect.encoding == CSV_UTF8 || (b & 0xC0) != 0x80) {
			column += f->quoted && b == c->quote ? 2 : 1;
		}
	}
	spoil(c, status, line, column);
}

static void check_value(struct csv *c, struct csv_field *f)
{
	bool known = true;

	if (c->dialect.encoding == CSV_CP1252) {
		size_t start = c->converted.len;
		known = text_from_cp1252(&c->converted, f->value);
		f->value = (struct span){c->converted.data + start, c->converted.len - start};
	}
	size_t clean = text_control_prefix(f->value);
	size_t good = text_utf8_prefix((struct span){f->value.data, clean});
	if (good < clean)
		spoil_value(c, CSV_ENCODING, f, good);
	else if (clean < f->value.len)
		spoil_value(c, CSV_CONTROL, f, clean);
	else if (!known)
		spoil_value(c, CSV_ENCODING, f, f->value.len);
}

static void begin_row(struct csv *c)
{
	c->state = FIELD_START;
	c->status = CSV_ROW;
	c->row = (struct csv_row){
		.field = c->field, .line = c->line, .column = 1, .offset = c->offset};
	c->kept = 0;
	buf_reset(&c->converted);
}

static void finish_row(struct csv *c)
{
	c->row.bytes = c->offset - c->row.offset;
	if (c->status == CSV_ROW && c->row.bytes == 0)
		c->status = CSV_END;
	for (size_t i = 0; i < c->row.count && c->status == CSV_ROW && !c->plain; i++)
		check_value(c, &c->field[i]);
	if (c->status != CSV_ROW)
		c->row.count = 0;
}

static bool is_blank(const struct csv *c)
{
	return c->status == CSV_ROW && c->row.count == 1 && !c->field[0].quoted &&
	       c->field[0].value.len == 0;
}

/* Passes over a byte order mark; one that contradicts the declared encoding ends the reading. */
static enum csv_status begin_file(struct csv *c)
{
	c->begun = true;
	if (!csv_source_fill(&c->in))
		return CSV_ROW;
	if (csv_source_begins(&c->in, "\xFE\xFF") || csv_source_begins(&c->in, "\xFF\xFE"))
		return CSV_UTF16;
	if (!csv_source_begins(&c->in, "\xEF\xBB\xBF"))
		return CSV_ROW;
	if (c->dialect.encoding != CSV_UTF8)
		return CSV_ENCODING;
	c->in.at += 3;
	c->offset = c->line_start = 3;
	return CSV_ROW;
}

static enum csv_status next(struct csv *c, const size_t *column, struct csv_row *row)
{
	enum csv_status mark = c->begun ? CSV_ROW : begin_file(c);

	for (;;) {
		begin_row(c);
		if (mark != CSV_ROW) {
			spoil(c, mark, 1, 1);
			c->over = true;
		}
		if (!c->over)
			read_row(c, column);
		finish_row(c);
		if (!is_blank(c))
			break;
		c->blank_lines++;
	}
	*row = c->row;
	if (c->status == CSV_READ)
		errno = c->in.error;
	return c->status;
}

enum csv_status csv_next(struct csv *c, struct csv_row *row)
{
	return next(c, NULL, row);
}

enum csv_status csv_skim(struct csv *c, size_t column, struct csv_row *row, struct span *ret)
{
	const enum csv_status status = next(c, &column, row);

	*ret = column < row->count ? row->field[column].value : c->skimmed;
	row->count = 0;
	return status;
}
