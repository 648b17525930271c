/* fold: the decision for every pair of version and attributes, and the laws of a log, on random ones. */
#include "stream.h"

static struct state *new_state(void)
{
	struct state *s = base_alloc(sizeof(*s));
	state_init(s, STREAM_PARTITION, STREAM_PARTITIONS, 100, 11);
	return s;
}

static void drop(struct state *s)
{
	state_release(s);
	free(s);
}

static struct fold_effects take(struct state *s, const struct event *e)
{
	const struct fold_effects x = fold(s, e);
	fold_apply(s, e, &x, 0);
	assert_int_equal(s->sum, state_digest(s));
	return x;
}

static void the_decision_table(void **state)
{
	(void)state;
	static const struct {
		uint64_t version;
		int32_t day;
		enum keys_stat stat;
	} step[] = {
		{5, 100, KEYS_STAT_APPLIED},
		{5, 100, KEYS_STAT_DUPLICATE},
		{5, 101, KEYS_STAT_CONFLICT},
		{4, 100, KEYS_STAT_STALE},
		{4, 102, KEYS_STAT_STALE},
		{6, 100, KEYS_STAT_UNCHANGED},
		{5, 100, KEYS_STAT_STALE},
		{7, 103, KEYS_STAT_APPLIED},
		{7, 103, KEYS_STAT_DUPLICATE},
		{7, 100, KEYS_STAT_CONFLICT},
		{EVENT_VERSION_MAX, 103, KEYS_STAT_UNCHANGED},
	};
	struct state *s = new_state();

	for (size_t i = 0; i < ARRAY_SIZE(step); i++) {
		struct event e = stream_contact(1, step[i].version);
		e.contact.day = step[i].day;
		const struct fold_effects x = take(s, &e);
		assert_int_equal(x.stat, step[i].stat);
		assert_int_equal(x.reason,
				 step[i].stat == KEYS_STAT_CONFLICT ? REASON_VERSION_CONFLICT : 0);
	}
	assert_int_equal(s->contacts.count, 1);
	assert_int_equal(vector_get(&s->contacts.slot[0], VECTOR_DAY), 103);
	assert_int_equal(s->live, 1);
	assert_int_equal(s->off, 100 + ARRAY_SIZE(step));
	drop(s);
}

/* Vector 7 of the domain: a correction takes the contact out of one month and puts it into another. */
static void a_correction_moves_both_months(void **state)
{
	(void)state;
	struct state *s = new_state();
	struct event e = stream_contact(1, 1);
	const struct vector before = vector_of(&e, 0, 0);
	const struct cubes_cell from = cubes_cell(CUBES_DAG, &before);

	(void)take(s, &e);
	assert_int_equal(cells_count(&s->cells, cubes_pack(&from)), 1);
	e.version = 2;
	e.contact.day = civil_to_day(2020, 4, 1);
	const struct vector after = vector_of(&e, 0, 0);
	const struct cubes_cell to = cubes_cell(CUBES_DAG, &after);
	(void)take(s, &e);
	assert_int_equal(cells_count(&s->cells, cubes_pack(&from)), 0);
	assert_int_equal(cells_count(&s->cells, cubes_pack(&to)), 1);
	assert_int_not_equal(dictionary_find(&s->pairs, "202003:0"), DICTIONARY_NONE);
	assert_int_not_equal(dictionary_find(&s->pairs, "202004:0"), DICTIONARY_NONE);
	drop(s);
}

static void a_retraction_takes_the_contact_out_and_keeps_its_version(void **state)
{
	(void)state;
	struct state *s = new_state();
	struct event create = stream_contact(1, 5), retract = stream_contact(1, 6),
		     again = stream_contact(1, 7);

	retract.op = OP_RETRACT;
	assert_int_equal(take(s, &create).stat, KEYS_STAT_APPLIED);
	assert_int_equal(take(s, &retract).stat, KEYS_STAT_APPLIED);
	assert_int_equal(s->live, 0);
	assert_int_equal(s->contacts.count, 1);
	for (size_t i = 0; i < s->cells.count; i++)
		assert_int_equal(s->cells.entry[i].count, 0);
	assert_int_equal(take(s, &retract).stat, KEYS_STAT_DUPLICATE);
	assert_int_equal(take(s, &create).stat, KEYS_STAT_STALE);
	assert_int_equal(take(s, &again).stat, KEYS_STAT_APPLIED);
	assert_int_equal(s->live, 1);
	drop(s);
}

