/*
 * store_commit: puts a commit into the words of kp_commit, whose order stands in functions.lua, and
 * tells what Redis answered. Sends once and never again.
 */
#include "aggregator/store_private.h"

/* A piece of the table inside one segment. */
struct piece {
	unsigned segment;
	uint64_t offset; /* bytes */
	const void *data;
	size_t len;
};

struct pieces {
	struct piece *item;
	size_t count, cap;
};

/* Cuts the ranges at the borders of segments. */
static void cut(struct pieces *p, const struct store_commit *c)
{
	for (size_t i = 0; i < c->ranges; i++) {
		const struct store_range *range = &c->range[i];
		uint64_t done = 0;
		while (done < range->count) {
			uint64_t slot = range->slot + done, at = slot % KEYS_SEGMENT_SLOTS;
			uint64_t room = KEYS_SEGMENT_SLOTS - at, left = range->count - done;
			uint64_t n = left < room ? left : room;
			p->item = base_grow(p->item, &p->cap, p->count + 1, sizeof(*p->item));
			p->item[p->count++] = (struct piece){
				.segment = (unsigned)(slot / KEYS_SEGMENT_SLOTS),
				.offset = at * VECTOR_BYTES,
				.data = range->data + done,
				.len = n * VECTOR_BYTES,
			};
			done += n;
		}
	}
}

static size_t segment_end(const struct pieces *p, size_t from)
{
	size_t i = from;
	while (i < p->count && p->item[i].segment == p->item[from].segment)
		i++;
	return i;
}

static uint64_t group_of(const struct store_cell *cell)
{
	return cell->packed >> CUBES_GROUP_SHIFT;
}

static size_t group_end(const struct store_commit *c, size_t from)
{
	size_t i = from;
	while (i < c->cell_count && group_of(&c->cell[i]) == group_of(&c->cell[from]))
		i++;
	return i;
}

static void add_keys(struct store *s, int partition, const struct store_commit *c,
		     const struct pieces *p)
{
	static const enum keys_part part[] = {KEYS_M, KEYS_U, KEYS_K, KEYS_P, KEYS_D};
	size_t keys = ARRAY_SIZE(part);
	for (size_t i = 0; i < p->count; i = segment_end(p, i))
		keys++;
	for (size_t i = 0; i < c->cell_count; i = group_end(c, i))
		keys++;
	store_fcall(s, "kp_commit", keys);
	for (size_t i = 0; i < ARRAY_SIZE(part); i++)
		store_arg_part(s, partition, part[i]);
	for (size_t i = 0; i < p->count; i = segment_end(p, i))
		store_arg_segment(s, partition, p->item[i].segment);
	for (size_t i = 0; i < c->cell_count; i = group_end(c, i)) {
		struct cubes_cell cell = cubes_unpack(c->cell[i].packed);
		char key[KEYS_MAX];
		keys_cells(key, s->ns, partition, cubes_row(cell.cube)->name, cell.yyyymm,
			   cell.unit);
		redis_arg(&s->args, key);
	}
}

static void add_digest(struct redis_args *a, uint64_t digest)
{
	char hex[STORE_DIGEST_MAX];
	(void)snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)digest);
	redis_arg(a, hex);
}

static void add_scalars(struct redis_args *a, const struct store_commit *c)
{
	redis_arg(a, c->owner);
	redis_arg_u64(a, c->off);
	add_digest(a, c->sum);
	redis_arg_u64(a, c->new_off);
	redis_arg_u64(a, c->n);
	redis_arg_u64(a, c->live);
	add_digest(a, c->new_sum);
	redis_arg(a, c->probe);
	redis_arg_u64(a, c->cells);
	for (int i = 0; i < KEYS_STATS_END; i++)
		redis_arg_u64(a, c->stats[i]);
}

static void add_segments(struct redis_args *a, const struct pieces *p)
{
	size_t segments = 0;
	for (size_t i = 0; i < p->count; i = segment_end(p, i))
		segments++;
	redis_arg_u64(a, segments);
	for (size_t i = 0, end; i < p->count; i = end) {
		end = segment_end(p, i);
		redis_arg_u64(a, end - i);
		for (size_t j = i; j < end; j++) {
			redis_arg_u64(a, p->item[j].offset);
			redis_arg_n(a, p->item[j].data, p->item[j].len);
		}
	}
}

static void add_entries(struct redis_args *a, const struct store_entry *entry, size_t count)
{
	redis_arg_u64(a, 2 * count);
	for (size_t i = 0; i < count; i++) {
		redis_arg_u64(a, entry[i].index);
		redis_arg(a, entry[i].text);
	}
}

static void add_facts(struct redis_args *a, const struct store_commit *c)
{
	redis_arg_u64(a, 2 * c->facts);
	for (size_t i = 0; i < c->facts; i++) {
		redis_arg(a, c->fact[i].field);
		redis_arg(a, c->fact[i].text);
	}
}

static void add_cell(struct redis_args *a, const struct store_cell *c)
{
	struct cubes_cell cell = cubes_unpack(c->packed);
	char field[CUBES_FIELD_MAX];
	cubes_field(field, &cell);
	redis_arg(a, field);
	if (c->value)
		redis_arg_u64(a, c->value);
}

/* The cells of one hash: first those to set, then those to remove. */
static void add_group(struct redis_args *a, const struct store_cell *cell, size_t count)
{
	size_t set = 0;
	for (size_t i = 0; i < count; i++)
		set += cell[i].value != 0;
	redis_arg_u64(a, 2 * set);
	for (size_t i = 0; i < count; i++)
		if (cell[i].value)
			add_cell(a, &cell[i]);
	redis_arg_u64(a, count - set);
	for (size_t i = 0; i < count; i++)
		if (!cell[i].value)
			add_cell(a, &cell[i]);
}

static enum store_answer answer(const redisReply *reply, struct fault *f)
{
	if (span_is(store_element(reply, 0), "OK"))
		return STORE_OK;
	if (span_is(store_element(reply, 0), "FENCED")) {
		(void)store_fenced(store_element(reply, 1), f);
		return STORE_FENCED;
	}
	if (span_is(store_element(reply, 0), "NOSTATE")) {
		(void)store_no_state(f);
		return STORE_NOSTATE;
	}
	if (span_is(store_element(reply, 0), "STATE") && reply->elements == 3) {
		(void)fault_set(f, FAULT_STATE,
				"Redis stands at offset %s with sum %s, not where this memory does",
				reply->element[1]->str, reply->element[2]->str);
		return STORE_STATE;
	}
	(void)fault_set(f, FAULT_STATE, "an answer to kp_commit that is none");
	return STORE_BROKEN;
}

enum store_answer store_commit(struct store *s, int partition, const struct store_commit *c,
			       struct fault *f)
{
	struct pieces p = {0};
	cut(&p, c);
	add_keys(s, partition, c, &p);
	struct redis_args *a = &s->args;
	add_scalars(a, c);
	add_segments(a, &p);
	add_entries(a, c->u, c->us);
	add_entries(a, c->k, c->ks);
	add_entries(a, c->p, c->ps);
	add_facts(a, c);
	for (size_t i = 0, end; i < c->cell_count; i = end) {
		end = group_end(c, i);
		add_group(a, &c->cell[i], end - i);
	}
	redisReply *reply = NULL;
	int r = store_call(s, &reply, f);
	enum store_answer said = r < 0 ? STORE_BROKEN : answer(reply, f);
	freeReplyObject(reply);
	free(p.item);
	if (said != STORE_OK)
		(void)store_where(s, partition, f);
	return said;
}
