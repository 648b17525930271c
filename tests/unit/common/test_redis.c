/* Redis: a private server; every way in which a reply can be bad, and what the caller is told. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/child.h"
#include "common/civil.h"
#include "common/loop.h"
#include "common/redis.h"

#define DEADLINE_MS 10000

static char folder[] = "/tmp/test_redis.XXXXXX";
static char address[128], tcp_address[32], log_path[128], secret_path[128];
static struct child server;

static struct redis *connect_to(const char *where, const char *secret)
{
	struct redis *r = NULL;
	struct fault f = {0};

	if (redis_connect(where, secret, DEADLINE_MS, &r, &f) < 0)
		fail_msg("%s", f.text);
	return r;
}

/* A port that was free a moment ago. */
static unsigned free_port(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&in, len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &len) != 0)
		abort();
	(void)close(fd);
	return ntohs(in.sin_port);
}

static int start_server(void **state)
{
	char program[] = "redis-server", port_flag[] = "--port", port[16],
	     socket_flag[] = "--unixsocket";
	char bind_flag[] = "--bind", host[] = "127.0.0.1", save[] = "--save", none[] = "";
	char debug[] = "--enable-debug-command", yes[] = "yes", dir[] = "--dir";
	struct fault f = {0};
	struct redis *r = NULL;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(address, sizeof(address), "unix:%s/socket", folder);
	(void)snprintf(log_path, sizeof(log_path), "%s/log", folder);
	(void)snprintf(secret_path, sizeof(secret_path), "%s/secret", folder);
	(void)snprintf(port, sizeof(port), "%u", free_port());
	(void)snprintf(tcp_address, sizeof(tcp_address), "127.0.0.1:%s", port);
	char *argv[] = {program, port_flag, port,  bind_flag, host, socket_flag, address + 5,
			save,    none,      debug, yes,       dir,  folder,      NULL};
	if (child_start("redis-server", argv, CHILD_TO_LOG, log_path, &server, &f) < 0) {
		print_error("%s\n", f.text);
		return -1;
	}
	int64_t deadline = civil_monotonic_ms() + DEADLINE_MS;
	while (redis_connect(address, NULL, DEADLINE_MS, &r, &f) < 0) {
		if (!child_alive(&server) || civil_monotonic_ms() > deadline)
			return -1;
		loop_pause(5);
	}
	redis_free(r);
	return 0;
}

static int stop_server(void **state)
{
	(void)state;
	(void)child_stop(&server, DEADLINE_MS);
	(void)unlink(address + 5);
	(void)unlink(log_path);
	(void)unlink(secret_path);
	return rmdir(folder);
}

static void assert_integer(struct redis *r, long long n, const struct redis_args *a)
{
	redisReply *reply = NULL;
	struct fault f = {0};

	if (redis_call(r, a, &reply, &f) < 0)
		fail_msg("%s", f.text);
	assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
	assert_int_equal(reply->integer, n);
	freeReplyObject(reply);
}

/* The command must succeed. */
static void assert_done(struct redis *r, const char *a, const char *b, const char *c, const char *d)
{
	redisReply *reply = NULL;
	struct fault f = {0};

	if (redis_callv(r, &reply, &f, a, b, c, d, NULL) < 0)
		fail_msg("%s", f.text);
	freeReplyObject(reply);
}

/* The command must fail with this kind, the server's text beginning with `text`. */
static void assert_refused(struct redis *r, int kind, const char *text, const char *a,
			   const char *b, const char *c)
{
	redisReply *reply = NULL;
	struct fault f = {0};

	assert_int_equal(redis_callv(r, &reply, &f, a, b, c, NULL), kind);
	assert_null(reply);
	assert_memory_equal(f.text, "redis unix:", 11);
	const char *said = strstr(f.text, ": ");
	assert_non_null(said);
	assert_int_equal(strncmp(said + 2, text, strlen(text)), 0);
}

static void words_are_binary(void **state)
{
	struct redis *r = connect_to(address, NULL);
	struct redis_args a = {0};
	redisReply *reply = NULL;
	struct fault f = {0};

	(void)state;
	redis_arg(&a, "SET");
	redis_arg(&a, "key");
	redis_arg_n(&a, "a\0b\r\n", 5);
	assert_int_equal(redis_call(r, &a, &reply, &f), 0);
	assert_int_equal(reply->type, REDIS_REPLY_STATUS);
	freeReplyObject(reply);
	assert_int_equal(redis_callv(r, &reply, &f, "GET", "key", NULL), 0);
	assert_int_equal(reply->len, 5);
	assert_memory_equal(reply->str, "a\0b\r\n", 5);
	freeReplyObject(reply);

	redis_args_reset(&a);
	redis_arg(&a, "APPEND");
	redis_arg(&a, "number");
	redis_arg_u64(&a, UINT64_MAX);
	assert_integer(r, 20, &a);
	assert_int_equal(redis_callv(r, &reply, &f, "GET", "number", NULL), 0);
	assert_string_equal(reply->str, "18446744073709551615");
	freeReplyObject(reply);
	redis_args_release(&a);
	assert_null(a.text.data);
	redis_free(r);
}

