/*
 * partition: the life of one partition, from the claim to the end of a session. There is no way
 * back: after any fault, and after any answer to a commit but STORE_OK, it is released and a new session
 * begins with a claim.
 *
 *	partition_open()	claimed, loaded, checked against itself and against its cells, healed
 *	partition_judge()	the log can be the one that was counted
 *	partition_take() ..	the record off-1 proves it; then every record is folded, in order
 *	partition_commit()	all that was folded stands in Redis
 *	partition_verify()	once more all cells, at the end of --once
 */
#ifndef AGGREGATOR_PARTITION_H
#define AGGREGATOR_PARTITION_H

#include "aggregator/batch.h"
#include "aggregator/fold.h"
#include "aggregator/store.h"
#include "common/kafka_in.h"

/* What a partition must be of, and who claims it. Borrowed for the partition's life. */
struct partition_claim {
	const char *ns, *topic;
	int partitions;              /* of the topic, and so of the namespace */
	char token[STORE_TOKEN_MAX]; /* fresh for every claim */
	uint64_t seed;               /* of the indexes in memory */
};

#define PARTITION_BREAKS 8 /* of connections that are remembered between two looks at the log */

struct partition {
	const char *ns, *topic;
	char token[STORE_TOKEN_MAX];
	struct state state;
	uint64_t ahead;  /* a broken script may have written up to here; = off otherwise */
	uint64_t healed; /* cells that partition_open() wrote anew */
	bool proven;     /* the record off-1 was read, and is the one that was counted */
	struct partition_anchor {
		uint64_t off, probe; /* an offset, and the fingerprint of the record before it */
	} trusted;                   /* as the log was proven last */
	struct partition_anchor broke[PARTITION_BREAKS]; /* whenever a connection broke since */
	int breaks;
	char clash[256]; /* the first event since the claim that another pin forbids, or "" */
};

/*
 * Claims partition `number`, loads and compares it, and writes cells that a broken script left wrong or
 * that commits left out.
 * FAULT_STATE: no state, another topic or number of partitions, or a contradiction; FAULT_FENCED; FAULT_UNAVAILABLE. Release in any case.
 */
int partition_open(struct partition *p, struct store *store, int number,
		   const struct partition_claim *claim, struct fault *f) MUST_CHECK;
void partition_release(struct partition *p);

/* Where reading must begin: at the record off-1, to see that it is still the same. */
uint64_t partition_start(const struct partition *p);
/*
 * Whether a log that holds the offsets low..high-1 can be the one that was counted; FAULT_STATE when
 * it was recreated, cut short, or retention took what was not counted. Pure: a caller that doubts the
 * answer of one broker asks again before it believes a fault.
 */
int partition_judge(const struct partition *p, int64_t low, int64_t high,
		    struct fault *f) MUST_CHECK;

/* A broker contradicted us and is asked again: reading begins with the proof once more. */
void partition_doubt(struct partition *p);

/*
 * The records that show whether the log, read all along, is still the same. Once a log was exchanged
 * and has lent us records, the record off-1 proves nothing: a witness was counted before.
 */
enum partition_witness {
	PARTITION_TRUSTED,
	PARTITION_LAST, /* counted before a connection broke, the first, the second ..; or now */
	PARTITION_WITNESSES = PARTITION_LAST + PARTITION_BREAKS
};

/* False when there is none, or it stands no longer in a log that begins at `low`. */
bool partition_witness(const struct partition *p, enum partition_witness which, int64_t low,
		       struct partition_anchor *ret);
/* FAULT_STATE when `r` is not that record. */
int partition_hear(const struct partition *p, const struct partition_anchor *witness,
		   const struct kafka_record *r, struct fault *f) MUST_CHECK;
/* A connection broke: the record off-1 of now is a witness, until the log is proven. */
void partition_shaken(struct partition *p);
/* All witnesses were heard. */
void partition_trust(struct partition *p);

/* The record is soon to be taken: has what it needs brought from memory meanwhile. */
void partition_expect(const struct partition *p, const struct kafka_record *r);
/*
 * Takes the next record of the partition: 1 and *ret when it was folded, 0 when it was the record
 * off-1. FAULT_STATE for a gap or another record than was counted. `e` is room for the event.
 */
int partition_take(struct partition *p, const struct kafka_record *r, struct event *e,
		   struct fold_effects *ret, struct fault *f) MUST_CHECK;
/* Whether a commit has anything to write: records folded since the last one, or cells unless `deferred`. */
bool partition_owes(const struct partition *p, bool deferred);
/*
 * Commits all that was folded. Its cells are written too, in as many commits as they need, unless they
 * are `deferred`: while far behind they are left out, for they follow from the table, and no exporter
 * uses them until a later call writes them. Any answer but STORE_OK drops the memory: release the partition.
 */
enum store_answer partition_commit(struct partition *p, struct store *store, struct batch *b,
				   bool deferred, struct fault *f) MUST_CHECK;
/* Compares all cells in Redis with the table in memory. Nothing may wait for a commit. */
int partition_verify(struct partition *p, struct store *store, struct fault *f) MUST_CHECK;

#endif
