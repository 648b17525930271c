/*
 * partition, load and store on a real Redis: the state of a log whatever the cuts and however often
 * the memory is lost; every answer but OK drops it; every hand in Redis is found out; a script
 * that broke is healed.
 */
#include "redis_fixture.h"
#include "stream.h"

#include "aggregator/ingest.h"
#include "aggregator/partition.h"
#include "proto/event_codec.h"

#define NS      "t"
#define TOPIC   "vardkontakt.handelse.v1"
#define M       "kp:{t.2}:m"
#define BASE    40
#define LOG_MAX 700

/* The log: record i stands at offset BASE + i. */
static struct stream_record logged[LOG_MAX];
static struct buf value[LOG_MAX];
static struct store *store;
static struct partition p;
static struct batch batch;
static unsigned claims;
static bool opened;

static void make_log(uint64_t seed)
{
	for (unsigned i = 0; i < LOG_MAX; i++) {
		logged[i] = stream_next(&seed, 120);
		if (logged[i].refused != REASON_NONE)
			logged[i].refused = REASON_KEY;
		buf_reset(&value[i]);
		event_encode(&logged[i].e, &value[i]);
	}
}

static struct kafka_record record_at(uint64_t offset)
{
	const struct stream_record *r = &logged[offset - BASE];
	return (struct kafka_record){
		.partition = STREAM_PARTITION,
		.offset = (int64_t)offset,
		.key = r->refused == REASON_KEY ? NULL : r->e.id,
		.key_len = r->refused == REASON_KEY ? 0 : EVENT_ID_BYTES,
		.value = (const uint8_t *)value[offset - BASE].data,
		.value_len = value[offset - BASE].len,
	};
}

static void connect_store(struct store **ret)
{
	struct fault f = {0};
	if (store_open(fixture.address, NULL, NS, 10000, ret, &f) < 0)
		fail_msg("%s", f.text);
}

/* Every test begins with an empty namespace whose partition 2 starts at BASE. */
static int set_up(void **state)
{
	const struct store_meta meta = {.topic = TOPIC, .s = STREAM_PARTITIONS, .base = BASE};
	struct fault f = {0};

	(void)fixture_empty(state);
	connect_store(&store);
	assert_int_equal(store_load_functions(store, true, &f), 0);
	assert_int_equal(store_create(store, STREAM_PARTITION, &meta, &f), 0);
	make_log(2020);
	return 0;
}

static void close_partition(void)
{
	if (opened)
		partition_release(&p);
	opened = false;
}

static int tear_down(void **state)
{
	(void)state;
	close_partition();
	store_free(store);
	store = NULL;
	return 0;
}

/* The memory is dropped, the connection closed, and a new session begins. */
static int reopen(struct fault *f)
{
	struct partition_claim claim = {
		.ns = NS, .topic = TOPIC, .partitions = STREAM_PARTITIONS, .seed = claims};

	close_partition();
	store_free(store);
	connect_store(&store);
	opened = true;
	(void)snprintf(claim.token, sizeof(claim.token), "host:1:%u", ++claims);
	return partition_open(&p, store, STREAM_PARTITION, &claim, f);
}

static void must_open(void)
{
	struct fault f = {0};
	if (reopen(&f) != 0)
		fail_msg("%s", f.text);
}

/* Opening must fail as a contradiction, and its text must have `what` in it. */
static void must_stop(const char *what)
{
	struct fault f = {0};
	assert_int_equal(reopen(&f), FAULT_STATE);
	if (strstr(f.text, what) == NULL)
		fail_msg("'%s' is not in: %s", what, f.text);
}

/* Takes the records up to offset `end`, the record off-1 first where it must be seen. */
static void take_until(uint64_t end)
{
	struct fault f = {0};
	struct event e;
	struct fold_effects x;

	for (uint64_t at = partition_start(&p); at < end; at++) {
		const bool proof = at < p.state.off;
		const struct kafka_record r = record_at(at);
		if (partition_take(&p, &r, &e, &x, &f) != (proof ? 0 : 1))
			fail_msg("%s", f.text);
	}
	assert_true(p.proven);
}

