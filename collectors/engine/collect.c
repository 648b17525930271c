/* The run: what is open, in which order it is opened, and what is tried again. */
#include "collectors/engine/collect_private.h"

#include <errno.h>
#include <sys/stat.h>

#include "collectors/engine/explain.h"
#include "collectors/engine/identity.h"
#include "collectors/engine/key_file.h"
#include "collectors/engine/moment.h"
#include "collectors/engine/report.h"
#include "common/civil.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/pairs.h"
#include "common/seal.h"
#include "proto/organisation.h"

/* Of a message, beyond our patience; librdkafka's own whole life of one. */
#define MESSAGE_LIFE_MS 300000

static int set_clock(const char *text, struct fault *f)
{
	struct moment_format rfc3339;
	struct moment now;

	if (text == NULL)
		return 0;
	if (moment_format_parse("YYYY-MM-DDTHH:mm:SSfZ", "", &rfc3339) != NULL)
		BUG("the pattern of RFC 3339");
	if (moment_read(&rfc3339, span_of(text), &now) != REASON_NONE)
		return fault_set(f, FAULT_USAGE,
				 "--clock: not an instant like 2021-01-20T12:00:00Z");
	civil_set_now(now.ms);
	return 0;
}

static int load_joins(const struct run *r, struct fault *f)
{
	if (r->files->count == 0) /* what waits in a spool has been joined */
		return 0;
	const char *first = r->files->item[0];
	size_t len = strlen(first);

	while (len > 1 && first[len - 1] == '/') /* beside a folder is not in it */
		len--;
	const char *slash = memrchr(first, '/', len);
	char *folder = slash == NULL ? base_strdup(".")
				     : base_strndup(first, (size_t)(slash - first) + 1);
	int err = mapping_load_joins(r->mapping, &r->o->with, folder, f);

	free(folder);
	return err;
}

static int load_organisation(struct run *r, struct fault *f)
{
	dated_free(r->source.organisation);
	r->source.organisation = NULL;
	if (r->o->org == NULL)
		return 0;
	return dated_load(r->o->org, &organisation_shape, &r->source.organisation, f);
}

/* Files of others that may change while we run. */
static int load_tables(struct run *r, struct fault *f)
{
	int err = load_joins(r, f);

	return err == 0 ? load_organisation(r, f) : err;
}

