/*
 * format_json: the report as JSON, schema kontaktpuls.figurer/1 (docs/schema/figurer-1.schema.json).
 * Additive changes only: members are never renamed, removed or given another meaning.
 */
#include "common/json.h"
#include "exporters/format.h"

#define SCHEMA "kontaktpuls.figurer/1"

static void add_share(struct json *j, struct figures_share share)
{
	json_key_u64(j, "taljare", share.n);
	json_key_u64(j, "namnare", share.of);
}

static void add_texts(struct json *j, const struct figures *g, const struct tally_row *cell,
		      size_t dimensions)
{
	for (size_t i = 0; i < dimensions; i++) {
		struct span text = figures_value(cell, i);
		json_key(j, g->query.by[i]->name);
		json_text_n(j, text.data, text.len);
	}
}

static void add_cells(struct json *j, const char *key, const struct figures *g)
{
	json_key(j, key);
	json_array(j, false);
	for (size_t i = 0; i < g->cells.count; i++) {
		const struct tally_row *cell = g->cells.row + i;
		json_object(j, true);
		add_texts(j, g, cell, g->query.dimensions);
		if (g->query.rule->part)
			add_share(j, (struct figures_share){cell->n, cell->of});
		else
			json_key_u64(j, "antal", cell->n);
		json_close(j);
	}
	json_close(j);
}

static void add_dimensions(struct json *j, const struct figures_query *q)
{
	json_key(j, "dimensions");
	json_array(j, true);
	for (size_t i = 0; i < q->dimensions; i++)
		json_text(j, q->by[i]->name);
	json_close(j);
}

static void add_total(struct json *j, const struct figures *g, const struct rule *rule)
{
	json_key(j, rule->id);
	json_object(j, true);
	if (rule->part) {
		add_share(j, figures_whole(g, rule));
		json_close(j);
		return;
	}
	const struct figures_total *total = figures_total(g, rule);
	json_key_u64(j, "antal", total->antal);
	for (unsigned v = VARDFORM_OPPEN; rule->by_vardform && v <= VARDFORM_SLUTEN; v++)
		json_key_u64(j, codes_name(CODES_VARDFORM, v), total->vardform[v]);
	for (unsigned k = KANAL_TELEFON; rule->by_kanal && k <= KANAL_EJ_SPECIFICERAD; k++)
		json_key_u64(j, codes_name(CODES_KANAL, k), total->kanal[k]);
	if (rules_judges(rule))
		json_key_u64(j, "antaget", total->antaget);
	json_close(j);
}

static void add_totals(struct json *j, const struct figures *g)
{
	const struct rule *rule;
	json_key(j, "totals");
	json_object(j, false);
	for (size_t i = 0; (rule = rules_at(i)) != NULL; i++)
		add_total(j, g, rule);
	json_close(j);
}

