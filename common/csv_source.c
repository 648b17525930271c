/*
 * csv_source: whole blocks of a file; of a pipe, and of a stream that says so by its line buffering, no
 * more than a line, so that its rows are not held back until a block is full.
 */
#include "common/csv_source.h"

#include <errno.h>
#include <stdio_ext.h>
#include <sys/stat.h>

void csv_source_memory(struct csv_source *s, const void *data, size_t len)
{
	s->data = data;
	s->at = 0;
	s->len = len;
	s->file = NULL;
	s->slow = false;
	s->error = 0;
}

void csv_source_file(struct csv_source *s, FILE *file)
{
	struct stat st;
	int fd = fileno(file); /* -1: a stream over memory, or over what somebody else reads */

	csv_source_memory(s, s->block, 0);
	s->file = file;
	s->slow = __flbf(file) || (fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode));
}

static size_t read_line(struct csv_source *s)
{
	size_t n = 0;
	int b = 0;

	while (n < CSV_SOURCE_BYTES && b != '\n' && (b = getc_unlocked(s->file)) != EOF)
		s->block[n++] = (uint8_t)b;
	return n;
}

bool csv_source_fill(struct csv_source *s)
{
	if (s->at < s->len)
		return true;
	if (!s->file || s->error != 0)
		return false;
	s->at = 0;
	s->len = s->slow ? read_line(s) : fread_unlocked(s->block, 1, CSV_SOURCE_BYTES, s->file);
	if (ferror(s->file))
		s->error = errno != 0 ? errno : EIO;
	return s->len > 0;
}

bool csv_source_begins(const struct csv_source *s, const char *mark)
{
	size_t len = strlen(mark);

	return s->len - s->at >= len && memcmp(s->data + s->at, mark, len) == 0;
}
