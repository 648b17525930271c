/*
 * collect_stream: two threads and a spool between them: one reads stdin, whatever becomes of Kafka,
 * the other sends, and tries again what passes by itself. Owns the spool.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "collectors/engine/collect_private.h"
#include "collectors/engine/intake.h"
#include "collectors/engine/spool_send.h"
#include "common/civil.h"
#include "common/log.h"
#include "common/loop.h"
#include "proto/codes.h"

#define WAIT_MS 200
#define MIB     (UINT64_C(1) << 20)

struct sender {
	struct run *run;
	struct spool *spool;
	pthread_t thread;
	atomic_llong read_ms; /* when reading was over, monotonic; 0 before that */
	int err;
	struct fault f;
};

static bool reads_stdin(const struct run *r)
{
	return r->files->count > 0;
}

bool stream_is_wanted(const struct run *r)
{
	for (size_t i = 0; i < r->files->count; i++)
		if (strcmp(r->files->item[i], "-") == 0)
			return true;
	return r->o->spool != NULL;
}

int stream_check(const struct run *r, struct fault *f)
{
	const uint8_t kind = mapping_version_kind(r->mapping);

	if (r->o->spool == NULL)
		return fault_set(
			f, FAULT_USAGE,
			"stdin cannot be read twice: --spool names a folder to keep it in");
	if (r->files->count > 1 || (reads_stdin(r) && strcmp(r->files->item[0], "-") != 0))
		return fault_set(
			f, FAULT_USAGE,
			"with --spool the only FILE is -, or there is none: a file needs no "
			"spool");
	if (r->o->explain > 0 || r->o->sha256 || r->o->trailer != NULL)
		return fault_set(f, FAULT_USAGE,
				 "--explain and --promise-.. are about files, not about a stream");
	if (kind == VERSION_KIND_FILENAME || kind == VERSION_KIND_MTIME)
		return fault_set(
			f, FAULT_USAGE,
			"the mapping takes the version from the file's %s, and a stream has "
			"none",
			kind == VERSION_KIND_MTIME ? "time" : "name");
	return 0;
}

/* Whether what failed may pass by itself. */
static bool may_pass(const struct sender *s, int err)
{
	if (err != FAULT_UNAVAILABLE && err != FAULT_IO && err != FAULT_STATE)
		return false;
	return s->read_ms == 0 ||
	       civil_monotonic_ms() < s->read_ms + (int64_t)s->run->o->kafka_timeout;
}

/* Nobody waits longer for a stream that has ended than for its files. */
static void pause_sending(const struct sender *s, int ms)
{
	for (int left = ms; left > 0 && !loop_stopping(); left -= WAIT_MS) {
		loop_pause(left < WAIT_MS ? left : WAIT_MS);
		if (s->read_ms != 0 && ms - left >= RETRY_MIN_MS)
			return;
	}
}

static void note_sent(struct run *r, struct delivery_report *d, uint64_t lost)
{
	if (lost > 0)
		log_error(
			"%s was damaged: %llu records of it are lost, and it is set aside as .bad",
			d->file, (unsigned long long)lost);
	run_note(r, d);
}

/* One segment: 1 when it was sent, 0 when there is none. */
static int send_one(struct sender *s)
{
	struct delivery_report d;
	uint64_t lost = 0;

	if (!spool_has_more(s->spool))
		return 0;
	int err = s->run->source.sink == NULL ? run_open_kafka(s->run, &s->f) : 0;
	if (err == 0)
		err = spool_send(&s->run->source, s->spool, &d, &lost, &s->f);
	if (err == 1)
		note_sent(s->run, &d, lost);
	return err;
}

static void *send_spool(void *arg)
{
	struct sender *s = arg;
	int pause = RETRY_MIN_MS;
	uint64_t seen = 0;

	while (!loop_stopping()) {
		const bool over = s->read_ms != 0;
		s->err = send_one(s);
		if (s->err == 0 && over)
			return NULL;
		if (s->err == 0)
			spool_wait(s->spool, WAIT_MS, &seen);
		if (s->err >= 0) {
			pause = RETRY_MIN_MS;
			continue;
		}
		run_close_kafka(s->run);
		if (loop_stopping())
			break;
		if (!may_pass(s, s->err)) {
			loop_stop(); /* nothing is read for nobody */
			return NULL;
		}
		log_warning("%s; trying again in %d s", s->f.text, pause / 1000);
		pause_sending(s, pause);
		pause = pause < RETRY_MAX_MS ? 2 * pause : pause;
	}
	s->err = 0; /* asked to stop, and did */
	return NULL;
}

static int open_spool(struct run *r, struct spool **ret, struct fault *f)
{
	struct spool_options o = {
		.folder = r->o->spool,
		.source = mapping_source(r->mapping),
		.version_kind = mapping_version_kind(r->mapping),
		.key = r->source.key,
		.bytes_max = r->o->spool_max * MIB,
	};
	struct buf told = {0};

	memcpy(o.fingerprint, r->source.fingerprint, sizeof(o.fingerprint));
	int err = spool_open(&o, ret, &told, f);
	char *rest = told.data;
	for (const char *line = strsep(&rest, "\n"); rest != NULL; line = strsep(&rest, "\n"))
		log_warning("%s", line);
	buf_release(&told);
	if (err == 0 && spool_waiting(*ret) > 0)
		log_info("%s: %llu records wait from an earlier run", r->o->spool,
			 (unsigned long long)spool_waiting(*ret));
	return err;
}

static int read_stdin(struct run *r, struct spool *spool, struct fault *f)
{
	const struct intake_options o = {
		.source = &r->source,
		.spool = spool,
		.fd = STDIN_FILENO,
		.name = "stdin",
		.once = r->o->once,
	};

	return reads_stdin(r) ? intake_run(&o, f) : 0;
}

/* What is left when both have ended. */
static int settle(const struct run *r, struct spool *spool, struct sender *s, int read_err,
		  struct fault *f)
{
	const unsigned long long waiting = spool_waiting(spool);

	if (read_err == 0 && s->err < 0) {
		*f = s->f;
		(void)fault_prefix(f, "%llu records wait in the spool %s for the next start",
				   waiting, r->o->spool);
		return f->kind;
	}
	if (waiting > 0)
		log_info("%llu records wait in the spool %s for the next start", waiting,
			 r->o->spool);
	if (read_err == 0 && spool_set_aside(spool) > 0)
		return fault_set(f, FAULT_INPUT,
				 "%zu files of the spool %s are damaged and set aside",
				 spool_set_aside(spool), r->o->spool);
	return read_err;
}

int stream_collect(struct run *r, struct fault *f)
{
	struct sender s = {.run = r};
	int err = progress_pin(r->source.progress, f);

	if (err == 0)
		err = open_spool(r, &s.spool, f);
	if (err < 0)
		return err;
	if (pthread_create(&s.thread, NULL, send_spool, &s) != 0)
		BUG("no thread");
	err = read_stdin(r, s.spool, f);
	if (err < 0)
		loop_stop();
	s.read_ms = civil_monotonic_ms();
	(void)pthread_join(s.thread, NULL); /* it is there and ends */
	err = settle(r, s.spool, &s, err, f);
	spool_free(s.spool);
	return err;
}
