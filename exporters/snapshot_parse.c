/*
 * snapshot_parse: strict reading of hashes. Owns nothing; what it makes belongs to the snapshot.
 */
#include "exporters/snapshot_parse.h"

/* Counts and offsets: what fits a signed 64-bit number, so that sums of them can be compared. */
#define COUNT_MAX ((uint64_t)INT64_MAX)

/* One hash of the cut, and how to say where it stands. */
struct hash {
	const struct snapshot *s;
	int partition;
	const char *part; /* "m", "cells of 202003:17" */
	const redisReply *reply;
};

/* The fields and values of a hash alternate. */
static struct span word(const redisReply *hash, size_t i)
{
	return (struct span){hash->element[i]->str, hash->element[i]->len};
}

static int refuse(const struct hash *h, struct fault *f, const char *what)
{
	return fault_set(f, FAULT_STATE, "kp:{%s.%d}:%s: %s", h->s->ns, h->partition, h->part,
			 what);
}

static struct span value_of(const struct hash *h, const char *field)
{
	for (size_t i = 0; i < h->reply->elements; i += 2)
		if (span_is(word(h->reply, i), field))
			return word(h->reply, i + 1);
	return (struct span){NULL, 0};
}

static int number_of(const struct hash *h, const char *field, uint64_t max, uint64_t *ret,
		     struct fault *f)
{
	char what[64];
	if (text_u64(value_of(h, field), max, ret))
		return 0;
	(void)snprintf(what, sizeof(what), "%s is not there or not a number", field);
	return refuse(h, f, what);
}

/* What every partition must say alike. */
static int parse_namespace(const struct hash *h, struct snapshot *s, struct fault *f)
{
	struct span topic = value_of(h, "topic");
	uint64_t partitions;
	int rc = number_of(h, "s", ROUTE_PARTITIONS_MAX, &partitions, f);
	if (rc < 0)
		return rc;
	if (h->partition > 0)
		return partitions == (uint64_t)s->partitions && span_is(topic, s->topic)
			       ? 0
			       : refuse(h, f, "topic or s is not that of partition 0");
	if (partitions == 0 || topic.len > ROUTE_TOPIC_MAX)
		return refuse(h, f, "s or topic is out of range");
	s->partitions = (int)partitions;
	s->trial = span_is(value_of(h, "trial"), "1");
	(void)snprintf(s->topic, sizeof(s->topic), "%.*s", (int)topic.len,
		       topic.len ? topic.data : "");
	return 0;
}

int snapshot_parse_meta(const redisReply *exec, struct snapshot *s, int partition, struct fault *f)
{
	struct hash h = {s, partition, "m", exec->element[SNAPSHOT_M]};
	struct snapshot_partition p = {0};
	const struct {
		const char *field;
		uint64_t *to;
	} number[] = {{"base", &p.base},   {"off", &p.off}, {"ahead", &p.ahead},
		      {"cells", &p.cells}, {"n", &p.n},     {"live", &p.live}};
	char name[32];
	if (h.reply->elements == 0)
		return fault_set(f, FAULT_STATE,
				 "NOSTATE: partition %d of the namespace %s is not in this Redis; "
				 "no figure can be "
				 "given: make it with `kontaktpuls ops init`, or restore it",
				 partition, s->ns);
	if (!span_is(value_of(&h, "fmt"), KEYS_FORMAT))
		return refuse(&h, f,
			      "fmt is not " KEYS_FORMAT ", the format that this program reads");
	int rc = parse_namespace(&h, s, f);
	for (size_t i = 0; i < ARRAY_SIZE(number) && rc == 0; i++)
		rc = number_of(&h, number[i].field, COUNT_MAX, number[i].to, f);
	for (int i = 0; i < KEYS_STATS_END && rc == 0; i++) {
		(void)snprintf(name, sizeof(name), "s.%s", keys_stat_name((enum keys_stat)i));
		rc = number_of(&h, name, COUNT_MAX, &p.stat[i], f);
	}
	if (rc == 0)
		s->partition[partition] = p;
	return rc;
}

struct cubes_cell snapshot_pairs_at(const struct snapshot_pairs *pairs, size_t i)
{
	assert(i / CUBES_END < pairs->count);
	return (struct cubes_cell){
		.cube = (enum cubes_cube)(i % CUBES_END),
		.yyyymm = pairs->pair[i / CUBES_END].yyyymm,
		.unit = (uint16_t)pairs->pair[i / CUBES_END].unit,
	};
}

void snapshot_pairs_release(struct snapshot_pairs *pairs)
{
	free(pairs->pair);
	*pairs = (struct snapshot_pairs){0};
}

int snapshot_parse_pairs(const redisReply *exec, const struct snapshot *s, int partition,
			 struct snapshot_pairs *pairs, struct fault *f)
{
	struct hash h = {s, partition, "p", exec->element[SNAPSHOT_P]};
	pairs->pair = base_zalloc(h.reply->elements / 2 + 1, sizeof(*pairs->pair));
	for (size_t i = 1; i < h.reply->elements; i += 2, pairs->count++)
		if (!keys_pair_parse(word(h.reply, i), &pairs->pair[pairs->count].yyyymm,
				     &pairs->pair[pairs->count].unit))
			return refuse(&h, f, "a text that is not a month and a unit");
	return 0;
}

