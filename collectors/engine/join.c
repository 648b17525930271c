/*
 * join: from rows to a lookup. Owns the lookup and the parsed paths.
 */
#include "collectors/engine/join.h"

#include "collectors/engine/fhir_reference.h"
#include "collectors/engine/json_stream.h"

size_t join_column(struct join *j, const char *name, struct path path)
{
	for (size_t i = 0; i < j->columns; i++) {
		if (strcmp(j->column[i], name) == 0) {
			path_release(&path);
			return i;
		}
	}
	j->column = base_grow(j->column, &j->cap, j->columns + 1, sizeof(*j->column));
	j->path = base_grow(j->path, &j->path_cap, j->columns + 1, sizeof(*j->path));
	j->column[j->columns] = name;
	j->path[j->columns] = path;
	return j->columns++;
}

void join_begin(struct join *j)
{
	lookup_free(j->lookup);
	j->lookup = lookup_new(j->columns);
}

void join_end(struct join *j)
{
	lookup_agree(j->lookup);
}

/* A row while its keys are told. */
struct row {
	struct join *join;
	const char **text;
};

static void add_key(void *of, const char *key)
{
	const struct row *row = of;

	lookup_add(row->join->lookup, key, row->text);
}

/* The value at a path that leads along names only. */
static const json_t *value_at(const json_t *v, const struct path *path)
{
	for (size_t i = 0; i < path->count; i++)
		v = json_object_get(v, path->part[i].name);
	return v;
}

static enum reason add_row(struct row *row, const json_t *entry, const json_t *record)
{
	struct join *j = row->join;
	struct json_text key;

	if (j->resource) {
		fhir_reference_names(entry, record, add_key, row);
		if (j->about.count > 0)
			fhir_reference_asked(value_at(record, &j->about), add_key, row);
		return REASON_NONE;
	}
	enum reason reason = json_value_text(record, &j->key_path, j->shape.null_is_blank, &key);
	if (span_trim(key.text).len > 0)
		add_key(row, key.text.data);
	return reason;
}

enum reason join_row(struct join *j, const json_t *entry, const json_t *record,
		     const char **ret_where)
{
	if (j->resource && strcmp(json_value_member(record, "resourceType"), j->resource) != 0)
		return REASON_NONE;
	struct json_text *text = base_zalloc(j->columns + 1, sizeof(*text));
	struct row row = {j, base_zalloc(j->columns + 1, sizeof(char *))};
	enum reason reason = REASON_NONE;

	for (size_t i = 0; i < j->columns && reason == REASON_NONE; i++) {
		*ret_where = j->column[i];
		reason = json_value_text(record, &j->path[i], j->shape.null_is_blank, &text[i]);
		row.text[i] = text[i].text.data;
	}
	if (reason == REASON_NONE) {
		*ret_where = j->key;
		reason = add_row(&row, entry, record);
	}
	free(text);
	free(row.text);
	return reason;
}

static int read_rows(struct join *j, struct json_stream *s, const char *path, struct fault *f)
{
	json_t *record, *entry;
	struct reader_item item;
	enum reader_status status;

	for (;;) {
		status = json_stream_next(s, &item, &record, &entry);
		if (status == READER_END)
			return 0;
		const char *where = "";
		enum reason reason = item.reason;
		if (status == READER_RECORD)
			reason = join_row(j, entry, record, &where);
		if (reason != REASON_NONE)
			return fault_set(f, FAULT_CONFIG, "%s:%llu:%u: %s: %s%s%s", path,
					 (unsigned long long)item.record.line,
					 item.byte > 0 ? item.byte : 1, reason_name(reason),
					 reason_text(reason), *where ? ", at " : "", where);
	}
}

int join_load(struct join *j, const char *path, struct fault *f)
{
	if (j->shape.format == FORMAT_CSV) {
		struct lookup *read = NULL;
		int rc = lookup_load(path, j->dialect, j->key, j->column, j->columns, &read, f);
		if (rc < 0)
			return rc;
		lookup_free(j->lookup);
		j->lookup = read;
		return 0;
	}
	FILE *file = fopen(path, "rbe");
	if (!file)
		return fault_errno(f, FAULT_NOINPUT, "%s", path);
	struct json_stream *s = json_stream_new(file, &j->shape);
	join_begin(j);
	int rc = read_rows(j, s, path, f);
	join_end(j);
	json_stream_free(s);
	(void)fclose(file); /* nothing was written */
	return rc;
}

struct span join_get(const struct join *j, struct span key, size_t column)
{
	assert(j->lookup);
	if (j->resource)
		key = fhir_reference_key(span_trim(key));
	return lookup_get(j->lookup, key, column);
}

void join_release(struct join *j)
{
	for (size_t i = 0; i < j->columns; i++)
		path_release(&j->path[i]);
	path_release(&j->key_path);
	path_release(&j->about);
	path_release(&j->shape.records);
	lookup_free(j->lookup);
	free(j->column);
	free(j->path);
}
