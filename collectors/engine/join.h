/*
 * join: rows known by a key, from a file that comes with the delivery, CSV or JSON, or from the
 * entries of the Bundle that is read. Only what some step gets is kept.
 *
 * In JSON a resource has many keys, and a key may stand twice: it gives what its rows agree on.
 */
#ifndef COLLECTORS_ENGINE_JOIN_H
#define COLLECTORS_ENGINE_JOIN_H

#include "collectors/engine/lookup.h"
#include "collectors/engine/mapping.h"
#include "proto/reasons.h"

struct json_t; /* jansson's */

struct join {
	const char *name;
	const char *file; /* NULL: the Bundle itself */
	struct json_shape shape;
	struct csv_dialect dialect;
	const char *key;      /* column or path; NULL: by reference */
	const char *resource; /* by reference: type of the resources that are rows */
	struct path key_path; /* JSON */
	struct path about;    /* by reference: a Reference that is a key too; count 0: none */
	const char **column;  /* what steps get: columns or paths */
	struct path *path;    /* JSON: the same, parsed */
	size_t columns, cap, path_cap;
	struct lookup *lookup; /* NULL until the first delivery */
};

/* Index of a column that some step gets; `path` is taken over, all zero for CSV. */
size_t join_column(struct join *j, const char *name, struct path path);
/* FAULT_NOINPUT; FAULT_CONFIG "file:line:column: what". Replaces what was there. */
int join_load(struct join *j, const char *path, struct fault *f) MUST_CHECK;
/* For rows that come one by one: begin, a row each, end. */
void join_begin(struct join *j);
/*
 * Takes a record as a row, if it is one. REASON_NONE, or why a text of it cannot be read, and
 * *ret_where is the mapping's text of the path.
 */
enum reason join_row(struct join *j, const struct json_t *entry, const struct json_t *record,
		     const char **ret_where) MUST_CHECK;
void join_end(struct join *j);
/* Text of a key, or a blank one. */
struct span join_get(const struct join *j, struct span key, size_t column);
void join_release(struct join *j);

#endif
