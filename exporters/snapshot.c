/*
 * snapshot: the cut. Asks for everything of a partition in one transaction and uses the answer
 * only when it is whole; snapshot_parse.c reads what it says. Never writes to Redis.
 */
#include "exporters/snapshot.h"

#include "common/loop.h"
#include "exporters/snapshot_parse.h"

enum { TRIES = 8, PAUSE_MS = 150 };

enum cut {
	CUT_WHOLE,
	CUT_MORE_PAIRS, /* there are cells that were not asked for */
	CUT_BETWEEN,    /* the cells are on their way from one offset to another */
};

static int send_words(struct redis *r, const char *command, const char *key, struct fault *f)
{
	struct redis_args a = {0};
	redis_arg(&a, command);
	if (key)
		redis_arg(&a, key);
	int rc = redis_send(r, &a, f);
	redis_args_release(&a);
	return rc;
}

/* MULTI, the five hashes, the cells of every pair in every cube, EXEC: all sent before an answer is read. */
static int ask(struct redis *r, const char *ns, int partition, const struct snapshot_pairs *pairs,
	       struct fault *f)
{
	static const enum keys_part part[SNAPSHOT_CELLS] = {
		[SNAPSHOT_M] = KEYS_M, [SNAPSHOT_U] = KEYS_U, [SNAPSHOT_K] = KEYS_K,
		[SNAPSHOT_P] = KEYS_P, [SNAPSHOT_D] = KEYS_D,
	};
	char key[KEYS_MAX];
	int rc = send_words(r, "MULTI", NULL, f);
	for (size_t i = 0; i < ARRAY_SIZE(part) && rc == 0; i++) {
		keys_part(key, ns, partition, part[i]);
		rc = send_words(r, "HGETALL", key, f);
	}
	for (size_t i = 0; i < pairs->count * CUBES_END && rc == 0; i++) {
		struct cubes_cell at = snapshot_pairs_at(pairs, i);
		keys_cells(key, ns, partition, cubes_row(at.cube)->name, at.yyyymm, at.unit);
		rc = send_words(r, "HGETALL", key, f);
	}
	return rc < 0 ? rc : send_words(r, "EXEC", NULL, f);
}

static bool is_hash(const redisReply *r)
{
	bool good = r->type == REDIS_REPLY_ARRAY && r->elements % 2 == 0;
	for (size_t i = 0; good && i < r->elements; i++)
		good = r->element[i]->type == REDIS_REPLY_STRING;
	return good;
}

/* The answer to EXEC, which follows the OK of MULTI and one QUEUED for each command. */
static int answer(struct redis *r, size_t commands, redisReply **ret, struct fault *f)
{
	redisReply *reply = NULL;
	for (size_t i = 0; i < commands + 2; i++) {
		if (reply)
			freeReplyObject(reply);
		reply = NULL;
		int rc = redis_receive(r, &reply, f);
		if (rc < 0)
			return rc;
	}
	bool good = reply->type == REDIS_REPLY_ARRAY && reply->elements == commands;
	for (size_t i = 0; good && i < commands; i++)
		good = is_hash(reply->element[i]);
	if (!good) {
		freeReplyObject(reply);
		return fault_set(f, FAULT_STATE, "EXEC did not answer every command with a hash");
	}
	*ret = reply;
	return 0;
}

/* Whether figures may come of a cut in which the cells of `asked` pairs were asked for and `pairs` stand. */
static enum cut judge(const struct snapshot_partition *p, size_t asked, size_t pairs)
{
	/* Otherwise the cells hold a part of what lies between the offsets. */
	if (p->ahead != p->off || p->cells != p->off)
		return CUT_BETWEEN;
	return asked == pairs ? CUT_WHOLE : CUT_MORE_PAIRS;
}

