/*
 * The store against a real Redis: what is committed is what is loaded, and every answer is told as
 * what it means.
 */
#include "redis_fixture.h"

#include "aggregator/store.h"

#define TOKEN "host:1:00"
#define SLOTS (KEYS_SEGMENT_SLOTS + 3)

static struct store *store;
static struct fault f;

static void is_fault(int r, int kind, const char *text)
{
	if (r != kind || !strstr(f.text, text))
		fail_msg("expected %d \"%s\", got %d \"%s\"", kind, text, r, f.text);
}

static void works(int r)
{
	if (r < 0)
		fail_msg("%s", f.text);
}

static int opened(void **state)
{
	(void)fixture_empty(state);
	works(store_open(fixture.address, NULL, "t", 10000, &store, &f));
	return 0;
}

static int created(void **state)
{
	const struct store_meta meta = {.topic = "topic", .s = 4, .base = 10, .trial = true};
	(void)opened(state);
	works(store_load_functions(store, false, &f));
	works(store_create(store, 0, &meta, &f));
	return 0;
}

static int closed(void **state)
{
	(void)state;
	store_free(store);
	store = NULL;
	return 0;
}

static struct store_meta claim(void)
{
	struct store_meta meta;
	works(store_claim(store, 0, TOKEN, &meta, &f));
	return meta;
}

/* A table of `count` slots that all differ. */
static struct vector *table(uint64_t count)
{
	struct vector *slot = base_zalloc(count, sizeof(*slot));
	for (uint64_t i = 0; i < count; i++) {
		memcpy(slot[i].id, &i, sizeof(i));
		memset(slot[i].attribute, 'a' + (int)(i % 26), sizeof(slot[i].attribute));
	}
	return slot;
}

static uint64_t cell_of(enum cubes_cube cube, uint16_t unit, uint16_t klass, uint16_t dd)
{
	struct cubes_cell cell = {.cube = cube, .yyyymm = 202003, .unit = unit};
	cell.value[CUBES_DIM_KLASS] = klass;
	cell.value[CUBES_DIM_FORM] = 1;
	cell.value[cube == CUBES_DAG ? CUBES_DIM_DD : CUBES_DIM_KON] = dd;
	return cubes_pack(&cell);
}

/* A commit of five events over an empty partition: three contacts, one dead, one leverans. */
static struct store_commit first_commit(const struct store_range *range)
{
	static const struct store_entry u[] = {{1, "enhet ett"}, {2, "enhet två"}},
					k[] = {{1, "klass"}}, p[] = {{0, "202003:1"}};
	static const struct store_fact fact[] = {{"lev.aa", "fas=opening"}, {"dead.KEY", "1"}};
	static struct store_cell cell[3];
	cell[0] = (struct store_cell){cell_of(CUBES_DAG, 1, 1, 14), 2};
	cell[1] = (struct store_cell){cell_of(CUBES_DAG, 2, 1, 14), 1};
	cell[2] = (struct store_cell){cell_of(CUBES_MANAD, 1, 1, 1), 2};
	return (struct store_commit){
		.owner = TOKEN,
		.off = 10,
		.sum = 0,
		.new_off = 15,
		.new_sum = 0xfedcba9876543210,
		.n = range->count,
		.live = 2,
		.cells = 15,
		.probe = "00000000000000ff",
		.stats = {[KEYS_STAT_APPLIED] = 3, [KEYS_STAT_DEAD] = 1, [KEYS_STAT_LEVERANS] = 1},
		.range = range,
		.ranges = 1,
		.u = u,
		.k = k,
		.p = p,
		.us = 2,
		.ks = 1,
		.ps = 1,
		.fact = fact,
		.facts = 2,
		.cell = cell,
		.cell_count = 3,
	};
}

