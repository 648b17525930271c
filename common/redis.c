/*
 * redis: words to Redis and replies from it. Owns the hiredis context. Never sends a command a
 * second time: whether the first one was carried out is not known after an error.
 */
#include "common/redis.h"

#include <errno.h>
#include <stdarg.h>
#include <strings.h>

#include "common/buf.h"
#include "common/secret.h"
#include "common/sentinel.h"
#include "common/text.h"

struct redis {
	redisContext *context;
	char *address;
	int timeout_ms;
};

void redis_args_reset(struct redis_args *a)
{
	buf_reset(&a->text);
	a->count = 0;
}

void redis_args_release(struct redis_args *a)
{
	buf_release(&a->text);
	a->count = 0;
}

static char *put_line_end(char *to)
{
	*to++ = '\r';
	*to++ = '\n';
	return to;
}

void redis_arg_n(struct redis_args *a, const void *data, size_t len)
{
	char *const begin = buf_room(&a->text, TEXT_U64_MAX + 5 + len), *to = begin;

	*to++ = '$';
	to = put_line_end(to + text_put_u64(to, len));
	if (len > 0)
		memcpy(to, data, len);
	to = put_line_end(to + len);
	*to = '\0';
	a->text.len += (size_t)(to - begin);
	a->count++;
}

void redis_arg(struct redis_args *a, const char *text)
{
	redis_arg_n(a, text, strlen(text));
}

void redis_arg_u64(struct redis_args *a, uint64_t n)
{
	char digits[TEXT_U64_MAX];

	redis_arg_n(a, digits, text_put_u64(digits, n));
}

static int transport_fault(const struct redis *r, struct fault *f)
{
	const redisContext *c = r->context;

	if (c->err == REDIS_ERR_IO && (errno == EAGAIN || errno == ETIMEDOUT))
		return fault_set(f, FAULT_UNAVAILABLE, "redis %s: no answer for %d ms", r->address,
				 r->timeout_ms);
	return fault_set(f, FAULT_UNAVAILABLE, "redis %s: %s", r->address, c->errstr);
}

/* By the first word of an error reply; every other one is FAULT_STATE. */
static const struct {
	const char *code;
	int kind;
} reply_kind[] = {
	{"LOADING", FAULT_UNAVAILABLE},  {"BUSY", FAULT_UNAVAILABLE},
	{"OOM", FAULT_UNAVAILABLE},      {"MASTERDOWN", FAULT_UNAVAILABLE},
	{"READONLY", FAULT_UNAVAILABLE}, {"MISCONF", FAULT_IO},
	{"NOAUTH", FAULT_CONFIG},        {"WRONGPASS", FAULT_CONFIG},
	{"NOPERM", FAULT_CONFIG},
};

static int error_reply(const struct redis *r, const redisReply *reply, struct fault *f)
{
	static const char aborted[] = "EXECABORT Transaction discarded because of: ";
	struct span text = {reply->str, (size_t)reply->len};
	int kind = FAULT_STATE;

	if (text.len > strlen(aborted) && memcmp(text.data, aborted, strlen(aborted)) == 0) {
		text.data += strlen(aborted);
		text.len -= strlen(aborted);
	}
	/* The one passing state that has no code of its own. */
	if (strstr(reply->str, "max number of clients") != NULL)
		kind = FAULT_UNAVAILABLE;
	for (size_t i = 0; i < ARRAY_SIZE(reply_kind); i++) {
		size_t len = strlen(reply_kind[i].code);
		if (text.len > len && text.data[len] == ' ' &&
		    memcmp(text.data, reply_kind[i].code, len) == 0)
			kind = reply_kind[i].kind;
	}
	return fault_set(f, kind, "redis %s: %s", r->address, reply->str);
}

static int check_reply(const struct redis *r, const redisReply *reply, struct fault *f)
{
	if (reply->type == REDIS_REPLY_ERROR)
		return error_reply(r, reply, f);
	for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
		if (reply->element[i]->type == REDIS_REPLY_ERROR)
			return error_reply(r, reply->element[i], f);
	}
	return 0;
}

