/*
 * route: where an event goes. Topic names, and the partition of an identity: little-endian u32 of
 * its first 4 bytes modulo S, named by the producer, checked by the aggregator. S is fixed for the
 * life of a namespace. The Kafka key is the identity itself (12 bytes).
 */
#ifndef PROTO_ROUTE_H
#define PROTO_ROUTE_H

#include "common/base.h"
#include "common/text.h"
#include "proto/event.h"

#define ROUTE_TOPIC          "vardkontakt.handelse.v1"
#define ROUTE_DLQ_SUFFIX     ".dlq"
#define ROUTE_PARTITIONS     4 /* S unless said otherwise */
#define ROUTE_PARTITIONS_MAX 256
#define ROUTE_TOPIC_MAX      200

int route_partition(const uint8_t id[EVENT_ID_BYTES], int partitions);
/* Where an event must stand: an opening of a delivery in the partition that it names (-1 when that is out of range), all else by its id. */
int route_event(const struct event *e, int partitions);
/* What Kafka takes as the name of a topic, so short that its dead letters' has room too. */
extern const struct text_form route_topic_form;
/* "<topic>.dlq" */
void route_dlq(const char *topic, char out[ROUTE_TOPIC_MAX + 8]);

#endif
