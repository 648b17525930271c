/* A private folder with files in it, for the tests of the collector; gone after folder_remove(). */
#ifndef TESTS_UNIT_COLLECTORS_FOLDER_H
#define TESTS_UNIT_COLLECTORS_FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/fault.h"

static char folder[64];

static inline int folder_make(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/kontaktpuls-unit-XXXXXX");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static inline int folder_delete_one(const char *path, const struct stat *st, int type,
				    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int folder_remove(void **state)
{
	(void)state;
	return nftw(folder, folder_delete_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Path of a file in the folder; one of eight buffers in turn. */
static inline const char *folder_path(const char *name)
{
	static char path[8][384];
	static size_t turn;

	turn = (turn + 1) % 8;
	(void)snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
	return path[turn];
}

static inline const char *folder_write_n(const char *name, const void *data, size_t len)
{
	const char *path = folder_path(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	return path;
}

static inline const char *folder_write(const char *name, const char *text)
{
	return folder_write_n(name, text, strlen(text));
}

/* The whole file; "(none)" when there is no such file. The caller releases it. */
static inline struct buf folder_read(const char *name)
{
	struct buf text = {0};
	struct fault f;

	if (buf_read_file(&text, folder_path(name), 1 << 20, &f) < 0)
		buf_adds(&text, "(none)");
	return text;
}

static inline void assert_file(const char *name, const char *expected)
{
	struct buf text = folder_read(name);

	assert_string_equal(buf_text(&text), expected);
	buf_release(&text);
}

#endif
