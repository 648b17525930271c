/*
 * session_open: the beginning of a session, in an order that takes nothing from anybody before it is sure to
 * be read: Redis, the log, its settings, the share of the group; then the claims.
 */
#include <inttypes.h>

#include "aggregator/session_private.h"
#include "aggregator/topic.h"
#include "common/digest.h"
#include "common/log.h"
#include "common/loop.h"

#define REPLY_MS 5000 /* patience with one reply of Redis */

static int open_partition(struct session *s, int number, int partitions, uint64_t seed,
			  struct fault *f)
{
	struct partition *p = &s->partition[s->partitions];
	struct partition_claim claim = {
		.ns = s->o->ns, .topic = s->o->topic, .partitions = partitions, .seed = seed};

	(void)snprintf(claim.token, sizeof(claim.token), "%.110s.%u", s->run->token,
		       ++s->run->claims);
	const int kind = partition_open(p, s->store, number, &claim, f);

	s->at[number] = p;
	s->partitions++;
	if (kind < 0)
		return session_fenced(s, f);
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

static int count_partitions(struct session *s, int *ret_partitions, struct fault *f)
{
	char dlq[ROUTE_TOPIC_MAX + 8];
	int dead = 0;
	int kind = kafka_in_partitions(s->member->in, SESSION_KAFKA_MS, ret_partitions, f);

	route_dlq(s->o->topic, dlq);
	if (kind == 0)
		kind = kafka_out_partitions(s->out, dlq, SESSION_KAFKA_MS, &dead, f);
	if (kind == 0 && *ret_partitions > ROUTE_PARTITIONS_MAX)
		return fault_set(f, FAULT_STATE, "topic %s has %d partitions, %d are possible",
				 s->o->topic, *ret_partitions, ROUTE_PARTITIONS_MAX);
	if (kind == 0 && dead != *ret_partitions)
		return fault_set(f, FAULT_STATE,
				 "topic %s has %d partitions, its dead-letter topic %d",
				 s->o->topic, *ret_partitions, dead);
	return kind;
}

/* Before any claim, so that a program that cannot read the log takes nothing from one that can. */
static int open_log(struct session *s, int *ret_partitions, struct fault *f)
{
	int kind = membership_open(s->member, s->o->topic, &s->run->kafka, f);

	if (kind == 0)
		kind = kafka_out_new(&s->run->kafka, &s->out, f);
	if (kind == 0) {
		kafka_out_patience(s->out, SESSION_KAFKA_MS);
		kind = count_partitions(s, ret_partitions, f);
	}
	while (kind == FAULT_STATE && s->run->begun > 0 && doubt_again(&s->doubt, f) == 0)
		kind = loop_stopping() ? FAULT_UNAVAILABLE : count_partitions(s, ret_partitions, f);
	return kind;
}

/* A namespace for something else is not ours to claim, however it came to be named. */
static int check_purpose(const struct session *s, const struct store_purpose *of, int partitions,
			 struct fault *f)
{
	if (strcmp(of->topic, s->o->topic) != 0)
		return fault_set(f, FAULT_STATE, "namespace %s counts topic %s, not %s", s->o->ns,
				 of->topic, s->o->topic);
	if (of->partitions != partitions)
		return fault_set(
			f, FAULT_STATE,
			"topic %s has %d partitions, namespace %s counts %d: the number is "
			"fixed for life",
			s->o->topic, partitions, s->o->ns, of->partitions);
	return 0;
}

/* The topic's settings once a process: whoever changes them later meets the checks of offsets and gaps. */
static int check_topic(struct session *s, int partitions, struct fault *f)
{
	struct store_purpose of = {0};
	int kind = store_purpose(s->store, &of, f);

	if (kind == 0)
		kind = check_purpose(s, &of, partitions, f);
	if (kind < 0 || s->run->begun > 0 || of.trial)
		return kind;
	return topic_check(s->o->topic, &s->run->kafka, f);
}

static int open_state(struct session *s, int partitions, struct fault *f)
{
	const struct membership *m = s->member;
	uint64_t seed;

	digest_random((uint8_t *)&seed, sizeof(seed));
	s->partition = base_zalloc(ROUTE_PARTITIONS_MAX, sizeof(*s->partition));
	int kind = 0;

	for (int i = 0; kind == 0 && i < m->count; i++)
		kind = open_partition(s, m->partition[i], partitions, seed, f);
	s->run->redis_away = kind < 0;
	return kind;
}

static int assign(struct session *s, struct fault *f)
{
	s->doubt.topic = s->o->topic;
	s->doubt.kafka = &s->run->kafka;
	s->doubt.in = s->member->in;
	s->doubt.partition = s->partition;
	s->doubt.count = s->partitions;
	const int kind = doubt_assign(&s->doubt, f);

	const bool got = kind == 0 && (s->run->begun == 0 || s->o->group);

	for (int i = 0; got && i < s->partitions; i++) {
		const int number = s->partition[i].state.partition;

		s->run->target[number] = (uint64_t)s->doubt.high[i];
		s->run->first[number] = s->partition[i].state.off;
	}
	return kind;
}

/* Which partitions are ours. */
static int share(struct session *s, int partitions, struct fault *f)
{
	const int kind = membership_share(s->member, partitions, f);

	/* The next session looks at the log before it believes that. */
	if (kind == FAULT_STATE)
		f->kind = FAULT_UNAVAILABLE;
	return kind < 0 ? f->kind : 0;
}

int session_open(struct session *s, struct fault *f)
{
	int partitions = 0;
	int kind = open_store(s, f);

	s->run->redis_away = kind < 0;
	if (kind == 0)
		kind = open_log(s, &partitions, f);
	if (kind == 0)
		kind = check_topic(s, partitions, f);
	if (kind == 0)
		kind = share(s, partitions, f);
	if (kind == 0 && s->member->count > 0)
		kind = open_state(s, partitions, f);
	return kind == 0 && s->partitions > 0 ? assign(s, f) : kind;
}
