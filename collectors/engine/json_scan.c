/*
 * json_scan: a walk over bytes. Pure.
 */
#include "collectors/engine/json_scan.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

char json_scan_peek(struct json_scan *s)
{
	while (s->at < s->len && is_space(s->data[s->at]))
		s->at++;
	return s->at < s->len ? s->data[s->at] : '\0';
}

bool json_scan_skip(struct json_scan *s, char c)
{
	if (json_scan_peek(s) != c)
		return false;
	s->at++;
	return true;
}

/* Past a text whose opening quote stands at s->at. */
static bool skip_text(struct json_scan *s)
{
	for (s->at++; s->at < s->len && s->data[s->at] != '"'; s->at++)
		if (s->data[s->at] == '\\')
			s->at++;
	return s->at++ < s->len;
}

/* Past a number, true, false, null, or what looks like one. */
static bool skip_word(struct json_scan *s)
{
	size_t begin = s->at;

	while (s->at < s->len && !is_space(s->data[s->at]) && !strchr(",:[]{}\"", s->data[s->at]))
		s->at++;
	return s->at > begin;
}

bool json_scan_value(struct json_scan *s, struct json_extent *ret)
{
	size_t level = 0;
	bool is_whole = true;

	(void)json_scan_peek(s);
	*ret = (struct json_extent){.at = s->at};
	do {
		char c = json_scan_peek(s);
		if (c == '{' || c == '[') {
			level++;
			ret->levels = level > ret->levels ? level : ret->levels;
			s->at++;
		} else if (level > 0 && (c == '}' || c == ']')) {
			level--;
			s->at++;
			continue;
		} else if (level > 0 && (c == ',' || c == ':')) {
			s->at++;
			continue;
		} else {
			is_whole = c == '"' ? skip_text(s) : skip_word(s);
		}
		ret->values++;
	} while (level > 0 && is_whole);
	ret->len = s->at - ret->at;
	return is_whole;
}

bool json_scan_member(struct json_scan *s, const char *name)
{
	struct json_extent key, value;

	if (!json_scan_skip(s, '{'))
		return false;
	while (json_scan_peek(s) == '"' && json_scan_value(s, &key) && json_scan_skip(s, ':')) {
		struct span text = {s->data + key.at + 1, key.len - 2};
		if (span_is(text, name))
			return true;
		if (!json_scan_value(s, &value) || !json_scan_skip(s, ','))
			break;
	}
	return false;
}

bool json_extent_is_small(const struct json_extent *e)
{
	return e->len <= JSON_BYTES_MAX && e->levels <= JSON_LEVELS_MAX &&
	       e->values <= JSON_VALUES_MAX;
}
