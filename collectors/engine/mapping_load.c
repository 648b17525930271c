/*
 * mapping_load: from YAML to a mapping. Everything wrong is told with file, line and column;
 * unknown keys are errors.
 */
#include "collectors/engine/mapping_model.h"

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
};

/* Fields of the event that a mapping cannot fill by themselves, and what fills them. */
static const struct {
	const char *name, *by;
} derived[] = {
	{"day", "start"},
	{"hour", "start"},
	{"minute", "start"},
	{"started_ms", "start"},
	{"ended_ms", "end"},
	{"decision_ms", "decision"},
	{"decision_day", "decision"},
	{"booked_ms", "booked"},
	{"booked_day", "booked"},
	{"age_assumed", "birth_year"},
	{"person_key", "nothing in this version"},
};

const char *mapping_filled_by(const char *field)
{
	for (size_t i = 0; i < ARRAY_SIZE(derived); i++)
		if (strcmp(derived[i].name, field) == 0)
			return derived[i].by;
	return NULL;
}

/* Keys of `csv:`; what it does not say stays as it is. */
static void load_dialect(struct loader *l, const struct yaml_node *map, struct csv_dialect *ret)
{
	static const char *const keys[] = {"delimiter", "quote", "encoding", NULL};
	static const char *const delimiters[] = {",", ";", "|", "tab", NULL};
	static const char *const quotes[] = {"\"", "none", NULL};
	static const char *const encodings[] = {"utf-8", "cp1252", NULL};

	if (!map || !loader_map(l, map, keys))
		return;
	const struct yaml_node *delimiter = yaml_get(map, "delimiter"),
			       *quote = yaml_get(map, "quote");
	const struct yaml_node *encoding = yaml_get(map, "encoding");
	if (delimiter)
		ret->delimiter = ",;|\t"[loader_choose(l, delimiter, delimiters)];
	if (quote)
		ret->quote = "\"\0"[loader_choose(l, quote, quotes)];
	if (encoding)
		ret->encoding = (enum csv_encoding)loader_choose(l, encoding, encodings);
}

/* {codes: {..}}, or {file: .., key: .., value: .., csv: ..} in the mapping's folder. */
static struct lookup *load_table(struct loader *l, const struct yaml_node *node)
{
	static const char *const keys[] = {"codes", "file", "key", "value", "csv", NULL};
	struct csv_dialect dialect = l->m->dialect;
	struct lookup *ret = NULL;
	struct buf path = {0};

	if (!loader_map(l, node, keys))
		return NULL;
	const struct yaml_node *codes = yaml_get(node, "codes");
	if (codes && node->count > 1)
		loader_refuse(l, node, "a table has either codes or a file");
	if (codes)
		return steps_load_codes(l, codes);
	const char *file = loader_need_text(l, node, "file"),
		   *key = loader_need_text(l, node, "key");
	const char *value = loader_need_text(l, node, "value");
	load_dialect(l, yaml_get(node, "csv"), &dialect);
	if (l->rc < 0)
		return NULL;
	const char *slash = strrchr(yaml_path(l->m->yaml), '/');
	if (slash)
		buf_add(&path, yaml_path(l->m->yaml), (size_t)(slash - yaml_path(l->m->yaml)) + 1);
	buf_adds(&path, file);
	l->rc = lookup_load(buf_text(&path), dialect, key, &value, 1, &ret, l->f);
	buf_release(&path);
	return ret;
}

static void load_tables(struct loader *l, const struct yaml_node *map)
{
	struct mapping *m = l->m;

	if (!map || !loader_map(l, map, NULL))
		return;
	m->table = base_zalloc(map->count + 1, sizeof(*m->table));
	for (; m->tables < map->count && l->rc == 0; m->tables++)
		m->table[m->tables] = (struct table){map->key[m->tables]->text,
						     load_table(l, map->value[m->tables])};
}

/* A path that leads along names only. */
static void load_names(struct loader *l, const struct yaml_node *node, struct path *ret)
{
	if (!node || !loader_path(l, node, ret))
		return;
	for (size_t i = 0; i < ret->count; i++)
		if (ret->part[i].pick != PATH_NAME)
			loader_refuse(l, node,
				      "this path leads along names only, without brackets");
}

static void load_format(struct loader *l, const struct yaml_node *node, enum format *ret)
{
	static const char *const formats[] = {
#define X(format, name) name,
		FORMATS_X(X)
#undef X
			NULL};

	if (node)
		*ret = (enum format)loader_choose(l, node, formats);
}

/* Keys of `json:`; what it does not say stays as it is. */
static void load_shape(struct loader *l, const struct yaml_node *map, struct json_shape *ret)
{
	static const char *const keys[] = {"records", "null", NULL};
	static const char *const nulls[] = {"refused", "blank", NULL};

	if (!map || !loader_map(l, map, keys))
		return;
	const struct yaml_node *records = yaml_get(map, "records"), *null = yaml_get(map, "null");
	if (ret->format == FORMAT_CSV)
		loader_refuse(l, map, "json is for the formats of JSON");
	if (records && ret->format != FORMAT_JSON)
		loader_refuse(l, records, "records is for format json");
	load_names(l, records, &ret->records);
	if (null)
		ret->null_is_blank = loader_choose(l, null, nulls) == 1;
}

