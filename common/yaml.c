/*
 * yaml: a YAML document as a tree, built from libyaml's events. Owns all nodes of a document in one
 * list. Never recurses deeper than DEPTH_MAX and never keeps a value that YAML wrote in another way
 * than it reads (aliases, tags, NUL).
 */
#include "common/yaml.h"

#include <stdarg.h>
#include <yaml.h>

#define FILE_MAX  (1024 * 1024)
#define DEPTH_MAX 32

struct yaml {
	char *path;
	struct yaml_node **node; /* every node of the document, in the order of creation */
	size_t nodes, cap;
	const struct yaml_node *root;
};

static PRINTF(4, 5) int refuse(const struct yaml *y, yaml_mark_t mark, struct fault *f,
			       const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return fault_set(f, FAULT_CONFIG, "%s:%zu:%zu: %s", y->path, mark.line + 1, mark.column + 1,
			 text);
}

int yaml_fault(const struct yaml *y, const struct yaml_node *at, struct fault *f,
	       const char *format, ...)
{
	yaml_mark_t mark = {.line = at->line - 1, .column = at->column - 1};
	char text[512];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return refuse(y, mark, f, "%s", text);
}

/* A node of `y`, its text behind it in the same storage. */
static struct yaml_node *add_node(struct yaml *y, enum yaml_kind kind, yaml_mark_t mark,
				  const char *text, size_t len)
{
	struct yaml_node *node = base_zalloc(1, sizeof(*node) + len + 1);
	char *copy = (char *)(node + 1);

	if (len > 0)
		memcpy(copy, text, len);
	*node = (struct yaml_node){.kind = kind,
				   .text = kind == YAML_SCALAR ? copy : NULL,
				   .line = (unsigned)mark.line + 1,
				   .column = (unsigned)mark.column + 1};
	y->node = base_grow(y->node, &y->cap, y->nodes + 1, sizeof(struct yaml_node *));
	y->node[y->nodes++] = node;
	return node;
}

/* Bytes that are not text have no mark of libyaml's, only an offset. */
static yaml_mark_t mark_of_offset(const char *data, size_t offset)
{
	yaml_mark_t mark = {0};

	for (size_t i = 0; i < offset; i++) {
		bool end = data[i] == '\n';
		mark.column = end ? 0 : mark.column + 1;
		mark.line += end;
	}
	return mark;
}

static int next_event(const struct yaml *y, yaml_parser_t *parser, yaml_event_t *event,
		      struct fault *f)
{
	if (yaml_parser_parse(parser, event))
		return 0;
	if (parser->error == YAML_MEMORY_ERROR)
		BUG("libyaml found no memory");
	yaml_mark_t mark = parser->problem_mark;
	if (parser->error == YAML_READER_ERROR)
		mark = mark_of_offset((const char *)parser->input.string.start,
				      parser->problem_offset);
	return refuse(y, mark, f, "%s%s%s", parser->context ? parser->context : "",
		      parser->context ? ": " : "", parser->problem);
}

static int order_of_keys(const void *a, const void *b)
{
	const struct yaml_node *const *left = a, *const *right = b;
	int order = strcmp((*left)->text, (*right)->text);

	if (order == 0)
		order = (int)(*left)->line - (int)(*right)->line;
	return order != 0 ? order : (int)(*left)->column - (int)(*right)->column;
}

static int check_duplicates(const struct yaml *y, const struct yaml_node *map, struct fault *f)
{
	int rc = 0;

	if (map->count < 2)
		return 0;
	const struct yaml_node **key = base_alloc(map->count * sizeof(struct yaml_node *));
	memcpy(key, map->key, map->count * sizeof(struct yaml_node *));
	qsort(key, map->count, sizeof(struct yaml_node *), order_of_keys);
	for (size_t i = 1; i < map->count && rc == 0; i++) {
		if (strcmp(key[i - 1]->text, key[i]->text) == 0)
			rc = yaml_fault(
				y, key[i], f,
				"key '%s' stands here for the second time, first on line %u",
				key[i]->text, key[i - 1]->line);
	}
	free(key);
	return rc;
}

