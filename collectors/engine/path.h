/*
 * path: where a value stands in a record. One grammar for flat and nested records:
 *	path = name { "." name }
 *	name = word { "[" ( number | "*" | word "=" word ) "]" }
 *	word = characters other than . [ ] = " or any text in "..", where "" is a quote
 * In a flat record (CSV) a path is one word: the column's name.
 */
#ifndef COLLECTORS_ENGINE_PATH_H
#define COLLECTORS_ENGINE_PATH_H

#include "common/buf.h"

enum path_pick {
	PATH_NAME,  /* the member `name` of an object */
	PATH_INDEX, /* element `index` of a list, from 0 */
	PATH_ANY,   /* of all elements, the first that leads to something */
	PATH_WHERE, /* the same, of those whose member `name` says `value` */
};

struct path_part {
	enum path_pick pick;
	char *name, *value;
	size_t index;
};

struct path {
	struct path_part *part;
	size_t count, cap;
};

/* NULL and *ret, which the caller releases; or what is wrong, and *ret_at is where, from 0. */
const char *path_parse(const char *text, struct path *ret, size_t *ret_at) MUST_CHECK;
void path_release(struct path *p);
/* Appends a name as the grammar wants it, in quotes where it must be. */
void path_quote(const char *name, struct buf *out);

#endif
