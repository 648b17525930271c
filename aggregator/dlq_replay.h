/*
 * dlq_replay: the records of dead letters, sent again as they were: key, value and so version. A header
 * `replay-of` names the letter.
 */
#ifndef AGGREGATOR_DLQ_REPLAY_H
#define AGGREGATOR_DLQ_REPLAY_H

#include "aggregator/dlq.h"
#include "common/kafka_out.h"

/* Zero-initialised but for topic and seal, which are borrowed. */
struct dlq_replay {
	const char *topic;
	const struct seal *seal;
	struct kafka_out *out;
	int partitions; /* of the topic */
	void *sent; /* a tree (search.h) of what was sent: each record once, however many letters it has */
	uint64_t done, same, left;
};

int dlq_replay_begin(struct dlq_replay *r, const struct option_list *kafka, int timeout_ms,
		     struct fault *f) MUST_CHECK;
/*
 * Sends the record of a letter to the partition that it came from; one that stood in the wrong partition to the
 * right one. Counts it as done, as the same record as another letter's, or as left, and then says why.
 */
int dlq_replay_letter(struct dlq_replay *r, const struct dlq_letter *letter,
		      struct fault *f) MUST_CHECK;
/* Waits until all is delivered. */
int dlq_replay_end(struct dlq_replay *r, int timeout_ms, struct fault *f) MUST_CHECK;
void dlq_replay_release(struct dlq_replay *r);

#endif
