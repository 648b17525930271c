/*
 * redis_fixture: a private redis-server on a unix socket in a folder of its own, stopped by pid.
 * One per test program; fixture_empty() before each test.
 */
#ifndef TESTS_REDIS_FIXTURE_H
#define TESTS_REDIS_FIXTURE_H

#include <ftw.h>
#include <stdarg.h>
#include <setjmp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/child.h"
#include "common/civil.h"
#include "common/redis.h"

struct fixture {
	char dir[32], address[64];
	struct child server;
	struct redis *redis;
};

static struct fixture fixture;

static inline int fixture_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

/* Waits until the server answers. */
static inline void fixture_connect(void)
{
	int64_t deadline = civil_monotonic_ms() + 20000;
	struct fault f = {0};
	while (redis_connect(fixture.address, NULL, 10000, &fixture.redis, &f) < 0) {
		if (civil_monotonic_ms() > deadline || !child_alive(&fixture.server))
			fail_msg("redis-server does not answer: %s", f.text);
		(void)usleep(5000);
	}
}

static inline int fixture_start(void **state)
{
	(void)state;
	struct fault f = {0};
	char name[] = "redis-server", conf[96], log[96];
	(void)snprintf(fixture.dir, sizeof(fixture.dir), "/tmp/kp-redis-XXXXXX");
	assert_non_null(mkdtemp(fixture.dir));
	(void)snprintf(fixture.address, sizeof(fixture.address), "unix:%s/socket", fixture.dir);
	(void)snprintf(conf, sizeof(conf), "%s/conf", fixture.dir);
	(void)snprintf(log, sizeof(log), "%s/log", fixture.dir);
	FILE *file = fopen(conf, "w");
	assert_non_null(file);
	fprintf(file, "port 0\nunixsocket %s\ndir %s\nsave \"\"\nenable-debug-command yes\n",
		fixture.address + 5, fixture.dir);
	assert_int_equal(fclose(file), 0);
	char *const argv[] = {name, conf, NULL};
	if (child_start(name, argv, CHILD_TO_LOG, log, &fixture.server, &f) < 0)
		fail_msg("%s", f.text);
	fixture_connect();
	return 0;
}

static inline int fixture_stop(void **state)
{
	(void)state;
	redis_free(fixture.redis);
	(void)child_stop(&fixture.server, 5000);
	return nftw(fixture.dir, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* A reply as words with a space between. */
static inline void fixture_flatten(const redisReply *r, struct buf *out)
{
	if (r->type == REDIS_REPLY_INTEGER)
		buf_addf(out, "%lld", r->integer);
	else if (r->type == REDIS_REPLY_NIL)
		buf_adds(out, "(nil)");
	else if (r->type != REDIS_REPLY_ARRAY)
		buf_add(out, r->str, (size_t)r->len);
	for (size_t i = 0; r->type == REDIS_REPLY_ARRAY && i < r->elements; i++) {
		if (i)
			buf_addc(out, ' ');
		fixture_flatten(r->element[i], out);
	}
}

/* The answer to a command as one line, an error's text included; valid until the next call. */
static inline const char *fixture_ask(const struct redis_args *args)
{
	static struct buf out;
	redisReply *reply = NULL;
	struct fault f = {0};
	buf_reset(&out);
	if (redis_call(fixture.redis, args, &reply, &f) < 0)
		buf_adds(&out, f.text);
	else
		fixture_flatten(reply, &out);
	freeReplyObject(reply);
	return buf_text(&out);
}

/* The same for words with one space between. */
static inline const char *fixture_say(const char *format, ...) PRINTF(1, 2);
static inline const char *fixture_say(const char *format, ...)
{
	char line[1024];
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	struct redis_args args = {0};
	char *rest = line;
	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " "))
		redis_arg(&args, word);
	const char *answer = fixture_ask(&args);
	redis_args_release(&args);
	return answer;
}

/* Digest of all that is in the database. */
static inline void fixture_digest(char out[64])
{
	(void)snprintf(out, 64, "%s", fixture_say("DEBUG DIGEST"));
}

static inline int fixture_empty(void **state)
{
	(void)state;
	assert_string_equal(fixture_say("FLUSHALL"), "OK");
	(void)fixture_say("FUNCTION FLUSH");
	return 0;
}

#endif
