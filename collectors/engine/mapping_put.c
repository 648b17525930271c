/*
 * mapping_put: one value into an event, checked. Identities and birth dates end here.
 */
#include "collectors/engine/mapping_put.h"

#include "collectors/engine/identity.h"
#include "common/civil.h"

#define AHEAD_MS (INT64_C(48) * 3600 * 1000) /* that a changed-at may lie ahead of our clock */

/* Letters a-z of an identity in the declared form; the copy is wiped by the caller. */
static struct span canonical(enum id_form form, struct span id, char *copy)
{
	if (form == ID_AS_IS)
		return id;
	id = span_trim(id);
	if (form == ID_TRIMMED || id.len > IDENTITY_ID_MAX)
		return id;
	for (size_t i = 0; i < id.len; i++) {
		char c = id.data[i];
		if (form == ID_UPPER && c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (form == ID_LOWER && c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		copy[i] = c;
	}
	return (struct span){copy, id.len};
}

static bool is_printable(struct span s)
{
	size_t i = 0;

	while (i < s.len && (uint8_t)s.data[i] >= ' ')
		i++;
	return i == s.len && !text_has_control(s);
}

static enum reason put_id(struct eval *ev, struct span text)
{
	char copy[IDENTITY_ID_MAX];

	if (text.len == 0)
		return REASON_ID_MISSING;
	struct span id = canonical(ev->m->id_form, text, copy);
	if (id.len > IDENTITY_ID_MAX || !is_printable(id))
		return REASON_ID_INVALID;
	ev->result->id_like_pnr = identity_leaks(id);
	identity_contact_id(ev->context->key, ev->m->source, id, ev->e->id);
	if (id.data == copy)
		explicit_bzero(copy, id.len);
	return REASON_NONE;
}

static enum reason put_version_number(struct eval *ev, struct span text)
{
	text = span_trim(text);
	if (text.len == 0)
		return REASON_VERSION_MISSING;
	if (!text_u64(text, UINT64_MAX, &ev->e->version))
		return REASON_VERSION_INVALID;
	return ev->e->version <= EVENT_VERSION_MAX ? REASON_NONE : REASON_VERSION_FUTURE;
}

static enum reason put_version_time(struct eval *ev, int64_t ms)
{
	if (ms < 0)
		return REASON_VERSION_INVALID;
	if (ms > ev->context->now_ms + AHEAD_MS || (uint64_t)ms > EVENT_VERSION_MAX)
		return REASON_VERSION_FUTURE;
	ev->e->version = (uint64_t)ms;
	return REASON_NONE;
}

static enum reason put_version(struct eval *ev, const struct value *v)
{
	const struct mapping *m = ev->m;

	ev->e->version_kind = m->version_kind;
	switch (m->version_kind) {
	case VERSION_KIND_CONSTANT: ev->e->version = m->version_constant; return REASON_NONE;
	case VERSION_KIND_FILENAME:
		return put_version_number(
			ev, steps_capture(m->version_re, span_of(ev->context->file_name)));
	case VERSION_KIND_MTIME: return put_version_time(ev, ev->context->file_mtime_ms);
	case VERSION_KIND_FIELD:
		if (v->is_date)
			return put_version_time(ev, moment_ms(&v->moment));
		return put_version_number(ev, v->text);
	}
	BUG("kind of a version");
}

static enum reason put_date(const struct value *v, int32_t *ret_day, int64_t *ret_ms)
{
	if (!v->is_date)
		return REASON_NONE;
	if (v->moment.day < 0 || v->moment.day > CIVIL_DAY_MAX)
		return REASON_DATE_INVALID;
	*ret_day = v->moment.day;
	if (v->moment.has_time)
		*ret_ms = v->moment.ms;
	return REASON_NONE;
}

static enum reason put_start(struct contact *c, const struct value *v)
{
	if (!v->is_date)
		return REASON_FIELD_MISSING;
	if (v->moment.has_time) {
		c->hour = v->moment.hour;
		c->minute = v->moment.minute;
	}
	return put_date(v, &c->day, &c->started_ms);
}

static enum reason put_birth(struct eval *ev, const struct value *v)
{
	if (v->is_date) {
		ev->birth_from = "birth_date";
		ev->birth_day = v->moment.day;
	}
	return REASON_NONE;
}

/* What a number tells stands back for what the source states. */
static enum reason put_person(struct eval *ev, struct span text)
{
	if (text.len == 0)
		return REASON_NONE;
	struct identity person = identity_read(text, ev->e->contact.day, ev->today);
	ev->result->pnr_invalid = person.kind == IDENTITY_NONE;
	if (person.kind != IDENTITY_NONE) {
		ev->person_kon = person.kon;
		if (!ev->birth_from) {
			ev->birth_from = "personnummer";
			ev->birth_day = person.birth_day;
		}
	}
	explicit_bzero(&person, sizeof(person));
	return REASON_NONE;
}

static enum reason put_number(const struct event_field *field, struct span text, char *at)
{
	uint64_t n;

	if (!text_u64(span_trim(text), field->max, &n))
		return strcmp(field->name, "age") == 0 ? REASON_AGE_INVALID : REASON_FIELD_INVALID;
	int32_t number = (int32_t)n;
	memcpy(at, &number, sizeof(number));
	return REASON_NONE;
}

/* Spaces round a text never mean anything; a unit must not become two by them. */
static enum reason put_text(const struct event_field *field, struct span text, char *at)
{
	text = span_trim(text);
	if (text.len > field->max)
		return REASON_FIELD_INVALID;
	if (identity_leaks(text))
		return REASON_PNR_LEAK;
	memcpy(at, text.data, text.len);
	at[text.len] = '\0';
	return REASON_NONE;
}

static enum reason put_field(struct eval *ev, const struct event_field *field, struct span text)
{
	char *at = (char *)&ev->e->contact + field->offset;

	if (text.len == 0)
		return field->must && strcmp(field->name, "kon") != 0 ? REASON_FIELD_MISSING
								      : REASON_NONE;
	switch (field->type) {
	case EVENT_CODE: {
		const struct code *code = codes_by_name((enum codes_list)field->max, text);
		if (!code)
			return REASON_UNKNOWN_CODE;
		*(uint8_t *)at = code->number;
		return REASON_NONE;
	}
	case EVENT_NUM: return put_number(field, text, at);
	case EVENT_TEXT: return put_text(field, text, at);
	case EVENT_MS:
	case EVENT_BYTES: break;
	}
	BUG("a field that no mapping fills");
}

enum reason mapping_put(struct eval *ev, const struct mapping_field *field, const struct value *v)
{
	struct contact *c = &ev->e->contact;

	switch (field->target) {
	case TARGET_ID: return put_id(ev, v->text);
	case TARGET_VERSION: return put_version(ev, v);
	case TARGET_START: return put_start(c, v);
	case TARGET_END: return put_date(v, &ev->end_day, &c->ended_ms);
	case TARGET_DECISION: return put_date(v, &c->decision_day, &c->decision_ms);
	case TARGET_BOOKED: return put_date(v, &c->booked_day, &c->booked_ms);
	case TARGET_BIRTH_DATE: return put_birth(ev, v);
	case TARGET_PERSONNUMMER: return put_person(ev, v->text);
	case TARGET_STATUS:
	case TARGET_FIELD: return put_field(ev, field->field, v->text);
	}
	BUG("target of a field");
}
