/*
 * steps_load: from YAML to steps. Everything that can be known before the first record is
 * checked here: references, patterns, expressions, and that constants and code tables give only
 * what the field at their end can take.
 */
#include "collectors/engine/path.h"
#include "collectors/engine/steps.h"

/* Where a step stands: what reaches it and what it must give. */
struct place {
	bool has_input;
	struct steps_want want;
	bool last;		/* otherwise it must give a text */
};

static int load_list(struct steps_scope *s, const struct yaml_node *node, struct place at,
		     struct steps *ret, struct fault *f) MUST_CHECK;

size_t steps_name(char ***list, size_t *count, size_t *cap, const char *text)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp((*list)[i], text) == 0)
			return i;
	*list = base_grow(*list, cap, *count + 1, sizeof(**list));
	(*list)[*count] = base_strdup(text);
	return (*count)++;
}

/* A text that is no list or map, for keys that must have one. */
static int need_text(const struct yaml *y, const struct yaml_node *node, const char *what,
		     struct fault *f)
{
	int rc = yaml_expect(y, node, YAML_SCALAR, f);

	if (rc == 0 && node->text[0] == '\0')
		rc = yaml_fault(y, node, f, "%s is missing", what);
	return rc;
}

static int load_path(struct steps_scope *s, const struct yaml_node *node, struct place at,
		     struct step *ret, struct fault *f)
{
	struct path path;
	size_t where;
	int rc = need_text(s->yaml, node, "a column", f);

	(void)at;
	if (rc < 0)
		return rc;
	const char *why = path_parse(node->text, &path, &where);
	if (why)
		return yaml_fault(s->yaml, node, f, "path '%s', character %zu: %s", node->text,
				  where + 1, why);
	if (path_column(&path)) {
		(void)steps_name(&s->column, &s->columns, &s->column_cap, path_column(&path));
		ret->text = base_strdup(path_column(&path));
	} else {
		rc = yaml_fault(s->yaml, node, f,
				"the path '%s' leads into nested records, and CSV has only columns; "
				"a column of that name is written '\"%s\"'",
				node->text, node->text);
	}
	path_release(&path);
	return rc;
}

/* NULL, or why a field cannot take a text. */
static const char *refusal(const struct event_field *field, const char *text)
{
	uint64_t n;

	if (text[0] == '\0')
		return NULL;
	switch (field->type) {
	case EVENT_CODE:
		return codes_by_name((enum codes_list)field->max, span_of(text)) ? NULL : "is no code of it";
	case EVENT_NUM:
		return text_u64(span_of(text), field->max, &n) ? NULL : "is no number that it can take";
	case EVENT_TEXT:
		return strlen(text) <= field->max ? NULL : "is too long for it";
	case EVENT_MS:
	case EVENT_BYTES:
		break;
	}
	return "cannot be put there";
}

/* `node` gives `text` to the field at the end of the steps. */
static int check_given(const struct yaml *y, const struct yaml_node *node, const char *text,
		       struct place at, struct fault *f)
{
	const struct event_field *field = at.want.field;

	if (!at.last || !field)
		return 0;
	const char *why = refusal(field, text);
	if (!why)
		return 0;
	struct buf known = {0};
	size_t rows = 0;
	const struct code *row = NULL;
	if (field->type == EVENT_CODE)
		row = codes_rows((enum codes_list)field->max, &rows);
	for (size_t i = 0; i < rows; i++)
		buf_addf(&known, "%s%s", i == 0 ? "; known: " : ", ", row[i].name);
	int rc = yaml_fault(y, node, f, "%s: '%s' %s%s", field->name, text, why, buf_text(&known));
	buf_release(&known);
	return rc;
}

static int load_const(struct steps_scope *s, const struct yaml_node *node, struct place at,
		      struct step *ret, struct fault *f)
{
	int rc = yaml_expect(s->yaml, node, YAML_SCALAR, f);

	if (rc == 0)
		rc = check_given(s->yaml, node, node->text, at, f);
	if (rc == 0)
		ret->text = base_strdup(node->text);
	return rc;
}

