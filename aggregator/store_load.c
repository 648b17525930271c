/*
 * store_load: reading a claimed partition: table, dictionaries, d, cells. Each reading ends with
 * the owner: as long as the own token stands there nobody else wrote meanwhile, and only then may
 * anything that looks wrong be called wrong. Changes nothing in Redis.
 */
#include "aggregator/store_private.h"

#define CELLS_AT_ONCE 256 /* hashes in flight; some 30 ms of the connection */

/* The fields and values of a hash; the caller frees the reply. */
static int read_hash(struct store *s, int partition, enum keys_part part, redisReply **ret,
		     struct fault *f)
{
	store_command(s, "HGETALL");
	store_arg_part(s, partition, part);
	return store_call(s, ret, f);
}

static int read_segment(struct store *s, int partition, unsigned segment, struct vector *slot,
			uint64_t count, struct fault *f)
{
	redisReply *reply = NULL;
	store_command(s, "GET");
	store_arg_segment(s, partition, segment);
	int r = store_call(s, &reply, f);
	if (r == 0) {
		struct span bytes = store_span(reply);
		if (bytes.len == KEYS_SEGMENT_BYTES)
			memcpy(slot, bytes.data, count * VECTOR_BYTES);
		else
			r = fault_set(f, FAULT_STATE, "segment %u of the contact table %s", segment,
				      bytes.data ? "has a wrong length" : "is lost");
	}
	freeReplyObject(reply);
	return r;
}

static int read_dictionary(struct store *s, int partition, enum keys_part part,
			   const struct store_sink *sink, struct fault *f)
{
	redisReply *reply = NULL;
	int r = read_hash(s, partition, part, &reply, f);
	for (size_t i = 0; r == 0 && i + 1 < reply->elements; i += 2) {
		uint64_t index;
		if (text_u64(store_element(reply, i), UINT32_MAX, &index))
			r = sink->entry(sink->arg, part, (uint32_t)index,
					store_element(reply, i + 1), f);
		else
			r = fault_set(f, FAULT_STATE, "an index of dictionary %c is no number",
				      (char)part);
	}
	freeReplyObject(reply);
	return r;
}

static bool is_dead(struct span field)
{
	struct span reason;

	return span_after(field, "dead.", &reason);
}

static int sum_dead(const redisReply *d, uint64_t *ret, struct fault *f)
{
	*ret = 0;
	for (size_t i = 0; i + 1 < d->elements; i += 2) {
		uint64_t n = 0;
		if (is_dead(store_element(d, i)) &&
		    !text_u64(store_element(d, i + 1), STORE_NUMBER_MAX, &n))
			return fault_set(f, FAULT_STATE, "%s of d is no number",
					 d->element[i]->str);
		*ret += n;
	}
	return 0;
}

/*
 * Tells what stands in d. A script that broke at its very last write left counts of events that
 * s.dead does not know yet: those `excess` are taken back, from whichever reasons, and counted
 * again by the replay.
 */
