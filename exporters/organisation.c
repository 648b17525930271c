/*
 * organisation: rows sorted by unit and first month, found by bisection. Owns the CSV table that
 * its texts lie in. Never says in a fault what a cell holds.
 */
#include "exporters/organisation.h"

#include "common/csv.h"
#include "proto/codes.h"

enum column { ENHET, FORVALTNING, AGARFORM, VARDNIVA, FRAN, TILL, COLUMNS };
static const char *const column_name[COLUMNS] = {"enhet",    "forvaltning", "agarform",
						 "vardniva", "fran",        "till"};

struct organisation {
	struct csv_table *table;
	struct organisation_row *row;
	size_t count;
	int column[COLUMNS];
};

static int refuse(const struct organisation *o, uint64_t line, struct fault *f, enum column c,
		  const char *what)
{
	return fault_set(f, FAULT_CONFIG, "%s:%llu: %s: %s", o->table->path,
			 (unsigned long long)line, column_name[c], what);
}

static int find_columns(struct organisation *o, struct fault *f)
{
	for (int c = 0; c < COLUMNS; c++) {
		o->column[c] = csv_table_column(o->table, column_name[c]);
		if (o->column[c] < 0)
			return fault_set(f, FAULT_CONFIG, "%s:1: the column %s is missing",
					 o->table->path, column_name[c]);
	}
	return 0;
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

static int parse_row(struct organisation *o, size_t i, struct fault *f)
{
	const char *cell[COLUMNS];
	uint64_t line = o->table->line[i];
	for (int c = 0; c < COLUMNS; c++)
		cell[c] = csv_table_cell(o->table, i, (size_t)o->column[c]);
	struct organisation_row row = {
		.unit = cell[ENHET], .forvaltning = cell[FORVALTNING], .line = line};
	const struct code *agarform = codes_by_name(CODES_OWNERSHIP, span_of(cell[AGARFORM]));
	const struct code *vardniva = codes_by_name(CODES_CARE_LEVEL, span_of(cell[VARDNIVA]));
	if (!row.unit[0])
		return refuse(o, line, f, ENHET, "blank");
	if (!row.forvaltning[0])
		return refuse(o, line, f, FORVALTNING, "blank");
	if (!agarform)
		return refuse(o, line, f, AGARFORM, "not one of region, privat");
	if (!vardniva)
		return refuse(o, line, f, VARDNIVA, "not one of primarvard, specialiserad");
	if (!parse_month(span_of(cell[FRAN]), &row.from))
		return refuse(o, line, f, FRAN, "not the first of a month (2020-07-01)");
	row.to = UINT32_MAX;
	if (cell[TILL][0] && !parse_month(span_of(cell[TILL]), &row.to))
		return refuse(o, line, f, TILL, "not the first of a month (2020-07-01), nor blank");
	if (row.to <= row.from)
		return refuse(o, line, f, TILL, "not after fran");
	row.agarform = agarform->name;
	row.vardniva = vardniva->name;
	o->row[o->count++] = row;
	return 0;
}

static int by_unit_and_month(const void *a, const void *b)
{
	const struct organisation_row *x = a, *y = b;
	int order = strcmp(x->unit, y->unit);
	return order ? order : (x->from > y->from) - (x->from < y->from);
}

static int check_overlaps(const struct organisation *o, struct fault *f)
{
	for (size_t i = 1; i < o->count; i++) {
		const struct organisation_row *a = o->row + i - 1, *b = o->row + i;
		if (strcmp(a->unit, b->unit) == 0 && b->from < a->to)
			return fault_set(
				f, FAULT_CONFIG,
				"%s: lines %llu and %llu give one unit two rows for %u-%02u",
				o->table->path,
				(unsigned long long)(a->line < b->line ? a->line : b->line),
				(unsigned long long)(a->line < b->line ? b->line : a->line),
				b->from / 100, b->from % 100);
	}
	return 0;
}

int organisation_load(const char *path, struct organisation **ret, struct fault *f)
{
	static const struct csv_dialect dialect = {';', '"', CSV_UTF8};
	struct organisation *o = base_zalloc(1, sizeof(*o));
	int rc = csv_table_load(path, dialect, &o->table, f);
	if (rc < 0)
		goto out;
	rc = find_columns(o, f);
	if (rc < 0)
		goto out;
	o->row = base_zalloc(o->table->rows + 1, sizeof(*o->row));
	for (size_t i = 0; i < o->table->rows && rc == 0; i++)
		rc = parse_row(o, i, f);
	if (rc < 0)
		goto out;
	qsort(o->row, o->count, sizeof(*o->row), by_unit_and_month);
	rc = check_overlaps(o, f);
	if (rc < 0)
		goto out;
	*ret = o;
	o = NULL;
out:
	organisation_free(o);
	return rc;
}

const struct organisation_row *organisation_find(const struct organisation *o, const char *unit,
						 unsigned yyyymm)
{
	const struct organisation_row key = {.unit = unit, .from = yyyymm};
	size_t low = 0, high = o ? o->count : 0;
	/* The last row that is not after (unit, month). */
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (by_unit_and_month(o->row + middle, &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	const struct organisation_row *row = o->row + low - 1;
	return strcmp(row->unit, unit) == 0 && yyyymm < row->to ? row : NULL;
}

void organisation_free(struct organisation *o)
{
	if (!o)
		return;
	csv_table_free(o->table);
	free(o->row);
	free(o);
}
