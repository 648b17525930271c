/*
 * klass: one table of keys gives the text and its parser. Pure.
 */
#include "proto/klass.h"

static const struct {
	const char *key;
	size_t offset;
	enum codes_list list;
} part[] = {
	{"status", offsetof(struct klass, status), CODES_STATUS},
	{"vardform", offsetof(struct klass, vardform), CODES_VARDFORM},
	{"kvalificerad", offsetof(struct klass, qualified), CODES_JUDGEMENT},
	{"ersatter", offsetof(struct klass, replaces_visit), CODES_JUDGEMENT},
	{"dokumenterad", offsetof(struct klass, documented), CODES_JUDGEMENT},
	{"test", offsetof(struct klass, test), CODES_YES_NO},
	{"utomlans", offsetof(struct klass, out_of_county), CODES_YES_NO},
};

struct klass klass_of(const struct event *e)
{
	const struct contact *c = &e->contact;
	struct klass k = {
		.status = c->status,
		.vardform = c->vardform,
		.qualified = c->qualified,
		.replaces_visit = c->replaces_visit,
		.documented = c->documented,
		.test = c->test,
		.out_of_county = c->out_of_county,
	};
	memcpy(k.source, e->source, sizeof(k.source));
	return k;
}

void klass_text(const struct klass *k, char out[KLASS_TEXT_MAX + 1])
{
	int n = snprintf(out, KLASS_TEXT_MAX + 1, "kalla=%s", k->source);
	for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
		uint8_t code = *((const uint8_t *)k + part[i].offset);
		n += snprintf(out + n, (size_t)(KLASS_TEXT_MAX + 1 - n), ";%s=%s", part[i].key,
			      code ? codes_name(part[i].list, code) : "-");
		assert(n <= KLASS_TEXT_MAX);
	}
}

/* Takes "<key>=<value>" and the `;` after it off the front of *s. */
static bool take(struct span *s, const char *key, struct span *ret_value)
{
	size_t len = strlen(key);
	if (s->len <= len || memcmp(s->data, key, len) != 0 || s->data[len] != '=')
		return false;
	struct span value = {s->data + len + 1, s->len - len - 1};
	const char *end = memchr(value.data, ';', value.len);
	size_t taken = end ? (size_t)(end - value.data) : value.len;
	*ret_value = (struct span){value.data, taken};
	s->data = value.data + taken + (end ? 1 : 0);
	s->len = value.len - taken - (end ? 1 : 0);
	return true;
}

bool klass_parse(struct span text, struct klass *ret)
{
	struct klass k = {0};
	struct span value;
	if (!take(&text, "kalla", &value) || !text_is_name(value, EVENT_SOURCE_MAX))
		return false;
	memcpy(k.source, value.data, value.len);
	for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
		if (!take(&text, part[i].key, &value))
			return false;
		if (span_is(value, "-"))
			continue;
		const struct code *code = codes_by_name(part[i].list, value);
		if (!code)
			return false;
		*((uint8_t *)&k + part[i].offset) = code->number;
	}
	if (text.len)
		return false;
	*ret = k;
	return true;
}
