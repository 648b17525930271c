#include "kit.h"

#include "exporters/format.h"

/* A report of three contacts: one by telephone, one in writing that rests on an assumption, one visit. */
struct scene {
	struct snapshot s;
	struct figures_query q;
	struct report r;
	struct buf out;
};

static void scene_make(struct scene *scene, const char *rule, const char *by)
{
	struct kit_contact c = kit_contact();
	struct fault f = {0};
	scene->s = kit_snapshot(2);
	scene->s.trial = true;
	kit_add(&scene->s, c, 1234);
	c.unit = "=1+1;\"x\",y";
	c.form = 9;
	c.partition = 1;
	c.klass.documented = JUDGEMENT_ANTAGET;
	kit_add(&scene->s, c, 200);
	c.form = 17;
	kit_add(&scene->s, c, 1000);
	kit_delivery(&scene->s, "aa", 2434);
	scene->q = (struct figures_query){.rule = rules_find(rule)};
	assert_int_equal(period_parse("ar", "2020", &scene->q.period, &f), 0);
	assert_int_equal(figures_by(by, &scene->q, &f), 0);
	scene->r.snapshot = &scene->s;
	scene->r.query = &scene->q;
	if (report_make(&scene->r, &f) < 0)
		fail_msg("%s", f.text);
}

static const char *scene_write(struct scene *scene, const char *name)
{
	const struct format *format = formats_find(name);
	assert_non_null(format);
	format->write(&scene->r, &scene->out);
	return buf_text(&scene->out);
}

static void scene_end(struct scene *scene)
{
	report_release(&scene->r);
	snapshot_release(&scene->s);
	buf_release(&scene->out);
}

static void has(const char *text, const char *piece)
{
	if (!strstr(text, piece))
		fail_msg("\"%s\" is not in:\n%s", piece, text);
}

/* Row 17 of the bad-input matrix. */
static void row_17_csv_neutralises_formulas_and_quotes(void **state)
{
	(void)state;
	struct scene scene = {0};
	scene_make(&scene, "distanskontakt/1", "enhet,kanal");
	assert_string_equal(scene_write(&scene, "csv"), "enhet,kanal,antal\n"
							"\"'=1+1;\"\"x\"\",y\",skriftlig,200\n"
							"HS1,telefon,1234\n");
	buf_reset(&scene.out);
	assert_string_equal(scene_write(&scene, "excel-csv"),
			    "\xEF\xBB\xBF"
			    "Enhet;Kanal;Antal\r\n"
			    "\"'=1+1;\"\"x\"\",y\";skriftlig;200\r\n"
			    "HS1;telefon;1234\r\n");
	scene_end(&scene);
}

static void every_formula_prefix_is_neutralised(void **state)
{
	(void)state;
	static const char *const unit[] = {"+46", "-1", "@SUM", "=A1", "\tx"};
	for (size_t i = 0; i < ARRAY_SIZE(unit); i++) {
		struct scene scene = {0};
		struct kit_contact c = kit_contact();
		char expected[64];
		scene.s = kit_snapshot(1);
		c.unit = unit[i];
		kit_add(&scene.s, c, 1);
		scene.q = (struct figures_query){.rule = rules_find("kontakt/1")};
		struct fault f;
		assert_int_equal(period_parse("alla", NULL, &scene.q.period, &f), 0);
		assert_int_equal(figures_by("enhet", &scene.q, &f), 0);
		scene.r = (struct report){.snapshot = &scene.s, .query = &scene.q};
		assert_int_equal(report_make(&scene.r, &f), 0);
		(void)snprintf(expected, sizeof(expected), "enhet,antal\n'%s,1\n", unit[i]);
		assert_string_equal(scene_write(&scene, "csv"), expected);
		scene_end(&scene);
	}
}

