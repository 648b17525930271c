/*
 * steps_load: from YAML to steps. Everything that can be known before the first record is
 * checked here: references, patterns, expressions, and that constants and code tables give only
 * what the field at their end can take.
 */
#include "collectors/engine/mapping_model.h"
#include "collectors/engine/path.h"

/* Where a step stands: what reaches it and what it must give. */
struct place {
	bool has_input;
	bool last; /* otherwise it must give a text, whatever is wanted in the end */
	struct steps_want want;
};

static void load_list(struct loader *l, const struct yaml_node *node, struct place at,
		      struct steps *ret);

/* Place of a column or path among those that the mapping reads; `path` is taken over. */
static size_t add_column(struct mapping *m, const char *name, struct path path)
{
	size_t i = 0;

	while (i < m->columns && strcmp(m->column[i], name) != 0)
		i++;
	if (i < m->columns) {
		path_release(&path);
		return i;
	}
	m->column = base_grow(m->column, &m->column_cap, i + 1, sizeof(*m->column));
	m->path = base_grow(m->path, &m->path_cap, i + 1, sizeof(*m->path));
	m->column[i] = base_strdup(name);
	m->path[i] = path;
	return m->columns++;
}

bool loader_path(struct loader *l, const struct yaml_node *node, struct path *ret)
{
	size_t at;

	if (!node || !loader_text(l, node))
		return false;
	const char *why = path_parse(node->text, ret, &at);
	if (why)
		loader_refuse(l, node, "path '%s', character %zu: %s", node->text, at + 1, why);
	return !why;
}

static void load_path(struct loader *l, const struct yaml_node *node, struct place at,
		      struct step *ret)
{
	struct path path = {0};

	(void)at;
	if (!loader_path(l, node, &path))
		return;
	bool is_csv = l->m->shape.format == FORMAT_CSV;
	if (is_csv && path.count > 1)
		loader_refuse(l, node,
			      "the path '%s' leads into nested records, and CSV has only columns; "
			      "a column of that name is written '\"%s\"'",
			      node->text, node->text);
	ret->column = add_column(l->m, is_csv ? path.part->name : node->text, path);
}

/* NULL, or why a field cannot take a text. */
static const char *refusal(const struct event_field *field, const char *text)
{
	uint64_t n;

	if (text[0] == '\0')
		return NULL;
	switch (field->type) {
	case EVENT_CODE:
		return codes_by_name((enum codes_list)field->max, span_of(text))
			       ? NULL
			       : "is no code of it";
	case EVENT_NUM:
		return text_u64(span_of(text), field->max, &n) ? NULL
							       : "is no number that it can take";
	case EVENT_TEXT: return strlen(text) <= field->max ? NULL : "is too long for it";
	case EVENT_MS:
	case EVENT_BYTES: break;
	}
	return "cannot be put there";
}

/* `node` gives `text` to the field at the end of the steps. */
static void check_given(struct loader *l, const struct yaml_node *node, const char *text,
			struct place at)
{
	const struct event_field *field = at.last ? at.want.field : NULL;
	const char *why = field && l->rc == 0 ? refusal(field, text) : NULL;
	struct buf known = {0};
	size_t rows = 0;

	if (!why)
		return;
	const struct code *row = field->type != EVENT_CODE
					 ? NULL
					 : codes_rows((enum codes_list)field->max, &rows);
	for (size_t i = 0; i < rows; i++)
		buf_addf(&known, "%s%s", i == 0 ? "; known: " : ", ", row[i].name);
	loader_refuse(l, node, "%s: '%s' %s%s", field->name, text, why, buf_text(&known));
	buf_release(&known);
}

static void load_const(struct loader *l, const struct yaml_node *node, struct place at,
		       struct step *ret)
{
	if (!loader_text(l, node))
		return;
	check_given(l, node, node->text, at);
	ret->text = span_of(node->text);
}

struct lookup *steps_load_codes(struct loader *l, const struct yaml_node *map)
{
	struct lookup *codes = lookup_new(1);

	if (!loader_map(l, map, NULL))
		return codes;
	for (size_t i = 0; i < map->count; i++) {
		if (map->key[i]->text[0] == '\0')
			loader_refuse(l, map->key[i],
				      "a blank never reaches a table; first_of gives a default");
		if (loader_text(l, map->value[i]))
			lookup_add(codes, map->key[i]->text, &map->value[i]->text);
	}
	(void)lookup_sort(codes); /* no key stands twice: YAML was asked */
	return codes;
}

