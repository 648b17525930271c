/*
 * keys: the grammar of the keys in Redis and of the fields of the meta hash, in both directions.
 * All keys of a partition carry one hash tag, {<namespace>.<partition>}, so that they live in one
 * slot of a cluster. Layout and invariants: docs/reference/keys.md.
 *
 *	kp:{ns.N}:m                           meta hash (KEYS_META)
 *	kp:{ns.N}:t:<segment>                 contact table, strings of KEYS_SEGMENT_BYTES
 *	kp:{ns.N}:u  :k  :p                   dictionaries index -> text: units, classes, pairs yyyymm:unit
 *	kp:{ns.N}:d                           deliveries, what was refused and noted: dead.<REASON>, note.<REASON>, lev.<id>, pin.<source>
 *	kp:{ns.N}:c:<cube>:<yyyymm>:<unit>    cells: dimensions -> count
 */
#ifndef PROTO_KEYS_H
#define PROTO_KEYS_H

#include "common/text.h"

#define KEYS_FORMAT        "3"
#define KEYS_NAMESPACE_MAX 32
#define KEYS_SEGMENT_SLOTS 131008
#define KEYS_SEGMENT_BYTES (KEYS_SEGMENT_SLOTS * 32)
#define KEYS_MAX           128 /* bytes of the longest key, NUL included */
#define KEYS_UNITS_MAX     65536
#define KEYS_KLASSES_MAX   4096

/* The categories that every consumed record falls into, exactly one each: fields s.<name> of m. */
/* clang-format off */
#define KEYS_STATS(X)                                                                              \
	X(APPLIED, applied, "changed the contact table")                                            \
	X(UNCHANGED, unchanged, "a higher version with the same attributes")                        \
	X(DUPLICATE, duplicate, "the same version with the same attributes")                        \
	X(STALE, stale, "a lower version than the one that stands")                                 \
	X(CONFLICT, conflict, "the same version with other attributes; the first stands")           \
	X(DEAD, dead, "refused, on the dead-letter topic")                                          \
	X(CONTROL, control, "a control record; always 0 as yet")                                    \
	X(LEVERANS, leverans, "opening or closing of a delivery")
/* clang-format on */

enum keys_stat {
#define X(upper, lower, text) KEYS_STAT_##upper,
	KEYS_STATS(X)
#undef X
		KEYS_STATS_END,
};
/* "applied" */
const char *keys_stat_name(enum keys_stat s);

/* clang-format off */
/*   field   meaning */
#define KEYS_META(X)                                                                               \
	X(fmt, "format of everything here, 3")                                                      \
	X(topic, "topic that is counted")                                                           \
	X(s, "partitions, fixed for life")                                                          \
	X(trial, "1 when made for the embedded broker: every figure says so")                       \
	X(base, "offset where counting began")                                                      \
	X(off, "next offset: everything below it is counted")                                       \
	X(ahead, "offset up to which a broken script may have written; ahead = off otherwise")      \
	X(cells, "offset up to which the cells are complete")                                       \
	X(probe, "fingerprint of the record off-1: XXH3 of key and value, 16 hex digits")           \
	X(epoch, "claims so far; information only")                                                 \
	X(owner, "token of the last claim, host:pid:random")                                        \
	X(n, "slots used in the contact table")                                                     \
	X(live, "contacts that are not retracted")                                                  \
	X(sum, "order-free digest of slots, dictionaries and d, 16 hex digits")
/* clang-format on */

enum keys_part { KEYS_M = 'm', KEYS_U = 'u', KEYS_K = 'k', KEYS_P = 'p', KEYS_D = 'd' };

/* ^[a-z0-9_-]{1,32}$ */
bool keys_namespace_valid(struct span ns);
extern const struct text_form keys_namespace_form;
void keys_part(char out[KEYS_MAX], const char *ns, int partition, enum keys_part part);
void keys_segment(char out[KEYS_MAX], const char *ns, int partition, unsigned segment);
/* `cube` is the name of a row of proto/cubes. */
void keys_cells(char out[KEYS_MAX], const char *ns, int partition, const char *cube,
		unsigned yyyymm, unsigned unit);
/* "202003:17", the text of a pair in p, and back. */
void keys_pair(char out[16], unsigned yyyymm, unsigned unit);
bool keys_pair_parse(struct span text, unsigned *ret_yyyymm, unsigned *ret_unit) MUST_CHECK;

struct keys_parsed {
	struct span ns; /* borrowed from the key */
	int partition;
	char part;             /* m u k p d t c */
	unsigned segment;      /* t */
	struct span cube;      /* c */
	unsigned yyyymm, unit; /* c */
};
/* The inverse of the builders; false for any other text. */
bool keys_parse(struct span key, struct keys_parsed *ret) MUST_CHECK;

#endif
