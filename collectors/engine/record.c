/*
 * record: looking a field up. A record has tens of fields at most, and lengths differ: a scan is
 * as fast as anything.
 */
#include "collectors/engine/record.h"

const struct record_field *record_find(const struct record *r, struct span path)
{
	for (size_t i = 0; i < r->count; i++)
		if (span_equal(r->field[i].path, path))
			return r->field + i;
	return NULL;
}
