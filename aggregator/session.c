/*
 * session: the one loop of the aggregator. Owns the connections, the partitions' memory and the
 * batch that is being filled; decides what a fault is worth. The clock here only bounds batches
 * and waits: nothing that is counted depends on it.
 */
#include "aggregator/session.h"

#include <inttypes.h>
#include <malloc.h>

#include "aggregator/dead_letter.h"
#include "aggregator/doubt.h"
#include "aggregator/partition.h"
#include "aggregator/topic.h"
#include "common/civil.h"
#include "common/digest.h"
#include "common/log.h"
#include "common/loop.h"

#define REPLY_MS     5000  /* patience with one reply of Redis */
#define KAFKA_MS     10000 /* patience with one answer of Kafka */
#define IDLE_MS      200   /* at most this long without a look at signals */
#define LIVE_MS      20    /* without a backlog a record waits at most this long for its commit */
#define OWNER_MS     1000  /* an idle owner looks this often whether it still is one */
#define FETCH_MAX    1024
#define AHEAD        16 /* records that memory is asked for early */
#define REFUSALS_MAX 3
#define FAR_BEHIND   100000 /* records: a backlog at start that is long */

struct session {
	struct session_run *run;
	const struct session_options *o;
	struct store *store;
	struct kafka_in *in;
	struct kafka_out *out;
	struct partition *partition;
	int partitions;   /* opened */
	uint64_t pending; /* records folded since the last commit */
	uint64_t letters; /* dead letters sent and not known to be delivered */
	int64_t owner_seen_ms;
	bool rested; /* the memory of the backlog was given back */
	struct doubt doubt;
	struct batch batch;
	struct event event; /* room for one */
	struct kafka_record record[FETCH_MAX];
};

/*
 * A claim of ours that timed out may reach Redis after the one that followed it. That is no other
 * aggregator, and the next claim mends it.
 */
static int fenced(const struct session *s, struct fault *f)
{
	if (f->kind == FAULT_FENCED && strstr(f->text, s->run->token) != NULL)
		f->kind = FAULT_UNAVAILABLE;
	return f->kind;
}

static int open_partition(struct session *s, int number, uint64_t seed, struct fault *f)
{
	struct partition *p = &s->partition[number];
	struct partition_claim claim = {.ns = s->o->ns, .topic = s->o->topic, .seed = seed};

	(void)snprintf(claim.token, sizeof(claim.token), "%.110s.%u", s->run->token,
		       ++s->run->claims);
	const int kind = partition_open(p, s->store, number, &claim, f);

	s->partitions++;
	if (kind < 0)
		return fenced(s, f);
	log_info("partition %d: offset %" PRIu64 ", %" PRIu32 " contacts, %" PRIu64 " live", number,
		 p->state.off, p->state.contacts.count, p->state.live);
	if (p->ahead > p->state.off)
		log_warning("partition %d: a script broke on the way to offset %" PRIu64
			    ": %" PRIu64 " cells mended, categories up to there are approximate",
			    number, p->ahead, p->healed);
	else if (p->healed > 0)
		log_info("partition %d: %" PRIu64
			 " cells written, which a replay that was stopped had left out",
			 number, p->healed);
	return 0;
}

static int open_store(struct session *s, struct fault *f)
{
	const struct session_options *o = s->o;
	const int kind = store_open(o->redis, o->redis_secret, o->ns, REPLY_MS, &s->store, f);

	return kind == 0 ? store_verify_functions(s->store, f) : kind;
}

/* Before any claim, so that a program that cannot read the log takes nothing from one that can. */
static int open_log(struct session *s, int *ret_partitions, struct fault *f)
{
	char dlq[ROUTE_TOPIC_MAX + 8];
	int dead = 0;
	int kind = kafka_in_new(s->o->topic, &s->run->kafka, &s->in, f);

	route_dlq(s->o->topic, dlq);
	if (kind == 0)
		kind = kafka_in_partitions(s->in, KAFKA_MS, ret_partitions, f);
	if (kind == 0)
		kind = kafka_out_new(&s->run->kafka, &s->out, f);
	if (kind == 0)
		kind = kafka_out_partitions(s->out, dlq, KAFKA_MS, &dead, f);
	if (kind == 0 && dead != *ret_partitions)
		return fault_set(f, FAULT_STATE,
				 "topic %s has %d partitions, its dead-letter topic %d",
				 s->o->topic, *ret_partitions, dead);
	return kind;
}

