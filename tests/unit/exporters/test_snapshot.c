/* The cut, against a private redis-server whose state is written by hand. */
#include "kit.h"

#include <pthread.h>
#include <unistd.h>

#include "common/child.h"
#include "common/civil.h"
#include "exporters/snapshot.h"

static struct {
	char dir[64], socket[96], address[104];
	struct child child;
	struct redis *redis;
} server;

static struct redis *connect_server(void)
{
	struct redis *r = NULL;
	struct fault f = {0};
	int64_t deadline = civil_monotonic_ms() + 20000;
	while (redis_connect(server.address, NULL, 5000, &r, &f) < 0) {
		if (civil_monotonic_ms() > deadline || !child_alive(&server.child))
			fail_msg("redis-server does not answer: %s", f.text);
		(void)usleep(2000);
	}
	return r;
}

static int start(void **state)
{
	(void)state;
	struct fault f = {0};
	(void)snprintf(server.dir, sizeof(server.dir), "/tmp/kp-snapshot-XXXXXX");
	assert_non_null(mkdtemp(server.dir));
	(void)snprintf(server.socket, sizeof(server.socket), "%s/socket", server.dir);
	(void)snprintf(server.address, sizeof(server.address), "unix:%s", server.socket);
	char program[] = "redis-server", port[] = "--port", none[] = "0", at[] = "--unixsocket",
	     save[] = "--save", never[] = "";
	char *const argv[] = {program, port, none, at, server.socket, save, never, NULL};
	if (child_start("redis-server", argv, CHILD_TO_LOG, "/dev/null", &server.child, &f) < 0)
		fail_msg("%s", f.text);
	server.redis = connect_server();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	redis_free(server.redis);
	(void)child_stop(&server.child, 5000);
	(void)unlink(server.socket);
	return rmdir(server.dir);
}

/* A command in words with one space between; KLASS stands for a class's text. */
static void run(const char *command)
{
	char line[2048];
	struct redis_args a = {0};
	redisReply *reply;
	struct fault f = {0};
	(void)snprintf(line, sizeof(line), "%s", command);
	char *rest = line;
	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " "))
		redis_arg(&a, strcmp(word, "EMPTY") == 0 ? "" : word);
	if (redis_call(server.redis, &a, &reply, &f) < 0)
		fail_msg("%s: %s", command, f.text);
	freeReplyObject(reply);
	redis_args_release(&a);
}

#define META "fmt 3 topic t trial 0 epoch 4 owner a:1:b sum 0000000000000000 probe x"
#define STATS                                                                                  \
	"s.applied 3 s.unchanged 0 s.duplicate 0 s.stale 0 s.conflict 0 s.dead 2 s.control 0 " \
	"s.leverans 1"
#define KLASS                                                                                \
	"kalla=vas;status=avslutad;vardform=oppen;kvalificerad=ja;ersatter=ja;dokumenterad=" \
	"antaget;test=nej;utomlans=-"
#define LEV   "lev.0102030405060708090a0b0c" /* of partition 1 */
#define OTHER "lev.0202030405060708090a0b0c" /* of partition 0 */

/* Two partitions: three contacts in the first, none in the second. */
static int fill(void **state)
{
	(void)state;
	run("FLUSHALL");
	run("HSET kp:{kp.0}:m " META " s 2 base 10 off 16 ahead 16 cells 16 n 3 live 3 " STATS);
	run("HSET kp:{kp.0}:u 0 HS1 1 EMPTY");
	run("HSET kp:{kp.0}:k 0 " KLASS);
	run("HSET kp:{kp.0}:p 0 202003:0 1 202004:1");
	run("HSET kp:{kp.0}:d dead.KEY 2 note.RETRACT_UNSEEN 4 pin.vas "
	    "nyckel=0a1b2c3d;version=field " OTHER
	    " kalla=vas;fas=opening;lasning=1;fil=c.csv;read=0;sent=0;not_contact=0;reason=");
	run("HSET kp:{kp.0}:c:dag:202003:0 14.0.1 2");
	run("HSET kp:{kp.0}:c:manad:202003:0 0.1.2.2 1 0.1.1.6 1");
	run("HSET kp:{kp.0}:c:dag:202004:1 1.0.17 1");
	run("HSET kp:{kp.0}:c:manad:202004:1 0.17.3.1 1");
	run("HSET kp:{kp.1}:m " META " s 2 base 0 off 6 ahead 6 cells 6 n 0 live 0 " STATS);
	run("HSET kp:{kp.1}:d dead.KEY 2 " LEV " kalla=vas;fas=closing;lasning=1;fil=a.csv;read=5;"
	    "sent=3;not_contact=1;reason=;rejected.QUOTE=1");
	return 0;
}