static void must_commit(void)
{
	struct fault f = {0};
	if (partition_commit(&p, store, &batch, false, &f) != STORE_OK)
		fail_msg("%s", f.text);
}

static void begin_with(uint64_t records)
{
	must_open();
	take_until(BASE + records);
	must_commit();
}

/* The memory is what the log up to its offset gives. */
static void check_against_model(bool stats)
{
	struct model *m = base_zalloc(1, sizeof(*m));
	for (uint64_t i = 0; i < p.state.off - BASE; i++)
		model_take(m, &logged[i]);
	if (!stats) {
		memcpy(m->stats, p.state.stats, sizeof(m->stats));
		memcpy(m->dead, p.state.dead, sizeof(m->dead));
	}
	model_check(m, &p.state);
	free(m);
}

static void a_log_is_counted_once_however_often_the_memory_is_lost(void **state)
{
	(void)state;
	for (uint64_t round = 0; round < 3; round++) {
		uint64_t seed = 5 + round;
		tear_down(state);
		set_up(state);
		make_log(round);
		must_open();
		while (p.state.settled.off < BASE + LOG_MAX) {
			const uint64_t left = BASE + LOG_MAX - p.state.off;
			take_until(p.state.off + 1 +
				   stream_pick(&seed, left < 60 ? (unsigned)left : 60));
			if (stream_pick(&seed, 3) > 0)
				must_commit();
			if (stream_pick(&seed, 4) == 0)
				must_open();
			check_against_model(true);
		}
		must_open();
		assert_int_equal(p.state.off, BASE + LOG_MAX);
		check_against_model(true);
		struct fault f = {0};
		assert_int_equal(partition_verify(&p, store, &f), 0);
	}
}

/* All that is left of a dropped memory: nothing to go on from. */
static void assert_dropped(void)
{
	const struct kafka_record r = record_at(BASE + 20);
	struct fold_effects x;
	struct event e;
	struct fault f = {0};

	assert_int_equal(p.state.contacts.count, 0);
	assert_int_equal(p.state.cells.count, 0);
	assert_int_equal(p.state.off, 0);
	assert_true(partition_take(&p, &r, &e, &x, &f) < 0);
}

static void another_owner_fences_and_the_memory_is_dropped(void **state)
{
	(void)state;
	struct partition other;
	struct store *second = NULL;
	struct partition_claim claim = {.ns = NS,
					.topic = TOPIC,
					.partitions = STREAM_PARTITIONS,
					.token = "elsewhere:9:1"};
	struct fault f = {0};

	begin_with(10);
	take_until(BASE + 20);
	connect_store(&second);
	assert_int_equal(partition_open(&other, second, STREAM_PARTITION, &claim, &f), 0);
	assert_int_equal(partition_commit(&p, store, &batch, false, &f), STORE_FENCED);
	assert_int_equal(f.kind, FAULT_FENCED);
	assert_non_null(strstr(f.text, "elsewhere:9:1"));
	assert_dropped();
	partition_release(&other);
	store_free(second);
	must_open();
	assert_int_equal(p.state.off, BASE + 10);
	check_against_model(true);
}

static void a_memory_that_is_not_what_redis_holds_is_dropped(void **state)
{
	(void)state;
	static const char *const change[] = {"off 49", "sum 00000000000000aa"};
	struct fault f = {0};

	for (size_t i = 0; i < ARRAY_SIZE(change); i++) {
		tear_down(state);
		set_up(state);
		begin_with(10);
		take_until(BASE + 20);
		(void)fixture_say("HSET " M " %s", change[i]);
		assert_int_equal(partition_commit(&p, store, &batch, false, &f), STORE_STATE);
		assert_dropped();
	}
}

