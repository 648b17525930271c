/*
 * The contract of functions.lua, word by word against a real Redis: every reply, every law for
 * which a commit is refused with nothing written, the order of writes, and the rights they need.
 */
#include "redis_fixture.h"

#include "proto/keys.h"

#define KEYS    "m u k p d"
#define SUM0    "0000000000000000"
#define SUM1    "1111111111111111"
#define SUM2    "2222222222222222"
#define SEGMENT "4192256"

/* Loads the library from the source; its `fault`-th write fails, none for 0. */
static void load_with_fault(int fault)
{
	struct buf source = {0}, code = {0};
	struct fault f = {0};
	assert_int_equal(
		buf_read_file(&source, KP_SOURCE_DIR "/aggregator/functions.lua", 1 << 20, &f), 0);
	const char *body = strchr(buf_text(&source), '\n');
	assert_non_null(body);
	buf_add(&code, source.data, (size_t)(body - source.data));
	if (fault)
		buf_addf(&code,
			 "\nlocal left, writes = %d, {HSET = 1, HDEL = 1, SETRANGE = 1}\n"
			 "local function call(cmd, ...)\n"
			 "  if writes[cmd] then left = left - 1 end\n"
			 "  if writes[cmd] and left == 0 then error('injected', 0) end\n"
			 "  return redis.call(cmd, ...)\n"
			 "end\n"
			 "local redis = {call = call, register_function = "
			 "redis.register_function}\n",
			 fault);
	buf_adds(&code, body);
	struct redis_args args = {0};
	redis_arg(&args, "FUNCTION");
	redis_arg(&args, "LOAD");
	redis_arg(&args, "REPLACE");
	redis_arg_n(&args, code.data, code.len);
	assert_string_equal(fixture_ask(&args), "kp");
	redis_args_release(&args);
	buf_release(&source);
	buf_release(&code);
}

static int load_library(void **state)
{
	(void)fixture_empty(state);
	load_with_fault(0);
	return 0;
}

/* "-" is the empty text, "@AB" two slots of 32 A and 32 B. */
static void add_word(struct redis_args *args, const char *word)
{
	char slots[32 * 8];
	if (strcmp(word, "-") == 0) {
		redis_arg(args, "");
	} else if (word[0] == '@') {
		size_t n = strlen(word + 1);
		assert_true(n <= 8);
		for (size_t i = 0; i < n * 32; i++)
			slots[i] = word[1 + i / 32];
		redis_arg_n(args, slots, n * 32);
	} else {
		redis_arg(args, word);
	}
}

/* FCALL of a Function: keys without their common prefix, and arguments, as words. */
static const char *call(const char *function, const char *keys, const char *words)
{
	struct redis_args args = {0};
	char *copy[2] = {base_strdup(keys), base_strdup(words)};
	char *rest = copy[0];
	uint64_t count = 1;
	for (const char *c = keys; *c; c++)
		count += *c == ' ';
	redis_arg(&args, "FCALL");
	redis_arg(&args, function);
	redis_arg_u64(&args, count);
	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
		char full[KEYS_MAX];
		(void)snprintf(full, sizeof(full), "kp:{t.0}:%s", word);
		redis_arg(&args, full);
	}
	rest = copy[1];
	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " "))
		if (*word)
			add_word(&args, word);
	const char *answer = fixture_ask(&args);
	redis_args_release(&args);
	free(copy[0]);
	free(copy[1]);
	return answer;
}

/* A commit that is refused with `why`, and of which nothing is written. */
static void refused(const char *keys, const char *words, const char *why)
{
	char before[64], after[64];
	fixture_digest(before);
	const char *answer = call("kp_commit", keys, words);
	if (!strstr(answer, why))
		fail_msg("expected \"%s\", got \"%s\" for %s", why, answer, words);
	fixture_digest(after);
	assert_string_equal(before, after);
}

static const char *meta(const char *field)
{
	return fixture_say("HGET kp:{t.0}:m %s", field);
}

/* An empty partition with base 0, claimed by "me". */
static int created(void **state)
{
	(void)load_library(state);
	assert_string_equal(call("kp_create", "m t:0 u k p d", "topic 4 0 1"), "OK");
	assert_memory_equal(call("kp_claim", "m t:0", "me"), "OK fmt 3 ", 9);
	return 0;
}

/*
 * The first commit of most tests: three events, two contacts, of which one is live; one dead. In
 * order: fence; off n live sum probe cells; applied unchanged duplicate stale conflict dead control
 * leverans.
 */
