/*
 * mapping_fixture: mappings from text and records from pairs, for the tests of the engine.
 */
#ifndef TESTS_UNIT_COLLECTORS_MAPPING_FIXTURE_H
#define TESTS_UNIT_COLLECTORS_MAPPING_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "collectors/engine/mapping_eval.h"
#include "common/civil.h"

/* A file of its own with that text; the caller unlinks and frees the path. */
static inline char *fixture_file(const char *text)
{
	char *path = base_strdup("/tmp/kp-mapping-XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	return path;
}

static inline int fixture_load(const char *text, struct mapping **ret, struct fault *f)
{
	char *path = fixture_file(text);
	int rc = mapping_load(path, ret, f);

	/* What is tested is what follows the path. */
	if (rc < 0 && strncmp(f->text, path, strlen(path)) == 0)
		memmove(f->text, f->text + strlen(path), strlen(f->text + strlen(path)) + 1);
	unlink(path);
	free(path);
	return rc;
}

static inline struct mapping *fixture_mapping(const char *text)
{
	struct mapping *m = NULL;
	struct fault f = {0};

	if (fixture_load(text, &m, &f) < 0)
		fail_msg("%s", f.text);
	return m;
}

#define FIXTURE_FIELDS 20

/* A record on line 7 of its file. */
struct fixture_record {
	struct record record;
	struct record_field field[FIXTURE_FIELDS];
};

/* What the mapping reads, as NAME, TEXT, .., NULL has it: blank where it is not there. */
static inline void fixture_record(struct fixture_record *r, const struct mapping *m,
				  const char *const *pair)
{
	*r = (struct fixture_record){.record = {.line = 7, .number = 6}};
	const char *const *column = mapping_columns(m, &r->record.count);

	assert_true(r->record.count <= FIXTURE_FIELDS);
	r->record.field = r->field;
	for (size_t i = 0; i < r->record.count; i++) {
		r->field[i] = (struct record_field){.line = 7};
		for (const char *const *p = pair; *p; p += 2)
			if (strcmp(p[0], column[i]) == 0)
				r->field[i].text = span_of(p[1]);
	}
}

/* A context at noon of 2026-02-10 with a key of zeros. */
static inline struct mapping_context fixture_context(void)
{
	static const uint8_t key[32];
	struct fault f;

	assert_int_equal(civil_init(&f), 0);
	return (struct mapping_context){
		.now_ms = civil_to_instant((struct civil){2026, 2, 10, 12, 0, 0}),
		.file_name = "kontakter_20260209.csv",
		.file_mtime_ms = civil_to_instant((struct civil){2026, 2, 9, 8, 0, 0}),
		.key = digest_mac_new(key, sizeof(key)),
	};
}

#endif
