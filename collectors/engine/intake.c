/*
 * intake: the loop that reads a stream. Owns the stream and the reader. Never reads on while there
 * is no room for what it has read.
 */
#include "collectors/engine/intake.h"

#include "collectors/engine/reject.h"
#include "collectors/engine/stream.h"
#include "common/civil.h"
#include "common/log.h"
#include "common/loop.h"
#include "proto/event_codec.h"
#include "proto/organisation.h"

#define FULL_WAIT_MS 200
#define DISK_WAIT_MS 1000

struct intake {
	const struct intake_options *o;
	struct stream *stream;
	struct mapping_context context;
	struct survey_ids ids; /* of the segment */
	uint8_t segment[EVENT_ID_BYTES];
	struct buf text;
	uint64_t seen; /* of the spool's changes */
	bool told;     /* that there is no room */
	int failed;    /* kind of the fault that ended it */
	struct fault *f;
};

static int fail(struct intake *in, int kind)
{
	in->failed = in->failed != 0 ? in->failed : kind;
	return in->failed;
}

/* A disk that is full: whether to try again. */
static bool is_waited_for(struct intake *in)
{
	if (in->o->once || spool_is_dead(in->o->spool) || loop_stopping())
		return false;
	if (!in->told)
		log_warning("%s; reading waits", in->f->text);
	in->told = true;
	loop_pause(DISK_WAIT_MS);
	return true;
}

static int sync_spool(struct intake *in)
{
	int err = in->failed;

	while (err == 0) {
		err = spool_sync(in->o->spool, UINT64_MAX, in->f);
		if (err == 0 || !is_waited_for(in))
			break;
		err = 0;
	}
	return fail(in, err);
}

/* Before each wait: there is time for the disk, and nobody knows when the next record comes. */
static int on_idle(void *arg)
{
	struct intake *in = arg;

	return sync_spool(in) < 0 ? in->failed : fail(in, spool_seal(in->o->spool, false, in->f));
}

/* Makes room for a record; it belongs to the delivery in the context then. */
static int begin(struct intake *in)
{
	int err;

	while ((err = spool_begin(in->o->spool, loop_stopping(), in->context.leverans_id, in->f)) !=
	       0) {
		if (err < 0 && !is_waited_for(in))
			return fail(in, err);
		if (err < 0)
			continue;
		if (sync_spool(in) < 0)
			return in->failed;
		if (!in->told)
			log_warning("the spool is full: reading waits for Kafka");
		in->told = true;
		spool_wait(in->o->spool, FULL_WAIT_MS, &in->seen);
	}
	if (in->told)
		log_info("there is room again");
	in->told = false;
	if (memcmp(in->segment, in->context.leverans_id, EVENT_ID_BYTES) != 0)
		in->ids = (struct survey_ids){0};
	memcpy(in->segment, in->context.leverans_id, EVENT_ID_BYTES);
	return 0;
}

static int append(struct intake *in, const struct spool_record *r)
{
	(void)spool_append(in->o->spool, r);
	return spool_is_due(in->o->spool) ? sync_spool(in) : 0;
}

static int reject(struct intake *in, const struct record *record, uint64_t line, enum reason reason,
		  const char *where)
{
	const struct span raw = stream_at(in->stream, record->offset, record->bytes);
	struct reject_record r = {
		.file = in->o->name,
		.line = line,
		.reason = reason,
		.where = where,
		.offset = record->offset,
		.bytes = record->bytes,
	};

	digest_sha256(raw.data, raw.len, r.sha256);
	if (raw.len == record->bytes && raw.len <= REJECT_SEALED_MAX)
		r.original = raw;
	buf_reset(&in->text);
	reject_line(&r, in->o->source->seal, &in->text);
	return append(in, &(struct spool_record){
				  .kind = SPOOL_REJECTED,
				  .reason = reason,
				  .data = {in->text.data, in->text.len},
			  });
}

