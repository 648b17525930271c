/*
 * store_redis: the connection, the calls of the Functions that claim and own, and reading the meta
 * hash. Never retries: whoever calls decides what an answer means for the memory.
 */
#include <unistd.h>

#include "aggregator/store_private.h"
#include "common/digest.h"

int store_open(const char *address, const char *secret_path, const char *ns, int timeout_ms,
	       struct store **ret, struct fault *f)
{
	if (!keys_namespace_valid(span_of(ns)))
		return fault_set(f, FAULT_CONFIG, "namespace must be 1 to %d of a-z, 0-9, _ and -",
				 KEYS_NAMESPACE_MAX);
	struct redis *redis;
	int r = redis_connect(address, secret_path, timeout_ms, &redis, f);
	if (r < 0)
		return r;
	struct store *s = base_zalloc(1, sizeof(*s));
	s->redis = redis;
	memcpy(s->ns, ns, strlen(ns) + 1);
	*ret = s;
	return 0;
}

void store_free(struct store *s)
{
	if (!s)
		return;
	redis_free(s->redis);
	redis_args_release(&s->args);
	free(s);
}

void store_token(char out[STORE_TOKEN_MAX])
{
	char host[65] = "";
	uint8_t random[16];
	char hex[2 * sizeof(random) + 1];
	if (gethostname(host, sizeof(host) - 1) != 0)
		memcpy(host, "unknown", sizeof("unknown"));
	digest_random(random, sizeof(random));
	text_hex(random, sizeof(random), hex);
	(void)snprintf(out, STORE_TOKEN_MAX, "%s:%ld:%s", host, (long)getpid(), hex);
}

int store_where(const struct store *s, int partition, struct fault *f)
{
	return fault_prefix(f, "partition %d of %s", partition, s->ns);
}

int store_no_state(struct fault *f)
{
	return fault_set(f, FAULT_STATE,
			 "NOSTATE: no state here: an empty Redis or the wrong one, or an "
			 "`ops init` that broke off; run `kontaktpuls ops init` for a new "
			 "namespace, or to finish that one, otherwise restore a copy");
}

void store_command(struct store *s, const char *command)
{
	redis_args_reset(&s->args);
	redis_arg(&s->args, command);
}

void store_fcall(struct store *s, const char *function, size_t keys)
{
	store_command(s, "FCALL");
	redis_arg(&s->args, function);
	redis_arg_u64(&s->args, keys);
}

void store_arg_part(struct store *s, int partition, enum keys_part part)
{
	char key[KEYS_MAX];
	keys_part(key, s->ns, partition, part);
	redis_arg(&s->args, key);
}

void store_arg_segment(struct store *s, int partition, unsigned segment)
{
	char key[KEYS_MAX];
	keys_segment(key, s->ns, partition, segment);
	redis_arg(&s->args, key);
}

/* What common/redis.h cannot know of error replies; all come before a Function's first write. */
static const struct {
	const char *words;
	int kind;
} meaning[] = {
	{"MISCONF ", FAULT_UNAVAILABLE},
	{"NOREPLICAS ", FAULT_UNAVAILABLE},
	{"CLUSTERDOWN ", FAULT_UNAVAILABLE},
	{"TRYAGAIN ", FAULT_UNAVAILABLE},
	{"The user executing the script", FAULT_CONFIG}, /* which command, it does not say */
};

static int judge(int r, struct fault *f)
{
	if (r >= 0)
		return r;
	if (strstr(f->text, "Function not found"))
		return store_no_state(f);
	for (size_t i = 0; i < ARRAY_SIZE(meaning); i++)
		if (strstr(f->text, meaning[i].words))
			f->kind = meaning[i].kind;
	if (f->kind == FAULT_CONFIG)
		fault_prefix(f,
			     "a right of the user in Redis is missing (docs/operate.md, Rights)");
	return f->kind;
}

int store_call(struct store *s, redisReply **ret, struct fault *f)
{
	return judge(redis_call(s->redis, &s->args, ret, f), f);
}

int store_send(struct store *s, struct fault *f)
{
	return redis_send(s->redis, &s->args, f);
}

int store_receive(struct store *s, redisReply **ret, struct fault *f)
{
	return judge(redis_receive(s->redis, ret, f), f);
}

struct span store_span(const redisReply *r)
{
	if (r->type != REDIS_REPLY_STRING && r->type != REDIS_REPLY_STATUS)
		return (struct span){NULL, 0};
	return (struct span){r->str, (size_t)r->len};
}

struct span store_element(const redisReply *r, size_t i)
{
	if (r->type != REDIS_REPLY_ARRAY || i >= r->elements)
		return (struct span){NULL, 0};
	return store_span(r->element[i]);
}

/* Value of a field of m, a flat array; *bad names the first field that is missing or wrong. */
static struct span field(const redisReply *m, const char *name, const char **bad)
{
	for (size_t i = 0; i + 1 < m->elements; i += 2)
		if (span_is(store_element(m, i), name))
			return store_element(m, i + 1);
	if (!*bad)
		*bad = name;
	return (struct span){"", 0};
}

