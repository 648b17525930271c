/*
 * format_json: the report as JSON, schema kontaktpuls.figurer/1 (docs/schema/figurer-1.schema.json).
 * Additive changes only: members are never renamed, removed or given another meaning.
 */
#include "common/json.h"
#include "exporters/format.h"
#include "exporters/why.h"

#define SCHEMA "kontaktpuls.figurer/1"

static void add_share(struct json *j, struct figures_share share)
{
	json_key_u64(j, "taljare", share.n);
	json_key_u64(j, "namnare", share.of);
}

static void add_cells(struct json *j, const struct report *r)
{
	const struct figures_query *q = r->query;
	json_key(j, "dimensions");
	json_array(j, true);
	for (size_t i = 0; i < q->dimensions; i++)
		json_text(j, q->by[i]->name);
	json_close(j);
	json_key(j, "cells");
	json_array(j, false);
	for (size_t i = 0; i < r->figures.cells.count; i++) {
		const struct tally_row *cell = r->figures.cells.row + i;
		json_object(j, true);
		for (size_t k = 0; k < q->dimensions; k++) {
			struct span value = figures_value(cell, k);
			json_key(j, q->by[k]->name);
			json_text_n(j, value.data, value.len);
		}
		if (q->rule->part)
			add_share(j, (struct figures_share){cell->n, cell->of});
		else
			json_key_u64(j, "antal", cell->n);
		json_close(j);
	}
	json_close(j);
}

static void add_total(struct json *j, const struct report *r, const struct rule *rule)
{
	json_key(j, rule->id);
	json_object(j, true);
	if (rule->part) {
		add_share(j, figures_whole(&r->figures, rule));
		json_close(j);
		return;
	}
	const struct figures_total *total = figures_total(&r->figures, rule);
	json_key_u64(j, "antal", total->antal);
	for (unsigned v = VARDFORM_OPPEN; rule->by_vardform && v <= VARDFORM_SLUTEN; v++)
		json_key_u64(j, codes_name(CODES_VARDFORM, v), total->vardform[v]);
	for (unsigned k = KANAL_TELEFON; rule->by_kanal && k <= KANAL_EJ_SPECIFICERAD; k++)
		json_key_u64(j, codes_name(CODES_KANAL, k), total->kanal[k]);
	if (rules_judges(rule))
		json_key_u64(j, "antaget", total->antaget);
	json_close(j);
}

static void add_totals(struct json *j, const struct report *r)
{
	const struct rule *rule;
	json_key(j, "totals");
	json_object(j, false);
	for (size_t i = 0; (rule = rules_at(i)) != NULL; i++)
		add_total(j, r, rule);
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

static void add_why(struct json *j, const struct report *r)
{
	const struct rule *rule;
	struct why_line line;
	json_key(j, "why");
	json_object(j, false);
	for (size_t i = 0; (rule = why_rule(r, i)) != NULL; i++) {
		json_key(j, rule->id);
		json_array(j, false);
		for (size_t k = 0; why_line(r, rule, k, &line); k++) {
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
	json_key_text(&j, "rule", r->query->rule->id);
	json_key_text(&j, "revision", REPORT_REVISION);
	json_key_text(&j, "snapshot", buf_text(&id));
	add_cells(&j, r);
	add_totals(&j, r);
	add_balance(&j, &r->balance);
	add_unclassified(&j, &r->figures.unclassified);
	json_key(&j, "missing");
	json_array(&j, true);
	json_close(&j);
	json_key(&j, "notes");
	json_array(&j, false);
	for (size_t i = 0; i < r->notes; i++)
		json_text(&j, r->note[i]);
	json_close(&j);
	if (r->has_sentence)
		add_sentence(&j, &r->sentence);
	if (r->why)
		add_why(&j, r);
	json_close(&j);
	buf_addc(out, '\n');
	buf_release(&id);
}

const struct format format_json = {"json", "everything, schema " SCHEMA, true, write_json};
