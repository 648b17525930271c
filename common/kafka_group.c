/*
 * kafka_group: the member's side of a rebalance, eager: everything is given back, then something is
 * given. Owns the answers that librdkafka waits for. Never says where to read: that is not the
 * group's business, it has no offsets.
 */
#include "common/kafka_group.h"

#include "common/buf.h"
#include "common/log.h"

/* A group that answers so does not have us, and will not as long as nobody changes a setting. */
static const rd_kafka_resp_err_t refusal[] = {
	RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL,
	RD_KAFKA_RESP_ERR_INVALID_GROUP_ID,           RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT,
	RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED,
};

void kafka_group_init(struct kafka_group *g, const char *name, const char *instance)
{
	*g = (struct kafka_group){.name = base_strdup(name), .standing = KAFKA_LOST};
	if (instance)
		g->instance = base_strdup(instance);
}

void kafka_group_release(struct kafka_group *g)
{
	free(g->name);
	free(g->instance);
	free(g->partition);
	*g = (struct kafka_group){0};
}

void kafka_group_settings(const struct kafka_group *g,
			  struct kafka_setting ret[KAFKA_GROUP_SETTINGS])
{
	const struct kafka_setting all[KAFKA_GROUP_SETTINGS] = {
		{.name = "group.id", .value = g->name, .ours = true},
		{.name = "group.instance.id", .value = g->instance, .ours = true},
		/* Eager: nobody counts what another still may hold. All members must have the same. */
		{.name = "partition.assignment.strategy", .value = "range", .ours = true},
		/* For so long the partitions of a member that died have nobody. */
		{.name = "session.timeout.ms", .value = "10000"},
		/* For so long a member that is well does not know that another came, left or has its name. */
		{.name = "heartbeat.interval.ms", .value = "1000"},
	};

	memcpy(ret, all, sizeof(all));
}

int kafka_group_subscribe(rd_kafka_t *rk, const char *topic, struct fault *f)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

	rd_kafka_topic_partition_list_add(list, topic, RD_KAFKA_PARTITION_UA);
	rd_kafka_resp_err_t err = rd_kafka_subscribe(rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return err == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : kafka_conf_fault(rk, topic, err, "Read", f);
}

/* An empty list keeps the membership; NULL gives all back. */
static void answer(const struct kafka_group *g, rd_kafka_t *rk,
		   const rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_resp_err_t err = rd_kafka_assign(rk, list);

	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		log_warning("kafka: group %s: %s", g->name, rd_kafka_err2str(err));
}

static void note(const struct kafka_group *g, const char *what)
{
	struct buf text = {0};

	for (size_t i = 0; i < g->count; i++)
		buf_addf(&text, "%s%d", i > 0 ? ", " : " ", (int)g->partition[i]);
	log_info("group %s: %s%s", g->name, what, g->count > 0 ? buf_text(&text) : "");
	buf_release(&text);
}

static void take_given(struct kafka_group *g, rd_kafka_t *rk,
		       const rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_topic_partition_list_t *nothing = rd_kafka_topic_partition_list_new(0);

	g->count = (size_t)list->cnt;
	g->partition = base_grow(g->partition, &g->cap, g->count, sizeof(*g->partition));
	for (size_t i = 0; i < g->count; i++)
		g->partition[i] = list->elems[i].partition;
	g->told = true;
	g->owed = g->lost = false;
	/* Of what was given before nothing is ours; this is, once it is asked for. */
	g->standing = KAFKA_LOST;
	answer(g, rk, nothing);
	rd_kafka_topic_partition_list_destroy(nothing);
	note(g, g->count > 0 ? "this member has got"
			     : "no partition is left for this member, it stands by");
}

/*
 * rd_kafka_yield() would end the caller's wait, but in a batch librdkafka 2.0.2 loses the record that follows
 * the callback then.
 */
void kafka_group_take(struct kafka_group *g, rd_kafka_t *rk, rd_kafka_resp_err_t err,
		      const rd_kafka_topic_partition_list_t *list)
{
	if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		take_given(g, rk, list);
	} else {
		const bool lost = err != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS ||
				  rd_kafka_assignment_lost(rk) != 0;

		if (g->standing != KAFKA_REPLACED)
			g->standing = lost ? KAFKA_LOST : KAFKA_REVOKED;
		g->told = false;
		g->owed = true;
		g->lost |= lost;
		note(g, lost ? "this member has lost" : "this member gives back");
		if (g->leaving)
			kafka_group_give_back(g, rk);
	}
}

void kafka_group_give_back(struct kafka_group *g, rd_kafka_t *rk)
{
	if (g->owed)
		answer(g, rk, NULL);
	g->owed = false;
}

int kafka_group_fault(struct kafka_group *g, rd_kafka_t *rk, rd_kafka_resp_err_t err,
		      struct fault *f)
{
	char why[256] = "";

	if (!g->name)
		return 0;
	if (err == RD_KAFKA_RESP_ERR__FATAL) {
		(void)rd_kafka_fatal_error(rk, why, sizeof(why));
		g->standing = KAFKA_REPLACED;
		/*
		 * A client whose session has ended forgets who it is before it joins anew, and Kafka may take its
		 * heartbeat for a stranger's with our name. Whoever really has the name loses it to a new client, as
		 * to any that comes later.
		 */
		if (g->lost)
			return fault_set(
				f, FAULT_UNAVAILABLE,
				"kafka: group %s: the session of this member had ended, and "
				"its client cannot join again: %s",
				g->name, why);
		return fault_set(f, FAULT_FENCED,
				 "kafka: group %s: another process joined as instance %s: %s",
				 g->name, g->instance ? g->instance : "(none)", why);
	}
	for (size_t i = 0; i < ARRAY_SIZE(refusal); i++) {
		if (refusal[i] == err)
			return fault_set(f, FAULT_CONFIG,
					 "kafka: group %s does not take this member: %s", g->name,
					 rd_kafka_err2str(err));
	}
	return 0;
}
