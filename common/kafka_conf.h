/*
 * kafka_conf: what kafka_in, kafka_out and kafka_admin share: building a configuration of librdkafka,
 * its log, the question that all ask a broker, and what an error means. Private to the three.
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
 * Why connections failed since a broker answered last. librdkafka tries again for ever whatever the reason,
 * and tells the reason its log only. Zeroed at first; kept by threads of librdkafka.
 */
struct kafka_trouble {
	bool refused;   /* a certificate, a password: no waiting mends it */
	char said[256]; /* the last reason; "": none */
};

/*
 * The settings, then the properties (names and values alternating). FAULT_CONFIG for a property
 * that is ours or that librdkafka refuses, with its text. `client` is the opaque of the client; it
 * begins with a struct kafka_trouble and outlives it. The caller hands *ret on.
 */
int kafka_conf_new(const struct kafka_setting *setting, size_t count,
		   const struct option_list *properties, void *client, rd_kafka_conf_t **ret,
		   struct fault *f) MUST_CHECK;
/* A client from `conf`, which is consumed either way. FAULT_CONFIG with librdkafka's text. */
int kafka_conf_start(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **ret,
		     struct fault *f) MUST_CHECK;
/* rd_kafka_metadata(), which ends before its time when brokers refuse us and none answers. */
rd_kafka_resp_err_t kafka_conf_metadata(rd_kafka_t *rk, rd_kafka_topic_t *topic, int timeout_ms,
					const struct rd_kafka_metadata **ret) MUST_CHECK;
/*
 * Number of partitions of a topic: FAULT_UNAVAILABLE after timeout_ms, FAULT_STATE without it. `right`
 * is the one that the caller will need: it includes that of asking.
 */
int kafka_conf_partitions(rd_kafka_t *rk, const char *topic, const char *right, int timeout_ms,
			  int *ret, struct fault *f) MUST_CHECK;
/*
 * The first offset that is kept (`end`: RD_KAFKA_OFFSET_BEGINNING) or the next to be written (_END), asked
 * of the leader now. rd_kafka_query_watermark_offsets() keeps no deadline: it waits for a leader that is
 * frozen until that wakes, though others lead by then.
 */
rd_kafka_resp_err_t kafka_conf_end(rd_kafka_t *rk, const char *topic, int partition, int64_t end,
				   int timeout_ms, int64_t *ret);
/* True for an error that passes without our doing, unless a broker refuses us. */
bool kafka_conf_passes(rd_kafka_resp_err_t err);
#define KAFKA_HINT_MAX 512
/*
 * What an error means to whoever got no answer: FAULT_CONFIG for a right that is missing (`right` is what
 * was tried: "Read") and when a broker has refused us, FAULT_UNAVAILABLE for another error that passes,
 * FAULT_STATE for any other. `hint` is what to add to the error's text, "" when there is nothing.
 */
int kafka_conf_judge(const rd_kafka_t *rk, rd_kafka_resp_err_t err, const char *right,
		     char hint[KAFKA_HINT_MAX]);
/* A fault of that kind, with librdkafka's text and the hint. */
int kafka_conf_fault(const rd_kafka_t *rk, const char *topic, rd_kafka_resp_err_t err,
		     const char *right, struct fault *f);

#endif