static int build(struct yaml *y, yaml_parser_t *parser, const yaml_event_t *event, unsigned depth,
		 const struct yaml_node **ret, struct fault *f) MUST_CHECK;

/* The entries of a list or a map, up to its end event. */
static int build_entries(struct yaml *y, yaml_parser_t *parser, struct yaml_node *node,
			 unsigned depth, struct fault *f)
{
	bool is_map = node->kind == YAML_MAP;
	yaml_event_type_t end = is_map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	size_t keys = 0, key_cap = 0, value_cap = 0;

	for (;;) {
		const struct yaml_node *entry = NULL;
		yaml_event_t event;
		int rc = next_event(y, parser, &event, f);
		if (rc < 0)
			return rc;
		bool ended = event.type == end;
		if (!ended)
			rc = build(y, parser, &event, depth, &entry, f);
		yaml_event_delete(&event);
		if (rc < 0)
			return rc;
		if (ended)
			return is_map ? check_duplicates(y, node, f) : 0;
		if (is_map && keys == node->count) {
			if (entry->kind != YAML_SCALAR)
				return yaml_fault(y, entry, f, "a key must be plain text");
			node->key = base_grow(node->key, &key_cap, keys + 1, sizeof(entry));
			node->key[keys++] = entry;
		} else {
			node->value = base_grow(node->value, &value_cap, node->count + 1,
						sizeof(entry));
			node->value[node->count++] = entry;
		}
	}
}

static int build_scalar(struct yaml *y, const yaml_event_t *event, const struct yaml_node **ret,
			struct fault *f)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;

	if (strlen(text) != len)
		return refuse(y, event->start_mark, f, "the text holds a NUL");
	struct yaml_node *node = add_node(y, YAML_SCALAR, event->start_mark, text, len);
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	*ret = node;
	return 0;
}

static int check_plain(const struct yaml *y, const yaml_event_t *event, const yaml_char_t *anchor,
		       const yaml_char_t *tag, unsigned depth, struct fault *f)
{
	if (anchor)
		return refuse(y, event->start_mark, f, "anchors (&%s) are not supported", anchor);
	if (tag)
		return refuse(y, event->start_mark, f, "tags (%s) are not supported", tag);
	if (depth > DEPTH_MAX)
		return refuse(y, event->start_mark, f, "nested deeper than %d levels", DEPTH_MAX);
	return 0;
}

static int build(struct yaml *y, yaml_parser_t *parser, const yaml_event_t *event, unsigned depth,
		 const struct yaml_node **ret, struct fault *f)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;
	enum yaml_kind kind = YAML_SCALAR;

	if (event->type == YAML_ALIAS_EVENT)
		return refuse(y, event->start_mark, f, "aliases (*%s) are not supported",
			      event->data.alias.anchor);
	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		kind = YAML_LIST;
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else {
		assert(event->type == YAML_MAPPING_START_EVENT);
		kind = YAML_MAP;
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	int rc = check_plain(y, event, anchor, tag, depth, f);
	if (rc < 0)
		return rc;
	if (kind == YAML_SCALAR)
		return build_scalar(y, event, ret, f);
	struct yaml_node *node = add_node(y, kind, event->start_mark, NULL, 0);
	*ret = node;
	return build_entries(y, parser, node, depth + 1, f);
}

