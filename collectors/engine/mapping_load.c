/*
 * mapping_load: from YAML to a mapping. Everything wrong is told with file, line and column;
 * unknown keys are errors.
 */
#include "collectors/engine/mapping_model.h"

#include "common/yaml.h"
#include "proto/event.h"

/* Fields that are not the event's own. */
static const struct {
	const char *name;
	enum mapping_target target;
	bool date, personal;
} virtuals[] = {
	{"start", TARGET_START, true, false},
	{"end", TARGET_END, true, false},
	{"decision", TARGET_DECISION, true, false},
	{"booked", TARGET_BOOKED, true, false},
	{"birth_date", TARGET_BIRTH_DATE, true, true},
	{"personnummer", TARGET_PERSONNUMMER, false, true},
	{"national_code", TARGET_NATIONAL_CODE, false, false},
};

/* Fields of the event that a mapping cannot fill by themselves, and what fills them. */
static const struct {
	const char *name, *by;
} derived[] = {
	{"day", "start"}, {"hour", "start"}, {"minute", "start"}, {"started_ms", "start"},
	{"ended_ms", "end"}, {"decision_ms", "decision"}, {"decision_day", "decision"},
	{"booked_ms", "booked"}, {"booked_day", "booked"}, {"age_assumed", "birth_year"},
	{"person_key", "nothing in this version"},
};

static int need(const struct yaml *y, const struct yaml_node *map, const char *key,
		const struct yaml_node **ret, struct fault *f)
{
	*ret = yaml_get(map, key);
	return *ret ? 0 : yaml_fault(y, map, f, "%s is missing", key);
}

/* The index of a text in a NULL-terminated list of choices. */
static int choose(const struct yaml *y, const struct yaml_node *node, const char *const *choice,
		  unsigned *ret, struct fault *f)
{
	struct buf known = {0};
	int rc = yaml_expect(y, node, YAML_SCALAR, f);

	if (rc < 0)
		return rc;
	for (unsigned i = 0; choice[i]; i++) {
		if (strcmp(choice[i], node->text) == 0) {
			*ret = i;
			buf_release(&known);
			return 0;
		}
		buf_addf(&known, "%s%s", i > 0 ? ", " : "", choice[i]);
	}
	rc = yaml_fault(y, node, f, "'%s' is not one of: %s", node->text, buf_text(&known));
	buf_release(&known);
	return rc;
}

/* Keys of `csv:`; what it does not say stays as it is. */
static int load_dialect(const struct yaml *y, const struct yaml_node *node,
			struct csv_dialect *dialect, struct fault *f)
{
	static const char *const keys[] = {"delimiter", "quote", "encoding", NULL};
	static const char *const delimiters[] = {",", ";", "|", "tab", "\t", NULL};
	static const char *const quotes[] = {"\"", "none", NULL};
	static const char *const encodings[] = {"utf-8", "cp1252", NULL};
	const char *const *const choices[] = {delimiters, quotes, encodings};
	unsigned chosen;

	if (!node)
		return 0;
	int rc = yaml_map_check(y, node, keys, f);
	for (size_t i = 0; i < ARRAY_SIZE(choices) && rc == 0; i++) {
		const struct yaml_node *value = yaml_get(node, keys[i]);
		if (!value)
			continue;
		rc = choose(y, value, choices[i], &chosen, f);
		if (rc < 0)
			return rc;
		if (i == 0)
			dialect->delimiter = ",;|\t\t"[chosen];
		else if (i == 1)
			dialect->quote = chosen == 0 ? '"' : '\0';
		else
			dialect->encoding = chosen == 0 ? CSV_UTF8 : CSV_CP1252;
	}
	return rc;
}

/* A non-empty text of a map; the caller frees *ret. */
static int load_text(const struct yaml *y, const struct yaml_node *map, const char *key, char **ret,
		     struct fault *f)
{
	const struct yaml_node *node = NULL;
	int rc = need(y, map, key, &node, f);

