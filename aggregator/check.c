/*
 * check: the table, and how a row is judged. A setting that the server does not tell does not hold.
 */
#include "aggregator/check.h"

#include "common/pairs.h"

/* clang-format off */
static const struct check row[] = {
	{CHECK_REDIS, CHECK_BAD, .name = "redis_version", .least = true, .needed = "7.0",
	 .why = "commits are Functions, which come with 7.0", .mend = "install Redis 7.0.15 or later"},
	{CHECK_REDIS, CHECK_WARN, .name = "redis_version", .least = true, .needed = "7.0.15",
	 .why = "earlier ones have known holes and errors", .mend = "install the newest of your distribution"},
	{CHECK_REDIS, CHECK_BAD, .name = "role", .needed = "master",
	 .why = "a replica refuses every commit", .mend = "give the address of the primary"},
	{CHECK_REDIS, CHECK_BAD, .refused = true, .name = "maxmemory-policy", .needed = "noeviction",
	 .why = "any other policy deletes counts when memory is short"},
	{CHECK_REDIS, CHECK_BAD, .refused = true, .name = "appendonly", .needed = "yes",
	 .why = "a restart loses everything since the last snapshot"},
	{CHECK_REDIS, CHECK_BAD, .name = "appendfsync", .needed = "everysec or always",
	 .why = "a power cut loses whatever the kernel had not written"},
	{CHECK_REDIS, CHECK_WARN, .name = "no-appendfsync-on-rewrite", .needed = "no",
	 .why = "during a rewrite nothing is synced"},
	{CHECK_REDIS, CHECK_WARN, .name = "aof-load-truncated", .needed = "yes",
	 .why = "after a power cut Redis does not start until its log is mended by hand"},
	{CHECK_REDIS, CHECK_BAD, .name = "aof_last_write_status", .needed = "ok",
	 .why = "Redis refuses commits", .mend = "make room on its disk; after an I/O error replace the disk"},
	{CHECK_REDIS, CHECK_WARN, .name = "aof_last_bgrewrite_status", .needed = "ok",
	 .why = "the log grows without end", .mend = "read Redis' log, then BGREWRITEAOF"},
	{CHECK_REDIS, CHECK_WARN, .name = "save", .needed = "",
	 .why = "each snapshot forks and may double the memory; the append-only file has it all"},
	{CHECK_REDIS, CHECK_WARN, .name = "connected_slaves", .least = true, .lab = true, .needed = "1",
	 .why = "nothing takes over when the machine is lost; counting waits for a backup and replays",
	 .mend = "add a replica and Sentinel: docs/operate.md"},

	{CHECK_TOPIC, CHECK_BAD, .refused = true, .name = "message.timestamp.type", .needed = "LogAppendTime",
	 .why = "a producer's time in a record may delete it, or refuse its whole batch"},
	{CHECK_TOPIC, CHECK_BAD, .refused = true, .name = "retention.ms", .needed = "-1",
	 .why = "records that are deleted cannot be counted again"},
	{CHECK_TOPIC, CHECK_BAD, .refused = true, .name = "retention.bytes", .needed = "-1",
	 .why = "records that are deleted cannot be counted again"},
	{CHECK_TOPIC, CHECK_BAD, .refused = true, .name = "cleanup.policy", .needed = "delete",
	 .why = "compaction removes records, and the offsets are then not dense"},
	{CHECK_TOPIC, CHECK_BAD, .refused = true, .lab = true, .name = "replicas", .least = true, .needed = "2",
	 .why = "one disk holds the only copy",
	 .mend = "kafka-reassign-partitions.sh with a list of replicas for each partition, or a new topic; "
		 "--lab allows it on a machine for trials"},
	{CHECK_TOPIC, CHECK_WARN, .lab = true, .name = "replicas", .least = true, .needed = "3",
	 .why = "with one broker down, losing another loses records",
	 .mend = "kafka-reassign-partitions.sh with a list of replicas for each partition"},
	{CHECK_TOPIC, CHECK_WARN, .lab = true, .name = "min.insync.replicas", .least = true, .needed = "2",
	 .why = "a record that was acknowledged may stand on one disk only"},
	{CHECK_TOPIC, CHECK_BAD, .name = "unclean.leader.election.enable", .needed = "false",
	 .why = "a replica that lags may become leader and cut off what was acknowledged"},
	{CHECK_TOPIC, CHECK_WARN, .name = "max.message.bytes", .least = true, .needed = "1048588",
	 .why = "collectors send batches of up to 1 000 000 bytes, and one that is too large is refused whole"},

	{CHECK_BROKER, CHECK_WARN, .lab = true, .name = "brokers", .least = true, .needed = "3",
	 .why = "a topic with three replicas needs three brokers", .mend = "add brokers"},
	{CHECK_BROKER, CHECK_WARN, .name = "auto.create.topics.enable", .needed = "false",
	 .why = "a mistyped name becomes a topic with settings that nobody chose",
	 .mend = "auto.create.topics.enable=false in server.properties"},
	{CHECK_BROKER, CHECK_WARN, .name = "message.max.bytes", .least = true, .needed = "1048588",
	 .why = "topics that do not say otherwise refuse large batches",
	 .mend = "message.max.bytes=1048588 in server.properties"},
};
/* clang-format on */

