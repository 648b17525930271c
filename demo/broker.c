/*
 * broker: kontaktpuls-broker, librdkafka's mock cluster as a process: a Kafka in memory for trial
 * and tests. Prints its address when it is ready, watches what the cluster keeps, and with --dir
 * takes its records over to the next start. Never goes on after a record was lost, in this run or
 * in the one before: DIR/oppen stands from the start to the end of a clean stop.
 */
#include <errno.h>
#include <fcntl.h>
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
	{.name = "dir",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, dir),
	 .argument = "DIR",
	 .help = "Keep the records in DIR/broker.log on a clean stop and offer them again at the "
		 "next start"},
	{.name = "topic",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, topic),
	 .argument = "NAME",
	 .fallback = ROUTE_TOPIC,
	 .form = &route_topic_form,
	 .help = "Topic of the events; NAME.dlq is made beside it"},
	{.name = "partitions",
	 .type = OPTION_COUNT,
	 .offset = offsetof(struct settings, partitions),
	 .argument = "S",
	 .fallback = "4",
	 .min = 1,
	 .max = ROUTE_PARTITIONS_MAX,
	 .help = "Partitions of both topics"},
};

static const struct options options = {
	.program = "kontaktpuls-broker",
	.summary = "A Kafka broker in memory, for trial and tests. It keeps about 5 MiB a "
		   "partition, as "
		   "sent, and ends when it would have to forget.",
	.row = rows,
	.count = ARRAY_SIZE(rows),
};

/* The records of the last run, the topics. */
static int fill(struct broker_log *l, const struct settings *s, const char *path, struct fault *f)
{
	char dlq[ROUTE_TOPIC_MAX + 8];
	uint64_t records = 0;

	route_dlq(s->topic, dlq);
	int failed = path ? broker_log_load(l, path, &records, f) : 0;
	if (failed == 0)
		failed = broker_log_topic(l, s->topic, (int)s->partitions, f);
	if (failed == 0)
		failed = broker_log_topic(l, dlq, (int)s->partitions, f);
	if (failed == 0)
		failed = broker_log_watch(l, f);
	if (failed == 0)
		log_info("in memory, about 5 MiB a partition, for trial and tests; %" PRIu64
			 " records of the last run; topic %s, %" PRIu64 " partitions",
			 records, s->topic, s->partitions);
	return failed;
}

/* Tells whoever waits on stdout; from now on there may be clients. */
static int serve(struct broker_log *l, struct fault *f)
{
	int failed = 0;

	printf("kafka %s\n", broker_log_address(l));
	if (fflush(stdout) != 0)
		return fault_errno(f, FAULT_IO, "stdout");
	while (failed == 0 && !loop_stopping()) {
		loop_pause(WATCH_MS);
		failed = broker_log_watch(l, f);
	}
	return failed;
}

/* FAULT_STATE when the mark of the last run still stands: what it took was never kept. */
static int mark_open(const char *mark, struct fault *f)
{
	int fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		return close(fd);
	if (errno != EEXIST)
		return fault_errno(f, FAULT_IO, "%s", mark);
	return fault_set(
		f, FAULT_STATE,
		"%s: the last run was not stopped but ended, and what was sent to it is lost: "
		"begin again in an empty directory",
		mark);
}

static int keep(struct broker_log *l, const char *path, const char *mark, struct fault *f)
{
	uint64_t records;
	int failed = broker_log_save(l, path, &records, f);

	if (failed == 0 && unlink(mark) != 0)
		failed = fault_errno(f, FAULT_IO, "%s", mark);
	if (failed == 0)
		log_info("%" PRIu64 " records kept in %s", records, path);
	return failed;
}

static int run(const struct settings *s, struct fault *f)
{
	struct broker_log *l = NULL;
	struct buf path = {0}, mark = {0};
	int lock = -1;
	int failed = s->dir ? folder_make(s->dir, f) : 0;

	if (failed == 0 && s->dir)
		failed = folder_lock(s->dir, &lock, f);
	if (failed == 0)
		failed = broker_log_new(&l, f);
	if (failed)
		goto out;
	if (s->dir) {
		buf_addf(&path, "%s/broker.log", s->dir);
		buf_addf(&mark, "%s/oppen", s->dir);
	}
	failed = fill(l, s, s->dir ? buf_text(&path) : NULL, f);
	if (failed == 0 && s->dir)
		failed = mark_open(buf_text(&mark), f);
	if (failed == 0)
		failed = serve(l, f);
	if (failed == 0 && s->dir)
		failed = keep(l, buf_text(&path), buf_text(&mark), f);
out:
	broker_log_free(l);
	buf_release(&path);
	buf_release(&mark);
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
		log_info("OK: the options");
	}
	if (failed < 0)
		log_error("%s", f.text);
	options_release(&options, &s, &rest);
	return failed < 0 ? fault_exit(failed) : 0;
}
