/*
 * membership: which partitions this process may count, and how long. Without a group: all of them, until
 * another process claims one, which is final. In a group (`--group`): those that Kafka gives this
 * member. The group only says who; where reading begins, and whether what was read still counts, stands in
 * Redis: nothing rests on two members never believing that the same partition is theirs.
 */
#ifndef AGGREGATOR_MEMBERSHIP_H
#define AGGREGATOR_MEMBERSHIP_H

#include "common/kafka_in.h"
#include "proto/route.h"

/* Zero-initialised but for the first two, which are borrowed and may be NULL. */
struct membership {
	const char *group, *instance;
	struct kafka_in *in; /* in a group it outlives sessions: heartbeats go on meanwhile */
	int32_t partition[ROUTE_PARTITIONS_MAX]; /* that are ours */
	int count;
	int fences; /* by other processes, not long ago, while the group gave us the partitions */
	int64_t fenced_ms;
};

/* Makes the client, and joins, unless that was done; faults of kafka_in_new() and kafka_in_join(). */
int membership_open(struct membership *m, const char *topic, const struct option_list *kafka,
		    struct fault *f) MUST_CHECK;
/*
 * Fills `partition`: all of 0..partitions-1, or waits for what the group gives. Nothing of an earlier share
 * may be held any more. 0 too, with none, when a stop is asked for. Faults of kafka_in_share().
 */
int membership_share(struct membership *m, int partitions, struct fault *f) MUST_CHECK;
/* What has become of the share: kafka_in.h. */
enum kafka_standing membership_standing(const struct membership *m);
/*
 * Another process has claimed a partition that was ours; *f names it. 1, after a random pause, when it is
 * worth asking the group again; FAULT_FENCED without a group, when another process has our instance, or when
 * it comes again and again: two groups that count in one namespace must not take it from each other for ever.
 */
int membership_fenced(struct membership *m, struct fault *f) MUST_CHECK;
/* The end of a session: what the group waits for it gets. Nothing is held any more. */
void membership_close(struct membership *m);
/* The end of the process: gives everything back. A static member stays known to the group. */
void membership_leave(struct membership *m);

#endif