static int take_record(struct intake *in, const struct record *record)
{
	struct mapping_result result;
	struct spool_record r = {.kind = SPOOL_EVENT};
	struct event e;

	in->context.now_ms = civil_now_ms();
	switch (mapping_eval(in->o->source->mapping, record, &in->context, NULL, &e, &result)) {
	case MAPPING_NOT_CONTACT:
		return append(in, &(struct spool_record){.kind = SPOOL_NOT_CONTACT});
	case MAPPING_REJECTED: return reject(in, record, result.line, result.reason, result.column);
	case MAPPING_EVENT: break;
	}
	in->ids.seen++;
	in->ids.like_pnr += result.id_like_pnr;
	buf_reset(&in->text);
	event_encode(&e, &in->text);
	memcpy(r.id, e.id, EVENT_ID_BYTES);
	r.reason = result.pnr_invalid ? REASON_PNR_INVALID : REASON_NONE;
	r.data = (struct span){in->text.data, in->text.len};
	/* With its note in one write. */
	if (organisation_contradicts(in->o->source->organisation, &e.contact)) {
		(void)spool_append(in->o->spool, &r);
		r = (struct spool_record){.kind = SPOOL_NOTE, .reason = REASON_FORVALTNING};
	}
	return append(in, &r);
}

static int take(struct intake *in, enum reader_status status, const struct reader_item *item)
{
	char where[32] = "";

	if (begin(in) < 0)
		return in->failed;
	if (status == READER_RECORD)
		return take_record(in, &item->record);
	if (item->byte > 0)
		(void)snprintf(where, sizeof(where), "byte %u", item->byte); /* it fits */
	return reject(in, &item->record, item->record.line, item->reason, where);
}

/* No record: what is noted of the delivery, or why there will be no more. */
static int remark(struct intake *in, enum spool_kind kind, enum reason reason)
{
	int err = begin(in);

	return err < 0 ? err : append(in, &(struct spool_record){.kind = kind, .reason = reason});
}

/* A record that ends where we stopped reading, and not in a line end, has not come whole. */
static bool is_cut(const struct intake *in, const struct record *record)
{
	const struct span raw = stream_at(in->stream, record->offset, record->bytes);

	return stream_is_stopped(in->stream) &&
	       record->offset + record->bytes >= stream_bytes(in->stream) &&
	       (raw.len == 0 || raw.data[raw.len - 1] != '\n');
}

static void tell_broken(const struct intake *in, const struct reader_item *item)
{
	log_error("%s: %s at line %llu%s%s: %s; nothing after that can be read", in->o->name,
		  reason_name(item->reason), (unsigned long long)item->record.line,
		  item->where[0] != '\0' ? ", " : "", item->where, reason_text(item->reason));
}

static int finish(struct intake *in, enum reader_status status, const struct reader_item *item)
{
	int err = in->failed;

	if (err == 0 && stream_is_stopped(in->stream)) {
		if (status != READER_END)
			log_warning("%s: the stop came in the middle of a record, which is not "
				    "taken",
				    in->o->name);
		return sync_spool(in);
	}
	if (err == 0 && status == READER_END && item->truncated)
		err = remark(in, SPOOL_NOTE, REASON_TRUNCATED);
	if (err == 0 && status == READER_BROKEN) {
		tell_broken(in, item);
		err = remark(in, SPOOL_BROKEN, item->reason);
	}
	return err == 0 ? sync_spool(in) : err;
}

static int read_all(struct intake *in, void *reader)
{
	const struct reader *format = in->o->source->reader;
	struct reader_item item = {.where = ""};
	enum reader_status status = READER_RECORD;
	int err = 0;

	while (err == 0) {
		status = format->next(reader, &item);
		if (in->failed != 0 || status > READER_BAD || is_cut(in, &item.record))
			break;
		err = take(in, status, &item);
		stream_forget(in->stream, item.record.offset + item.record.bytes);
		if (err == 0 && survey_ids_leak(&in->ids)) {
			item = (struct reader_item){.reason = REASON_PNR_LEAK,
						    .where = "",
						    .record.line = item.record.line};
			status = READER_BROKEN;
			break;
		}
	}
	return finish(in, status, &item);
}

int intake_run(const struct intake_options *o, struct fault *f)
{
	struct intake in = {.o = o, .f = f};

	in.context = (struct mapping_context){.file_name = o->name, .key = o->source->key};
	memcpy(in.context.fingerprint, o->source->fingerprint, sizeof(in.context.fingerprint));
	in.stream = stream_new(o->fd, on_idle, &in);
	void *reader = o->source->reader->open(stream_file(in.stream), o->source->mapping);
	int err = read_all(&in, reader);
	if (err == 0)
		err = spool_seal(o->spool, true, f);
	o->source->reader->close(reader);
	if (in.text.data != NULL)
		explicit_bzero(in.text.data, in.text.cap);
	buf_release(&in.text);
	stream_free(in.stream);
	return err;
}
