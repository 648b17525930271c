/*
 * redis_settings: INFO and CONFIG GET as one list.
 */
#include "aggregator/redis_settings.h"

#include "aggregator/check.h"
#include "common/pairs.h"

/* INFO: lines `name:value`, cut apart where they stand. */
static void add_info(struct option_list *list, char *text)
{
	while (*text != '\0') {
		char *end = text + strcspn(text, "\r\n");
		char *next = end + strspn(end, "\r\n");
		*end = '\0';
		char *colon = strchr(text, ':');
		if (colon) {
			*colon = '\0';
			pairs_add(list, text, colon + 1);
		}
		text = next;
	}
}

/* CONFIG GET, only of what is judged: other settings are passwords. */
static int add_config(struct option_list *list, struct redis *r, const char *name, struct fault *f)
{
	redisReply *reply = NULL;
	const int kind = redis_callv(r, &reply, f, "CONFIG", "GET", name, NULL);

	if (kind < 0)
		return fault_prefix(f, "the right to CONFIG GET is needed");
	for (size_t i = 0; i + 1 < reply->elements; i += 2)
		pairs_add(list, reply->element[i]->str, reply->element[i + 1]->str);
	freeReplyObject(reply);
	return 0;
}

int redis_settings(struct redis *r, struct option_list *ret, struct fault *f)
{
	redisReply *reply = NULL;
	const struct check *c;
	int kind = redis_callv(r, &reply, f, "INFO", NULL);

	if (kind == 0 && reply->str)
		add_info(ret, reply->str);
	freeReplyObject(reply);
	for (size_t i = 0; kind == 0 && (c = check_row(i)) != NULL; i++)
		if (c->place == CHECK_REDIS && !pairs_find(ret, c->name))
			kind = add_config(ret, r, c->name, f);
	return kind;
}