static int load_codes(struct steps_scope *s, const struct yaml_node *node, struct place at,
		      struct step *ret, struct fault *f)
{
	int rc = 0;

	ret->own = lookup_new(1);
	ret->table = ret->own;
	for (size_t i = 0; i < node->count && rc == 0; i++) {
		rc = yaml_expect(s->yaml, node->value[i], YAML_SCALAR, f);
		if (rc == 0 && node->key[i]->text[0] == '\0')
			rc = yaml_fault(s->yaml, node->key[i], f,
					"a blank never reaches a table; use first_of for a default");
		if (rc == 0)
			rc = check_given(s->yaml, node->value[i], node->value[i]->text, at, f);
		if (rc == 0)
			lookup_add(ret->own, node->key[i]->text, &node->value[i]->text);
	}
	return rc;
}

static int load_table(struct steps_scope *s, const struct yaml_node *node, struct place at,
		      struct step *ret, struct fault *f)
{
	int rc = 0;

	if (node->kind == YAML_MAP)
		return load_codes(s, node, at, ret, f);
	if (node->kind != YAML_SCALAR)
		return yaml_expect(s->yaml, node, YAML_SCALAR, f);
	for (size_t i = 0; i < s->tables && !ret->table; i++)
		if (strcmp(s->table[i].name, node->text) == 0)
			ret->table = s->table[i].lookup;
	if (!ret->table)
		return yaml_fault(s->yaml, node, f, "no table '%s' in tables", node->text);
	for (size_t i = 0; i < lookup_count(ret->table) && rc == 0; i++)
		rc = check_given(s->yaml, node, lookup_text(ret->table, i, 0), at, f);
	return rc;
}

static int load_date(struct steps_scope *s, const struct yaml_node *node, struct place at,
		     struct step *ret, struct fault *f)
{
	static const char *const keys[] = {"format", "zone", NULL};
	const struct yaml_node *format = node, *zone = NULL;
	int rc = 0;

	if (!at.last || !at.want.date)
		return yaml_fault(s->yaml, node, f,
				  "a date step must be the last, of a field that takes a date");
	if (node->kind == YAML_MAP) {
		rc = yaml_map_check(s->yaml, node, keys, f);
		format = rc == 0 ? yaml_get(node, "format") : NULL;
		zone = rc == 0 ? yaml_get(node, "zone") : NULL;
		if (rc == 0 && !format)
			rc = yaml_fault(s->yaml, node, f, "format is missing");
	}
	if (rc == 0)
		rc = need_text(s->yaml, format, "a pattern", f);
	if (rc == 0 && zone)
		rc = need_text(s->yaml, zone, "a zone", f);
	if (rc < 0)
		return rc;
	ret->date = base_zalloc(1, sizeof(*ret->date));
	const char *why = moment_format_parse(format->text, zone ? zone->text : "", ret->date);
	return why ? yaml_fault(s->yaml, format, f, "date '%s': %s", format->text, why) : 0;
}

int steps_load_re(const struct yaml *y, const struct yaml_node *node, regex_t **ret, struct fault *f)
{
	int rc = need_text(y, node, "an expression", f);

	if (rc < 0)
		return rc;
	regex_t *re = base_zalloc(1, sizeof(*re));
	int error = regcomp(re, node->text, REG_EXTENDED);
	if (error != 0) {
		char why[128];
		(void)regerror(error, re, why, sizeof(why));
		free(re);
		return yaml_fault(y, node, f, "expression '%s': %s", node->text, why);
	}
	*ret = re;
	if (re->re_nsub != 1)
		return yaml_fault(y, node, f, "expression '%s': it must have exactly one group ( )",
				  node->text);
	return 0;
}

static int load_re(struct steps_scope *s, const struct yaml_node *node, struct place at,
		   struct step *ret, struct fault *f)
{
	(void)at;
	return steps_load_re(s->yaml, node, &ret->re, f);
}

static int load_join(struct steps_scope *s, const struct yaml_node *node, struct place at,
		     struct step *ret, struct fault *f)
{
	static const char *const keys[] = {"in", "get", NULL};
	int rc = yaml_map_check(s->yaml, node, keys, f);

