/*
 * doubt: what is believed of a broker. Asks the log for its ends, has it read at the counted
 * offsets, and takes nothing that speaks against what was counted for true at once: a broker that was
 * frozen thinks for a moment that it still leads, and denies records that others hold. It is asked
 * again, at the same offsets, three times over half a minute; what is still said then is final.
 * A doubt is cleared when every partition has read the record before its offset again.
 * Nor is silence believed: the log is watched (watch.h), every minute and after a connection broke. A log
 * that has more than comes, and for too long, is FAULT_UNAVAILABLE.
 */
#ifndef AGGREGATOR_DOUBT_H
#define AGGREGATOR_DOUBT_H

#include "aggregator/partition.h"
#include "proto/route.h"

/* Zero-initialised but for the first five, which are borrowed. */
struct doubt {
	const char *topic;
	const struct option_list *kafka; /* properties of the clients */
	struct kafka_in *in;
	struct partition *partition;
	int count;                          /* of those that are counted here */
	int64_t low[ROUTE_PARTITIONS_MAX];  /* where the log of partition[i] begins .. */
	int64_t high[ROUTE_PARTITIONS_MAX]; /* .. and ends, as it was said last */
	int64_t watched_ms, turned_ms;      /* the last look, the last turn */
	int doubts;                         /* not cleared yet */
	bool shaken, behind;
	bool stalled; /* the client is of no use any more */
	struct doubt_wait {
		uint64_t off;     /* where partition[i] stood, behind its log, .. */
		int64_t since_ms; /* .. when it was looked at first; 0: it never was */
	} wait[ROUTE_PARTITIONS_MAX];
	struct fault said; /* against us, not believed yet; kind 0: nothing */
};

/*
 * Assigns every partition at its offset, or at the record before it when that must prove the log.
 * FAULT_STATE when a log cannot be the one that was counted, however often it is asked. 0 too when a
 * stop is asked for meanwhile.
 */
int doubt_assign(struct doubt *d, struct fault *f) MUST_CHECK;
/* After every reading, before anything of it is folded: whether a connection broke. */
void doubt_look(struct doubt *d);
/* Reading gave a fault: 0 when doubt_turn() will see to it, else its kind. */
int doubt_fault(struct doubt *d, const struct fault *f) MUST_CHECK;
/* 0 after a pause when what *f says is worth asking again; otherwise it stands. */
int doubt_again(struct doubt *d, struct fault *f) MUST_CHECK;
/*
 * Once for each turn of the loop, when all that was folded is committed: watches the log when it is
 * time, and asks again what was said against us. 1 when it assigned anew, 0, or a fault that is final.
 */
int doubt_turn(struct doubt *d, struct fault *f) MUST_CHECK;

#endif
