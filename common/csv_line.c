/*
 * csv_line: eight bytes at a time, then from one delimiter or quote to the next. Pure; copies nothing.
 */
#include "common/csv_line.h"

#include "common/word.h"

/* Where the cutting stands. */
struct cut {
	struct span text;
	uint64_t line;
	struct csv_field *field;
	size_t count;
	size_t begin;        /* of the next field */
	size_t close;        /* its closing quote, when it has one */
	bool quoted, inside; /* it began with a quote; that is not closed yet */
};

/* Fields that end at these delimiters, no quote being near. */
static inline void take_plain(struct cut *c, size_t at, uint64_t ends)
{
	const char *text = c->text.data;
	struct csv_field *to = c->field + c->count;
	size_t begin = c->begin;

	for (; ends != 0; ends &= ends - 1, to++) {
		size_t end = at + word_first(ends);
		to->value = (struct span){text + begin, end - begin};
		to->line = c->line;
		to->column = (uint32_t)begin + 1;
		to->quoted = false;
		begin = end + 1;
	}
	c->begin = begin;
	c->count = (size_t)(to - c->field);
}

static bool take_quote(struct cut *c, size_t at)
{
	bool opens = !c->quoted;

	if (opens ? at != c->begin : !c->inside)
		return false;
	c->quoted = true;
	c->inside = opens;
	c->close = at;
	return true;
}

/* The field ends before `end`. */
static bool take_field(struct cut *c, size_t end)
{
	size_t from = c->quoted ? c->begin + 1 : c->begin, to = c->quoted ? c->close : end;

	if (c->quoted && (c->inside || c->close + 1 != end))
		return false;
	c->field[c->count++] = (struct csv_field){
		.value = {c->text.data + from, to - from},
		.line = c->line,
		.column = (uint32_t)c->begin + 1,
		.quoted = c->quoted,
	};
	c->begin = end + 1;
	c->quoted = false;
	return true;
}

static bool take_marks(struct cut *c, size_t at, uint64_t ends, uint64_t quotes)
{
	for (uint64_t marks = ends | quotes; marks != 0; marks &= marks - 1) {
		size_t mark = at + word_first(marks);
		bool good = true;
		if ((quotes & marks & -marks) != 0)
			good = take_quote(c, mark);
		else if (!c->inside)
			good = take_field(c, mark);
		if (!good)
			return false;
	}
	return true;
}

size_t csv_line_split(struct span text, uint64_t line, struct csv_dialect dialect,
		      struct csv_field *field, bool *ret_plain)
{
	/* A line feed is in no line. */
	const uint64_t quote = word_of((uint8_t)(dialect.quote ? dialect.quote : '\n'));
	const uint64_t delimiter = word_of((uint8_t)dialect.delimiter);
	struct cut c = {.text = text, .line = line, .field = field};
	uint64_t odd = 0;

	if (text.len > 0 && text.data[text.len - 1] == '\r')
		c.text.len--;
	for (size_t at = 0; at < c.text.len; at += WORD_BYTES) {
		uint64_t word = word_load(text.data + at, c.text.len - at);
		uint64_t ends = word_zeros(word ^ delimiter), quotes = word_zeros(word ^ quote);
		odd |= word_odd(word);
		if (c.count + WORD_BYTES >= CSV_FIELDS_MAX)
			return 0;
		if (quotes == 0 && !c.quoted)
			take_plain(&c, at, ends);
		else if (!take_marks(&c, at, ends, quotes))
			return 0;
	}
	*ret_plain = odd == 0;
	if (!take_field(&c, c.text.len) || (odd != 0 && memchr(text.data, '\r', c.text.len)))
		return 0;
	return c.count;
}

struct span csv_line_column(struct span line, char delimiter, size_t column)
{
	const char *at = line.data, *end = line.data + line.len;

	if (line.len > 0 && end[-1] == '\r')
		end--;
	for (; column > 0 && at; column--) {
		at = memchr(at, delimiter, (size_t)(end - at));
		at += at != NULL;
	}
	if (!at)
		return (struct span){0};
	const char *to = memchr(at, delimiter, (size_t)(end - at));
	return (struct span){at, (size_t)((to ? to : end) - at)};
}