/* Once a process: whoever changes a topic later meets the checks of offsets and gaps. */
static int check_topic(struct session *s, struct fault *f)
{
	bool trial = false;
	const int kind = s->run->begun ? 0 : store_is_trial(s->store, &trial, f);

	if (kind < 0 || s->run->begun || trial)
		return kind;
	return topic_check(s->o->topic, &s->run->kafka, f);
}

static int open_state(struct session *s, int partitions, struct fault *f)
{
	uint64_t seed;

	digest_random((uint8_t *)&seed, sizeof(seed));
	s->partition = base_zalloc(ROUTE_PARTITIONS_MAX, sizeof(*s->partition));
	int kind = open_partition(s, 0, seed, f);

	if (kind == 0 && s->partition[0].state.partitions != partitions)
		return fault_set(
			f, FAULT_STATE,
			"topic %s has %d partitions, namespace %s counts %d: the number is "
			"fixed for life",
			s->o->topic, partitions, s->o->ns, s->partition[0].state.partitions);
	for (int i = 1; kind == 0 && i < partitions; i++)
		kind = open_partition(s, i, seed, f);
	return kind;
}

static int assign(struct session *s, struct fault *f)
{
	s->doubt.topic = s->o->topic;
	s->doubt.kafka = &s->run->kafka;
	s->doubt.in = s->in;
	s->doubt.partition = s->partition;
	s->doubt.count = s->partitions;
	const int kind = doubt_assign(&s->doubt, f);

	for (int i = 0; kind == 0 && !s->run->begun && i < s->partitions; i++) {
		s->run->target[i] = (uint64_t)s->doubt.high[i];
		s->run->first[i] = s->partition[i].state.off;
	}
	return kind;
}

static void expect(const struct session *s, const struct kafka_record *r)
{
	if (r->partition >= 0 && r->partition < s->partitions)
		partition_expect(&s->partition[r->partition], r);
}

static int take(struct session *s, const struct kafka_record *r, struct fault *f)
{
	struct fold_effects x;

	if (r->partition < 0 || r->partition >= s->partitions)
		return fault_set(f, FAULT_STATE, "topic %s has got a partition %" PRId32,
				 s->o->topic, r->partition);
	struct partition *p = &s->partition[r->partition];
	const int kind = partition_take(p, r, &s->event, &x, f);

	if (kind <= 0)
		return kind;
	s->pending++;
	if (s->run->clash[0] == '\0')
		memcpy(s->run->clash, p->clash, sizeof(s->run->clash));
	if (x.reason == REASON_NONE)
		return 0;
	s->letters++;
	return dead_letter_send(s->out, s->o->topic, r, x.reason, x.field, s->run->seal, f);
}

/* How long the next fetch may wait, when the batch was begun at `begin`. */
static int patience(const struct session *s, int64_t begin)
{
	const int64_t age = civil_monotonic_ms() - begin;

	if (s->pending == 0)
		return IDLE_MS;
	return age < LIVE_MS ? (int)(LIVE_MS - age) : 0;
}

/* Fills a batch until it is full, or until nothing more is there for now. */
static int fill(struct session *s, struct fault *f)
{
	int64_t begin = civil_monotonic_ms();

	while (s->pending < s->o->batch && !loop_stopping()) {
		const uint64_t room = s->o->batch - s->pending;
		const int cap = room < FETCH_MAX ? (int)room : FETCH_MAX;
		const int got = kafka_in_batch(s->in, patience(s, begin), s->record, cap, f);

		doubt_look(&s->doubt);
		if (got < 0)
			return doubt_fault(&s->doubt, f);
		if (s->pending == 0)
			begin = civil_monotonic_ms();
		for (int i = 0; i < got; i++) {
			const int kind = take(s, &s->record[i], f);

			if (i + AHEAD < got)
				expect(s, &s->record[i + AHEAD]);

			if (kind < 0)
				return kind;
		}
		if (s->pending == 0 || (got < cap && civil_monotonic_ms() - begin >= LIVE_MS))
			break;
	}
	return 0;
}

