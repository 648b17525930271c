/*
 * kafka_conf: what kafka_in and kafka_out share: building a configuration of librdkafka, its log,
 * and the question that both ask a broker. Private to the two.
 */
#ifndef COMMON_KAFKA_CONF_H
#define COMMON_KAFKA_CONF_H

#include <librdkafka/rdkafka.h>

#include "common/base.h"
#include "common/fault.h"
#include "common/options.h"

struct kafka_setting {
	const char *name;
	const char *value; /* NULL: nothing to set, only to refuse (another name of a property) */
	bool ours;         /* the promise rests on it: nobody may override it */
};

/*
 * The settings, then the properties (names and values alternating). FAULT_CONFIG for a property
 * that is ours or that librdkafka refuses, with its text. The caller hands *ret on.
 */
int kafka_conf_new(const struct kafka_setting *setting, size_t count,
		   const struct option_list *properties, rd_kafka_conf_t **ret,
		   struct fault *f) MUST_CHECK;
/* A client from `conf`, which is consumed either way. FAULT_CONFIG with librdkafka's text. */
int kafka_conf_start(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **ret,
		     struct fault *f) MUST_CHECK;
/* Number of partitions of a topic: FAULT_UNAVAILABLE after timeout_ms, FAULT_STATE without it. */
int kafka_conf_partitions(rd_kafka_t *rk, const char *topic, int timeout_ms, int *ret,
			  struct fault *f) MUST_CHECK;
/* True for an error that passes without our doing. */
bool kafka_conf_passes(rd_kafka_resp_err_t err);
/* FAULT_UNAVAILABLE for such an error, FAULT_STATE for any other, with librdkafka's text. */
int kafka_conf_fault(const char *topic, rd_kafka_resp_err_t err, struct fault *f);

#endif