/* What follows first_commit(): one duplicate. */
static struct store_commit second_commit(void)
{
	return (struct store_commit){
		.owner = TOKEN,
		.off = 15,
		.sum = 0xfedcba9876543210,
		.new_off = 16,
		.new_sum = 1,
		.n = 3,
		.live = 2,
		.cells = 16,
		.probe = "",
		.stats = {[KEYS_STAT_APPLIED] = 3,
			  [KEYS_STAT_DUPLICATE] = 1,
			  [KEYS_STAT_DEAD] = 1,
			  [KEYS_STAT_LEVERANS] = 1},
	};
}

static void commit_works(const struct store_commit *c)
{
	if (store_commit(store, 0, c, &f) != STORE_OK)
		fail_msg("%s", f.text);
}

static int committed(void **state)
{
	struct vector *slot = table(3);
	const struct store_range range = {0, 3, slot};
	struct store_commit c = first_commit(&range);
	(void)created(state);
	(void)claim();
	commit_works(&c);
	free(slot);
	return 0;
}

/* Collects what is loaded as text, in the order of arrival (small hashes keep theirs). */
static int take_entry(void *arg, enum keys_part part, uint32_t index, struct span text,
		      struct fault *fault)
{
	(void)fault;
	buf_addf(arg, "%c %u %.*s; ", (char)part, (unsigned)index, (int)text.len, text.data);
	return 0;
}

static int take_fact(void *arg, struct span field, struct span text, struct fault *fault)
{
	(void)fault;
	buf_addf(arg, "%.*s %.*s; ", (int)field.len, field.data, (int)text.len, text.data);
	return 0;
}

static int load(const struct store_meta *meta, struct vector *slot, struct buf *texts)
{
	const struct store_sink sink = {texts, take_entry, take_fact};
	return store_load(store, 0, meta, slot, &sink, &f);
}

/* Claims and loads: how it ended. */
static int reload(struct buf *texts)
{
	struct store_meta meta = claim();
	struct vector slot[3];
	buf_reset(texts);
	return load(&meta, slot, texts);
}

static void add_cell(void *arg, uint64_t packed, uint64_t value)
{
	(void)packed;
	*(uint64_t *)arg += value;
}

static void opening_tells_what_is_wrong(void **state)
{
	(void)state;
	struct store *s = NULL;
	is_fault(store_open(fixture.address, NULL, "Bad", 1000, &s, &f), FAULT_CONFIG, "namespace");
	is_fault(store_open("unix:/nowhere", NULL, "t", 1000, &s, &f), FAULT_UNAVAILABLE,
		 "nowhere");
	assert_null(s);
	store_free(NULL);
}

static void tokens_differ(void **state)
{
	(void)state;
	char one[STORE_TOKEN_MAX], two[STORE_TOKEN_MAX], pid[16];
	store_token(one);
	store_token(two);
	(void)snprintf(pid, sizeof(pid), ":%ld:", (long)getpid());
	assert_non_null(strstr(one, pid));
	assert_string_not_equal(one, two);
}

static void functions_are_ours_or_refused(void **state)
{
	(void)state;
	is_fault(store_verify_functions(store, &f), FAULT_STATE, "no state here");
	works(store_load_functions(store, false, &f));
	works(store_verify_functions(store, &f));
	works(store_load_functions(store, false, &f));
	struct redis_args args = {0};
	static const char other[] = "#!lua name=kp\n"
				    "redis.register_function('kp_claim', function() return 1 end)";
	static const char *const word[] = {"FUNCTION", "LOAD", "REPLACE", other};
	for (size_t i = 0; i < ARRAY_SIZE(word); i++)
		redis_arg(&args, word[i]);
	assert_string_equal(fixture_ask(&args), "kp");
	redis_args_release(&args);
	is_fault(store_verify_functions(store, &f), FAULT_STATE, "another version");
	is_fault(store_load_functions(store, false, &f), FAULT_STATE, "another version");
	works(store_load_functions(store, true, &f));
	works(store_verify_functions(store, &f));
}

