/*
 * csv_line: the short way through a row that is one line: its fields are what stands between the
 * delimiters, or between quotes there. It says yes or leaves the line to csv.c; it never says what is
 * wrong.
 */
#ifndef COMMON_CSV_LINE_H
#define COMMON_CSV_LINE_H

#include "common/csv.h"

/*
 * `text` is a whole line without its LF, the number `line` of its file. Fills `field` and returns how
 * many there are; 0 when there is a doubled quote, a quote at a wrong place, a CR that is not at the
 * end, or about as many fields as CSV_FIELDS_MAX. *ret_plain: all of it is printable ASCII.
 */
size_t csv_line_split(struct span text, uint64_t line, struct csv_dialect dialect,
		      struct csv_field *field, bool *ret_plain);
/* One column of a line without quotes, from 0; of no length when the line has not so many. */
struct span csv_line_column(struct span line, char delimiter, size_t column);

#endif