#define FENCE0 "me 0 " SUM0 " "
#define NEW1   "3 2 1 " SUM1 " - 3 "
#define STATS1 "2 0 0 0 0 1 0 0 "
#define SLOTS1 "1 1 0 @AB "
#define TEXTS1 "2 1 enhet 2 1 klass 2 0 202003:1 2 dead.KEY 1 "
#define CELLS1 "2 14.1.1 1 0"
#define KEYS1  KEYS " t:0 c:dag:202003:1"
#define FIRST  FENCE0 NEW1 STATS1 SLOTS1 TEXTS1 CELLS1
/* Then: one event more, which moves the cell. */
#define FENCE1   "me 3 " SUM1 " "
#define NEW2     "4 2 1 " SUM2 " abcdefabcdefabcd 4 "
#define STATS2   "3 0 0 0 0 1 0 0 "
#define SLOTS2   "1 1 32 @C "
#define NO_TEXTS "0 0 0 0 "
#define CELLS2   "2 15.1.1 1 1 14.1.1"
#define SECOND   FENCE1 NEW2 STATS2 SLOTS2 NO_TEXTS CELLS2

static int committed(void **state)
{
	(void)created(state);
	assert_string_equal(call("kp_commit", KEYS1, FIRST), "OK");
	return 0;
}

static void create_says_all_of_m(void **state)
{
	(void)state;
	assert_string_equal(call("kp_create", "m t:0 u k p d", "topic 4 17 1"), "OK");
	assert_string_equal(
		call("kp_claim", "m t:0", "me"),
		"OK fmt 3 topic topic s 4 trial 1 base 17 off 17 ahead 17 cells 17 probe  "
		"epoch 1 owner me n 0 live 0 sum " SUM0 " s.applied 0 s.unchanged 0 "
		"s.duplicate 0 s.stale 0 s.conflict 0 s.dead 0 s.control 0 s.leverans 0");
	assert_memory_equal(call("kp_claim", "m t:0", "you"), "OK fmt 3 ", 9);
	assert_string_equal(meta("epoch"), "2");
	assert_string_equal(meta("owner"), "you");
	assert_string_equal(fixture_say("DBSIZE"), "1");
}

static void create_refuses_when_any_key_is_there(void **state)
{
	static const char *const part[] = {"m", "t:0", "u", "k", "p", "d"};
	for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
		char expected[64];
		(void)load_library(state);
		(void)fixture_say("HSET kp:{t.0}:%s a x", part[i]);
		(void)snprintf(expected, sizeof(expected), "EXISTS kp:{t.0}:%s", part[i]);
		assert_string_equal(call("kp_create", "m t:0 u k p d", "topic 4 0 0"), expected);
		assert_string_equal(fixture_say("DBSIZE"), "1");
	}
	(void)load_library(state);
	assert_non_null(
		strstr(call("kp_create", "m t:0 u k p d", "topic 4 x 0"), "kp: bad number"));
	assert_string_equal(fixture_say("DBSIZE"), "0");
}

/* Until something is counted: then it is as sacred as any key. */
static void a_creation_that_broke_off_is_made_anew(void **state)
{
	(void)state;
	assert_string_equal(call("kp_create", "m t:0 u k p d", "topic 4 17 0"), "OK");
	assert_string_equal(fixture_say("HGET kp:{t.0}:m base"), "17");
	assert_string_equal(fixture_say("HGET kp:{t.0}:m owner"), "");
	(void)fixture_say("HSET kp:{t.0}:m off 18");
	assert_string_equal(call("kp_create", "m t:0 u k p d", "topic 4 0 0"), "EXISTS kp:{t.0}:m");
	(void)fixture_say("HSET kp:{t.0}:m off 17 fmt 2");
	assert_string_equal(call("kp_create", "m t:0 u k p d", "topic 4 0 0"), "EXISTS kp:{t.0}:m");
}

static void nothing_there_is_nostate(void **state)
{
	(void)state;
	assert_string_equal(call("kp_claim", "m t:0", "me"), "NOSTATE");
	refused(KEYS1, FIRST, "NOSTATE");
	(void)created(state);
	(void)fixture_say("HSET kp:{t.0}:m fmt 2");
	assert_string_equal(call("kp_claim", "m t:0", "me"), "FORMAT 2");
	refused(KEYS1, FIRST, "NOSTATE");
	(void)created(state);
	(void)fixture_say("FLUSHALL");
	refused(KEYS1, FIRST, "NOSTATE");
	(void)fixture_say("FUNCTION FLUSH");
	refused(KEYS1, FIRST, "Function not found");
}

