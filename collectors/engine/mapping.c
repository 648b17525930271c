/*
 * mapping: what others may know of it, its joined files, and its end.
 */
#include "collectors/engine/mapping_model.h"

void mapping_free(struct mapping *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->fields; i++) {
		steps_release(&m->field[i].steps);
		memo_free(m->field[i].memo);
	}
	steps_release(&m->only.of);
	for (size_t i = 0; i < m->tables; i++)
		lookup_free(m->table[i].lookup);
	for (size_t i = 0; i < m->joins; i++)
		join_release(&m->join[i]);
	for (size_t i = 0; i < m->columns; i++) {
		free(m->column[i]);
		path_release(&m->path[i]);
	}
	path_release(&m->shape.records);
	if (m->version_re)
		regfree(m->version_re);
	free(m->version_re);
	free(m->field);
	free(m->table);
	free(m->join);
	free(m->column);
	free(m->path);
	free(m->example);
	yaml_unload(m->yaml);
	free(m);
}

const char *mapping_source(const struct mapping *m)
{
	return m->source;
}

struct csv_dialect mapping_dialect(const struct mapping *m)
{
	return m->dialect;
}

uint8_t mapping_version_kind(const struct mapping *m)
{
	return m->version_kind;
}

const char *mapping_format(const struct mapping *m)
{
	static const char *const names[] = {
#define X(format, name) name,
		FORMATS_X(X)
#undef X
	};

	return names[m->shape.format];
}

const struct json_shape *mapping_shape(const struct mapping *m)
{
	return &m->shape;
}

const struct path *mapping_paths(const struct mapping *m)
{
	return m->path;
}

struct join *mapping_joins(const struct mapping *m, size_t *ret_count)
{
	*ret_count = m->joins;
	return m->join;
}

const char *const *mapping_examples(const struct mapping *m, size_t *ret_count)
{
	*ret_count = m->examples;
	return m->example;
}

const char *const *mapping_columns(const struct mapping *m, size_t *ret_count)
{
	*ret_count = m->columns;
	return (const char *const *)m->column;
}

size_t mapping_id_column(const struct mapping *m)
{
	const struct steps *id = &m->field[0].steps;

	assert(m->field[0].target == TARGET_ID);
	return id->count == 1 && id->step->kind == STEP_PATH ? id->step->column : SIZE_MAX;
}

/* Every name given must be that of a join of a file. */
static int check_names(const struct mapping *m, const struct option_list *with, struct fault *f)
{
	for (size_t i = 0; with && i + 1 < with->count; i += 2) {
		size_t k = 0;
		while (k < m->joins && strcmp(m->join[k].name, with->item[i]) != 0)
			k++;
		if (k == m->joins)
			return fault_set(f, FAULT_USAGE,
					 "--with %s=..: %s has no join of that name", with->item[i],
					 yaml_path(m->yaml));
		if (!m->join[k].file)
			return fault_set(f, FAULT_USAGE,
					 "--with %s=..: that join of %s is within the Bundle, and "
					 "reads no file",
					 with->item[i], yaml_path(m->yaml));
	}
	return 0;
}

int mapping_load_joins(struct mapping *m, const struct option_list *with, const char *folder,
		       struct fault *f)
{
	int rc = check_names(m, with, f);

	for (size_t i = 0; i < m->joins && rc == 0; i++) {
		struct join *j = m->join + i;
		struct buf path = {0};
		if (!j->file)
			continue;
		buf_addf(&path, "%s/%s", folder, j->file);
		for (size_t k = 0; with && k + 1 < with->count; k += 2) {
			if (strcmp(with->item[k], j->name) != 0)
				continue;
			buf_reset(&path);
			buf_adds(&path, with->item[k + 1]);
		}
		rc = join_load(j, buf_text(&path), f);
		buf_release(&path);
		if (rc < 0)
			return fault_prefix(f, "join '%s'", j->name);
	}
	return rc;
}
