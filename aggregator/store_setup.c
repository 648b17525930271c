/*
 * store_setup: what must stand in Redis before the first claim: the Functions, and an empty meta
 * hash for each partition. Creating is an operator's act; an aggregator only verifies.
 */
#include "aggregator/store_private.h"
#include "common/digest.h"

#define NAMES_MAX 8 /* keys that a message names */

/* The library as it stands in Redis, borrowed from *reply; data is NULL when there is none. */
static int find_library(struct store *s, redisReply **reply, struct span *ret, struct fault *f)
{
	static const char *const list[] = {"LIST", "LIBRARYNAME", "kp", "WITHCODE"};
	store_command(s, "FUNCTION");
	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		redis_arg(&s->args, list[i]);
	int r = store_call(s, reply, f);
	if (r < 0)
		return r;
	*ret = (struct span){NULL, 0};
	if ((*reply)->type != REDIS_REPLY_ARRAY || (*reply)->elements == 0)
		return 0;
	const redisReply *library = (*reply)->element[0];
	for (size_t i = 0; library->type == REDIS_REPLY_ARRAY && i + 1 < library->elements; i += 2)
		if (span_is(store_element(library, i), "library_code"))
			*ret = store_element(library, i + 1);
	return 0;
}

static int refuse_other(struct span there, struct fault *f)
{
	uint8_t digest[2][DIGEST_BYTES];
	char hex[2][9];
	digest_sha256(there.data, there.len, digest[0]);
	digest_sha256(store_functions, store_functions_len, digest[1]);
	for (int i = 0; i < 2; i++)
		text_hex(digest[i], 4, hex[i]);
	return fault_set(
		f, FAULT_STATE,
		"the Functions in Redis (library kp, sha256 %s..) are not those of this program "
		"(%s.., format " KEYS_FORMAT "): one of the two is of another version; to use this "
		"one, stop all aggregators on this Redis, then ops init --replace-functions",
		hex[0], hex[1]);
}

static bool is_own(struct span code)
{
	return span_equal(code, (struct span){store_functions, store_functions_len});
}

int store_verify_functions(struct store *s, struct fault *f)
{
	redisReply *reply = NULL;
	struct span code;
	int r = find_library(s, &reply, &code, f);
	if (r == 0 && !code.data)
		r = store_no_state(f);
	else if (r == 0 && !is_own(code))
		r = refuse_other(code, f);
	freeReplyObject(reply);
	return r;
}

int store_load_functions(struct store *s, bool replace, struct fault *f)
{
	redisReply *reply = NULL;
	struct span code;
	int r = find_library(s, &reply, &code, f);
	bool there = r == 0 && code.data, same = there && is_own(code);
	if (there && !same && !replace)
		r = refuse_other(code, f);
	freeReplyObject(reply);
	if (r < 0 || same)
		return r;
	store_command(s, "FUNCTION");
	redis_arg(&s->args, "LOAD");
	if (there)
		redis_arg(&s->args, "REPLACE");
	redis_arg_n(&s->args, store_functions, store_functions_len);
	r = store_call(s, &reply, f);
	if (r == 0)
		freeReplyObject(reply);
	return r;
}

int store_create(struct store *s, int partition, const struct store_meta *meta, struct fault *f)
{
	static const enum keys_part part[] = {KEYS_M, KEYS_U, KEYS_K, KEYS_P, KEYS_D};
	store_fcall(s, "kp_create", ARRAY_SIZE(part) + 1);
	for (size_t i = 0; i < ARRAY_SIZE(part); i++)
		store_arg_part(s, partition, part[i]);
	store_arg_segment(s, partition, 0);
	redis_arg(&s->args, meta->topic);
	redis_arg_u64(&s->args, (uint64_t)meta->s);
	redis_arg_u64(&s->args, meta->base);
	redis_arg_u64(&s->args, meta->trial ? 1 : 0);
	redisReply *reply = NULL;
	int r = store_call(s, &reply, f);
	if (r == 0 && !span_is(store_element(reply, 0), "OK")) {
		struct buf keys = {0};
		for (size_t i = 1; i < reply->elements; i++)
			buf_addf(&keys, " %s", reply->element[i]->str);
		r = fault_set(f, FAULT_STATE, "it is there already:%s", buf_text(&keys));
		buf_release(&keys);
	}
	freeReplyObject(reply);
	return r < 0 ? store_where(s, partition, f) : 0;
}

int store_purpose(struct store *s, struct store_purpose *ret, struct fault *f)
{
	store_command(s, "HMGET");
	store_arg_part(s, 0, KEYS_M);
	redis_arg(&s->args, "topic");
	redis_arg(&s->args, "s");
	redis_arg(&s->args, "trial");
	redisReply *reply = NULL;
	int r = store_call(s, &reply, f);
	if (r == 0) {
		const struct span topic = store_element(reply, 0);
		uint64_t partitions = 0;
		if (!topic.data || topic.len >= sizeof(ret->topic) ||
		    !text_u64(store_element(reply, 1), ROUTE_PARTITIONS_MAX, &partitions))
			r = store_no_state(f);
		(void)snprintf(ret->topic, sizeof(ret->topic), "%.*s", r == 0 ? (int)topic.len : 0,
			       r == 0 ? topic.data : "");
		ret->partitions = (int)partitions;
		ret->trial = span_is(store_element(reply, 2), "1");
	}
	freeReplyObject(reply);
	return r < 0 ? store_where(s, 0, f) : 0;
}

int store_find_keys(struct store *s, struct buf *names, int *ret_metas, struct fault *f)
{
	char pattern[KEYS_MAX], cursor[24] = "0";
	int count = 0;
	*ret_metas = 0;
	(void)snprintf(pattern, sizeof(pattern), "kp:{%s.*}:*", s->ns);
	do {
		const char *const word[] = {cursor, "MATCH", pattern, "COUNT", "10000"};
		store_command(s, "SCAN");
		for (size_t i = 0; i < ARRAY_SIZE(word); i++)
			redis_arg(&s->args, word[i]);
		redisReply *reply = NULL;
		int r = store_call(s, &reply, f);
		if (r < 0)
			return r;
		assert(reply->type == REDIS_REPLY_ARRAY && reply->elements == 2);
		const redisReply *found = reply->element[1];
		for (size_t i = 0; i < found->elements; i++) {
			const char *name = found->element[i]->str;
			const char *part = strrchr(name, ':');
			*ret_metas += strcmp(part, ":m") == 0;
			if (++count <= NAMES_MAX)
				buf_addf(names, " %s", name);
		}
		(void)snprintf(cursor, sizeof(cursor), "%s", reply->element[0]->str);
		freeReplyObject(reply);
	} while (strcmp(cursor, "0") != 0);
	if (count > NAMES_MAX)
		buf_adds(names, " ..");
	return count;
}
