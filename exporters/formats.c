/*
 * formats: the table of formats. A new format is a file of its own, its name here and in format.h.
 */
#include "exporters/format.h"

static const struct format *const table[] = {&format_text, &format_csv, &format_excel_csv,
					     &format_json};

int formats_find(const char *name, const struct format **ret, struct fault *f)
{
	struct buf names = {0};
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (strcmp(table[i]->name, name) == 0) {
			buf_release(&names);
			*ret = table[i];
			return 0;
		}
		buf_addf(&names, i ? ", %s" : "%s", table[i]->name);
	}
	int rc = fault_set(f, FAULT_USAGE, "--format: one of %s", buf_text(&names));
	buf_release(&names);
	return rc;
}