static void creating_is_for_new_namespaces(void **state)
{
	(void)state;
	const struct store_meta meta = {.topic = "topic", .s = 4, .base = 10};
	struct buf names = {0};
	int metas;
	assert_int_equal(store_find_keys(store, &names, &metas, &f), 1);
	assert_int_equal(metas, 1);
	assert_string_equal(buf_text(&names), " kp:{t.0}:m");
	(void)fixture_say("HSET kp:{t.0}:m off 11");
	is_fault(store_create(store, 0, &meta, &f), FAULT_STATE, "there already: kp:{t.0}:m");
	assert_non_null(strstr(f.text, "partition 0 of t"));
	works(store_create(store, 1, &meta, &f));
	(void)fixture_say("SET kp:{tt.0}:m x");
	(void)fixture_say("SET kp:{t.17}:c:dag:202003:1 x");
	buf_reset(&names);
	assert_int_equal(store_find_keys(store, &names, &metas, &f), 3);
	assert_int_equal(metas, 2);
	assert_null(strstr(buf_text(&names), "tt"));
	buf_release(&names);
}

static void an_empty_redis_is_no_state(void **state)
{
	(void)state;
	struct store_meta meta;
	is_fault(store_claim(store, 0, TOKEN, &meta, &f), FAULT_STATE, "no state here");
	works(store_load_functions(store, false, &f));
	is_fault(store_claim(store, 0, TOKEN, &meta, &f), FAULT_STATE, "no state here");
}

static void claiming_tells_all_of_m(void **state)
{
	(void)state;
	struct store_meta m = claim();
	assert_string_equal(m.topic, "topic");
	assert_string_equal(m.owner, TOKEN);
	assert_string_equal(m.probe, "00000000000000ff");
	assert_true(m.trial);
	assert_int_equal(m.s, 4);
	assert_int_equal(m.base, 10);
	assert_int_equal(m.off, 15);
	assert_int_equal(m.ahead, 15);
	assert_int_equal(m.cells, 15);
	assert_int_equal(m.epoch, 2);
	assert_int_equal(m.n, 3);
	assert_int_equal(m.live, 2);
	assert_true(m.sum == 0xfedcba9876543210);
	assert_int_equal(m.stats[KEYS_STAT_APPLIED], 3);
	assert_int_equal(m.stats[KEYS_STAT_DEAD], 1);
	assert_int_equal(m.stats[KEYS_STAT_LEVERANS], 1);
}

