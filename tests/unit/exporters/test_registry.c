#include "kit.h"

#include "common/civil.h"
#include "exporters/format.h"

static void the_most_specific_row_of_the_month_decides(void **state)
{
	(void)state;
	struct dated *d = kit_table(KIT_REGISTRY
				    "*;*;*;underlag;2019-01-01;\n"
				    "*;*;video;produktion;2019-01-01;\n"
				    "*;HS1;*;underlag;2019-01-01;\n"
				    "*;HS1;video;produktion;2019-01-01;\n"
				    "vas;*;*;underlag;2019-01-01;\n"
				    "vas;*;telefon;produktion;2019-01-01;\n"
				    "vas;HS2;*;underlag;2019-01-01;2020-07-01\n"
				    "vas;HS2;telefon;produktion;2020-03-01;2020-04-01\n",
				    &registry_shape);
	static const struct {
		const char *kalla, *enhet, *kanal;
		unsigned month;
		enum registry_role role;
	} asked[] = {
		{"x", "U", "telefon", 202001, REGISTRY_UNDERLAG},
		{"x", "U", "video", 202001, REGISTRY_PRODUKTION},
		/* The unit weighs more than the kanal .. */
		{"x", "HS1", "telefon", 202001, REGISTRY_UNDERLAG},
		{"x", "HS1", "video", 202001, REGISTRY_PRODUKTION},
		/* .. and the source more than both. */
		{"vas", "HS1", "video", 202001, REGISTRY_UNDERLAG},
		{"vas", "HS1", "telefon", 202001, REGISTRY_PRODUKTION},
		{"vas", "HS2", "telefon", 202002, REGISTRY_UNDERLAG},
		{"vas", "HS2", "telefon", 202003, REGISTRY_PRODUKTION},
		/* Where the dates of a row end, the next less specific one decides again. */
		{"vas", "HS2", "telefon", 202004, REGISTRY_UNDERLAG},
		{"vas", "HS2", "telefon", 202006, REGISTRY_UNDERLAG},
		{"vas", "HS2", "telefon", 202007, REGISTRY_PRODUKTION},
		{"vas", "HS2", "telefon", 201812, REGISTRY_UTANFOR},
	};
	for (size_t i = 0; i < ARRAY_SIZE(asked); i++)
		if (registry_role(d, asked[i].kalla, asked[i].enhet, asked[i].kanal,
				  asked[i].month) != asked[i].role)
			fail_msg("case %zu", i);
	dated_free(d);
}

static void what_no_row_names_counts_and_what_has_ended_does_not(void **state)
{
	(void)state;
	struct dated *d = kit_table(KIT_REGISTRY
				    "vas;HS1;telefon;produktion;2020-01-01;2020-05-01\n"
				    "vas;HS1;telefon;produktion;2021-01-01;\n",
				    &registry_shape);
	assert_int_equal(registry_role(d, "vas", "HS1", "telefon", 201912), REGISTRY_UTANFOR);
	assert_int_equal(registry_role(d, "vas", "HS1", "telefon", 202004), REGISTRY_PRODUKTION);
	assert_int_equal(registry_role(d, "vas", "HS1", "telefon", 202005), REGISTRY_UTANFOR);
	assert_int_equal(registry_role(d, "vas", "HS1", "telefon", 202101), REGISTRY_PRODUKTION);
	assert_int_equal(registry_role(d, "vas", "HS1", "video", 202004), REGISTRY_OREGISTRERAD);
	assert_int_equal(registry_role(d, "vas", "HS", "telefon", 202004), REGISTRY_OREGISTRERAD);
	assert_int_equal(registry_role(d, "va", "HS1", "telefon", 202004), REGISTRY_OREGISTRERAD);
	assert_int_equal(registry_role(NULL, "vas", "HS1", "telefon", 202005), REGISTRY_PRODUKTION);
	dated_free(d);
}

