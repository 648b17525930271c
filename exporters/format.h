/*
 * format: one way to write a report, as a row of a table. A format lives in a file of its own and is
 * known by its const struct format; formats.c lists them.
 */
#ifndef EXPORTERS_FORMAT_H
#define EXPORTERS_FORMAT_H

#include "exporters/report.h"

struct format {
	const char *name, *text;
	/* True when it has room for more than the cells: notes, totals, the waterfall. */
	bool whole;
	void (*write)(const struct report *r, struct buf *out);
};

extern const struct format format_text, format_csv, format_excel_csv, format_json;

/* NULL when there is none of that name. */
const struct format *formats_find(const char *name);
extern const struct text_form formats_form;

#endif