static void a_meta_hash_that_was_changed_is_refused(void **state)
{
	static const char *const change[][2] = {
		{"HSET kp:{t.0}:m off 16", "6"},
		{"HSET kp:{t.0}:m base 16", "-1"},
		{"HSET kp:{t.0}:m s.applied 4", "6 events are counted"},
		{"HSET kp:{t.0}:m live 4", "live <= n"},
		{"HSET kp:{t.0}:m cells 16", "cells <= off"},
		{"HSET kp:{t.0}:m ahead 14", "off <= ahead"},
		{"HDEL kp:{t.0}:m sum", "field sum of m"},
		{"HDEL kp:{t.0}:m s.control", "field s.control of m"},
		{"HSET kp:{t.0}:m sum xyz", "field sum of m"},
		{"HSET kp:{t.0}:m n -1", "field n of m"},
		{"HSET kp:{t.0}:m trial 2", "field trial of m"},
		{"HSET kp:{t.0}:m s 257", "field s of m"},
		{"HSET kp:{t.0}:m probe 00000000000000fff", "field probe of m"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(change); i++) {
		struct store_meta meta;
		(void)closed(state);
		(void)committed(state);
		(void)fixture_say("%s", change[i][0]);
		is_fault(store_claim(store, 0, TOKEN, &meta, &f), FAULT_STATE, change[i][1]);
	}
}

static void the_owner_is_the_last_claimant(void **state)
{
	(void)state;
	struct store_meta meta = claim();
	works(store_owner(store, 0, TOKEN, &f));
	works(store_claim(store, 0, "host:2:11", &meta, &f));
	is_fault(store_owner(store, 0, TOKEN, &f), FAULT_FENCED, "host:2:11");
}

static void what_is_committed_is_loaded(void **state)
{
	(void)state;
	struct vector *slot = table(SLOTS), *back = base_zalloc(SLOTS, sizeof(*back));
	const struct store_range range = {0, SLOTS, slot};
	struct store_commit c = first_commit(&range);
	struct buf texts = {0};
	(void)claim();
	commit_works(&c);
	assert_string_equal(fixture_say("EXISTS kp:{t.0}:t:0 kp:{t.0}:t:1 kp:{t.0}:t:2"), "2");
	struct store_meta meta = claim();
	works(load(&meta, back, &texts));
	assert_memory_equal(slot, back, SLOTS * sizeof(*slot));
	assert_string_equal(buf_text(&texts),
			    "u 1 enhet ett; u 2 enhet två; k 1 klass; p 0 202003:1; "
			    "lev.aa fas=opening; dead.KEY 1; ");
	assert_string_equal(fixture_say("HGETALL kp:{t.0}:c:dag:202003:1"), "14.1.1 2");

	/* Then two runs, one over the border, and a cell that goes away. */
	memset(slot[1].attribute, 'x', sizeof(slot[1].attribute));
	memset(slot[KEYS_SEGMENT_SLOTS - 1].attribute, 'y', 14);
	memset(slot[KEYS_SEGMENT_SLOTS].attribute, 'z', 14);
	const struct store_range ranges[] = {
		{1, 1, slot + 1}, {KEYS_SEGMENT_SLOTS - 1, 2, slot + KEYS_SEGMENT_SLOTS - 1}};
	const struct store_cell cells[] = {{cell_of(CUBES_DAG, 1, 1, 14), 0},
					   {cell_of(CUBES_DAG, 1, 2, 14), 3}};
	c = second_commit();
	c.n = SLOTS;
	c.range = ranges;
	c.ranges = 2;
	c.cell = cells;
	c.cell_count = 2;
	commit_works(&c);
	meta = claim();
	works(load(&meta, back, &texts));
	assert_memory_equal(slot, back, SLOTS * sizeof(*slot));
	assert_string_equal(fixture_say("HGETALL kp:{t.0}:c:dag:202003:1"), "14.2.1 3");
	buf_release(&texts);
	free(slot);
	free(back);
}

static void every_answer_is_told(void **state)
{
	(void)state;
	struct store_commit c = second_commit();
	c.off = 14;
	assert_int_equal(store_commit(store, 0, &c, &f), STORE_STATE);
	is_fault(f.kind, FAULT_STATE, "offset 15 with sum fedcba9876543210");
	c = second_commit();
	c.sum++;
	assert_int_equal(store_commit(store, 0, &c, &f), STORE_STATE);
	c = second_commit();
	c.owner = "host:2:11";
	assert_int_equal(store_commit(store, 0, &c, &f), STORE_FENCED);
	is_fault(f.kind, FAULT_FENCED, TOKEN);
	c = second_commit();
	c.stats[KEYS_STAT_STALE]++;
	assert_int_equal(store_commit(store, 0, &c, &f), STORE_BROKEN);
	is_fault(f.kind, FAULT_STATE, "kp: events and statistics differ");
	c = second_commit();
	commit_works(&c);
	(void)fixture_say("FLUSHALL");
	assert_int_equal(store_commit(store, 0, &c, &f), STORE_NOSTATE);
	is_fault(f.kind, FAULT_STATE, "no state here");
	(void)fixture_say("FUNCTION FLUSH");
	assert_int_equal(store_commit(store, 0, &c, &f), STORE_BROKEN);
	is_fault(f.kind, FAULT_STATE, "no state here");
}

static void what_passes_is_unavailable(void **state)
{
	(void)state;
	struct store_commit c = second_commit();
	assert_string_equal(fixture_say("CONFIG SET maxmemory 1"), "OK");
	assert_int_equal(store_commit(store, 0, &c, &f), STORE_BROKEN);
	is_fault(f.kind, FAULT_UNAVAILABLE, "OOM");
	assert_string_equal(fixture_say("CONFIG SET maxmemory 0"), "OK");
	assert_string_equal(fixture_say("HMGET kp:{t.0}:m off ahead"), "15 15");
	store_free(store);
	works(store_open(fixture.address, NULL, "t", 100, &store, &f));
	assert_string_equal(fixture_say("CLIENT PAUSE 20000 WRITE"), "OK");
	assert_int_equal(store_commit(store, 0, &c, &f), STORE_BROKEN);
	assert_string_equal(fixture_say("CLIENT UNPAUSE"), "OK");
	is_fault(f.kind, FAULT_UNAVAILABLE, "no answer");
}

static void a_script_that_breaks_heals(void **state)
{
	(void)state;
	struct store_commit c = second_commit();
	const struct store_cell cells[] = {{cell_of(CUBES_DAG, 1, 1, 14), 7},
					   {cell_of(CUBES_DAG, 9, 1, 14), 1}};
	c.cell = cells;
	c.cell_count = 2;
	(void)fixture_say("SET kp:{t.0}:c:dag:202003:9 x");
	assert_int_equal(store_commit(store, 0, &c, &f), STORE_BROKEN);
	is_fault(f.kind, FAULT_STATE, "WRONGTYPE");
	struct store_meta meta = claim();
	assert_int_equal(meta.off, 15);
	assert_int_equal(meta.ahead, 16);
	const uint64_t group[] = {cell_of(CUBES_DAG, 1, 0, 0) >> CUBES_GROUP_SHIFT,
				  cell_of(CUBES_DAG, 9, 0, 0) >> CUBES_GROUP_SHIFT};
	uint64_t sum = 0;
	works(store_cells(store, 0, TOKEN, group, 1, add_cell, &sum, &f));
	assert_int_equal(sum, 7);
	is_fault(store_cells(store, 0, TOKEN, group, 2, add_cell, &sum, &f), FAULT_STATE,
		 "kp:{t.0}:c:dag:202003:9");
	(void)fixture_say("DEL kp:{t.0}:c:dag:202003:9");

	struct store_commit heal = second_commit();
	const struct store_cell right = {cell_of(CUBES_DAG, 1, 1, 14), 2};
	heal.new_off = heal.off;
	heal.new_sum = heal.sum;
	heal.cells = heal.off;
	heal.stats[KEYS_STAT_DUPLICATE] = 0;
	heal.cell = &right;
	heal.cell_count = 1;
	commit_works(&heal);
	assert_string_equal(fixture_say("HGETALL kp:{t.0}:c:dag:202003:1"), "14.1.1 2");
	commit_works(&c);
	meta = claim();
	assert_int_equal(meta.off, 16);
	assert_int_equal(meta.ahead, 16);
}

static void cells_are_told_and_judged(void **state)
{
	(void)state;
	static struct store_cell cell[12000 + 600];
	static uint64_t group[600];
	struct store_commit c = second_commit();
	uint64_t sum = 0, expected = 0;
	for (size_t i = 0; i < ARRAY_SIZE(cell); i++) {
		cell[i].packed = i < 12000 ? cell_of(CUBES_DAG, 1, (uint16_t)(i % 4000),
						     (uint16_t)(1 + i / 4000))
					   : cell_of(CUBES_DAG, (uint16_t)(i - 12000 + 2), 1, 1);
		cell[i].value = i + 1;
		expected += cell[i].value;
	}
	for (size_t i = 0; i < ARRAY_SIZE(group); i++)
		group[i] = cell_of(CUBES_DAG, (uint16_t)(i + 1), 0, 0) >> CUBES_GROUP_SHIFT;
	c.cell = cell;
	c.cell_count = ARRAY_SIZE(cell) - 1;
	expected -= cell[ARRAY_SIZE(cell) - 1].value;
	commit_works(&c);
	works(store_cells(store, 0, TOKEN, group, ARRAY_SIZE(group), add_cell, &sum, &f));
	assert_int_equal(sum, expected + 2 + 1); /* and two cells of the first commit */
	works(store_cells(store, 0, TOKEN, group, 0, add_cell, &sum, &f));
	is_fault(store_cells(store, 0, "other", group, 3, add_cell, &sum, &f), FAULT_FENCED, TOKEN);

	static const char *const bad[] = {"14.1 1", "32.1.1 1", "14.1.1 -1", "14.1.1 x"};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		(void)closed(state);
		(void)committed(state);
		(void)fixture_say("HSET kp:{t.0}:c:dag:202003:2 %s", bad[i]);
		is_fault(store_cells(store, 0, TOKEN, group, 3, add_cell, &sum, &f), FAULT_STATE,
			 "kp:{t.0}:c:dag:202003:2: field ");
	}
}