/* Known by a key, or as FHIR resources by whatever refers to them. */
static void load_join_key(struct loader *l, const struct yaml_node *node, struct join *j)
{
	const struct yaml_node *key = yaml_get(node, "key"), *about = yaml_get(node, "about");
	bool is_csv = j->shape.format == FORMAT_CSV;

	if (yaml_get(node, "resource"))
		j->resource = loader_need_text(l, node, "resource");
	else
		j->key = loader_need_text(l, node, "key");
	if (j->resource && (key || is_csv))
		loader_refuse(l, node, "a join has either key or, in JSON, resource");
	if (about && !j->resource)
		loader_refuse(l, about, "about goes with resource");
	if (key && !is_csv)
		(void)loader_path(l, key, &j->key_path);
	load_names(l, about, &j->about);
}

static void load_join(struct loader *l, const struct yaml_node *node, struct join *j)
{
	static const char *const keys[] = {"file",  "format", "key",  "resource",
					   "about", "csv",    "json", NULL};

	if (!loader_map(l, node, keys))
		return;
	j->shape.format = l->m->shape.format;
	j->shape.null_is_blank = l->m->shape.null_is_blank;
	j->dialect = l->m->dialect;
	load_format(l, yaml_get(node, "format"), &j->shape.format);
	load_shape(l, yaml_get(node, "json"), &j->shape);
	if (yaml_get(node, "csv") && j->shape.format != FORMAT_CSV)
		loader_refuse(l, yaml_get(node, "csv"), "csv is for the format csv");
	load_dialect(l, yaml_get(node, "csv"), &j->dialect);
	if (yaml_get(node, "file") || l->m->shape.format != FORMAT_BUNDLE)
		j->file = loader_need_text(l, node, "file");
	else if (j->shape.format != FORMAT_BUNDLE)
		loader_refuse(l, node, "a join without a file is of the Bundle's own entries");
	load_join_key(l, node, j);
}

static void load_joins(struct loader *l, const struct yaml_node *map)
{
	struct mapping *m = l->m;

	if (!map || !loader_map(l, map, NULL))
		return;
	m->join = base_zalloc(map->count + 1, sizeof(*m->join));
	for (size_t i = 0; i < map->count && l->rc == 0; i++) {
		struct join *j = m->join + m->joins++;
		j->name = map->key[i]->text;
		load_join(l, map->value[i], j);
	}
}

/* [{sample: FILE, expected: FILE}, ..] */
static void load_examples(struct loader *l, const struct yaml_node *list)
{
	static const char *const keys[] = {"sample", "expected", NULL};
	struct mapping *m = l->m;

	if (!list || !loader_list(l, list))
		return;
	m->example = base_zalloc(2 * list->count + 1, sizeof(*m->example));
	for (size_t i = 0; i < list->count && loader_map(l, list->value[i], keys); i++) {
		m->example[m->examples++] = loader_need_text(l, list->value[i], "sample");
		m->example[m->examples++] = loader_need_text(l, list->value[i], "expected");
	}
}

/* Puts a field in its place of the order and loads its steps, if it has any. */
static void add_field(struct loader *l, struct mapping_field field, const struct yaml_node *steps,
		      struct steps_want want)
{
	struct mapping *m = l->m;
	size_t at = m->fields;

	if (steps)
		steps_load(l, steps, want, &field.steps);
	field.column = SIZE_MAX;
	if (field.field && field.field->type == EVENT_CODE &&
	    steps_of_one_column(&field.steps, &field.column))
		field.memo = memo_new();
	m->field = base_grow(m->field, &m->field_cap, m->fields + 1, sizeof(*m->field));
	for (; at > 0 && m->field[at - 1].target > field.target; at--)
		m->field[at] = m->field[at - 1];
	m->field[at] = field;
	m->fields++;
}

static void load_id(struct loader *l, const struct yaml_node *root)
{
	static const char *const forms[] = {"as-is", "trimmed", "upper", "lower", NULL};
	const struct yaml_node *form = yaml_get(root, "id-form"), *id = loader_need(l, root, "id");

	if (form)
		l->m->id_form = (enum id_form)loader_choose(l, form, forms);
	add_field(l, (struct mapping_field){.target = TARGET_ID, .name = "id"}, id,
		  (struct steps_want){0});
}

