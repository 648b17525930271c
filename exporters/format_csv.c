/*
 * format_csv: the cells as CSV (RFC 4180). `csv` for machines: comma, UTF-8, LF, names as in JSON.
 * `excel-csv` for Excel in Swedish: byte order mark, semicolon, decimal comma, CRLF, labels in the header.
 * A text that a spreadsheet would take for a formula gets an apostrophe before it in both.
 */
#include "exporters/format.h"

struct writer {
	const struct report *r;
	struct buf *out;
	bool excel;
	size_t columns; /* written of the line */
};

static void add_text(struct writer *w, struct span s)
{
	const char *special = w->excel ? ";\"\r\n" : ",\"\r\n";
	bool quote = false;
	if (w->columns++ > 0)
		buf_addc(w->out, special[0]);
	for (size_t i = 0; i < s.len; i++)
		quote |= strchr(special, s.data[i]) != NULL;
	if (quote)
		buf_addc(w->out, '"');
	if (s.len > 0 && strchr("=+-@\t\r", s.data[0]))
		buf_addc(w->out, '\'');
	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] == '"')
			buf_addc(w->out, '"');
		buf_addc(w->out, s.data[i]);
	}
	if (quote)
		buf_addc(w->out, '"');
}

static void add_number(struct writer *w, uint64_t n)
{
	char text[24];
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	add_text(w, span_of(text));
}

static void end_line(struct writer *w)
{
	buf_adds(w->out, w->excel ? "\r\n" : "\n");
	w->columns = 0;
}

static void add_header(struct writer *w)
{
	/* Machine name, Swedish, English. */
	static const char *const column[][3] = {
		{"antal", "Antal", "Count"},
		{"taljare", "Täljare", "Numerator"},
		{"namnare", "Nämnare", "Denominator"},
		{"", "Andel (%)", "Share (%)"},
	};
	bool share = w->r->query->rule->part != NULL;
	int language = !w->excel ? 0 : w->r->english ? 2 : 1;
	for (size_t i = 0; i < w->r->query->dimensions; i++) {
		const struct dimension *d = w->r->query->by[i];
		add_text(w, span_of(w->excel ? report_say(w->r, d->sv, d->en) : d->name));
	}
	for (int i = share ? 1 : 0; i < (share ? w->excel ? 4 : 3 : 1); i++)
		add_text(w, span_of(column[i][language]));
	end_line(w);
}

static void add_cell(struct writer *w, const struct tally_row *cell)
{
	struct buf percent = {0};
	for (size_t i = 0; i < w->r->query->dimensions; i++)
		add_text(w, figures_value(cell, i));
	add_number(w, cell->n);
	if (w->r->query->rule->part) {
		add_number(w, cell->of);
		if (cell->of > 0)
			report_percent((struct figures_share){cell->n, cell->of}, false, &percent);
		if (w->excel)
			add_text(w, span_of(buf_text(&percent)));
	}
	end_line(w);
	buf_release(&percent);
}

static void write_all(const struct report *r, struct buf *out, bool excel)
{
	struct writer w = {.r = r, .out = out, .excel = excel};
	if (excel)
		buf_adds(out, "\xEF\xBB\xBF");
	add_header(&w);
	for (size_t i = 0; i < r->figures.cells.count; i++)
		add_cell(&w, r->figures.cells.row + i);
}

static void write_csv(const struct report *r, struct buf *out)
{
	write_all(r, out, false);
}

static void write_excel(const struct report *r, struct buf *out)
{
	write_all(r, out, true);
}

const struct format format_csv = {"csv", "the cells, for machines", false, write_csv};
const struct format format_excel_csv = {"excel-csv", "the cells, for Excel", false, write_excel};
