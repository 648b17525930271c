/*
 * mapping: what others may know of it, its joined files, and its end.
 */
#include "collectors/engine/mapping_model.h"

void mapping_free(struct mapping *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->fields; i++)
		steps_release(&m->field[i].steps);
	free(m->field);
	condition_release(&m->only);
	if (m->version_re)
		regfree(m->version_re);
	free(m->version_re);
	for (size_t i = 0; i < m->scope.tables; i++) {
		free(m->scope.table[i].name);
		lookup_free(m->scope.table[i].lookup);
	}
	free(m->scope.table);
	for (size_t i = 0; i < m->scope.joins; i++) {
		struct join *j = m->scope.join + i;
		for (size_t c = 0; c < j->columns; c++)
			free(j->column[c]);
		free(j->column);
		lookup_free(j->lookup);
		free(j->name);
		free(j->file);
		free(j->key);
	}
	free(m->scope.join);
	for (size_t i = 0; i < m->scope.columns; i++)
		free(m->scope.column[i]);
	free(m->scope.column);
	free(m->source);
	free(m->path);
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

const char *const *mapping_columns(const struct mapping *m, size_t *ret_count)
{
	*ret_count = m->scope.columns;
	return (const char *const *)m->scope.column;
}

static const char *path_given(const struct option_list *with, const char *name)
{
	for (size_t i = 0; with && i + 1 < with->count; i += 2)
		if (strcmp(with->item[i], name) == 0)
			return with->item[i + 1];
	return NULL;
}

static int check_names(const struct mapping *m, const struct option_list *with, struct fault *f)
{
	for (size_t i = 0; with && i + 1 < with->count; i += 2) {
		size_t k = 0;
		while (k < m->scope.joins && strcmp(m->scope.join[k].name, with->item[i]) != 0)
			k++;
		if (k == m->scope.joins)
			return fault_set(f, FAULT_USAGE, "--with %s=..: %s has no join of that name",
					 with->item[i], m->path);
	}
	return 0;
}

int mapping_load_joins(struct mapping *m, const struct option_list *with, const char *folder,
		       struct fault *f)
{
	int rc = check_names(m, with, f);

	for (size_t i = 0; i < m->scope.joins && rc == 0; i++) {
		struct join *j = m->scope.join + i;
		struct lookup *read = NULL;
		struct buf path = {0};
		const char *given = path_given(with, j->name);
		if (given)
			buf_adds(&path, given);
		else
			buf_addf(&path, "%s/%s", folder, j->file);
		rc = lookup_load(buf_text(&path), j->dialect, j->key,
				 (const char *const *)j->column, j->columns, &read, f);
		buf_release(&path);
		if (rc < 0)
			return fault_prefix(f, "join '%s'", j->name);
		lookup_free(j->lookup);
		j->lookup = read;
	}
	return rc;
}