static void a_share_has_both_its_numbers(void **state)
{
	(void)state;
	struct scene scene = {0};
	scene_make(&scene, "andel_distans/1", "period");
	assert_string_equal(scene_write(&scene, "csv"),
			    "period,taljare,namnare\n2020-03,1434,2434\n");
	buf_reset(&scene.out);
	assert_string_equal(
		scene_write(&scene, "excel-csv"),
		"\xEF\xBB\xBFPeriod;Täljare;Nämnare;Andel (%)\r\n2020-03;1434;2434;58,9\r\n");
	buf_reset(&scene.out);
	has(scene_write(&scene, "json"),
	    "{\"period\": \"2020-03\", \"taljare\": 1434, \"namnare\": 2434}");
	buf_reset(&scene.out);
	has(scene_write(&scene, "text"), "2020-03    1 434    2 434  58,9 %\n");
	has(buf_text(&scene.out), "Summa      1 434    2 434  58,9 %\n");
	scene_end(&scene);
}

static void json_carries_what_the_design_says(void **state)
{
	(void)state;
	static const char *const piece[] = {
		"\"schema\": \"kontaktpuls.figurer/1\"",
		"\"period\": \"2020\"",
		"\"rule\": \"distanskontakt/1\"",
		"\"revision\": \"live\"",
		"\"snapshot\": \"kp:1234,1200\"",
		"\"dimensions\": [\"period\", \"forvaltning\", \"kanal\"]",
		"{\"period\": \"2020-03\", \"forvaltning\": \"OKAND\", \"kanal\": \"skriftlig\", "
		"\"antal\": 200}",
		"\"kontakt/1\": {\"antal\": 2434, \"oppen\": 2434, \"sluten\": 0}",
		"\"distanskontakt/1\": {\"antal\": 1434, \"telefon\": 1234, \"video\": 0, "
		"\"skriftlig\": 200, "
		"\"ej_specificerad\": 0, \"antaget\": 200}",
		"\"besok/1\": {\"antal\": 1000}",
		"\"andel_distans/1\": {\"taljare\": 1434, \"namnare\": 2434}",
		"\"deliveries\": {\"complete\": 1, \"open\": 0, \"quarantined\": {}}",
		"\"records\": {\"read\": 2434, \"sent\": 2434, \"not_contact\": 0, \"rejected\": "
		"{}}",
		"\"events\": {\"consumed\": 2434, \"applied\": 2434, \"unchanged\": 0, "
		"\"duplicate\": 0, \"stale\": 0, "
		"\"conflict\": 0, \"leverans\": 0, \"control\": 0, \"dead\": {}}",
		"\"contacts\": {\"live\": 2434, \"retracted\": 0}",
		"{\"enhet\": \"=1+1;\\\"x\\\",y\", \"antal\": 200}",
		"\"missing\": []",
		"trial: siffrorna",
		"\"1 434 räknade kontakter, varav 200 vilar på antaganden i mappningen\"",
		"\"ingen organisationstabell angavs: alla enheter räknas under OKAND\"",
		"\"text\": \"Under 2020 genomfördes över 1 430 distanskontakter\"",
		"\"footnote\": \"1 230 telefonkontakter, 200 skriftlig kontakt\"",
	};
	struct scene scene = {0};
	scene_make(&scene, "distanskontakt/1", "period,forvaltning,kanal");
	const char *json = scene_write(&scene, "json");
	for (size_t i = 0; i < ARRAY_SIZE(piece); i++)
		has(json, piece[i]);
	assert_null(strstr(json, "\"why\""));
	scene_end(&scene);
}

