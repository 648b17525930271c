/*
 * batch: whatever the cuts, the commits of a log, written one after another into a mirror that only
 * knows what a commit says, leave in it exactly what stands in memory.
 */
#include "stream.h"

#include "aggregator/batch.h"

#define MIRROR_MAX 4096

/* What a Redis would hold. */
struct mirror {
	struct vector slot[MIRROR_MAX];
	struct store_cell cell[MIRROR_MAX];
	size_t cells;
	char *entry[3][MIRROR_MAX];
	char *field[MIRROR_MAX], *text[MIRROR_MAX];
	size_t fields;
	uint64_t off, sum, n, live;
};

static void mirror_cell(struct mirror *m, const struct store_cell *c)
{
	size_t i = 0;
	while (i < m->cells && m->cell[i].packed != c->packed)
		i++;
	if (c->value != 0) {
		m->cell[i] = *c;
		m->cells += i == m->cells;
	} else if (i < m->cells) {
		m->cell[i] = m->cell[--m->cells];
	}
}

static void mirror_fact(struct mirror *m, const struct store_fact *x)
{
	size_t i = 0;
	while (i < m->fields && strcmp(m->field[i], x->field) != 0)
		i++;
	if (i == m->fields)
		m->field[m->fields++] = base_strdup(x->field);
	free(m->text[i]);
	m->text[i] = base_strdup(x->text);
}

static void mirror_entries(struct mirror *m, int which, const struct store_entry *e, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_null(m->entry[which][e[i].index]);
		m->entry[which][e[i].index] = base_strdup(e[i].text);
	}
}

/* What the header of store_commit() asks for. */
static void check_form(const struct store_commit *c, const struct state *s)
{
	uint64_t all = 0, end = 0;
	for (int i = 0; i < KEYS_STATS_END; i++)
		all += c->stats[i];
	assert_int_equal(all, c->new_off - s->base);
	assert_int_equal(c->cells, c->new_off);
	for (size_t i = 0; i < c->ranges; i++) {
		assert_true(i == 0 || c->range[i].slot > end); /* neighbours are one range */
		assert_true(c->range[i].count > 0);
		end = c->range[i].slot + c->range[i].count;
		assert_true(end <= c->n);
	}
	for (size_t i = 1; i < c->cell_count; i++)
		assert_true(c->cell[i].packed > c->cell[i - 1].packed);
}

static void commit(struct mirror *m, struct state *s, struct batch *b)
{
	const struct store_commit c = batch_commit(b, s, "me", SIZE_MAX);
	uint64_t dead = 0, named = 0;

	check_form(&c, s);
	assert_int_equal(c.off, m->off);
	assert_int_equal(c.sum, m->sum);
	for (size_t i = 0; i < c.ranges; i++)
		memcpy(&m->slot[c.range[i].slot], c.range[i].data, c.range[i].count * VECTOR_BYTES);
	for (size_t i = 0; i < c.cell_count; i++)
		mirror_cell(m, &c.cell[i]);
	mirror_entries(m, 0, c.u, c.us);
	mirror_entries(m, 1, c.k, c.ks);
	mirror_entries(m, 2, c.p, c.ps);
	for (size_t i = 0; i < c.facts; i++)
		mirror_fact(m, &c.fact[i]);
	for (size_t i = 0; i < m->fields; i++)
		if (strncmp(m->field[i], "dead.", 5) == 0)
			dead += strtoull(m->text[i], NULL, 10);
	for (size_t i = 0; i < c.facts; i++)
		named += strncmp(c.fact[i].field, "dead.", 5) == 0;
	assert_int_equal(dead, c.stats[KEYS_STAT_DEAD]);
	assert_true((named > 0) == (c.stats[KEYS_STAT_DEAD] != s->settled.dead));
	m->off = c.new_off;
	m->sum = c.new_sum;
	m->n = c.n;
	m->live = c.live;
	state_settle(s, s->cells.touches);
}

static void check_dictionary(const struct mirror *m, int which, const struct dictionary *d)
{
	for (uint32_t i = 0; i < d->count; i++)
		assert_string_equal(m->entry[which][i], d->text[i]);
	assert_null(m->entry[which][d->count]);
}

