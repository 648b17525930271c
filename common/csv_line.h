/*
 * csv_line: the short way through a line that has no quotes: its fields are what stands between the
 * delimiters. It says yes or leaves the line to csv.c; it never says what is wrong.
 */
#ifndef COMMON_CSV_LINE_H
#define COMMON_CSV_LINE_H

#include "common/csv.h"

/*
 * `line` is a whole line without its LF. Fills `field` but for the lines, which are the caller's
 * matter, and returns how many there are; 0: there is a quote, a CR that is not at the end, or more
 * fields than CSV_FIELDS_MAX. *ret_plain: all of it is printable ASCII.
 */
size_t csv_line_split(struct span line, struct csv_dialect dialect, struct csv_field *field,
		      bool *ret_plain);

#endif