static void expect_fault(const char *ns, const char *says)
{
	struct snapshot s = {0};
	struct fault f = {0};
	assert_int_equal(snapshot_read(server.redis, ns, &s, &f), FAULT_STATE);
	if (!strstr(f.text, says))
		fail_msg("\"%s\" is not in: %s", says, f.text);
	assert_null(s.partition);
}

static void a_cut_holds_everything(void **state)
{
	(void)state;
	struct snapshot s;
	struct fault f = {0};
	struct buf id = {0};
	uint64_t count[CUBES_END] = {0};
	if (snapshot_read(server.redis, "kp", &s, &f) < 0)
		fail_msg("%s", f.text);
	snapshot_id(&s, &id);
	assert_string_equal(buf_text(&id), "kp:16,6");
	assert_int_equal(s.partitions, 2);
	assert_string_equal(s.topic, "t");
	assert_false(s.trial);
	assert_int_equal(s.partition[0].base, 10);
	assert_int_equal(s.partition[0].live, 3);
	assert_int_equal(s.partition[0].stat[KEYS_STAT_LEVERANS], 1);
	assert_int_equal(s.partition[0].noted[REASON_RETRACT_UNSEEN], 4);
	assert_int_equal(s.partition[0].dead[REASON_KEY], 2);
	assert_string_equal(s.partition[0].unit[0], "HS1");
	assert_string_equal(s.partition[0].unit[1], "");
	assert_int_equal(s.partition[0].klass[0].documented, JUDGEMENT_ANTAGET);
	assert_int_equal(s.cells, 5);
	for (size_t i = 0; i < s.cells; i++)
		count[s.cell[i].at.cube] += s.cell[i].count;
	assert_int_equal(count[CUBES_DAG], 3);
	assert_int_equal(count[CUBES_MANAD], 3);
	buf_release(&id);
	snapshot_release(&s);
}

/* The opening is read in both partitions, and kept by the one that its id belongs to. */
static void a_delivery_stands_in_the_partition_of_its_id(void **state)
{
	(void)state;
	struct snapshot s;
	struct fault f = {0};
	run("HSET kp:{kp.1}:d lev.ff02030405060708090a0b0c "
	    "kalla=vas;fas=opening;lasning=2;fil=b.csv;read=0;sent=0;not_contact=0;reason=");
	assert_int_equal(snapshot_read(server.redis, "kp", &s, &f), 0);
	assert_int_equal(s.deliveries, 3);
	assert_string_equal(s.delivery[0].id, &LEV[4]);
	assert_int_equal(s.delivery[0].leverans.phase, PHASE_CLOSING);
	assert_int_equal(s.delivery[0].leverans.rejected[REASON_QUOTE], 1);
	assert_string_equal(s.delivery[1].id, &OTHER[4]);
	assert_int_equal(s.delivery[1].leverans.phase, PHASE_OPENING);
	assert_string_equal(s.delivery[2].leverans.name, "b.csv");
	snapshot_release(&s);
}

static void no_state_is_no_figure(void **state)
{
	(void)state;
	expect_fault("other", "NOSTATE");
	run("DEL kp:{kp.1}:m");
	expect_fault("kp", "NOSTATE: partition 1");
	run("FLUSHALL");
	expect_fault("kp", "NOSTATE: partition 0");
}

