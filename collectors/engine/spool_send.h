/*
 * spool_send: a segment of the spool as a delivery in Kafka: opened, sent as it grows, and closed
 * with its totals when it is sealed and every event of it is acknowledged. Only then is it removed.
 * Stopped or killed anywhere, it is sent again from its beginning, under the same id.
 */
#ifndef COLLECTORS_ENGINE_SPOOL_SEND_H
#define COLLECTORS_ENGINE_SPOOL_SEND_H

#include "collectors/engine/delivery.h"
#include "collectors/engine/spool.h"

/*
 * Sends the oldest segment: 1, and *ret, which the caller releases. 0: there is none. A damaged one is closed as quarantined after what is whole
 * of it, and set aside; *ret_lost are the records that this costs, as far as it is known.
 * FAULT_UNAVAILABLE when Kafka does not answer or a stop was asked for; FAULT_IO.
 */
int spool_send(const struct delivery_source *s, struct spool *spool, struct delivery_report *ret,
	       uint64_t *ret_lost, struct fault *f) MUST_CHECK;

#endif