static void text_is_aligned_by_characters_and_in_swedish(void **state)
{
	(void)state;
	struct scene scene = {0};
	scene_make(&scene, "distanskontakt/1", "forvaltning,kanal");
	scene.r.why = true;
	const char *text = scene_write(&scene, "text");
	has(text,
	    "Distanskontakter, 2020\nregel distanskontakt/1, version live, läge kp:1234,1200\n\n"
	    "Förvaltning  Kanal      Antal\n"
	    "OKAND        Skriftlig    200\n"
	    "OKAND        Telefon    1 234\n"
	    "Summa                   1 434\n");
	has(text, "Under 2020 genomfördes över 1 430 distanskontakter¹\n"
		  "¹ 1 230 telefonkontakter, 200 skriftlig kontakt\n");
	has(text, "Vägen till distanskontakt/1\n"
		  "          2 434  levande kontakter i perioden\n"
		  "  −           0  ej avslutad\n"
		  "  −           0  test\n"
		  "  −           0  underlag\n"
		  "  −           0  sluten vård\n"
		  "  −       1 000  fysisk\n"
		  "  −           0  ej kvalificerad\n"
		  "  −           0  ersätter ej besök\n"
		  "  −           0  ej journalförd\n"
		  "  =       1 434  distanskontakt/1\n");
	has(text, "  leveranser  1 avslutade, 0 öppna, 0 i karantän\n");
	has(text, "  händelser   2 434 lästa, 2 434 verkställda, 0 oförändrade");
	has(text, "  distanskontakt/1  1 434  (Telefon 1 234, Skriftlig 200, antaget 200)\n");
	has(text, "varav 200 vilar på antaganden i mappningen\n");
	scene_end(&scene);
}

static void english_changes_labels_and_never_values(void **state)
{
	(void)state;
	struct scene scene = {0};
	scene.r.english = true;
	scene_make(&scene, "distanskontakt/1", "kanal");
	has(scene_write(&scene, "text"),
	    "Channel    Count\nWritten      200\nTelephone  1 234\nTotal      1 434\n");
	has(buf_text(&scene.out), "of which 200 rest on assumptions");
	buf_reset(&scene.out);
	assert_string_equal(scene_write(&scene, "csv"),
			    "kanal,antal\nskriftlig,200\ntelefon,1234\n");
	scene_end(&scene);
}

static void an_empty_table_says_what_there_is(void **state)
{
	(void)state;
	struct scene scene = {0};
	struct kit_contact c = kit_contact();
	struct fault f;
	scene.s = kit_snapshot(1);
	c.form = 16;
	kit_add(&scene.s, c, 604);
	scene.q = (struct figures_query){.rule = rules_find("distanskontakt/1")};
	assert_int_equal(figures_by("kanal", &scene.q, &f), 0);
	assert_int_equal(period_parse("alla", NULL, &scene.q.period, &f), 0);
	scene.r = (struct report){.snapshot = &scene.s, .query = &scene.q};
	assert_int_equal(report_make(&scene.r, &f), 0);
	has(scene_write(&scene, "text"), "\n0 distanskontakter; 604 kontakter, alla fysiska\n");
	buf_reset(&scene.out);
	has(scene_write(&scene, "json"), "\"cells\": []");
	report_release(&scene.r);
	buf_reset(&scene.out);
	assert_int_equal(period_parse("ar", "2021", &scene.q.period, &f), 0);
	assert_int_equal(report_make(&scene.r, &f), 0);
	has(scene_write(&scene, "text"),
	    "\n0 distanskontakter; 0 kontakter; kontakter finns för 2020-03\n");
	assert_null(strstr(buf_text(&scene.out), "genomfördes"));
	scene_end(&scene);
}

enum { PHYSICAL, INPATIENT, BOTH, REMOTE, UNQUALIFIED, NO_VISIT, UNDOCUMENTED, KINDS };