/*
 * What an answer that is not OK means. NOSTATE and another owner are final; all else is worth a
 * new session, which loads what really stands there, unless it comes again and again.
 */
static int refused(struct session *s, enum store_answer answer, struct fault *f)
{
	switch (answer) {
	case STORE_OK: return 0;
	case STORE_NOSTATE: return f->kind;
	case STORE_FENCED: return fenced(s, f);
	case STORE_STATE:
	case STORE_BROKEN: break;
	}
	if (f->kind == FAULT_STATE && ++s->run->refusals < REFUSALS_MAX)
		f->kind = FAULT_UNAVAILABLE;
	return f->kind;
}

static void warn_full(const struct partition *p, const struct dictionary *d, const char *what)
{
	if (d->settled < d->count && dictionary_alarm(d))
		log_warning("partition %d: dictionary of %s: %" PRIu32 " of %" PRIu32 " are used",
			    p->state.partition, what, d->count, d->max);
}

/*
 * While a long backlog found at start is not done in every partition, cells wait: Redis would spend most
 * of the time on them, and an exporter needs all partitions. Live records never defer them, so that
 * exporters always get a cut.
 */
static bool far_behind(const struct session *s)
{
	for (int i = 0; i < s->partitions; i++) {
		const uint64_t first = s->run->first[i], target = s->run->target[i];

		if (s->partition[i].state.off < target && target - first >= FAR_BEHIND)
			return true;
	}
	return false;
}

static int commit_partition(struct session *s, struct partition *p, bool deferred, struct fault *f)
{
	warn_full(p, &p->state.units, "units");
	warn_full(p, &p->state.klasses, "classes");
	const enum store_answer answer = partition_commit(p, s->store, &s->batch, deferred, f);

	if (answer != STORE_OK)
		return refused(s, answer, f);
	s->run->refusals = 0;
	s->run->commits++;
	return 0;
}

/* Dead letters are delivered before the commit that counts them: none is ever lost. */
static int commit(struct session *s, struct fault *f)
{
	const bool far = far_behind(s);
	int kind = s->letters > 0 ? kafka_out_flush(s->out, KAFKA_MS, f) : 0;

	for (int i = 0; kind == 0 && i < s->partitions; i++)
		if (partition_owes(&s->partition[i], true))
			kind = commit_partition(s, &s->partition[i],
						far || s->partition[i].state.deferred, f);
	/* A backlog is safe in all partitions before the first cell of it is counted. */
	for (int i = 0; kind == 0 && !far && i < s->partitions; i++)
		if (partition_owes(&s->partition[i], false))
			kind = commit_partition(s, &s->partition[i], false, f);
	if (kind < 0)
		return kind;
	s->letters = s->pending = 0;
	s->owner_seen_ms = civil_monotonic_ms();
	return 0;
}

/* Without anything to commit nobody would tell us that we are fenced, or that Redis is gone. */
static int look_at_owner(struct session *s, struct fault *f)
{
	int kind = 0;

	if (civil_monotonic_ms() - s->owner_seen_ms < OWNER_MS)
		return 0;
	for (int i = 0; kind == 0 && i < s->partitions; i++)
		kind = store_owner(s->store, i, s->partition[i].token, f);
	s->owner_seen_ms = civil_monotonic_ms();
	return kind < 0 ? fenced(s, f) : 0;
}

/* The first partition that has not reached the end that it had at first; NULL when all have. */
static const struct partition *behind(const struct session *s)
{
	for (int i = 0; i < s->partitions; i++)
		if (!s->partition[i].proven || s->partition[i].state.off < s->run->target[i])
			return &s->partition[i];
	return NULL;
}

