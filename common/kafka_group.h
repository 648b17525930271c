/*
 * kafka_group: what a group of consumers has told its member, for kafka_in: which partitions it has got, and
 * whether the group wants them back. Private to kafka_in.
 */
#ifndef COMMON_KAFKA_GROUP_H
#define COMMON_KAFKA_GROUP_H

#include "common/kafka_conf.h"
#include "common/kafka_in.h"

#define KAFKA_GROUP_SETTINGS 5

/* Zero-initialised: of no group. */
struct kafka_group {
	char *name, *instance; /* instance may be NULL: a dynamic member */
	enum kafka_standing standing;
	int32_t *partition; /* what it gave last */
	size_t count, cap;
	bool told;    /* `partition` is true now */
	bool lost;    /* its session ended: nothing was given since */
	bool owed;    /* it wants them back, and waits for kafka_group_give_back() */
	bool leaving; /* nobody will call kafka_group_give_back() any more */
};

void kafka_group_init(struct kafka_group *g, const char *name, const char *instance);
void kafka_group_release(struct kafka_group *g);
/* What a member's client must be told. Borrows from the group. */
void kafka_group_settings(const struct kafka_group *g,
			  struct kafka_setting ret[KAFKA_GROUP_SETTINGS]);
/* Joins. FAULT_STATE, FAULT_UNAVAILABLE as kafka_conf_fault(). */
int kafka_group_subscribe(rd_kafka_t *rk, const char *topic, struct fault *f) MUST_CHECK;
/* The body of a rebalance callback. Takes at once what is given, but does not read it yet. */
void kafka_group_take(struct kafka_group *g, rd_kafka_t *rk, rd_kafka_resp_err_t err,
		      const rd_kafka_topic_partition_list_t *list);
/* Nothing of what the group gave is held any more: answers it when it waits for that. */
void kafka_group_give_back(struct kafka_group *g, rd_kafka_t *rk);
/*
 * 0 when the error says nothing about the membership. FAULT_FENCED: another member came with our
 * instance id, and nothing is ours any more; FAULT_CONFIG: the group does not have us; FAULT_UNAVAILABLE: this
 * client is dead, which another one would not be.
 */
int kafka_group_fault(struct kafka_group *g, rd_kafka_t *rk, rd_kafka_resp_err_t err,
		      struct fault *f) MUST_CHECK;

#endif