static void damage_is_found_at_load(void **state)
{
	static const char *const change[][2] = {
		{"DEL kp:{t.0}:t:0", "segment 0 of the contact table is lost"},
		{"APPEND kp:{t.0}:t:0 x", "wrong length"},
		{"HSET kp:{t.0}:u x enhet", "dictionary u"},
		{"HSET kp:{t.0}:d dead.KEY 2", "dead.* of d add up to 2, but s.dead is 1"},
		{"HDEL kp:{t.0}:d dead.KEY", "dead.* of d add up to 0, but s.dead is 1"},
		{"HSET kp:{t.0}:d dead.KEY x", "dead.KEY of d is no number"},
	};
	struct buf texts = {0};
	for (size_t i = 0; i < ARRAY_SIZE(change); i++) {
		(void)closed(state);
		(void)committed(state);
		(void)fixture_say("%s", change[i][0]);
		is_fault(reload(&texts), FAULT_STATE, change[i][1]);
	}
	buf_release(&texts);
}

static void another_claimant_is_no_alarm(void **state)
{
	(void)state;
	struct store_meta meta = claim();
	struct vector slot[3];
	struct buf texts = {0};
	(void)fixture_say("HSET kp:{t.0}:m owner host:2:11");
	(void)fixture_say("HSET kp:{t.0}:d dead.KEY 2");
	is_fault(load(&meta, slot, &texts), FAULT_FENCED, "host:2:11");
	buf_release(&texts);
}