static uint64_t number(const redisReply *m, const char *name, uint64_t max, const char **bad)
{
	uint64_t n = 0;
	if (!text_u64(field(m, name, bad), max, &n) && !*bad)
		*bad = name;
	return n;
}

static void copy(const redisReply *m, const char *name, char *out, size_t size, const char **bad)
{
	struct span text = field(m, name, bad);
	if (text.len >= size) {
		if (!*bad)
			*bad = name;
		text.len = 0;
	}
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
}

static uint64_t digest(const redisReply *m, const char *name, const char **bad)
{
	uint8_t byte[8];
	uint64_t n = 0;
	if (!text_unhex(field(m, name, bad), byte, sizeof(byte))) {
		if (!*bad)
			*bad = name;
		return 0;
	}
	for (size_t i = 0; i < sizeof(byte); i++)
		n = n << 8 | byte[i];
	return n;
}

static const char *read_meta(const redisReply *r, struct store_meta *m)
{
	static const char *const stat[KEYS_STATS_END] = {
#define X(upper, lower, text) "s." #lower,
		KEYS_STATS(X)
#undef X
	};
	const char *bad = NULL;
	copy(r, "topic", m->topic, sizeof(m->topic), &bad);
	m->s = (int)number(r, "s", ROUTE_PARTITIONS_MAX, &bad);
	m->trial = number(r, "trial", 1, &bad) == 1;
	m->base = number(r, "base", STORE_NUMBER_MAX, &bad);
	m->off = number(r, "off", STORE_NUMBER_MAX, &bad);
	m->ahead = number(r, "ahead", STORE_NUMBER_MAX, &bad);
	m->cells = number(r, "cells", STORE_NUMBER_MAX, &bad);
	copy(r, "probe", m->probe, sizeof(m->probe), &bad);
	m->epoch = number(r, "epoch", STORE_NUMBER_MAX, &bad);
	copy(r, "owner", m->owner, sizeof(m->owner), &bad);
	m->n = number(r, "n", STORE_NUMBER_MAX, &bad);
	m->live = number(r, "live", STORE_NUMBER_MAX, &bad);
	m->sum = digest(r, "sum", &bad);
	for (int i = 0; i < KEYS_STATS_END; i++)
		m->stats[i] = number(r, stat[i], STORE_NUMBER_MAX, &bad);
	return bad;
}

/* What every commit left true, so that anything else was done by other hands. */
static int check_meta(const struct store_meta *m, struct fault *f)
{
	uint64_t counted = 0;
	for (int i = 0; i < KEYS_STATS_END; i++)
		counted += m->stats[i];
	if (m->off < m->base || counted != m->off - m->base)
		return fault_set(f, FAULT_STATE,
				 "%llu events are counted in s.*, but off - base is %lld",
				 (unsigned long long)counted, (long long)(m->off - m->base));
	if (m->live > m->n || m->cells > m->off || m->ahead < m->off)
		return fault_set(
			f, FAULT_STATE,
			"m contradicts itself: live <= n, cells <= off <= ahead must hold");
	return 0;
}

int store_claim(struct store *s, int partition, const char *token, struct store_meta *ret,
		struct fault *f)
{
	store_fcall(s, "kp_claim", 2);
	store_arg_part(s, partition, KEYS_M);
	store_arg_segment(s, partition, 0);
	redis_arg(&s->args, token);
	redisReply *reply = NULL;
	int r = store_call(s, &reply, f);
	if (r == 0 && span_is(store_element(reply, 0), "NOSTATE")) {
		r = store_no_state(f);
	} else if (r == 0 && span_is(store_element(reply, 0), "FORMAT")) {
		const struct span found = store_element(reply, 1);
		r = fault_set(f, FAULT_STATE,
			      "format %.*s, this program counts in format " KEYS_FORMAT
			      ": count again beside it (docs/operate.md)",
			      (int)found.len, found.len ? found.data : "");
	} else if (r == 0) {
		bool ok = span_is(store_element(reply, 0), "OK") && reply->elements == 2;
		const char *bad = ok ? read_meta(reply->element[1], ret) : "everything";
		r = bad ? fault_set(f, FAULT_STATE, "field %s of m is missing or wrong", bad)
			: check_meta(ret, f);
	}
	freeReplyObject(reply);
	return r < 0 ? store_where(s, partition, f) : 0;
}

int store_fenced(struct span owner, struct fault *f)
{
	return fault_set(f, FAULT_FENCED, "another process owns it now: %.*s", (int)owner.len,
			 owner.len ? owner.data : "");
}

int store_owner(struct store *s, int partition, const char *token, struct fault *f)
{
	store_command(s, "HGET");
	store_arg_part(s, partition, KEYS_M);
	redis_arg(&s->args, "owner");
	redisReply *reply = NULL;
	int r = store_call(s, &reply, f);
	if (r == 0 && reply->type == REDIS_REPLY_NIL)
		r = store_no_state(f);
	else if (r == 0 && !span_is(store_span(reply), token))
		r = store_fenced(store_span(reply), f);
	freeReplyObject(reply);
	return r < 0 ? store_where(s, partition, f) : 0;
}
