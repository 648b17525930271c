/*
 * dated: rows sorted by key and first month, found by bisection. Owns the CSV table that their texts
 * lie in. Never says in a fault what a cell holds.
 */
#include "common/dated.h"

#include "common/csv.h"

enum { FRAN = DATED_COLUMNS_MAX, TILL, COLUMNS };

static int refuse(const struct dated *d, uint64_t line, const char *column, const char *what,
		  struct fault *f)
{
	return fault_set(f, FAULT_CONFIG, "%s:%llu: %s: %s", d->csv->path, (unsigned long long)line,
			 column, what);
}

static int find_column(const struct dated *d, const char *name, int *ret, struct fault *f)
{
	*ret = csv_table_column(d->csv, name);
	return *ret < 0 ? refuse(d, 1, name, "the column is missing", f) : 0;
}

/* "2020-07-01" as 202007: only the first of a month. */
static bool parse_month(struct span s, unsigned *ret)
{
	unsigned year, month, day;
	if (s.len != 10 || s.data[4] != '-' || s.data[7] != '-' || !text_digits(s, 0, 4, &year) ||
	    !text_digits(s, 5, 2, &month) || !text_digits(s, 8, 2, &day))
		return false;
	if (month < 1 || month > 12 || day != 1)
		return false;
	*ret = year * 100 + month;
	return true;
}

static int parse_row(struct dated *d, size_t i, const int column[COLUMNS], struct fault *f)
{
	struct dated_row row = {.line = d->csv->line[i], .to = UINT32_MAX};
	struct buf key = {0};
	const char *fran = csv_table_cell(d->csv, i, (size_t)column[FRAN]);
	const char *till = csv_table_cell(d->csv, i, (size_t)column[TILL]);
	for (int c = 0; c < d->shape->columns; c++) {
		const struct dated_column *is = d->shape->column + c;
		row.cell[c] = csv_table_cell(d->csv, i, (size_t)column[c]);
		if (!is->allows(row.cell[c]))
			return refuse(d, row.line, is->name, is->refusal, f);
	}
	if (!parse_month(span_of(fran), &row.from))
		return refuse(d, row.line, "fran", "not the first of a month (2020-07-01)", f);
	if (till[0] && !parse_month(span_of(till), &row.to))
		return refuse(d, row.line, "till",
			      "not the first of a month (2020-07-01), nor blank", f);
	if (row.to <= row.from)
		return refuse(d, row.line, "till", "not after fran", f);
	for (int k = 0; k < d->shape->keys; k++)
		buf_addf(&key, k ? DATED_JOIN "%s" : "%s", row.cell[k]);
	row.key = buf_detach(&key);
	d->row[d->count++] = row;
	return 0;
}

static int parse(struct dated *d, struct fault *f)
{
	int column[COLUMNS], rc = 0;
	for (int c = 0; c < d->shape->columns && rc == 0; c++)
		rc = find_column(d, d->shape->column[c].name, column + c, f);
	if (rc == 0)
		rc = find_column(d, "fran", column + FRAN, f);
	if (rc == 0)
		rc = find_column(d, "till", column + TILL, f);
	d->row = base_zalloc(d->csv->rows + 1, sizeof(*d->row));
	for (size_t i = 0; i < d->csv->rows && rc == 0; i++)
		rc = parse_row(d, i, column, f);
	return rc;
}

static int by_key_and_month(const void *a, const void *b)
{
	const struct dated_row *x = a, *y = b;
	int order = strcmp(x->key, y->key);
	return order ? order : (x->from > y->from) - (x->from < y->from);
}

static int check_overlaps(const struct dated *d, struct fault *f)
{
	for (size_t i = 1; i < d->count; i++) {
		const struct dated_row *a = d->row + i - 1, *b = d->row + i;
		if (strcmp(a->key, b->key) != 0 || b->from >= a->to)
			continue;
		uint64_t first = a->line < b->line ? a->line : b->line;
		return fault_set(f, FAULT_CONFIG,
				 "%s: lines %llu and %llu give one %s two rows for %u-%02u",
				 d->csv->path, (unsigned long long)first,
				 (unsigned long long)(a->line + b->line - first), d->shape->of,
				 b->from / 100, b->from % 100);
	}
	return 0;
}

int dated_load(const char *path, const struct dated_shape *shape, struct dated **ret,
	       struct fault *f)
{
	static const struct csv_dialect dialect = {';', '"', CSV_UTF8};
	struct dated *d = base_zalloc(1, sizeof(*d));
	d->shape = shape;
	int rc = csv_table_load(path, dialect, &d->csv, f);
	if (rc == 0)
		rc = parse(d, f);
	if (rc < 0)
		goto out;
	qsort(d->row, d->count, sizeof(*d->row), by_key_and_month);
	rc = check_overlaps(d, f);
	if (rc < 0)
		goto out;
	*ret = d;
	d = NULL;
out:
	dated_free(d);
	return rc;
}

/* The last row of the key that does not begin after the month. */
static const struct dated_row *last(const struct dated *d, const char *key, unsigned yyyymm)
{
	size_t low = 0, high = d ? d->count : 0;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(d->row[middle].key, key);
		if (order < 0 || (order == 0 && d->row[middle].from <= yyyymm))
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && strcmp(d->row[low - 1].key, key) == 0 ? d->row + low - 1 : NULL;
}

bool dated_holds(const struct dated_row *row, unsigned yyyymm)
{
	return row->from <= yyyymm && yyyymm < row->to;
}

const struct dated_row *dated_find(const struct dated *d, const char *key, unsigned yyyymm)
{
	const struct dated_row *row = last(d, key, yyyymm);
	return row && dated_holds(row, yyyymm) ? row : NULL;
}

bool dated_knows(const struct dated *d, const char *key)
{
	return last(d, key, UINT32_MAX) != NULL;
}

void dated_free(struct dated *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->count; i++)
		free(d->row[i].key);
	free(d->row);
	csv_table_free(d->csv);
	free(d);
}

bool dated_filled(const char *text)
{
	return text[0] != '\0';
}
