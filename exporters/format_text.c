/*
 * format_text: the report for people, on a terminal or in a mail: table, totals, sentence,
 * waterfall, balance, notes.
 */
#include "exporters/format.h"
#include "exporters/phrase.h"

static void add_grouped(struct buf *out, uint64_t n)
{
	char text[32];
	text_grouped(n, text);
	buf_adds(out, text);
}

static void add_percent(const struct report *r, struct figures_share share, struct buf *out)
{
	if (share.of == 0)
		return;
	report_percent(share, r->english, out);
	buf_adds(out, " %");
}

static void add_heading(const struct report *r, struct buf *out)
{
	const char *what = report_say(r, r->query->rule->sv, r->query->rule->en);
	const char *forvaltning = r->query->forvaltning;
	buf_addf(out, "%c%s, %s%s%s\n", what[0] - 'a' + 'A', what + 1, r->query->period.text,
		 forvaltning ? ", " : "", forvaltning ? forvaltning : "");
	buf_addf(out, "%s %s, %s " REPORT_REVISION ", %s ", report_say(r, "regel", "rule"),
		 r->query->rule->id, report_say(r, "version", "revision"),
		 report_say(r, "läge", "snapshot"));
	snapshot_id(r->snapshot, out);
	buf_adds(out, "\n\n");
}

/* Characters of UTF-8, not bytes. */
static size_t characters(const char *text, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++)
		n += ((uint8_t)text[i] & 0xC0) != 0x80;
	return n;
}

/* Lines of columns, each column ended by TALLY_JOIN: the first `left` go to the left, the others to the right. */
static void align(const struct buf *lines, size_t left, struct buf *out)
{
	size_t width[DIMENSIONS_MAX + 3] = {0};
	for (int writing = 0; writing < 2; writing++) {
		size_t column = 0;
		for (const char *at = buf_text(lines); *at; at++) {
			if (*at == '\n') {
				column = 0;
				if (writing)
					buf_addc(out, '\n');
				continue;
			}
			size_t len = strcspn(at, (const char[]){TALLY_JOIN, '\0'});
			size_t wide = characters(at, len);
			assert(column < ARRAY_SIZE(width));
			if (wide > width[column])
				width[column] = wide;
			int fill = (int)(width[column] - wide), bytes = (int)len;
			if (writing && column < left)
				buf_addf(out, "%.*s%*s  ", bytes, at, fill, "");
			else if (writing)
				buf_addf(out, "%s%*s%.*s", column > left ? "  " : "", fill, "",
					 bytes, at);
			at += len;
			column++;
		}
	}
}

static void end_table(struct buf *lines, size_t left, struct buf *out)
{
	align(lines, left, out);
	buf_addc(out, '\n');
	buf_release(lines);
}

static void add_column(struct buf *lines, const char *text)
{
	/* A text from outside may hold a line end or a tab, a table may not. */
	for (; *text; text++)
		buf_addc(lines, (uint8_t)*text < ' ' ? ' ' : *text);
	buf_addc(lines, TALLY_JOIN);
}

static void add_numbers(const struct report *r, struct figures_share value, struct buf *lines)
{
	add_grouped(lines, value.n);
	if (r->query->rule->part) {
		buf_addc(lines, TALLY_JOIN);
		add_grouped(lines, value.of);
		buf_addc(lines, TALLY_JOIN);
		add_percent(r, value, lines);
	}
	buf_addc(lines, TALLY_JOIN);
	buf_addc(lines, '\n');
}

static void add_table(const struct report *r, struct buf *out)
{
	const struct figures_query *q = r->query;
	struct buf lines = {0};
	for (size_t i = 0; i < q->dimensions; i++)
		add_column(&lines, report_say(r, q->by[i]->sv, q->by[i]->en));
	add_column(&lines, q->rule->part ? report_say(r, "Täljare", "Numerator")
					 : report_say(r, "Antal", "Count"));
	if (q->rule->part) {
		add_column(&lines, report_say(r, "Nämnare", "Denominator"));
		add_column(&lines, report_say(r, "Andel", "Share"));
	}
	buf_addc(&lines, '\n');
	for (size_t i = 0; i < r->figures.cells.count; i++) {
		const struct tally_row *cell = r->figures.cells.row + i;
		for (size_t k = 0; k < q->dimensions; k++) {
			struct span value = figures_value(cell, k);
			char *text = base_strndup(value.data, value.len);
			add_column(&lines, dimensions_label(q->by[k], text, r->english));
			free(text);
		}
		add_numbers(r, (struct figures_share){cell->n, cell->of}, &lines);
	}
	for (size_t i = 0; i < q->dimensions; i++)
		add_column(&lines, i == 0 ? report_say(r, "Summa", "Total") : "");
	if (q->dimensions > 0)
		add_numbers(r, figures_whole(&r->figures, q->rule), &lines);
	end_table(&lines, q->dimensions, out);
}