	(void)at;
	if (rc < 0)
		return rc;
	const struct yaml_node *in = yaml_get(node, "in"), *get = yaml_get(node, "get");
	if (!in || !get)
		return yaml_fault(s->yaml, node, f, "a join needs in and get");
	rc = need_text(s->yaml, in, "the name of a join", f);
	if (rc == 0)
		rc = need_text(s->yaml, get, "a column", f);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < s->joins; i++) {
		struct join *j = s->join + i;
		if (strcmp(j->name, in->text) != 0)
			continue;
		ret->join = j;
		ret->get = steps_name(&j->column, &j->columns, &j->cap, get->text);
		return 0;
	}
	return yaml_fault(s->yaml, in, f, "no join '%s' in joins", in->text);
}

static int load_first_of(struct steps_scope *s, const struct yaml_node *node, struct place at,
			 struct step *ret, struct fault *f)
{
	int rc = yaml_expect(s->yaml, node, YAML_LIST, f);

	if (rc < 0)
		return rc;
	if (node->count < 2)
		return yaml_fault(s->yaml, node, f, "first_of needs two lists of steps or more");
	ret->branches = node->count;
	ret->branch = base_zalloc(ret->branches, sizeof(*ret->branch));
	for (size_t i = 0; i < node->count && rc == 0; i++)
		rc = load_list(s, node->value[i], at, ret->branch + i, f);
	return rc;
}

static int load_when(struct steps_scope *s, const struct yaml_node *node, struct place at,
		     struct step *ret, struct fault *f)
{
	static const char *const also[] = {"then", "else", NULL};
	int rc = condition_load(s, node, also, at.has_input, &ret->when, f);

	if (rc < 0)
		return rc;
	const struct yaml_node *then = yaml_get(node, "then"), *otherwise = yaml_get(node, "else");
	if (!then)
		return yaml_fault(s->yaml, node, f, "then is missing");
	ret->branches = otherwise ? 2 : 1;
	ret->branch = base_zalloc(ret->branches, sizeof(*ret->branch));
	rc = load_list(s, then, at, ret->branch, f);
	if (rc == 0 && otherwise)
		rc = load_list(s, otherwise, at, ret->branch + 1, f);
	return rc;
}

/* The texts of `is` or `in`. */
static int load_texts(const struct yaml *y, const struct yaml_node *node, bool list,
		      struct condition *c, struct fault *f)
{
	const struct yaml_node *const *entry = list ? node->value : &node;
	size_t cap = 0;
	int rc = yaml_expect(y, node, list ? YAML_LIST : YAML_SCALAR, f);

	for (size_t i = 0; rc == 0 && i < (list ? node->count : 1); i++) {
		rc = yaml_expect(y, entry[i], YAML_SCALAR, f);
		if (rc == 0)
			(void)steps_name(&c->text, &c->texts, &cap, entry[i]->text);
	}
	return rc;
}

int condition_load(struct steps_scope *s, const struct yaml_node *map, const char *const *also,
		   bool has_input, struct condition *ret, struct fault *f)
{
	const char *keys[8] = {"path", "steps", "is", "in"};
	struct place at = {.has_input = has_input, .last = true};

	for (size_t i = 4; *also; i++, also++)
		keys[i] = *also;
	int rc = yaml_map_check(s->yaml, map, keys, f);
	if (rc < 0)
		return rc;
	const struct yaml_node *path = yaml_get(map, "path"), *of = yaml_get(map, "steps");
	const struct yaml_node *is = yaml_get(map, "is"), *in = yaml_get(map, "in");
	if (!path == !of)
		return yaml_fault(s->yaml, map, f, "a condition has either path or steps");
	if (!is == !in)
		return yaml_fault(s->yaml, map, f, "a condition has either is or in");
	rc = load_texts(s->yaml, is ? is : in, !is, ret, f);
	if (rc < 0)
		return rc;
	if (of)
		return load_list(s, of, at, &ret->of, f);
	ret->of = (struct steps){.step = base_zalloc(1, sizeof(struct step)), .count = 1};
	ret->of.step->shown = base_strdup("path");
	return load_path(s, path, at, ret->of.step, f);
}

