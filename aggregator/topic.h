/*
 * topic: the topics of a namespace, of events and of dead letters, as they must be in Kafka: made, and
 * looked at before anything is counted. What they must be stands in check.h.
 */
#ifndef AGGREGATOR_TOPIC_H
#define AGGREGATOR_TOPIC_H

#include "common/fault.h"
#include "common/kafka_admin.h"

struct topic_wish {
	const char *name;    /* of the topic of events */
	const char *address; /* of Kafka, for commands that a message tells */
	int partitions, replicas;
	bool lab; /* one replica will do */
};

/*
 * Makes whichever of the two topics is not there, after whichever is there was found right; *ret_made
 * counts them. FAULT_CONFIG names the setting, what it is, what it must be and the command that mends it;
 * FAULT_STATE the number of partitions. Nothing was made then.
 */
int topic_make(struct kafka_admin *a, const struct topic_wish *wish, int *ret_made,
	       struct fault *f) MUST_CHECK;
/* The settings of both topics that programs refuse to start on, except replicas. */
int topic_check(const char *name, const struct option_list *properties, struct fault *f) MUST_CHECK;

#endif
