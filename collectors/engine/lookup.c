/*
 * lookup: rows of texts, sorted by the first, and binary search. Owns copies of all texts.
 */
#include "collectors/engine/lookup.h"

struct lookup {
	char **cell;               /* rows of a key and its texts */
	size_t rows, cap, columns; /* columns: the key is one */
};

struct lookup *lookup_new(size_t columns)
{
	struct lookup *l = base_zalloc(1, sizeof(*l));

	l->columns = columns + 1;
	return l;
}

void lookup_free(struct lookup *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->rows * l->columns; i++)
		free(l->cell[i]);
	free(l->cell);
	free(l);
}

void lookup_add(struct lookup *l, const char *key, const char *const *text)
{
	size_t at = l->rows++ * l->columns;

	l->cell = base_grow(l->cell, &l->cap, l->rows * l->columns, sizeof(*l->cell));
	l->cell[at] = base_strdup(key);
	for (size_t c = 1; c < l->columns; c++)
		l->cell[at + c] = base_strdup(text[c - 1]);
}

static int by_key(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

const char *lookup_sort(struct lookup *l)
{
	if (l->rows > 0)
		qsort(l->cell, l->rows, l->columns * sizeof(*l->cell), by_key);
	for (size_t i = 1; i < l->rows; i++)
		if (strcmp(l->cell[i * l->columns], l->cell[(i - 1) * l->columns]) == 0)
			return l->cell[i * l->columns];
	return NULL;
}

static void disown(char **text)
{
	free(*text);
	*text = base_strdup("");
}

void lookup_agree(struct lookup *l)
{
	size_t kept = 0;

	(void)lookup_sort(l);
	for (size_t i = 0; i < l->rows; i++) {
		char **row = l->cell + i * l->columns;
		char **last = kept > 0 ? l->cell + (kept - 1) * l->columns : NULL;
		if (!last || strcmp(row[0], last[0]) != 0) {
			memmove(l->cell + kept++ * l->columns, row, l->columns * sizeof(*row));
			continue;
		}
		for (size_t c = 1; c < l->columns; c++)
			if (strcmp(row[c], last[c]) != 0)
				disown(&last[c]);
		for (size_t c = 0; c < l->columns; c++)
			free(row[c]);
	}
	l->rows = kept;
}

static int compare(struct span key, const char *other)
{
	size_t len = strlen(other);
	int order = memcmp(key.data, other, key.len < len ? key.len : len);

	return order != 0 ? order : (key.len > len) - (key.len < len);
}

struct span lookup_get(const struct lookup *l, struct span key, size_t column)
{
	size_t low = 0, high = l->rows;

	assert(column + 1 < l->columns);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(key, l->cell[middle * l->columns]);
		if (order == 0)
			return span_of(l->cell[middle * l->columns + column + 1]);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return (struct span){0};
}

const char *lookup_text(const struct lookup *l, size_t i, size_t column)
{
	return i < l->rows ? l->cell[i * l->columns + column + 1] : NULL;
}

static int fault_at(const struct csv_table *t, uint64_t line, struct fault *f, const char *what)
{
	return fault_set(f, FAULT_CONFIG, "%s:%llu:1: %s", t->path, (unsigned long long)line, what);
}

/* Line of the second row that has the key. */
static uint64_t second_line(const struct csv_table *t, size_t column, const char *key)
{
	size_t seen = 0;

	for (size_t row = 0; row < t->rows; row++) {
		seen += strcmp(csv_table_cell(t, row, column), key) == 0;
		if (seen == 2)
			return t->line[row];
	}
	BUG("a key that stands twice stands once");
}

/* The rows of a file; at[0] is the column of the key. */
static int take_rows(struct lookup *l, const struct csv_table *t, const size_t *at, struct fault *f)
{
	const char **text = base_zalloc(l->columns, sizeof(char *));
	int rc = 0;

	for (size_t row = 0; row < t->rows && rc == 0; row++) {
		for (size_t c = 0; c < l->columns; c++)
			text[c] = csv_table_cell(t, row, at[c]);
		if (text[0][0] == '\0')
			rc = fault_at(t, t->line[row], f, "the key is blank");
		lookup_add(l, text[0], text + 1);
	}
	free(text);
	const char *twice = rc == 0 ? lookup_sort(l) : NULL;
	if (twice)
		rc = fault_at(t, second_line(t, at[0], twice), f,
			      "the key stands for the second time");
	return rc;
}

int lookup_load(const char *path, struct csv_dialect dialect, const char *key,
		const char *const *column, size_t columns, struct lookup **ret, struct fault *f)
{
	struct csv_table *t = NULL;
	int rc = csv_table_load(path, dialect, &t, f);

	if (rc < 0)
		return rc;
	struct lookup *l = lookup_new(columns);
	size_t *at = base_zalloc(l->columns, sizeof(*at));
	for (size_t c = 0; c < l->columns && rc == 0; c++) {
		const char *name = c == 0 ? key : column[c - 1];
		int found = csv_table_column(t, name);
		if (found < 0)
			rc = fault_set(f, FAULT_CONFIG, "%s:1:1: no column '%s'", path, name);
		at[c] = (size_t)found;
	}
	if (rc == 0)
		rc = take_rows(l, t, at, f);
	free(at);
	csv_table_free(t);
	if (rc < 0)
		lookup_free(l);
	else
		*ret = l;
	return rc;
}