typedef int load_fn(struct steps_scope *s, const struct yaml_node *node, struct place at,
		    struct step *ret, struct fault *f);

static const struct {
	const char *name;
	bool reads;
	load_fn *load;
} kinds[] = {
#define X(kind, name, reads) [STEP_##kind] = {#name, reads, load_##name},
	STEPS_X(X)
#undef X
};

/* How a step reads in a trace. */
static char *describe(const char *name, const struct yaml_node *node)
{
	struct buf out = {0};

	buf_adds(&out, name);
	if (node->kind == YAML_SCALAR)
		buf_addf(&out, " %s", node->text);
	for (size_t i = 0; node->kind == YAML_MAP && i < node->count; i++)
		if (node->value[i]->kind == YAML_SCALAR && strcmp(name, "table") != 0)
			buf_addf(&out, " %s %s", node->key[i]->text, node->value[i]->text);
	return buf_detach(&out);
}

/* A step is a map with one key: the kind. */
static int load_step(struct steps_scope *s, const struct yaml_node *node, struct place at,
		     struct step *ret, struct fault *f)
{
	const char *keys[STEP_KINDS + 1] = {0};

	for (size_t i = 0; i < STEP_KINDS; i++)
		keys[i] = kinds[i].name;
	int rc = yaml_map_check(s->yaml, node, keys, f);
	if (rc < 0)
		return rc;
	if (node->count != 1)
		return yaml_fault(s->yaml, node, f, "a step has one key; steps in a row are a list");
	while (strcmp(kinds[ret->kind].name, node->key[0]->text) != 0)
		ret->kind++;
	ret->shown = describe(node->key[0]->text, node->value[0]);
	if (kinds[ret->kind].reads && !at.has_input)
		return yaml_fault(s->yaml, node, f, "%s has nothing to read: put a path before it",
				  ret->shown);
	rc = kinds[ret->kind].load(s, node->value[0], at, ret, f);
	bool passes_on = ret->kind == STEP_FIRST_OF || ret->kind == STEP_WHEN;
	if (rc == 0 && at.last && at.want.date && ret->kind != STEP_DATE && !passes_on)
		rc = yaml_fault(s->yaml, node, f, "the last step must be a date step");
	return rc;
}

static int load_list(struct steps_scope *s, const struct yaml_node *node, struct place at,
		     struct steps *ret, struct fault *f)
{
	const struct yaml_node *const *entry = node->kind == YAML_LIST ? node->value : &node;
	size_t count = node->kind == YAML_LIST ? node->count : 1;
	int rc = 0;

	if (count == 0)
		return yaml_fault(s->yaml, node, f, "a list without steps");
	ret->step = base_zalloc(count, sizeof(*ret->step));
	ret->count = count;
	for (size_t i = 0; i < count && rc == 0; i++) {
		struct place here = {.has_input = at.has_input || i > 0, .want = at.want,
				     .last = at.last && i + 1 == count};
		rc = load_step(s, entry[i], here, ret->step + i, f);
	}
	return rc;
}

int steps_load(struct steps_scope *s, const struct yaml_node *node, struct steps_want want,
	       struct steps *ret, struct fault *f)
{
	return load_list(s, node, (struct place){.want = want, .last = true}, ret, f);
}

void condition_release(struct condition *c)
{
	steps_release(&c->of);
	for (size_t i = 0; i < c->texts; i++)
		free(c->text[i]);
	free(c->text);
}

void steps_release(struct steps *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct step *step = s->step + i;
		for (size_t k = 0; k < step->branches; k++)
			steps_release(step->branch + k);
		free(step->branch);
		condition_release(&step->when);
		if (step->re)
			regfree(step->re);
		free(step->re);
		free(step->date);
		lookup_free(step->own);
		free(step->text);
		free(step->shown);
	}
	free(s->step);
	*s = (struct steps){0};
}
