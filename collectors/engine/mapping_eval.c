/*
 * mapping_eval: one record through a mapping. The fields are evaluated in the mapping's order of
 * targets; what they have in common (age, sex, times that contradict) is settled after the last.
 */
#include "collectors/engine/mapping_eval.h"

#include "collectors/engine/identity.h"
#include "collectors/engine/mapping_model.h"
#include "common/civil.h"

#define AGE_MAX  125
#define AHEAD_MS (INT64_C(48) * 3600 * 1000) /* that a changed-at may lie ahead of our clock */

struct eval {
	const struct mapping *m;
	const struct record *record;
	const struct mapping_context *context;
	struct buf *trace;
	struct event *e;
	struct mapping_result *result;
	int32_t today;
	int32_t end_day;        /* -1: no end */
	const char *birth_from; /* birth_date, else personnummer; NULL: not known */
	int32_t birth_day;
	uint8_t person_kon; /* of the personnummer */
};

static struct steps_run run_of(const struct eval *ev, struct buf *trace, bool personal)
{
	return (struct steps_run){.record = ev->record, .trace = trace, .personal = personal};
}

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
	explicit_bzero(copy, sizeof(copy));
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

static enum reason put(struct eval *ev, const struct mapping_field *field, const struct value *v)
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

/* A version that is no date is no version, whatever is wrong with the date. */
static enum reason as_of(const struct mapping_field *field, enum reason reason)
{
	bool of_date = reason == REASON_DATE_INVALID || reason == REASON_TIME_INVALID;

	return field->target == TARGET_VERSION && of_date ? REASON_VERSION_INVALID : reason;
}

/* Evaluates fields until one fails or the status says that the contact never was. */
static enum reason eval_fields(struct eval *ev, const char **ret_field)
{
	for (size_t i = 0; i < ev->m->fields; i++) {
		const struct mapping_field *field = ev->m->field + i;
		struct steps_run run = run_of(ev, ev->trace, field->personal);
		struct value v = {0};
		*ret_field = field->name;
		if (ev->trace && field->steps.count > 0)
			buf_addf(ev->trace, "%s\n", field->name);
		enum reason reason = as_of(field, steps_run(&field->steps, &run, &v));
		if (reason == REASON_NONE)
			reason = put(ev, field, &v);
		if (reason != REASON_NONE)
			return reason;
		if (field->target == TARGET_STATUS && ev->e->contact.status == STATUS_NULLIFIED) {
			ev->e->contact.status = 0;
			ev->e->op = OP_RETRACT;
			break;
		}
	}
	return REASON_NONE;
}

/*
 * Completed years. Who is born on 29 February completes a year on 1 March where there is no such
 * day.
 */
static int completed_years(int32_t birth_day, int32_t day)
{
	struct civil b = civil_from_day(birth_day), c = civil_from_day(day);
	bool before = c.month < b.month || (c.month == b.month && c.day < b.day);

	return c.year - b.year - before;
}

static enum reason settle_age(struct eval *ev, const char **ret_field)
{
	struct contact *c = &ev->e->contact;
	int year = civil_from_day(c->day).year;
	int age = c->age;

	*ret_field = "age";
	if (ev->birth_from) {
		*ret_field = ev->birth_from;
		age = completed_years(ev->birth_day, c->day);
		c->birth_year = civil_from_day(ev->birth_day).year;
	} else if (age < 0 && c->birth_year >= 0) {
		*ret_field = "birth_year";
		age = year - c->birth_year;
		c->age_assumed = YES_NO_JA;
	} else if (age < 0) {
		return REASON_NONE;
	}
	if (age < 0 || age > AGE_MAX)
		return REASON_AGE_INVALID;
	c->age = age;
	return REASON_NONE;
}

/* What has not taken place yet may lie ahead. */
static bool may_lie_ahead(uint8_t status)
{
	static const char *const names[] = {"tidbokad", "vantelista", "installd"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(codes_name(CODES_STATUS, status), names[i]) == 0)
			return true;
	return false;
}

static enum reason check_times(const struct eval *ev, const char **ret_field)
{
	const struct contact *c = &ev->e->contact;
	bool times = c->started_ms != EVENT_NO_TIME && c->ended_ms != EVENT_NO_TIME;

	*ret_field = "start";
	if (c->day > ev->today && !may_lie_ahead(c->status))
		return REASON_DATE_FUTURE;
	*ret_field = "end";
	if (ev->end_day < 0 || (times ? c->ended_ms >= c->started_ms : ev->end_day >= c->day))
		return REASON_NONE;
	return REASON_TIME_INVALID;
}