static void claim_needs_an_owner(void **state)
{
	(void)state;
	assert_non_null(strstr(call("kp_claim", "m t:0", "-"), "kp: no owner"));
	assert_non_null(strstr(call("kp_claim", "m t:0", ""), "kp: no owner"));
}

static void commit_writes_what_was_said(void **state)
{
	(void)state;
	assert_string_equal(
		fixture_say("HGETALL kp:{t.0}:m"),
		"fmt 3 topic topic s 4 trial 1 base 0 off 3 ahead 3 cells 3 probe  "
		"epoch 1 owner me n 2 live 1 sum " SUM1 " s.applied 2 s.unchanged 0 "
		"s.duplicate 0 s.stale 0 s.conflict 0 s.dead 1 s.control 0 s.leverans 0");
	assert_string_equal(fixture_say("STRLEN kp:{t.0}:t:0"), SEGMENT);
	assert_string_equal(fixture_say("GETRANGE kp:{t.0}:t:0 0 63"),
			    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB");
	assert_string_equal(fixture_say("HGETALL kp:{t.0}:u"), "1 enhet");
	assert_string_equal(fixture_say("HGETALL kp:{t.0}:k"), "1 klass");
	assert_string_equal(fixture_say("HGETALL kp:{t.0}:p"), "0 202003:1");
	assert_string_equal(fixture_say("HGETALL kp:{t.0}:d"), "dead.KEY 1");
	assert_string_equal(fixture_say("HGETALL kp:{t.0}:c:dag:202003:1"), "14.1.1 1");
	assert_string_equal(call("kp_commit", KEYS1, SECOND), "OK");
	assert_string_equal(
		fixture_say("HGETALL kp:{t.0}:m"),
		"fmt 3 topic topic s 4 trial 1 base 0 off 4 ahead 4 cells 4 probe abcdefabcdefabcd "
		"epoch 1 owner me n 2 live 1 sum " SUM2 " s.applied 3 s.unchanged 0 "
		"s.duplicate 0 s.stale 0 s.conflict 0 s.dead 1 s.control 0 s.leverans 0");
	assert_string_equal(fixture_say("GETRANGE kp:{t.0}:t:0 0 63"),
			    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC");
	assert_string_equal(fixture_say("HGETALL kp:{t.0}:c:dag:202003:1"), "15.1.1 1");
	assert_string_equal(fixture_say("DBSIZE"), "7");
}

static void a_cell_hash_without_cells_does_not_exist(void **state)
{
	(void)state;
	assert_string_equal(call("kp_commit", KEYS1,
				 FENCE1 "4 2 0 " SUM2 " - 4 " STATS2 SLOTS2 NO_TEXTS "0 1 14.1.1"),
			    "OK");
	assert_string_equal(fixture_say("EXISTS kp:{t.0}:c:dag:202003:1"), "0");
}

static void the_fence_is_owner_offset_and_sum(void **state)
{
	(void)state;
	refused(KEYS1, "you 3 " SUM1 " " NEW2 STATS2 SLOTS2 NO_TEXTS CELLS2, "FENCED me");
	refused(KEYS1, FENCE0 NEW2 STATS2 SLOTS2 NO_TEXTS CELLS2, "STATE 3 " SUM1);
	/* The offset alone: a memory that stands elsewhere and has come to the same sum. */
	refused(KEYS1, "me 2 " SUM1 " " NEW2 STATS2 SLOTS2 NO_TEXTS CELLS2, "STATE 3 " SUM1);
	refused(KEYS1, "me 03 " SUM1 " " NEW2 STATS2 SLOTS2 NO_TEXTS CELLS2, "STATE 3 " SUM1);
	/* The sum alone: another history, which stands at the same offset. */
	refused(KEYS1, "me 3 " SUM2 " " NEW2 STATS2 SLOTS2 NO_TEXTS CELLS2, "STATE 3 " SUM1);
	/* A claim fences whoever went before. */
	(void)call("kp_claim", "m t:0", "host:1:you");
	refused(KEYS1, SECOND, "FENCED host:1:you");
	/* Nobody owns what nobody has claimed. */
	(void)fixture_say("FLUSHALL");
	(void)call("kp_create", "m t:0 u k p d", "topic 4 0 0");
	refused(KEYS1, "- 0 " SUM0 " " NEW1 STATS1 SLOTS1 TEXTS1 CELLS1, "FENCED");
}

static void a_commit_sent_twice_is_refused(void **state)
{
	(void)state;
	assert_string_equal(call("kp_commit", KEYS1, SECOND), "OK");
	refused(KEYS1, SECOND, "STATE 4 " SUM2);
}

static void events_are_conserved(void **state)
{
	(void)state;
	refused(KEYS1, FENCE1 NEW2 "4 0 0 0 0 1 0 0 " SLOTS2 NO_TEXTS CELLS2,
		"kp: events and statistics");
	refused(KEYS1, FENCE1 NEW2 STATS1 SLOTS2 NO_TEXTS CELLS2, "kp: events and statistics");
	refused(KEYS1, FENCE1 "2 2 1 " SUM2 " - 2 1 0 0 0 0 1 0 0 " SLOTS2 NO_TEXTS CELLS2,
		"kp: offset falls");
	/* Counted from the base. */
	(void)fixture_say("FLUSHALL");
	(void)call("kp_create", "m t:0 u k p d", "topic 4 10 0");
	(void)call("kp_claim", "m t:0", "me");
	refused(KEYS1, "me 10 " SUM0 " 13 2 1 " SUM1 " - 13 12 0 0 0 0 1 0 0 " SLOTS1 TEXTS1 CELLS1,
		"kp: events and statistics");
	assert_string_equal(call("kp_commit", KEYS1,
				 "me 10 " SUM0 " 13 2 1 " SUM1
				 " - 13 " STATS1 SLOTS1 TEXTS1 CELLS1),
			    "OK");
}

static void every_statistic_counts(void **state)
{
	for (int i = 0; i < KEYS_STATS_END; i++) {
		char words[512], field[32];
		int n = snprintf(words, sizeof(words), "%s", FENCE0 "3 0 0 " SUM1 " - 3 ");
		for (int j = 0; j < KEYS_STATS_END; j++)
			n += snprintf(words + n, sizeof(words) - (size_t)n, "%d ", i == j ? 3 : 0);
		(void)snprintf(words + n, sizeof(words) - (size_t)n, "0 0 0 0 %s",
			       i == KEYS_STAT_DEAD ? "2 dead.KEY 3" : "0");
		(void)created(state);
		assert_string_equal(call("kp_commit", KEYS, words), "OK");
		(void)snprintf(field, sizeof(field), "s.%s", keys_stat_name((enum keys_stat)i));
		assert_string_equal(meta(field), "3");
	}
}

static void meta_laws(void **state)
{
	(void)state;
	refused(KEYS1, FENCE1 "4 1 1 " SUM2 " - 4 " STATS2 SLOTS2 NO_TEXTS CELLS2,
		"kp: slots fall");
	refused(KEYS1, FENCE1 "4 2 3 " SUM2 " - 4 " STATS2 SLOTS2 NO_TEXTS CELLS2,
		"kp: more live than known");
	refused(KEYS1, FENCE1 "4 2 1 " SUM2 " - 5 " STATS2 SLOTS2 NO_TEXTS CELLS2,
		"kp: cells beyond");
	refused(KEYS1, FENCE1 "4 2 1 222222222222222 - 4 " STATS2 SLOTS2 NO_TEXTS CELLS2,
		"kp: bad digest");
	refused(KEYS1, FENCE1 "4 2 1 222222222222222G - 4 " STATS2 SLOTS2 NO_TEXTS CELLS2,
		"kp: bad digest");
	refused(KEYS1, FENCE1 "4 2 1 " SUM2 " x 4 " STATS2 SLOTS2 NO_TEXTS CELLS2,
		"kp: bad digest");
	static const char *const bad[] = {
		"-", "-4", "+4", "04", "4.0", "4e0", "0x4", "four", "1000000000000000"};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char words[512];
		(void)snprintf(words, sizeof(words),
			       FENCE1 "%s 2 1 " SUM2 " - 4 " STATS2 SLOTS2 NO_TEXTS CELLS2, bad[i]);
		refused(KEYS1, words, "kp: bad number");
	}
}

static void cells_may_lag(void **state)
{
	(void)state;
	assert_string_equal(
		call("kp_commit", KEYS " t:0", FENCE1 "4 2 1 " SUM2 " - 3 " STATS2 SLOTS2 NO_TEXTS),
		"OK");
	assert_string_equal(meta("cells"), "3");
	assert_string_equal(meta("off"), "4");
}

static void ranges_lie_in_whole_slots_of_a_segment(void **state)
{
	(void)state;
	refused(KEYS1, FENCE1 NEW2 STATS2 "1 1 31 @C " NO_TEXTS CELLS2, "kp: bad range");
	refused(KEYS1, FENCE1 NEW2 STATS2 "1 1 32 CCC " NO_TEXTS CELLS2, "kp: bad range");
	refused(KEYS1, FENCE1 NEW2 STATS2 "1 1 32 - " NO_TEXTS CELLS2, "kp: bad range");
	refused(KEYS1, FENCE1 NEW2 STATS2 "1 1 " SEGMENT " @C " NO_TEXTS CELLS2, "kp: bad range");
	refused(KEYS1, FENCE1 NEW2 STATS2 "1 1 4192224 @CC " NO_TEXTS CELLS2, "kp: bad range");
	refused(KEYS1, FENCE1 NEW2 STATS2 "1 1 -32 @C " NO_TEXTS CELLS2, "kp: bad number");
}

static void a_segment_is_whole_or_new(void **state)
{
	(void)state;
	(void)fixture_say("RENAME kp:{t.0}:t:0 kp:{t.0}:kept");
	refused(KEYS1, SECOND, "kp: segment lost");
	/* A rewrite of slot 0 looks like the start of a new segment, but slots are in use. */
	refused(KEYS1, FENCE1 NEW2 STATS2 "1 1 0 @C " NO_TEXTS CELLS2, "kp: segment lost");
	(void)fixture_say("RENAME kp:{t.0}:kept kp:{t.0}:t:0");
	(void)fixture_say("APPEND kp:{t.0}:t:0 x");
	refused(KEYS1, SECOND, "kp: segment length 4192257");
	(void)fixture_say("SET kp:{t.0}:t:0 short");
	refused(KEYS1, SECOND, "kp: segment length 5");
	(void)fixture_say("DEL kp:{t.0}:t:0");
	(void)fixture_say("HSET kp:{t.0}:t:0 a b");
	refused(KEYS1, SECOND, "WRONGTYPE");
}

static void a_new_segment_begins_at_its_start(void **state)
{
	(void)state;
	refused(KEYS1, FENCE0 NEW1 STATS1 "1 1 32 @AB " TEXTS1 CELLS1, "kp: segment lost");
	refused(KEYS1, FENCE0 NEW1 STATS1 "1 0 " TEXTS1 CELLS1, "kp: segment lost");
	/* The second segment is new as long as n is not beyond its start. */
	(void)fixture_say("HSET kp:{t.0}:m n 131009");
	refused(KEYS " t:1", FENCE0 "1 131009 1 " SUM1 " - 1 1 0 0 0 0 0 0 0 1 1 0 @A 0 0 0 0",
		"kp: segment lost");
	(void)fixture_say("HSET kp:{t.0}:m n 131008");
	assert_string_equal(call("kp_commit", KEYS " t:1",
				 FENCE0 "1 131009 1 " SUM1 " - 1 1 0 0 0 0 0 0 0 1 1 0 @A 0 0 0 0"),
			    "OK");
	assert_string_equal(fixture_say("STRLEN kp:{t.0}:t:1"), SEGMENT);
}

static void arguments_are_counted(void **state)
{
	(void)state;
	refused(KEYS1, SECOND " x", "kp: arguments");
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 NO_TEXTS "2 15.1.1 1 2 14.1.1", "kp: arguments");
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 NO_TEXTS "2 15.1.1 1", "kp: bad number");
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 NO_TEXTS "3 15.1.1 1 x 0", "kp: arguments");
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 NO_TEXTS "4 15.1.1 1", "kp: bad number");
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 "1 1 0 0 0 " CELLS2, "kp: arguments");
	refused(KEYS1 " c:dag:202003:2", SECOND, "kp: bad number");
	refused(KEYS, SECOND, "script");
	refused(KEYS1, FENCE1 NEW2, "kp: bad number");
	refused(KEYS1, "me", "STATE");
}