static void dead_beyond_the_offset_are_taken_back(void **state)
{
	(void)state;
	struct buf texts = {0};
	(void)fixture_say("HSET kp:{t.0}:d dead.KEY 2 dead.LIMIT 1");
	(void)fixture_say("HSET kp:{t.0}:m ahead 17");
	works(reload(&texts));
	assert_non_null(strstr(buf_text(&texts), "lev.aa fas=opening; dead.KEY 0; dead.LIMIT 1; "));
	(void)fixture_say("HDEL kp:{t.0}:d dead.KEY dead.LIMIT");
	is_fault(reload(&texts), FAULT_STATE, "add up to 0");
	buf_release(&texts);
}

#define TEST(setup, test) cmocka_unit_test_setup_teardown(test, setup, closed)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opened, opening_tells_what_is_wrong),
		TEST(opened, tokens_differ),
		TEST(opened, functions_are_ours_or_refused),
		TEST(created, creating_is_for_new_namespaces),
		TEST(opened, an_empty_redis_is_no_state),
		TEST(committed, claiming_tells_all_of_m),
		TEST(committed, a_meta_hash_that_was_changed_is_refused),
		TEST(created, the_owner_is_the_last_claimant),
		TEST(created, what_is_committed_is_loaded),
		TEST(committed, every_answer_is_told),
		TEST(committed, what_passes_is_unavailable),
		TEST(committed, a_script_that_breaks_heals),
		TEST(committed, cells_are_told_and_judged),
		TEST(committed, damage_is_found_at_load),
		TEST(committed, another_claimant_is_no_alarm),
		TEST(committed, dead_beyond_the_offset_are_taken_back),
	};
	return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
