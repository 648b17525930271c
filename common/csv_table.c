/*
 * csv_table: a small CSV file as a table in memory. Owns all of its texts, in one piece of storage.
 * Never says in a fault what stands in a cell.
 */
#include "common/csv.h"

/* A table that is being read: texts with a NUL after each, because values hold none. */
struct loading {
	const char *path;
	struct buf text;
	size_t columns, rows, line_cap;
	uint64_t *line;
};

static int fault_at(const struct loading *l, uint64_t line, uint32_t column, struct fault *f,
		    const char *what)
{
	return fault_set(f, FAULT_CONFIG, "%s:%llu:%u: %s", l->path, (unsigned long long)line,
			 column, what);
}

static void add_texts(struct loading *l, const struct csv_row *row)
{
	for (size_t i = 0; i < row->count; i++) {
		buf_add(&l->text, row->field[i].value.data, row->field[i].value.len);
		buf_addc(&l->text, '\0');
	}
}

static int add_header(struct loading *l, const struct csv_row *row, struct fault *f)
{
	for (size_t i = 0; i < row->count; i++) {
		const struct csv_field *name = &row->field[i];
		if (name->value.len == 0)
			return fault_at(l, name->line, name->column, f, "a column without a name");
		for (size_t k = 0; k < i; k++)
			if (span_equal(row->field[k].value, name->value))
				return fault_at(l, name->line, name->column, f,
						"a second column of the same name");
	}
	l->columns = row->count;
	add_texts(l, row);
	return 0;
}

static int add_row(struct loading *l, const struct csv_row *row, struct fault *f)
{
	if (row->count != l->columns) {
		const struct csv_field *at =
			&row->field[row->count > l->columns ? l->columns : row->count - 1];
		return fault_set(f, FAULT_CONFIG,
				 "%s:%llu:%u: a row of %zu fields; the header has %zu", l->path,
				 (unsigned long long)at->line, at->column, row->count, l->columns);
	}
	add_texts(l, row);
	l->line = base_grow(l->line, &l->line_cap, l->rows + 1, sizeof(*l->line));
	l->line[l->rows++] = row->line;
	return 0;
}

static int read_rows(struct loading *l, struct csv *c, struct fault *f)
{
	struct csv_row row;

	for (;;) {
		enum csv_status status = csv_next(c, &row);
		if (status == CSV_END)
			break;
		if (status != CSV_ROW)
			return fault_at(l, row.line, row.column, f, csv_status_text(status));
		int rc = l->columns == 0 ? add_header(l, &row, f) : add_row(l, &row, f);
		if (rc < 0)
			return rc;
	}
	if (l->columns == 0)
		return fault_at(l, 1, 1, f, "no header row");
	return 0;
}

/* Walks over the texts once they do not move any more. */
static char **point_into(char **text, size_t count)
{
	char **list = base_zalloc(count, sizeof(*list));

	for (size_t i = 0; i < count; i++) {
		list[i] = *text;
		*text += strlen(*text) + 1;
	}
	return list;
}

static struct csv_table *table_of(struct loading *l)
{
	struct csv_table *t = base_zalloc(1, sizeof(*t));

	t->path = base_strdup(l->path);
	t->columns = l->columns;
	t->rows = l->rows;
	t->line = l->line;
	l->line = NULL;
	t->text = buf_detach(&l->text);
	char *next = t->text;
	t->header = point_into(&next, t->columns);
	t->cell = point_into(&next, t->columns * t->rows);
	return t;
}

int csv_table_load(const char *path, struct csv_dialect dialect, struct csv_table **ret,
		   struct fault *f)
{
	struct loading l = {.path = path};
	struct buf file = {0};
	struct csv *c = NULL;

	int rc = buf_read_file(&file, path, CSV_TABLE_MAX, f);
	if (rc < 0)
		goto out;
	c = csv_new_memory(file.data, file.len, dialect);
	rc = read_rows(&l, c, f);
	if (rc < 0)
		goto out;
	*ret = table_of(&l);
out:
	csv_free(c);
	buf_release(&file);
	buf_release(&l.text);
	free(l.line);
	return rc;
}

int csv_table_column(const struct csv_table *t, const char *name)
{
	for (size_t i = 0; i < t->columns; i++)
		if (strcmp(t->header[i], name) == 0)
			return (int)i;
	return -1;
}

const char *csv_table_cell(const struct csv_table *t, size_t row, size_t column)
{
	assert(row < t->rows && column < t->columns);
	return t->cell[row * t->columns + column];
}

void csv_table_free(struct csv_table *t)
{
	if (!t)
		return;
	free(t->path);
	free(t->text);
	free(t->header);
	free(t->cell);
	free(t->line);
	free(t);
}
