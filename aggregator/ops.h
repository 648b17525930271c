/*
 * ops: the operator's verbs, `kontaktpuls ops <verb>`. One file and one row of OPS_VERBS each.
 */
#ifndef AGGREGATOR_OPS_H
#define AGGREGATOR_OPS_H

#include "common/fault.h"

/*   verb   what it does */
#define OPS_VERBS(X)                                                                    \
	X(init, "make a namespace: topics in Kafka, Functions and partitions in Redis") \
	X(doctor, "look for settings of Redis and Kafka that endanger the promise")

/* argv[0] is the program's name with the verb; returns 0 or a fault. */
#define X(verb, text) int ops_##verb(int argc, char **argv, struct fault *f) MUST_CHECK;
OPS_VERBS(X)
#undef X

#endif