static void an_error_in_the_commit_drops_the_memory_and_the_start_stops_at_the_key(void **state)
{
	(void)state;
	struct fault f = {0};

	begin_with(10);
	take_until(BASE + 20);
	(void)fixture_say("RENAME kp:{t.2}:u kp:{t.2}:away");
	assert_string_equal(fixture_say("SET kp:{t.2}:u text"), "OK");
	assert_int_equal(partition_commit(&p, store, &batch, false, &f), STORE_BROKEN);
	assert_dropped();
	must_stop("WRONGTYPE");
	(void)fixture_say("RENAME kp:{t.2}:away kp:{t.2}:u");
	must_open();
	take_until(BASE + 20);
	must_commit();
	check_against_model(true);
}

static void an_emptied_redis_has_no_state(void **state)
{
	(void)state;
	struct fault f = {0};

	begin_with(10);
	take_until(BASE + 20);
	(void)fixture_say("FLUSHALL");
	assert_int_equal(partition_commit(&p, store, &batch, false, &f), STORE_NOSTATE);
	assert_int_equal(f.kind, FAULT_STATE);
	assert_non_null(strstr(f.text, "no state here"));
	assert_dropped();
	must_stop("no state here");
	(void)fixture_say("FUNCTION FLUSH");
	must_stop("no state here");
}

/* A cell of the state: its key and its field in Redis. */
static uint64_t some_cell(char key[KEYS_MAX], char field[CUBES_FIELD_MAX])
{
	size_t i = 0;
	while (p.state.cells.entry[i].count == 0)
		i++;
	const struct cubes_cell cell = cubes_unpack(p.state.cells.entry[i].cell);
	keys_cells(key, NS, STREAM_PARTITION, cubes_row(cell.cube)->name, cell.yyyymm, cell.unit);
	cubes_field(field, &cell);
	return p.state.cells.entry[i].count;
}

static void a_changed_cell_is_named_with_both_values(void **state)
{
	(void)state;
	char key[KEYS_MAX], field[CUBES_FIELD_MAX], expected[384];

	begin_with(300);
	const uint64_t count = some_cell(key, field);
	(void)fixture_say("HINCRBY %s %s 5", key, field);
	(void)snprintf(expected, sizeof(expected),
		       "cell %s field %s: %d in Redis, %d by the contact table", key, field,
		       (int)count + 5, (int)count);
	must_stop(expected);
	(void)fixture_say("HDEL %s %s", key, field);
	(void)snprintf(expected, sizeof(expected),
		       "cell %s field %s: 0 in Redis, %d by the contact table", key, field,
		       (int)count);
	must_stop(expected);
	(void)fixture_say("HSET %s %s %d", key, field, (int)count);
	must_open();
}

static void a_stray_cell_is_found_also_where_the_table_has_nothing(void **state)
{
	(void)state;
	struct event gone = stream_contact(1, 9);

	logged[0].refused = REASON_NONE;
	logged[0].e = stream_contact(1, 1);
	logged[1].refused = REASON_NONE;
	gone.op = OP_RETRACT;
	logged[1].e = gone;
	for (unsigned i = 0; i < 2; i++) {
		buf_reset(&value[i]);
		event_encode(&logged[i].e, &value[i]);
	}
	begin_with(2);
	assert_int_equal(p.state.live, 0);
	(void)fixture_say("HSET kp:{t.2}:c:dag:202003:0 14.0.1 1");
	must_stop("cell kp:{t.2}:c:dag:202003:0 field 14.0.1: 1 in Redis, 0 by the contact table");
	(void)fixture_say("HSET kp:{t.2}:c:dag:202003:0 nonsense 1");
	must_stop("nonsense");
	(void)fixture_say("DEL kp:{t.2}:c:dag:202003:0");
	must_open();
}

static void a_change_while_running_is_found_by_the_verification(void **state)
{
	(void)state;
	struct fault f = {0};
	char key[KEYS_MAX], field[CUBES_FIELD_MAX];

	begin_with(50);
	(void)some_cell(key, field);
	(void)fixture_say("HSET %s %s 99999", key, field);
	assert_int_equal(partition_verify(&p, store, &f), FAULT_STATE);
	assert_non_null(strstr(f.text, "99999 in Redis"));
}

