/*
 * event: the table of a contact's fields as data, and the checks that stand between what a
 * program says and what is counted. Pure: no input or output, no clock.
 */
#include "proto/event.h"

static const struct event_field fields[] = {
#define X(type, member, max, must, text) \
	{#member, EVENT_##type, offsetof(struct contact, member), max, must, text},
	EVENT_CONTACT_FIELDS(X)
#undef X
};

const struct event_field *event_fields(size_t *ret_count)
{
	*ret_count = ARRAY_SIZE(fields);
	return fields;
}

const struct event_field *event_field(struct span name)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (span_is(name, fields[i].name))
			return fields + i;
	return NULL;
}

void event_init(struct event *e)
{
	event_init_contact(e);
	e->leverans = (struct leverans){.partition = -1};
}

void event_init_contact(struct event *e)
{
	memset(e, 0, offsetof(struct event, leverans));
	e->schema = EVENT_SCHEMA;
	struct contact *c = &e->contact;
#define CLEAR_CODE(m) c->m = 0;
#define CLEAR_NUM(m)  c->m = -1;
#define CLEAR_MS(m)   c->m = EVENT_NO_TIME;
#define CLEAR_TEXT(m)
#define CLEAR_BYTES(m)
#define X(type, member, max, must, text) CLEAR_##type(member)
	EVENT_CONTACT_FIELDS(X)
#undef X
}

static bool zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static inline enum reason check_code(uint8_t code, enum codes_list list, bool must)
{
	if (code == 0)
		return must ? REASON_FIELD_MISSING : REASON_NONE;
	return codes_by_number(list, code) ? REASON_NONE : REASON_UNKNOWN_CODE;
}

static inline enum reason check_num(int32_t number, int32_t max, bool must)
{
	if (number == -1)
		return must ? REASON_FIELD_MISSING : REASON_NONE;
	return number < 0 || number > max ? REASON_FIELD_INVALID : REASON_NONE;
}

/* Nearly all are printable ASCII. */
static enum reason check_some_text(const char *text)
{
	const char *at = text;

	while (*at >= ' ' && *at <= '~')
		at++;
	if (*at == '\0')
		return REASON_NONE;
	if (!text_utf8_valid(span_of(text)))
		return REASON_ENCODING;
	return text_has_control(span_of(text)) || strpbrk(text, "\t\r\n") ? REASON_FIELD_INVALID
									  : REASON_NONE;
}

/* Most are not stated. */
static inline enum reason check_text(const char *text)
{
	return text[0] == '\0' ? REASON_NONE : check_some_text(text);
}

/* Up to four KVÅ codes, ^[A-Z]{2}[0-9A-Z]{3}$ each. */
static bool kva_valid(const char *kva)
{
	for (size_t i = 0; kva[i]; i++) {
		bool letter = kva[i] >= 'A' && kva[i] <= 'Z';
		bool digit = kva[i] >= '0' && kva[i] <= '9';
		size_t at = i % 6;
		if (at == 5 ? kva[i] != ' ' : !(letter || (digit && at >= 2)))
			return false;
	}
	return !kva[0] || strlen(kva) % 6 == 5;
}

/* Fields that contradict one another, or that only look right alone. */
static enum reason check_together(const struct contact *c, const char **ret_field)
{
	*ret_field = "form";
	if (c->form && codes_by_number(CODES_FORM, c->form)->kanal != c->kanal)
		return REASON_FIELD_INVALID;
	*ret_field = "status";
	if (c->status == STATUS_NULLIFIED)
		return REASON_FIELD_INVALID;
	*ret_field = "kva";
	if (!kva_valid(c->kva))
		return REASON_FIELD_INVALID;
	*ret_field = "municipality";
	if (c->municipality > 0 && codes_municipality_index((unsigned)c->municipality) < 0)
		return REASON_UNKNOWN_CODE;
	*ret_field = "protected_person";
	if (c->protected_person == YES_NO_JA &&
	    (c->municipality > 0 || !zero(c->person_key, sizeof(c->person_key))))
		return REASON_FIELD_INVALID;
	*ret_field = "ended_ms";
	if (c->started_ms != EVENT_NO_TIME && c->ended_ms != EVENT_NO_TIME &&
	    c->ended_ms < c->started_ms)
		return REASON_FIELD_INVALID;
	return REASON_NONE;
}

static enum reason check_contact(const struct contact *c, const char **ret_field)
{
	enum reason r;

#define CHECK_CODE(m, max, must)  check_code(c->m, max, must)
#define CHECK_NUM(m, max, must)   check_num(c->m, max, must)
#define CHECK_MS(m, max, must)    REASON_NONE
#define CHECK_TEXT(m, max, must)  check_text(c->m)
#define CHECK_BYTES(m, max, must) REASON_NONE
#define X(type, member, max, must, text)     \
	r = CHECK_##type(member, max, must); \
	if (r != REASON_NONE) {              \
		*ret_field = #member;        \
		return r;                    \
	}
	EVENT_CONTACT_FIELDS(X)
#undef X
	return check_together(c, ret_field);
}

