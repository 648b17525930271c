/*
 * lookup: sorted keys and binary search. Owns copies of all texts.
 */
#include "collectors/engine/lookup.h"

struct entry {
	char *key;
	char **text;
	uint64_t line;		/* in the file, 0 without one */
};

struct lookup {
	struct entry *entry;
	size_t count, cap, columns;
};

struct lookup *lookup_new(size_t columns)
{
	struct lookup *l = base_zalloc(1, sizeof(*l));

	l->columns = columns;
	return l;
}

void lookup_free(struct lookup *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++) {
		for (size_t c = 0; c < l->columns; c++)
			free(l->entry[i].text[c]);
		free(l->entry[i].text);
		free(l->entry[i].key);
	}
	free(l->entry);
	free(l);
}

/* Room for an entry at `at`; those after it move. */
static struct entry *insert(struct lookup *l, size_t at, const char *key)
{
	l->entry = base_grow(l->entry, &l->cap, l->count + 1, sizeof(*l->entry));
	memmove(l->entry + at + 1, l->entry + at, (l->count - at) * sizeof(*l->entry));
	l->count++;
	l->entry[at] = (struct entry){.key = base_strdup(key),
				      .text = base_zalloc(l->columns, sizeof(char *))};
	return l->entry + at;
}

static int compare(struct span key, const char *other)
{
	size_t len = strlen(other);
	int order = memcmp(key.data, other, key.len < len ? key.len : len);

	return order != 0 ? order : (key.len > len) - (key.len < len);
}

/* Where the key stands or would stand. */
static size_t find(const struct lookup *l, struct span key, bool *ret_found)
{
	size_t low = 0, high = l->count;

	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(key, l->entry[middle].key);
		if (order == 0) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void lookup_add(struct lookup *l, const char *key, const char *const *text)
{
	bool found;
	size_t at = find(l, span_of(key), &found);

	assert(!found);
	struct entry *e = insert(l, at, key);
	for (size_t c = 0; c < l->columns; c++)
		e->text[c] = base_strdup(text[c]);
}

static int by_key(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;
	int order = strcmp(left->key, right->key);

	return order != 0 ? order : (left->line > right->line) - (left->line < right->line);
}

static int check_keys(const struct lookup *l, const char *path, struct fault *f)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct entry *e = l->entry + i;
		if (e->key[0] == '\0')
			return fault_set(f, FAULT_CONFIG, "%s:%llu:1: the key is blank", path,
					 (unsigned long long)e->line);
		if (i > 0 && strcmp(e->key, e[-1].key) == 0)
			return fault_set(f, FAULT_CONFIG, "%s:%llu:1: the key stands for the second time, first on line %llu",
					 path, (unsigned long long)e->line, (unsigned long long)e[-1].line);
	}
	return 0;
}

/* Places of the key and of the wanted columns in a file. */
static int find_columns(const struct csv_table *t, const char *key, const char *const *column,
			size_t columns, int *ret_key, int *ret_at, struct fault *f)
{
	*ret_key = csv_table_column(t, key);
	if (*ret_key < 0)
		return fault_set(f, FAULT_CONFIG, "%s:1:1: no column '%s'", t->path, key);
	for (size_t c = 0; c < columns; c++) {
		ret_at[c] = csv_table_column(t, column[c]);
		if (ret_at[c] < 0)
			return fault_set(f, FAULT_CONFIG, "%s:1:1: no column '%s'", t->path, column[c]);
	}
	return 0;
}

static void take_rows(struct lookup *l, const struct csv_table *t, int key, const int *at)
{
	for (size_t row = 0; row < t->rows; row++) {
		struct entry *e = insert(l, row, csv_table_cell(t, row, (size_t)key));
		e->line = t->line[row];
		for (size_t c = 0; c < l->columns; c++)
			e->text[c] = base_strdup(csv_table_cell(t, row, (size_t)at[c]));
	}
	if (l->count > 0)
		qsort(l->entry, l->count, sizeof(*l->entry), by_key);
}

int lookup_load(const char *path, struct csv_dialect dialect, const char *key,
		const char *const *column, size_t columns, struct lookup **ret, struct fault *f)
{
	struct csv_table *t = NULL;
	struct lookup *l = lookup_new(columns);
	int *at = base_zalloc(columns, sizeof(int));
	int key_at = -1;

	int rc = csv_table_load(path, dialect, &t, f);
	if (rc == 0)
		rc = find_columns(t, key, column, columns, &key_at, at, f);
	if (rc == 0) {
		take_rows(l, t, key_at, at);
		rc = check_keys(l, path, f);
	}
	if (rc == 0) {
		*ret = l;
		l = NULL;
	}
	csv_table_free(t);
	lookup_free(l);
	free(at);
	return rc;
}

struct span lookup_get(const struct lookup *l, struct span key, size_t column)
{
	bool found;
	size_t at = find(l, key, &found);

	assert(column < l->columns);
	return found ? span_of(l->entry[at].text[column]) : (struct span){0};
}

size_t lookup_count(const struct lookup *l)
{
	return l->count;
}

const char *lookup_text(const struct lookup *l, size_t i, size_t column)
{
	assert(i < l->count && column < l->columns);
	return l->entry[i].text[column];
}
