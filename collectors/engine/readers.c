/*
 * readers: the table of the formats that can be read.
 */
#include "collectors/engine/reader.h"

static const struct reader *const readers[] = {
	&reader_csv,
	&reader_json,
	&reader_ndjson,
	&reader_bundle,
};

const struct reader *reader_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (strcmp(readers[i]->name, name) == 0)
			return readers[i];
	return NULL;
}
