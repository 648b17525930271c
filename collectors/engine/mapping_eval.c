/*
 * mapping_eval: one record through a mapping. The fields are evaluated in the mapping's order of
 * targets; what they have in common (age, sex, times that contradict) is settled after the last.
 */
#include "collectors/engine/mapping_eval.h"

#include "collectors/engine/identity.h"
#include "collectors/engine/mapping_put.h"
#include "common/civil.h"

#define AGE_MAX 125

static struct steps_run run_of(const struct eval *ev, struct buf *trace, bool personal)
{
	return (struct steps_run){.record = ev->record, .trace = trace, .personal = personal};
}

/* A version that is no date is no version, whatever is wrong with the date. */
static enum reason as_of(const struct mapping_field *field, enum reason reason)
{
	bool of_date = reason == REASON_DATE_INVALID || reason == REASON_TIME_INVALID;

	return field->target == TARGET_VERSION && of_date ? REASON_VERSION_INVALID : reason;
}

static enum reason eval_steps(struct eval *ev, const struct mapping_field *field)
{
	struct steps_run run = run_of(ev, ev->trace, field->personal);
	struct value v = {0};

	if (ev->trace && field->steps.count > 0)
		buf_addf(ev->trace, "%s\n", field->name);
	enum reason reason = as_of(field, steps_run(&field->steps, &run, &v));
	return reason == REASON_NONE ? mapping_put(ev, field, &v) : reason;
}

/* A code that is known from an earlier record, or else to be known in the next. */
static enum reason eval_code(struct eval *ev, const struct mapping_field *field)
{
	const struct record_field nothing = {0};
	const struct record_field *from = field->column == SIZE_MAX
						  ? &nothing
						  : ev->record->field + field->column;
	uint8_t *code = (uint8_t *)&ev->e->contact + field->field->offset;

	if (from->reason != REASON_NONE)
		return eval_steps(ev, field);
	if (memo_get(field->memo, from->text, code))
		return REASON_NONE;
	*code = 0;
	enum reason reason = eval_steps(ev, field);
	if (reason == REASON_NONE)
		memo_put(field->memo, from->text, *code);
	return reason;
}

/* Evaluates fields until one fails or the status says that the contact never was. */
static enum reason eval_fields(struct eval *ev, const char **ret_field)
{
	for (size_t i = 0; i < ev->m->fields; i++) {
		const struct mapping_field *field = ev->m->field + i;
		*ret_field = field->name;
		enum reason reason = field->memo && !ev->trace ? eval_code(ev, field)
							       : eval_steps(ev, field);
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
static int completed_years(struct civil born, struct civil on)
{
	bool before = on.month < born.month || (on.month == born.month && on.day < born.day);

	return on.year - born.year - before;
}

static enum reason settle_age(struct eval *ev, const char **ret_field)
{
	struct contact *c = &ev->e->contact;
	struct civil on = civil_from_day(c->day);
	int age = c->age;

	*ret_field = "age";
	if (ev->birth_from) {
		*ret_field = ev->birth_from;
		struct civil born = civil_from_day(ev->birth_day);
		age = completed_years(born, on);
		c->birth_year = born.year;
	} else if (age < 0 && c->birth_year >= 0) {
		*ret_field = "birth_year";
		age = on.year - c->birth_year;
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

/*
 * Whether the record takes a contact back. That is asked also of one that `only` leaves out: what was a contact may
 * have lost, with everything else, what told so.
 */
static bool takes_back(struct eval *ev)
{
	const struct mapping_field *field = field_of(ev->m, "status");
	const bool back = field && eval_steps(ev, field) == REASON_NONE &&
			  ev->e->contact.status == STATUS_NULLIFIED;

	ev->e->contact.status = 0;
	return back;
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
	if (reason == REASON_NONE && !is_contact && !takes_back(&ev)) {
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
