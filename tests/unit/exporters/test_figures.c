#include "kit.h"

#include "common/civil.h"
#include "exporters/figures.h"

static struct dated *organisation(const char *rows)
{
	char text[1024];
	(void)snprintf(text, sizeof(text), KIT_ORGANISATION "%s", rows);
	return kit_table(text, &organisation_shape);
}

static struct figures_query query(const char *kind, const char *period, const char *rule,
				  const char *by)
{
	struct figures_query q = {.rule = rules_find(rule)};
	struct fault f;
	assert_int_equal(period_parse(kind, period, &q.period, &f), 0);
	assert_int_equal(figures_by(by, &q, &f), 0);
	return q;
}

/* All cells as "a|b = n" or "a|b = n/of" lines. */
static void expect_cells(const struct snapshot *s, const struct figures_query *q,
			 const struct dated *o, const char *expected)
{
	struct figures g;
	struct buf text = {0};
	struct figures_query with = *q;
	with.org = o;
	figures_make(s, &with, &g);
	for (size_t i = 0; i < g.cells.count; i++) {
		for (size_t k = 0; k < q->dimensions; k++) {
			struct span value = figures_value(g.cells.row + i, k);
			buf_addf(&text, "%s%.*s", k ? "|" : "", (int)value.len, value.data);
		}
		buf_addf(&text, " = %d", (int)g.cells.row[i].n);
		if (q->rule->part)
			buf_addf(&text, "/%d", (int)g.cells.row[i].of);
		buf_addc(&text, '\n');
	}
	assert_string_equal(buf_text(&text), expected);
	buf_release(&text);
	figures_release(&g);
}

static void every_dimension_has_its_text(void **state)
{
	(void)state;
	static const struct {
		const char *by, *expected;
	} dimension[] = {
		{"period", "2020-03 = 2\n"},
		{"dag", "2020-03-14 = 2\n"},
		{"forvaltning", "HS = 2\n"},
		{"enhet", "HS1 = 2\n"},
		{"agarform", "region = 2\n"},
		{"vardniva", "specialiserad = 2\n"},
		{"kalla", "vas = 2\n"},
		{"roll", "produktion = 2\n"},
		{"kanal", "skriftlig = 2\n"},
		{"form", "chatt = 2\n"},
		{"vardform", "oppen = 2\n"},
		{"kon", "kvinna = 2\n"},
		{"alder", "18-44 = 2\n"},
		{"", " = 2\n"},
		{"kon,kanal,period", "kvinna|skriftlig|2020-03 = 2\n"},
	};
	struct snapshot s = kit_snapshot(1);
	struct kit_contact c = kit_contact();
	struct dated *o = organisation("HS1;n;HS;region;specialiserad;2020-01-01;\n");
	c.form = 12;
	kit_add(&s, c, 2);
	for (size_t i = 0; i < ARRAY_SIZE(dimension); i++) {
		struct figures_query q = query("alla", NULL, "distanskontakt/1", dimension[i].by);
		expect_cells(&s, &q, o, dimension[i].expected);
	}
	dated_free(o);
	snapshot_release(&s);
}

static void cells_add_up_over_partitions_and_come_in_byte_order(void **state)
{
	(void)state;
	struct snapshot s = kit_snapshot(2);
	struct kit_contact c = kit_contact();
	kit_add(&s, c, 1);
	c.partition = 1;
	c.unit = "Aa";
	kit_add(&s, c, 10);
	c.unit = "HS1";
	kit_add(&s, c, 100);
	c.unit = "HS";
	kit_add(&s, c, 1000);
	c.unit = "Ö";
	c.form = 2;
	kit_add(&s, c, 3);
	c.form = 17;
	kit_add(&s, c, 5000);
	struct figures_query q = query("alla", NULL, "distanskontakt/1", "enhet,kanal");
	expect_cells(&s, &q, NULL,
		     "Aa|telefon = 10\nHS|telefon = 1000\nHS1|telefon = 101\nÖ|video = 3\n");
	snapshot_release(&s);
}

