/*
 * spool_send: one segment to the sink. Owns the list of its rejected records until that is on disk.
 * Never closes a delivery whose events are not all acknowledged.
 */
#include "collectors/engine/spool_send.h"

#include "collectors/engine/frame.h"
#include "collectors/engine/reject.h"
#include "common/civil.h"
#include "common/loop.h"
#include "proto/route.h"

#define MORE_WAIT_MS 200
/*
 * What is put before it is waited for: less than what a producer's queue holds (common/kafka_out.h), so
 * that waiting for it is done here, where a stop is heard.
 */
#define BURST_BYTES    (4 << 20)
#define BURST_MESSAGES 8192

struct sending {
	const struct delivery_source *s;
	struct delivery_report *report;
	struct leverans *sums; /* the report's */
	struct spool_reading reading;
	struct reject *reject;
	size_t unflushed, unflushed_bytes;
};

static struct frame frame_of(const struct sending *d)
{
	struct frame frame = {
		.source = mapping_source(d->s->mapping),
		.version_kind = mapping_version_kind(d->s->mapping),
		.now_ms = civil_now_ms(),
	};

	memcpy(frame.fingerprint, d->s->fingerprint, sizeof(frame.fingerprint));
	memcpy(frame.id, d->reading.leverans_id, sizeof(frame.id));
	return frame;
}

static int flush(struct sending *d, struct fault *f)
{
	d->unflushed = d->unflushed_bytes = 0;
	return d->s->sink->flush(d->s->sink, f);
}

/* The partition is worked out here: while Kafka is away nobody knows how many there are. */
static int send_event(struct sending *d, const struct spool_record *r, struct fault *f)
{
	struct sink *sink = d->s->sink;

	d->sums->read++;
	d->sums->sent++;
	if (r->reason != REASON_NONE)
		d->report->noted[r->reason]++;
	d->unflushed++;
	d->unflushed_bytes += r->data.len + EVENT_ID_BYTES;
	int err = sink->put(sink, route_partition(r->id, sink->partitions), r->id, r->data, f);
	if (err < 0 || (d->unflushed < BURST_MESSAGES && d->unflushed_bytes < BURST_BYTES))
		return err;
	return flush(d, f);
}

static int take(struct sending *d, const struct spool_record *r, struct fault *f)
{
	switch (r->kind) {
	case SPOOL_EVENT: return send_event(d, r, f);
	case SPOOL_NOT_CONTACT:
		d->sums->read++;
		d->sums->not_contact++;
		return 0;
	case SPOOL_REJECTED:
		d->sums->read++;
		d->sums->rejected[r->reason]++;
		return reject_add_line(d->reject, r->data, f);
	case SPOOL_NOTE: d->report->noted[r->reason]++; return 0;
	case SPOOL_BROKEN: d->sums->reason = (uint8_t)r->reason; return 0;
	}
	return 0;
}

/* To the end of the segment, as it grows. What was put is acknowledged when it returns 0. */
static int send_all(struct sending *d, struct spool *spool, struct fault *f)
{
	struct spool_record record;
	bool end = false;
	uint64_t seen = 0;
	int err = 0;

	while (err == 0 && !end) {
		if (loop_stopping())
			return fault_set(f, FAULT_UNAVAILABLE, "stopped");
		if (spool_read_next(spool, &d->reading, &record, &end)) {
			err = take(d, &record, f);
			continue;
		}
		if (d->unflushed > 0)
			err = flush(d, f);
		else if (!end)
			spool_wait(spool, MORE_WAIT_MS, &seen);
	}
	return err;
}

static int close_delivery(struct sending *d, struct fault *f)
{
	const struct frame frame = frame_of(d);

	if (d->reading.damage != REASON_NONE)
		d->sums->reason = (uint8_t)d->reading.damage;
	if (d->sums->reason == REASON_NONE)
		return frame_close(&frame, PHASE_CLOSING, d->sums, d->s->sink, f);
	d->report->outcome = DELIVERY_QUARANTINED;
	return frame_close(&frame, PHASE_QUARANTINED, d->sums, d->s->sink, f);
}

static int deliver(struct sending *d, struct spool *spool, struct fault *f)
{
	const struct frame frame = frame_of(d);
	int err = frame_open(&frame, d->sums, d->s->sink, f);

	if (err == 0)
		err = send_all(d, spool, f);
	if (err == 0)
		err = reject_commit(d->reject, f);
	if (err == 0)
		err = close_delivery(d, f);
	if (err == 0)
		err = spool_read_done(spool, &d->reading, f);
	if (err == 0 && d->sums->read > d->sums->sent + d->sums->not_contact)
		d->report->rejects = base_strdup(reject_path(d->reject));
	return err;
}

/* The report and the frames speak of the segment by its name and by the digest of its id. */
static void describe(struct sending *d)
{
	const char *name = strrchr(d->reading.path, '/') + 1;
	struct delivery_report *r = d->report;

	*r = (struct delivery_report){.file = base_strdup(d->reading.path)};
	memcpy(r->survey.sha256, d->reading.sha256, DIGEST_BYTES);
	r->survey.where = "";
	r->sums.reading = 1;
	memcpy(r->sums.sha256, d->reading.sha256, DIGEST_BYTES);
	memcpy(r->sums.name, name, strlen(name));
}

int spool_send(const struct delivery_source *s, struct spool *spool, struct delivery_report *ret,
	       uint64_t *ret_lost, struct fault *f)
{
	struct sending d = {.s = s, .report = ret, .sums = &ret->sums};
	int err = spool_read_oldest(spool, &d.reading, f);

	if (err <= 0)
		return err;
	describe(&d);
	d.reject = reject_new(s->state, mapping_source(s->mapping), d.sums->sha256, d.sums->reading,
			      s->seal);
	err = deliver(&d, spool, f);
	*ret_lost = d.reading.scan.lost;
	reject_free(d.reject);
	spool_read_close(&d.reading);
	if (err < 0)
		delivery_report_release(ret);
	return err < 0 ? err : 1;
}
