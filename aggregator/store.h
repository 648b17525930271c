/*
 * store: the state of partitions in Redis: opening, claiming, loading and committing. Redis
 * mirrors the memory of the one aggregator that owns a partition; everything there is absolute.
 * Owns the connection and all knowledge of commands, keys and texts of numbers; knows nothing of
 * folding, and never decides what to do after an answer. Protocol and invariants: functions.lua.
 *
 * One object is one connection, for any number of partitions. After FAULT_UNAVAILABLE it is
 * dead: what was in flight is unknown; free it, drop the memory, open, claim and load anew.
 */
#ifndef AGGREGATOR_STORE_H
#define AGGREGATOR_STORE_H

#include "common/base.h"
#include "common/buf.h"
#include "common/fault.h"
#include "common/text.h"
#include "proto/cubes.h"
#include "proto/keys.h"
#include "proto/route.h"
#include "proto/vector.h"

#define STORE_TOKEN_MAX  128 /* host:pid:random, NUL included */
#define STORE_DIGEST_MAX 17  /* 16 hex digits and NUL */

/* What the meta hash of a partition says. */
struct store_meta {
	char topic[ROUTE_TOPIC_MAX + 1];
	int s; /* partitions of the namespace */
	bool trial;
	uint64_t base, off, ahead, cells;
	char probe[STORE_DIGEST_MAX]; /* "" before the first record */
	uint64_t epoch;
	char owner[STORE_TOKEN_MAX];
	uint64_t n, live;
	uint64_t sum; /* as acknowledged; 0 for an empty partition */
	uint64_t stats[KEYS_STATS_END];
};

struct store;
/*
 * `address` and `secret_path` as in common/redis.h. FAULT_CONFIG for a namespace that is none,
 * FAULT_UNAVAILABLE when Redis does not answer.
 */
int store_open(const char *address, const char *secret_path, const char *ns, int timeout_ms,
	       struct store **ret, struct fault *f) MUST_CHECK;
void store_free(struct store *s);

/* Fills `out` with a fresh owner's token: host, pid and 128 random bits. One per claim. */
void store_token(char out[STORE_TOKEN_MAX]);

/*
 * The Functions in Redis are exactly those that this program was built with. FAULT_STATE when
 * there are none (no state here: empty or wrong Redis) or when they are of another version.
 */
int store_verify_functions(struct store *s, struct fault *f) MUST_CHECK;

/* What a namespace is for, told without a claim. FAULT_STATE when it is not there. */
struct store_purpose {
	char topic[ROUTE_TOPIC_MAX + 1];
	int partitions;
	bool trial; /* made on the embedded broker */
};
int store_purpose(struct store *s, struct store_purpose *ret, struct fault *f) MUST_CHECK;

/*
 * Makes `token` the owner of the partition and tells what stands in its meta hash, which obeys
 * conservation and live <= n. FAULT_STATE: no state here, another format, or it contradicts itself.
 * FAULT_UNAVAILABLE: back off and open anew.
 */
int store_claim(struct store *s, int partition, const char *token, struct store_meta *ret,
		struct fault *f) MUST_CHECK;
/* 0 while `token` still owns the partition; FAULT_FENCED, naming the owner; FAULT_STATE when nothing is there. */
int store_owner(struct store *s, int partition, const char *token, struct fault *f) MUST_CHECK;

/*
 * Takes what store_load() reads, in no particular order. Texts are borrowed for the call. A
 * fault of theirs ends the load.
 */
struct store_sink {
	void *arg;
	/* An entry of dictionary u, k or p. */
	int (*entry)(void *arg, enum keys_part part, uint32_t index, struct span text,
		     struct fault *f);
	/* A field of d: dead.<REASON>, lev.<id>, pin.<source>. */
	int (*fact)(void *arg, struct span field, struct span text, struct fault *f);
};

/*
 * Reads the first meta->n slots into `slot` (room for as many, the caller's), the dictionaries
 * and d into `sink`; then makes sure that meta->owner owns the partition still (FAULT_FENCED), so
 * that what was read is one state, and that the dead.* of d add up to s.dead (while ahead > off,
 * what they are above it is taken off them). FAULT_STATE: a segment is lost or of a wrong length,
 * a number is none, the dead do not add up. The caller computes the digest and compares it with
 * meta->sum.
 */
