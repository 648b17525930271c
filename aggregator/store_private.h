/*
 * store_private: what the files store_*.c share. Nobody else includes it.
 */
#ifndef AGGREGATOR_STORE_PRIVATE_H
#define AGGREGATOR_STORE_PRIVATE_H

#include "aggregator/store.h"
#include "common/redis.h"

/* Functions take numbers of at most 15 digits, which a Lua number holds exactly. */
#define STORE_NUMBER_MAX UINT64_C(999999999999999)

struct store {
	struct redis *redis;
	char ns[KEYS_NAMESPACE_MAX + 1];
	struct redis_args args; /* of the command that is being put together */
};

/* functions.lua as it was when this program was built. */
extern const char store_functions[];
extern const size_t store_functions_len;

/* Puts the partition's name before the fault; returns its kind. */
int store_where(const struct store *s, int partition, struct fault *f);
int store_no_state(struct fault *f);
int store_fenced(struct span owner, struct fault *f);

/* Starts s->args with a command, a copy of a key, or the call of a Function with `keys` keys. */
void store_command(struct store *s, const char *command);
void store_fcall(struct store *s, const char *function, size_t keys);
void store_arg_part(struct store *s, int partition, enum keys_part part);
void store_arg_segment(struct store *s, int partition, unsigned segment);

/*
 * Sends s->args and waits for the reply, or only sends, or only waits. An error reply that
 * waiting may cure is FAULT_UNAVAILABLE, one about rights FAULT_CONFIG, any other FAULT_STATE.
 */
int store_call(struct store *s, redisReply **ret, struct fault *f) MUST_CHECK;
int store_send(struct store *s, struct fault *f) MUST_CHECK;
int store_receive(struct store *s, redisReply **ret, struct fault *f) MUST_CHECK;

/* The text of a string reply; data is NULL for anything else. */
struct span store_span(const redisReply *r);
/* Element i of an array reply as text; data is NULL when there is none. */
struct span store_element(const redisReply *r, size_t i);

#endif
