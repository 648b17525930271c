/*
 * dated: a CSV table whose rows hold from one month to another, with at most one row for a key in
 * any month. The organisation table and the source registry are tables of this kind.
 *
 * CSV with semicolons, UTF-8, a header row, columns in any order, columns that nobody reads are
 * fine. fran and till are the first of a month (2020-07-01); till is not included, blank = open.
 */
#ifndef COMMON_DATED_H
#define COMMON_DATED_H

#include "common/base.h"
#include "common/fault.h"

#define DATED_COLUMNS_MAX 4
#define DATED_JOIN        "\x01"

struct dated_column {
	const char *name;
	bool (*allows)(const char *text);
	const char *refusal; /* what is wrong with a text that it does not allow */
};

/* The columns beside fran and till; the first `keys` of them are the key. */
struct dated_shape {
	const char *of; /* what a key is: "unit" */
	struct dated_column column[DATED_COLUMNS_MAX];
	int columns, keys;
};

struct dated_row {
	char *key;                           /* the texts of the key, joined with DATED_JOIN */
	const char *cell[DATED_COLUMNS_MAX]; /* in the order of the shape */
	unsigned from, to;                   /* yyyymm, from <= month < to */
	uint64_t line;
};

struct dated {
	const struct dated_shape *shape;
	struct csv_table *csv;
	struct dated_row *row; /* sorted by key, then by month */
	size_t count;
};

/*
 * FAULT_CONFIG with file, line and column: a text that its column does not allow, a bad date; with
 * both lines: two rows of a key that overlap. FAULT_NOINPUT when there is no file.
 */
int dated_load(const char *path, const struct dated_shape *shape, struct dated **ret,
	       struct fault *f) MUST_CHECK;
/* The row of a key in a month, or NULL; also NULL when there is no table (d is NULL). */
const struct dated_row *dated_find(const struct dated *d, const char *key, unsigned yyyymm);
/* True when the key has a row, whatever its months. */
bool dated_knows(const struct dated *d, const char *key);
bool dated_holds(const struct dated_row *row, unsigned yyyymm);
void dated_free(struct dated *d);

/* A column that must not be blank. */
bool dated_filled(const char *text);

#endif