/* By reason only those that occurred. */
static void add_balance(struct json *j, const struct balance *b)
{
	const struct balance_term *t;
	const char *group = NULL;
	json_key(j, "balance");
	json_object(j, false);
	for (size_t i = 0; (t = balance_term(i)) != NULL; i++) {
		const uint64_t *value = balance_value(b, t);
		if (!group || strcmp(group, t->group) != 0) {
			if (group)
				json_close(j);
			group = t->group;
			json_key(j, group);
			json_object(j, true);
		}
		json_key(j, t->name);
		if (!t->by_reason) {
			json_u64(j, *value);
			continue;
		}
		json_object(j, true);
		for (int r = 0; r < REASONS_END; r++)
			if (value[r] > 0)
				json_key_u64(j, reason_name((enum reason)r), value[r]);
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

static void add_unclassified(struct json *j, const struct tally *unknown)
{
	json_key(j, "unclassified");
	json_array(j, false);
	for (size_t i = 0; i < unknown->count; i++) {
		json_object(j, true);
		json_key_text(j, "enhet", unknown->row[i].key);
		json_key_u64(j, "antal", unknown->row[i].n);
		json_close(j);
	}
	json_close(j);
}

static void add_missing(struct json *j, const struct report *r)
{
	const struct tally_row *unit = NULL;
	struct period last;
	json_key(j, "missing");
	json_array(j, false);
	while (r->has_month && (unit = month_missing(&r->month, unit)) != NULL) {
		json_object(j, true);
		json_key_text(j, "enhet", unit->key);
		json_key_text(j, "forvaltning", month_forvaltning(&r->month, unit->key));
		last = period_months((unsigned)unit->n, (unsigned)unit->n);
		if (unit->n > 0)
			json_key_text(j, "senast", last.text);
		json_close(j);
	}
	json_close(j);
}

static void add_overlaps(struct json *j, const struct report *r)
{
	size_t run;
	json_key(j, "overlaps");
	json_array(j, false);
	for (size_t i = 0; (run = report_feeds(r, i)) > 0; i += run) {
		const struct tally_row *cell = r->feeds.cells.row + i;
		uint64_t antal = 0;
		if (run == 1)
			continue;
		json_object(j, true);
		add_texts(j, &r->feeds, cell, 3);
		json_key(j, "kallor");
		json_array(j, true);
		for (size_t k = 0; k < run; k++) {
			struct span kalla = figures_value(cell + k, 3);
			json_text_n(j, kalla.data, kalla.len);
			antal += cell[k].n;
		}
		json_close(j);
		json_key_u64(j, "antal", antal);
		json_close(j);
	}
	json_close(j);
}

/* The month, the one before and the same a year ago; one that has no data has no totals. */
static void add_months(struct json *j, const struct month *m)
{
	json_key(j, "months");
	json_array(j, false);
	for (int w = 0; w < MONTH_WHENS; w++) {
		const struct month_at *at = m->at + w;
		json_object(j, false);
		json_key_text(j, "period", at->base.query.period.text);
		if (at->base.cells.count > 0) {
			add_totals(j, &at->base);
			add_cells(j, "kontakt/1", &at->base);
			add_cells(j, "andel_distans/1", &at->share);
		}
		json_close(j);
	}
	json_close(j);
}

static void add_why(struct json *j, const struct report *r)
{
	const struct rule *rule;
	struct report_line line;
	json_key(j, "why");
	json_object(j, false);
	for (size_t i = 0; (rule = report_why_rule(r, i)) != NULL; i++) {
		json_key(j, rule->id);
		json_array(j, false);
		for (size_t k = 0; report_why(r, rule, k, &line); k++) {
			json_object(j, true);
			json_key_text(j, "sign", (const char[]){line.sign, '\0'});
			json_key_text(j, "text", line.text);
			json_key_u64(j, "antal", line.antal);
			json_close(j);
		}
		json_close(j);
	}
	json_close(j);
}

static void add_sentence(struct json *j, const struct sentence *s)
{
	json_key(j, "sentence");
	json_object(j, false);
	json_key_text(j, "text", s->text);
	json_key_text(j, "footnote", s->footnote);
	json_close(j);
}

static void write_json(const struct report *r, struct buf *out)
{
	struct buf id = {0};
	struct json j;
	snapshot_id(r->snapshot, &id);
	json_init(&j, out);
	json_object(&j, false);
	json_key_text(&j, "schema", SCHEMA);
	json_key_text(&j, "period", r->query->period.text);
	if (r->query->forvaltning)
		json_key_text(&j, "forvaltning", r->query->forvaltning);
	json_key_text(&j, "rule", r->query->rule->id);
	json_key_text(&j, "revision", REPORT_REVISION);
	json_key_text(&j, "snapshot", buf_text(&id));
	add_dimensions(&j, r->query);
	add_cells(&j, "cells", &r->figures);
	add_totals(&j, &r->figures);
	add_balance(&j, &r->balance);
	add_unclassified(&j, &r->figures.unclassified);
	add_missing(&j, r);
	add_overlaps(&j, r);
	add_cells(&j, "undecided", &r->undecided);
	json_key(&j, "notes");
	json_array(&j, false);
	for (size_t i = 0; i < r->notes; i++)
		json_text(&j, r->note[i]);
	json_close(&j);
	if (r->has_month)
		add_months(&j, &r->month);
	if (r->has_sentence)
		add_sentence(&j, &r->sentence);
	if (r->why)
		add_why(&j, r);
	json_close(&j);
	buf_addc(out, '\n');
	buf_release(&id);
}

const struct format format_json = {"json", "everything, schema " SCHEMA, true, write_json};