	if (rc == 0)
		rc = yaml_expect(y, node, YAML_SCALAR, f);
	if (rc == 0 && node->text[0] == '\0')
		rc = yaml_fault(y, node, f, "%s is missing", key);
	if (rc == 0)
		*ret = base_strdup(node->text);
	return rc;
}

/* {codes: {..}} or {file: .., key: .., value: .., csv: ..} beside the mapping. */
static int load_table(struct mapping *m, const struct yaml *y, const struct yaml_node *node,
		      struct lookup **ret, struct fault *f)
{
	static const char *const keys[] = {"codes", "file", "key", "value", "csv", NULL};
	struct csv_dialect dialect = m->dialect;
	char *file = NULL, *key = NULL, *value = NULL;
	int rc = yaml_map_check(y, node, keys, f);

	if (rc < 0)
		return rc;
	const struct yaml_node *codes = yaml_get(node, "codes");
	if (codes) {
		if (node->count > 1)
			return yaml_fault(y, node, f, "a table has either codes or a file");
		rc = yaml_expect(y, codes, YAML_MAP, f);
		*ret = lookup_new(1);
		for (size_t i = 0; rc == 0 && i < codes->count; i++) {
			rc = yaml_expect(y, codes->value[i], YAML_SCALAR, f);
			if (rc == 0)
				lookup_add(*ret, codes->key[i]->text, &codes->value[i]->text);
		}
		return rc;
	}
	rc = load_text(y, node, "file", &file, f);
	if (rc == 0)
		rc = load_text(y, node, "key", &key, f);
	if (rc == 0)
		rc = load_text(y, node, "value", &value, f);
	if (rc == 0)
		rc = load_dialect(y, yaml_get(node, "csv"), &dialect, f);
	if (rc == 0) {
		const char *slash = strrchr(m->path, '/');
		struct buf path = {0};
		buf_add(&path, m->path, slash ? (size_t)(slash - m->path) + 1 : 0);
		buf_adds(&path, file);
		const char *const column[] = {value};
		rc = lookup_load(buf_text(&path), dialect, key, column, 1, ret, f);
		buf_release(&path);
	}
	free(file);
	free(key);
	free(value);
	return rc;
}

static int load_tables(struct mapping *m, const struct yaml *y, const struct yaml_node *map,
		       struct fault *f)
{
	struct steps_scope *s = &m->scope;
	int rc = map ? yaml_expect(y, map, YAML_MAP, f) : 0;

	for (size_t i = 0; map && rc == 0 && i < map->count; i++) {
		s->table = base_grow(s->table, &s->table_cap, s->tables + 1, sizeof(*s->table));
		struct table *t = s->table + s->tables++;
		*t = (struct table){.name = base_strdup(map->key[i]->text)};
		rc = load_table(m, y, map->value[i], &t->lookup, f);
	}
	return rc;
}

static int load_joins(struct mapping *m, const struct yaml *y, const struct yaml_node *map,
		      struct fault *f)
{
	static const char *const keys[] = {"file", "key", "csv", NULL};
	int rc = map ? yaml_expect(y, map, YAML_MAP, f) : 0;

	if (!map || rc < 0)
		return rc;
	m->scope.join = base_zalloc(map->count + 1, sizeof(*m->scope.join));
	m->scope.joins = map->count;
	for (size_t i = 0; rc == 0 && i < map->count; i++) {
		struct join *j = m->scope.join + i;
		*j = (struct join){.name = base_strdup(map->key[i]->text), .dialect = m->dialect};
		rc = yaml_map_check(y, map->value[i], keys, f);
		if (rc == 0)
			rc = load_text(y, map->value[i], "file", &j->file, f);
		if (rc == 0)
			rc = load_text(y, map->value[i], "key", &j->key, f);
		if (rc == 0)
			rc = load_dialect(y, yaml_get(map->value[i], "csv"), &j->dialect, f);
	}
	return rc;
}

/* Puts a field in its place of the order; its steps follow. */
static struct mapping_field *add_field(struct mapping *m, struct mapping_field field)
{
	size_t at = m->fields;