static void check_mirror(const struct mirror *m, const struct state *s)
{
	size_t cells = 0;
	assert_int_equal(m->off, s->off);
	assert_int_equal(m->sum, state_digest(s));
	assert_int_equal(m->n, s->contacts.count);
	assert_int_equal(m->live, s->live);
	assert_memory_equal(m->slot, s->contacts.slot, m->n * VECTOR_BYTES);
	for (size_t i = 0; i < s->cells.count; i++)
		cells += s->cells.entry[i].count > 0;
	assert_int_equal(m->cells, cells);
	for (size_t i = 0; i < m->cells; i++)
		assert_int_equal(m->cell[i].value, cells_count(&s->cells, m->cell[i].packed));
	check_dictionary(m, 0, &s->units);
	check_dictionary(m, 1, &s->klasses);
	check_dictionary(m, 2, &s->pairs);
	for (size_t i = 0; i < m->fields; i++)
		if (strncmp(m->field[i], "dead.", 5) != 0)
			assert_string_equal(ledger_get(&s->ledger, m->field[i]), m->text[i]);
}

static void release(struct mirror *m)
{
	for (int which = 0; which < 3; which++)
		for (size_t i = 0; i < MIRROR_MAX; i++)
			free(m->entry[which][i]);
	for (size_t i = 0; i < m->fields; i++) {
		free(m->field[i]);
		free(m->text[i]);
	}
	free(m);
}

static void commits_mirror_the_memory_whatever_the_cuts(void **state)
{
	(void)state;
	for (uint64_t round = 0; round < 12; round++) {
		uint64_t seed = 900 + round;
		struct mirror *m = base_zalloc(1, sizeof(*m));
		struct batch b = {0};
		struct state s;
		const unsigned cut = 1 + stream_pick(&seed, round % 2 ? 400 : 12);

		m->off = 55;
		state_init(&s, STREAM_PARTITION, STREAM_PARTITIONS, 55, round);
		for (unsigned i = 0; i < 1500; i++) {
			const struct stream_record r = stream_next(&seed, 200);
			(void)stream_fold(&s, &r);
			if (stream_pick(&seed, cut) == 0) {
				commit(m, &s, &b);
				check_mirror(m, &s);
			}
		}
		commit(m, &s, &b);
		check_mirror(m, &s);
		state_release(&s);
		batch_release(&b);
		release(m);
	}
}

static void an_untouched_state_has_an_empty_commit(void **state)
{
	(void)state;
	struct batch b = {0};
	struct state s;

	state_init(&s, 0, 1, 10, 1);
	struct store_commit c = batch_commit(&b, &s, "me", SIZE_MAX);
	assert_int_equal(c.ranges + c.cell_count + c.us + c.ks + c.ps + c.facts, 0);
	assert_int_equal(c.off, 10);
	assert_int_equal(c.new_off, 10);
	assert_int_equal(c.sum, 0);
	assert_string_equal(c.probe, "");
	assert_string_equal(c.owner, "me");

	state_count(&s, KEYS_STAT_STALE, REASON_NONE, UINT64_C(0xab));
	c = batch_commit(&b, &s, "me", SIZE_MAX);
	assert_int_equal(c.new_off, 11);
	assert_string_equal(c.probe, "00000000000000ab");
	state_release(&s);
	batch_release(&b);
}

static void neighbouring_slots_are_one_range(void **state)
{
	(void)state;
	static const unsigned order[] = {9, 3, 4, 3, 8, 0, 4};
	struct batch b = {0};
	struct state s;

	state_init(&s, STREAM_PARTITION, STREAM_PARTITIONS, 0, 1);
	for (unsigned k = 0; k < 10; k++) {
		const struct stream_record r = {.e = stream_contact(k, 1)};
		(void)stream_fold(&s, &r);
	}
	struct store_commit c = batch_commit(&b, &s, "me", SIZE_MAX);
	assert_int_equal(c.ranges, 1);
	assert_int_equal(c.range[0].count, 10);
	state_settle(&s, s.cells.touches);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		const struct stream_record r = {.e = stream_contact(order[i], 10 + i)};
		(void)stream_fold(&s, &r);
	}
	c = batch_commit(&b, &s, "me", SIZE_MAX);
	assert_int_equal(c.ranges, 3);
	assert_int_equal(c.range[0].slot, 0);
	assert_int_equal(c.range[1].slot, 3);
	assert_int_equal(c.range[1].count, 2);
	assert_int_equal(c.range[2].slot, 8);
	assert_int_equal(c.range[2].count, 2);
	assert_ptr_equal(c.range[2].data, &s.contacts.slot[8]);
	state_release(&s);
	batch_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commits_mirror_the_memory_whatever_the_cuts),
		cmocka_unit_test(an_untouched_state_has_an_empty_commit),
		cmocka_unit_test(neighbouring_slots_are_one_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
