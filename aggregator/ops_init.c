/*
 * ops_init: makes a namespace: its topics where they are missing, the Functions, and every partition
 * empty. Never touches a namespace in which anything was counted, nor a topic that is there; only the Functions
 * of another version are replaced beside them, when that is asked for.
 */
#include "aggregator/check.h"
#include "aggregator/ops.h"
#include "aggregator/redis_settings.h"
#include "aggregator/store.h"
#include "aggregator/topic.h"
#include "common/kafka_in.h"
#include "common/log.h"
#include "common/pairs.h"

#define TIMEOUT_MS 10000

struct settings {
	const char *kafka;
	struct option_list property;
	const char *topic, *redis, *secret, *ns;
	uint64_t partitions, base, replication; /* replication 0: not said */
	bool embedded, lab, replace;
};

#define AT(member) offsetof(struct settings, member)
/* clang-format off */
static const struct option_row row[] = {
	{.name = "kafka", .type = OPTION_TEXT, .offset = AT(kafka), .argument = "HOST:PORT",
	 .required = true, .help = "Kafka broker to begin with (bootstrap.servers)"},
	{.name = "kafka-property", .type = OPTION_MAP, .offset = AT(property),
	 .argument = "NAME=VALUE", .help = "Any property of librdkafka; may be repeated"},
	{.name = "topic", .type = OPTION_TEXT, .offset = AT(topic), .argument = "NAME",
	 .fallback = ROUTE_TOPIC, .form = &route_topic_form, .help = "Topic that the namespace counts; made, with its dead-letter topic, when it is missing"},
	{.name = "redis", .type = OPTION_TEXT, .offset = AT(redis), .argument = "ADDRESS",
	 .required = true, .help = "Redis as unix:/path/to/socket, host:port or sentinel:NAME@host:port,.."},
	{.name = "redis-secret", .type = OPTION_TEXT, .offset = AT(secret), .argument = "FILE", .reads = true,
	 .help = "File with the password of Redis, or with user and password; mode 0600"},
	{.name = "namespace", .type = OPTION_TEXT, .offset = AT(ns), .argument = "NAME",
	 .fallback = "kp", .form = &keys_namespace_form, .help = "Name of the namespace"},
	{.name = "partitions", .type = OPTION_COUNT, .offset = AT(partitions), .argument = "S",
	 .fallback = "4", .min = 1, .max = ROUTE_PARTITIONS_MAX,
	 .help = "Partitions of the topic, fixed for the life of the namespace"},
	{.name = "base", .type = OPTION_COUNT, .offset = AT(base), .argument = "OFFSET",
	 .fallback = "0", .max = INT32_MAX,
	 .help = "Offset where counting begins, in every partition"},
	{.name = "replication", .type = OPTION_COUNT, .offset = AT(replication), .argument = "R",
	 .min = 1, .max = 32, .help = "Replicas of a topic that is made; 3 unless said, 1 with --lab"},
	{.name = "lab", .type = OPTION_SWITCH, .offset = AT(lab),
	 .help = "Allow a topic of one replica: a machine for trials, nothing that must last"},
	{.name = "embedded", .type = OPTION_SWITCH, .offset = AT(embedded),
	 .help = "The broker is the embedded one: mark every figure as a trial"},
	{.name = "replace-functions", .type = OPTION_SWITCH, .offset = AT(replace),
	 .help = "Replace Functions of another version, which all namespaces of this Redis use; one that is there stays as it is"},
};
/* clang-format on */
#undef AT

static const struct options options = {
	.program = "kontaktpuls-ops init",
	.summary = "Makes a namespace in Redis, and its topics in Kafka.",
	.row = row,
	.count = ARRAY_SIZE(row),
};

/* Counting can begin at `base` in every partition: nothing after it is gone. */
static int check_watermarks(struct kafka_in *in, const struct settings *set, struct fault *f)
{
	int64_t base = (int64_t)set->base;
	for (int i = 0; i < (int)set->partitions; i++) {
		int64_t low, high;
		int r = kafka_in_watermarks(in, i, TIMEOUT_MS, &low, &high, f);
		if (r < 0)
			return r;
		if (base < low || base > high)
			return fault_set(
				f, FAULT_STATE,
				"partition %d of topic %s holds offsets %lld to %lld, so that "
				"counting "
				"cannot begin at %lld: choose another --base, or another topic",
				i, set->topic, (long long)low, (long long)high, (long long)base);
	}
	return 0;
}

static int check_partitions(struct kafka_in *in, const struct settings *set, struct fault *f)
{
	int count;
	int r = kafka_in_partitions(in, TIMEOUT_MS, &count, f);
	if (r == 0 && (uint64_t)count != set->partitions)
		r = fault_set(f, FAULT_STATE,
			      "topic %s has %d partitions, not the %d of --partitions", set->topic,
			      count, (int)set->partitions);
	return r;
}

