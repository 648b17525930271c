/*
 * state: the memory of one partition and the only code that changes it. Reads no clock, does no I/O.
 */
#include "aggregator/state.h"

#include <inttypes.h>
#include <xxhash.h>

#include "common/sort.h"
#include "proto/cubes.h"
#include "proto/leverans.h"

/* Never full: every month that a vector's day can be in, for every unit. */
#define PAIRS_MAX (180 * 12 * KEYS_UNITS_MAX)

static uint64_t slot_digest(uint32_t slot, const struct vector *v)
{
	return XXH3_64bits_withSeed(v, VECTOR_BYTES, slot);
}

static uint64_t entry_digest(enum keys_part part, const char *field, const char *text)
{
	return XXH3_64bits_withSeed(text, strlen(text),
				    XXH3_64bits_withSeed(field, strlen(field), (uint64_t)part));
}

static uint64_t index_digest(enum keys_part part, uint32_t index, const char *text)
{
	char field[16];

	(void)snprintf(field, sizeof(field), "%" PRIu32, index);
	return entry_digest(part, field, text);
}

static uint64_t dead_digest(enum reason r, uint64_t count)
{
	char field[40], text[24];

	if (count == 0)
		return 0;
	leverans_dead_field(r, field);
	(void)snprintf(text, sizeof(text), "%" PRIu64, count);
	return entry_digest(KEYS_D, field, text);
}

void state_init(struct state *s, int partition, int partitions, uint64_t base, uint64_t seed)
{
	*s = (struct state){
		.partition = partition,
		.partitions = partitions,
		.base = base,
		.off = base,
		.contacts = {.seed = seed},
		.cells = {.seed = seed},
		.units = {.max = KEYS_UNITS_MAX, .seed = seed},
		.klasses = {.max = KEYS_KLASSES_MAX, .seed = seed},
		.pairs = {.max = PAIRS_MAX, .seed = seed},
		.ledger = {.seed = seed},
		.settled = {.off = base, .cells = base},
	};
}

void state_release(struct state *s)
{
	contacts_release(&s->contacts);
	cells_release(&s->cells);
	dictionary_release(&s->units);
	dictionary_release(&s->klasses);
	dictionary_release(&s->pairs);
	ledger_release(&s->ledger);
	free(s->touched);
	*s = (struct state){0};
}

struct dictionary *state_dictionary(struct state *s, enum keys_part part)
{
	switch (part) {
	case KEYS_U: return &s->units;
	case KEYS_K: return &s->klasses;
	case KEYS_P: return &s->pairs;
	case KEYS_M:
	case KEYS_D: break;
	}
	BUG("not a dictionary");
}

static bool name_pair(struct state *s, uint64_t packed)
{
	const struct cubes_cell cell = cubes_unpack(packed);
	char text[16];

	keys_pair(text, cell.yyyymm, cell.unit);
	if (dictionary_find(&s->pairs, text) != DICTIONARY_NONE)
		return false;
	(void)state_name(s, KEYS_P, text);
	return true;
}

static uint64_t packed_cell(enum cubes_cube cube, const struct vector *v)
{
	const struct cubes_cell cell = cubes_cell(cube, v);

	return cubes_pack(&cell);
}

static void add_cells(struct state *s, const struct vector *v)
{
	for (enum cubes_cube cube = 0; cube < CUBES_END; cube++) {
		const size_t before = s->cells.count;
		const uint64_t cell = packed_cell(cube, v);

		cells_add(&s->cells, cell);
		if (s->cells.count > before)
			(void)name_pair(s, cell);
	}
}

static void remove_cells(struct state *s, const struct vector *v)
{
	for (enum cubes_cube cube = 0; cube < CUBES_END; cube++)
		cells_remove(&s->cells, packed_cell(cube, v));
}

/* `old` is NULL for a contact that was not known. */
static void count(struct state *s, const struct vector *old, const struct vector *v)
{
	const bool was = old != NULL && vector_live(old), is = vector_live(v);

	s->live = s->live + is - was;
	if (s->deferred ||
	    (old != NULL && memcmp(old->attribute, v->attribute, VECTOR_ATTRIBUTES) == 0))
		return;
	if (was)
		remove_cells(s, old);
	if (is)
		add_cells(s, v);
}

