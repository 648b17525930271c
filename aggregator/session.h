/*
 * session: one run from claim to end over the partitions of a namespace that are ours: claim, load, check,
 * assign, then batch after batch. The same connection, the same memory, the same partitions from
 * beginning to end: whatever goes wrong, and whatever a group changes, ends the session, and the next one
 * begins with a claim.
 */
#ifndef AGGREGATOR_SESSION_H
#define AGGREGATOR_SESSION_H

#include "aggregator/membership.h"
#include "aggregator/store.h"
#include "common/options.h"
#include "common/seal.h"

/* What the operator asked for. */
struct session_options {
	const char *redis, *redis_secret, *ns, *topic;
	const char *kafka, *seal_key;
	const char *group, *instance; /* NULL: none */
	struct option_list kafka_properties;
	uint64_t batch;         /* records a commit, at most */
	uint64_t redis_timeout; /* seconds */
	bool once;              /* stop at the ends that the partitions had at first, and verify */
};

/* What outlives a session; zero-initialised but for `options`, `seal`, `kafka`, `token` and the names in `member`. */
struct session_run {
	const struct session_options *options;
	struct seal *seal;           /* of dead letters; may be NULL */
	struct option_list kafka;    /* properties of the clients, bootstrap.servers among them */
	char token[STORE_TOKEN_MAX]; /* of this process: every claim's token begins with it */
	unsigned claims;
	struct membership member;
	/* Ends and offsets of the partitions when this process got them. */
	uint64_t target[ROUTE_PARTITIONS_MAX], first[ROUTE_PARTITIONS_MAX];
	unsigned begun;  /* sessions that have been in their loop */
	bool redis_away; /* it was Redis that ended the last session, or kept it from beginning */
	/* By partition: commits in a row refused for what does not pass by itself. */
	unsigned refusals[ROUTE_PARTITIONS_MAX];
	uint64_t commits;
	bool done;       /* --once: all ends were reached, and all cells compared */
	char clash[256]; /* the first event that clashes with a pin, or "" */
};

/*
 * 0: stopped by a signal, or --once is done, and then says so. 1: the group has changed who counts what, or is to be asked
 * again: worth a new session at once. FAULT_UNAVAILABLE, FAULT_IO: worth a new session.
 * Anything else is final: FAULT_FENCED names the other owner, FAULT_STATE what a person must decide.
 */
int session_run(struct session_run *run, struct fault *f) MUST_CHECK;

#endif
