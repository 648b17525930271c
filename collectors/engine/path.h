/*
 * path: where a value stands in a record. One grammar for flat and nested records:
 *	path  = name { "." name }
 *	name  = ( plain | quoted ) { "[" ( number | "*" | plain "=" value ) "]" }
 *	plain = characters other than . [ ] = " and control characters
 *	quoted, value: plain, or any text in "..", where "" is a quote
 * In a flat record (CSV) a path is one name without brackets: the column's.
 */
#ifndef COLLECTORS_ENGINE_PATH_H
#define COLLECTORS_ENGINE_PATH_H

#include "common/buf.h"

#define PATH_STEPS_MAX 16

enum path_kind { PATH_NAME, PATH_INDEX, PATH_ANY, PATH_WHERE };

struct path_step {
	enum path_kind kind;
	char *name;		/* PATH_NAME; PATH_WHERE: the key */
	char *value;		/* PATH_WHERE */
	uint32_t index;		/* PATH_INDEX */
};

struct path {
	struct path_step step[PATH_STEPS_MAX];
	size_t steps;
};

/* NULL, or what is wrong, and *ret_at is the byte where (from 0); then *ret is empty. */
const char *path_parse(const char *text, struct path *ret, size_t *ret_at) MUST_CHECK;
void path_release(struct path *p);
/* The column of a flat record, or NULL when the path leads into a nested one. */
const char *path_column(const struct path *p);

#endif