/* Why `n` contacts are none of the rule's: ", alla fysiska", or ": 600 fysiska, 4 i sluten vård". */
static void add_reasons(const struct report *r, const struct rule *rule, uint64_t n,
			struct buf *out)
{
	const uint64_t *fell = figures_total(&r->figures, rule)->fell;
	const char *join = ": ";
	for (size_t i = 0; rule->step[i]; i++) {
		const char *what = report_say(r, rule->step[i]->of_sv, rule->step[i]->of_en);
		if (!what || fell[i] == 0)
			continue;
		if (fell[i] == n) {
			buf_adds(out, n == 1 ? ", " : report_say(r, ", alla ", ", all "));
		} else {
			buf_adds(out, join);
			phrase_add(out, "# ", fell + i, NULL);
		}
		phrase_add(out, what, fell + i, NULL);
		join = ", ";
	}
}

/* Where to look instead. */
static void add_range(const struct report *r, struct buf *out)
{
	unsigned first = r->figures.first, last = r->figures.last;
	struct period from = period_months(first, first), to = period_months(last, last);
	if (last == 0)
		return;
	buf_addf(out, "; %s ", report_say(r, "kontakter finns", "there are contacts"));
	if (first == last)
		buf_addf(out, "%s %s", report_say(r, "för", "of"), to.text);
	else
		buf_addf(out, "%s %s %s %s", report_say(r, "från", "from"), from.text,
			 report_say(r, "till", "to"), to.text);
}

/* "0 distanskontakter; 604 kontakter, alla fysiska": what there is, in place of an empty table. */
static void add_nothing(const struct report *r, struct buf *out)
{
	const struct rule *rule = r->query->rule, *kontakt = rules_find("kontakt/1");
	uint64_t n = figures_total(&r->figures, kontakt)->antal;
	if (rule->part) {
		buf_addf(out, "%s %s", report_say(r, "Ingen andel: varken", "No share: neither"),
			 report_say(r, rule->part->sv, rule->part->en));
		buf_addf(out, " %s %s", report_say(r, "eller", "nor"),
			 report_say(r, rule->rest->sv, rule->rest->en));
	} else {
		buf_addf(out, "0 %s", report_say(r, rule->sv, rule->en));
	}
	if (rule != kontakt) {
		phrase_add(out, report_say(r, "; # {kontakt|kontakter}", "; # {contact|contacts}"),
			   &n, NULL);
		add_reasons(r, rule->part ? rule->part : rule, n, out);
	}
	if (n == 0)
		add_range(r, out);
	buf_adds(out, "\n\n");
}

/* One part of a sum, in brackets with the others; a part of 0 is not there. */
static void add_part(struct buf *out, const char *label, uint64_t n, bool *first)
{
	if (n == 0)
		return;
	buf_addf(out, "%s%s ", *first ? "  (" : ", ", label);
	add_grouped(out, n);
	*first = false;
}

static const char *label(const struct report *r, enum codes_list list, unsigned number)
{
	const struct code *code = codes_by_number(list, number);
	return report_say(r, code->sv, code->en);
}

static void add_total(const struct report *r, const struct rule *rule, struct buf *out)
{
	struct figures_share whole = figures_whole(&r->figures, rule);
	bool first = true;
	buf_addf(out, "  %-17s ", rule->id);
	add_grouped(out, whole.n);
	if (rule->part) {
		buf_adds(out, report_say(r, " av ", " of "));
		add_grouped(out, whole.of);
		buf_adds(out, "  ");
		add_percent(r, whole, out);
		buf_addc(out, '\n');
		return;
	}
	const struct figures_total *total = figures_total(&r->figures, rule);
	for (unsigned v = VARDFORM_OPPEN; rule->by_vardform && v <= VARDFORM_SLUTEN; v++)
		add_part(out, label(r, CODES_VARDFORM, v), total->vardform[v], &first);
	for (unsigned k = KANAL_TELEFON; rule->by_kanal && k <= KANAL_EJ_SPECIFICERAD; k++)
		add_part(out, label(r, CODES_KANAL, k), total->kanal[k], &first);
	if (rules_judges(rule))
		add_part(out, report_say(r, "antaget", "assumed"), total->antaget, &first);
	buf_adds(out, first ? "\n" : ")\n");
}