static void many_words_in_one_command(void **state)
{
	struct redis *r = connect_to(tcp_address, NULL);
	struct redis_args a = {0};

	(void)state;
	redis_arg(&a, "RPUSH");
	redis_arg(&a, "many");
	for (uint64_t i = 0; i < 5000; i++)
		redis_arg_u64(&a, i);
	assert_integer(r, 5000, &a);
	redis_args_release(&a);
	redis_free(r);
}

static void pipelines_answer_in_order(void **state)
{
	struct redis *r = connect_to(address, NULL);
	struct redis_args a = {0};
	struct fault f = {0};

	(void)state;
	for (uint64_t i = 0; i < 10000; i++) {
		redis_args_reset(&a);
		redis_arg(&a, i == 5000 ? "NOSUCHCOMMAND" : "INCR");
		redis_arg(&a, "pipe");
		assert_int_equal(redis_send(r, &a, &f), 0);
	}
	for (long long i = 0; i < 10000; i++) {
		redisReply *reply = NULL;
		int rc = redis_receive(r, &reply, &f);
		if (i == 5000) {
			assert_int_equal(rc, FAULT_STATE);
			continue;
		}
		assert_int_equal(rc, 0);
		assert_int_equal(reply->integer, i < 5000 ? i + 1 : i);
		freeReplyObject(reply);
	}
	redis_args_release(&a);
	redis_free(r);
}

static void error_replies_have_kinds(void **state)
{
	struct redis *r = connect_to(address, NULL);

	(void)state;
	assert_refused(r, FAULT_STATE, "ERR unknown command", "NOSUCHCOMMAND", NULL, NULL);
	assert_refused(r, FAULT_STATE, "ERR Function not found", "FCALL", "none", "0");
	assert_refused(r, FAULT_STATE, "NOSCRIPT ", "EVALSHA",
		       "0000000000000000000000000000000000000000", "0");
	assert_done(r, "SET", "text", "x", NULL);
	assert_refused(r, FAULT_STATE, "WRONGTYPE ", "HGETALL", "text", NULL);
	assert_done(r, "CONFIG", "SET", "maxmemory", "1");
	assert_refused(r, FAULT_UNAVAILABLE, "OOM ", "SET", "a", "b");
	assert_done(r, "CONFIG", "SET", "maxmemory", "0");
	assert_done(r, "ACL", "SETUSER", "default", "-incr");
	assert_refused(r, FAULT_CONFIG, "NOPERM ", "INCR", "n", NULL);
	assert_done(r, "ACL", "SETUSER", "default", "+incr");
	redis_free(r);
}

static void errors_inside_exec_are_seen(void **state)
{
	struct redis *r = connect_to(address, NULL);

	(void)state;
	assert_done(r, "SET", "text", "x", NULL);
	assert_done(r, "MULTI", NULL, NULL, NULL);
	assert_done(r, "GET", "text", NULL, NULL);
	assert_done(r, "HGETALL", "text", NULL, NULL);
	assert_refused(r, FAULT_STATE, "WRONGTYPE ", "EXEC", NULL, NULL);
	assert_done(r, "GET", "text", NULL, NULL);
	redis_free(r);
}

static void write_secret(const char *text)
{
	FILE *file = fopen(secret_path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(secret_path, 0600), 0);
}