static void load_table(struct loader *l, const struct yaml_node *node, struct place at,
		       struct step *ret)
{
	if (node->kind == YAML_MAP) {
		ret->own = steps_load_codes(l, node);
		ret->table = ret->own;
		for (size_t i = 0; i < node->count && l->rc == 0; i++)
			check_given(l, node->value[i], node->value[i]->text, at);
		return;
	}
	if (!loader_text(l, node))
		return;
	for (size_t i = 0; i < l->m->tables; i++)
		if (strcmp(l->m->table[i].name, node->text) == 0)
			ret->table = l->m->table[i].lookup;
	if (!ret->table) {
		loader_refuse(l, node, "no table '%s' in tables", node->text);
		return;
	}
	for (size_t i = 0; lookup_text(ret->table, i, 0); i++)
		check_given(l, node, lookup_text(ret->table, i, 0), at);
}

static void load_date(struct loader *l, const struct yaml_node *node, struct place at,
		      struct step *ret)
{
	static const char *const keys[] = {"format", "zone", NULL};
	const struct yaml_node *format = node;
	const char *zone = "";

	if (!at.last || !at.want.date) {
		loader_refuse(l, node,
			      "a date step must be the last, of a field that takes a date");
		return;
	}
	if (node->kind == YAML_MAP && loader_map(l, node, keys)) {
		format = loader_need(l, node, "format");
		if (yaml_get(node, "zone"))
			zone = loader_need_text(l, node, "zone");
	}
	if (l->rc < 0 || !loader_text(l, format))
		return;
	ret->date = base_zalloc(1, sizeof(*ret->date));
	const char *why = moment_format_parse(format->text, zone, ret->date);
	if (why)
		loader_refuse(l, format, "date '%s': %s", format->text, why);
}

void steps_load_re(struct loader *l, const struct yaml_node *node, regex_t **ret)
{
	char why[128] = "it must have exactly one group ( )";

	if (!loader_text(l, node))
		return;
	regex_t *re = base_zalloc(1, sizeof(*re));
	int error = regcomp(re, node->text, REG_EXTENDED);
	if (error == 0 && re->re_nsub == 1) {
		*ret = re;
		return;
	}
	if (error != 0)
		(void)regerror(error, re, why, sizeof(why));
	else
		regfree(re);
	free(re);
	loader_refuse(l, node, "expression '%s': %s", node->text, why);
}

static void load_re(struct loader *l, const struct yaml_node *node, struct place at,
		    struct step *ret)
{
	(void)at;
	steps_load_re(l, node, &ret->re);
}

static void load_join(struct loader *l, const struct yaml_node *node, struct place at,
		      struct step *ret)
{
	static const char *const keys[] = {"in", "get", NULL};

	(void)at;
	if (!loader_map(l, node, keys))
		return;
	const char *in = loader_need_text(l, node, "in"), *get = loader_need_text(l, node, "get");
	if (!in || !get)
		return;
	for (size_t i = 0; i < l->m->joins; i++) {
		struct join *j = l->m->join + i;
		if (strcmp(j->name, in) != 0)
			continue;
		struct path path = {0};
		if (j->shape.format != FORMAT_CSV)
			(void)loader_path(l, yaml_get(node, "get"), &path);
		ret->join = j;
		ret->get = join_column(j, get, path);
		return;
	}
	loader_refuse(l, yaml_get(node, "in"), "no join '%s' in joins", in);
}

static void load_first_of(struct loader *l, const struct yaml_node *node, struct place at,
			  struct step *ret)
{
	if (!loader_list(l, node))
		return;
	if (node->count < 2)
		loader_refuse(l, node, "first_of needs two lists of steps or more");
	ret->branches = node->count;
	ret->branch = base_zalloc(ret->branches, sizeof(*ret->branch));
	for (size_t i = 0; i < node->count && l->rc == 0; i++)
		load_list(l, node->value[i], at, ret->branch + i);
}

