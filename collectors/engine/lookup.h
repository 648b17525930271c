/*
 * lookup: key -> texts, exact, built once: code tables (one text a key) and joined files (the
 * columns that a mapping reads and no others: a patient file's names are not kept).
 */
#ifndef COLLECTORS_ENGINE_LOOKUP_H
#define COLLECTORS_ENGINE_LOOKUP_H

#include "common/csv.h"
#include "common/fault.h"
#include "common/text.h"

struct lookup;

/* An empty one whose keys have `columns` texts each. */
struct lookup *lookup_new(size_t columns);
void lookup_free(struct lookup *l);
/* Copies a key and its texts. Call lookup_sort() or lookup_agree() after the last, before a look-up. */
void lookup_add(struct lookup *l, const char *key, const char *const *text);
/* A key that stands twice, or NULL. */
const char *lookup_sort(struct lookup *l);
/* The same where a key may stand twice: it has the texts on which all its rows agree, "" for others. */
void lookup_agree(struct lookup *l);
/*
 * From a CSV file with a header. FAULT_NOINPUT; FAULT_CONFIG "file:line:column: what", also for a
 * column that is not there, a blank key, and a key that stands twice (no value is told).
 */
int lookup_load(const char *path, struct csv_dialect dialect, const char *key,
		const char *const *column, size_t columns, struct lookup **ret,
		struct fault *f) MUST_CHECK;

/* Text of a key, or a span whose data is NULL. Borrowed until lookup_free(). */
struct span lookup_get(const struct lookup *l, struct span key, size_t column);
/* Texts in the order of their keys, for checks; NULL after the last. */
const char *lookup_text(const struct lookup *l, size_t i, size_t column);

#endif
