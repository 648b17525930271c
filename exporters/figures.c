/*
 * figures: one pass over the cells. Owns the tallies.
 */
#include "exporters/figures.h"

static void list_dimensions(struct buf *out, const struct cube *cube)
{
	const struct dimension *d;
	bool first = true;
	for (size_t i = 0; (d = dimensions_at(i)) != NULL; i++) {
		if (cube && !dimensions_in(d, cube))
			continue;
		buf_addf(out, first ? "%s" : ", %s", d->name);
		first = false;
	}
}

static int refuse(struct fault *f, const char *what, struct buf *list)
{
	int rc = fault_set(f, FAULT_USAGE, "--by: %s: %s", what, buf_text(list));
	buf_release(list);
	return rc;
}

static int choose_cube(struct figures_query *q, struct fault *f)
{
	struct buf list = {0};
	for (int c = 0; c < CUBES_END; c++) {
		size_t carried = 0;
		while (carried < q->dimensions &&
		       dimensions_in(q->by[carried], cubes_row((enum cubes_cube)c)))
			carried++;
		if (carried == q->dimensions) {
			q->cube = (enum cubes_cube)c;
			return 0;
		}
	}
	for (int c = 0; c < CUBES_END; c++) {
		buf_addf(&list, "%s%s has ", c ? "; " : "", cubes_row((enum cubes_cube)c)->name);
		list_dimensions(&list, cubes_row((enum cubes_cube)c));
	}
	return refuse(f, "no cube carries all of these dimensions", &list);
}

/* Its two rules differ by kanal, so such a share would be 0 or 100 per cent whatever the contacts are. */
static int check_share(const struct figures_query *q, struct fault *f)
{
	for (size_t i = 0; q->rule->part && i < q->dimensions; i++)
		if (q->by[i]->needs == CUBES_DIM_FORM)
			return fault_set(f, FAULT_USAGE,
					 "--by: %s: not of %s, which would be 0 or 100 %% in every "
					 "cell; export %s and %s by it",
					 q->by[i]->name, q->rule->id, q->rule->part->id,
					 q->rule->rest->id);
	return 0;
}

int figures_by(const char *by, struct figures_query *q, struct fault *f)
{
	struct buf list = {0};
	q->dimensions = 0;
	q->by_default = by == NULL;
	if (q->by_default)
		by = q->rule->part ? FIGURES_BY_SHARE : FIGURES_BY;
	for (const char *at = by; *at;) {
		size_t len = strcspn(at, ",");
		const struct dimension *d = dimensions_find((struct span){at, len});
		at += len + (at[len] == ',');
		for (size_t i = 0; i < q->dimensions; i++)
			if (q->by[i] == d)
				d = NULL;
		if (!d) {
			list_dimensions(&list, NULL);
			return refuse(f, "name each dimension once, with commas, out of", &list);
		}
		q->by[q->dimensions++] = d;
	}
	int rc = check_share(q, f);
	return rc < 0 ? rc : choose_cube(q, f);
}

static void count_rules(struct figures *g, const struct dimensions_cell *c, uint64_t count)
{
	const struct rule *rule;
	for (size_t i = 0; (rule = rules_at(i)) != NULL; i++) {
		if (rule->part)
			continue;
		struct figures_total *t = &g->total[i];
		size_t fall = rules_fall(rule, &c->contact);
		if (rule->step[fall]) {
			t->fell[fall] += count;
			continue;
		}
		t->antal += count;
		t->kanal[c->contact.kanal] += count;
		t->vardform[c->contact.klass.vardform] += count;
		if (rules_assumed(rule, &c->contact))
			t->antaget += count;
	}
}

static void count_cell(struct figures *g, const struct dimensions_cell *c, uint64_t count,
		       struct buf *key)
{
	const struct figures_query *q = &g->query;
	struct rules_weight weight = rules_weigh(q->rule, &c->contact);
	char scratch[DIMENSIONS_TEXT];
	if (!weight.n && !weight.of)
		return;
	buf_reset(key);
	for (size_t i = 0; i < q->dimensions; i++) {
		if (i > 0)
			buf_addc(key, TALLY_JOIN);
		buf_adds(key, dimensions_text(q->by[i], c, scratch));
	}
	struct tally_row *row = tally_at(&g->cells, buf_text(key));
	row->n += weight.n ? count : 0;
	row->of += weight.of ? count : 0;
	if (!c->org)
		tally_at(&g->unclassified, c->unit)->n += count;
}

bool figures_asks(const struct figures_query *q, const struct dated_row *org)
{
	return !q->forvaltning || strcmp(dimensions_forvaltning(org), q->forvaltning) == 0;
}

