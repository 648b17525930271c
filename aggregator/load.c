/*
 * load: fills a state from the store and checks it. Owns nothing that outlives a call.
 */
#include "aggregator/load.h"

#include <inttypes.h>

#include "proto/cubes.h"
#include "proto/leverans.h"

static int contradiction(const struct state *s, struct fault *f, const char *what)
{
	return fault_set(f, FAULT_STATE, "partition %d: the state in Redis contradicts itself: %s",
			 s->partition, what);
}

static int take_entry(void *arg, enum keys_part part, uint32_t index, struct span text,
		      struct fault *f)
{
	struct state *s = arg;

	if (dictionary_put(state_dictionary(s, part), index, text))
		return 0;
	return fault_set(f, FAULT_STATE,
			 "partition %d: the state in Redis contradicts itself: entry %" PRIu32
			 " of dictionary %c is too much, or its text stands there twice",
			 s->partition, index, part);
}

static int take_fact(void *arg, struct span field, struct span text, struct fault *f)
{
	struct state *s = arg;
	struct span reason;
	uint64_t noted;

	if (span_after(field, "dead.", &reason)) {
		const enum reason r = reason_by_name(reason);

		if (r == REASON_NONE || !text_u64(text, INT64_MAX, &s->dead[r]))
			return contradiction(s, f, "d counts the dead of a reason that is none");
		s->dead_stands[r] = true;
		return 0;
	}
	if (span_after(field, "note.", &reason) &&
	    (reason_by_name(reason) == REASON_NONE || !text_u64(text, INT64_MAX, &noted)))
		return contradiction(s, f, "d counts what was noted for a reason that is none");
	char *name = base_strndup(field.data, field.len);
	char *value = base_strndup(text.data, text.len);

	ledger_set(&s->ledger, name, value);
	free(name);
	free(value);
	return 0;
}

/* And counts the live ones. */
static int check_contacts(struct state *s, struct fault *f)
{
	for (uint32_t slot = 0; slot < s->contacts.count; slot++) {
		const struct vector *v = &s->contacts.slot[slot];

		if (!vector_live(v))
			continue;
		if (vector_get(v, VECTOR_UNIT) >= s->units.count ||
		    vector_get(v, VECTOR_KLASS) >= s->klasses.count)
			return contradiction(
				s, f, "a contact has a unit or class that is in no dictionary");
		s->live++;
	}
	return 0;
}

static int check_state(struct state *s, const struct store_meta *meta, struct fault *f)
{
	if (!dictionary_complete(&s->units) || !dictionary_complete(&s->klasses) ||
	    !dictionary_complete(&s->pairs))
		return contradiction(s, f, "a dictionary has lost an entry");
	if (!contacts_index(&s->contacts))
		return contradiction(s, f, "a contact has two slots");

	const int kind = check_contacts(s, f);

	if (kind < 0)
		return kind;
	state_recount(s);
	if (meta->cells == meta->off && state_name_pairs(s) > 0)
		return contradiction(s, f, "a contact has a month and unit that are not in p");
	s->sum = state_digest(s);
	if (meta->ahead > meta->off)
		return 0;
	if (s->sum != meta->sum)
		return fault_set(
			f, FAULT_STATE,
			"partition %d: the state in Redis contradicts itself: its digest is "
			"%016" PRIx64 ", sum says %016" PRIx64,
			s->partition, s->sum, meta->sum);
	if (s->live != meta->live)
		return fault_set(f, FAULT_STATE,
				 "partition %d: the state in Redis contradicts itself: %" PRIu64
				 " contacts are live, live says %" PRIu64,
				 s->partition, s->live, meta->live);
	return 0;
}

static bool take_probe(struct state *s, const char *text)
{
	uint8_t byte[8];

	if (text[0] == '\0')
		return s->off == s->base;
	if (!text_unhex(span_of(text), byte, sizeof(byte)))
		return false;
	for (size_t i = 0; i < sizeof(byte); i++)
		s->probe = s->probe << 8 | byte[i];
	return true;
}

