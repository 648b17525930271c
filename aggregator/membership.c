/*
 * membership: asks the group, and judges who fences us. Owns the consumer, and for how many sessions it
 * lives.
 */
#include "aggregator/membership.h"

#include "common/civil.h"
#include "common/digest.h"
#include "common/log.h"
#include "common/loop.h"

#define WAIT_MS      200   /* at most this long without a look at signals */
#define QUIET_MS     60000 /* fences that are farther apart have nothing to do with each other */
#define FENCES_MAX   5
#define PAUSE_MIN_MS 100  /* whoever was fenced claims again after so long, */
#define PAUSE_MAX_MS 1000 /* or at most so long */

int membership_open(struct membership *m, const char *topic, const struct option_list *kafka,
		    struct fault *f)
{
	if (m->in)
		return 0;
	if (!m->group)
		return kafka_in_new(topic, kafka, &m->in, f);
	return kafka_in_join(topic, kafka, m->group, m->instance, &m->in, f);
}

int membership_share(struct membership *m, int partitions, struct fault *f)
{
	bool anew = kafka_in_standing(m->in) != KAFKA_STAYS;

	for (m->count = 0; !m->group && m->count < partitions; m->count++)
		m->partition[m->count] = m->count;
	while (m->count == 0 && !loop_stopping()) {
		const int got = kafka_in_share(m->in, WAIT_MS, m->partition, ROUTE_PARTITIONS_MAX,
					       f);

		if (got < 0)
			return got;
		anew |= got == 0;
		m->count = got;
	}
	if (anew)
		m->fences = 0;
	return 0;
}

enum kafka_standing membership_standing(const struct membership *m)
{
	return kafka_in_standing(m->in);
}

static int random_pause(void)
{
	uint32_t dice;

	digest_random((uint8_t *)&dice, sizeof(dice));
	return PAUSE_MIN_MS + (int)(dice % (PAUSE_MAX_MS - PAUSE_MIN_MS));
}

int membership_fenced(struct membership *m, struct fault *f)
{
	const int64_t now = civil_monotonic_ms();

	if (!m->group || membership_standing(m) == KAFKA_REPLACED)
		return f->kind;
	if (now - m->fenced_ms > QUIET_MS)
		m->fences = 0;
	m->fenced_ms = now;
	if (++m->fences == FENCES_MAX)
		return fault_prefix(
			f,
			"claimed %d times from this process, though group %s gives it the "
			"partition: another group, or a process without one, counts in "
			"this namespace",
			FENCES_MAX, m->group);
	log_warning("%s; asking group %s whose it is", f->text, m->group);
	loop_pause(random_pause());
	return 1;
}

void membership_close(struct membership *m)
{
	/* A client that the group is done with is of no use to the next session either. */
	if (!m->group || (m->in && membership_standing(m) == KAFKA_REPLACED))
		membership_leave(m);
	else if (m->in)
		kafka_in_give_back(m->in);
}

void membership_leave(struct membership *m)
{
	kafka_in_free(m->in);
	m->in = NULL;
}
