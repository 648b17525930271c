/*
 * stage: directories, key, servers, steps. Owns the child processes: none outlives it. Never
 * decides from silence: a server that ended ends the step that needs it.
 */
#include "demo/stage.h"

#include <errno.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/child.h"
#include "common/civil.h"
#include "common/digest.h"
#include "common/loop.h"
#include "demo/cluster.h"
#include "demo/gauge.h"
#include "demo/folder.h"

#define START_MS     60000
#define STOP_MS      60000 /* of a server, which may have much to write */
#define STEP_STOP_MS 5000  /* of a step: what it had not finished is done again */
#define LOOK_MS      20
#define TELL_MS      100
#define SOCKET_MAX   100 /* sun_path holds 108 bytes */
#define KEY_TEXT     (2 * STAGE_KEY_BYTES + 1)

struct stage {
	char *dir, *redis_address, *socket_dir;
	struct cluster kafka;
	bool remove_topics;
	int lock;
	struct child broker, redis;
	struct gauge *gauge; /* NULL until the servers are up */
	uint64_t begun;      /* records in Kafka when a collector began */
	bool counting;
};

static char *path_in(const struct stage *s, const char *name)
{
	struct buf path = {0};

	buf_addf(&path, "%s/%s", s->dir, name);
	return buf_detach(&path);
}

static int make_dirs(struct stage *s, struct fault *f)
{
	static const char *const names[] = {"kafka", "redis", "samlare", "logg"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *path = path_in(s, names[i]);
		int failed = folder_make(path, f);
		free(path);
		if (failed)
			return failed;
	}
	return 0;
}

static int make_key(struct stage *s, const uint8_t *key, struct fault *f)
{
	uint8_t random[STAGE_KEY_BYTES];
	char text[KEY_TEXT + 1];
	struct buf there = {0};
	char *path = path_in(s, "nyckel");

	if (!key)
		digest_random(random, sizeof(random));
	text_hex(key ? key : random, STAGE_KEY_BYTES, text);
	text[KEY_TEXT - 1] = '\n';
	text[KEY_TEXT] = '\0';
	int failed = buf_read_file(&there, path, sizeof(text), f);
	if (failed == FAULT_NOINPUT)
		failed = atomic_file_write(path, 0600, text, KEY_TEXT, f);
	else if (failed == 0 && key && strcmp(buf_text(&there), text) != 0)
		failed = fault_set(f, FAULT_CONFIG, "%s: the key of something else than this",
				   path);
	explicit_bzero(random, sizeof(random));
	explicit_bzero(text, sizeof(text));
	if (there.data)
		explicit_bzero(there.data, there.len);
	buf_release(&there);
	free(path);
	return failed;
}

/* Beside the rest where the path is short enough for a socket, otherwise in a directory of its own. */
static int place_socket(struct stage *s, struct fault *f)
{
	struct buf address = {0};

	if (strlen(s->dir) < SOCKET_MAX - strlen("/redis/redis.sock")) {
		buf_addf(&address, "unix:%s/redis/redis.sock", s->dir);
	} else {
		int failed = folder_temporary(&s->socket_dir, f);
		if (failed)
			return failed;
		buf_addf(&address, "unix:%s/redis.sock", s->socket_dir);
	}
	s->redis_address = buf_detach(&address);
	return 0;
}

int stage_open(const char *dir, const uint8_t *key, struct stage **ret, struct fault *f)
{
	struct stage *s = base_zalloc(1, sizeof(*s));
	struct fault ignored;

	/* Of the service that is set up beside this trial. */
	options_forget_environment();
	s->lock = -1;
	int failed = folder_make(dir, f);
	if (failed == 0)
		failed = folder_lock(dir, &s->lock, f);
	char *real = failed == 0 ? realpath(dir, NULL) : NULL;
	if (failed == 0 && !real)
		failed = fault_errno(f, FAULT_IO, "%s", dir);
	s->dir = real;
	if (failed == 0)
		failed = make_dirs(s, f);
	if (failed == 0)
		failed = make_key(s, key, f);
	if (failed == 0)
		failed = place_socket(s, f);
	if (failed)
		(void)stage_free(s, &ignored); /* nothing runs yet */
	else
		*ret = s;
	return failed;
}

const char *stage_dir(const struct stage *s)
{
	return s->dir;
}

const char *stage_redis(const struct stage *s)
{
	return s->redis_address;
}

const char *stage_topic(const struct stage *s)
{
	return s->kafka.topic;
}

