/*
 * steps: running them over a record, and saying what each did. Pure; allocates nothing but the
 * trace.
 */
#include "collectors/engine/steps.h"

#include "collectors/engine/identity.h"
#include "common/civil.h"

static bool is_blank(const struct value *v)
{
	return !v->is_date && v->text.len == 0;
}

static bool is_spaces(struct span s)
{
	size_t i = 0;

	while (i < s.len && (s.data[i] == ' ' || s.data[i] == '\t'))
		i++;
	return i == s.len;
}

static void show_value(struct buf *out, const struct value *v, bool personal)
{
	if (is_blank(v)) {
		buf_adds(out, "(blank)");
	} else if (personal || (!v->is_date && identity_resembles(v->text))) {
		if (v->is_date)
			buf_adds(out, "(identity, a date)");
		else
			buf_addf(out, "(identity, %zu characters)", v->text.len);
	} else if (v->is_date) {
		struct civil c = civil_from_day(v->moment.day);
		buf_addf(out, "%04d-%02d-%02d", c.year, c.month, c.day);
		if (v->moment.has_time)
			buf_addf(out, " %02d:%02d in Sweden", v->moment.hour, v->moment.minute);
	} else {
		buf_add(out, v->text.data, v->text.len);
	}
}

/* "path START", as the mapping says it, and what came of it. */
static void show(struct steps_run *run, const struct step *s, enum reason reason,
		 const struct value *v)
{
	const struct yaml_node *of = s->node->kind == YAML_MAP ? s->node->value[0] : s->node;
	struct buf name = {0};

	buf_adds(&name, s->node->kind == YAML_MAP ? s->node->key[0]->text : "path");
	if (of->kind == YAML_SCALAR)
		buf_addf(&name, " %s", of->text);
	for (size_t i = 0; s->kind != STEP_TABLE && of->kind == YAML_MAP && i < of->count; i++)
		if (of->value[i]->kind == YAML_SCALAR)
			buf_addf(&name, " %s %s", of->key[i]->text, of->value[i]->text);
	buf_addf(run->trace, "%*s%-28s -> ", (int)(2 * run->depth), "", buf_text(&name));
	buf_release(&name);
	if (reason == REASON_NONE)
		show_value(run->trace, v, run->personal);
	else
		buf_adds(run->trace, reason_name(reason));
	buf_addc(run->trace, '\n');
}

struct span steps_capture(const regex_t *re, struct span text)
{
	regmatch_t match[2] = {{.rm_so = 0, .rm_eo = (regoff_t)text.len}};

	if (regexec(re, text.data, ARRAY_SIZE(match), match, REG_STARTEND) != 0 ||
	    match[1].rm_so < 0)
		return (struct span){0};
	return (struct span){text.data + match[1].rm_so, (size_t)(match[1].rm_eo - match[1].rm_so)};
}

static enum reason read_path(const struct step *s, struct steps_run *run, struct span *ret)
{
	const struct record_field *field = run->record->field + s->column;

	assert(s->column < run->record->count);
	run->read = field;
	*ret = field->text;
	return field->reason;
}

static enum reason run_first_of(const struct step *s, struct steps_run *run, struct value *v)
{
	struct value input = *v;
	enum reason reason = REASON_NONE;

	*v = (struct value){0};
	for (size_t i = 0; i < s->branches && reason == REASON_NONE && is_blank(v); i++) {
		*v = input;
		reason = steps_run(s->branch + i, run, v);
	}
	return reason;
}

static enum reason run_when(const struct step *s, struct steps_run *run, struct value *v)
{
	bool holds;
	enum reason reason = condition_run(&s->when, run, *v, &holds);

	if (reason != REASON_NONE)
		return reason;
	if (holds || s->branches > 1)
		return steps_run(s->branch + !holds, run, v);
	*v = (struct value){0};
	return REASON_NONE;
}

/* What a step makes of a value that is not blank, or that it does not read. */
static enum reason run_step(const struct step *s, struct steps_run *run, struct value *v)
{
	enum reason reason = REASON_NONE;

	switch (s->kind) {
	case STEP_PATH: reason = read_path(s, run, &v->text); break;
	case STEP_CONST: v->text = s->text; break;
	case STEP_TABLE:
		v->text = lookup_get(s->table, v->text, 0);
		reason = v->text.data ? REASON_NONE : REASON_UNKNOWN_CODE;
		break;
	case STEP_DATE:
		v->is_date = true;
		reason = moment_read(s->date, v->text, &v->moment);
		break;
	case STEP_RE: v->text = steps_capture(s->re, v->text); break;
	case STEP_JOIN: v->text = join_get(s->join, v->text, s->get); break;
	case STEP_FIRST_OF: reason = run_first_of(s, run, v); break;
	case STEP_WHEN: reason = run_when(s, run, v); break;
	}
	if (is_spaces(v->text))
		v->text.len = 0;
	return reason;
}

enum reason steps_run(const struct steps *s, struct steps_run *run, struct value *value)
{
	static const bool reads[] = {
#define X(kind, name, reads) reads,
		STEPS_X(X)
#undef X
	};
	enum reason reason = REASON_NONE;

	run->depth++;
	for (size_t i = 0; i < s->count && reason == REASON_NONE; i++) {
		const struct step *step = s->step + i;
		if (!reads[step->kind] || !is_blank(value))
			reason = run_step(step, run, value);
		if (run->trace)
			show(run, step, reason, value);
	}
	run->depth--;
	return reason;
}

enum reason condition_run(const struct condition *c, struct steps_run *run, struct value input,
			  bool *ret)
{
	enum reason reason = steps_run(&c->of, run, &input);
	bool holds = false;

	for (size_t i = 0; i < c->texts && reason == REASON_NONE && !holds; i++)
		holds = span_is(input.text, c->text[i]->text);
	*ret = holds;
	return reason;
}

bool steps_of_one_column(const struct steps *s, size_t *column)
{
	bool one = true;

	for (size_t i = 0; i < s->count && one; i++) {
		const struct step *step = s->step + i;
		if (step->kind == STEP_PATH) {
			one = *column == SIZE_MAX || *column == step->column;
			*column = step->column;
		}
		one = one && step->kind != STEP_JOIN && steps_of_one_column(&step->when.of, column);
		for (size_t k = 0; k < step->branches && one; k++)
			one = steps_of_one_column(step->branch + k, column);
	}
	return one;
}

void steps_release(struct steps *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct step *step = s->step + i;
		for (size_t k = 0; k < step->branches; k++)
			steps_release(step->branch + k);
		free(step->branch);
		steps_release(&step->when.of);
		if (step->re)
			regfree(step->re);
		free(step->re);
		free(step->date);
		lookup_free(step->own);
	}
	free(s->step);
	*s = (struct steps){0};
}