static void a_cut_between_two_states_is_never_used(void **state)
{
	(void)state;
	run("HSET kp:{kp.1}:m ahead 7");
	expect_fault("kp",
		     "partition 1 of kp is between two states: counted to offset 6, written to 7");
	run("HSET kp:{kp.1}:m ahead 6 cells 5");
	expect_fault("kp", "cells complete to 5");
	run("HSET kp:{kp.1}:m off 5");
	expect_fault("kp", "counted to offset 5, written to 6");
}

/* How many cuts were asked for since the statistics were reset: each is an EXEC. */
static long cuts(struct redis *r)
{
	redisReply *reply;
	struct fault f;
	assert_int_equal(redis_callv(r, &reply, &f, "INFO", "commandstats", NULL), 0);
	const char *exec = strstr(reply->str, "cmdstat_exec:calls=");
	const long n = exec ? strtol(strchr(exec, '=') + 1, NULL, 10) : 0;
	freeReplyObject(reply);
	return n;
}

/* After the first cut of partition 1: the other has two pairs, which take a second one. */
static void *mend(void *arg)
{
	struct redis *r = arg;
	redisReply *reply;
	struct fault f;
	const int64_t deadline = civil_monotonic_ms() + 20000;
	while (cuts(r) < 3 && civil_monotonic_ms() < deadline)
		(void)usleep(1000);
	assert_int_equal(
		redis_callv(r, &reply, &f, "HSET", "kp:{kp.1}:m", "off", "7", "cells", "7", NULL),
		0);
	freeReplyObject(reply);
	return NULL;
}

static void a_state_that_is_mended_meanwhile_is_waited_for(void **state)
{
	(void)state;
	struct redis *other = connect_server();
	struct snapshot s;
	struct fault f = {0};
	pthread_t thread;
	run("HSET kp:{kp.1}:m ahead 7");
	run("CONFIG RESETSTAT");
	assert_int_equal(pthread_create(&thread, NULL, mend, other), 0);
	if (snapshot_read(server.redis, "kp", &s, &f) < 0)
		fail_msg("%s", f.text);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(s.partition[1].off, 7);
	assert_true(cuts(other) > 3);
	redis_free(other);
	snapshot_release(&s);
}

/* Adds a pair and its cells again and again while somebody reads. */
static void *grow(void *arg)
{
	struct redis *r = arg;
	redisReply *reply;
	struct fault f;
	char index[16], pair[16], key[KEYS_MAX], total[16];
	for (unsigned i = 2; i < 300; i++) {
		struct redis_args a = {0};
		(void)snprintf(index, sizeof(index), "%u", i);
		(void)snprintf(total, sizeof(total), "%u", i + 2);
		keys_pair(pair, 197000 + i / 12 * 100 + i % 12 + 1, 0);
		keys_cells(key, "kp", 0, "dag", 197000 + i / 12 * 100 + i % 12 + 1, 0);
		/* One script is one step for every reader, as a commit is. */
		static const char script[] =
			"redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) "
			"redis.call('HSET', KEYS[2], '1.0.1', 1) "
			"redis.call('HSET', KEYS[3], 'live', ARGV[3], 'n', ARGV[3])";
		const char *const words[] = {"EVAL",        script, "3",  "kp:{kp.0}:p", key,
					     "kp:{kp.0}:m", index,  pair, total};
		for (size_t k = 0; k < ARRAY_SIZE(words); k++)
			redis_arg(&a, words[k]);
		assert_int_equal(redis_call(r, &a, &reply, &f), 0);
		freeReplyObject(reply);
		redis_args_release(&a);
		(void)usleep(1000);
	}
	return NULL;
}

