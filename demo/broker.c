/*
 * broker: kontaktpuls-broker, librdkafka's mock cluster as a process: a Kafka in memory for trial
 * and tests. Prints its address when it is ready, watches what the cluster keeps, and with --dir
 * takes its records over to the next start. Never goes on after a record was lost.
 */
#include <inttypes.h>
#include <unistd.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/options.h"
#include "demo/broker_log.h"
#include "demo/folder.h"
#include "proto/route.h"

#define WATCH_MS 200

struct settings {
	const char *dir, *topic;
	uint64_t partitions;
};

static const struct option_row rows[] = {
	{.name = "dir", .type = OPTION_TEXT, .offset = offsetof(struct settings, dir), .argument = "DIR",
	 .help = "Keep the records in DIR/broker.log on a clean stop and offer them again at the next start"},
	{.name = "topic", .type = OPTION_TEXT, .offset = offsetof(struct settings, topic),
	 .argument = "NAME", .fallback = ROUTE_TOPIC, .help = "Topic of the events; NAME.dlq is made beside it"},
	{.name = "partitions", .type = OPTION_COUNT, .offset = offsetof(struct settings, partitions),
	 .argument = "S", .fallback = "4", .min = 1, .max = ROUTE_PARTITIONS_MAX,
	 .help = "Partitions of both topics"},
};

static const struct options options = {
	.program = "kontaktpuls-broker",
	.summary = "A Kafka broker in memory, for trial and tests. It keeps about 5 MiB a partition, as "
		   "sent, and ends when it would have to forget.",
	.row = rows,
	.count = ARRAY_SIZE(rows),
};

/* Topics, the records of the last run, the address for whoever waits on stdout. */
static int start(struct broker_log *l, const struct settings *s, const char *path, struct fault *f)
{
	char dlq[ROUTE_TOPIC_MAX + 8];
	uint64_t records = 0;

	if (strlen(s->topic) > ROUTE_TOPIC_MAX)
		return fault_set(f, FAULT_USAGE, "--topic is longer than %d characters", ROUTE_TOPIC_MAX);
	route_dlq(s->topic, dlq);
	int failed = path ? broker_log_load(l, path, &records, f) : 0;
	if (failed == 0)
		failed = broker_log_topic(l, s->topic, (int)s->partitions, f);
	if (failed == 0)
		failed = broker_log_topic(l, dlq, (int)s->partitions, f);
	if (failed == 0)
		failed = broker_log_watch(l, f);
	if (failed)
		return failed;
	log_info("in memory, about 5 MiB a partition, for trial and tests; %" PRIu64
		 " records of the last run; topic %s, %" PRIu64 " partitions",
		 records, s->topic, s->partitions);
	printf("kafka %s\n", broker_log_address(l));
	return fflush(stdout) == 0 ? 0 : fault_errno(f, FAULT_IO, "stdout");
}

static int run(const struct settings *s, struct fault *f)
{
	struct broker_log *l = NULL;
	struct buf path = {0};
	uint64_t records;
	int lock = -1;
	int failed = s->dir ? folder_make(s->dir, f) : 0;

	if (failed == 0 && s->dir)
		failed = folder_lock(s->dir, &lock, f);
	if (failed == 0)
		failed = broker_log_new(&l, f);
	if (failed)
		goto out;
	if (s->dir)
		buf_addf(&path, "%s/broker.log", s->dir);
	failed = start(l, s, s->dir ? buf_text(&path) : NULL, f);
	while (failed == 0 && !loop_stopping()) {
		loop_pause(WATCH_MS);
		failed = broker_log_watch(l, f);
	}
	if (failed == 0 && s->dir)
		failed = broker_log_save(l, buf_text(&path), &records, f);
	if (failed == 0 && s->dir)
		log_info("%" PRIu64 " records kept in %s", records, buf_text(&path));
out:
	broker_log_free(l);
	buf_release(&path);
	if (lock >= 0)
		close(lock);
	return failed;
}

int main(int argc, char **argv)
{
	struct settings s = {0};
	struct option_list rest = {0};
	struct fault f = {0};

	int failed = options_read(&options, argc, argv, &s, &rest, &f);
	if (failed == 0) {
		loop_init();
		failed = run(&s, &f);
	} else if (failed > 0) {
		failed = 0;
	}
	if (failed)
		log_error("%s", f.text);
	options_release(&options, &s, &rest);
	return fault_exit(failed);
}