static void a_cell_is_a_count(void **state)
{
	(void)state;
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 NO_TEXTS "2 15.1.1 0 0", "kp: a cell of 0");
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 NO_TEXTS "4 15.1.1 1 16.1.1 0 0",
		"kp: a cell of 0");
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 NO_TEXTS "6 15.1.1 1 16.1.1 1 17.1.1 01 0",
		"kp: bad number");
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 NO_TEXTS "2 15.1.1 -1 0", "kp: bad number");
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 NO_TEXTS "4 15.1.1 1 16.1.1 1.5 0",
		"kp: bad number");
}

static void a_dictionary_entry_never_changes(void **state)
{
	(void)state;
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 "2 1 annan 0 0 0 " CELLS2,
		"kp: dictionary entry changed");
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 "0 2 1 annan 0 0 " CELLS2,
		"kp: dictionary entry changed");
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 "0 0 2 0 202004:1 0 " CELLS2,
		"kp: dictionary entry changed");
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 "2 x annan 0 0 0 " CELLS2, "kp: bad number");
	(void)fixture_say("SET kp:{t.0}:x string");
	refused("m x k p d t:0 c:dag:202003:1", SECOND, "WRONGTYPE");
	refused("m u x p d t:0 c:dag:202003:1", SECOND, "WRONGTYPE");
	refused("m u k x d t:0 c:dag:202003:1", SECOND, "WRONGTYPE");
	refused("m u k p x t:0 c:dag:202003:1", SECOND, "WRONGTYPE");
	assert_string_equal(call("kp_commit", KEYS1,
				 FENCE1 NEW2 STATS2 SLOTS2 "4 1 enhet 2 annan 0 0 0 " CELLS2),
			    "OK");
	assert_string_equal(fixture_say("HGET kp:{t.0}:u 2"), "annan");
}