/* One try. Only a whole cut leaves more than the meta hash in *s; each brings the pairs up to date. */
static int try_cut(struct redis *r, struct snapshot *s, int partition, struct snapshot_pairs *pairs,
		   enum cut *ret, struct fault *f)
{
	struct snapshot_pairs now = {0};
	redisReply *exec = NULL;
	int rc = ask(r, s->ns, partition, pairs, f);
	if (rc < 0)
		return rc;
	rc = answer(r, SNAPSHOT_CELLS + pairs->count * CUBES_END, &exec, f);
	if (rc < 0)
		return rc;
	rc = snapshot_parse_meta(exec, s, partition, f);
	if (rc == 0)
		rc = snapshot_parse_pairs(exec, s, partition, &now, f);
	if (rc < 0)
		goto out;
	*ret = judge(s->partition + partition, pairs->count, now.count);
	if (*ret == CUT_WHOLE)
		rc = snapshot_parse_rest(exec, s, partition, pairs, f);
out:
	snapshot_pairs_release(pairs);
	*pairs = now;
	freeReplyObject(exec);
	return rc;
}

static int not_whole(const struct snapshot *s, int partition, enum cut cut, struct fault *f)
{
	const struct snapshot_partition *p = s->partition + partition;
	if (cut == CUT_MORE_PAIRS)
		return fault_set(f, FAULT_STATE,
				 "partition %d of %s changes too fast to be read: try again",
				 partition, s->ns);
	return fault_set(
		f, FAULT_STATE,
		"partition %d of %s is between two states: counted to offset %llu, written to "
		"%llu, cells complete to %llu; the aggregator mends this when it runs",
		partition, s->ns, (unsigned long long)p->off, (unsigned long long)p->ahead,
		(unsigned long long)p->cells);
}

/* The first cut asks for no cells: it learns the pairs. */
static int read_partition(struct redis *r, struct snapshot *s, int partition, struct fault *f)
{
	struct snapshot_pairs pairs = {0};
	enum cut cut = CUT_MORE_PAIRS;
	int rc = 0;
	for (int i = 0; i < TRIES && rc == 0; i++) {
		if (cut == CUT_BETWEEN)
			loop_pause(PAUSE_MS);
		rc = try_cut(r, s, partition, &pairs, &cut, f);
		if (cut == CUT_WHOLE)
			break;
	}
	snapshot_pairs_release(&pairs);
	if (rc == 0 && cut != CUT_WHOLE)
		rc = not_whole(s, partition, cut, f);
	return rc;
}

static int by_id(const void *a, const void *b)
{
	const struct snapshot_delivery *x = a, *y = b;
	return strcmp(x->id, y->id);
}

int snapshot_read(struct redis *redis, const char *ns, struct snapshot *ret, struct fault *f)
{
	struct snapshot s = {.partitions = 1};
	int rc = 0;
	(void)snprintf(s.ns, sizeof(s.ns), "%s", ns);
	s.partition = base_zalloc(ROUTE_PARTITIONS_MAX, sizeof(*s.partition));
	/* Partition 0 says how many there are. */
	for (int i = 0; i < s.partitions && rc == 0; i++)
		rc = read_partition(redis, &s, i, f);
	if (rc < 0) {
		snapshot_release(&s);
		return rc;
	}
	if (s.deliveries > 1)
		qsort(s.delivery, s.deliveries, sizeof(*s.delivery), by_id);
	*ret = s;
	return 0;
}

void snapshot_id(const struct snapshot *s, struct buf *out)
{
	buf_adds(out, s->ns);
	for (int i = 0; i < s->partitions; i++)
		buf_addf(out, "%c%llu", i ? ',' : ':', (unsigned long long)s->partition[i].off);
}

void snapshot_release(struct snapshot *s)
{
	for (int i = 0; s->partition && i < s->partitions; i++) {
		for (size_t k = 0; k < s->partition[i].units; k++)
			free(s->partition[i].unit[k]);
		free(s->partition[i].unit);
		free(s->partition[i].klass);
	}
	free(s->partition);
	free(s->cell);
	free(s->delivery);
	*s = (struct snapshot){0};
}
