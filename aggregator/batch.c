/*
 * batch: touched slots to ranges, touched cells in order, new texts. Changes nothing in the state.
 */
#include "aggregator/batch.h"

#include <inttypes.h>

#include "proto/leverans.h"

static int compare_u32(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int compare_cell(const void *a, const void *b)
{
	const uint64_t x = ((const struct store_cell *)a)->packed;
	const uint64_t y = ((const struct store_cell *)b)->packed;

	return (x > y) - (x < y);
}

/* Ascending; neighbouring slots become one range. */
static void add_range(struct batch *b, const struct state *s, struct store_commit *c, uint32_t slot,
		      uint32_t count)
{
	struct store_range *last = c->ranges > 0 ? &b->range[c->ranges - 1] : NULL;

	if (last != NULL && slot < last->slot + last->count)
		return;
	if (last != NULL && slot == last->slot + last->count)
		last->count += count;
	else
		b->range[c->ranges++] = (struct store_range){
			.slot = slot, .count = count, .data = &s->contacts.slot[slot]};
}

static void add_ranges(struct batch *b, const struct state *s, struct store_commit *c)
{
	const uint32_t first = s->settled.contacts, added = s->contacts.count - first;

	b->slot = base_grow(b->slot, &b->slots_cap, s->touches + 1, sizeof(*b->slot));
	b->range = base_grow(b->range, &b->ranges_cap, s->touches + 1, sizeof(*b->range));
	if (s->touches > 0)
		memcpy(b->slot, s->touched, s->touches * sizeof(*b->slot));
	qsort(b->slot, s->touches, sizeof(*b->slot), compare_u32);
	for (size_t i = 0; i < s->touches; i++)
		add_range(b, s, c, b->slot[i], 1);
	if (added > 0)
		add_range(b, s, c, first, added);
	c->range = b->range;
}

static bool ascending(const struct store_cell *cell, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (cell[i - 1].packed > cell[i].packed)
			return false;
	return true;
}

static void add_cells(struct batch *b, const struct state *s, size_t max, struct store_commit *c)
{
	const struct cells *cells = &s->cells;
	const size_t touches = s->deferred ? 0 : cells->touches;
	const size_t count = touches < max ? touches : max;

	c->cells = s->deferred || count < touches ? s->settled.cells : s->off;
	if (count == 0)
		return;
	const uint32_t *touched = cells->touched + (cells->touches - count);
	b->cell = base_grow(b->cell, &b->cells_cap, count, sizeof(*b->cell));
	for (size_t i = 0; i < count; i++) {
		const struct cells_entry *e = &cells->entry[touched[i]];

		b->cell[i] = (struct store_cell){.packed = e->cell, .value = e->count};
	}
	c->cell = b->cell;
	c->cell_count = count;
	if (!ascending(b->cell, count))
		qsort(b->cell, count, sizeof(*b->cell), compare_cell);
}

static size_t add_entries(struct batch *b, int which, const struct dictionary *d)
{
	const size_t count = d->count - d->settled;

	b->entry[which] = base_grow(b->entry[which], &b->entries_cap[which], count,
				    sizeof(*b->entry[which]));
	for (size_t i = 0; i < count; i++) {
		const uint32_t index = d->settled + (uint32_t)i;

		b->entry[which][i] = (struct store_entry){.index = index, .text = d->text[index]};
	}
	return count;
}

static void add_fact(struct batch *b, struct store_commit *c, const char *field, const char *text)
{
	b->fact = base_grow(b->fact, &b->facts_cap, c->facts + 1, sizeof(*b->fact));
	b->fact[c->facts++] = (struct store_fact){.field = field, .text = text};
	c->fact = b->fact;
}

static void add_facts(struct batch *b, const struct state *s, struct store_commit *c)
{
	const struct ledger *l = &s->ledger;

	for (size_t i = 0; l->touched && i < l->count; i++)
		if (l->entry[i].touched)
			add_fact(b, c, l->entry[i].field, l->entry[i].text);
	if (s->stats[KEYS_STAT_DEAD] == s->settled.dead)
		return;
	for (unsigned r = 0; r < REASONS_END; r++) {
		if (s->dead[r] == 0 && !s->dead_stands[r])
			continue;
		leverans_dead_field((enum reason)r, b->dead_field[r]);
		(void)snprintf(b->dead_text[r], sizeof(b->dead_text[r]), "%" PRIu64, s->dead[r]);
		add_fact(b, c, b->dead_field[r], b->dead_text[r]);
	}
}

struct store_commit batch_commit(struct batch *b, const struct state *s, const char *owner,
				 size_t cells)
{
	struct store_commit c = {
		.owner = owner,
		.off = s->settled.off,
		.sum = s->settled.sum,
		.new_off = s->off,
		.new_sum = s->sum,
		.n = s->contacts.count,
		.live = s->live,
		.probe = b->probe,
	};

	b->probe[0] = '\0';
	if (s->off > s->base)
		(void)snprintf(b->probe, sizeof(b->probe), "%016" PRIx64, s->probe);
	memcpy(c.stats, s->stats, sizeof(c.stats));
	add_ranges(b, s, &c);
	add_cells(b, s, cells, &c);
	c.us = add_entries(b, 0, &s->units);
	c.ks = add_entries(b, 1, &s->klasses);
	c.ps = add_entries(b, 2, &s->pairs);
	c.u = b->entry[0];
	c.k = b->entry[1];
	c.p = b->entry[2];
	add_facts(b, s, &c);
	return c;
}

void batch_release(struct batch *b)
{
	free(b->slot);
	free(b->range);
	free(b->cell);
	for (size_t i = 0; i < ARRAY_SIZE(b->entry); i++)
		free(b->entry[i]);
	free(b->fact);
	*b = (struct batch){0};
}