/* Row 40: a retraction before the create stands and is noted, and the create that comes later is stale. */
static void row_40_a_retraction_before_the_create_stands(void **state)
{
	(void)state;
	struct state *s = new_state();
	struct event create = stream_contact(1, 5), retract = stream_contact(1, 6);

	retract.op = OP_RETRACT;
	assert_int_equal(take(s, &retract).stat, KEYS_STAT_APPLIED);
	assert_string_equal(ledger_get(&s->ledger, "note.RETRACT_UNSEEN"), "1");
	assert_int_equal(s->contacts.count, 1);
	assert_false(vector_live(&s->contacts.slot[0]));
	assert_int_equal(take(s, &retract).stat, KEYS_STAT_DUPLICATE);
	assert_int_equal(take(s, &create).stat, KEYS_STAT_STALE);
	assert_string_equal(ledger_get(&s->ledger, "note.RETRACT_UNSEEN"), "1");
	create.id[0] ^= 1;
	assert_int_equal(take(s, &create).stat, KEYS_STAT_APPLIED);
	assert_string_equal(ledger_get(&s->ledger, "note.RETRACT_UNSEEN"), "1");
	retract.id[0] ^= 2;
	assert_int_equal(take(s, &retract).stat, KEYS_STAT_APPLIED);
	assert_string_equal(ledger_get(&s->ledger, "note.RETRACT_UNSEEN"), "2");
	assert_int_equal(s->live, 1);
	drop(s);
}

static void only_what_is_written_gets_into_the_dictionaries(void **state)
{
	(void)state;
	struct state *s = new_state();
	struct event e = stream_contact(1, 5);

	(void)take(s, &e);
	memcpy(e.contact.unit, "other", 6);
	assert_int_equal(take(s, &e).stat, KEYS_STAT_CONFLICT);
	e.version = 4;
	assert_int_equal(take(s, &e).stat, KEYS_STAT_STALE);
	assert_int_equal(s->units.count, 1);
	e.version = 6;
	e.contact.unit[0] = '\0';
	e.contact.status = 7;
	assert_int_equal(take(s, &e).stat, KEYS_STAT_APPLIED);
	assert_int_equal(s->units.count, 2);
	assert_string_equal(s->units.text[1], FOLD_BLANK_UNIT);
	assert_int_equal(s->klasses.count, 2);
	drop(s);
}

static void a_full_dictionary_makes_dead_letters_and_nothing_else(void **state)
{
	(void)state;
	struct state *s = new_state();
	struct event a = stream_contact(1, 1), b = stream_contact(2, 1), r = stream_contact(3, 1);

	s->units.max = 1;
	(void)take(s, &a);
	memcpy(b.contact.unit, "other", 6);
	const struct fold_effects x = take(s, &b);
	assert_int_equal(x.stat, KEYS_STAT_DEAD);
	assert_int_equal(x.reason, REASON_DICT_FULL);
	assert_int_equal(s->contacts.count, 1);
	r.op = OP_RETRACT;
	assert_int_equal(take(s, &r).stat, KEYS_STAT_APPLIED);
	s->units.max = 2;
	s->klasses.max = 1;
	b.contact.status = 7;
	assert_int_equal(take(s, &b).reason, REASON_DICT_FULL);
	assert_int_equal(s->units.count, 1);
	assert_int_equal(s->dead[REASON_DICT_FULL], 2);
	drop(s);
}

static void the_first_event_pins_its_source(void **state)
{
	(void)state;
	struct state *s = new_state();
	struct event e = stream_contact(1, 1), other = stream_contact(2, 1),
		     kind = stream_contact(3, 1);
	struct event elsewhere = stream_contact(4, 1);

	(void)take(s, &e);
	assert_string_equal(ledger_get(&s->ledger, "pin.vas"), "nyckel=0a1b2c3d;version=field");
	other.fingerprint[3] = 0;
	other.version_kind = VERSION_KIND_CONSTANT;
	assert_int_equal(take(s, &other).reason, REASON_KEY_EPOCH);
	kind.version_kind = VERSION_KIND_CONSTANT;
	assert_int_equal(take(s, &kind).reason, REASON_VERSION_KIND);
	memcpy(elsewhere.source, "cos", 4);
	elsewhere.fingerprint[0] = 9;
	assert_int_equal(take(s, &elsewhere).stat, KEYS_STAT_APPLIED);
	assert_int_equal(s->contacts.count, 2);
	assert_int_equal(s->stats[KEYS_STAT_DEAD], 2);
	drop(s);
}

