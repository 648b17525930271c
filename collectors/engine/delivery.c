/*
 * delivery: takes one file. Owns what lives as long as the file is open. Never notes a file before
 * its events are acknowledged, and never sends anything of a file that is broken.
 */
#include "collectors/engine/delivery.h"

#include "collectors/engine/frame.h"
#include "collectors/engine/reject.h"
#include "common/civil.h"
#include "common/loop.h"
#include "proto/event_codec.h"
#include "proto/organisation.h"
#include "proto/route.h"

struct delivery {
	const struct delivery_source *s;
	struct delivery_report *report;
	struct leverans *sums; /* the report's */
	struct input *input;
	struct mapping_context context; /* its leverans_id is the delivery's */
	struct progress_file entry;
	struct reject *reject;
	struct buf encoded;
};

void delivery_report_release(struct delivery_report *r)
{
	free(r->file);
	free(r->rejects);
	*r = (struct delivery_report){0};
}

static int put(struct delivery *d, const struct event *e, struct fault *f)
{
	struct sink *sink = d->s->sink;

	buf_reset(&d->encoded);
	event_encode(e, &d->encoded);
	return sink->put(sink, route_event(e, sink->partitions), e->id,
			 (struct span){d->encoded.data, d->encoded.len}, f);
}

static int save(struct delivery *d, enum progress_outcome outcome, struct fault *f)
{
	d->entry.outcome = outcome;
	return progress_save(d->s->progress, &d->entry, f);
}

static struct frame frame_of(const struct delivery *d)
{
	struct frame frame = {
		.source = mapping_source(d->s->mapping),
		.version_kind = mapping_version_kind(d->s->mapping),
		.now_ms = d->context.now_ms,
	};

	memcpy(frame.fingerprint, d->s->fingerprint, sizeof(frame.fingerprint));
	memcpy(frame.id, d->context.leverans_id, sizeof(frame.id));
	return frame;
}

static int open_delivery(struct delivery *d, struct fault *f)
{
	const struct frame frame = frame_of(d);
	int err = save(d, PROGRESS_STARTED, f);

	return err == 0 ? frame_open(&frame, d->sums, d->s->sink, f) : err;
}

static int close_delivery(struct delivery *d, uint8_t phase, enum progress_outcome outcome,
			  struct fault *f)
{
	const struct frame frame = frame_of(d);
	int err = frame_close(&frame, phase, d->sums, d->s->sink, f);

	return err == 0 ? save(d, outcome, f) : err;
}

static int quarantine(struct delivery *d, enum reason reason, struct fault *f)
{
	d->report->outcome = DELIVERY_QUARANTINED;
	d->sums->reason = (uint8_t)reason;
	return close_delivery(d, PHASE_QUARANTINED, PROGRESS_QUARANTINED, f);
}

static int reject(struct delivery *d, const struct record *record, uint64_t line,
		  enum reason reason, const char *where, struct fault *f)
{
	struct reject_record r = {
		.file = d->input->name,
		.line = line,
		.reason = reason,
		.where = where,
		.offset = record->offset,
		.bytes = record->bytes,
	};
	struct buf original = {0};

	d->sums->rejected[reason]++;
	input_digest_at(d->input, record->offset, record->bytes, r.sha256);
	if (d->s->seal != NULL && record->bytes <= REJECT_SEALED_MAX &&
	    input_copy_at(d->input, record->offset, (size_t)record->bytes, &original))
		r.original = (struct span){original.data, original.len};
	int err = reject_add(d->reject, &r, f);
	if (original.data != NULL)
		explicit_bzero(original.data, original.cap);
	buf_release(&original);
	return err;
}

static int take_record(struct delivery *d, const struct record *record, struct fault *f)
{
	struct mapping_result result;
	struct event e;

	switch (mapping_eval(d->s->mapping, record, &d->context, NULL, &e, &result)) {
	case MAPPING_NOT_CONTACT: d->sums->not_contact++; return 0;
	case MAPPING_REJECTED:
		return reject(d, record, result.line, result.reason, result.column, f);
	case MAPPING_EVENT: break;
	}
	d->report->noted[REASON_PNR_INVALID] += result.pnr_invalid;
	d->report->noted[REASON_FORVALTNING] += organisation_contradicts(d->s->organisation,
									 &e.contact);
	d->sums->sent++;
	return put(d, &e, f);
}

static int take_bad(struct delivery *d, const struct reader_item *item, struct fault *f)
{
	char where[32] = "";

	if (item->byte > 0)
		(void)snprintf(where, sizeof(where), "byte %u", item->byte); /* it fits */
	return reject(d, &item->record, item->record.line, item->reason, where, f);
}

/* *ret_status says how the reading ended; READER_RECORD: a stop was asked for. */
static int emit_all(struct delivery *d, void *reader, enum reader_status *ret_status,
		    struct fault *f)
{
	struct reader_item item;
	int err = 0;

	for (*ret_status = READER_RECORD; err == 0 && !loop_stopping(); d->sums->read++) {
		enum reader_status status = d->s->reader->next(reader, &item);
		if (status > READER_BAD) {
			*ret_status = status;
			break;
		}
		err = status == READER_RECORD ? take_record(d, &item.record, f)
					      : take_bad(d, &item, f);
	}
	return err;
}

