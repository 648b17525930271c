/*
 * mapping: what the records of a source mean, read from a YAML file (docs/mapping.md): where a
 * contact's identity and version stand, which records are contacts, and for every field of the
 * event an ordered list of steps. Immutable after mapping_load() but for the joined files, and for
 * what codes it has met (memo.h), so not for several threads.
 *
 * Calling sequence: mapping_load(); mapping_load_joins(); mapping_eval() for every record (see
 * mapping_eval.h); mapping_free().
 */
#ifndef COLLECTORS_ENGINE_MAPPING_H
#define COLLECTORS_ENGINE_MAPPING_H

#include "collectors/engine/path.h"
#include "common/csv.h"
#include "common/fault.h"
#include "common/options.h"

struct mapping;

/*   format  name of it, and of its reader */
#define FORMATS_X(X)        \
	X(CSV, "csv")       \
	X(JSON, "json")     \
	X(NDJSON, "ndjson") \
	X(BUNDLE, "fhir-bundle")

enum format {
#define X(format, name) FORMAT_##format,
	FORMATS_X(X)
#undef X
};

/* How a file has its records. */
struct json_shape {
	enum format format;
	struct path records; /* JSON: the list of records, names only; count 0: the document */
	bool null_is_blank;
};

/*
 * FAULT_NOINPUT when a file cannot be read; FAULT_CONFIG "file:line:column: what" for everything
 * that is wrong in it. Code tables in files of their own are read too, from the mapping's folder.
 */
int mapping_load(const char *path, struct mapping **ret, struct fault *f) MUST_CHECK;
void mapping_free(struct mapping *m);

/* What fills a field of the event that no mapping fills by itself; NULL for others. */
const char *mapping_filled_by(const char *field);
/* ^[a-z0-9_-]{1,32}$ */
const char *mapping_source(const struct mapping *m);
struct csv_dialect mapping_dialect(const struct mapping *m);
/* CODES_VERSION_KIND: pinned per source. */
uint8_t mapping_version_kind(const struct mapping *m);
const char *mapping_format(const struct mapping *m);
const struct json_shape *mapping_shape(const struct mapping *m);
/*
 * The columns that the mapping reads, each once: a CSV file without one of them is HEADER_MISSING.
 * For JSON they are the paths, and parsed the same paths.
 */
const char *const *mapping_columns(const struct mapping *m, size_t *ret_count);
/* The column that is the identity; SIZE_MAX when more is done to come to it. */
size_t mapping_id_column(const struct mapping *m);
const struct path *mapping_paths(const struct mapping *m);
/* The joins; those without a file are filled by the reader from what it reads (join.h). */
struct join *mapping_joins(const struct mapping *m, size_t *ret_count);
/* SAMPLE, EXPECTED alternating: the mapping's own examples, beside it. */
const char *const *mapping_examples(const struct mapping *m, size_t *ret_count);

/*
 * Reads the files that the mapping joins. `with` gives NAME, PATH alternating (--with NAME=PATH;
 * may be NULL); a join that is not in it is looked for in `folder` under the name that the mapping
 * gives. FAULT_USAGE for a NAME that is no join of a file; FAULT_NOINPUT, or FAULT_CONFIG with file, line
 * and column, otherwise. Again replaces what was read before.
 */
int mapping_load_joins(struct mapping *m, const struct option_list *with, const char *folder,
		       struct fault *f) MUST_CHECK;

#endif