static void only_months_of_the_period_count(void **state)
{
	(void)state;
	struct snapshot s = kit_snapshot(1);
	struct kit_contact c = kit_contact();
	struct figures g;
	static const unsigned month[] = {201912, 202001, 202006, 202007, 202012, 202101};
	for (size_t i = 0; i < ARRAY_SIZE(month); i++) {
		c.yyyymm = month[i];
		kit_add(&s, c, 1);
	}
	struct figures_query q = query("halvar", "2020-1", "distanskontakt/1", "period");
	expect_cells(&s, &q, NULL, "2020-01 = 1\n2020-06 = 1\n");
	q = query("ar", "2020", "distanskontakt/1", "period");
	figures_make(&s, &q, &g);
	assert_int_equal(g.live, 4);
	assert_int_equal(g.first, 201912);
	assert_int_equal(g.last, 202101);
	assert_int_equal(figures_total(&g, rules_find("kontakt/1"))->antal, 4);
	figures_release(&g);
	snapshot_release(&s);
}

/* What is said of other months is said of contacts that count (kontakt/1). */
static void first_and_last_month_are_of_counted_contacts(void **state)
{
	(void)state;
	struct snapshot s = kit_snapshot(1);
	struct kit_contact c = kit_contact();
	struct dated *registry = kit_table(KIT_REGISTRY "vas;*;*;produktion;2019-05-01;\n",
					   &registry_shape);
	struct figures g;
	for (c.yyyymm = 201901; c.yyyymm <= 201912; c.yyyymm++)
		kit_add(&s, c, 1);
	c.klass.test = YES_NO_JA;
	c.yyyymm = 202001;
	kit_add(&s, c, 1);
	c.klass.test = 0, c.klass.status = 7;
	c.yyyymm = 201801;
	kit_add(&s, c, 1);
	struct figures_query q = query("ar", "2021", "distanskontakt/1", "kanal");
	q.registry = registry;
	figures_make(&s, &q, &g);
	assert_int_equal(g.first, 201905);
	assert_int_equal(g.last, 201912);
	figures_release(&g);
	dated_free(registry);
	snapshot_release(&s);
}

static void a_reorganisation_moves_the_months_after_it_and_not_the_total(void **state)
{
	(void)state;
	struct snapshot s = kit_snapshot(1);
	struct kit_contact c = kit_contact();
	for (c.yyyymm = 202001; c.yyyymm <= 202012; c.yyyymm++)
		kit_add(&s, c, 1);
	struct figures_query q = query("ar", "2020", "distanskontakt/1", "forvaltning");
	struct dated *before = organisation("HS1;n;HS;region;specialiserad;2020-01-01;\n");
	struct dated *after = organisation("HS1;n;HS;region;specialiserad;2020-01-01;2020-07-01\n"
					   "HS1;n;PSY;region;specialiserad;2020-07-01;\n");
	expect_cells(&s, &q, before, "HS = 12\n");
	expect_cells(&s, &q, after, "HS = 6\nPSY = 6\n");
	dated_free(before);
	dated_free(after);
	snapshot_release(&s);
}

