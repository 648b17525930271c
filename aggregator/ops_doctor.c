/*
 * ops_doctor: asks Redis and Kafka for their settings and prints what endangers the promise (check.h).
 * Changes nothing. A server that does not answer is a line too, so that the other is still looked at.
 */
#include "aggregator/check.h"
#include "aggregator/ops.h"
#include "aggregator/redis_settings.h"
#include "common/kafka_admin.h"
#include "common/pairs.h"
#include "proto/route.h"

#define TIMEOUT_MS 5000

struct settings {
	const char *kafka;
	struct option_list property;
	const char *topic, *redis, *secret;
	bool lab;
};

#define AT(member) offsetof(struct settings, member)
/* clang-format off */
static const struct option_row row[] = {
	{.name = "kafka", .type = OPTION_TEXT, .offset = AT(kafka), .argument = "HOST:PORT",
	 .required = true, .help = "Kafka broker to begin with (bootstrap.servers)"},
	{.name = "kafka-property", .type = OPTION_MAP, .offset = AT(property),
	 .argument = "NAME=VALUE", .help = "Any property of librdkafka; may be repeated"},
	{.name = "topic", .type = OPTION_TEXT, .offset = AT(topic), .argument = "NAME",
	 .fallback = ROUTE_TOPIC, .help = "Topic of the events; its dead-letter topic is looked at as well"},
	{.name = "redis", .type = OPTION_TEXT, .offset = AT(redis), .argument = "ADDRESS",
	 .required = true, .help = "Redis as unix:/path/to/socket, host:port or sentinel:NAME@host:port,.."},
	{.name = "redis-secret", .type = OPTION_TEXT, .offset = AT(secret), .argument = "FILE", .reads = true,
	 .help = "File with the password of Redis, or with user and password; mode 0600"},
	{.name = "lab", .type = OPTION_SWITCH, .offset = AT(lab),
	 .help = "A machine for trials: one broker, one replica and one Redis will do"},
};
/* clang-format on */
#undef AT

static const struct options options = {
	.program = "kontaktpuls-ops doctor",
	.summary = "Tells which settings of Redis and Kafka endanger the promise, and what to do. "
		   "Exit status 0 when no line says BAD.",
	.row = row,
	.count = ARRAY_SIZE(row),
};

struct doctor {
	const struct settings *set;
	int lines[CHECK_BAD + 1]; /* of each level */
	int away;                 /* kind of the first fault of a server */
};

static void line(struct doctor *d, enum check_level level, const char *subject, const char *name,
		 const char *found)
{
	static const char *const word[] = {
		[CHECK_OK] = "OK", [CHECK_WARN] = "WARN", [CHECK_BAD] = "BAD"};

	d->lines[level]++;
	printf("%-4s  %-28s  %-30s  %s\n", word[level], subject, name, found);
}

/* The rows of one place, about one subject. Of rows about the same name, the worst comes first and one is told. */
static void judge(struct doctor *d, enum check_place place, const char *subject,
		  const struct option_list *found)
{
	const struct check *c, *next;
	const char *told = "";

	for (size_t i = 0; (c = check_row(i)) != NULL; i++) {
		const char *value = pairs_find(found, c->name);
		struct buf mend = {0};
		if (c->place != place || strcmp(c->name, told) == 0)
			continue;
		const enum check_level level = check_judge(c, value, d->set->lab);
		next = check_row(i + 1);
		if (level == CHECK_OK && next && strcmp(next->name, c->name) == 0)
			continue;
		told = c->name;
		line(d, level, subject, c->name,
		     !value           ? "(not told)"
		     : *value == '\0' ? "\"\""
				      : value);
		if (level == CHECK_OK)
			continue;
		check_mend(c, subject, d->set->kafka, &mend);
		printf("      needed: %s%s\n      why:    %s\n      mend:   %s\n",
		       *c->needed == '\0' ? "\"\"" : c->needed, c->least ? " or more" : "", c->why,
		       buf_text(&mend));
		buf_release(&mend);
	}
}

static void away(struct doctor *d, const char *subject, const struct fault *f)
{
	d->away = d->away < 0 ? d->away : f->kind;
	line(d, CHECK_BAD, subject, "can be asked", f->text);
}

static void look_at_redis(struct doctor *d)
{
	struct option_list found = {0};
	struct redis *r = NULL;
	struct fault f = {0};
	int kind = redis_connect(d->set->redis, d->set->secret, TIMEOUT_MS, &r, &f);

	if (kind == 0)
		kind = redis_settings(r, &found, &f);
	if (kind < 0)
		away(d, "redis", &f);
	else
		judge(d, CHECK_REDIS, "redis", &found);
	redis_free(r);
	pairs_release(&found);
}

static void look_at_topic(struct doctor *d, struct kafka_admin *a, const char *topic)
{
	struct option_list found = {0};
	struct fault f = {0};
	int there = kafka_admin_topic(a, topic, &found, &f);

	if (there == 0)
		line(d, CHECK_BAD, topic, "is there", "no: `kontaktpuls ops init` makes it");
	else if (there < 0)
		away(d, topic, &f);
	else
		judge(d, CHECK_TOPIC, topic, &found);
	pairs_release(&found);
}

static void look_at_kafka(struct doctor *d, struct kafka_admin *a)
{
	struct option_list found = {0};
	char dlq[ROUTE_TOPIC_MAX + 8];
	struct fault f = {0};

	if (kafka_admin_broker(a, &found, &f) < 0)
		away(d, "broker", &f);
	else
		judge(d, CHECK_BROKER, "broker", &found);
	pairs_release(&found);
	if (f.kind == FAULT_UNAVAILABLE)
		return; /* nor will it tell of topics */
	route_dlq(d->set->topic, dlq);
	look_at_topic(d, a, d->set->topic);
	look_at_topic(d, a, dlq);
}

static int doctor(const struct settings *set, struct fault *f)
{
	struct doctor d = {.set = set};
	struct option_list all = {0};
	struct kafka_admin *a = NULL;

	pairs_add(&all, "bootstrap.servers", set->kafka);
	pairs_add_all(&all, &set->property);
	int kind = kafka_admin_new(&all, &a, f);
	if (kind == 0) {
		look_at_redis(&d);
		look_at_kafka(&d, a);
	}
	kafka_admin_free(a);
	pairs_release(&all);
	if (kind < 0)
		return kind;
	printf("%d OK, %d WARN, %d BAD\n", d.lines[CHECK_OK], d.lines[CHECK_WARN],
	       d.lines[CHECK_BAD]);
	if (fflush(stdout) != 0)
		return fault_errno(f, FAULT_IO, "stdout");
	if (d.lines[CHECK_BAD] == 0)
		return 0;
	return fault_set(f, d.away < 0 ? d.away : FAULT_CONFIG, "%d lines say BAD",
			 d.lines[CHECK_BAD]);
}

int ops_doctor(int argc, char **argv, struct fault *f)
{
	struct settings set = {0};
	struct option_list rest;
	int r = options_read(&options, argc, argv, &set, &rest, f);

	if (r < 0)
		return r;
	if (r == 1)
		puts("OK");
	else
		r = doctor(&set, f);
	options_release(&options, &set, &rest);
	return r < 0 ? r : 0;
}
