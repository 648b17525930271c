/*
 * formats: the table of formats. A new format is a file of its own, its name here and in format.h.
 */
#include "exporters/format.h"

static const struct format *const table[] = {&format_text, &format_csv, &format_excel_csv,
					     &format_json};

const struct format *formats_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (strcmp(table[i]->name, name) == 0)
			return table[i];
	return NULL;
}

static bool valid(const char *name)
{
	return formats_find(name) != NULL;
}

static void say(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "one of ", table[i]->name);
}

const struct text_form formats_form = {valid, say};
