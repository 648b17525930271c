/*
 * gauge: reads watermarks and offsets. Owns a connection to each server. Never writes.
 */
#include "demo/gauge.h"

#include "common/kafka_in.h"
#include "common/redis.h"
#include "proto/keys.h"
#include "proto/route.h"

#define WAIT_MS 5000

struct gauge {
	struct redis *redis;
	struct kafka_in *kafka; /* NULL until it is asked */
	const struct cluster *cluster;
};

int gauge_open(const char *redis, const struct cluster *kafka, struct gauge **ret, struct fault *f)
{
	struct gauge *g = base_zalloc(1, sizeof(*g));
	redisReply *pong = NULL;

	g->cluster = kafka;
	int failed = redis_connect(redis, NULL, WAIT_MS, &g->redis, f);

	/* An error reply as long as it loads its AOF. */
	if (failed == 0)
		failed = redis_callv(g->redis, &pong, f, "PING", NULL);
	freeReplyObject(pong);
	if (failed)
		gauge_close(g);
	else
		*ret = g;
	return failed;
}

int gauge_namespace(struct gauge *g, bool *ret, struct fault *f)
{
	char key[KEYS_MAX];
	redisReply *reply = NULL;

	keys_part(key, GAUGE_NAMESPACE, 0, KEYS_M);
	int failed = redis_callv(g->redis, &reply, f, "EXISTS", key, NULL);
	if (failed == 0)
		*ret = reply->integer == 1;
	freeReplyObject(reply);
	return failed;
}

static bool has_kafka(struct gauge *g)
{
	const struct cluster *c = g->cluster;
	struct fault ignored;

	return g->kafka || kafka_in_new(c->topic, &c->properties, &g->kafka, &ignored) == 0;
}

uint64_t gauge_sent(struct gauge *g)
{
	struct fault ignored;
	int64_t low, high;
	uint64_t sum = 0;

	if (!has_kafka(g))
		return 0;
	for (int p = 0; p < ROUTE_PARTITIONS; p++)
		if (kafka_in_watermarks(g->kafka, p, WAIT_MS, &low, &high, &ignored) == 0)
			sum += (uint64_t)high;
	return sum;
}

uint64_t gauge_counted(struct gauge *g)
{
	struct fault ignored;
	char key[KEYS_MAX];
	uint64_t sum = 0, off;

	for (int p = 0; p < ROUTE_PARTITIONS; p++) {
		redisReply *reply = NULL;
		keys_part(key, GAUGE_NAMESPACE, p, KEYS_M);
		if (redis_callv(g->redis, &reply, &ignored, "HGET", key, "off", NULL) == 0 &&
		    reply->type == REDIS_REPLY_STRING &&
		    text_u64((struct span){reply->str, reply->len}, INT64_MAX, &off))
			sum += off;
		freeReplyObject(reply);
	}
	return sum;
}

void gauge_close(struct gauge *g)
{
	if (!g)
		return;
	redis_free(g->redis);
	kafka_in_free(g->kafka);
	free(g);
}