/* All events of the stream; the root stays NULL when there is no document. */
static int build_stream(struct yaml *y, yaml_parser_t *parser, struct fault *f)
{
	for (;;) {
		yaml_event_t event;
		int rc = next_event(y, parser, &event, f);
		if (rc < 0)
			return rc;
		yaml_event_type_t type = event.type;
		if (type == YAML_DOCUMENT_START_EVENT && y->root)
			rc = refuse(y, event.start_mark, f, "a second document begins here");
		else if (type != YAML_STREAM_START_EVENT && type != YAML_STREAM_END_EVENT &&
			 type != YAML_DOCUMENT_START_EVENT && type != YAML_DOCUMENT_END_EVENT)
			rc = build(y, parser, &event, 1, &y->root, f);
		yaml_event_delete(&event);
		if (rc < 0 || type == YAML_STREAM_END_EVENT)
			return rc;
	}
}

static bool is_nothing(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && !node->quoted && node->text[0] == '\0';
}

int yaml_load_memory(const char *name, const char *data, size_t len, struct yaml **ret,
		     struct fault *f)
{
	yaml_parser_t parser;

	if (len > FILE_MAX)
		return fault_set(f, FAULT_CONFIG, "%s:1:1: the file is larger than %d bytes", name,
				 FILE_MAX);
	struct yaml *y = base_zalloc(1, sizeof(*y));
	y->path = base_strdup(name);
	if (!yaml_parser_initialize(&parser))
		BUG("libyaml found no memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)data, len);
	int rc = build_stream(y, &parser, f);
	yaml_parser_delete(&parser);
	if (rc < 0) {
		yaml_unload(y);
		return rc;
	}
	if (!y->root || is_nothing(y->root))
		y->root = add_node(y, YAML_MAP, (yaml_mark_t){0}, NULL, 0);
	*ret = y;
	return 0;
}

int yaml_load(const char *path, struct yaml **ret, struct fault *f)
{
	struct buf text = {0};
	int rc = buf_read_file(&text, path, FILE_MAX, f);

	if (rc == FAULT_INPUT)
		rc = fault_set(f, FAULT_CONFIG, "%s:1:1: the file is larger than %d bytes", path,
			       FILE_MAX);
	if (rc == 0)
		rc = yaml_load_memory(path, buf_text(&text), text.len, ret, f);
	buf_release(&text);
	return rc;
}

const struct yaml_node *yaml_root(const struct yaml *y)
{
	return y->root;
}

const char *yaml_path(const struct yaml *y)
{
	return y->path;
}

void yaml_unload(struct yaml *y)
{
	if (!y)
		return;
	for (size_t i = 0; i < y->nodes; i++) {
		free(y->node[i]->key);
		free(y->node[i]->value);
		free(y->node[i]);
	}
	free(y->node);
	free(y->path);
	free(y);
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	assert(map->kind == YAML_MAP);
	for (size_t i = 0; i < map->count; i++) {
		if (strcmp(map->key[i]->text, key) == 0)
			return map->value[i];
	}
	return NULL;
}

int yaml_expect(const struct yaml *y, const struct yaml_node *node, enum yaml_kind kind,
		struct fault *f)
{
	static const char *const name[] = {
		[YAML_SCALAR] = "text", [YAML_LIST] = "a list", [YAML_MAP] = "a map"};

	if (node->kind == kind)
		return 0;
	return yaml_fault(y, node, f, "expected %s, found %s", name[kind], name[node->kind]);
}

static bool is_listed(const char *const *list, const char *text)
{
	for (; *list; list++) {
		if (strcmp(*list, text) == 0)
			return true;
	}
	return false;
}

int yaml_map_check(const struct yaml *y, const struct yaml_node *node, const char *const *allowed,
		   struct fault *f)
{
	int rc = yaml_expect(y, node, YAML_MAP, f);

	for (size_t i = 0; i < node->count && rc == 0; i++) {
		if (is_listed(allowed, node->key[i]->text))
			continue;
		struct buf known = {0};
		for (const char *const *name = allowed; *name; name++)
			buf_addf(&known, "%s%s", known.len > 0 ? ", " : "", *name);
		rc = yaml_fault(y, node->key[i], f, "unknown key '%s'; known: %s",
				node->key[i]->text, buf_text(&known));
		buf_release(&known);
	}
	return rc;
}