static void add_totals(const struct report *r, struct buf *out)
{
	const struct rule *rule;
	buf_adds(out, report_say(r, "Totaler\n", "Totals\n"));
	for (size_t i = 0; (rule = rules_at(i)) != NULL; i++)
		add_total(r, rule, out);
	buf_addc(out, '\n');
	if (!r->has_sentence)
		return;
	buf_addf(out, "%s%s\n", r->sentence.text, r->sentence.footnote[0] ? "¹" : "");
	if (r->sentence.footnote[0])
		buf_addf(out, "¹ %s\n", r->sentence.footnote);
	buf_addc(out, '\n');
}

static void add_why(const struct report *r, struct buf *out)
{
	const struct rule *rule;
	struct report_line line;
	char n[32];
	for (size_t i = 0; (rule = report_why_rule(r, i)) != NULL; i++) {
		buf_addf(out, "%s %s\n", report_say(r, "Vägen till", "The way to"), rule->id);
		for (size_t k = 0; report_why(r, rule, k, &line); k++) {
			text_grouped(line.antal, n);
			buf_addf(out, "  %s %11s  %s\n",
				 line.sign == '-'   ? "−"
				 : line.sign == '=' ? "="
						    : " ",
				 n, line.text);
		}
		buf_addc(out, '\n');
	}
}

static void add_balance(const struct report *r, bool brief, struct buf *out)
{
	const struct balance_term *t;
	const char *group = NULL;
	buf_adds(out, report_say(r, "Balans (hela namnrymden; alla lagar håller)\n",
				 "Balance (the whole namespace; every law holds)\n"));
	for (size_t i = 0; !brief && (t = balance_term(i)) != NULL; i++) {
		const uint64_t *value = balance_value(&r->balance, t);
		bool same = group && strcmp(group, t->group) == 0, first = true;
		const char *title = report_say(r, t->group_sv, t->group);
		if (!same)
			buf_addf(out, "%s  %s%*s", group ? "\n" : "", title,
				 12 - (int)characters(title, strlen(title)), "");
		group = t->group;
		buf_adds(out, same ? ", " : "");
		add_grouped(out, t->by_reason ? balance_sum(value) : *value);
		buf_addf(out, " %s", report_say(r, t->sv, t->name));
		for (int k = 0; t->by_reason && k < REASONS_END; k++)
			add_part(out, reason_name((enum reason)k), value[k], &first);
		buf_adds(out, first ? "" : ")");
	}
	buf_adds(out, brief ? "" : "\n\n");
}

/* A number with its sign, of tenths when there is a unit. */
static void add_signed(const struct report *r, int64_t n, const char *unit, struct buf *out)
{
	uint64_t size = (uint64_t)(n < 0 ? -n : n);
	buf_adds(out, n < 0 ? "−" : n > 0 ? "+" : "");
	add_grouped(out, unit ? size / 10 : size);
	if (unit)
		buf_addf(out, "%c%u%s", r->english ? '.' : ',', (unsigned)(size % 10), unit);
}

static void add_value(const struct report *r, struct month_value v, struct buf *lines)
{
	if (!v.known)
		buf_adds(lines, "..");
	else if (v.is.of > 0)
		add_percent(r, v.is, lines);
	else
		add_grouped(lines, v.is.n);
	buf_addc(lines, TALLY_JOIN);
}

static void add_difference(const struct report *r, struct month_value now, struct month_value then,
			   struct buf *lines)
{
	if (!now.known || !then.known)
		buf_adds(lines, "..");
	else if (now.is.of > 0)
		/* Of the shares as they are printed, so that a reader who subtracts gets the same. */
		add_signed(r, (int64_t)(report_tenths(now.is) - report_tenths(then.is)),
			   report_say(r, " p.e.", " p.p."), lines);
	else
		add_signed(r, (int64_t)(now.is.n - then.is.n), NULL, lines);
	buf_addc(lines, TALLY_JOIN);
}