#define DEAD2 "2 0 0 0 0 2 0 0 "

static void the_dead_add_up(void **state)
{
	(void)state;
	refused(KEYS1, FENCE1 NEW2 DEAD2 SLOTS2 NO_TEXTS CELLS2, "kp: dead do not add up");
	refused(KEYS1, FENCE1 NEW2 DEAD2 SLOTS2 "0 0 0 2 dead.KEY 1 " CELLS2,
		"kp: dead do not add up");
	refused(KEYS1, FENCE1 NEW2 DEAD2 SLOTS2 "0 0 0 2 dead.KEY 3 " CELLS2,
		"kp: dead do not add up");
	refused(KEYS1, FENCE1 NEW2 STATS2 SLOTS2 "0 0 0 2 dead.KEY 2 " CELLS2,
		"kp: dead do not add up");
	refused(KEYS1, FENCE1 NEW2 DEAD2 SLOTS2 "0 0 0 2 dead.LIMIT 2 " CELLS2,
		"kp: dead left out");
	refused(KEYS1, FENCE1 NEW2 DEAD2 SLOTS2 "0 0 0 4 dead.KEY 1 dead.KEY 1 " CELLS2,
		"kp: dead twice");
	refused(KEYS1, FENCE1 NEW2 DEAD2 SLOTS2 "0 0 0 2 dead.KEY x " CELLS2, "kp: bad number");
	assert_string_equal(call("kp_commit", KEYS1,
				 FENCE1 NEW2 DEAD2 SLOTS2
				 "0 0 0 8 lev.aa phase dead.KEY 1 pin.vas x dead.LIMIT 1 " CELLS2),
			    "OK");
	assert_string_equal(fixture_say("HMGET kp:{t.0}:d dead.KEY dead.LIMIT lev.aa pin.vas"),
			    "1 1 phase x");
}