static int load_key(struct run *r, struct fault *f)
{
	uint8_t key[KEY_FILE_BYTES];
	int err = key_file_read(r->o->key, key, f);

	if (err < 0)
		return err;
	r->source.key = digest_mac_new(key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	identity_fingerprint(r->source.key, r->source.fingerprint);
	return 0;
}

static int open_progress(struct run *r, struct fault *f)
{
	struct progress_pins pins = {.version_kind = mapping_version_kind(r->mapping)};

	if (pins.version_kind == VERSION_KIND_MTIME)
		log_warning("source %s takes the file's time as version: a copy of an old file "
			    "wins over a new one",
			    mapping_source(r->mapping));
	memcpy(pins.fingerprint, r->source.fingerprint, sizeof(pins.fingerprint));
	if (mkdir(r->o->state, 0700) < 0 && errno != EEXIST)
		return fault_errno(f, FAULT_CONFIG, "--state %s", r->o->state);
	return progress_open(r->o->state, mapping_source(r->mapping), &pins, &r->source.progress,
			     f);
}

/*
 * A message must outlive our patience: one whose own time is up first is lost (74), and what waiting
 * would mend is told as what a person must look at. What the user sets stands behind ours, and wins.
 */
int run_open_kafka(struct run *r, struct fault *f)
{
	struct option_list all = {0};
	char life[24];

	(void)snprintf(life, sizeof(life), "%llu",
		       (unsigned long long)r->o->kafka_timeout + MESSAGE_LIFE_MS);
	pairs_add(&all, "bootstrap.servers", r->o->kafka);
	pairs_add(&all, "message.timeout.ms", life);
	pairs_add_all(&all, &r->o->properties);
	int err = sink_kafka_open(r->o->topic, &all, (int)r->o->kafka_timeout, &r->source.sink, f);
	pairs_release(&all);
	return err;
}

/*
 * At the start, so that what waiting does not mend is told at once. A folder that is watched on waits,
 * with its first file.
 */
static int try_kafka(struct run *r, bool folder, struct fault *f)
{
	int err = run_open_kafka(r, f);

	if (err != FAULT_UNAVAILABLE || !folder || r->o->once)
		return err;
	if (!loop_stopping())
		log_warning("%s; the first file will wait for it", f->text);
	return 0;
}

/* What is ours before what is others': nothing is asked of Kafka while something here is wrong. */
static int prepare(struct run *r, bool folder, struct fault *f)
{
	if (r->o->key == NULL || r->o->state == NULL || r->o->kafka == NULL)
		return fault_set(f, FAULT_USAGE,
				 "--key, --state and --kafka are required; see --help");
	int err = load_key(r, f);
	if (err == 0)
		err = load_tables(r, f);
	if (err == 0)
		err = open_progress(r, f);
	/* A stream is read also while Kafka is away. */
	if (err == 0 && !stream_is_wanted(r))
		err = try_kafka(r, folder, f);
	return err;
}

static void tell(const struct delivery_report *d)
{
	struct buf text = {0};

	report_text(d, &text);
	if (d->outcome == DELIVERY_QUARANTINED)
		log_error("%s", buf_text(&text));
	else
		log_info("%s", buf_text(&text));
	if (report_is_privacy_alarm(d))
		log_error("privacy alarm: %s holds a personnummer where none may be; nothing of "
			  "that was sent",
			  d->file);
	buf_release(&text);
}

void run_note(struct run *r, const struct delivery_report *d)
{
	tell(d);
	r->report = base_grow(r->report, &r->reports_cap, r->reports + 1, sizeof(*d));
	r->report[r->reports++] = *d;
}

static void forget_reports(struct run *r)
{
	while (r->reports > 0)
		delivery_report_release(&r->report[--r->reports]);
}

static int take(struct run *r, const char *path, struct delivery_report *d, struct fault *f)
{
	int err = delivery_run(&r->source, path, d, f);

	if (err < 0)
		delivery_report_release(d);
	return err;
}

static int collect_files(struct run *r, struct fault *f)
{
	struct delivery_report d;

	for (size_t i = 0; i < r->files->count; i++) {
		int err = take(r, r->files->item[i], &d, f);
		if (err < 0)
			return err;
		run_note(r, &d);
	}
	return 0;
}

void run_close_kafka(struct run *r)
{
	if (r->source.sink != NULL)
		r->source.sink->close(r->source.sink);
	r->source.sink = NULL;
}

/* Waits out what passes by itself: Kafka that does not answer, a full disk. */
static int take_patiently(struct run *r, const char *path, struct delivery_report *d,
			  struct fault *f)
{
	for (int pause = RETRY_MIN_MS;; pause = pause < RETRY_MAX_MS ? 2 * pause : pause) {
		int err = r->source.sink == NULL ? run_open_kafka(r, f) : 0;
		if (err == 0)
			err = take(r, path, d, f);
		if ((err != FAULT_UNAVAILABLE && err != FAULT_IO) || r->o->once || loop_stopping())
			return err;
		log_warning("%s; trying again in %d s", f->text, pause / 1000);
		run_close_kafka(r);
		loop_pause(pause);
	}
}

/* A disk that was full when the receipt was written may have room again. */
static int move_patiently(struct run *r, const struct delivery_report *d, struct fault *f)
{
	struct buf receipt = {0};
	int err = FAULT_IO;

	report_json(d, &receipt);
	for (int pause = RETRY_MIN_MS; err == FAULT_IO;
	     pause = pause < RETRY_MAX_MS ? 2 * pause : pause) {
		err = watch_move(r->watch, d->outcome != DELIVERY_QUARANTINED,
				 (struct span){receipt.data, receipt.len},
				 d->outcome == DELIVERY_DUP_FILE, f);
		if (err != FAULT_IO || r->o->once || loop_stopping())
			break;
		log_warning("%s; trying again in %d s", f->text, pause / 1000);
		loop_pause(pause);
	}
	buf_release(&receipt);
	return err;
}

/* Nobody waits behind a file that is gone again, not ours to read, or cannot be put away. */
static int leave(struct run *r, const struct fault *f)
{
	log_error("%s", f->text);
	watch_leave(r->watch);
	r->left++;
	return 0;
}

/* One file of the folder to its end: delivered, told, receipted and moved. */
static int take_from_folder(struct run *r, const char *path, struct fault *f)
{
	struct delivery_report d;

	int err = take_patiently(r, path, &d, f);
	if (err == FAULT_NOINPUT)
		return leave(r, f);
	if (err < 0)
		return err;
	run_note(r, &d); /* whatever becomes of the move, it is told */
	err = move_patiently(r, &d, f);
	if (err == FAULT_INPUT) {
		(void)fault_prefix(f, "%s stays where it is; rename it", d.file);
		return leave(r, f);
	}
	if (err > 0)
		log_warning("%s has changed since it was read: it is not moved, and taken again",
			    d.file);
	return err < 0 ? err : 0;
}

static int collect_folder(struct run *r, struct fault *f)
{
	const struct watch_options o = {
		.folder = r->files->item[0],
		.settle_ms = r->o->settle,
		.once = r->o->once,
		.need_sha = r->o->sha256,
	};
	const char *path;

	int err = watch_open(&o, &r->watch, f);
	while (err == 0) {
		err = watch_next(r->watch, &path, f);
		if (err <= 0)
			break;
		/* They may have changed since the last file came. */
		err = o.once ? 0 : load_tables(r, f);
		if (err == 0)
			err = take_from_folder(r, path, f);
		if (!o.once)
			forget_reports(r);
	}
	if (err == FAULT_UNAVAILABLE && !o.once && loop_stopping())
		return 0; /* asked to stop, and did: the file is read again at the next start */
	if (err == 0 && watch_unfinished(r->watch) > 0)
		log_info("%s: %zu files are not finished and were left", o.folder,
			 watch_unfinished(r->watch));
	return err;
}

/* Goes on after a quarantined file, stops at a fault; a quarantine is one in the end. */
static int collect(struct run *r, bool folder, struct fault *f)
{
	struct fault second; /* nobody hears of it: the first one ends the program anyway */
	size_t quarantined = 0;

	int err = stream_is_wanted(r) ? stream_collect(r, f)
		  : folder            ? collect_folder(r, f)
				      : collect_files(r, f);
	for (size_t i = 0; i < r->reports; i++)
		quarantined += r->report[i].outcome == DELIVERY_QUARANTINED;
	if (r->o->report != NULL) {
		int unwritten = report_write(r->o->report, r->report, r->reports,
					     err == 0 ? f : &second);
		err = err == 0 ? unwritten : err;
	}
	if (err == 0 && quarantined > 0)
		err = fault_set(f, FAULT_INPUT, "%zu of %zu files are quarantined", quarantined,
				r->reports);
	if (err == 0 && r->left > 0 && r->o->once)
		err = fault_set(f, FAULT_NOINPUT, "%zu files were left where they are", r->left);
	return err;
}

/* *ret_folder: FILE is a folder; then it is the only one, and nobody waits for its reports. */
static int check_files(const struct run *r, bool *ret_folder, struct fault *f)
{
	struct stat st;
	size_t folders = 0;

	for (size_t i = 0; i < r->files->count; i++)
		folders += stat(r->files->item[i], &st) == 0 && S_ISDIR(st.st_mode);
	*ret_folder = folders > 0;
	if (stream_is_wanted(r))
		return stream_check(r, f);
	if (r->files->count == 0)
		return fault_set(f, FAULT_USAGE, "FILE is missing; see --help");
	if (folders > 0 && r->files->count > 1)
		return fault_set(f, FAULT_USAGE, "a folder is watched alone: no other FILE");
	if (folders > 0 && r->o->explain > 0)
		return fault_set(f, FAULT_USAGE, "--explain needs a file, not a folder");
	if (folders > 0 && !r->o->once && r->o->report != NULL)
		return fault_set(f, FAULT_USAGE,
				 "--report of a folder needs --once; each file has its receipt");
	return 0;
}

static int explain(struct run *r, struct fault *f)
{
	int err = load_tables(r, f);
	const struct explain_of of = {
		.reader = r->source.reader,
		.mapping = r->mapping,
		.organisation = r->source.organisation,
	};

	return err == 0 ? explain_record(&of, r->files->item[0], r->o->explain, stdout, f) : err;
}

static int run_all(struct run *r, bool check, struct fault *f)
{
	int err = set_clock(r->o->clock, f);

	if (err == 0 && r->o->seal_key != NULL)
		err = seal_read_public(r->o->seal_key, &r->seal, f);
	if (err == 0)
		err = promise_new(r->o->sha256, r->o->trailer, &r->promise, f);
	if (err == 0)
		err = mapping_load(r->o->mapping, &r->mapping, f);
	if (err == 0 && check && r->o->key != NULL)
		err = load_key(r, f);
	if (err == 0 && check)
		err = load_organisation(r, f);
	if (err < 0 || check)
		return err;
	bool folder;
	r->source.reader = reader_by_name(mapping_format(r->mapping));
	err = check_files(r, &folder, f);
	if (err < 0)
		return err;
	r->source.mapping = r->mapping;
	r->source.state = r->o->state;
	r->source.promise = r->promise;
	r->source.seal = r->seal;
	if (r->o->explain > 0)
		return explain(r, f);
	err = prepare(r, folder, f);
	return err == 0 ? collect(r, folder, f) : err;
}

static void release(struct run *r)
{
	forget_reports(r);
	free(r->report);
	run_close_kafka(r);
	watch_free(r->watch);
	promise_free(r->promise);
	seal_free(r->seal);
	progress_free(r->source.progress);
	digest_mac_free(r->source.key);
	dated_free(r->source.organisation);
	mapping_free(r->mapping);
}

int collect_run(const struct collect_options *o, const struct option_list *files, bool check,
		struct fault *f)
{
	struct run r = {.o = o, .files = files};
	int err = run_all(&r, check, f);

	if (err == 0 && check)
		log_info("OK: the options and the mapping of source %s", mapping_source(r.mapping));
	release(&r);
	return err;
}
