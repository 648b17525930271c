/*
 * json_value: jansson's answers in our words, and the walk along a path. Owns nothing.
 */
#include "collectors/engine/json_value.h"

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* jansson has one code for much of what is wrong; its text tells more, and is never shown. */
static enum reason reason_of(const json_error_t *e)
{
	static const char near[] = "invalid token near '";

	switch ((int)json_error_code(e)) {
	case json_error_duplicate_key: return REASON_JSON_DUPKEY;
	case json_error_numeric_overflow: return REASON_JSON_NUMBER;
	case json_error_invalid_utf8:
	case json_error_null_character:
	case json_error_null_byte_in_key: return REASON_ENCODING;
	default: break;
	}
	if (begins(e->text, "invalid Unicode"))
		return REASON_ENCODING;
	if (begins(e->text, near) && strchr("+-.0123456789NI", e->text[strlen(near)]))
		return REASON_JSON_NUMBER;
	return REASON_JSON_SYNTAX;
}

json_t *json_value_parse(struct span text, enum reason *ret_reason, size_t *ret_at)
{
	json_error_t error;

	json_set_alloc_funcs(base_alloc, free);
	json_t *value = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &error);
	*ret_reason = value ? REASON_NONE : reason_of(&error);
	*ret_at = value ? 0 : (size_t)error.position;
	return value;
}

struct walk {
	bool null_is_blank, is_fhir;
	enum reason reason;
	struct json_text *ret;
};

static void mismatch(struct walk *w, const json_t *v)
{
	bool of_fhir = w->is_fhir && (json_is_array(v) || json_is_object(v));

	w->reason = of_fhir ? REASON_FHIR_VERSION : REASON_SCHEMA;
}

/* A whole value as text. */
static void read_text(struct walk *w, const json_t *v)
{
	struct span *text = &w->ret->text;

	switch (json_typeof(v)) {
	case JSON_STRING:
		*text = (struct span){json_string_value(v), json_string_length(v)};
		if (text_has_control(*text))
			w->reason = REASON_CONTROL_CHAR;
		return;
	case JSON_INTEGER:
		(void)snprintf(w->ret->number, sizeof(w->ret->number), "%" JSON_INTEGER_FORMAT,
			       json_integer_value(v));
		*text = span_of(w->ret->number);
		return;
	case JSON_TRUE: *text = span_of("true"); return;
	case JSON_FALSE: *text = span_of("false"); return;
	case JSON_REAL: w->reason = REASON_JSON_NUMBER; return;
	case JSON_NULL:
		if (!w->null_is_blank)
			w->reason = REASON_SCHEMA;
		return;
	case JSON_OBJECT:
	case JSON_ARRAY: mismatch(w, v); return;
	}
}

const char *json_value_member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* Whether a member of an element says it. */
static bool says(const json_t *element, const struct path_part *part)
{
	const json_t *v = json_object_get(element, part->name);
	struct json_text text = {0};
	struct walk w = {.null_is_blank = true, .ret = &text};

	if (v)
		read_text(&w, v);
	return v && w.reason == REASON_NONE && span_is(text.text, part->value);
}

static void walk(struct walk *w, const json_t *v, const struct path_part *part, size_t parts)
{
	if (!v)
		return;
	if (parts == 0 || json_is_null(v)) {
		read_text(w, v);
		return;
	}
	if (part->pick == PATH_NAME ? !json_is_object(v) : !json_is_array(v)) {
		mismatch(w, v);
		return;
	}
	if (part->pick == PATH_NAME) {
		walk(w, json_object_get(v, part->name), part + 1, parts - 1);
		return;
	}
	size_t at = part->pick == PATH_INDEX ? part->index : 0;
	size_t end = part->pick == PATH_INDEX ? at + 1 : json_array_size(v);
	for (; at < end && w->reason == REASON_NONE && span_trim(w->ret->text).len == 0; at++) {
		const json_t *element = json_array_get(v, at);
		if (part->pick != PATH_WHERE || says(element, part))
			walk(w, element, part + 1, parts - 1);
	}
}

enum reason json_value_text(const json_t *record, const struct path *path, bool null_is_blank,
			    struct json_text *ret)
{
	struct walk w = {.null_is_blank = null_is_blank,
			 .is_fhir = *json_value_member(record, "resourceType") != '\0',
			 .ret = ret};

	ret->text = (struct span){"", 0};
	walk(&w, record, path->part, path->count);
	if (w.reason != REASON_NONE)
		ret->text = (struct span){"", 0};
	return w.reason;
}
