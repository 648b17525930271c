/* Dated tables from their texts; included after kit.h. */
#ifndef TESTS_UNIT_DATED_KIT_H
#define TESTS_UNIT_DATED_KIT_H

#include <stdlib.h>
#include <unistd.h>

#include "common/dated.h"

/* Writes a file that the test removes. */
static inline void kit_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Loads a table from its text. */
static inline int kit_load(const char *text, const struct dated_shape *shape, struct dated **ret,
			   struct fault *f)
{
	char path[] = "/tmp/kp-dated-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	(void)close(fd);
	kit_file(path, text);
	int rc = dated_load(path, shape, ret, f);
	(void)unlink(path);
	return rc;
}

#define KIT_ORGANISATION "enhet;namn;forvaltning;agarform;vardniva;fran;till\n"
#define KIT_REGISTRY     "kalla;enhet;kanal;roll;fran;till\n"

/* A good one. */
static inline struct dated *kit_table(const char *text, const struct dated_shape *shape)
{
	struct dated *d = NULL;
	struct fault f;
	if (kit_load(text, shape, &d, &f) < 0)
		fail_msg("%s", f.text);
	return d;
}

#endif