static void a_registry_that_cannot_be_followed_is_refused_with_its_lines(void **state)
{
	(void)state;
	static const struct {
		const char *rows, *says;
	} bad[] = {
		{"vas;*;*;produktion;2020-01-01;\nx;*;*;produktion;2020-01-01;\n"
		 "vas;*;*;underlag;2020-05-01;\n",
		 "lines 2 and 4 give one source, unit and kanal two rows for 2020-05"},
		{"vas;HS1;*;underlag;2020-05-01;\nvas;HS1;*;underlag;2020-01-01;2020-06-01\n",
		 "lines 2 and 3 give one source, unit and kanal two rows for 2020-05"},
		{"vas;*;telefoni;produktion;2020-01-01;\n", ":2: kanal: not one of telefon, "},
		{"vas;*;;produktion;2020-01-01;\n", ":2: kanal"},
		{"vas;*;*;produktion;2020-01-01;\nvas;*;*;utanfor;2019-01-01;2020-01-01\n",
		 ":3: roll: not one of produktion, underlag"},
		{"vas;*;*;;2020-01-01;\n", ":2: roll"},
		{"vas;;*;produktion;2020-01-01;\n", ":2: enhet: blank"},
		{";*;*;produktion;2020-01-01;\n", ":2: kalla"},
		{"VAS;*;*;produktion;2020-01-01;\n", ":2: kalla"},
		{"vas;*;*;produktion;2020-01-15;\n", ":2: fran"},
		{"vas;*;*;produktion;2020-01-01;2020-04-30\n", ":2: till"},
		{"vas;*;*;produktion;2020-01-01;2020-01-01\n", ":2: till: not after fran"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct dated *d = NULL;
		struct fault f = {0};
		char text[512];
		(void)snprintf(text, sizeof(text), KIT_REGISTRY "%s", bad[i].rows);
		assert_int_equal(kit_load(text, &registry_shape, &d, &f), FAULT_CONFIG);
		if (!strstr(f.text, bad[i].says))
			fail_msg("case %zu: %s", i, f.text);
		assert_null(d);
	}
}

/* VAS gives way to Cosmic on 1 May; both hold the contacts of March to June. */
struct change {
	struct snapshot s;
	struct figures_query q;
	struct report r;
};

static void change_make(struct change *change, struct dated *registry)
{
	struct kit_contact c = kit_contact();
	struct fault f = {0};
	change->s = kit_snapshot(2);
	for (c.yyyymm = 202003; c.yyyymm <= 202006; c.yyyymm++) {
		c.source = "vas";
		kit_add(&change->s, c, 10);
		c.source = "cosmic";
		c.partition = 1 - c.partition;
		kit_add(&change->s, c, 10);
	}
	change->q = (struct figures_query){.rule = rules_find("distanskontakt/1"),
					   .registry = registry};
	assert_int_equal(period_parse("ar", "2020", &change->q.period, &f), 0);
	assert_int_equal(figures_by("period,kalla", &change->q, &f), 0);
	change->r = (struct report){.snapshot = &change->s, .query = &change->q};
	if (report_make(&change->r, &f) < 0)
		fail_msg("%s", f.text);
}

static void change_end(struct change *change, struct dated *registry)
{
	report_release(&change->r);
	snapshot_release(&change->s);
	dated_free(registry);
}

static bool noted(const struct report *r, const char *piece)
{
	for (size_t i = 0; i < r->notes; i++)
		if (strstr(r->note[i], piece))
			return true;
	return false;
}

static void expect_json(const struct report *r, const char *piece)
{
	struct buf out = {0};
	format_json.write(r, &out);
	if (!strstr(buf_text(&out), piece))
		fail_msg("\"%s\" is not in:\n%s", piece, buf_text(&out));
	buf_release(&out);
}

/* Row 21 of the bad-input matrix. */
static void row_21_a_change_of_system_is_counted_once(void **state)
{
	(void)state;
	static const char *const cell[] = {"2020-03\x01vas", "2020-04\x01vas",
					   "2020-05\x01"
					   "cosmic",
					   "2020-06\x01"
					   "cosmic"};
	struct change change;
	struct dated *registry = kit_table(KIT_REGISTRY "vas;*;*;produktion;2015-01-01;2020-05-01\n"
							"cosmic;*;*;produktion;2020-05-01;\n",
					   &registry_shape);
	change_make(&change, registry);
	assert_int_equal(change.r.figures.cells.count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(change.r.figures.cells.row[i].key, cell[i]);
		assert_int_equal(change.r.figures.cells.row[i].n, 10);
	}
	const struct figures_total *total = figures_total(&change.r.figures, change.q.rule);
	assert_int_equal(total->antal, 40);
	/* Completed, not a test, and then the other system's copy. */
	assert_int_equal(total->fell[2], 40);
	assert_int_equal(change.r.figures.live, 80);
	assert_int_equal(change.r.balance.live, 80);
	assert_false(noted(&change.r, "dubbelt"));
	/* What the registry left out is not left unsaid. */
	assert_true(noted(&change.r, "40 avslutade kontakter räknas inte under någon regel: "
				     "källregistrets rader för dem gäller "
				     "andra månader: cosmic HS1 telefon 2020-03, cosmic HS1 "
				     "telefon 2020-04, vas HS1 telefon 2020-05 och 1 till"));
	expect_json(&change.r, "\"overlaps\": [],");
	expect_json(
		&change.r,
		"\"undecided\": [\n"
		"    {\"roll\": \"utanfor\", \"kalla\": \"cosmic\", \"enhet\": \"HS1\", \"kanal\": "
		"\"telefon\", \"period\": \"2020-03\", \"antal\": 10},\n");
	change_end(&change, registry);
}

static void row_21_without_a_registry_both_count_and_the_overlap_is_noted(void **state)
{
	(void)state;
	struct change change;
	change_make(&change, NULL);
	assert_int_equal(figures_total(&change.r.figures, change.q.rule)->antal, 80);
	assert_true(noted(&change.r, "4 gånger räknas mer än en källa för samma enhet, kanal och "
				     "månad, 80 kontakter (kontakt/1)"));
	assert_true(noted(&change.r, ": HS1 telefon 2020-03 (cosmic + vas), HS1 telefon 2020-04 "));
	expect_json(&change.r,
		    "\"overlaps\": [\n"
		    "    {\"enhet\": \"HS1\", \"kanal\": \"telefon\", \"period\": \"2020-03\", "
		    "\"kallor\": [\"cosmic\", \"vas\"], \"antal\": 20},\n");
	expect_json(&change.r, "\"undecided\": [],");
	change_end(&change, NULL);
}

static void a_row_that_says_underlag_is_no_gap(void **state)
{
	(void)state;
	struct change change;
	struct dated *registry = kit_table(KIT_REGISTRY "vas;*;*;produktion;2015-01-01;\n"
							"cosmic;*;*;underlag;2015-01-01;\n",
					   &registry_shape);
	change_make(&change, registry);
	assert_int_equal(figures_total(&change.r.figures, change.q.rule)->antal, 40);
	assert_int_equal(change.r.undecided.cells.count, 0);
	assert_false(noted(&change.r, "källregistret"));
	assert_false(noted(&change.r, "dubbelt"));
	change_end(&change, registry);
}

static void what_the_registry_does_not_name_counts_and_is_noted(void **state)
{
	(void)state;
	struct change change;
	struct dated *registry = kit_table(KIT_REGISTRY "vas;*;*;produktion;2015-01-01;\n",
					   &registry_shape);
	change_make(&change, registry);
	assert_int_equal(figures_total(&change.r.figures, change.q.rule)->antal, 80);
	assert_true(
		noted(&change.r,
		      "40 kontakter (kontakt/1) räknas utan att källregistret har någon rad för "
		      "dem: cosmic HS1 telefon 2020-03, "));
	/* It counts, so it may count twice. */
	assert_true(noted(&change.r, "4 gånger räknas mer än en källa"));
	change_end(&change, registry);
}

static void only_sources_that_count_overlap(void **state)
{
	(void)state;
	struct change change = {.s = kit_snapshot(1)};
	struct kit_contact c = kit_contact();
	struct fault f;
	kit_add(&change.s, c, 1);
	c.source = "cosmic";
	c.klass.status = 7;
	kit_add(&change.s, c, 1);
	c.klass.status = STATUS_COMPLETED;
	c.klass.test = YES_NO_JA;
	kit_add(&change.s, c, 1);
	c.klass.test = 0;
	c.form = 2;
	kit_add(&change.s, c, 1);
	c.form = 1, c.unit = "HS10";
	kit_add(&change.s, c, 1);
	c.unit = "HS1", c.yyyymm = 202002;
	kit_add(&change.s, c, 1);
	change.q = (struct figures_query){.rule = rules_find("kontakt/1")};
	assert_int_equal(period_parse("alla", NULL, &change.q.period, &f), 0);
	assert_int_equal(figures_by("", &change.q, &f), 0);
	change.r = (struct report){.snapshot = &change.s, .query = &change.q};
	assert_int_equal(report_make(&change.r, &f), 0);
	assert_int_equal(change.r.feeds.cells.count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(report_feeds(&change.r, i), 1);
	assert_int_equal(report_feeds(&change.r, 4), 0);
	assert_false(noted(&change.r, "dubbelt"));
	change_end(&change, NULL);
}

/* Whatever the rule of the figure is: totals are of all rules. */
static void visits_overlap_too(void **state)
{
	(void)state;
	struct change change = {.s = kit_snapshot(1)};
	struct kit_contact c = kit_contact();
	struct fault f;
	c.form = 17;
	kit_add(&change.s, c, 1);
	c.source = "cosmic";
	c.klass.vardform = VARDFORM_SLUTEN;
	kit_add(&change.s, c, 2);
	change.q = (struct figures_query){.rule = rules_find("distanskontakt/1")};
	assert_int_equal(period_parse("alla", NULL, &change.q.period, &f), 0);
	assert_int_equal(figures_by("", &change.q, &f), 0);
	change.r = (struct report){.snapshot = &change.s, .query = &change.q};
	assert_int_equal(report_make(&change.r, &f), 0);
	assert_true(
		noted(&change.r,
		      "1 gång räknas mer än en källa för samma enhet, kanal och "
		      "månad, 3 kontakter (kontakt/1), kanske samma dubbelt: HS1 fysisk 2020-03"));
	change_end(&change, NULL);
}

static void a_row_may_name_a_kanal(void **state)
{
	(void)state;
	struct change change = {.s = kit_snapshot(1)};
	struct dated *registry = kit_table(KIT_REGISTRY "vas;*;video;underlag;2020-01-01;\n"
							"vas;*;telefon;produktion;2020-01-01;\n",
					   &registry_shape);
	struct kit_contact c = kit_contact();
	struct fault f;
	kit_add(&change.s, c, 1);
	c.form = 2;
	kit_add(&change.s, c, 2);
	c.form = 9, c.unit = "";
	kit_add(&change.s, c, 4);
	change.q = (struct figures_query){.rule = rules_find("kontakt/1"), .registry = registry};
	assert_int_equal(period_parse("alla", NULL, &change.q.period, &f), 0);
	assert_int_equal(figures_by("roll,kanal", &change.q, &f), 0);
	change.r = (struct report){.snapshot = &change.s, .query = &change.q};
	assert_int_equal(report_make(&change.r, &f), 0);
	assert_int_equal(change.r.figures.cells.count, 2);
	assert_string_equal(change.r.figures.cells.row[0].key, "oregistrerad\x01skriftlig");
	assert_string_equal(change.r.figures.cells.row[1].key, "produktion\x01telefon");
	assert_true(noted(&change.r,
			  "4 kontakter (kontakt/1) räknas utan att källregistret har någon rad för "
			  "dem: vas (tom) skriftlig 2020-03"));
	change_end(&change, registry);
}

static void a_long_list_is_cut_and_says_how_much_is_left(void **state)
{
	(void)state;
	struct change change = {.s = kit_snapshot(1)};
	struct kit_contact c = kit_contact();
	struct fault f;
	for (c.yyyymm = 202001; c.yyyymm <= 202011; c.yyyymm++)
		for (int i = 0; i < 2; i++) {
			c.source = i ? "vas" : "cosmic";
			kit_add(&change.s, c, 1);
		}
	change.q = (struct figures_query){.rule = rules_find("kontakt/1")};
	assert_int_equal(period_parse("alla", NULL, &change.q.period, &f), 0);
	assert_int_equal(figures_by("", &change.q, &f), 0);
	change.r = (struct report){.snapshot = &change.s, .query = &change.q};
	assert_int_equal(report_make(&change.r, &f), 0);
	assert_true(noted(&change.r, "11 gånger"));
	assert_true(noted(&change.r, "HS1 telefon 2020-03 (cosmic + vas) och 8 till"));
	change_end(&change, NULL);
}

static void a_registry_of_many_rows_takes_a_moment(void **state)
{
	(void)state;
	struct buf text = {0};
	int64_t start = civil_monotonic_ms();
	buf_adds(&text, KIT_REGISTRY);
	for (int i = 0; i < 2000; i++)
		buf_addf(&text, "vas;enhet %d;telefon;underlag;2020-01-01;\n", i);
	struct dated *d = kit_table(buf_text(&text), &registry_shape);
	for (int i = 0; i < 200000; i++)
		assert_int_equal(registry_role(d, "vas", "enhet 1999", "telefon", 202001 + i % 12),
				 REGISTRY_UNDERLAG);
	assert_true(civil_monotonic_ms() - start < 5000);
	dated_free(d);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_most_specific_row_of_the_month_decides),
		cmocka_unit_test(what_no_row_names_counts_and_what_has_ended_does_not),
		cmocka_unit_test(a_registry_that_cannot_be_followed_is_refused_with_its_lines),
		cmocka_unit_test(row_21_a_change_of_system_is_counted_once),
		cmocka_unit_test(row_21_without_a_registry_both_count_and_the_overlap_is_noted),
		cmocka_unit_test(a_row_that_says_underlag_is_no_gap),
		cmocka_unit_test(what_the_registry_does_not_name_counts_and_is_noted),
		cmocka_unit_test(only_sources_that_count_overlap),
		cmocka_unit_test(visits_overlap_too),
		cmocka_unit_test(a_row_may_name_a_kanal),
		cmocka_unit_test(a_long_list_is_cut_and_says_how_much_is_left),
		cmocka_unit_test(a_registry_of_many_rows_takes_a_moment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