	m->field = base_grow(m->field, &m->field_cap, m->fields + 1, sizeof(*m->field));
	for (; at > 0 && m->field[at - 1].target > field.target; at--)
		m->field[at] = m->field[at - 1];
	m->field[at] = field;
	m->fields++;
	return m->field + at;
}

/* What a field's name stands for. */
static int find_target(const struct yaml *y, const struct yaml_node *key, struct mapping_field *ret,
		       struct steps_want *want, struct fault *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(virtuals); i++) {
		if (strcmp(virtuals[i].name, key->text) != 0)
			continue;
		ret->target = virtuals[i].target;
		ret->name = virtuals[i].name;
		ret->personal = virtuals[i].personal;
		want->date = virtuals[i].date;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(derived); i++)
		if (strcmp(derived[i].name, key->text) == 0)
			return yaml_fault(y, key, f, "the field '%s' is not mapped: it is filled by %s",
					  key->text, derived[i].by);
	ret->field = event_field(span_of(key->text));
	if (!ret->field)
		return yaml_fault(y, key, f, "unknown field '%s'; docs/mapping.md lists the fields",
				  key->text);
	ret->name = ret->field->name;
	ret->target = strcmp(ret->name, "status") == 0 ? TARGET_STATUS : TARGET_FIELD;
	want->field = ret->field;
	return 0;
}

static bool is_mapped(const struct yaml_node *map, const char *name)
{
	return yaml_get(map, name) || strcmp(name, "kon") == 0;
}

/* Every field that an event must have, but kon: not stated is okant. */
static int check_complete(const struct yaml *y, const struct yaml_node *map, struct fault *f)
{
	size_t count;
	const struct event_field *field = event_fields(&count);

	for (size_t i = 0; i < count; i++) {
		const char *name = strcmp(field[i].name, "day") == 0 ? "start" : field[i].name;
		if (field[i].must && !is_mapped(map, name))
			return yaml_fault(y, map, f, "the field '%s' is missing", name);
	}
	return 0;
}

static int load_fields(struct mapping *m, const struct yaml *y, const struct yaml_node *map,
		       struct fault *f)
{
	int rc = yaml_expect(y, map, YAML_MAP, f);

	for (size_t i = 0; rc == 0 && i < map->count; i++) {
		struct mapping_field field = {0};
		struct steps_want want = {0};
		rc = find_target(y, map->key[i], &field, &want, f);
		if (rc == 0) {
			struct steps *steps = &add_field(m, field)->steps;
			rc = steps_load(&m->scope, map->value[i], want, steps, f);
		}
	}
	return rc == 0 ? check_complete(y, map, f) : rc;
}

static int load_constant(struct mapping *m, const struct yaml *y, const struct yaml_node *node,
			 struct fault *f)
{
	int rc = yaml_expect(y, node, YAML_SCALAR, f);

	if (rc == 0 && !text_u64(span_of(node->text), EVENT_VERSION_MAX, &m->version_constant))
		rc = yaml_fault(y, node, f, "a constant version is a whole number of at most 48 bits");
	return rc;
}

/* One of {time: steps}, {number: steps}, {filename: expression}, {mtime: true}, {constant: 1}. */
static int load_version(struct mapping *m, const struct yaml *y, const struct yaml_node *node,
			struct fault *f)
{
	static const char *const keys[] = {"time", "number", "filename", "mtime", "constant", NULL};
	static const char *const yes[] = {"true", NULL};
	static const uint8_t kind[] = {VERSION_KIND_FIELD, VERSION_KIND_FIELD, VERSION_KIND_FILENAME,
				       VERSION_KIND_MTIME, VERSION_KIND_CONSTANT};
	struct steps *steps = &add_field(m, (struct mapping_field){.target = TARGET_VERSION,
								   .name = "version"})->steps;
	unsigned which = 0, only;
	int rc = yaml_map_check(y, node, keys, f);

