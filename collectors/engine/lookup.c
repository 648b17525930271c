/*
 * lookup: rows of texts, sorted by the first, which is found by its hash. Owns copies of all texts.
 */
#include "collectors/engine/lookup.h"

struct lookup {
	char **cell;               /* rows of a key and its texts */
	size_t rows, cap, columns; /* columns: the key is one */
	/* Rows from 1 where the hash of their key says, or behind; 0: nothing. A power of two. */
	uint32_t *place;
	size_t places;
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
	free(l->place);
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

/* FNV-1a. */
static size_t hash(struct span key)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < key.len; i++)
		h = (h ^ (uint8_t)key.data[i]) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ h >> 32);
}

static void place_rows(struct lookup *l)
{
	assert(l->rows < UINT32_MAX / 4);
	l->places = 4;
	while (l->places < 2 * l->rows)
		l->places *= 2;
	free(l->place);
	l->place = base_zalloc(l->places, sizeof(*l->place));
	for (size_t row = 0; row < l->rows; row++) {
		size_t at = hash(span_of(l->cell[row * l->columns])) & (l->places - 1);
		while (l->place[at] != 0)
			at = (at + 1) & (l->places - 1);
		l->place[at] = (uint32_t)row + 1;
	}
}

const char *lookup_sort(struct lookup *l)
{
	if (l->rows > 0)
		qsort(l->cell, l->rows, l->columns * sizeof(*l->cell), by_key);
	place_rows(l);
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
	place_rows(l);
}

struct span lookup_get(const struct lookup *l, struct span key, size_t column)
{
	assert(l->place && column + 1 < l->columns);
	for (size_t at = hash(key);; at++) {
		uint32_t row = l->place[at & (l->places - 1)];
		if (row == 0)
			return (struct span){0};
		char *const *cell = l->cell + (row - 1) * l->columns;
		if (span_is(key, cell[0]))
			return span_of(cell[column + 1]);
	}
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