/* One of {time: steps}, {number: steps}, {filename: expression}, {mtime: true}, {constant: 1}. */
static void load_version(struct loader *l, const struct yaml_node *node)
{
	static const char *const keys[] = {"time", "number", "filename", "mtime", "constant", NULL};
	static const char *const yes[] = {"true", NULL};
	struct mapping *m = l->m;
	const struct yaml_node *steps = NULL;

	if (!node || !loader_map(l, node, keys))
		return;
	if (node->count != 1) {
		loader_refuse(l, node,
			      "version has one of time, number, filename, mtime and constant");
		return;
	}
	const struct yaml_node *value = node->value[0];
	bool is_time = strcmp(node->key[0]->text, "time") == 0;
	if (is_time || strcmp(node->key[0]->text, "number") == 0) {
		m->version_kind = VERSION_KIND_FIELD;
		steps = value;
	} else if (strcmp(node->key[0]->text, "filename") == 0) {
		m->version_kind = VERSION_KIND_FILENAME;
		steps_load_re(l, value, &m->version_re);
	} else if (strcmp(node->key[0]->text, "mtime") == 0) {
		m->version_kind = VERSION_KIND_MTIME;
		(void)loader_choose(l, value, yes);
	} else {
		m->version_kind = VERSION_KIND_CONSTANT;
		if (loader_text(l, value) &&
		    !text_u64(span_of(value->text), EVENT_VERSION_MAX, &m->version_constant))
			loader_refuse(l, value,
				      "a constant version is a whole number of at most 48 bits");
	}
	add_field(l, (struct mapping_field){.target = TARGET_VERSION, .name = "version"}, steps,
		  (struct steps_want){.date = is_time});
}

/* A field by its name: one of ours, or the event's. */
static void load_field(struct loader *l, const struct yaml_node *key, const struct yaml_node *steps)
{
	struct mapping_field field = {.target = TARGET_FIELD,
				      .name = key->text,
				      .field = event_field(span_of(key->text))};
	struct steps_want want = {.field = field.field};

	const char *by = mapping_filled_by(key->text);

	if (by)
		loader_refuse(l, key, "the field '%s' is not mapped: it is filled by %s", key->text,
			      by);
	for (size_t i = 0; i < ARRAY_SIZE(virtuals); i++) {
		if (strcmp(virtuals[i].name, key->text) != 0)
			continue;
		field.target = virtuals[i].target;
		field.personal = virtuals[i].personal;
		want.date = virtuals[i].date;
	}
	if (strcmp(key->text, "status") == 0)
		field.target = TARGET_STATUS;
	if (field.target == TARGET_FIELD && !field.field)
		loader_refuse(l, key, "unknown field '%s'; docs/mapping.md lists the fields",
			      key->text);
	if (l->rc == 0)
		add_field(l, field, steps, want);
}

/* What an event must have is mapped, but for kon: not stated is okant. */
static void load_fields(struct loader *l, const struct yaml_node *map)
{
	size_t count;
	const struct event_field *field = event_fields(&count);

	if (!map || !loader_map(l, map, NULL))
		return;
	for (size_t i = 0; i < map->count && l->rc == 0; i++)
		load_field(l, map->key[i], map->value[i]);
	for (size_t i = 0; i < count; i++) {
		const char *name = strcmp(field[i].name, "day") == 0 ? "start" : field[i].name;
		if (field[i].must && !yaml_get(map, name) && strcmp(name, "kon") != 0)
			loader_refuse(l, map, "the field '%s' is missing", name);
	}
}

static void load_all(struct loader *l, const struct yaml_node *root)
{
	static const char *const keys[] = {"source",  "format",   "csv",  "json",   "id",
					   "id-form", "version",  "only", "tables", "joins",
					   "fields",  "examples", NULL};
	struct mapping *m = l->m;

	if (!loader_map(l, root, keys))
		return;
	m->source = loader_need_text(l, root, "source");
	if (m->source && !text_is_name(span_of(m->source), EVENT_SOURCE_MAX))
		loader_refuse(l, yaml_get(root, "source"),
			      "a source's name is 1 to %d of a-z 0-9 _ -", EVENT_SOURCE_MAX);
	load_format(l, loader_need(l, root, "format"), &m->shape.format);
	load_dialect(l, yaml_get(root, "csv"), &m->dialect);
	load_shape(l, yaml_get(root, "json"), &m->shape);
	load_examples(l, yaml_get(root, "examples"));
	load_tables(l, yaml_get(root, "tables"));
	load_joins(l, yaml_get(root, "joins"));
	load_id(l, root);
	load_version(l, loader_need(l, root, "version"));
	const struct yaml_node *only = yaml_get(root, "only");
	m->has_only = only != NULL;
	if (only)
		condition_load(l, only, &m->only);
	load_fields(l, loader_need(l, root, "fields"));
}

int mapping_load(const char *path, struct mapping **ret, struct fault *f)
{
	struct mapping *m = base_zalloc(1, sizeof(*m));
	struct loader l = {.m = m, .f = f};

	m->dialect = (struct csv_dialect){.delimiter = ',', .quote = '"', .encoding = CSV_UTF8};
	l.rc = yaml_load(path, &m->yaml, f);
	if (l.rc == 0)
		load_all(&l, yaml_root(m->yaml));
	if (l.rc < 0)
		mapping_free(m);
	else
		*ret = m;
	return l.rc;
}
