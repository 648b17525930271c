/*
 * watch: a second look at the log while it is being counted, with a client of its own, which knows
 * nothing of what the first one believes. A topic that was deleted and grew longer again, or a log
 * that another leader rewrote, gives no error to a reader that is beyond it.
 */
#ifndef AGGREGATOR_WATCH_H
#define AGGREGATOR_WATCH_H

#include "aggregator/partition.h"

/*
 * Reads the witnesses (enum partition_witness) of each partition; low[i] is where its log begins. FAULT_STATE:
 * another record stands there: final.
 * FAULT_UNAVAILABLE: Kafka did not answer for two seconds; nothing is known.
 */
int watch_log(const char *topic, const struct option_list *kafka, struct partition *p, int count,
	      const int64_t *low, struct fault *f) MUST_CHECK;

#endif
