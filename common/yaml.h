/*
 * yaml: a YAML file (libyaml) as a tree whose every node knows its line and column. What people
 * get wrong is found here once: duplicate keys, anchors and aliases, several documents, keys that are not
 * scalars. What a key means is the caller's; unknown keys are found by yaml_map_check().
 */
#ifndef COMMON_YAML_H
#define COMMON_YAML_H

#include "common/base.h"
#include "common/fault.h"
#include "common/text.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	unsigned line, column; /* from 1 */
	const char *text;      /* YAML_SCALAR: NUL-terminated, no NUL inside */
	bool quoted;  /* YAML_SCALAR: written in quotes (then `~` and `` are text, not nothing) */
	size_t count; /* YAML_LIST, YAML_MAP: entries */
	const struct yaml_node **key;   /* YAML_MAP: scalars, in the order of the file */
	const struct yaml_node **value; /* YAML_MAP, YAML_LIST */
};

struct yaml;
/*
 * FAULT_NOINPUT when the file cannot be read; FAULT_CONFIG "path:line:column: what" otherwise, also
 * above 1 MiB or 32 levels. Tags (`!!str`) are refused too.
 */
int yaml_load(const char *path, struct yaml **ret, struct fault *f) MUST_CHECK;
int yaml_load_memory(const char *name, const char *data, size_t len, struct yaml **ret,
		     struct fault *f) MUST_CHECK;
/* The root, an empty map for an empty file. Nodes live as long as the document. */
const struct yaml_node *yaml_root(const struct yaml *y);
const char *yaml_path(const struct yaml *y);
/* Not yaml_free: libyaml exports that name and would call ours in its place. */
void yaml_unload(struct yaml *y);

/* Value of a key, or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* FAULT_CONFIG "path:line:column: <message>", for the caller's own findings. */
int yaml_fault(const struct yaml *y, const struct yaml_node *at, struct fault *f,
	       const char *format, ...) PRINTF(4, 5);
/* FAULT_CONFIG unless `node` is a map whose keys are all in the NULL-terminated list `allowed` (the message lists them). */
int yaml_map_check(const struct yaml *y, const struct yaml_node *node, const char *const *allowed,
		   struct fault *f) MUST_CHECK;
/* FAULT_CONFIG unless `node` is of that kind ("expected a list, found text"). */
int yaml_expect(const struct yaml *y, const struct yaml_node *node, enum yaml_kind kind,
		struct fault *f) MUST_CHECK;

#endif