static enum reason check_leverans(const struct leverans *l, const char **ret_field)
{
	*ret_field = "phase";
	if (!l->phase)
		return REASON_FIELD_MISSING;
	if (!codes_by_number(CODES_PHASE, l->phase))
		return REASON_UNKNOWN_CODE;
	*ret_field = "partition";
	if ((l->phase == PHASE_OPENING) != (l->partition >= 0))
		return REASON_FIELD_INVALID;
	*ret_field = "reading";
	if (!l->reading)
		return REASON_FIELD_MISSING;
	*ret_field = "name";
	if (!text_utf8_valid(span_of(l->name)))
		return REASON_ENCODING;
	if (text_has_control(span_of(l->name)))
		return REASON_FIELD_INVALID;
	*ret_field = "reason";
	if ((l->phase == PHASE_QUARANTINED) != (l->reason != 0))
		return REASON_FIELD_INVALID;
	if (l->reason && !reason_known(l->reason))
		return REASON_UNKNOWN_CODE;
	*ret_field = "read";
	uint64_t sum = l->sent + l->not_contact;
	for (unsigned r = 0; r < REASONS_END; r++)
		sum += l->rejected[r];
	return l->phase == PHASE_CLOSING && sum != l->read ? REASON_FIELD_INVALID : REASON_NONE;
}

static enum reason check_envelope(const struct event *e, const char **ret_field)
{
	*ret_field = "schema";
	if (e->schema != EVENT_SCHEMA)
		return REASON_SCHEMA_VERSION;
	*ret_field = "source";
	if (!text_is_name(span_of(e->source), EVENT_SOURCE_MAX))
		return REASON_FIELD_INVALID;
	*ret_field = "version";
	if (e->version > EVENT_VERSION_MAX)
		return REASON_FIELD_INVALID;
	*ret_field = "version_kind";
	if (!codes_by_number(CODES_VERSION_KIND, e->version_kind))
		return e->version_kind ? REASON_UNKNOWN_CODE : REASON_FIELD_MISSING;
	*ret_field = "op";
	if (!codes_by_number(CODES_OP, e->op))
		return e->op ? REASON_UNKNOWN_CODE : REASON_FIELD_MISSING;
	return REASON_NONE;
}

enum reason event_check(const struct event *e, const char **ret_field)
{
	enum reason r = check_envelope(e, ret_field);
	if (r != REASON_NONE)
		return r;
	*ret_field = "body";
	switch (e->body) {
	case EVENT_NO_BODY: return REASON_FIELD_MISSING;
	case EVENT_CONTROL: return REASON_FORGED_CONTROL;
	case EVENT_CONTACT:
		return e->op == OP_RETRACT ? REASON_NONE : check_contact(&e->contact, ret_field);
	case EVENT_LEVERANS:
		*ret_field = "op";
		return e->op == OP_UPSERT ? check_leverans(&e->leverans, ret_field)
					  : REASON_FIELD_INVALID;
	}
	BUG("body of an event");
}

static bool contact_equal(const struct contact *a, const struct contact *b)
{
#define SAME_CODE(m)                     (a->m == b->m)
#define SAME_NUM(m)                      (a->m == b->m)
#define SAME_MS(m)                       (a->m == b->m)
#define SAME_TEXT(m)                     (strcmp(a->m, b->m) == 0)
#define SAME_BYTES(m)                    (memcmp(a->m, b->m, sizeof(a->m)) == 0)
#define X(type, member, max, must, text) &&SAME_##type(member)
	return true EVENT_CONTACT_FIELDS(X);
#undef X
}

static bool leverans_equal(const struct leverans *a, const struct leverans *b)
{
	return a->phase == b->phase && a->partition == b->partition && a->reading == b->reading &&
	       memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0 &&
	       strcmp(a->name, b->name) == 0 && a->read == b->read && a->sent == b->sent &&
	       a->not_contact == b->not_contact &&
	       memcmp(a->rejected, b->rejected, sizeof(a->rejected)) == 0 && a->reason == b->reason;
}

bool event_equal(const struct event *a, const struct event *b)
{
	return a->schema == b->schema && strcmp(a->source, b->source) == 0 &&
	       memcmp(a->fingerprint, b->fingerprint, sizeof(a->fingerprint)) == 0 &&
	       memcmp(a->id, b->id, sizeof(a->id)) == 0 && a->version == b->version &&
	       a->version_kind == b->version_kind && a->op == b->op &&
	       a->produced_ms == b->produced_ms &&
	       memcmp(a->leverans_id, b->leverans_id, sizeof(a->leverans_id)) == 0 &&
	       a->body == b->body &&
	       (a->body != EVENT_CONTACT || contact_equal(&a->contact, &b->contact)) &&
	       (a->body != EVENT_LEVERANS || leverans_equal(&a->leverans, &b->leverans));
}
