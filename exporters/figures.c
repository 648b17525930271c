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

int figures_by(const char *by, struct figures_query *q, struct fault *f)
{
	struct buf list = {0};
	q->dimensions = 0;
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
	return choose_cube(q, f);
}

static void count_rules(struct figures *g, const struct dimensions_cell *c, uint64_t count)
{
	const struct rule *rule;
	for (size_t i = 0; (rule = rules_at(i)) != NULL; i++) {
		if (rule->part)
			continue;
		struct figures_total *t = &g->total[i];
		size_t fall = rules_fall(rule, c->klass, c->kanal);
		if (rule->step[fall]) {
			t->fell[fall] += count;
			continue;
		}
		t->antal += count;
		t->kanal[c->kanal] += count;
		t->vardform[c->klass->vardform] += count;
		if (rules_assumed(rule, c->klass))
			t->antaget += count;
	}
}

struct pass {
	const struct figures_query *q;
	struct figures *g;
	struct buf key;
};

static void count_cell(struct pass *p, const struct dimensions_cell *c, uint64_t count)
{
	struct rules_weight weight = rules_weigh(p->q->rule, c->klass, c->kanal);
	char scratch[DIMENSIONS_TEXT];
	if (!weight.n && !weight.of)
		return;
	buf_reset(&p->key);
	for (size_t i = 0; i < p->q->dimensions; i++) {
		if (i > 0)
			buf_addc(&p->key, TALLY_JOIN);
		buf_adds(&p->key, dimensions_text(p->q->by[i], c, scratch));
	}
	struct tally_row *row = tally_at(&p->g->cells, buf_text(&p->key));
	row->n += weight.n ? count : 0;
	row->of += weight.of ? count : 0;
	if (!c->org)
		tally_at(&p->g->unclassified, c->unit)->n += count;
}

static void count_all(struct pass *p, const struct snapshot *s, const struct organisation *org)
{
	struct dimensions_cell c = {0};
	const struct snapshot_cell *before = NULL;
	for (size_t i = 0; i < s->cells; i++) {
		const struct snapshot_cell *cell = s->cell + i;
		const struct snapshot_partition *of = s->partition + cell->partition;
		unsigned month = cell->at.yyyymm;
		if (cell->at.cube != p->q->cube)
			continue;
		if (p->g->first == 0 || month < p->g->first)
			p->g->first = month;
		if (month > p->g->last)
			p->g->last = month;
		if (!period_has(&p->q->period, month))
			continue;
		c.at = &cell->at;
		c.klass = of->klass + cell->at.value[CUBES_DIM_KLASS];
		c.kanal = codes_by_number(CODES_FORM, cell->at.value[CUBES_DIM_FORM])->kanal;
		/* Cells of a unit and month stand together: one look-up for all of them. */
		if (!before || before->partition != cell->partition ||
		    before->at.unit != cell->at.unit || before->at.yyyymm != month) {
			c.unit = of->unit[cell->at.unit][0] ? of->unit[cell->at.unit]
							    : ORGANISATION_BLANK;
			c.org = organisation_find(org, c.unit, month);
		}
		before = cell;
		p->g->live += cell->count;
		count_rules(p->g, &c, cell->count);
		count_cell(p, &c, cell->count);
	}
}

void figures_make(const struct snapshot *s, const struct figures_query *q,
		  const struct organisation *org, struct figures *ret)
{
	*ret = (struct figures){0};
	struct pass p = {.q = q, .g = ret};
	count_all(&p, s, org);
	tally_sort(&ret->cells);
	tally_sort(&ret->unclassified);
	buf_release(&p.key);
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
