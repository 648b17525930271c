/*
 * topic: checks first, then makes. Never changes a topic that is there: what its records went through
 * already is for a person to judge.
 */
#include "aggregator/topic.h"

#include "aggregator/check.h"
#include "common/pairs.h"
#include "proto/route.h"

#define READY_MS 30000

/* Returns 1 when the topic is there and right, 0 when it is not there. */
static int look(struct kafka_admin *a, const char *topic, const struct topic_wish *wish,
		struct fault *f)
{
	struct option_list found = {0};
	int there = kafka_admin_topic(a, topic, &found, f);
	const char *count = there == 1 ? pairs_find(&found, "partitions") : NULL;
	const struct check *bad = there == 1 ? check_refused(CHECK_TOPIC, &found, wish->lab) : NULL;

	if (count && wish->partitions > 0 && strtol(count, NULL, 10) != wish->partitions)
		there = fault_set(
			f, FAULT_STATE,
			"topic %s has %s partitions, not the %d of --partitions: give that "
			"number, or another --topic",
			topic, count, wish->partitions);
	else if (bad)
		there = check_fault(bad, topic, wish->address, &found, f);
	pairs_release(&found);
	return there;
}

/* What is BAD otherwise and is a setting, and how many replicas must have what is acknowledged. */
static int make(struct kafka_admin *a, const char *topic, const struct topic_wish *wish,
		struct fault *f)
{
	struct option_list settings = {0};
	const struct check *c;

	for (size_t i = 0; (c = check_row(i)) != NULL; i++)
		if (c->place == CHECK_TOPIC && c->level == CHECK_BAD && !c->mend)
			pairs_add(&settings, c->name, c->needed);
	pairs_add(&settings, "min.insync.replicas", wish->replicas > 2 ? "2" : "1");
	int kind = kafka_admin_create(a, topic, wish->partitions, wish->replicas, &settings, f);
	pairs_release(&settings);
	return kind == 0 ? kafka_admin_await(a, topic, wish->partitions, READY_MS, f) : kind;
}

int topic_make(struct kafka_admin *a, const struct topic_wish *wish, int *ret_made, struct fault *f)
{
	char dlq[ROUTE_TOPIC_MAX + 8];
	const char *const name[] = {wish->name, dlq};
	int there[ARRAY_SIZE(name)], kind = 0;

	*ret_made = 0;
	route_dlq(wish->name, dlq);
	for (size_t i = 0; i < ARRAY_SIZE(name); i++) {
		there[i] = look(a, name[i], wish, f);
		if (there[i] < 0)
			return there[i];
	}
	for (size_t i = 0; kind == 0 && i < ARRAY_SIZE(name); i++) {
		if (there[i])
			continue;
		kind = make(a, name[i], wish, f);
		*ret_made += kind == 0;
	}
	return kind;
}

int topic_check(const char *name, const struct option_list *properties, struct fault *f)
{
	char dlq[ROUTE_TOPIC_MAX + 8];
	const char *const topic[] = {name, dlq};
	const char *address = pairs_find(properties, "bootstrap.servers");
	const struct topic_wish wish = {.name = name, .address = address, .lab = true};
	struct kafka_admin *a = NULL;

	route_dlq(name, dlq);
	int kind = kafka_admin_new(properties, &a, f);
	for (size_t i = 0; kind == 0 && i < ARRAY_SIZE(topic); i++) {
		const int there = look(a, topic[i], &wish, f);
		if (there <= 0)
			kind = there < 0 ? there
					 : fault_set(f, FAULT_STATE, "topic %s is not there",
						     topic[i]);
	}
	kafka_admin_free(a);
	return kind;
}
