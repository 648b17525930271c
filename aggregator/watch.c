/*
 * watch: asks for the witnesses and hears each. Owns its client for the time of a look; never takes
 * anything from the partitions' own reading.
 */
#include "aggregator/watch.h"

#include "common/civil.h"
#include "common/loop.h"
#include "proto/route.h"

#define LOOK_MS   2000
#define WAIT_MS   100
#define FETCH_MAX 256

struct watch {
	struct kafka_in *in;
	struct partition *partition;
	int count, due;               /* partitions; those whose witness is not heard yet */
	int at[ROUTE_PARTITIONS_MAX]; /* where the partition of a number stands among them */
	struct partition_anchor witness[ROUTE_PARTITIONS_MAX];
	bool heard[ROUTE_PARTITIONS_MAX]; /* or has none */
	struct kafka_record record[FETCH_MAX];
};

static int call(struct watch *w, enum partition_witness which, const int64_t *low, struct fault *f)
{
	int64_t offset[ROUTE_PARTITIONS_MAX];

	memset(offset, -1, sizeof(offset));
	for (int i = 0; i < w->count; i++) {
		const int number = w->partition[i].state.partition;
		const bool any = partition_witness(&w->partition[i], which, low[i], &w->witness[i]);

		w->at[number] = i;
		w->heard[i] = !any;
		w->due += any;
		offset[number] = any ? (int64_t)w->witness[i].off - 1 : -1;
	}
	return w->due > 0 ? kafka_in_assign(w->in, offset, ROUTE_PARTITIONS_MAX, f) : 0;
}

static int hear(struct watch *w, int got, struct fault *f)
{
	int kind = 0;

	for (int i = 0; kind == 0 && i < got; i++) {
		const int at = w->at[w->record[i].partition];

		if (w->heard[at])
			continue;
		kind = partition_hear(&w->partition[at], &w->witness[at], &w->record[i], f);
		w->heard[at] = true;
		w->due--;
	}
	return kind;
}

/* Only a record speaks against us; a broker that denies one may be one that no longer leads. */
static int unheard(int kind, struct fault *f)
{
	if (kind == FAULT_STATE)
		kind = f->kind = FAULT_UNAVAILABLE;
	return kind;
}

static int look(struct watch *w, enum partition_witness which, const int64_t *low, struct fault *f)
{
	const int64_t until = civil_monotonic_ms() + LOOK_MS;
	int kind = unheard(call(w, which, low, f), f);

	while (kind == 0 && w->due > 0 && !loop_stopping()) {
		if (civil_monotonic_ms() >= until)
			return fault_set(f, FAULT_UNAVAILABLE, "no record came");
		kind = unheard(kafka_in_batch(w->in, WAIT_MS, w->record, FETCH_MAX, f), f);
		if (kind > 0)
			kind = hear(w, kind, f);
	}
	return kind;
}

int watch_log(const char *topic, const struct option_list *kafka, struct partition *p, int count,
	      const int64_t *low, struct fault *f)
{
	struct watch *w = base_zalloc(1, sizeof(*w));

	w->partition = p;
	w->count = count;
	int kind = kafka_in_new(topic, kafka, &w->in, f);

	for (int i = 0; kind == 0 && !loop_stopping() && i < PARTITION_WITNESSES; i++)
		kind = look(w, (enum partition_witness)i, low, f);
	for (int i = 0; kind == 0 && !loop_stopping() && i < count; i++)
		partition_trust(&p[i]);
	kafka_in_free(w->in);
	free(w);
	return kind;
}