static void secrets_open_the_door(void **state)
{
	struct redis *first = connect_to(address, NULL), *r = NULL;
	struct fault f = {0};

	(void)state;
	assert_done(first, "ACL", "SETUSER", "counter", "on");
	assert_done(first, "ACL", "SETUSER", "counter", ">two words");
	assert_done(first, "ACL", "SETUSER", "counter", "+@all");
	assert_done(first, "CONFIG", "SET", "requirepass", "hemligt");

	r = connect_to(address, NULL);
	assert_refused(r, FAULT_CONFIG, "NOAUTH ", "GET", "a", NULL);
	redis_free(r);
	write_secret("hemligt\n");
	r = connect_to(address, secret_path);
	assert_done(r, "PING", NULL, NULL, NULL);
	redis_free(r);
	write_secret("counter two words\r\n");
	r = connect_to(address, secret_path);
	assert_done(r, "PING", NULL, NULL, NULL);
	redis_free(r);

	assert_int_equal(chmod(secret_path, 0640), 0);
	assert_int_equal(redis_connect(address, secret_path, DEADLINE_MS, &r, &f), FAULT_CONFIG);
	assert_non_null(strstr(f.text, "chmod 600"));

	static const char *const wrong[] = {"fel", "counter fel", "", "\n"};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		write_secret(wrong[i]);
		assert_int_equal(redis_connect(address, secret_path, DEADLINE_MS, &r, &f),
				 FAULT_CONFIG);
		assert_null(strstr(f.text, " fel"));
	}
	assert_int_equal(redis_connect(address, "/nonexistent", DEADLINE_MS, &r, &f), FAULT_CONFIG);
	assert_done(first, "CONFIG", "SET", "requirepass", "");
	/* A server that knows of no password is a mistake in a configuration as well. */
	write_secret("hemligt");
	assert_int_equal(redis_connect(address, secret_path, DEADLINE_MS, &r, &f), FAULT_CONFIG);
	redis_free(first);
}

static void addresses_are_checked(void **state)
{
	static const struct {
		const char *address;
		int kind;
	} row[] = {
		{"", FAULT_CONFIG},
		{"localhost", FAULT_CONFIG},
		{"localhost:", FAULT_CONFIG},
		{":6379", FAULT_CONFIG},
		{"localhost:0", FAULT_CONFIG},
		{"localhost:65536", FAULT_CONFIG},
		{"localhost:6379x", FAULT_CONFIG},
		{"unix:socket", FAULT_CONFIG},
		{"sentinel:@127.0.0.1:1", FAULT_CONFIG},
		{"sentinel:kp@", FAULT_CONFIG},
		{"sentinel:kp@127.0.0.1", FAULT_CONFIG},
		{"unix:/nonexistent/socket", FAULT_UNAVAILABLE},
		{"no.such.host.invalid:6379", FAULT_UNAVAILABLE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct redis *r = NULL;
		struct fault f = {0};
		assert_int_equal(redis_connect(row[i].address, NULL, DEADLINE_MS, &r, &f),
				 row[i].kind);
		assert_non_null(strstr(f.text, row[i].address));
		assert_null(r);
	}
}

static void silence_has_an_end(void **state)
{
	struct redis *r = NULL, *sleeper = NULL;
	struct redis_args a = {0};
	struct fault f = {0};
	int64_t start = civil_monotonic_ms();

	(void)state;
	assert_int_equal(redis_connect(address, NULL, 200, &r, &f), 0);
	sleeper = connect_to(address, NULL);
	assert_refused(r, FAULT_UNAVAILABLE, "no answer for 200 ms", "DEBUG", "SLEEP", "3");
	assert_refused(r, FAULT_UNAVAILABLE, "", "PING", NULL, NULL);
	/* Before the server is awake, or nothing was shown. */
	assert_true(civil_monotonic_ms() - start < 3000);
	redis_free(r);
	/* The server itself is well: another connection gets its answer. */
	redis_arg(&a, "DEL");
	redis_arg(&a, "text");
	redis_arg(&a, "text");
	assert_int_equal(redis_send(sleeper, &a, &f), 0);
	redisReply *reply = NULL;
	assert_int_equal(redis_receive(sleeper, &reply, &f), 0);
	freeReplyObject(reply);
	redis_args_release(&a);
	redis_free(sleeper);
}

/* Last: the server does not come back. */
static void a_dead_server_is_unavailable(void **state)
{
	struct redis *r = connect_to(address, NULL), *again = NULL;
	struct fault f = {0};

	(void)state;
	assert_int_equal(child_stop(&server, DEADLINE_MS), 0);
	assert_refused(r, FAULT_UNAVAILABLE, "", "PING", NULL, NULL);
	assert_refused(r, FAULT_UNAVAILABLE, "", "PING", NULL, NULL);
	assert_int_equal(redis_connect(tcp_address, NULL, DEADLINE_MS, &again, &f),
			 FAULT_UNAVAILABLE);
	assert_non_null(strstr(f.text, "Connection refused"));
	redis_free(r);
	redis_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_binary),
		cmocka_unit_test(many_words_in_one_command),
		cmocka_unit_test(pipelines_answer_in_order),
		cmocka_unit_test(error_replies_have_kinds),
		cmocka_unit_test(errors_inside_exec_are_seen),
		cmocka_unit_test(secrets_open_the_door),
		cmocka_unit_test(addresses_are_checked),
		cmocka_unit_test(silence_has_an_end),
		cmocka_unit_test(a_dead_server_is_unavailable),
	};

	loop_init();
	return cmocka_run_group_tests(tests, start_server, stop_server);
}