/* A live clash ends the process once it is counted; --once counts all it came for. */
static int clashed(const struct session *s, struct fault *f)
{
	if (s->run->clash[0] == '\0')
		return 0;
	return fault_set(f, FAULT_STATE,
			 "%s; these events are dead letters, nothing is counted twice",
			 s->run->clash);
}

/* A backlog leaves hundreds of megabytes of read records behind, free but not given back. */
static void give_back(struct session *s)
{
	if (!s->rested)
		(void)malloc_trim(0);
	s->rested = true;
}

static int loop(struct session *s, struct fault *f)
{
	int64_t heard = civil_monotonic_ms();

	for (;;) {
		const struct partition *late = s->o->once ? behind(s) : NULL;
		int kind;

		if (loop_stopping() || (s->o->once && late == NULL))
			return 0;
		kind = fill(s, f);
		if (kind < 0)
			return kind;
		if (s->pending > 0) {
			heard = civil_monotonic_ms();
			kind = commit(s, f);
		} else {
			give_back(s);
			kind = look_at_owner(s, f);
		}
		if (kind == 0)
			kind = doubt_turn(&s->doubt, f);
		if (kind > 0)
			heard = civil_monotonic_ms();
		if (kind >= 0 && !s->o->once)
			kind = clashed(s, f);
		if (kind < 0)
			return kind;
		if (late != NULL &&
		    civil_monotonic_ms() - heard > (int64_t)s->o->redis_timeout * 1000)
			return fault_set(f, FAULT_UNAVAILABLE,
					 "partition %d stands at offset %" PRIu64 " of %" PRIu64
					 " and nothing comes",
					 late->state.partition, late->state.off,
					 s->run->target[late->state.partition]);
	}
}

/* --once: all cells again, as they stand in Redis now. */
static int verify(struct session *s, struct fault *f)
{
	int kind = 0;

	for (int i = 0; kind == 0 && i < s->partitions; i++)
		kind = partition_verify(&s->partition[i], s->store, f);
	return kind < 0 ? fenced(s, f) : clashed(s, f);
}

static void summary(const struct session *s)
{
	uint64_t now = 0, all = 0, stats[KEYS_STATS_END] = {0};
	char text[512];
	int n = 0;

	for (int i = 0; i < s->partitions; i++) {
		const struct state *st = &s->partition[i].state;

		all += st->off - st->base;
		now += st->off > s->run->first[i] ? st->off - s->run->first[i] : 0;
		for (int k = 0; k < KEYS_STATS_END; k++)
			stats[k] += st->stats[k];
	}
	for (int k = 0; k < KEYS_STATS_END; k++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, ", %s %" PRIu64,
			      keys_stat_name((enum keys_stat)k), stats[k]);
	log_info("consumed %" PRIu64 " now, %" PRIu64 " in all%s", now, all, text);
}

static void close_all(struct session *s)
{
	for (int i = 0; i < s->partitions; i++)
		partition_release(&s->partition[i]);
	free(s->partition);
	batch_release(&s->batch);
	kafka_in_free(s->in);
	kafka_out_free(s->out);
	store_free(s->store);
	free(s);
}

int session_run(struct session_run *run, struct fault *f)
{
	struct session *s = base_zalloc(1, sizeof(*s));

	int partitions = 0;

	s->run = run;
	s->o = run->options;
	int kind = open_store(s, f);

	if (kind == 0)
		kind = open_log(s, &partitions, f);
	if (kind == 0)
		kind = check_topic(s, f);
	if (kind == 0)
		kind = open_state(s, partitions, f);
	if (kind == 0)
		kind = assign(s, f);
	if (kind == 0) {
		run->begun = true;
		kind = loop(s, f);
	}
	if (kind == 0)
		summary(s);
	if (kind == 0 && s->o->once && !loop_stopping())
		kind = verify(s, f);
	close_all(s);
	return kind;
}