int store_load(struct store *s, int partition, const struct store_meta *meta, struct vector *slot,
	       const struct store_sink *sink, struct fault *f) MUST_CHECK;

/*
 * Reads the cell hashes of `count` groups (cubes_pack() >> CUBES_GROUP_SHIFT), pipelined, and tells
 * every cell found, also one of 0, which must not be there. What was told is one state only if 0
 * is returned: then `token` still owned the partition at the end (FAULT_FENCED otherwise).
 * FAULT_STATE names a key or field that cannot be one of ours. For the compare: call it while no
 * commit is in flight. After any other fault than FENCED replies may be in flight: free the store.
 */
int store_cells(struct store *s, int partition, const char *token, const uint64_t *group,
		size_t count, void (*cell)(void *arg, uint64_t packed, uint64_t value), void *arg,
		struct fault *f) MUST_CHECK;

/* A run of neighbouring slots as they are to be; may cross the border of a segment. */
struct store_range {
	uint64_t slot;
	uint64_t count;
	const struct vector *data;
};

struct store_entry {
	uint32_t index;
	const char *text;
};

struct store_fact {
	const char *field, *text;
};

struct store_cell {
	uint64_t packed;
	uint64_t value; /* 0: the cell is removed */
};

/*
 * A commit: what the caller believes, and the new values. Everything is borrowed and absolute, so
 * that new_off = off is a heal, which writes cells that differ. Nothing here is a difference.
 */
struct store_commit {
	const char *owner; /* believed: this, off and sum are the fence */
	uint64_t off, sum;

	uint64_t new_off, new_sum;
	uint64_t n, live;               /* n never falls */
	uint64_t cells;                 /* = new_off when no cell is left out */
	const char *probe;              /* 16 hex digits, or "" */
	uint64_t stats[KEYS_STATS_END]; /* sum = new_off - base */

	const struct store_range *range; /* ascending, without overlap */
	size_t ranges;
	const struct store_entry *u, *k, *p; /* additions; an entry never changes */
	size_t us, ks, ps;
	/*
	 * Fields of d that are new or changed. Whenever s.dead changes, every dead.<REASON> that
	 * is not 0 must be among them, once each: they must add up to s.dead.
	 */
	const struct store_fact *fact;
	size_t facts;
	const struct store_cell *cell; /* ascending by packed, none twice */
	size_t cell_count;
};

/*
 * After anything but STORE_OK: drop the memory, free the store, open, claim, load. Never send
 * the same commit again. *f is filled for all but STORE_OK.
 */
enum store_answer {
	STORE_OK,
	STORE_FENCED,  /* FAULT_FENCED; the text names the other owner. Nothing written */
	STORE_STATE,   /* FAULT_STATE: Redis has another off or sum. Nothing written */
	STORE_NOSTATE, /* FAULT_STATE: Redis was emptied. Nothing written */
	STORE_BROKEN,  /* FAULT_UNAVAILABLE: no answer, or one that passes (LOADING, OOM); outcome
			   unknown. FAULT_STATE: an error in the call or in a key */
};
enum store_answer store_commit(struct store *s, int partition, const struct store_commit *c,
			       struct fault *f) MUST_CHECK;

/* The rest is for operators: `ops init`. */

/* Loads the Functions when there are none; others are FAULT_STATE unless `replace`. */
int store_load_functions(struct store *s, bool replace, struct fault *f) MUST_CHECK;
/*
 * Returns how many keys the namespace has, in whichever partition, and *ret_metas how many of them are meta
 * hashes; appends the first few names to *names, a space before each.
 */
int store_find_keys(struct store *s, struct buf *names, int *ret_metas, struct fault *f) MUST_CHECK;
/*
 * Creates an empty partition from topic, s, trial and base of `meta`, also over a meta hash by which
 * nothing was counted yet. FAULT_STATE, naming the keys, when another one, a dictionary, d or the first segment
 * is there.
 */
int store_create(struct store *s, int partition, const struct store_meta *meta,
		 struct fault *f) MUST_CHECK;

#endif
