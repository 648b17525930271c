/*
 * sentinel: asking and checking. Owns nothing between two calls: who was the primary a moment ago is
 * what a fail-over changes.
 */
#include "common/sentinel.h"

#include "common/buf.h"
#include "common/text.h"

#define PREFIX "sentinel:"
#define ASK_MS 1000 /* a sentinel answers from memory; one that does not is passed over */

struct search {
	const char *name, *secret_path;
	int timeout_ms;
	char *tried;        /* the primary that failed last, not to be tried on another's word */
	struct buf reasons; /* what each said, for the fault */
	bool wait;          /* one of them may pass */
};

bool sentinel_is_address(const char *address)
{
	return strncmp(address, PREFIX, strlen(PREFIX)) == 0 && strchr(address, '@') != NULL;
}

/* The address that the one sentinel names, for free(). */
static int ask(const struct search *s, const char *one, const char *secret_path, char **ret,
	       struct fault *f)
{
	const int timeout_ms = s->timeout_ms < ASK_MS ? s->timeout_ms : ASK_MS;
	struct redis *r = NULL;
	redisReply *reply = NULL;
	struct buf address = {0};
	int kind = redis_connect(one, secret_path, timeout_ms, &r, f);

	if (kind == 0)
		kind = redis_callv(r, &reply, f, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", s->name,
				   NULL);
	if (kind == 0 && (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2))
		kind = fault_set(f, FAULT_CONFIG, "redis %s: knows no primary of that name", one);
	if (kind == 0) {
		buf_addf(&address, "%s:%s", reply->element[0]->str, reply->element[1]->str);
		*ret = buf_detach(&address);
	}
	freeReplyObject(reply);
	redis_free(r);
	return kind;
}

/* A sentinel usually has no password, and refuses one that it does not have. */
static int find(const struct search *s, const char *one, char **ret, struct fault *f)
{
	int kind = ask(s, one, NULL, ret, f);

	if (kind == FAULT_CONFIG && s->secret_path && strstr(f->text, "NOAUTH "))
		kind = ask(s, one, s->secret_path, ret, f);
	return kind;
}

static int check_role(struct redis *r, const char *primary, struct fault *f)
{
	redisReply *reply = NULL;
	int kind = redis_callv(r, &reply, f, "ROLE", NULL);

	if (kind == 0 && (reply->elements == 0 || strcmp(reply->element[0]->str, "master") != 0))
		kind = fault_set(f, FAULT_UNAVAILABLE, "redis %s: it is no primary, or not yet",
				 primary);
	freeReplyObject(reply);
	return kind;
}

static int try(const struct search *s, const char *primary, struct redis **ret, struct fault *f)
{
	struct redis *r = NULL;
	struct buf name = {0};
	int kind = redis_connect(primary, s->secret_path, s->timeout_ms, &r, f);

	if (kind == 0)
		kind = check_role(r, primary, f);
	if (kind < 0) {
		redis_free(r);
		return kind;
	}
	buf_addf(&name, "%s, primary %s", primary, s->name);
	redis_name(r, buf_text(&name));
	buf_release(&name);
	*ret = r;
	return 0;
}

/* 0 with a connection, 1 to ask the next one, or a fault that nobody else's word mends. */
static int turn(struct search *s, const char *one, struct redis **ret, struct fault *f)
{
	char *primary = NULL;
	int kind = find(s, one, &primary, f);

	if (kind == 0 && s->tried && strcmp(primary, s->tried) == 0) {
		free(primary);
		return 1;
	}
	if (kind == 0) {
		free(s->tried);
		s->tried = primary;
		kind = try(s, primary, ret, f);
		if (kind < 0)
			fault_prefix(f, "sentinel %s names %s", one, primary);
		if (kind == 0 || kind != FAULT_UNAVAILABLE)
			return kind;
	} else {
		fault_prefix(f, "sentinel");
	}
	s->wait |= kind == FAULT_UNAVAILABLE;
	buf_addf(&s->reasons, "%s%s", s->reasons.len > 0 ? "; " : "", f->text);
	return 1;
}

int sentinel_connect(const char *address, const char *secret_path, int timeout_ms,
		     struct redis **ret, struct fault *f)
{
	char *name = base_strdup(address + strlen(PREFIX)), *list = strchr(name, '@');
	struct search s = {.name = name, .secret_path = secret_path, .timeout_ms = timeout_ms};
	int kind = 1;

	*list++ = '\0';
	if (*name == '\0' || *list == '\0')
		kind = fault_set(f, FAULT_CONFIG,
				 "redis address '%s' is not sentinel:NAME@host:port,..", address);
	for (char *one = list; kind == 1 && one;) {
		char *comma = strchr(one, ',');
		if (comma)
			*comma++ = '\0';
		kind = turn(&s, one, ret, f);
		one = comma;
	}
	if (kind == 1)
		kind = fault_set(f, s.wait ? FAULT_UNAVAILABLE : FAULT_CONFIG,
				 "redis %s: no primary: %s", address, buf_text(&s.reasons));
	buf_release(&s.reasons);
	free(s.tried);
	free(name);
	return kind;
}