/* In per cent; a full stop for a share, and where there was so little that per cent say nothing. */
static void add_change(const struct report *r, struct month_value now, struct month_value then,
		       const char *unit, struct buf *lines)
{
	enum { LITTLE = 10 };
	int64_t of = (int64_t)then.is.n, n = (int64_t)now.is.n - of;
	if (!now.known || !then.known)
		buf_adds(lines, "..");
	else if (then.is.of > 0 || of < LITTLE)
		buf_addc(lines, '.');
	else
		add_signed(r, (n * 1000 + (n < 0 ? -of : of) / 2) / of, unit, lines);
	buf_addc(lines, TALLY_JOIN);
}

/* What there is now and what changed; of all units together also what there was. */
static void add_measure(const struct report *r, enum month_measure what, const char *forvaltning,
			struct buf *lines)
{
	struct month_value now = month_value(&r->month, MONTH_THIS, what, forvaltning);
	add_value(r, now, lines);
	for (enum month_when w = MONTH_BEFORE; w < MONTH_WHENS; w++) {
		struct month_value then = month_value(&r->month, w, what, forvaltning);
		if (!forvaltning) {
			add_value(r, then, lines);
			add_difference(r, now, then, lines);
		}
		add_change(r, now, then, forvaltning ? " %" : "", lines);
	}
}

static void add_measures(const struct report *r, struct buf *out)
{
	static const struct {
		enum month_measure what;
		const char *sv, *en;
	} row[] = {
		{MONTH_DISTANS, "Distanskontakter", "Remote contacts"},
		{MONTH_TELEFON, "  Telefon", "  Telephone"},
		{MONTH_VIDEO, "  Video", "  Video"},
		{MONTH_SKRIFTLIG, "  Skriftlig", "  Written"},
		{MONTH_EJ_SPECIFICERAD, "  Ospecificerad", "  Unspecified"},
		{MONTH_BESOK, "Besök", "Visits"},
		{MONTH_ANDEL, "Andel distans", "Share remote"},
	};
	struct buf lines = {0};
	add_column(&lines, "");
	for (int w = 0; w < MONTH_WHENS; w++) {
		add_column(&lines, r->month.at[w].base.query.period.text);
		if (w != MONTH_THIS) {
			add_column(&lines, report_say(r, "ändring", "change"));
			add_column(&lines, "%");
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		buf_addc(&lines, '\n');
		add_column(&lines, report_say(r, row[i].sv, row[i].en));
		add_measure(r, row[i].what, NULL, &lines);
	}
	buf_addc(&lines, '\n');
	end_table(&lines, 1, out);
}

static void add_forvaltningar(const struct report *r, struct buf *out)
{
	static const char *const header[][2] = {
		{"Förvaltning", "Förvaltning"}, {"Distans", "Remote"}, {"fg mån", "vs month"},
		{"fg år", "vs year"},           {"Besök", "Visits"},   {"fg mån", "vs month"},
		{"fg år", "vs year"},           {"Andel", "Share"},
	};
	struct buf lines = {0};
	for (size_t i = 0; i < ARRAY_SIZE(header); i++)
		add_column(&lines, header[i][r->english]);
	for (size_t i = 0; i < r->month.forvaltning.count; i++) {
		const char *name = r->month.forvaltning.row[i].key;
		buf_addc(&lines, '\n');
		add_column(&lines, name);
		add_measure(r, MONTH_DISTANS, name, &lines);
		add_measure(r, MONTH_BESOK, name, &lines);
		add_value(r, month_value(&r->month, MONTH_THIS, MONTH_ANDEL, name), &lines);
	}
	buf_addc(&lines, '\n');
	end_table(&lines, 1, out);
}

/* What `manad` prints to people who asked for nothing else. */
static bool is_overview(const struct report *r)
{
	return r->has_month && r->query->by_default &&
	       r->query->rule == rules_find("distanskontakt/1");
}

static void write_text(const struct report *r, struct buf *out)
{
	add_heading(r, out);
	if (is_overview(r)) {
		add_measures(r, out);
		add_forvaltningar(r, out);
	} else {
		if (figures_empty(&r->figures))
			add_nothing(r, out);
		else
			add_table(r, out);
		add_totals(r, out);
	}
	if (r->why)
		add_why(r, out);
	add_balance(r, is_overview(r), out);
	buf_adds(out, report_say(r, "Att veta\n", "Notes\n"));
	for (size_t i = 0; i < r->notes; i++)
		buf_addf(out, "  - %s\n", r->note[i]);
}

const struct format format_text = {"text", "a table for people, with totals, balance and notes",
				   true, write_text};
