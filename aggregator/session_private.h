/*
 * session_private: what the files session*.c share. Nobody else includes it.
 */
#ifndef AGGREGATOR_SESSION_PRIVATE_H
#define AGGREGATOR_SESSION_PRIVATE_H

#include "aggregator/doubt.h"
#include "aggregator/partition.h"
#include "aggregator/session.h"
#include "common/kafka_out.h"

#define SESSION_KAFKA_MS  10000 /* patience with one answer of Kafka */
#define SESSION_FETCH_MAX 1024

struct session {
	struct session_run *run;
	const struct session_options *o;
	struct store *store;
	struct membership *member;
	struct kafka_out *out;
	struct partition *partition;
	int partitions;                             /* opened */
	struct partition *at[ROUTE_PARTITIONS_MAX]; /* by number; NULL: not ours */
	uint64_t pending;                           /* records folded since the last commit */
	uint64_t letters; /* dead letters sent and not known to be delivered */
	int64_t owner_seen_ms;
	bool rested; /* the memory of the backlog was given back */
	struct doubt doubt;
	struct batch batch;
	struct event event; /* room for one */
	struct kafka_record record[SESSION_FETCH_MAX];
};

/* The kind of a fault of the store. */
int session_fenced(const struct session *s, struct fault *f);
/*
 * From the connections to records that come: the log is there, our share is known, claimed, loaded, checked and
 * assigned. 0 as well, with no partition, when a stop was asked for meanwhile.
 */
int session_open(struct session *s, struct fault *f) MUST_CHECK;

#endif
