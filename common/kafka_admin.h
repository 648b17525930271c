/*
 * kafka_admin: what an operator does to topics (librdkafka's Admin API): make and remove them, read
 * their settings. Each call waits at most `socket.timeout.ms` (10 s unless it is set) for its answer.
 *
 * FAULT_UNAVAILABLE: no broker answers. FAULT_CONFIG: the broker does not let us (in), cannot be asked (the
 * embedded one) or cannot do it. FAULT_STATE: anything else; always with the broker's own text.
 */
#ifndef COMMON_KAFKA_ADMIN_H
#define COMMON_KAFKA_ADMIN_H

#include "common/base.h"
#include "common/fault.h"
#include "common/options.h"

struct kafka_admin;
/* `properties` as for kafka_in_new(). */
int kafka_admin_new(const struct option_list *properties, struct kafka_admin **ret,
		    struct fault *f) MUST_CHECK;
void kafka_admin_free(struct kafka_admin *a);

/* `settings`: names and values alternating. It is not ready yet: kafka_admin_await(). */
int kafka_admin_create(struct kafka_admin *a, const char *topic, int partitions, int replicas,
		       const struct option_list *settings, struct fault *f) MUST_CHECK;
/* 0 also when there is no such topic. */
int kafka_admin_remove(struct kafka_admin *a, const char *topic, struct fault *f) MUST_CHECK;
/* Waits until every partition tells its offsets: metadata names a leader before it leads. */
int kafka_admin_await(struct kafka_admin *a, const char *topic, int partitions, int timeout_ms,
		      struct fault *f) MUST_CHECK;

/*
 * The settings in force, for pairs_release(). Of a topic first
 * "partitions" and "replicas" (the fewest that a partition has), of a broker first "brokers" (how many there
 * are; settings are those of the first). Returns 1, and 0 when there is no such topic.
 */
int kafka_admin_topic(struct kafka_admin *a, const char *topic, struct option_list *ret,
		      struct fault *f) MUST_CHECK;
int kafka_admin_broker(struct kafka_admin *a, struct option_list *ret, struct fault *f) MUST_CHECK;

#endif