static int tell_facts(const redisReply *d, uint64_t excess, const struct store_sink *sink,
		      struct fault *f)
{
	for (size_t i = 0; i + 1 < d->elements; i += 2) {
		struct span field = store_element(d, i), text = store_element(d, i + 1);
		char lowered[24];
		uint64_t n = 0;
		if (excess && is_dead(field) && text_u64(text, STORE_NUMBER_MAX, &n)) {
			uint64_t less = n < excess ? n : excess;
			excess -= less;
			(void)snprintf(lowered, sizeof(lowered), "%llu",
				       (unsigned long long)(n - less));
			text = span_of(lowered);
		}
		int r = sink->fact(sink->arg, field, text, f);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_facts(struct store *s, int partition, const struct store_meta *meta,
		      const struct store_sink *sink, struct fault *f)
{
	redisReply *d = NULL;
	uint64_t counted = 0, dead = meta->stats[KEYS_STAT_DEAD];
	int r = read_hash(s, partition, KEYS_D, &d, f);
	if (r == 0)
		r = store_owner(s, partition, meta->owner, f);
	if (r == 0)
		r = sum_dead(d, &counted, f);
	if (r == 0 && (counted < dead || (counted > dead && meta->ahead == meta->off)))
		r = fault_set(f, FAULT_STATE, "dead.* of d add up to %llu, but s.dead is %llu",
			      (unsigned long long)counted, (unsigned long long)dead);
	if (r == 0)
		r = tell_facts(d, counted - dead, sink, f);
	freeReplyObject(d);
	return r;
}

static int load(struct store *s, int partition, const struct store_meta *meta, struct vector *slot,
		const struct store_sink *sink, struct fault *f)
{
	static const enum keys_part dictionary[] = {KEYS_U, KEYS_K, KEYS_P};
	int r = 0;
	for (uint64_t i = 0; r == 0 && i < meta->n; i += KEYS_SEGMENT_SLOTS) {
		uint64_t left = meta->n - i;
		r = read_segment(s, partition, (unsigned)(i / KEYS_SEGMENT_SLOTS), slot + i,
				 left < KEYS_SEGMENT_SLOTS ? left : KEYS_SEGMENT_SLOTS, f);
	}
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(dictionary); i++)
		r = read_dictionary(s, partition, dictionary[i], sink, f);
	return r == 0 ? read_facts(s, partition, meta, sink, f) : r;
}

int store_load(struct store *s, int partition, const struct store_meta *meta, struct vector *slot,
	       const struct store_sink *sink, struct fault *f)
{
	int r = load(s, partition, meta, slot, sink, f);
	return r < 0 ? store_where(s, partition, f) : 0;
}

static void group_key(const struct store *s, int partition, uint64_t group, struct cubes_cell *cell,
		      char key[KEYS_MAX])
{
	*cell = cubes_unpack(group << CUBES_GROUP_SHIFT);
	keys_cells(key, s->ns, partition, cubes_row(cell->cube)->name, cell->yyyymm, cell->unit);
}

static int receive_group(struct store *s, int partition, uint64_t group,
			 void (*tell)(void *arg, uint64_t packed, uint64_t value), void *arg,
			 struct fault *f)
{
	struct cubes_cell cell;
	char key[KEYS_MAX];
	group_key(s, partition, group, &cell, key);
	redisReply *reply = NULL;
	int r = store_receive(s, &reply, f);
	if (r < 0)
		return fault_prefix(f, "%s", key);
	for (size_t i = 0; r == 0 && i + 1 < reply->elements; i += 2) {
		uint64_t value;
		if (cubes_field_parse(store_element(reply, i), &cell) &&
		    text_u64(store_element(reply, i + 1), STORE_NUMBER_MAX, &value))
			tell(arg, cubes_pack(&cell), value);
		else
			r = fault_set(f, FAULT_STATE,
				      "%s: field %.32s with %.20s is no cell of ours", key,
				      reply->element[i]->str, reply->element[i + 1]->str);
	}
	freeReplyObject(reply);
	return r;
}

int store_cells(struct store *s, int partition, const char *token, const uint64_t *group,
		size_t count, void (*cell)(void *arg, uint64_t packed, uint64_t value), void *arg,
		struct fault *f)
{
	for (size_t done = 0; done < count; done += CELLS_AT_ONCE) {
		size_t stop = count - done < CELLS_AT_ONCE ? count : done + CELLS_AT_ONCE;
		for (size_t i = done; i < stop; i++) {
			struct cubes_cell unpacked;
			char key[KEYS_MAX];
			group_key(s, partition, group[i], &unpacked, key);
			store_command(s, "HGETALL");
			redis_arg(&s->args, key);
			int r = store_send(s, f);
			if (r < 0)
				return r;
		}
		for (size_t i = done; i < stop; i++) {
			int r = receive_group(s, partition, group[i], cell, arg, f);
			if (r < 0)
				return r;
		}
	}
	return store_owner(s, partition, token, f);
}