/* So many contacts of each kind, and what an empty table says of them under a rule. */
static const struct reasons_row {
	const char *rule;
	uint64_t n[KINDS];
	const char *sv, *en;
} reasons_table[] = {
	{"distanskontakt/1",
	 {[PHYSICAL] = 1},
	 "0 distanskontakter; 1 kontakt, fysisk\n",
	 "0 remote contacts; 1 contact, physical\n"},
	{"distanskontakt/1",
	 {[PHYSICAL] = 1234},
	 "0 distanskontakter; 1 234 kontakter, alla fysiska\n",
	 "0 remote contacts; 1 234 contacts, all physical\n"},
	{"distanskontakt/1",
	 {[BOTH] = 2},
	 "; 2 kontakter, alla i sluten vård\n",
	 "; 2 contacts, all inpatient\n"},
	{"distanskontakt/1",
	 {[INPATIENT] = 1},
	 "; 1 kontakt, i sluten vård\n",
	 "; 1 contact, inpatient\n"},
	{"distanskontakt/1",
	 {[PHYSICAL] = 1, [INPATIENT] = 2, [UNQUALIFIED] = 3, [NO_VISIT] = 1, [UNDOCUMENTED] = 1},
	 "; 8 kontakter: 2 i sluten vård, 1 fysisk, 3 ej kvalificerade, 1 ej "
	 "besöksersättande, 1 ej journalförd\n",
	 "; 8 contacts: 2 inpatient, 1 physical, 3 not qualified, 1 replacing no visit, 1 "
	 "not documented\n"},
	{"besok/1",
	 {[REMOTE] = 3},
	 "0 besök; 3 kontakter, alla på distans\n",
	 "0 visits; 3 contacts, all remote\n"},
	{"besok/1",
	 {[BOTH] = 1},
	 "0 besök; 1 kontakt, i sluten vård\n",
	 "0 visits; 1 contact, inpatient\n"},
	{"andel_distans/1",
	 {[BOTH] = 1, [UNDOCUMENTED] = 2},
	 "Ingen andel: varken distanskontakter eller besök; 3 kontakter: 1 i sluten vård, "
	 "2 ej journalförda\n",
	 "No share: neither remote contacts nor visits; 3 contacts: 1 inpatient, 2 not "
	 "documented\n"},
	{"andel_distans/1",
	 {0},
	 "Ingen andel: varken distanskontakter eller besök; 0 kontakter\n",
	 "No share: neither remote contacts nor visits; 0 contacts\n"},
	{"kontakt/1", {0}, "0 kontakter\n", "0 contacts\n"},
};

static void add_kinds(struct snapshot *s, const uint64_t n[KINDS])
{
	for (int k = 0; k < KINDS; k++) {
		struct kit_contact c = kit_contact();
		c.form = k == PHYSICAL || k == BOTH ? 17 : 1;
		if (k == INPATIENT || k == BOTH)
			c.klass.vardform = VARDFORM_SLUTEN;
		c.klass.qualified = k == UNQUALIFIED ? JUDGEMENT_NEJ : JUDGEMENT_JA;
		c.klass.replaces_visit = k == NO_VISIT ? JUDGEMENT_NEJ : JUDGEMENT_JA;
		c.klass.documented = k == UNDOCUMENTED ? JUDGEMENT_NEJ : JUDGEMENT_JA;
		if (n[k])
			kit_add(s, c, n[k]);
	}
}

static void check_reasons(const struct reasons_row *row, bool english)
{
	struct scene scene = {.s = kit_snapshot(1)};
	struct fault f;
	add_kinds(&scene.s, row->n);
	scene.q = (struct figures_query){.rule = rules_find(row->rule)};
	assert_int_equal(period_parse("ar", "2020", &scene.q.period, &f), 0);
	assert_int_equal(figures_by("period", &scene.q, &f), 0);
	scene.r = (struct report){.snapshot = &scene.s, .query = &scene.q, .english = english};
	assert_int_equal(report_make(&scene.r, &f), 0);
	has(scene_write(&scene, "text"), english ? row->en : row->sv);
	scene_end(&scene);
}

static void an_empty_table_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reasons_table); i++)
		for (int english = 0; english < 2; english++)
			check_reasons(&reasons_table[i], english);
}

static void an_empty_table_says_where_contacts_are(void **state)
{
	(void)state;
	struct scene scene = {.s = kit_snapshot(1)};
	struct kit_contact c = kit_contact();
	struct fault f;
	kit_add(&scene.s, c, 1);
	c.yyyymm = 202011;
	kit_add(&scene.s, c, 1);
	scene.q = (struct figures_query){.rule = rules_find("kontakt/1")};
	assert_int_equal(period_parse("ar", "2021", &scene.q.period, &f), 0);
	assert_int_equal(figures_by("period", &scene.q, &f), 0);
	scene.r = (struct report){.snapshot = &scene.s, .query = &scene.q};
	assert_int_equal(report_make(&scene.r, &f), 0);
	has(scene_write(&scene, "text"),
	    "\n0 kontakter; kontakter finns från 2020-03 till 2020-11\n");
	scene.r.english = true;
	buf_reset(&scene.out);
	has(scene_write(&scene, "text"),
	    "\n0 contacts; there are contacts from 2020-03 to 2020-11\n");
	scene_end(&scene);
}