void state_put(struct state *s, uint32_t slot, const struct vector *v)
{
	if (slot == CONTACTS_NONE) {
		slot = contacts_add(&s->contacts, v);
		count(s, NULL, v);
	} else {
		const struct vector old = s->contacts.slot[slot];

		s->sum -= slot_digest(slot, &old);
		contacts_set(&s->contacts, slot, v);
		count(s, &old, v);
	}
	s->sum += slot_digest(slot, v);
	if (slot >= s->settled.contacts)
		return;
	s->touched = base_grow(s->touched, &s->touched_cap, s->touches + 1, sizeof(*s->touched));
	s->touched[s->touches++] = slot;
}

uint32_t state_name(struct state *s, enum keys_part part, const char *text)
{
	const uint32_t index = dictionary_add(state_dictionary(s, part), text);

	s->sum += index_digest(part, index, text);
	return index;
}

void state_note(struct state *s, const char *field, const char *text)
{
	const char *old = ledger_get(&s->ledger, field);

	if (old != NULL)
		s->sum -= entry_digest(KEYS_D, field, old);
	s->sum += entry_digest(KEYS_D, field, text);
	ledger_set(&s->ledger, field, text);
}

void state_count(struct state *s, enum keys_stat stat, enum reason reason, uint64_t probe)
{
	s->off++;
	s->probe = probe;
	s->stats[stat]++;
	if (stat != KEYS_STAT_DEAD)
		return;
	s->sum -= dead_digest(reason, s->dead[reason]);
	s->dead[reason]++;
	s->sum += dead_digest(reason, s->dead[reason]);
}

void state_defer(struct state *s)
{
	s->deferred = true;
}

void state_recount(struct state *s)
{
	const size_t all = s->live * CUBES_END;
	uint64_t *cell = base_alloc((2 * all + 1) * sizeof(*cell));
	size_t n = 0;

	for (uint32_t slot = 0; slot < s->contacts.count; slot++) {
		const struct vector *v = &s->contacts.slot[slot];

		for (enum cubes_cube cube = 0; vector_live(v) && cube < CUBES_END; cube++) {
			assert(n < all);
			cell[n++] = packed_cell(cube, v);
		}
	}
	sort_u64(cell, cell + all, n);
	cells_recount(&s->cells, cell, n);
	free(cell);
	s->deferred = false;
}

uint32_t state_name_pairs(struct state *s)
{
	uint64_t last = UINT64_MAX; /* cells of one hash mostly stand together */
	uint32_t named = 0;

	for (size_t i = 0; i < s->cells.count; i++) {
		const uint64_t cell = s->cells.entry[i].cell;

		if (cell >> CUBES_GROUP_SHIFT != last)
			named += name_pair(s, cell);
		last = cell >> CUBES_GROUP_SHIFT;
	}
	return named;
}

void state_settle(struct state *s, size_t cells)
{
	cells_settle(&s->cells, cells);
	s->settled.off = s->off;
	s->settled.sum = s->sum;
	s->settled.dead = s->stats[KEYS_STAT_DEAD];
	s->settled.contacts = s->contacts.count;
	if (s->cells.touches == 0 && !s->deferred)
		s->settled.cells = s->off;
	s->touches = 0;
	s->units.settled = s->units.count;
	s->klasses.settled = s->klasses.count;
	s->pairs.settled = s->pairs.count;
	ledger_settle(&s->ledger);
}

bool state_owes_cells(const struct state *s)
{
	return s->cells.touches > 0 || s->settled.cells < s->off;
}

static uint64_t dictionary_digest(enum keys_part part, const struct dictionary *d)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < d->count; i++)
		sum += index_digest(part, i, d->text[i]);
	return sum;
}

uint64_t state_digest(const struct state *s)
{
	uint64_t sum = dictionary_digest(KEYS_U, &s->units) +
		       dictionary_digest(KEYS_K, &s->klasses) +
		       dictionary_digest(KEYS_P, &s->pairs);

	for (uint32_t i = 0; i < s->contacts.count; i++)
		sum += slot_digest(i, &s->contacts.slot[i]);
	for (size_t i = 0; i < s->ledger.count; i++)
		sum += entry_digest(KEYS_D, s->ledger.entry[i].field, s->ledger.entry[i].text);
	for (unsigned r = 0; r < REASONS_END; r++)
		sum += dead_digest((enum reason)r, s->dead[r]);
	return sum;
}
