/*
 * cluster: the Kafka of a stage, which is its embedded broker or one that somebody runs. There it has a topic
 * of its own, whose name is drawn by chance and stands in DIR/kafka/topic.
 */
#ifndef DEMO_CLUSTER_H
#define DEMO_CLUSTER_H

#include "common/base.h"
#include "common/fault.h"
#include "common/options.h"
#include "demo/stage_words.h"
#include "proto/route.h"

#define CLUSTER_ADDRESS_MAX 512

struct cluster {
	char address[CLUSTER_ADDRESS_MAX];
	char topic[ROUTE_TOPIC_MAX + 1];
	struct option_list properties; /* of clients, bootstrap.servers first */
	char *config;                  /* file with the other properties while we run, or NULL */
	bool foreign;                  /* somebody's */
};

/* The embedded broker: refuses (FAULT_CONFIG) a directory whose records stand elsewhere. */
int cluster_embedded(struct cluster *c, const char *dir, struct fault *f) MUST_CHECK;
/* FAULT_CONFIG when the directory was filled through the embedded broker. */
int cluster_foreign(struct cluster *c, const char *dir, const char *address,
		    const struct option_list *properties, struct fault *f) MUST_CHECK;
/* Sets the address and the first property. FAULT_CONFIG when it is too long. */
int cluster_address(struct cluster *c, const char *address, struct fault *f) MUST_CHECK;
/* Appends --kafka, --topic and --config, for a program of ours. */
void cluster_words(const struct cluster *c, struct stage_words *w);
/* Removes the topic and its dead letters, if they are there. */
int cluster_remove_topics(struct cluster *c, struct fault *f) MUST_CHECK;
void cluster_release(struct cluster *c);

#endif