/* Row 36 of the bad-input matrix. */
static void row_36_a_unit_that_the_table_does_not_know_is_counted_and_listed(void **state)
{
	(void)state;
	struct snapshot s = kit_snapshot(1);
	struct kit_contact c = kit_contact();
	struct dated *o = organisation("HS1;n;HS;region;specialiserad;2020-01-01;2020-04-01\n");
	struct figures g;
	kit_add(&s, c, 1);
	c.yyyymm = 202004;
	kit_add(&s, c, 2);
	c.unit = "";
	kit_add(&s, c, 4);
	c.form = 17;
	c.unit = "only visits";
	kit_add(&s, c, 8);
	struct figures_query q = query("alla", NULL, "distanskontakt/1",
				       "forvaltning,agarform,enhet");
	expect_cells(&s, &q, o, "HS|region|HS1 = 1\nOKAND|okant|(tom) = 4\nOKAND|okant|HS1 = 2\n");
	q.org = o;
	figures_make(&s, &q, &g);
	assert_int_equal(g.unclassified.count, 2);
	assert_string_equal(g.unclassified.row[0].key, "(tom)");
	assert_int_equal(g.unclassified.row[0].n, 4);
	assert_string_equal(g.unclassified.row[1].key, "HS1");
	assert_int_equal(g.unclassified.row[1].n, 2);
	figures_release(&g);
	dated_free(o);
	snapshot_release(&s);
}

static void totals_and_the_waterfall_come_from_the_same_cells(void **state)
{
	(void)state;
	struct snapshot s = kit_snapshot(1);
	struct kit_contact c = kit_contact();
	struct figures g;
	kit_add(&s, c, 1);
	c.form = 2, c.klass.documented = JUDGEMENT_ANTAGET;
	kit_add(&s, c, 2);
	c.form = 3;
	kit_add(&s, c, 4);
	c.klass.qualified = JUDGEMENT_NEJ;
	kit_add(&s, c, 8);
	c.form = 17;
	kit_add(&s, c, 16);
	c.klass.vardform = VARDFORM_SLUTEN;
	kit_add(&s, c, 32);
	c.klass.status = 7;
	kit_add(&s, c, 64);
	for (int daily = 0; daily < 2; daily++) {
		struct figures_query q = query("ar", "2020", "andel_distans/1",
					       daily ? "dag" : "kon");
		figures_make(&s, &q, &g);
		const struct figures_total *kontakt = figures_total(&g, rules_find("kontakt/1"));
		const struct figures_total *distans = figures_total(&g,
								    rules_find("distanskontakt/1"));
		assert_int_equal(g.live, 127);
		assert_int_equal(kontakt->antal, 63);
		assert_int_equal(kontakt->vardform[VARDFORM_SLUTEN], 32);
		assert_int_equal(distans->antal, 7);
		assert_int_equal(distans->antaget, 6);
		assert_int_equal(distans->kanal[KANAL_TELEFON], 1);
		assert_int_equal(distans->kanal[KANAL_VIDEO], 2);
		assert_int_equal(distans->kanal[KANAL_EJ_SPECIFICERAD], 4);
		static const uint64_t fell[] = {64, 0, 0, 32, 16, 8, 0, 0};
		for (size_t i = 0; i < ARRAY_SIZE(fell); i++)
			assert_int_equal(distans->fell[i], fell[i]);
		struct figures_share share = figures_whole(&g, q.rule);
		assert_int_equal(share.n, 7);
		assert_int_equal(share.of, 23);
		expect_cells(&s, &q, NULL, daily ? "2020-03-14 = 7/23\n" : "kvinna = 7/23\n");
		figures_release(&g);
	}
	snapshot_release(&s);
}

static void a_set_that_no_cube_carries_is_wrong_use(void **state)
{
	(void)state;
	static const char *const bad[] = {"dag,kon",    "alder,kanal,dag", "vecka", "kon,kon",
					  "kon,,kanal", "kon kanal",       "Kon"};
	struct figures_query q = {.rule = rules_find("distanskontakt/1")};
	struct fault f;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(figures_by(bad[i], &q, &f), FAULT_USAGE);
	assert_int_equal(figures_by("dag,kon", &q, &f), FAULT_USAGE);
	assert_non_null(strstr(f.text, "dag has period, dag, forvaltning"));
	assert_non_null(strstr(f.text, "manad has period, forvaltning"));
	assert_non_null(strstr(f.text, "kon, alder"));
}

