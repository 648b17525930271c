/*
 * sink: where events go, the seam between a delivery and the outside world. "Put" is not
 * "delivered": only after a flush that returned 0 is everything that was put acknowledged.
 */
#ifndef COLLECTORS_ENGINE_SINK_H
#define COLLECTORS_ENGINE_SINK_H

#include "common/base.h"
#include "common/fault.h"
#include "common/options.h"
#include "common/text.h"
#include "proto/event.h"

struct sink {
	int partitions; /* of the topic, fixed */
	/* Takes one encoded event; both texts are copied, and may wait for the next ones. */
	int (*put)(struct sink *s, int partition, const uint8_t key[EVENT_ID_BYTES],
		   struct span value, struct fault *f) MUST_CHECK;
	/*
	 * Waits for the acknowledgement of all that was put. FAULT_UNAVAILABLE when it does not
	 * come.
	 */
	int (*flush)(struct sink *s, struct fault *f) MUST_CHECK;
	/* Frees the sink; what is not acknowledged may be lost. */
	void (*close)(struct sink *s);
};

/*
 * A topic in Kafka by an idempotent producer (common/kafka_out.h). Waits at most timeout_ms for the
 * topic and, in each flush, for the next acknowledgement. FAULT_UNAVAILABLE, FAULT_STATE when there
 * is no such topic, FAULT_CONFIG for a property that librdkafka refuses.
 */
int sink_kafka_open(const char *topic, const struct option_list *properties, int timeout_ms,
		    struct sink **ret, struct fault *f) MUST_CHECK;

#endif