/* One number is asked for, and 0 is one: a header alone would be no answer. */
static void without_dimensions_there_is_always_the_one_cell(void **state)
{
	(void)state;
	static const struct {
		const char *rule, *csv, *excel, *json, *text;
	} table[] = {
		{"distanskontakt/1", "antal\n0\n",
		 "\xEF\xBB\xBF"
		 "Antal\r\n0\r\n",
		 "\"cells\": [\n    {\"antal\": 0}\n  ]",
		 "\n0 distanskontakter; 1 kontakt, i sluten vård\n"},
		{"andel_distans/1", "taljare,namnare\n0,0\n",
		 "\xEF\xBB\xBFTäljare;Nämnare;Andel (%)\r\n0;0;\r\n",
		 "\"cells\": [\n    {\"taljare\": 0, \"namnare\": 0}\n  ]", "\nIngen andel: "},
	};
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct scene scene = {.s = kit_snapshot(1)};
		struct kit_contact c = kit_contact();
		struct fault f;
		c.klass.vardform = VARDFORM_SLUTEN;
		kit_add(&scene.s, c, 1);
		scene.q = (struct figures_query){.rule = rules_find(table[i].rule)};
		assert_int_equal(period_parse("ar", "2020", &scene.q.period, &f), 0);
		assert_int_equal(figures_by("", &scene.q, &f), 0);
		scene.r = (struct report){.snapshot = &scene.s, .query = &scene.q};
		assert_int_equal(report_make(&scene.r, &f), 0);
		assert_string_equal(scene_write(&scene, "csv"), table[i].csv);
		buf_reset(&scene.out);
		assert_string_equal(scene_write(&scene, "excel-csv"), table[i].excel);
		buf_reset(&scene.out);
		has(scene_write(&scene, "json"), table[i].json);
		buf_reset(&scene.out);
		has(scene_write(&scene, "text"), table[i].text);
		scene_end(&scene);
	}
}

static void nothing_is_reported_when_a_law_fails(void **state)
{
	(void)state;
	struct scene scene = {0};
	struct fault f;
	scene_make(&scene, "distanskontakt/1", "kanal");
	report_release(&scene.r);
	scene.s.cell[0].count++;
	assert_int_equal(report_make(&scene.r, &f), FAULT_STATE);
	has(f.text, "law 4");
	assert_int_equal(scene.r.figures.cells.count, 0);
	scene_end(&scene);
}

static void an_unknown_format_is_none(void **state)
{
	(void)state;
	struct buf words = {0};
	assert_null(formats_find("xlsx"));
	assert_false(formats_form.valid("xlsx"));
	assert_true(formats_form.valid("excel-csv"));
	formats_form.say(&words);
	assert_string_equal(buf_text(&words), "one of text, csv, excel-csv, json");
	buf_release(&words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(row_17_csv_neutralises_formulas_and_quotes),
		cmocka_unit_test(every_formula_prefix_is_neutralised),
		cmocka_unit_test(a_share_has_both_its_numbers),
		cmocka_unit_test(json_carries_what_the_design_says),
		cmocka_unit_test(text_is_aligned_by_characters_and_in_swedish),
		cmocka_unit_test(english_changes_labels_and_never_values),
		cmocka_unit_test(an_empty_table_says_what_there_is),
		cmocka_unit_test(an_empty_table_says_why),
		cmocka_unit_test(an_empty_table_says_where_contacts_are),
		cmocka_unit_test(without_dimensions_there_is_always_the_one_cell),
		cmocka_unit_test(nothing_is_reported_when_a_law_fails),
		cmocka_unit_test(an_unknown_format_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
