/*
 * gauge: how far the records are, asked of both servers of a stage: how many stand in Kafka, how
 * many of them are counted in Redis. For progress bars; a server that does not answer reads 0.
 */
#ifndef DEMO_GAUGE_H
#define DEMO_GAUGE_H

#include "common/base.h"
#include "common/fault.h"
#include "demo/cluster.h"

#define GAUGE_NAMESPACE "kp"

struct gauge;

/* `kafka` is borrowed until gauge_close(). FAULT_UNAVAILABLE or FAULT_STATE while Redis is not ready. */
int gauge_open(const char *redis, const struct cluster *kafka, struct gauge **ret,
	       struct fault *f) MUST_CHECK;
/* Whether the namespace is there. */
int gauge_namespace(struct gauge *g, bool *ret, struct fault *f) MUST_CHECK;
uint64_t gauge_sent(struct gauge *g);
uint64_t gauge_counted(struct gauge *g);
void gauge_close(struct gauge *g);

#endif