	if (rc == 0 && node->count != 1)
		rc = yaml_fault(y, node, f,
				"version has one of time, number, filename, mtime and constant");
	if (rc < 0)
		return rc;
	while (strcmp(keys[which], node->key[0]->text) != 0)
		which++;
	m->version_kind = kind[which];
	m->version_is_time = which == 0;
	if (m->version_kind == VERSION_KIND_FILENAME)
		return steps_load_re(y, node->value[0], &m->version_re, f);
	if (m->version_kind == VERSION_KIND_MTIME)
		return choose(y, node->value[0], yes, &only, f);
	if (m->version_kind == VERSION_KIND_CONSTANT)
		return load_constant(m, y, node->value[0], f);
	return steps_load(&m->scope, node->value[0], (struct steps_want){.date = which == 0}, steps, f);
}

static int load_id(struct mapping *m, const struct yaml *y, const struct yaml_node *root,
		   struct fault *f)
{
	static const char *const forms[] = {"as-is", "trimmed", "upper", "lower", NULL};
	struct steps *steps = &add_field(m, (struct mapping_field){.target = TARGET_ID,
								   .name = "id"})->steps;
	const struct yaml_node *form = yaml_get(root, "id-form"), *id = NULL;
	unsigned chosen = ID_AS_IS;
	int rc = form ? choose(y, form, forms, &chosen, f) : 0;

	m->id_form = (enum id_form)chosen;
	if (rc == 0)
		rc = need(y, root, "id", &id, f);
	return rc == 0 ? steps_load(&m->scope, id, (struct steps_want){0}, steps, f) : rc;
}

static int load_head(struct mapping *m, const struct yaml *y, const struct yaml_node *root,
		     struct fault *f)
{
	static const char *const formats[] = {"csv", NULL};
	const struct yaml_node *format = NULL;
	unsigned chosen;
	int rc = load_text(y, root, "source", &m->source, f);

	if (rc == 0 && !text_is_name(span_of(m->source), EVENT_SOURCE_MAX))
		rc = yaml_fault(y, yaml_get(root, "source"), f,
				"a source's name is 1 to %d of a-z 0-9 _ -", EVENT_SOURCE_MAX);
	if (rc == 0)
		rc = need(y, root, "format", &format, f);
	if (rc == 0)
		rc = choose(y, format, formats, &chosen, f);
	if (rc == 0)
		rc = load_dialect(y, yaml_get(root, "csv"), &m->dialect, f);
	return rc;
}

static int load_all(struct mapping *m, const struct yaml *y, struct fault *f)
{
	static const char *const keys[] = {"source", "format", "csv", "id", "id-form", "version",
					   "only", "tables", "joins", "fields", NULL};
	static const char *const no_more[] = {NULL};
	const struct yaml_node *root = yaml_root(y), *version = NULL, *fields = NULL;
	int rc = yaml_map_check(y, root, keys, f);

	if (rc == 0)
		rc = load_head(m, y, root, f);
	if (rc == 0)
		rc = load_tables(m, y, yaml_get(root, "tables"), f);
	if (rc == 0)
		rc = load_joins(m, y, yaml_get(root, "joins"), f);
	if (rc == 0)
		rc = load_id(m, y, root, f);
	if (rc == 0)
		rc = need(y, root, "version", &version, f);
	if (rc == 0)
		rc = load_version(m, y, version, f);
	const struct yaml_node *only = rc == 0 ? yaml_get(root, "only") : NULL;
	m->has_only = only != NULL;
	if (only)
		rc = condition_load(&m->scope, only, no_more, false, &m->only, f);
	if (rc == 0)
		rc = need(y, root, "fields", &fields, f);
	return rc == 0 ? load_fields(m, y, fields, f) : rc;
}

int mapping_load(const char *path, struct mapping **ret, struct fault *f)
{
	struct mapping *m = base_zalloc(1, sizeof(*m));
	struct yaml *y = NULL;

	m->path = base_strdup(path);
	m->dialect = (struct csv_dialect){.delimiter = ',', .quote = '"', .encoding = CSV_UTF8};
	int rc = yaml_load(path, &y, f);
	m->scope.yaml = y;
	if (rc == 0)
		rc = load_all(m, y, f);
	m->scope.yaml = NULL;
	yaml_unload(y);
	if (rc < 0)
		mapping_free(m);
	else
		*ret = m;
	return rc;
}
