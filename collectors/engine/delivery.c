/*
 * delivery: takes one file. Owns what lives as long as the file is open. Never notes a file before
 * its events are acknowledged, and never sends anything of a file that is broken.
 */
#include "collectors/engine/delivery.h"

#include "collectors/engine/input.h"
#include "collectors/engine/reject.h"
#include "collectors/engine/survey.h"
#include "common/civil.h"
#include "common/loop.h"
#include "proto/event_codec.h"
#include "proto/route.h"

struct delivery {
	const struct delivery_source *s;
	struct delivery_report *report;
	struct input *input;
	struct mapping_context context; /* its leverans_id is the delivery's */
	struct progress_file entry;
	struct reject *reject;
	struct buf encoded;
};

const char *delivery_outcome_name(enum delivery_outcome o)
{
	static const char *const name[] = {
		[DELIVERY_COMPLETE] = "complete",
		[DELIVERY_QUARANTINED] = "quarantined",
		[DELIVERY_DUP_FILE] = "dup_file",
	};

	return name[o];
}

void delivery_report_release(struct delivery_report *r)
{
	free(r->file);
	free(r->where);
	free(r->rejects);
	*r = (struct delivery_report){0};
}

void delivery_id(struct digest_mac *key, const char *source, const uint8_t sha256[DIGEST_BYTES],
		 uint32_t reading, uint8_t ret[EVENT_ID_BYTES])
{
	uint8_t mac[DIGEST_BYTES];
	char number[16];

	(void)snprintf(number, sizeof(number), "%u", reading); /* ten digits at most */
	const struct span part[] = {
		span_of("leverans.id/1"),
		span_of(source),
		{(const char *)sha256, DIGEST_BYTES},
		span_of(number),
	};
	digest_mac_parts(key, part, ARRAY_SIZE(part), mac);
	memcpy(ret, mac, EVENT_ID_BYTES);
}

static int put(struct delivery *d, const struct event *e, struct fault *f)
{
	struct sink *sink = d->s->sink;

	buf_reset(&d->encoded);
	event_encode(e, &d->encoded);
	return sink->put(sink, route_event(e, sink->partitions), e->id,
			 (struct span){d->encoded.data, d->encoded.len}, f);
}

static void copy_name(const char *name, char *ret, size_t size)
{
	struct span s = span_of(name);

	if (s.len > size - 1)
		s.len = size - 1;
	s.len = text_utf8_prefix(s);
	memcpy(ret, s.data, s.len);
	ret[s.len] = '\0';
}

static int put_frame(struct delivery *d, uint8_t phase, int partition, struct fault *f)
{
	const struct delivery_report *r = d->report;
	const char *field;
	struct event e;

	event_init(&e);
	copy_name(mapping_source(d->s->mapping), e.source, sizeof(e.source));
	memcpy(e.fingerprint, d->s->fingerprint, sizeof(e.fingerprint));
	memcpy(e.id, d->context.leverans_id, sizeof(e.id));
	memcpy(e.leverans_id, d->context.leverans_id, sizeof(e.leverans_id));
	e.version_kind = mapping_version_kind(d->s->mapping);
	e.op = OP_UPSERT;
	e.produced_ms = d->context.now_ms;
	e.body = EVENT_LEVERANS;
	e.leverans.phase = phase;
	e.leverans.partition = partition;
	e.leverans.reading = d->entry.reading;
	memcpy(e.leverans.sha256, d->entry.sha256, sizeof(e.leverans.sha256));
	copy_name(d->input->name, e.leverans.name, sizeof(e.leverans.name));
	if (phase != PHASE_OPENING) {
		e.leverans.read = r->read;
		e.leverans.sent = r->sent;
		e.leverans.not_contact = r->not_contact;
		memcpy(e.leverans.rejected, r->rejected, sizeof(e.leverans.rejected));
		e.leverans.reason = (uint8_t)r->reason;
	}
	/*
	 * This is also where the sums are enforced: a closing that does not balance is not right.
	 */
	if (event_check(&e, &field) != REASON_NONE)
		BUG(field);
	return put(d, &e, f);
}

static int flush(struct delivery *d, struct fault *f)
{
	return d->s->sink->flush(d->s->sink, f);
}

static int save(struct delivery *d, enum progress_outcome outcome, struct fault *f)
{
	d->entry.outcome = outcome;
	return progress_save(d->s->progress, &d->entry, f);
}

static int open_delivery(struct delivery *d, struct fault *f)
{
	int err = save(d, PROGRESS_STARTED, f);

	for (int i = 0; err == 0 && i < d->s->sink->partitions; i++)
		err = put_frame(d, PHASE_OPENING, i, f);
	return err == 0 ? flush(d, f) : err;
}

static int close_delivery(struct delivery *d, struct fault *f)
{
	int err = reject_commit(d->reject, f);

	if (err == 0)
		err = put_frame(d, PHASE_CLOSING, -1, f);
	if (err == 0)
		err = flush(d, f);
	return err == 0 ? save(d, PROGRESS_COMPLETE, f) : err;
}

static int quarantine(struct delivery *d, enum reason reason, struct fault *f)
{
	d->report->outcome = DELIVERY_QUARANTINED;
	d->report->reason = reason;
	int err = put_frame(d, PHASE_QUARANTINED, -1, f);
	if (err == 0)
		err = flush(d, f);
	return err == 0 ? save(d, PROGRESS_QUARANTINED, f) : err;
}

static int reject(struct delivery *d, const struct record *record, uint64_t line,
		  enum reason reason, const char *where, struct fault *f)
{
	struct reject_record line_of_list = {
		.file = d->input->name,
		.line = line,
		.reason = reason,
		.where = where,
		.offset = record->offset,
		.bytes = record->bytes,
	};