/* What several fields decide together. */
static enum reason settle(struct eval *ev, const char **ret_field)
{
	struct contact *c = &ev->e->contact;
	enum reason reason = check_times(ev, ret_field);

	if (reason != REASON_NONE)
		return reason;
	reason = settle_age(ev, ret_field);
	if (reason != REASON_NONE)
		return reason;
	if (c->kon == 0)
		c->kon = ev->person_kon ? ev->person_kon : KON_OKANT;
	if (c->protected_person == YES_NO_JA) {
		c->municipality = -1;
		memset(c->person_key, 0, sizeof(c->person_key));
	}
	return REASON_NONE;
}

static const struct mapping_field *field_of(const struct mapping *m, const char *name)
{
	for (size_t i = 0; i < m->fields; i++)
		if (strcmp(m->field[i].name, name) == 0)
			return m->field + i;
	return NULL;
}

/* Says why, and where: the field's steps are run once more to see which column they read last. */
static enum mapping_outcome reject(struct eval *ev, enum reason reason, const char *name)
{
	const struct mapping_field *field = field_of(ev->m, name);
	struct steps_run run = run_of(ev, NULL, true);
	struct value v = {0};

	ev->result->reason = reason;
	ev->result->field = field ? field->name : name;
	ev->result->column = ev->result->field;
	ev->result->line = ev->record->line;
	if (field || strcmp(name, "only") == 0) /* the outcome is what brought us here */
		(void)steps_run(field ? &field->steps : &ev->m->only.of, &run, &v);
	if (run.read) {
		/* The record's text of it does not live long enough. */
		ev->result->column = ev->m->column[run.read - ev->record->field];
		ev->result->line = run.read->line;
	}
	if (ev->trace)
		buf_addf(ev->trace, "=> rejected: %s (%s)\n", reason_name(reason),
			 ev->result->column);
	return MAPPING_REJECTED;
}

static void init_event(struct eval *ev)
{
	struct event *e = ev->e;

	event_init_contact(e);
	e->body = EVENT_CONTACT;
	e->op = OP_UPSERT;
	e->produced_ms = ev->context->now_ms;
	memcpy(e->source, ev->m->source, strlen(ev->m->source));
	memcpy(e->fingerprint, ev->context->fingerprint, sizeof(e->fingerprint));
	memcpy(e->leverans_id, ev->context->leverans_id, sizeof(e->leverans_id));
}

/* Whether the record is a contact at all. */
static enum reason eval_only(struct eval *ev, bool *ret)
{
	struct steps_run run = run_of(ev, ev->trace, false);

	*ret = true;
	if (!ev->m->has_only)
		return REASON_NONE;
	if (ev->trace)
		buf_adds(ev->trace, "only\n");
	return condition_run(&ev->m->only, &run, (struct value){0}, ret);
}

enum mapping_outcome mapping_eval(const struct mapping *m, const struct record *r,
				  const struct mapping_context *c, struct buf *trace,
				  struct event *ret, struct mapping_result *result)
{
	struct eval ev = {.m = m,
			  .record = r,
			  .context = c,
			  .trace = trace,
			  .e = ret,
			  .result = result,
			  .end_day = -1,
			  .today = civil_day_of_instant(c->now_ms)};
	const char *field = "only";
	bool is_contact;

	*result = (struct mapping_result){.field = "", .column = "", .line = r->line};
	init_event(&ev);
	enum reason reason = eval_only(&ev, &is_contact);
	if (reason == REASON_NONE && !is_contact) {
		if (trace)
			buf_adds(trace, "=> not a contact\n");
		return MAPPING_NOT_CONTACT;
	}
	if (reason == REASON_NONE)
		reason = eval_fields(&ev, &field);
	if (reason == REASON_NONE && ret->op == OP_UPSERT)
		reason = settle(&ev, &field);
	if (reason == REASON_NONE)
		reason = event_check(ret, &field);
	if (reason != REASON_NONE)
		return reject(&ev, reason, field);
	return MAPPING_EVENT;
}

bool mapping_id_like_pnr(const struct mapping *m, const struct record *r)
{
	struct steps_run run = {.record = r, .personal = true};
	struct value v = {0};

	assert(m->field[0].target == TARGET_ID);
	return steps_run(&m->field[0].steps, &run, &v) == REASON_NONE && identity_leaks(v.text);
}