/* What was put is acknowledged when it returns 0. *ret_same: the file is the one surveyed. */
static int emit(struct delivery *d, bool *ret_same, struct fault *f)
{
	enum reader_status status;
	void *reader = d->s->reader->open(input_again(d->input), d->s->mapping);

	int err = emit_all(d, reader, &status, f);
	d->s->reader->close(reader);
	if (err == 0)
		err = d->s->sink->flush(d->s->sink, f);
	if (err == 0 && status == READER_RECORD)
		err = fault_set(f, FAULT_UNAVAILABLE, "stopped");
	*ret_same = err == 0 && input_same(d->input);
	return err;
}

static int deliver(struct delivery *d, struct fault *f)
{
	struct leverans *sums = d->sums;
	bool same = false;

	d->reject = reject_new(d->s->state, mapping_source(d->s->mapping), sums->sha256,
			       sums->reading, d->s->seal);
	sums->read = 0;
	int err = open_delivery(d, f);
	if (err == 0)
		err = emit(d, &same, f);
	if (err == 0 && same)
		err = reject_commit(d->reject, f);
	if (err == 0)
		err = same ? close_delivery(d, PHASE_CLOSING, PROGRESS_COMPLETE, f)
			   : quarantine(d, REASON_READ_ERROR, f);
	if (err < 0)
		return fault_prefix(f, "%s is open and will be read again", d->input->path);
	if (same && sums->read > sums->sent + sums->not_contact)
		d->report->rejects = base_strdup(reject_path(d->reject));
	return 0;
}

/* What the file is called in this source: its place in the progress file, its reading number. */
static enum progress_outcome identify(struct delivery *d)
{
	const struct delivery_source *s = d->s;
	struct progress_file *entry = &d->entry;

	memcpy(entry->sha256, d->report->survey.sha256, DIGEST_BYTES);
	input_path_id(d->input, s->key, entry->path_id);
	entry->path = d->input->absolute;
	const struct progress_file *stands = progress_find(s->progress, entry->path_id,
							   entry->sha256);
	entry->reading = stands != NULL ? stands->reading
					: progress_next_reading(s->progress, entry->sha256);
	frame_id(s->key, mapping_source(s->mapping), entry->sha256, entry->reading,
		 d->context.leverans_id);
	d->sums->reading = entry->reading;
	memcpy(d->sums->sha256, entry->sha256, DIGEST_BYTES);
	return stands == NULL ? PROGRESS_STARTED : stands->outcome;
}

static int take_file(struct delivery *d, struct fault *f)
{
	struct delivery_report *r = d->report;
	struct span name = {d->input->name, strnlen(d->input->name, sizeof(d->sums->name) - 1)};

	if (identify(d) == PROGRESS_COMPLETE) {
		r->outcome = DELIVERY_DUP_FILE;
		r->noted[REASON_DUP_FILE] = 1;
		return 0;
	}
	memcpy(d->sums->name, name.data, text_utf8_prefix(name));
	d->sums->read = r->survey.read;
	r->noted[REASON_TRUNCATED] = r->survey.truncated;
	r->noted[REASON_EMPTY_BATCH] = r->survey.read == 0 && r->survey.reason == REASON_NONE;
	return r->survey.reason == REASON_NONE ? deliver(d, f) : quarantine(d, r->survey.reason, f);
}

/* The first reading. What is packed in a way that we do not read is only digested. */
static int survey(struct delivery *d, struct fault *f)
{
	const struct delivery_source *s = d->s;
	struct survey *ret = &d->report->survey;
	enum reason reason;

	int err = input_unpack(d->input, s->state, &reason, f);
	if (err < 0)
		return err;
	d->context.file_name = d->input->raw_name; /* of what was in it, when it was packed */
	if (reason == REASON_NONE) {
		struct promised said = promise_begin(s->promise, d->input);
		err = survey_file(d->input, s->reader, s->mapping, &d->context, ret, f);
		promise_judge(s->promise, d->input, said, ret);
		return err;
	}
	*ret = (struct survey){.reason = reason, .where = ""};
	(void)input_rewind(d->input);
	if (!input_end(d->input, ret->sha256))
		ret->reason = REASON_READ_ERROR;
	if (d->input->name_leaks)
		ret->reason = REASON_PNR_LEAK;
	return 0;
}

int delivery_run(const struct delivery_source *s, const char *path, struct delivery_report *ret,
		 struct fault *f)
{
	struct delivery d = {.s = s, .report = ret, .sums = &ret->sums};

	*ret = (struct delivery_report){0};
	int err = input_open(path, &d.input, f);
	if (err < 0)
		return err;
	ret->file = base_strdup(d.input->path);
	d.context = (struct mapping_context){
		.now_ms = civil_now_ms(),
		.file_mtime_ms = d.input->mtime_ms,
		.key = s->key,
	};
	memcpy(d.context.fingerprint, s->fingerprint, sizeof(d.context.fingerprint));
	err = survey(&d, f);
	if (err == 0)
		err = take_file(&d, f);
	reject_free(d.reject);
	input_close(d.input);
	buf_release(&d.encoded);
	return err;
}