const struct check *check_row(size_t i)
{
	return i < ARRAY_SIZE(row) ? &row[i] : NULL;
}

/* The number that *text begins with, after which and a dot it then stands; -1 for anything else. */
static int64_t next_number(const char **text)
{
	char *end;
	const long long n = strtoll(*text, &end, 10);

	if (end == *text || n < 0)
		return -1;
	*text = *end == '.' ? end + 1 : end;
	return n;
}

/* Numbers, or versions: part by part, a missing part is 0. */
static bool is_least(const char *found, const char *needed)
{
	if (next_number(&(const char *){found}) < 0)
		return false;
	while (*needed != '\0') {
		const int64_t want = next_number(&needed), have = next_number(&found);
		if (have != want)
			return have > want;
	}
	return true;
}

static bool is_among(const char *found, const char *needed)
{
	const size_t len = strlen(found);

	for (;;) {
		const char *end = strstr(needed, " or ");
		const size_t one = end ? (size_t)(end - needed) : strlen(needed);
		if (one == len && memcmp(found, needed, len) == 0)
			return true;
		if (!end)
			return false;
		needed = end + strlen(" or ");
	}
}

enum check_level check_judge(const struct check *c, const char *found, bool lab)
{
	if (c->lab && lab)
		return CHECK_OK;
	if (found && (c->least ? is_least(found, c->needed) : is_among(found, c->needed)))
		return CHECK_OK;
	return c->level;
}

void check_mend(const struct check *c, const char *subject, const char *address, struct buf *out)
{
	const int len = (int)strcspn(c->needed, " ");

	if (c->mend)
		buf_adds(out, c->mend);
	else if (c->place == CHECK_REDIS)
		buf_addf(
			out,
			"redis-cli CONFIG SET %s \"%.*s\", and the same line in redis.conf without "
			"CONFIG SET",
			c->name, len, c->needed);
	else
		buf_addf(out,
			 "kafka-configs.sh --bootstrap-server %s --alter --entity-type topics "
			 "--entity-name %s --add-config %s=%.*s",
			 address, subject, c->name, len, c->needed);
}

const struct check *check_refused(enum check_place place, const struct option_list *found, bool lab)
{
	for (size_t i = 0; i < ARRAY_SIZE(row); i++)
		if (row[i].place == place && row[i].refused &&
		    check_judge(&row[i], pairs_find(found, row[i].name), lab) == CHECK_BAD)
			return &row[i];
	return NULL;
}

int check_fault(const struct check *c, const char *subject, const char *address,
		const struct option_list *found, struct fault *f)
{
	const char *value = pairs_find(found, c->name);
	struct buf mend = {0};

	check_mend(c, subject, address, &mend);
	const int kind = fault_set(f, FAULT_CONFIG, "%s%s: %s is %s, must be %s%s: %s; mend: %s",
				   c->place == CHECK_TOPIC ? "topic " : "", subject, c->name,
				   value ? value : "not told", c->needed,
				   c->least ? " or more" : "", c->why, buf_text(&mend));
	buf_release(&mend);
	return kind;
}
