/*
 * redis: one connection to Redis (hiredis) where every reply is checked for transport error,
 * error reply and type. After FAULT_UNAVAILABLE or FAULT_IO take the connection for dead: free it and connect
 * anew; whether the last command was carried out is then not known.
 */
#ifndef COMMON_REDIS_H
#define COMMON_REDIS_H

#include <hiredis/hiredis.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/fault.h"

/* The words of one command, binary-safe, copied. Zero-initialised = empty. */
struct redis_args {
	size_t count;
	struct buf text; /* as they are sent: $<length>, CR LF, bytes, CR LF (redis.io, RESP) */
};

/* Empties it and keeps its storage. */
void redis_args_reset(struct redis_args *a);
void redis_args_release(struct redis_args *a);
void redis_arg(struct redis_args *a, const char *text);
void redis_arg_n(struct redis_args *a, const void *data, size_t len);
void redis_arg_u64(struct redis_args *a, uint64_t n);

struct redis;
/*
 * `address`: "unix:/path/to/socket", "host:port", or "sentinel:NAME@host:port,.." for the primary of
 * that name (sentinel.h), asked for anew each time. `timeout_ms` for connecting and for each reply.
 * `secret_path`: a file with the password, or "user password", as secret_line() reads it; or NULL.
 * FAULT_CONFIG for an address of another form, a file that is no secret, and a password that is refused.
 */
int redis_connect(const char *address, const char *secret_path, int timeout_ms, struct redis **ret,
		  struct fault *f) MUST_CHECK;
/* What faults call it from now on, instead of its address. */
void redis_name(struct redis *r, const char *name);
void redis_free(struct redis *r);

/*
 * Sends one command and waits for its reply, which the caller frees with freeReplyObject(). An error
 * reply, also one inside an array (EXEC), is a fault with the server's text: FAULT_UNAVAILABLE when
 * it passes (LOADING, OOM, ..), FAULT_CONFIG for a matter of rights (NOAUTH, NOPERM, ..), FAULT_IO for
 * MISCONF, else FAULT_STATE ("NOSCRIPT ..", "ERR Function not found"). Transport trouble is
 * FAULT_UNAVAILABLE.
 */
int redis_call(struct redis *r, const struct redis_args *a, redisReply **ret,
	       struct fault *f) MUST_CHECK;
/* The same for a few words: redis_callv(r, &reply, f, "HGET", key, "off", NULL). */
int redis_callv(struct redis *r, redisReply **ret, struct fault *f, const char *word,
		...) MUST_CHECK __attribute__((sentinel));
/* Pipeline: send many, then fetch the replies in order. An error reply is returned like by redis_call. */
int redis_send(struct redis *r, const struct redis_args *a, struct fault *f) MUST_CHECK;
int redis_receive(struct redis *r, redisReply **ret, struct fault *f) MUST_CHECK;

#endif
