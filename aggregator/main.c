/*
 * kontaktpuls-aggregate: Kafka to counts in Redis. Owns the options, the signals, and the patience
 * between sessions.
 */
#include "aggregator/session.h"
#include "common/buf.h"
#include "common/civil.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/pairs.h"
#include "common/seal.h"

/* Dropping what is not committed is always right: a stop waits for no server. */
#define STOP_SECONDS    1
#define BACK_OFF_MIN_MS 100
#define BACK_OFF_MAX_MS 5000

#define ROW(field, kind) .offset = offsetof(struct session_options, field), .type = OPTION_##kind

/* clang-format off */
static const struct option_row rows[] = {
	{.name = "kafka", ROW(kafka, TEXT), .argument = "HOST:PORT", .required = true,
	 .help = "Kafka brokers (bootstrap.servers)"},
	{.name = "kafka-property", ROW(kafka_properties, MAP), .argument = "NAME=VALUE",
	 .help = "property of librdkafka, by its own name"},
	{.name = "topic", ROW(topic, TEXT), .argument = "NAME", .form = &route_topic_form, .fallback = ROUTE_TOPIC,
	 .help = "topic of the events; dead letters go to NAME" ROUTE_DLQ_SUFFIX},
	{.name = "redis", ROW(redis, TEXT), .argument = "ADDRESS", .required = true,
	 .help = "unix:/path/to/socket, host:port or sentinel:NAME@host:port,.."},
	{.name = "redis-secret", ROW(redis_secret, TEXT), .argument = "FILE", .reads = true,
	 .help = "file with the password of Redis, or with user and password; mode 0600"},
	{.name = "redis-timeout", ROW(redis_timeout, COUNT), .argument = "SECONDS", .fallback = "30", .min = 1, .max = 86400,
	 .help = "at start, with --once, and for Redis with --group: give up after so long without an answer"},
	{.name = "namespace", ROW(ns, TEXT), .argument = "NS", .form = &keys_namespace_form, .fallback = "kp",
	 .help = "namespace in Redis, made by `kontaktpuls ops init`"},
	{.name = "batch", ROW(batch, COUNT), .argument = "N", .fallback = "10000", .min = 1, .max = 100000,
	 .help = "records in one commit, at most"},
	{.name = "seal-key", ROW(seal_key, TEXT), .argument = "FILE", .reads = true,
	 .help = "public key that dead letters hold their record sealed with, from `kontaktpuls dlq key`"},
	{.name = "group", ROW(group, TEXT), .argument = "NAME",
	 .help = "share the partitions with the other members of Kafka's consumer group NAME.NS; without it this process counts all of them"},
	{.name = "instance", ROW(instance, TEXT), .argument = "ID",
	 .help = "name of this process in the group, for one that comes back with the same partitions within the session timeout"},
	{.name = "once", ROW(once, SWITCH),
	 .help = "stop at the ends that the partitions have at start, and compare all cells"},
};
/* clang-format on */

static const struct options options = {
	.program = "kontaktpuls-aggregate",
	.summary = "Counts the contacts of a Kafka topic, exactly, into Redis.",
	.row = rows,
	.count = ARRAY_SIZE(rows),
};

/* A member that gives up on Redis leaves its partitions to the others of its group. From Kafka they have no more than it. */
static bool gives_up(const struct session_run *run)
{
	return run->options->once || run->begun == 0 || (run->options->group && run->redis_away);
}

/* Sessions one after another, for as long as a new one is worth it. */
static int run_sessions(struct session_run *run, struct fault *f)
{
	int back_off = BACK_OFF_MIN_MS;
	int64_t failing = 0; /* since then no commit came through; 0: none has failed */

	for (;;) {
		const uint64_t commits = run->commits;
		const unsigned begun = run->begun;
		const int kind = session_run(run, f);

		if (kind != FAULT_UNAVAILABLE && kind != FAULT_IO && kind != 1)
			return kind;
		if (loop_stopping())
			return 0;
		if (kind == 1) {
			failing = 0;
			continue;
		}
		if (run->commits > commits || failing == 0)
			back_off = BACK_OFF_MIN_MS;
		/* With --once a session that begins and comes to nothing is no progress. */
		if (run->commits > commits || (run->begun > begun && !run->options->once) ||
		    failing == 0)
			failing = civil_monotonic_ms();
		if (gives_up(run) &&
		    civil_monotonic_ms() - failing >= (int64_t)run->options->redis_timeout * 1000)
			return kind;
		log_warning("%s; trying again from the last commit", f->text);
		loop_pause(back_off);
		if (loop_stopping()) /* another session would claim what may be somebody else's by now */
			return 0;
		back_off = back_off * 2 < BACK_OFF_MAX_MS ? back_off * 2 : BACK_OFF_MAX_MS;
	}
}

static int check(const struct session_options *o, struct fault *f)
{
	if (o->instance && !o->group)
		return fault_set(f, FAULT_USAGE, "--instance: a name in a group needs --group");
	if (o->once && o->group)
		return fault_set(
			f, FAULT_USAGE,
			"--once counts every partition to its end: not with --group, whose "
			"members come and go");
	return 0;
}

static int run(const struct session_options *o, struct fault *f)
{
	struct session_run run = {.options = o};
	struct buf group = {0};
	int kind = 0;

	/* Were two namespaces in one group, each would lack what the members of the other have got. */
	if (o->group) {
		buf_addf(&group, "%s.%s", o->group, o->ns);
		run.member = (struct membership){.group = buf_text(&group),
						 .instance = o->instance};
	}
	pairs_add(&run.kafka, "bootstrap.servers", o->kafka);
	pairs_add_all(&run.kafka, &o->kafka_properties);
	loop_init();
	loop_limit(STOP_SECONDS, o->once ? fault_exit(FAULT_UNAVAILABLE) : EXIT_SUCCESS);
	store_token(run.token);
	if (o->seal_key != NULL)
		kind = seal_read_public(o->seal_key, &run.seal, f);
	if (kind == 0)
		kind = run_sessions(&run, f);
	if (kind == 0 && o->once && !run.done)
		kind = fault_set(f, FAULT_UNAVAILABLE,
				 "stopped before all ends were reached and all cells compared");
	if (kind < 0)
		log_error("%s", f->text);
	loop_limit(STOP_SECONDS, fault_exit(kind));
	membership_leave(&run.member);
	seal_free(run.seal);
	pairs_release(&run.kafka);
	buf_release(&group);
	return fault_exit(kind);
}

int main(int argc, char **argv)
{
	struct session_options o = {0};
	struct option_list rest = {0};
	struct fault f = {0};
	int kind = options_read(&options, argc, argv, &o, &rest, &f), status = EXIT_SUCCESS;

	if (kind >= 0 && check(&o, &f) < 0)
		kind = f.kind;
	if (kind == 0) {
		status = run(&o, &f);
	} else if (kind == 1) {
		log_info("OK: the options");
	} else {
		log_error("%s", f.text);
		status = fault_exit(kind);
	}
	options_release(&options, &o, &rest);
	return status;
}