int load_state(struct store *store, const struct store_meta *meta, struct state *s, struct fault *f)
{
	const struct store_sink sink = {.arg = s, .entry = take_entry, .fact = take_fact};

	s->off = meta->off;
	memcpy(s->stats, meta->stats, sizeof(s->stats));
	if (meta->n >= CONTACTS_NONE - 1 || meta->n > meta->off - meta->base)
		return contradiction(s, f, "n is larger than a table of so many events can be");
	if (!take_probe(s, meta->probe))
		return contradiction(s, f, "probe is no fingerprint");

	struct vector *slots = contacts_room(&s->contacts, (uint32_t)meta->n);
	int kind = store_load(store, s->partition, meta, slots, &sink, f);

	if (kind == 0)
		kind = check_state(s, meta, f);
	if (kind < 0)
		return kind;
	state_settle(s, s->cells.touches);
	s->settled.sum = meta->sum;
	s->settled.cells = meta->cells;
	if (meta->cells < meta->off)
		(void)state_name_pairs(s); /* commits that left the cells out did so with pairs */
	return 0;
}

struct compare {
	struct state *s;
	const char *ns;
	uint8_t *seen;  /* by entry of the cells */
	size_t entries; /* that there were at the beginning */
	struct load_compared *result;
};

static void differ(struct compare *c, uint64_t packed, uint64_t redis, uint64_t table)
{
	struct load_compared *r = c->result;
	const struct cubes_cell cell = cubes_unpack(packed);
	char key[KEYS_MAX], field[CUBES_FIELD_MAX];

	cells_touch(&c->s->cells, packed);
	if (r->differing++ > 0)
		return;
	keys_cells(key, c->ns, c->s->partition, cubes_row(cell.cube)->name, cell.yyyymm, cell.unit);
	cubes_field(field, &cell);
	(void)snprintf(r->first, sizeof(r->first),
		       "cell %s field %s: %" PRIu64 " in Redis, %" PRIu64 " by the contact table",
		       key, field, redis, table);
}

static void take_cell(void *arg, uint64_t packed, uint64_t value)
{
	struct compare *c = arg;
	const uint32_t i = cells_find(&c->s->cells, packed);
	const uint32_t count = i == FINDER_NONE ? 0 : c->s->cells.entry[i].count;

	if (i < c->entries)
		c->seen[i] = 1;
	if (count != value || value == 0) /* A cell of 0 is not to be there at all. */
		differ(c, packed, value, count);
}

/* All groups that Redis may hold: every cube of every pair in p. The caller frees them. */
static uint64_t *groups_of(const struct state *s, size_t *ret_count)
{
	uint64_t *group = base_zalloc((size_t)s->pairs.count * CUBES_END + 1, sizeof(*group));
	size_t count = 0;

	for (uint32_t i = 0; i < s->pairs.count; i++) {
		unsigned yyyymm, unit;

		if (!keys_pair_parse(span_of(s->pairs.text[i]), &yyyymm, &unit))
			continue; /* nothing of ours can stand under it */
		for (enum cubes_cube cube = 0; cube < CUBES_END; cube++) {
			const struct cubes_cell cell = {
				.cube = cube, .yyyymm = yyyymm, .unit = (uint16_t)unit};

			group[count++] = cubes_pack(&cell) >> CUBES_GROUP_SHIFT;
		}
	}
	*ret_count = count;
	return group;
}

int load_compare(struct store *store, const char *ns, const char *token, struct state *s,
		 struct load_compared *ret, struct fault *f)
{
	size_t count;
	uint64_t *group = groups_of(s, &count);
	struct compare c = {.s = s,
			    .ns = ns,
			    .seen = base_zalloc(s->cells.count + 1, 1),
			    .entries = s->cells.count,
			    .result = ret};

	*ret = (struct load_compared){0};
	const int kind = store_cells(store, s->partition, token, group, count, take_cell, &c, f);

	for (size_t i = 0; kind == 0 && i < c.entries; i++)
		if (c.seen[i] == 0 && s->cells.entry[i].count > 0)
			differ(&c, s->cells.entry[i].cell, 0, s->cells.entry[i].count);
	free(group);
	free(c.seen);
	return kind;
}
