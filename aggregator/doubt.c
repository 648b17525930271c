/*
 * doubt: judging, assigning, asking again. Owns the patience with brokers; never touches a state.
 */
#include "aggregator/doubt.h"

#include <inttypes.h>

#include "aggregator/watch.h"
#include "common/civil.h"
#include "common/log.h"
#include "common/loop.h"

#define KAFKA_MS  10000 /* patience with one answer of Kafka */
#define WATCH_MS  60000
#define SHAKEN_MS 2000  /* after a connection broke; also the patience of a watch */
#define STALL_MS  20000 /* a partition may wait its turn for so long while others have a backlog */

/* A broker that comes back is asked soon, one that does not is given half a minute in all. */
static const int again_ms[] = {1000, 9000, 20000};

#define DOUBTS_MAX ((int)ARRAY_SIZE(again_ms))

static int judge(struct doubt *d, int patience_ms, struct fault *f)
{
	const int all = d->partition[0].state.partitions;
	int now = all;
	int kind = kafka_in_partitions(d->in, patience_ms, &now, f);

	if (kind == 0 && now != all)
		kind = fault_set(f, FAULT_STATE,
				 "topic %s has got %d partitions, %d are counted: the number is "
				 "fixed for life",
				 d->topic, now, all);
	for (int i = 0; kind == 0 && i < d->count; i++) {
		kind = kafka_in_watermarks(d->in, d->partition[i].state.partition, patience_ms,
					   &d->low[i], &d->high[i], f);
		if (kind == 0)
			kind = partition_judge(&d->partition[i], d->low[i], d->high[i], f);
	}
	return kind;
}

static int assign(struct doubt *d, struct fault *f)
{
	int64_t offset[ROUTE_PARTITIONS_MAX];

	memset(offset, -1, sizeof(offset));
	for (int i = 0; i < d->count; i++) {
		partition_doubt(&d->partition[i]);
		offset[d->partition[i].state.partition] = (int64_t)partition_start(
			&d->partition[i]);
	}
	const int kind = judge(d, KAFKA_MS, f);

	return kind == 0 ? kafka_in_assign(d->in, offset, ROUTE_PARTITIONS_MAX, f) : kind;
}

int doubt_again(struct doubt *d, struct fault *f)
{
	if (f->kind != FAULT_STATE || d->doubts == DOUBTS_MAX)
		return f->kind;
	log_warning("%s; a broker that no longer leads would say so too, it is asked again "
		    "(%d of %d)",
		    f->text, d->doubts + 1, DOUBTS_MAX);
	loop_pause(again_ms[d->doubts++]);
	return 0;
}

int doubt_assign(struct doubt *d, struct fault *f)
{
	int kind;

	do {
		kind = assign(d, f);
		if (kind == 0)
			break;
		kind = doubt_again(d, f);
	} while (kind == 0 && !loop_stopping());
	memset(d->wait, 0, sizeof(d->wait));
	d->watched_ms = civil_monotonic_ms();
	return kind;
}

int doubt_fault(struct doubt *d, const struct fault *f)
{
	if (f->kind == FAULT_STATE)
		d->said = *f;
	return f->kind == FAULT_STATE ? 0 : f->kind;
}

void doubt_look(struct doubt *d)
{
	if (!kafka_in_shaken(d->in))
		return;
	d->shaken = true;
	for (int i = 0; i < d->count; i++)
		partition_shaken(&d->partition[i]);
}

/*
 * A consumer was seen, on a loaded machine, that fetched nothing more and said nothing, while the log went
 * on and could be asked. Why is not known: a new client is tried.
 */
static int stalled(struct doubt *d, struct fault *f)
{
	const int64_t now = civil_monotonic_ms();

	d->behind = false;
	for (int i = 0; i < d->count; i++) {
		const uint64_t off = d->partition[i].state.off;
		struct doubt_wait *w = &d->wait[i];

		if (off >= (uint64_t)d->high[i])
			continue;
		d->behind = true;
		if (w->since_ms == 0 || off != w->off)
			*w = (struct doubt_wait){.off = off, .since_ms = now};
		if (now - w->since_ms < STALL_MS)
			continue;
		d->stalled = true;
		return fault_set(f, FAULT_UNAVAILABLE,
				 "partition %d stands at offset %" PRIu64 " of %" PRId64
				 " and nothing comes",
				 d->partition[i].state.partition, off, d->high[i]);
	}
	return 0;
}

static int watch(struct doubt *d, struct fault *f)
{
	const int64_t due = d->shaken ? SHAKEN_MS : d->behind ? STALL_MS : WATCH_MS;

	if (civil_monotonic_ms() - d->watched_ms < due)
		return 0;
	int kind = judge(d, SHAKEN_MS, f);

	if (kind == FAULT_STATE)
		kind = doubt_fault(d, f);
	else if (kind == 0)
		kind = watch_log(d->topic, d->kafka, d->partition, d->count, d->low, f);
	d->shaken = kind == FAULT_UNAVAILABLE;
	d->watched_ms = civil_monotonic_ms();
	if (d->shaken)
		return 0;
	return kind == 0 && d->said.kind == 0 ? stalled(d, f) : kind;
}

/* Every partition has read the record again that it counted last: whoever denied it was wrong. */
static bool cleared(const struct doubt *d)
{
	bool any = false;

	for (int i = 0; i < d->count; i++) {
		if (!d->partition[i].proven)
			return false;
		any |= d->partition[i].state.off > d->partition[i].state.base;
	}
	return any;
}

int doubt_turn(struct doubt *d, struct fault *f)
{
	const int64_t now = civil_monotonic_ms();

	if (now - d->turned_ms > STALL_MS) /* a long commit: nothing could come meanwhile */
		memset(d->wait, 0, sizeof(d->wait));
	d->turned_ms = now;
	if (d->said.kind == 0 && cleared(d))
		d->doubts = 0;
	int kind = d->said.kind == 0 ? watch(d, f) : 0;

	if (kind < 0 || d->said.kind == 0)
		return kind;
	*f = d->said;
	d->said = (struct fault){0};
	kind = doubt_again(d, f);
	if (kind == 0)
		kind = doubt_assign(d, f);
	return kind < 0 ? kind : 1;
}