static void pairs_that_come_while_reading_are_in_the_cut_or_after_it(void **state)
{
	(void)state;
	struct redis *other = connect_server();
	pthread_t thread;
	uint64_t before = 3;
	assert_int_equal(pthread_create(&thread, NULL, grow, other), 0);
	while (before < 301) {
		struct snapshot s;
		struct fault f = {0};
		uint64_t dag = 0;
		/* A reader that is always overtaken gives up; it never gives a part. */
		if (snapshot_read(server.redis, "kp", &s, &f) < 0) {
			assert_non_null(strstr(f.text, "changes too fast"));
			continue;
		}
		for (size_t i = 0; i < s.cells; i++)
			dag += s.cell[i].at.cube == CUBES_DAG ? s.cell[i].count : 0;
		assert_int_equal(dag, s.partition[0].live);
		assert_true(dag >= before);
		before = dag;
		snapshot_release(&s);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	redis_free(other);
}

static void what_the_format_does_not_allow_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *command, *says;
	} bad[] = {
		{"HSET kp:{kp.0}:m fmt 2", "kp:{kp.0}:m: fmt is not 3"},
		{"HDEL kp:{kp.0}:m ahead", "kp:{kp.0}:m: ahead"},
		{"HSET kp:{kp.0}:m off 0x10", "off"},
		{"HSET kp:{kp.0}:m s 0", "out of range"},
		{"HSET kp:{kp.0}:m s 257", "kp:{kp.0}:m: s"},
		{"HSET kp:{kp.1}:m s 3", "kp:{kp.1}:m"},
		{"HSET kp:{kp.1}:m topic u", "kp:{kp.1}:m"},
		{"HDEL kp:{kp.0}:m s.leverans", "s.leverans"},
		{"HSET kp:{kp.0}:p 0 202013:0", "kp:{kp.0}:p"},
		{"HSET kp:{kp.0}:u x HS2", "kp:{kp.0}:u"},
		{"HSET kp:{kp.0}:u 65536 HS2", "kp:{kp.0}:u"},
		{"HDEL kp:{kp.0}:u 0", "c:dag:202003:0: a unit or class"},
		{"HSET kp:{kp.0}:k 0 kalla=vas", "kp:{kp.0}:k"},
		{"HDEL kp:{kp.0}:k 0", "a unit or class"},
		{"HSET kp:{kp.0}:d dead.NOBODY 1", "kp:{kp.0}:d"},
		{"HSET kp:{kp.0}:d note.NOBODY 1", "kp:{kp.0}:d"},
		{"HSET kp:{kp.0}:d note.RETRACT_UNSEEN x", "kp:{kp.0}:d"},
		{"HSET kp:{kp.0}:d lev.00 x", "kp:{kp.0}:d: a delivery"},
		{"HSET kp:{kp.0}:d " LEV " kalla=vas;fas=closing;lasning=1;fil=a.csv;read=0;sent=0;"
		 "not_contact=0;reason=",
		 "kp:{kp.0}:d: a delivery whose text cannot be read, or of another partition"},
		{"HSET kp:{kp.0}:d other 1", "kp:{kp.0}:d"},
		{"HSET kp:{kp.0}:c:dag:202003:0 14.0.1 -1", "c:dag:202003:0: not a cell"},
		{"HSET kp:{kp.0}:c:dag:202003:0 14.0.1 0", "c:dag:202003:0: not a cell"},
		{"HSET kp:{kp.0}:c:dag:202003:0 32.0.1 1", "c:dag:202003:0: not a cell"},
		{"HSET kp:{kp.0}:c:manad:202003:0 0.63.1.1 1", "c:manad:202003:0: not a cell"},
		{"SET kp:{kp.0}:c:dag:202003:0 x", "WRONGTYPE"},
		{"SET kp:{kp.0}:m x", "WRONGTYPE"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		(void)fill(NULL);
		run(bad[i].command);
		expect_fault("kp", bad[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_cut_holds_everything, fill),
		cmocka_unit_test_setup(a_delivery_stands_in_the_partition_of_its_id, fill),
		cmocka_unit_test_setup(no_state_is_no_figure, fill),
		cmocka_unit_test_setup(a_cut_between_two_states_is_never_used, fill),
		cmocka_unit_test_setup(a_state_that_is_mended_meanwhile_is_waited_for, fill),
		cmocka_unit_test_setup(pairs_that_come_while_reading_are_in_the_cut_or_after_it,
				       fill),
		cmocka_unit_test_setup(what_the_format_does_not_allow_is_named, fill),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
