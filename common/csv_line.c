/*
 * csv_line: eight bytes at a time. Pure; copies nothing.
 */
#include "common/csv_line.h"

#include "common/word.h"

static void put(struct csv_field *field, struct span line, size_t begin, size_t end)
{
	field->value = (struct span){line.data + begin, end - begin};
	field->column = (uint32_t)begin + 1;
	field->quoted = false;
}

size_t csv_line_split(struct span line, struct csv_dialect dialect, struct csv_field *field,
		      bool *ret_plain)
{
	/* A line feed is in no line. */
	const uint64_t quote = word_of((uint8_t)(dialect.quote ? dialect.quote : '\n'));
	const uint64_t delimiter = word_of((uint8_t)dialect.delimiter);
	uint64_t odd = 0, quotes = 0;
	size_t begin = 0, count = 0;

	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	for (size_t at = 0; at < line.len; at += WORD_BYTES) {
		uint64_t word = word_load(line.data + at, line.len - at);
		uint64_t ends = word_zeros(word ^ delimiter);
		odd |= word_odd(word);
		quotes |= word_zeros(word ^ quote);
		for (; ends != 0; ends &= ends - 1) {
			size_t end = at + word_first(ends);
			if (count + 1 == CSV_FIELDS_MAX)
				return 0;
			put(&field[count++], line, begin, end);
			begin = end + 1;
		}
	}
	put(&field[count++], line, begin, line.len);
	*ret_plain = odd == 0;
	if (quotes != 0 || (odd != 0 && memchr(line.data, '\r', line.len)))
		return 0;
	return count;
}