static void an_event_that_is_dead_pins_nothing(void **state)
{
	(void)state;
	struct state *s = new_state();
	struct event e = stream_contact(1, 1);

	s->units.max = 0;
	assert_int_equal(take(s, &e).reason, REASON_DICT_FULL);
	assert_null(ledger_get(&s->ledger, "pin.vas"));
	drop(s);
}

static uint8_t phase_of(const struct state *s, const struct event *e)
{
	char field[40];
	struct event kept;
	leverans_field(e->id, field);
	if (ledger_get(&s->ledger, field) == NULL)
		return 0;
	assert_true(leverans_parse(span_of(ledger_get(&s->ledger, field)), &kept));
	return kept.leverans.phase;
}

static void a_closing_replaces_an_opening_and_never_the_other_way(void **state)
{
	(void)state;
	struct state *s = new_state();
	struct event opening = stream_leverans(1, PHASE_OPENING),
		     closing = stream_leverans(1, PHASE_CLOSING);
	struct event bad = stream_leverans(2, PHASE_QUARANTINED),
		     early = stream_leverans(2, PHASE_OPENING);

	(void)take(s, &opening);
	assert_int_equal(phase_of(s, &opening), PHASE_OPENING);
	assert_non_null(ledger_get(&s->ledger, "pin.vas"));
	(void)take(s, &closing);
	assert_int_equal(phase_of(s, &opening), PHASE_CLOSING);
	(void)take(s, &opening);
	assert_int_equal(phase_of(s, &opening), PHASE_CLOSING);
	(void)take(s, &bad);
	(void)take(s, &early);
	assert_int_equal(phase_of(s, &bad), PHASE_QUARANTINED);
	assert_int_equal(s->stats[KEYS_STAT_LEVERANS], 5);
	drop(s);
}

static void an_opening_in_a_partition_that_is_not_its_home_only_pins(void **state)
{
	(void)state;
	struct state *s = new_state();
	struct event e = stream_leverans(1, PHASE_OPENING);

	e.id[0] = STREAM_PARTITION + 1;
	assert_int_equal(take(s, &e).stat, KEYS_STAT_LEVERANS);
	assert_int_equal(phase_of(s, &e), 0);
	assert_non_null(ledger_get(&s->ledger, "pin.vas"));
	drop(s);
}

/* The state of a log is what the model says, whatever the seed. */
static void random_logs_add_up_to_the_model(void **state)
{
	(void)state;
	for (uint64_t round = 0; round < 40; round++) {
		uint64_t seed = 1000 + round;
		struct model *m = base_zalloc(1, sizeof(*m));
		struct state *s = new_state();
		const unsigned contacts = round % 2 ? 20 : 300,
			       records = 500 + (unsigned)round * 50;

		for (unsigned i = 0; i < records; i++) {
			const struct stream_record r = stream_next(&seed, contacts);
			model_take(m, &r);
			(void)stream_fold(s, &r);
			if (i % 97 == 0)
				model_check(m, s);
		}
		model_check(m, s);
		drop(s);
		free(m);
	}
}

/* Folding a stretch again writes nothing: only stale ones, duplicates and conflicts (state.md 1.6). */
static void a_replay_changes_nothing(void **state)
{
	(void)state;
	enum { RECORDS = 1500 };
	struct stream_record *log = base_alloc(RECORDS * sizeof(*log));

	for (uint64_t round = 0; round < 10; round++) {
		uint64_t seed = 77 + round;
		struct state *s = new_state();
		for (unsigned i = 0; i < RECORDS; i++) {
			log[i] = stream_next(&seed, 150);
			(void)stream_fold(s, &log[i]);
		}
		const uint64_t live = s->live, touches = s->touches;
		const uint32_t count = s->contacts.count;
		struct vector *before = base_alloc(count * sizeof(*before));
		memcpy(before, s->contacts.slot, count * sizeof(*before));
		for (unsigned i = stream_pick(&seed, RECORDS); i < RECORDS; i++) {
			const struct fold_effects x = stream_fold(s, &log[i]);
			assert_false(x.put || x.pin);
			assert_int_not_equal(x.stat, KEYS_STAT_APPLIED);
			assert_int_not_equal(x.stat, KEYS_STAT_UNCHANGED);
		}
		assert_int_equal(s->live, live);
		assert_int_equal(s->touches, touches);
		assert_int_equal(s->contacts.count, count);
		assert_memory_equal(s->contacts.slot, before, count * sizeof(*before));
		assert_int_equal(s->sum, state_digest(s));
		free(before);
		drop(s);
	}
	free(log);
}