int stage_use_kafka(struct stage *s, const char *address, const struct option_list *properties,
		    bool keep, struct fault *f)
{
	const int failed = cluster_foreign(&s->kafka, s->dir, address, properties, f);

	s->remove_topics = failed == 0 && !keep;
	return failed;
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* Copies what `log` got from byte `from` on to stderr. */
static void show_log(const char *log, off_t from)
{
	FILE *file = fopen(log, "r");
	char line[512];

	if (!file)
		return;
	if (fseeko(file, from, SEEK_SET) == 0)
		while (fgets(line, sizeof(line), file))
			(void)fputs(line, stderr);
	fclose(file);
}

static int start_broker(struct stage *s, struct fault *f)
{
	char *program = child_beside("kontaktpuls-broker"), *dir = path_in(s, "kafka");
	char *log = path_in(s, "logg/broker.log");
	const char *const word[] = {program, "--dir", dir, NULL};
	struct stage_words w = {0};
	char line[96], address[64];

	off_t before = size_of(log);
	stage_words_add(&w, word);
	int failed = child_start("the broker", w.word, CHILD_PIPE, log, &s->broker, f);
	if (failed == 0)
		failed = child_line(&s->broker, START_MS, line, sizeof(line), f);
	if (failed == 0 && sscanf(line, "kafka %63s", address) != 1)
		failed = fault_set(f, FAULT_SOFTWARE, "the broker gave no address");
	if (failed == 0)
		failed = cluster_address(&s->kafka, address, f);
	if (failed)
		show_log(log, before);
	stage_words_release(&w);
	free(program);
	free(dir);
	free(log);
	return failed;
}

/* AOF only: what is acknowledged is written at once and synced every second. */
static int start_redis(struct stage *s, struct fault *f)
{
	char *dir = path_in(s, "redis"), *log = path_in(s, "logg/redis.log");
	const char *const word[] = {
		"redis-server",
		"--port",
		"0",
		"--unixsocket",
		s->redis_address + strlen("unix:"),
		"--unixsocketperm",
		"700",
		"--dir",
		dir,
		"--appendonly",
		"yes",
		"--appendfsync",
		"everysec",
		"--save",
		"",
		"--daemonize",
		"no",
		"--logfile",
		"",
		NULL,
	};
	struct stage_words w = {0};

	stage_words_add(&w, word);
	int failed = child_start("redis-server", w.word, CHILD_TO_LOG, log, &s->redis, f);
	if (failed == FAULT_NOINPUT)
		fault_prefix(f, "it is in Debian's package redis-server");
	stage_words_release(&w);
	free(dir);
	free(log);
	return failed;
}

/* FAULT_UNAVAILABLE once a server has ended or a stop was asked for. */
static int check_alive(struct stage *s, struct fault *f)
{
	struct child *const server[] = {&s->broker, &s->redis};

	if (loop_stopping())
		return fault_set(f, FAULT_UNAVAILABLE, "stopped");
	for (size_t i = s->kafka.foreign ? 1 : 0; i < ARRAY_SIZE(server); i++)
		if (!child_alive(server[i]))
			return fault_set(
				f, FAULT_UNAVAILABLE,
				"%s ended, with status %d: its last words stand in %s/logg",
				server[i]->name, child_stop(server[i], 0), s->dir);
	return 0;
}

static int wait_for_redis(struct stage *s, struct fault *f)
{
	int64_t deadline = civil_monotonic_ms() + START_MS;

	for (;;) {
		int failed = gauge_open(s->redis_address, &s->kafka, &s->gauge, f);
		if (failed == 0)
			return 0;
		failed = check_alive(s, f);
		if (failed)
			return failed;
		if (civil_monotonic_ms() > deadline)
			return fault_set(f, FAULT_UNAVAILABLE, "redis-server is not ready in time");
		loop_pause(LOOK_MS);
	}
}

static void tell(struct stage *s, struct stage_watch watch)
{
	uint64_t sent = gauge_sent(s->gauge);

	if (s->counting)
		watch.tell(watch.of, gauge_counted(s->gauge), sent);
	else
		watch.tell(watch.of, sent - s->begun, 0);
}

struct step {
	const char *program;
	const char *const *own; /* words of ours, NULL-terminated; then .. */
	bool kafka;             /* .. where Kafka is, and .. */
	const struct stage_words *args;
	const char *log; /* where its stderr goes, shown when it fails; NULL: it is inherited */
	struct stage_watch watch;
};

static int run(struct stage *s, const struct step *step, int *ret_status, struct fault *f)
{
	char *program = child_beside(step->program);
	char *log = step->log ? path_in(s, step->log) : NULL;
	struct stage_words w = {0};
	struct child c = {0};
	int64_t told = 0;

	stage_word(&w, program);
	stage_words_add(&w, step->own);
	if (step->kafka)
		cluster_words(&s->kafka, &w);
	for (size_t i = 0; step->args && i < step->args->count; i++)
		stage_word(&w, step->args->word[i]);
	off_t before = log ? size_of(log) : 0;
	int failed = child_start(step->program, w.word, CHILD_INHERIT, log, &c, f);
	while (failed == 0 && child_alive(&c)) {
		failed = check_alive(s, f);
		if (step->watch.tell && civil_monotonic_ms() - told >= TELL_MS) {
			tell(s, step->watch);
			told = civil_monotonic_ms();
		}
		loop_pause(LOOK_MS);
	}
	int status = child_stop(&c, STEP_STOP_MS);
	if (failed == 0 && status != 0 && log)
		show_log(log, before);
	*ret_status = status;
	stage_words_release(&w);
	free(program);
	free(log);
	return failed;
}

static int make_namespace(struct stage *s, struct fault *f)
{
	const char *const own[] = {"init", s->kafka.foreign ? "--lab" : "--embedded", "--redis",
				   s->redis_address, NULL};
	const struct step step = {
		.program = "kontaktpuls-ops", .own = own, .kafka = true, .log = "logg/ops.log"};
	int status = 0;
	int failed = run(s, &step, &status, f);

	if (failed || status == 0)
		return failed;
	if (!s->kafka.foreign)
		return fault_set(f, FAULT_SOFTWARE, "no namespace could be made");
	/* Where nobody answers nothing was made, and nobody can be asked to remove it. */
	s->remove_topics = s->remove_topics && status != EX_UNAVAILABLE;
	return fault_set(f, status == EX_UNAVAILABLE ? FAULT_UNAVAILABLE : FAULT_CONFIG,
			 "no topic could be made in Kafka at %s", s->kafka.address);
}

int stage_up(struct stage *s, struct fault *f)
{
	bool there = false;
	int failed = 0;

	if (!s->kafka.foreign)
		failed = cluster_embedded(&s->kafka, s->dir, f);
	if (failed == 0 && !s->kafka.foreign)
		failed = start_broker(s, f);
	if (failed == 0)
		failed = start_redis(s, f);
	if (failed == 0)
		failed = wait_for_redis(s, f);
	if (failed == 0)
		failed = gauge_namespace(s->gauge, &there, f);
	return failed || there ? failed : make_namespace(s, f);
}

int stage_collect(struct stage *s, const struct stage_words *args, bool quiet,
		  struct stage_watch watch, int *ret_status, struct fault *f)
{
	char *key = path_in(s, "nyckel"), *state = path_in(s, "samlare");
	const char *const own[] = {"--once", "--key", key, "--state", state, NULL};
	const struct step step = {
		.program = "kontaktpuls-collect",
		.own = own,
		.kafka = true,
		.args = args,
		.log = quiet ? "logg/collect.log" : NULL,
		.watch = watch,
	};

	s->begun = watch.tell ? gauge_sent(s->gauge) : 0;
	s->counting = false;
	int failed = run(s, &step, ret_status, f);
	free(key);
	free(state);
	return failed;
}

bool stage_is_behind(struct stage *s)
{
	return gauge_counted(s->gauge) != gauge_sent(s->gauge);
}

int stage_aggregate(struct stage *s, struct stage_watch watch, int *ret_status, struct fault *f)
{
	const char *const own[] = {"--once", "--redis", s->redis_address, NULL};
	const struct step step = {
		.program = "kontaktpuls-aggregate",
		.own = own,
		.kafka = true,
		.log = "logg/aggregate.log",
		.watch = watch,
	};

	s->counting = true;
	return run(s, &step, ret_status, f);
}

int stage_export(struct stage *s, const struct stage_words *args, int *ret_status, struct fault *f)
{
	const char *const own[] = {"--redis", s->redis_address, NULL};
	const struct step step = {.program = "kontaktpuls-export", .own = own, .args = args};

	return run(s, &step, ret_status, f);
}

int stage_free(struct stage *s, struct fault *f)
{
	gauge_close(s->gauge);
	/* Nobody produces any more: what the broker keeps now is everything. */
	int status = child_stop(&s->broker, STOP_MS);
	int failed = status ? fault_set(f, FAULT_IO,
					"the broker ended with status %d: see %s/logg/broker.log",
					status, s->dir)
			    : 0;
	(void)child_stop(&s->redis,
			 STOP_MS); /* its AOF holds what it acknowledged, however it ends */
	if (failed == 0 && s->remove_topics)
		failed = cluster_remove_topics(&s->kafka, f);
	cluster_release(&s->kafka);
	if (s->socket_dir)
		(void)rmdir(s->socket_dir); /* empty: Redis removes its socket */
	if (s->lock >= 0)
		close(s->lock);
	free(s->socket_dir);
	free(s->redis_address);
	free(s->dir);
	free(s);
	return failed;
}