static int parse_units(const struct hash *h, struct snapshot_partition *p, struct fault *f)
{
	size_t cap = 0;
	uint64_t index;
	for (size_t i = 0; i < h->reply->elements; i += 2) {
		struct span text = word(h->reply, i + 1);
		if (!text_u64(word(h->reply, i), KEYS_UNITS_MAX - 1, &index) ||
		    !text_utf8_valid(text) || text_has_control(text))
			return refuse(h, f, "not an index with the text of a unit");
		while (p->units <= index) {
			p->unit = base_grow(p->unit, &cap, p->units + 1, sizeof(*p->unit));
			p->unit[p->units++] = NULL;
		}
		p->unit[index] = base_strndup(text.data, text.len);
	}
	return 0;
}

static int parse_klasses(const struct hash *h, struct snapshot_partition *p, struct fault *f)
{
	size_t cap = 0;
	uint64_t index;
	for (size_t i = 0; i < h->reply->elements; i += 2) {
		struct klass klass;
		if (!text_u64(word(h->reply, i), KEYS_KLASSES_MAX - 1, &index) ||
		    !klass_parse(word(h->reply, i + 1), &klass))
			return refuse(h, f, "not an index with the text of a class");
		while (p->klasses <= index) {
			p->klass = base_grow(p->klass, &cap, p->klasses + 1, sizeof(*p->klass));
			p->klass[p->klasses++] = (struct klass){0};
		}
		p->klass[index] = klass;
	}
	return 0;
}

/*
 * An opening goes to every partition, but only the partition of the delivery's id keeps a text of it, which what comes later
 * in its life replaces: nowhere else may one stand, or its totals would count twice.
 */
static bool parse_delivery(struct snapshot *s, int partition, struct span id, struct span text)
{
	struct snapshot_delivery d = {0};
	uint8_t bytes[EVENT_ID_BYTES];
	struct event e;
	if (!text_unhex(id, bytes, sizeof(bytes)) || !leverans_parse(text, &e))
		return false;
	if (route_partition(bytes, s->partitions) != partition)
		return false;
	text_hex(bytes, sizeof(bytes), d.id);
	memcpy(d.source, e.source, sizeof(d.source));
	d.leverans = e.leverans;
	s->delivery = base_grow(s->delivery, &s->delivery_cap, s->deliveries + 1,
				sizeof(*s->delivery));
	s->delivery[s->deliveries++] = d;
	return true;
}

static int parse_d(const struct hash *h, struct snapshot *s, struct snapshot_partition *p,
		   struct fault *f)
{
	for (size_t i = 0; i < h->reply->elements; i += 2) {
		struct span field = word(h->reply, i), value = word(h->reply, i + 1), rest;
		if (span_after(field, "pin.", &rest))
			continue;
		if (span_after(field, "lev.", &rest)) {
			if (!parse_delivery(s, h->partition, rest, value))
				return refuse(h, f,
					      "a delivery whose text cannot be read, or of another "
					      "partition");
			continue;
		}
		uint64_t *counts = span_after(field, "dead.", &rest)   ? p->dead
				   : span_after(field, "note.", &rest) ? p->noted
								       : NULL;
		enum reason r = counts ? reason_by_name(rest) : REASON_NONE;
		if (r == REASON_NONE || !text_u64(value, COUNT_MAX, &counts[r]))
			return refuse(h, f,
				      "neither a delivery, a pin nor a count of a known reason");
	}
	return 0;
}

static int parse_cells(const struct hash *h, struct snapshot *s, struct cubes_cell at,
		       struct fault *f)
{
	const struct snapshot_partition *p = s->partition + h->partition;
	for (size_t i = 0; i < h->reply->elements; i += 2) {
		struct snapshot_cell cell = {h->partition, at, 0};
		if (!cubes_field_parse(word(h->reply, i), &cell.at) ||
		    !text_u64(word(h->reply, i + 1), COUNT_MAX, &cell.count) || cell.count == 0)
			return refuse(h, f, "not a cell with a count");
		unsigned klass = cell.at.value[CUBES_DIM_KLASS];
		if (at.unit >= p->units || !p->unit[at.unit] || klass >= p->klasses ||
		    !p->klass[klass].source[0])
			return refuse(h, f, "a unit or class that the dictionaries do not have");
		s->cell = base_grow(s->cell, &s->cell_cap, s->cells + 1, sizeof(*s->cell));
		s->cell[s->cells++] = cell;
	}
	return 0;
}

int snapshot_parse_rest(const redisReply *exec, struct snapshot *s, int partition,
			const struct snapshot_pairs *pairs, struct fault *f)
{
	struct snapshot_partition *p = s->partition + partition;
	struct hash u = {s, partition, "u", exec->element[SNAPSHOT_U]};
	struct hash k = {s, partition, "k", exec->element[SNAPSHOT_K]};
	struct hash d = {s, partition, "d", exec->element[SNAPSHOT_D]};
	int rc = parse_units(&u, p, f);
	if (rc == 0)
		rc = parse_klasses(&k, p, f);
	if (rc == 0)
		rc = parse_d(&d, s, p, f);
	for (size_t i = 0; i < pairs->count * CUBES_END && rc == 0; i++) {
		char part[64];
		struct cubes_cell at = snapshot_pairs_at(pairs, i);
		struct hash c = {s, partition, part, exec->element[SNAPSHOT_CELLS + i]};
		(void)snprintf(part, sizeof(part), "c:%s:%06u:%u", cubes_row(at.cube)->name,
			       at.yyyymm, at.unit);
		rc = parse_cells(&c, s, at, f);
	}
	return rc;
}