static void a_broken_script_says_ahead_and_heals(void **state)
{
	(void)state;
	(void)fixture_say("SET kp:{t.0}:c:dag:202003:2 string");
#define BROKEN_KEYS KEYS " t:0 c:dag:202003:1 c:dag:202003:2"
#define BROKEN      FENCE1 NEW2 DEAD2 SLOTS2 "2 2 annan 0 0 2 dead.KEY 2 " CELLS2 " 2 1.1.1 1 0"
	assert_non_null(strstr(call("kp_commit", BROKEN_KEYS, BROKEN), "WRONGTYPE"));
	assert_string_equal(
		fixture_say("HMGET kp:{t.0}:m off ahead cells n live sum s.applied s.dead"),
		"3 4 3 2 1 " SUM1 " 2 1");
	/* Only cells are half written. */
	assert_string_equal(fixture_say("HGETALL kp:{t.0}:c:dag:202003:1"), "15.1.1 1");
	assert_string_equal(fixture_say("GETRANGE kp:{t.0}:t:0 32 63"),
			    "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB");
	assert_string_equal(fixture_say("HGETALL kp:{t.0}:u"), "1 enhet");
	assert_string_equal(fixture_say("HGETALL kp:{t.0}:d"), "dead.KEY 1");
	/* The heal: newOff = off; ahead stays until the replay has passed it. */
	(void)fixture_say("DEL kp:{t.0}:c:dag:202003:2");
	assert_memory_equal(call("kp_claim", "m t:0", "me"), "OK fmt 3 ", 9);
	assert_string_equal(call("kp_commit", KEYS " c:dag:202003:1",
				 FENCE1 NEW1 STATS1 "0 " NO_TEXTS "2 14.1.1 1 1 15.1.1"),
			    "OK");
	assert_string_equal(fixture_say("HMGET kp:{t.0}:m off ahead cells sum"), "3 4 3 " SUM1);
	assert_string_equal(fixture_say("HGETALL kp:{t.0}:c:dag:202003:1"), "14.1.1 1");
	assert_string_equal(call("kp_commit", BROKEN_KEYS, BROKEN), "OK");
	assert_string_equal(fixture_say("HMGET kp:{t.0}:m off ahead cells sum"), "4 4 4 " SUM2);
}