/* The two rules of a share are told apart by kanal: of a kanal or form every share is 0 or 100 per cent. */
static void a_share_is_not_divided_by_kanal(void **state)
{
	(void)state;
	static const char *const bad[] = {"kanal", "form", "period,form", "period,kanal,enhet"};
	struct figures_query q = {.rule = rules_find("andel_distans/1")};
	struct fault f;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(figures_by(bad[i], &q, &f), FAULT_USAGE);
	assert_non_null(strstr(f.text, "kanal: not of andel_distans/1"));
	assert_non_null(strstr(f.text, "distanskontakt/1 and besok/1"));
	assert_int_equal(figures_by(NULL, &q, &f), 0);
	assert_int_equal(q.dimensions, 2);
	assert_string_equal(q.by[1]->name, "forvaltning");
	assert_true(q.by_default);
	q.rule = rules_find("besok/1");
	assert_int_equal(figures_by(NULL, &q, &f), 0);
	assert_int_equal(q.dimensions, 3);
	assert_string_equal(q.by[2]->name, "kanal");
}

static void a_run_shares_whole_texts(void **state)
{
	(void)state;
	struct snapshot s = kit_snapshot(1);
	struct kit_contact c = kit_contact();
	static const char *const unit[] = {"A", "A", "A1", "A1", "B"};
	static const size_t run[] = {2, 1, 2, 1, 1, 0};
	for (unsigned i = 0; i < ARRAY_SIZE(unit); i++) {
		c.unit = unit[i];
		c.form = 1 + i % 2;
		kit_add(&s, c, 1);
	}
	struct figures_query q = query("alla", NULL, "kontakt/1", "enhet");
	struct figures g = figures_of(&s, &q, q.period, q.rule, "enhet,kanal");
	for (size_t i = 0; i < ARRAY_SIZE(run); i++) {
		assert_int_equal(figures_run(&g, i, 1), run[i]);
		assert_int_equal(figures_run(&g, i, 2), run[i] > 0);
	}
	figures_release(&g);
	snapshot_release(&s);
}

static void a_year_of_a_large_region_takes_a_moment(void **state)
{
	(void)state;
	struct snapshot s = kit_snapshot(4);
	struct kit_contact c = kit_contact();
	char unit[16];
	c.unit = unit;
	for (int i = 0; i < 400; i++)
		for (c.yyyymm = 202001; c.yyyymm <= 202012; c.yyyymm++)
			for (c.form = 1; c.form <= 3; c.form++)
				for (c.age_group = 1; c.age_group <= 6; c.age_group++) {
					(void)snprintf(unit, sizeof(unit), "enhet %d", i);
					c.partition = i % 4;
					kit_add(&s, c, 1);
				}
	struct figures_query q = query("ar", "2020", "distanskontakt/1",
				       "period,enhet,kanal,alder");
	struct figures g;
	int64_t start = civil_monotonic_ms();
	figures_make(&s, &q, &g);
	assert_true(civil_monotonic_ms() - start < 60000);
	assert_int_equal(g.cells.count, 400 * 12 * 18);
	assert_int_equal(g.live, 400 * 12 * 18);
	figures_release(&g);
	snapshot_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_dimension_has_its_text),
		cmocka_unit_test(cells_add_up_over_partitions_and_come_in_byte_order),
		cmocka_unit_test(only_months_of_the_period_count),
		cmocka_unit_test(first_and_last_month_are_of_counted_contacts),
		cmocka_unit_test(a_reorganisation_moves_the_months_after_it_and_not_the_total),
		cmocka_unit_test(row_36_a_unit_that_the_table_does_not_know_is_counted_and_listed),
		cmocka_unit_test(totals_and_the_waterfall_come_from_the_same_cells),
		cmocka_unit_test(a_set_that_no_cube_carries_is_wrong_use),
		cmocka_unit_test(a_share_is_not_divided_by_kanal),
		cmocka_unit_test(a_run_shares_whole_texts),
		cmocka_unit_test(a_year_of_a_large_region_takes_a_moment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