/* Everything that is asked of a cell. */
static struct dimensions_cell cell_of(const struct snapshot *s, const struct snapshot_cell *cell,
				      const struct figures_query *q)
{
	const struct snapshot_partition *of = s->partition + cell->partition;
	unsigned form = cell->at.value[CUBES_DIM_FORM], month = cell->at.yyyymm;
	struct dimensions_cell c = {.at = &cell->at, .unit = of->unit[cell->at.unit]};
	if (c.unit[0] == '\0')
		c.unit = ORGANISATION_BLANK;
	c.org = dated_find(q->org, c.unit, month);
	c.contact.klass = of->klass[cell->at.value[CUBES_DIM_KLASS]];
	c.contact.kanal = codes_by_number(CODES_FORM, form)->kanal;
	c.contact.role = (uint8_t)registry_role(q->registry, c.contact.klass.source, c.unit,
						codes_name(CODES_KANAL, c.contact.kanal), month);
	return c;
}

static bool widens(const struct figures *g, unsigned month)
{
	return g->first == 0 || month < g->first || month > g->last;
}

static void widen(struct figures *g, const struct dimensions_cell *c)
{
	unsigned month = c->at->yyyymm;
	if (!rules_weigh(rules_find("kontakt/1"), &c->contact).n)
		return;
	if (g->first == 0 || month < g->first)
		g->first = month;
	if (month > g->last)
		g->last = month;
}

static void count_all(struct figures *g, const struct snapshot *s)
{
	const struct figures_query *q = &g->query;
	struct buf key = {0};
	for (size_t i = 0; i < s->cells; i++) {
		const struct snapshot_cell *cell = s->cell + i;
		unsigned month = cell->at.yyyymm;
		bool wider = widens(g, month);
		if (cell->at.cube != q->cube || (!wider && !period_has(&q->period, month)))
			continue;
		struct dimensions_cell c = cell_of(s, cell, q);
		if (!figures_asks(q, c.org))
			continue;
		if (wider)
			widen(g, &c);
		if (!period_has(&q->period, month))
			continue;
		g->live += cell->count;
		count_rules(g, &c, cell->count);
		count_cell(g, &c, cell->count, &key);
	}
	buf_release(&key);
}

void figures_make(const struct snapshot *s, const struct figures_query *q, struct figures *ret)
{
	*ret = (struct figures){.query = *q};
	/* Whoever asks for one number gets one, and 0 is one. */
	if (q->dimensions == 0)
		(void)tally_at(&ret->cells, "");
	count_all(ret, s);
	tally_sort(&ret->cells);
	tally_sort(&ret->unclassified);
}

struct figures figures_of(const struct snapshot *s, const struct figures_query *like,
			  struct period period, const struct rule *rule, const char *by)
{
	struct figures_query q = *like;
	struct figures g;
	struct fault f;
	q.period = period;
	q.rule = rule;
	if (figures_by(by, &q, &f) < 0)
		BUG(f.text);
	figures_make(s, &q, &g);
	return g;
}

const struct figures_total *figures_total(const struct figures *g, const struct rule *rule)
{
	assert(!rule->part);
	return &g->total[rules_index(rule)];
}

struct figures_share figures_whole(const struct figures *g, const struct rule *rule)
{
	if (!rule->part)
		return (struct figures_share){figures_total(g, rule)->antal, 0};
	uint64_t n = figures_total(g, rule->part)->antal;
	return (struct figures_share){n, n + figures_total(g, rule->rest)->antal};
}

bool figures_empty(const struct figures *g)
{
	struct figures_share whole = figures_whole(g, g->query.rule);
	return whole.n == 0 && whole.of == 0;
}

size_t figures_run(const struct figures *g, size_t i, size_t dimensions)
{
	size_t run = 0, left = g->cells.count - i;
	if (left == 0)
		return 0;
	const struct tally_row *row = g->cells.row + i;
	struct span last = figures_value(row, dimensions - 1);
	size_t len = (size_t)(last.data + last.len - row->key);
	while (run < left && strncmp(row[run].key, row->key, len) == 0 &&
	       (uint8_t)row[run].key[len] <= TALLY_JOIN)
		run++;
	return run;
}

struct span figures_value(const struct tally_row *cell, size_t i)
{
	const char *at = cell->key;
	for (; i > 0; i--)
		at = strchr(at, TALLY_JOIN) + 1;
	return (struct span){at, strcspn(at, (const char[]){TALLY_JOIN, '\0'})};
}

void figures_release(struct figures *g)
{
	tally_release(&g->cells);
	tally_release(&g->unclassified);
	*g = (struct figures){0};
}