/* The steps and texts of a condition whose keys have been checked. */
static void load_condition(struct loader *l, const struct yaml_node *map, bool has_input,
			   struct condition *ret)
{
	struct place at = {.has_input = has_input, .last = true};
	const struct yaml_node *path = yaml_get(map, "path"), *of = yaml_get(map, "steps");
	const struct yaml_node *is = yaml_get(map, "is"), *in = yaml_get(map, "in");

	if (!path == !of)
		loader_refuse(l, map, "a condition has either path or steps");
	if (!is == !in)
		loader_refuse(l, map, "a condition has either is or in");
	if (l->rc < 0 || (in && !loader_list(l, in)))
		return;
	ret->texts = in ? in->count : 1;
	ret->text = in ? in->value : map->value;
	while (is && *ret->text != is)
		ret->text++;
	for (size_t i = 0; i < ret->texts; i++)
		(void)loader_text(l, ret->text[i]);
	if (of) {
		load_list(l, of, at, &ret->of);
		return;
	}
	ret->of = (struct steps){.step = base_zalloc(1, sizeof(struct step)), .count = 1};
	ret->of.step->node = path;
	load_path(l, path, at, ret->of.step);
}

void condition_load(struct loader *l, const struct yaml_node *map, struct condition *ret)
{
	static const char *const keys[] = {"path", "steps", "is", "in", NULL};

	if (loader_map(l, map, keys))
		load_condition(l, map, false, ret);
}

static void load_when(struct loader *l, const struct yaml_node *node, struct place at,
		      struct step *ret)
{
	static const char *const keys[] = {"path", "steps", "is", "in", "then", "else", NULL};

	if (!loader_map(l, node, keys))
		return;
	load_condition(l, node, at.has_input, &ret->when);
	const struct yaml_node *then = loader_need(l, node, "then"),
			       *other = yaml_get(node, "else");
	if (!then)
		return;
	ret->branches = other ? 2 : 1;
	ret->branch = base_zalloc(ret->branches, sizeof(*ret->branch));
	load_list(l, then, at, ret->branch);
	if (other && l->rc == 0)
		load_list(l, other, at, ret->branch + 1);
}

static const struct {
	const char *name;
	bool reads;
	void (*load)(struct loader *l, const struct yaml_node *node, struct place at,
		     struct step *ret);
} kinds[] = {
#define X(kind, name, reads) [STEP_##kind] = {#name, reads, load_##name},
	STEPS_X(X)
#undef X
};

/* A step is a map with one key: the kind. */
static void load_step(struct loader *l, const struct yaml_node *node, struct place at,
		      struct step *ret)
{
	const char *keys[ARRAY_SIZE(kinds) + 1] = {0};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		keys[i] = kinds[i].name;
	if (!loader_map(l, node, keys))
		return;
	if (node->count != 1) {
		loader_refuse(l, node, "a step has one key; steps in a row are a list");
		return;
	}
	ret->node = node;
	while (strcmp(kinds[ret->kind].name, node->key[0]->text) != 0)
		ret->kind++;
	if (kinds[ret->kind].reads && !at.has_input)
		loader_refuse(l, node, "%s has nothing to read: put a path before it",
			      kinds[ret->kind].name);
	if (l->rc == 0)
		kinds[ret->kind].load(l, node->value[0], at, ret);
	bool passes_on = ret->kind == STEP_FIRST_OF || ret->kind == STEP_WHEN;
	if (at.last && at.want.date && ret->kind != STEP_DATE && !passes_on)
		loader_refuse(l, node, "the last step must be a date step");
}

static void load_list(struct loader *l, const struct yaml_node *node, struct place at,
		      struct steps *ret)
{
	const struct yaml_node *const *entry = node->kind == YAML_LIST ? node->value : &node;
	size_t count = node->kind == YAML_LIST ? node->count : 1;

	if (count == 0)
		loader_refuse(l, node, "a list without steps");
	ret->step = base_zalloc(count, sizeof(*ret->step));
	ret->count = count;
	for (size_t i = 0; i < count && l->rc == 0; i++) {
		struct place here = {.has_input = at.has_input || i > 0,
				     .want = at.want,
				     .last = at.last && i + 1 == count};
		load_step(l, entry[i], here, ret->step + i);
	}
}

void steps_load(struct loader *l, const struct yaml_node *node, struct steps_want want,
		struct steps *ret)
{
	load_list(l, node, (struct place){.want = want, .last = true}, ret);
}