static void ahead_stays_until_it_is_passed(void **state)
{
	(void)state;
	(void)fixture_say("HSET kp:{t.0}:m ahead 5");
	assert_string_equal(call("kp_commit", KEYS1, SECOND), "OK");
	assert_string_equal(fixture_say("HMGET kp:{t.0}:m off ahead"), "4 5");
	assert_string_equal(call("kp_commit", KEYS,
				 "me 4 " SUM2 " 6 2 1 " SUM1 " - 6 3 0 2 0 0 1 0 0 0 " NO_TEXTS),
			    "OK");
	assert_string_equal(fixture_say("HMGET kp:{t.0}:m off ahead"), "6 6");
}

static void dead_that_are_ahead_are_counted_again(void **state)
{
	(void)state;
	/* What a script leaves that breaks at its very last write. */
	(void)fixture_say("HSET kp:{t.0}:d dead.KEY 2");
#define AGAIN FENCE1 NEW2 DEAD2 SLOTS2 "0 0 0 2 dead.KEY 2 " CELLS2
	refused(KEYS1, AGAIN, "kp: dead left out");
	(void)fixture_say("HSET kp:{t.0}:m ahead 4");
	assert_string_equal(call("kp_commit", KEYS1, AGAIN), "OK");
}

/* Wherever a script breaks, m says so, and the same values written again make it whole. */
static void any_write_may_fail(void **state)
{
#define EVERY_WRITE FENCE0 NEW1 STATS1 SLOTS1 TEXTS1 "2 14.1.1 1 1 15.1.1"
	char whole[64], healed[64];
	int fault = 1;
	(void)created(state);
	assert_string_equal(call("kp_commit", KEYS1, EVERY_WRITE), "OK");
	fixture_digest(whole);
	for (;; fault++) {
		(void)created(state);
		load_with_fault(fault);
		const char *answer = call("kp_commit", KEYS1, EVERY_WRITE);
		if (strcmp(answer, "OK") == 0)
			break;
		if (!strstr(answer, "injected"))
			fail_msg("%s", answer);
		assert_string_equal(
			fixture_say("HMGET kp:{t.0}:m off n live sum s.applied s.dead ahead"),
			fault == 1 ? "0 0 0 " SUM0 " 0 0 0" : "0 0 0 " SUM0 " 0 0 3");
		load_with_fault(0);
		assert_string_equal(call("kp_commit", KEYS1, EVERY_WRITE), "OK");
		fixture_digest(healed);
		assert_string_equal(healed, whole);
	}
	/* ahead, cells set and removed, three dictionaries, the segment, its slots, d, m. */
	assert_int_equal(fault - 1, 10);
}

/* A user with the rights that the aggregator needs, less one. */
static void user_without(const char *right)
{
	(void)fixture_say(
		"ACL SETUSER agg reset on >secret ~kp:{t.0}:* +fcall +get +hget +hgetall +hmget "
		"+hset +hdel +hincrby +hlen +strlen +setrange -%s",
		right);
	assert_string_equal(fixture_say("AUTH agg secret"), "OK");
}

