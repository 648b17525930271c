/*
 * session: one run from claim to end over all partitions of a namespace: claim, load, check,
 * assign, then batch after batch. The same connection, the same memory, the same consumer from
 * beginning to end: whatever goes wrong ends the session, and the next one begins with a claim.
 */
#ifndef AGGREGATOR_SESSION_H
#define AGGREGATOR_SESSION_H

#include "aggregator/store.h"
#include "common/options.h"
#include "common/seal.h"

/* What the operator asked for. */
struct session_options {
	const char *redis, *redis_secret, *ns, *topic;
	const char *kafka, *seal_key;
	struct option_list kafka_properties;
	uint64_t batch;         /* records a commit, at most */
	uint64_t redis_timeout; /* seconds */
	bool once;              /* stop at the ends that the partitions had at first, and verify */
};

/* What outlives a session; zero-initialised but for `options`, `seal`, `kafka` and `token`. */
struct session_run {
	const struct session_options *options;
	struct seal *seal;           /* of dead letters; may be NULL */
	struct option_list kafka;    /* properties of the clients, bootstrap.servers among them */
	char token[STORE_TOKEN_MAX]; /* of this process: every claim's token begins with it */
	unsigned claims;
	uint64_t target[ROUTE_PARTITIONS_MAX]; /* ends of the partitions at first */
	uint64_t first[ROUTE_PARTITIONS_MAX];  /* offsets at first */
	bool begun;                            /* these are set: a session has been in its loop */
	unsigned refusals; /* commits in a row refused for what does not pass by itself */
	uint64_t commits;
	char clash[256]; /* the first event that clashes with a pin, or "" */
};

/*
 * 0: stopped by a signal, or --once is done. FAULT_UNAVAILABLE, FAULT_IO: worth a new session.
 * Anything else is final: FAULT_FENCED names the other owner, FAULT_STATE what a person must decide.
 */
int session_run(struct session_run *run, struct fault *f) MUST_CHECK;

#endif