/* hiredis only appends bytes to what it will write. */
int redis_send(struct redis *r, const struct redis_args *a, struct fault *f)
{
	char head[TEXT_U64_MAX + 4] = "*";
	const char *end = put_line_end(head + 1 + text_put_u64(head + 1, a->count));

	if (redisAppendFormattedCommand(r->context, head, (size_t)(end - head)) != REDIS_OK ||
	    redisAppendFormattedCommand(r->context, a->text.data, a->text.len) != REDIS_OK)
		return transport_fault(r, f);
	return 0;
}

int redis_receive(struct redis *r, redisReply **ret, struct fault *f)
{
	void *reply = NULL;

	errno = 0;
	if (r->context->err || redisGetReply(r->context, &reply) != REDIS_OK)
		return transport_fault(r, f);
	int rc = check_reply(r, reply, f);
	if (rc < 0)
		freeReplyObject(reply);
	else
		*ret = reply;
	return rc;
}

int redis_call(struct redis *r, const struct redis_args *a, redisReply **ret, struct fault *f)
{
	int rc = redis_send(r, a, f);

	return rc < 0 ? rc : redis_receive(r, ret, f);
}

int redis_callv(struct redis *r, redisReply **ret, struct fault *f, const char *word, ...)
{
	struct redis_args a = {0};
	va_list ap;

	va_start(ap, word);
	for (const char *next = word; next; next = va_arg(ap, const char *))
		redis_arg(&a, next);
	va_end(ap);
	int rc = redis_call(r, &a, ret, f);
	redis_args_release(&a);
	return rc;
}

/* "user password" or "password". */
static int authenticate(struct redis *r, char *secret, struct fault *f)
{
	redisReply *reply = NULL;
	char *password = strchr(secret, ' ');

	if (password)
		*password++ = '\0';
	int rc = redis_callv(r, &reply, f, "AUTH", secret, password, NULL);
	if (rc == 0)
		freeReplyObject(reply);
	/* Redis also says ERR when it has no password at all, or when the command is wrong. */
	if (rc == FAULT_STATE)
		rc = f->kind = FAULT_CONFIG;
	return rc;
}

static int log_in(struct redis *r, const char *secret_path, struct fault *f)
{
	char secret[SECRET_MAX + 1];
	int rc = secret_line(secret_path, SECRET_CLOSED, secret, f);

	if (rc == 0)
		rc = authenticate(r, secret, f);
	explicit_bzero(secret, sizeof(secret));
	return rc;
}

/* NULL when the address has neither form. */
static redisContext *open_context(const char *address, struct timeval timeout)
{
	const char *colon = strrchr(address, ':');
	uint64_t port = 0;

	if (strncmp(address, "unix:/", 6) == 0)
		return redisConnectUnixWithTimeout(address + 5, timeout);
	if (!colon || colon == address || !text_u64(span_of(colon + 1), 65535, &port) || port == 0)
		return NULL;
	char *host = base_strndup(address, (size_t)(colon - address));
	redisContext *context = redisConnectWithTimeout(host, (int)port, timeout);
	free(host);
	return context;
}

int redis_connect(const char *address, const char *secret_path, int timeout_ms, struct redis **ret,
		  struct fault *f)
{
	struct timeval timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000};

	if (sentinel_is_address(address))
		return sentinel_connect(address, secret_path, timeout_ms, ret, f);
	redisContext *context = open_context(address, timeout);
	if (!context)
		return fault_set(f, FAULT_CONFIG,
				 "redis address '%s' is neither host:port nor unix:/path nor "
				 "sentinel:NAME@host:port,..",
				 address);
	struct redis *r = base_zalloc(1, sizeof(*r));
	*r = (struct redis){
		.context = context, .address = base_strdup(address), .timeout_ms = timeout_ms};
	int rc = 0;
	if (context->err || redisSetTimeout(context, timeout) != REDIS_OK)
		rc = transport_fault(r, f);
	if (rc == 0 && context->connection_type == REDIS_CONN_TCP)
		(void)redisEnableKeepAlive(context); /* Helps only against silent gateways. */
	if (rc == 0 && secret_path)
		rc = log_in(r, secret_path, f);
	if (rc < 0)
		redis_free(r);
	else
		*ret = r;
	return rc;
}

void redis_name(struct redis *r, const char *name)
{
	free(r->address);
	r->address = base_strdup(name);
}

void redis_free(struct redis *r)
{
	if (!r)
		return;
	redisFree(r->context);
	free(r->address);
	free(r);
}