/* The embedded broker makes its topics itself and knows no settings. */
static int make_topics(const struct settings *set, const struct option_list *properties,
		       struct fault *f)
{
	const int usual = set->lab ? 1 : 3;
	const struct topic_wish wish = {
		.name = set->topic,
		.address = set->kafka,
		.partitions = (int)set->partitions,
		.replicas = set->replication > 0 ? (int)set->replication : usual,
		.lab = set->lab,
	};
	struct kafka_admin *a = NULL;
	int made = 0;
	if (set->embedded)
		return 0;
	int r = kafka_admin_new(properties, &a, f);
	if (r == 0)
		r = topic_make(a, &wish, &made, f);
	if (made > 0)
		log_info("%d topics were made, with %d replicas", made, wish.replicas);
	kafka_admin_free(a);
	return r;
}

static int prepare_topic(const struct settings *set, struct fault *f)
{
	struct option_list all = {0};
	struct kafka_in *in = NULL;
	pairs_add(&all, "bootstrap.servers", set->kafka);
	pairs_add_all(&all, &set->property);
	int r = make_topics(set, &all, f);
	if (r == 0)
		r = kafka_in_new(set->topic, &all, &in, f);
	if (r == 0)
		r = check_partitions(in, set, f);
	if (r == 0)
		r = check_watermarks(in, set, f);
	kafka_in_free(in);
	pairs_release(&all);
	return r;
}

/* Settings of Redis that lose counts. The embedded broker is for trials, whatever its Redis. */
static int check_redis(const struct settings *set, struct fault *f)
{
	struct option_list found = {0};
	struct redis *r = NULL;
	if (set->embedded)
		return 0;
	int rc = redis_connect(set->redis, set->secret, TIMEOUT_MS, &r, f);
	if (rc == 0)
		rc = redis_settings(r, &found, f);
	const struct check *bad = rc == 0 ? check_refused(CHECK_REDIS, &found, set->lab) : NULL;
	if (bad)
		rc = check_fault(bad, "Redis", NULL, &found, f);
	pairs_release(&found);
	redis_free(r);
	return rc;
}

/* Fewer keys than partitions, all of them meta hashes, of just this namespace: store_create() finishes it. */
static bool broke_off(struct store *s, const struct settings *set, int keys, int metas)
{
	struct store_purpose of = {0};
	struct fault none;
	return keys > 0 && keys == metas && keys < (int)set->partitions &&
	       store_purpose(s, &of, &none) == 0 && of.partitions == (int)set->partitions &&
	       strcmp(of.topic, set->topic) == 0;
}

/* *ret_stands: it is there, which is as it should be when only its Functions are to be replaced. */
static int check_unused(struct store *s, const struct settings *set, bool *ret_stands,
			struct fault *f)
{
	struct buf names = {0};
	int metas, count = store_find_keys(s, &names, &metas, f), rc = count < 0 ? count : 0;
	const bool there = count > 0 && !broke_off(s, set, count, metas);
	*ret_stands = there && set->replace;
	if (there && !set->replace)
		rc = fault_set(f, FAULT_STATE,
			       "namespace %s is there already, nothing was changed: %d keys:%s",
			       set->ns, count, buf_text(&names));
	buf_release(&names);
	return rc;
}

static int create(struct store *s, const struct settings *set, struct fault *f)
{
	struct store_meta meta = {
		.s = (int)set->partitions, .trial = set->embedded, .base = set->base};
	(void)snprintf(meta.topic, sizeof(meta.topic), "%s", set->topic);
	for (int i = 0; i < meta.s; i++) {
		int r = store_create(s, i, &meta, f);
		if (r < 0)
			return fault_prefix(f, "%d of %d partitions were made, then", i, meta.s);
	}
	log_info("namespace %s has %d empty partitions of topic %s, from offset %d%s", set->ns,
		 meta.s, set->topic, (int)set->base, set->embedded ? ", as a trial" : "");
	return 0;
}

static int make_namespace(struct store *s, const struct settings *set, struct fault *f)
{
	bool stands;
	int r = check_unused(s, set, &stands, f);
	if (r == 0)
		r = store_load_functions(s, set->replace, f);
	if (r == 0 && !stands)
		r = prepare_topic(set, f);
	if (r == 0 && !stands)
		return create(s, set, f);
	if (r == 0)
		log_info("namespace %s stays as it is; the Functions are those of this program",
			 set->ns);
	return r;
}

static int init(const struct settings *set, struct fault *f)
{
	struct store *s = NULL;
	if (set->replication == 1 && !set->lab && !set->embedded)
		return fault_set(f, FAULT_USAGE,
				 "--replication 1 keeps one copy of everything: only with --lab");
	int r = store_open(set->redis, set->secret, set->ns, TIMEOUT_MS, &s, f);
	if (r == 0)
		r = check_redis(set, f);
	if (r == 0)
		r = make_namespace(s, set, f);
	store_free(s);
	return r;
}

int ops_init(int argc, char **argv, struct fault *f)
{
	struct settings set = {0};
	struct option_list rest;
	int r = options_read(&options, argc, argv, &set, &rest, f);
	if (r < 0)
		return r;
	if (r == 1)
		puts("OK");
	else
		r = init(&set, f);
	options_release(&options, &set, &rest);
	return r < 0 ? r : 0;
}
