/*
 * csv_source: the bytes of a file, or of memory, in pieces as they come. Part of csv.c.
 */
#ifndef COMMON_CSV_SOURCE_H
#define COMMON_CSV_SOURCE_H

#include "common/base.h"

#define CSV_SOURCE_BYTES 65536

struct csv_source {
	const uint8_t *data;
	size_t at, len; /* what is read but not looked at: data[at .. len-1] */
	FILE *file;     /* NULL when reading from memory */
	bool slow;      /* what is to come may not be there yet */
	int error;      /* errno; not 0: reading failed behind the bytes that are left */
	uint8_t block[CSV_SOURCE_BYTES];
};

/* What they read from is borrowed. */
void csv_source_file(struct csv_source *s, FILE *file);
void csv_source_memory(struct csv_source *s, const void *data, size_t len);
/* True when there is a byte at data[at]; false at the end. */
bool csv_source_fill(struct csv_source *s);
/* Whether the bytes that are read begin so. */
bool csv_source_begins(const struct csv_source *s, const char *mark);

#endif