/* The dictionaries of a broken commit are there before its slots. */
static void name_ahead(struct state *half, const struct state *whole)
{
	for (uint32_t i = half->units.count; i < whole->units.count; i++)
		(void)state_name(half, KEYS_U, whole->units.text[i]);
	for (uint32_t i = half->klasses.count; i < whole->klasses.count; i++)
		(void)state_name(half, KEYS_K, whole->klasses.text[i]);
}

/*
 * Slots that are ahead: any contacts may hold what a broken commit wrote, the rest what stood before;
 * the replay brings both to the same table.
 */
static void a_half_applied_stretch_converges(void **state)
{
	(void)state;
	enum { RECORDS = 900, FIRST = 500 };
	struct stream_record *log = base_alloc(RECORDS * sizeof(*log));

	for (uint64_t round = 0; round < 10; round++) {
		uint64_t seed = 4242 + round;
		struct model *m = base_zalloc(1, sizeof(*m));
		struct state *whole = new_state(), *half = new_state();
		for (unsigned i = 0; i < RECORDS; i++) {
			log[i] = stream_next(&seed, 100);
			model_take(m, &log[i]);
			(void)stream_fold(whole, &log[i]);
		}
		for (unsigned i = 0; i < FIRST; i++)
			(void)stream_fold(half, &log[i]);
		name_ahead(half, whole);
		for (uint32_t slot = 0; slot < half->contacts.count; slot++)
			if (stream_pick(&seed, 2)) {
				const struct vector ahead = whole->contacts.slot[slot];
				state_put(half, slot, &ahead);
			}
		for (unsigned i = FIRST; i < RECORDS; i++)
			(void)stream_fold(half, &log[i]);
		assert_int_equal(half->contacts.count, whole->contacts.count);
		for (size_t i = 0; i < m->contacts; i++) {
			const uint32_t slot = contacts_find(&half->contacts, m->contact[i].id);
			assert_int_equal(vector_version(&half->contacts.slot[slot]),
					 m->contact[i].version);
			assert_int_equal(vector_live(&half->contacts.slot[slot]),
					 m->contact[i].live);
		}
		for (size_t i = 0; i < half->cells.count; i++)
			assert_int_equal(half->cells.entry[i].count,
					 model_cell(m, half, half->cells.entry[i].cell));
		assert_int_equal(half->live, whole->live);
		assert_int_equal(half->sum, state_digest(half));
		drop(whole);
		drop(half);
		free(m);
	}
	free(log);
}

/* Contacts do not know of one another: only the order within one contact matters. */
static void the_order_between_contacts_does_not_matter(void **state)
{
	(void)state;
	enum { RECORDS = 800, CONTACTS = 60 };
	struct stream_record *log = base_alloc(RECORDS * sizeof(*log));
	uint64_t seed = 31;
	struct model *m = base_zalloc(1, sizeof(*m));
	struct state *s = new_state();

	for (unsigned i = 0; i < RECORDS; i++) {
		log[i] = stream_next(&seed, CONTACTS);
		while (log[i].refused != REASON_NONE || log[i].e.fingerprint[0] != 0x0a)
			log[i] = stream_next(&seed, CONTACTS);
		model_take(m, &log[i]);
	}
	for (unsigned k = 0; k < CONTACTS; k++)
		for (unsigned i = 0; i < RECORDS; i++)
			if (log[i].e.id[4] == CONTACTS - 1 - k)
				(void)stream_fold(s, &log[i]);
	model_check(m, s);
	drop(s);
	free(m);
	free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_decision_table),
		cmocka_unit_test(a_correction_moves_both_months),
		cmocka_unit_test(a_retraction_takes_the_contact_out_and_keeps_its_version),
		cmocka_unit_test(row_40_a_retraction_before_the_create_stands),
		cmocka_unit_test(only_what_is_written_gets_into_the_dictionaries),
		cmocka_unit_test(a_full_dictionary_makes_dead_letters_and_nothing_else),
		cmocka_unit_test(the_first_event_pins_its_source),
		cmocka_unit_test(an_event_that_is_dead_pins_nothing),
		cmocka_unit_test(a_closing_replaces_an_opening_and_never_the_other_way),
		cmocka_unit_test(an_opening_in_a_partition_that_is_not_its_home_only_pins),
		cmocka_unit_test(random_logs_add_up_to_the_model),
		cmocka_unit_test(a_replay_changes_nothing),
		cmocka_unit_test(a_half_applied_stretch_converges),
		cmocka_unit_test(the_order_between_contacts_does_not_matter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