	d->report->rejected[reason]++;
	input_digest_at(d->input, record->offset, record->bytes, line_of_list.sha256);
	return reject_add(d->reject, &line_of_list, f);
}

static int take_record(struct delivery *d, const struct record *record, struct fault *f)
{
	struct mapping_result result;
	struct event e;

	switch (mapping_eval(d->s->mapping, record, &d->context, NULL, &e, &result)) {
	case MAPPING_NOT_CONTACT: d->report->not_contact++; return 0;
	case MAPPING_REJECTED:
		return reject(d, record, result.line, result.reason, result.column, f);
	case MAPPING_EVENT: break;
	}
	if (result.pnr_invalid)
		d->report->noted[REASON_PNR_INVALID]++;
	d->report->sent++;
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

	while (!loop_stopping()) {
		int err = 0;
		enum reader_status status = d->s->reader->next(reader, &item);
		switch (status) {
		case READER_RECORD: err = take_record(d, &item.record, f); break;
		case READER_BAD: err = take_bad(d, &item, f); break;
		case READER_BROKEN:
		case READER_END: *ret_status = status; return 0;
		}
		if (err < 0)
			return err;
		d->report->read++;
	}
	*ret_status = READER_RECORD;
	return 0;
}

/*
 * Everything that was put is acknowledged when it returns 0. *ret_same: the file is the one
 * surveyed.
 */
static int emit(struct delivery *d, const struct survey *survey, bool *ret_same, struct fault *f)
{
	uint8_t sha256[DIGEST_BYTES];
	enum reader_status status = READER_RECORD;
	void *reader = d->s->reader->open(input_rewind(d->input), d->s->mapping);

	d->report->read = 0;
	int err = emit_all(d, reader, &status, f);
	d->s->reader->close(reader);
	if (err == 0)
		err = flush(d, f);
	if (err < 0)
		return err;
	if (status == READER_RECORD)
		return fault_set(f, FAULT_UNAVAILABLE, "stopped");
	*ret_same = input_end(d->input, sha256) &&
		    memcmp(sha256, survey->sha256, DIGEST_BYTES) == 0 &&
		    d->report->read == survey->read;
	return 0;
}

static int deliver(struct delivery *d, const struct survey *survey, struct fault *f)
{
	struct delivery_report *r = d->report;
	bool same = false;

	d->reject = reject_new(d->s->state, mapping_source(d->s->mapping), survey->sha256,
			       r->reading);
	int err = open_delivery(d, f);
	if (err == 0)
		err = emit(d, survey, &same, f);
	if (err == 0)
		err = same ? close_delivery(d, f) : quarantine(d, REASON_READ_ERROR, f);
	if (err < 0)
		return fault_prefix(f, "%s is open and will be read again", r->file);
	if (same && r->read > r->sent + r->not_contact)
		r->rejects = base_strdup(reject_path(d->reject));
	return 0;
}

/* What a file is called in this source: its place in the progress file, and its reading number. */
static enum progress_outcome identify(struct delivery *d, const struct survey *survey)
{
	const struct delivery_source *s = d->s;
	struct progress_file *entry = &d->entry;

	memcpy(entry->sha256, survey->sha256, DIGEST_BYTES);
	input_path_id(d->input, s->key, entry->path_id);
	entry->path = d->input->absolute;
	const struct progress_file *stands = progress_find(s->progress, entry->path_id,
							   entry->sha256);
	entry->reading = stands == NULL ? progress_next_reading(s->progress, entry->sha256)
					: stands->reading;
	delivery_id(s->key, mapping_source(s->mapping), entry->sha256, entry->reading,
		    d->context.leverans_id);
	d->report->reading = entry->reading;
	return stands == NULL ? PROGRESS_STARTED : stands->outcome;
}

static void note(struct delivery_report *r, const struct survey *survey)
{
	r->read = survey->read;
	r->line = survey->line;
	r->where = base_strdup(survey->where);
	r->unread = survey->unread;
	r->noted[REASON_TRUNCATED] = survey->truncated;
	r->noted[REASON_EMPTY_BATCH] = survey->read == 0 && survey->reason == REASON_NONE;
}

static int take_file(struct delivery *d, const struct survey *survey, struct fault *f)
{
	if (identify(d, survey) == PROGRESS_COMPLETE) {
		d->report->outcome = DELIVERY_DUP_FILE;
		d->report->noted[REASON_DUP_FILE] = 1;
		d->report->where = base_strdup("");
		return 0;
	}
	note(d->report, survey);
	return survey->reason == REASON_NONE ? deliver(d, survey, f)
					     : quarantine(d, survey->reason, f);
}

int delivery_run(const struct delivery_source *s, const char *path, struct delivery_report *ret,
		 struct fault *f)
{
	struct delivery d = {.s = s, .report = ret};
	struct survey survey = {0};

	*ret = (struct delivery_report){0};
	int err = input_open(path, &d.input, f);
	if (err < 0)
		return err;
	ret->file = base_strdup(d.input->path);
	d.context = (struct mapping_context){
		.now_ms = civil_now_ms(),
		.file_name = d.input->raw_name,
		.file_mtime_ms = d.input->mtime_ms,
		.key = s->key,
	};
	memcpy(d.context.fingerprint, s->fingerprint, sizeof(d.context.fingerprint));
	err = survey_file(d.input, s->reader, s->mapping, &d.context, &survey, f);
	if (err == 0)
		err = take_file(&d, &survey, f);
	free(survey.where);
	reject_free(d.reject);
	input_close(d.input);
	buf_release(&d.encoded);
	return err;
}