/* What a hand can do to a state of 300 records, and what the start says. */
static void every_hand_in_redis_is_found(void **state)
{
	static const struct {
		const char *command, *said;
	} row[] = {
		{"HINCRBY " M " s.stale 1", "s.*"},
		{"HINCRBY " M " live 1", "live"},
		{"HINCRBY " M " n -1", "contradicts itself"},
		{"HSET " M " sum 00000000000000aa", "digest"},
		{"HSET kp:{t.2}:u 0 changed", "digest"},
		{"HDEL kp:{t.2}:u 0", "lost an entry"},
		{"HSET kp:{t.2}:k 9 new", "lost an entry"},
		{"HSET kp:{t.2}:u 2 u1", "dictionary u"},
		{"DEL kp:{t.2}:p", "not in p"},
		{"HSET kp:{t.2}:d pin.vas nyckel=00000000;version=field", "digest"},
		{"HSET kp:{t.2}:d lev.000000000000000000000000 x", "digest"},
		{"HINCRBY kp:{t.2}:d dead.KEY 1", "dead"},
		{"HSET kp:{t.2}:d dead.NO_REASON 0", "reason that is none"},
		{"HSET kp:{t.2}:d note.NO_REASON 1", "noted for a reason that is none"},
		{"HSET kp:{t.2}:d note.RETRACT_UNSEEN x", "noted for a reason that is none"},
		{"DEL kp:{t.2}:t:0", "segment 0"},
		{"SETRANGE kp:{t.2}:t:0 4192256 x", "segment 0"},
		{"SETRANGE kp:{t.2}:t:0 50 x", "contradicts itself"},
		{"HSET " M " topic another", "counts topic another"},
		{"HSET " M " s 3", "of 3 partitions"},
		{"HSET " M " s 0", "of 0 partitions"},
		{"HSET " M " fmt 2", "format 2"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		tear_down(state);
		set_up(state);
		begin_with(300);
		(void)fixture_say("%s", row[i].command);
		must_stop(row[i].said);
	}
}

/* Redis as after a commit of `from`..`to` that broke at its last write: only `m` still says `from`. */
static void break_the_last_write(uint64_t from, uint64_t to)
{
	static const char *const field[] = {"off", "n", "live", "sum", "probe", "cells"};
	char old[ARRAY_SIZE(field) + KEYS_STATS_END][64], name[ARRAY_SIZE(old)][24];

	begin_with(from);
	for (size_t i = 0; i < ARRAY_SIZE(old); i++) {
		if (i < ARRAY_SIZE(field))
			(void)snprintf(name[i], sizeof(name[i]), "%s", field[i]);
		else
			(void)snprintf(name[i], sizeof(name[i]), "s.%s",
				       keys_stat_name((enum keys_stat)(i - ARRAY_SIZE(field))));
		(void)snprintf(old[i], sizeof(old[i]), "%s", fixture_say("HGET " M " %s", name[i]));
	}
	take_until(BASE + to);
	must_commit();
	for (size_t i = 0; i < ARRAY_SIZE(old); i++)
		(void)fixture_say("HSET " M " %s %s", name[i], old[i]);
}

static void a_commit_that_broke_at_its_last_write_converges(void **state)
{
	(void)state;
	break_the_last_write(200, 300);
	must_open();
	assert_int_equal(p.state.off, BASE + 200);
	assert_int_equal(p.ahead, BASE + 300);
	assert_true(p.healed > 0); /* the cells of new contacts, which stand above n */
	take_until(BASE + 250);
	must_commit();
	take_until(BASE + 400);
	must_commit();
	check_against_model(false);
	must_open();
	check_against_model(false);
}

static void cells_that_a_broken_script_left_wrong_are_healed_at_start(void **state)
{
	(void)state;
	char key[KEYS_MAX], field[CUBES_FIELD_MAX];

	begin_with(200);
	const uint64_t count = some_cell(key, field);
	(void)fixture_say("HINCRBY %s %s 7", key, field);
	assert_string_equal(fixture_say("HSET %s 31.0.1 4", key), "1");
	(void)fixture_say("HSET " M " ahead %d", BASE + 205);
	must_open();
	assert_int_equal(p.healed, 2);
	assert_string_equal(fixture_say("HEXISTS %s 31.0.1", key), "0");
	assert_int_equal(p.state.off, BASE + 200);
	assert_int_equal(strtoull(fixture_say("HGET %s %s", key, field), NULL, 10), count);
	check_against_model(true);
	take_until(BASE + 300);
	must_commit();
	must_open();
	assert_int_equal(p.ahead, p.state.off);
	check_against_model(true);
}

/* What Redis says of its cells; when it says that they are complete, each is as the table gives it. */
static void check_cells(uint64_t expected)
{
	struct fault f = {0};

	assert_int_equal(strtoull(fixture_say("HGET " M " cells"), NULL, 10), expected);
	assert_int_equal(p.state.settled.cells, expected);
	if (expected == p.state.off && partition_verify(&p, store, &f) != 0)
		fail_msg("%s", f.text);
}

static void cells_that_commits_left_out_are_written_later_or_by_the_next_start(void **state)
{
	(void)state;
	for (uint64_t round = 0; round < 4; round++) {
		uint64_t seed = 70 + round, complete = BASE;
		tear_down(state);
		set_up(state);
		make_log(seed);
		must_open();
		while (p.state.off < BASE + LOG_MAX) {
			const uint64_t left = BASE + LOG_MAX - p.state.off;
			const bool deferred = stream_pick(&seed, 4) > 0;
			struct fault f = {0};
			take_until(p.state.off + 1 +
				   stream_pick(&seed, left < 40 ? (unsigned)left : 40));
			assert_int_equal(partition_commit(&p, store, &batch, deferred, &f),
					 STORE_OK);
			complete = deferred ? complete : p.state.off;
			check_cells(complete);
			if (stream_pick(&seed, 6) == 0) {
				must_open();
				complete = p.state.off;
				check_cells(complete);
			}
			check_against_model(true);
		}
		must_open();
		check_cells(BASE + LOG_MAX);
	}
}

/* A broken script may have left cells that only writing the same ones again finds. */
static void what_a_broken_script_reached_is_counted_again_with_its_cells(void **state)
{
	(void)state;
	static const struct {
		uint64_t until, cells;
	} step[] = {{250, 250}, {310, 310}, {320, 310}};
	struct fault f = {0};

	begin_with(200);
	(void)fixture_say("HSET " M " ahead %d", BASE + 300);
	must_open();
	for (size_t i = 0; i < ARRAY_SIZE(step); i++) {
		take_until(BASE + step[i].until);
		assert_int_equal(partition_commit(&p, store, &batch, true, &f), STORE_OK);
		check_cells(BASE + step[i].cells);
	}
}

static void a_log_that_cannot_be_the_one_that_was_counted_is_refused(void **state)
{
	(void)state;
	static const struct {
		int64_t low, high;
		bool good;
	} row[] = {{BASE, BASE + 10, true},
		   {0, BASE + 10, true},
		   {BASE + 9, BASE + 10, true},
		   {BASE + 9, BASE + 99, true},
		   {BASE + 10, BASE + 10, false},
		   {BASE + 11, BASE + 99, false},
		   {BASE, BASE + 9, false},
		   {0, 0, false},
		   {-1, -1, false}};
	struct fault f = {0};

	begin_with(10);
	must_open();
	for (size_t i = 0; i < ARRAY_SIZE(row); i++)
		assert_int_equal(partition_judge(&p, row[i].low, row[i].high, &f) == 0,
				 row[i].good);
	assert_int_equal(f.kind, FAULT_STATE);
	assert_non_null(strstr(f.text, TOPIC ", partition 2, offset 50"));
	p.ahead = BASE + 12;
	assert_int_equal(partition_judge(&p, BASE, BASE + 11, &f), FAULT_STATE);
	assert_int_equal(partition_judge(&p, BASE, BASE + 12, &f), 0);
}

static void an_empty_partition_needs_no_record_before_its_base(void **state)
{
	(void)state;
	struct fault f = {0};

	must_open();
	assert_true(p.proven);
	assert_int_equal(partition_start(&p), BASE);
	assert_int_equal(partition_judge(&p, BASE, BASE, &f), 0);
	assert_int_equal(partition_judge(&p, BASE + 1, BASE + 1, &f), FAULT_STATE);
}

static void the_record_before_the_offset_must_be_the_one_that_was_counted(void **state)
{
	(void)state;
	struct fault f = {0};
	struct fold_effects x;
	struct event e;

	begin_with(10);
	must_open();
	assert_int_equal(partition_start(&p), BASE + 9);
	struct kafka_record r = record_at(BASE + 8);
	r.offset = BASE + 9;
	assert_int_equal(partition_take(&p, &r, &e, &x, &f), FAULT_STATE);
	assert_non_null(strstr(f.text, "is not the one that was counted"));
	assert_non_null(strstr(f.text, TOPIC ", partition 2, offset 50"));
	assert_false(p.proven);
	r = record_at(BASE + 10);
	assert_int_equal(partition_take(&p, &r, &e, &x, &f), FAULT_STATE);
	assert_non_null(strstr(f.text, "gap"));
	r = record_at(BASE + 9);
	assert_int_equal(partition_take(&p, &r, &e, &x, &f), 0);
	assert_true(p.proven);
	assert_int_equal(p.state.off, BASE + 10);
}

static void a_witness_is_older_than_what_was_read_since(void **state)
{
	(void)state;
	struct partition_anchor w;
	struct fault f = {0};

	begin_with(5);
	must_open();
	take_until(BASE + 9);
	assert_true(partition_witness(&p, PARTITION_TRUSTED, BASE, &w));
	assert_int_equal(w.off, BASE + 5);
	struct kafka_record r = record_at(BASE + 3);
	r.offset = BASE + 4;
	assert_int_equal(partition_hear(&p, &w, &r, &f), FAULT_STATE);
	assert_non_null(strstr(f.text, "is not the one that was counted"));
	r = record_at(BASE + 5);
	assert_int_equal(partition_hear(&p, &w, &r, &f), FAULT_STATE);
	assert_non_null(strstr(f.text, "gap"));
	r = record_at(BASE + 4);
	assert_int_equal(partition_hear(&p, &w, &r, &f), 0);
	partition_trust(&p);
	assert_true(partition_witness(&p, PARTITION_TRUSTED, BASE, &w));
	assert_int_equal(w.off, BASE + 9);
}

static void the_last_witness_is_older_than_a_broken_connection(void **state)
{
	(void)state;
	struct partition_anchor w;

	must_open();
	take_until(BASE + 3);
	assert_true(partition_witness(&p, PARTITION_LAST, BASE, &w));
	assert_int_equal(w.off, BASE + 3);
	partition_shaken(&p);
	take_until(BASE + 5);
	partition_shaken(&p);
	take_until(BASE + 7);
	assert_true(partition_witness(&p, PARTITION_LAST, BASE, &w));
	assert_int_equal(w.off, BASE + 3);
	assert_true(partition_witness(&p, PARTITION_LAST + 1, BASE, &w));
	assert_int_equal(w.off, BASE + 5);
	assert_false(partition_witness(&p, PARTITION_LAST + 2, BASE, &w));
	partition_trust(&p);
	assert_true(partition_witness(&p, PARTITION_LAST, BASE, &w));
	assert_int_equal(w.off, BASE + 7);
	assert_false(partition_witness(&p, PARTITION_LAST + 1, BASE, &w));
}

static void a_witness_is_a_record_that_was_counted_and_still_stands(void **state)
{
	(void)state;
	struct partition_anchor w;

	must_open();
	for (int i = 0; i < PARTITION_WITNESSES; i++) {
		assert_false(partition_witness(&p, (enum partition_witness)i, BASE, &w));
		assert_int_equal(w.off, BASE);
	}
	take_until(BASE + 3);
	assert_true(partition_witness(&p, PARTITION_TRUSTED, 0, &w));
	assert_int_equal(w.off, BASE + 1);
	assert_false(partition_witness(&p, PARTITION_TRUSTED, BASE + 1, &w));
	assert_true(partition_witness(&p, PARTITION_LAST, BASE + 2, &w));
	assert_false(partition_witness(&p, PARTITION_LAST, BASE + 3, &w));
}

static void a_doubted_partition_must_prove_its_log_again(void **state)
{
	(void)state;

	must_open();
	partition_doubt(&p);
	assert_true(p.proven);
	take_until(BASE + 3);
	assert_int_equal(partition_start(&p), BASE + 3);
	partition_doubt(&p);
	assert_false(p.proven);
	assert_int_equal(partition_start(&p), BASE + 2);
}

static void a_gap_in_the_log_stops_the_partition(void **state)
{
	(void)state;
	struct fault f = {0};
	struct fold_effects x;
	struct event e;

	must_open();
	take_until(BASE + 5);
	const struct kafka_record ahead = record_at(BASE + 6), back = record_at(BASE + 4);
	assert_int_equal(partition_take(&p, &ahead, &e, &x, &f), FAULT_STATE);
	assert_int_equal(partition_take(&p, &back, &e, &x, &f), FAULT_STATE);
	assert_int_equal(p.state.off, BASE + 5);
}

static void another_key_of_a_source_is_told_with_both_pins(void **state)
{
	(void)state;
	struct fault f = {0};
	struct fold_effects x;
	struct event e, first = stream_contact(1, 1), second = stream_contact(2, 1);

	second.fingerprint[0] = 0xee;
	must_open();
	for (unsigned i = 0; i < 2; i++) {
		logged[i] = (struct stream_record){.e = i ? second : first};
		buf_reset(&value[i]);
		event_encode(&logged[i].e, &value[i]);
		const struct kafka_record r = record_at(BASE + i);
		assert_int_equal(partition_take(&p, &r, &e, &x, &f), 1);
	}
	assert_int_equal(x.reason, REASON_KEY_EPOCH);
	assert_string_equal(p.clash,
			    "KEY_EPOCH: source vas is pinned to nyckel=0a1b2c3d;version=field, "
			    "its events now say nyckel=ee1b2c3d;version=field");
	assert_int_equal(p.state.contacts.count, 1);
	must_commit();
	assert_string_equal(fixture_say("HGET kp:{t.2}:d dead.KEY_EPOCH"), "1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_log_is_counted_once_however_often_the_memory_is_lost),
		TEST(another_owner_fences_and_the_memory_is_dropped),
		TEST(a_memory_that_is_not_what_redis_holds_is_dropped),
		TEST(an_error_in_the_commit_drops_the_memory_and_the_start_stops_at_the_key),
		TEST(an_emptied_redis_has_no_state),
		TEST(a_changed_cell_is_named_with_both_values),
		TEST(a_stray_cell_is_found_also_where_the_table_has_nothing),
		TEST(a_change_while_running_is_found_by_the_verification),
		TEST(every_hand_in_redis_is_found),
		TEST(a_commit_that_broke_at_its_last_write_converges),
		TEST(cells_that_a_broken_script_left_wrong_are_healed_at_start),
		TEST(cells_that_commits_left_out_are_written_later_or_by_the_next_start),
		TEST(what_a_broken_script_reached_is_counted_again_with_its_cells),
		TEST(a_log_that_cannot_be_the_one_that_was_counted_is_refused),
		TEST(an_empty_partition_needs_no_record_before_its_base),
		TEST(the_record_before_the_offset_must_be_the_one_that_was_counted),
		TEST(a_witness_is_older_than_what_was_read_since),
		TEST(the_last_witness_is_older_than_a_broken_connection),
		TEST(a_witness_is_a_record_that_was_counted_and_still_stands),
		TEST(a_doubted_partition_must_prove_its_log_again),
		TEST(a_gap_in_the_log_stops_the_partition),
		TEST(another_key_of_a_source_is_told_with_both_pins),
	};
	const int failed = cmocka_run_group_tests(tests, fixture_start, fixture_stop);

	for (unsigned i = 0; i < LOG_MAX; i++)
		buf_release(&value[i]);
	batch_release(&batch);
	return failed;
}
