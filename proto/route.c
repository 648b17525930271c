/*
 * route: topic names and partitions. Pure.
 */
#include "proto/route.h"

int route_partition(const uint8_t id[EVENT_ID_BYTES], int partitions)
{
	assert(partitions > 0);
	uint32_t first = (uint32_t)id[0] | (uint32_t)id[1] << 8 | (uint32_t)id[2] << 16 |
			 (uint32_t)id[3] << 24;
	return (int)(first % (uint32_t)partitions);
}

int route_event(const struct event *e, int partitions)
{
	if (e->body == EVENT_LEVERANS && e->leverans.phase == PHASE_OPENING)
		return e->leverans.partition < partitions ? e->leverans.partition : -1;
	return route_partition(e->id, partitions);
}

static bool topic_valid(const char *topic)
{
	const size_t len = strspn(topic, "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return len > 0 && len <= ROUTE_TOPIC_MAX && topic[len] == '\0' &&
	       strspn(topic, ".") != len; /* "." and ".." are not legal */
}

static void say_topic(struct buf *out)
{
	buf_addf(out, "1 to %d of a-z, A-Z, 0-9, ., _ and -", ROUTE_TOPIC_MAX);
}

const struct text_form route_topic_form = {topic_valid, say_topic};

void route_dlq(const char *topic, char out[ROUTE_TOPIC_MAX + 8])
{
	assert(strlen(topic) <= ROUTE_TOPIC_MAX);
	(void)snprintf(out, ROUTE_TOPIC_MAX + 8, "%s%s", topic, ROUTE_DLQ_SUFFIX);
}