static void a_missing_right_shows_before_anything_is_written(void **state)
{
	static const char *const right[] = {"hget",    "hgetall", "hmget",  "hset",    "hdel",
					    "hincrby", "hlen",    "strlen", "setrange"};
	static const char denied[] = "The user executing the script";
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		char claim[256];
		(void)committed(state);
		user_without(right[i]);
		(void)snprintf(claim, sizeof(claim), "%s", call("kp_claim", "m t:0", "me"));
		const char *commit = call("kp_commit", KEYS1,
					  FENCE1 NEW2 DEAD2 SLOTS2
					  "2 2 annan 0 0 2 dead.KEY 2 " CELLS2);
		if (!strstr(claim, denied) && !strstr(commit, denied))
			fail_msg("without %s: %s, %s", right[i], claim, commit);
		/* These two are first used by a commit in the middle of its writes. */
		if (strcmp(right[i], "hdel") == 0 || strcmp(right[i], "setrange") == 0)
			assert_non_null(strstr(claim, denied));
		assert_string_equal(fixture_say("AUTH default x"), "OK");
		if (!strstr(claim, denied))
			assert_string_equal(fixture_say("HMGET kp:{t.0}:m off ahead"), "3 3");
	}
	(void)committed(state);
	user_without("append");
	assert_memory_equal(call("kp_claim", "m t:0", "me"), "OK fmt 3 ", 9);
	assert_string_equal(call("kp_commit", KEYS1, SECOND), "OK");
	assert_string_equal(fixture_say("AUTH default x"), "OK");
}

static void large_commits_fit(void **state)
{
	(void)state;
	struct buf words = {0};
	buf_adds(&words, FENCE0 "1 1 1 " SUM1 " - 1 1 0 0 0 0 0 0 0 1 1 0 @A 18002");
	for (int i = 0; i < 9001; i++)
		buf_addf(&words, " %d enhet%d", i, i);
	buf_adds(&words, " 0 0 18000");
	for (int i = 0; i < 9000; i++)
		buf_addf(&words, " lev.%d x", i);
	buf_adds(&words, " 18000");
	for (int i = 0; i < 9000; i++)
		buf_addf(&words, " 1.%d.1 %d", i, i + 1);
	buf_adds(&words, " 0");
	assert_string_equal(call("kp_commit", KEYS1, buf_text(&words)), "OK");
	assert_string_equal(fixture_say("HLEN kp:{t.0}:u"), "9001");
	assert_string_equal(fixture_say("HGET kp:{t.0}:u 9000"), "enhet9000");
	assert_string_equal(fixture_say("HLEN kp:{t.0}:d"), "9000");
	assert_string_equal(fixture_say("HGET kp:{t.0}:c:dag:202003:1 1.8999.1"), "9000");
	buf_reset(&words);
	buf_adds(&words, "me 1 " SUM1 " 1 1 1 " SUM2 " - 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 9000");
	for (int i = 0; i < 9000; i++)
		buf_addf(&words, " 1.%d.1", i);
	assert_string_equal(call("kp_commit", KEYS " c:dag:202003:1", buf_text(&words)), "OK");
	assert_string_equal(fixture_say("EXISTS kp:{t.0}:c:dag:202003:1"), "0");
	buf_release(&words);
}

#define AFTER(setup, test) cmocka_unit_test_setup(test, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AFTER(load_library, create_says_all_of_m),
		AFTER(load_library, create_refuses_when_any_key_is_there),
		AFTER(created, a_creation_that_broke_off_is_made_anew),
		AFTER(load_library, nothing_there_is_nostate),
		AFTER(created, claim_needs_an_owner),
		AFTER(committed, commit_writes_what_was_said),
		AFTER(committed, a_cell_hash_without_cells_does_not_exist),
		AFTER(committed, the_fence_is_owner_offset_and_sum),
		AFTER(committed, a_commit_sent_twice_is_refused),
		AFTER(committed, events_are_conserved),
		AFTER(created, every_statistic_counts),
		AFTER(committed, meta_laws),
		AFTER(committed, cells_may_lag),
		AFTER(committed, ranges_lie_in_whole_slots_of_a_segment),
		AFTER(committed, a_segment_is_whole_or_new),
		AFTER(created, a_new_segment_begins_at_its_start),
		AFTER(committed, arguments_are_counted),
		AFTER(committed, a_cell_is_a_count),
		AFTER(committed, a_dictionary_entry_never_changes),
		AFTER(committed, the_dead_add_up),
		AFTER(committed, a_broken_script_says_ahead_and_heals),
		AFTER(committed, ahead_stays_until_it_is_passed),
		AFTER(committed, dead_that_are_ahead_are_counted_again),
		AFTER(created, any_write_may_fail),
		AFTER(created, a_missing_right_shows_before_anything_is_written),
		AFTER(created, large_commits_fit),
	};
	return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
