/*
 * reader: a format of files, the plugin table of the collector. A reader turns bytes into records
 * and knows nothing of what they mean. A new format is one file with one `const struct reader`,
 * named in readers.c. It says the same of the same bytes each time: a file is read twice.
 */
#ifndef COLLECTORS_ENGINE_READER_H
#define COLLECTORS_ENGINE_READER_H

#include "collectors/engine/mapping.h"
#include "collectors/engine/record.h"
#include "proto/reasons.h"

/* After RECORD and BAD there is more to come. */
enum reader_status {
	READER_RECORD, /* `record` is a record */
	READER_BAD,    /* one record cannot be read: `reason` */
	READER_BROKEN, /* the file cannot be read as a whole: `reason` */
	READER_END,
};

/* One answer of a reader, borrowed until its next. */
struct reader_item {
	struct record record; /* BAD: number, line, offset and bytes only; BROKEN: line only */
	enum reason reason;   /* BAD, BROKEN */
	uint32_t byte;        /* BAD: where in the line, from 1; 0: the whole record */
	const char *where;    /* BROKEN: the mapping's name of a column or path, or "" */
	bool truncated;       /* END: the last line has no line end */
	size_t unread; /* END: columns, or names of a record, that the mapping does not read */
};

struct reader {
	const char *name;
	/*
	 * `file` and `m` are borrowed until close. A file without an end gives each record as soon as it has
	 * come, if the format lets it.
	 */
	void *(*open)(FILE *file, const struct mapping *m);
	enum reader_status (*next)(void *self, struct reader_item *ret);
	/*
	 * The same for who counts records and looks at the identity alone, which is cheaper: a record has no
	 * other texts than that of column `id`, not converted, and may be bad without saying so. NULL: there is no such way.
	 */
	enum reader_status (*skim)(void *self, size_t id, struct reader_item *ret);
	void (*close)(void *self);
};

extern const struct reader reader_csv, reader_json, reader_ndjson, reader_bundle;

/* NULL when there is none of that name. */
const struct reader *reader_by_name(const char *name);

#endif
