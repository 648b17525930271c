#include "kit.h"

#include "exporters/format.h"

struct scene {
	struct snapshot s;
	struct dated *org;
	struct figures_query q;
	struct report r;
	struct buf out;
};

static void scene_report(struct scene *scene, const char *rule, const char *by)
{
	struct fault f = {0};
	scene->q.org = scene->org;
	scene->q.rule = rules_find(rule);
	assert_int_equal(figures_by(by, &scene->q, &f), 0);
	scene->r.snapshot = &scene->s;
	scene->r.query = &scene->q;
	if (report_make(&scene->r, &f) < 0)
		fail_msg("%s", f.text);
}

static void scene_month(struct scene *scene, const char *month)
{
	struct fault f;
	assert_int_equal(period_parse("manad", month, &scene->q.period, &f), 0);
	scene_report(scene, "distanskontakt/1", NULL);
}

static const char *scene_write(struct scene *scene, const char *name)
{
	const struct format *format = formats_find(name);
	assert_non_null(format);
	buf_reset(&scene->out);
	format->write(&scene->r, &scene->out);
	return buf_text(&scene->out);
}

static void scene_end(struct scene *scene)
{
	report_release(&scene->r);
	snapshot_release(&scene->s);
	dated_free(scene->org);
	buf_release(&scene->out);
}

static void add(struct scene *scene, const char *unit, unsigned month, unsigned form, uint64_t n)
{
	struct kit_contact c = kit_contact();
	c.unit = unit;
	c.yyyymm = month;
	c.form = form;
	kit_add(&scene->s, c, n);
}

static void has(const char *text, const char *piece)
{
	if (!strstr(text, piece))
		fail_msg("\"%s\" is not in:\n%s", piece, text);
}

static void has_not(const char *text, const char *piece)
{
	if (strstr(text, piece))
		fail_msg("\"%s\" is in:\n%s", piece, text);
}

#define ROW(unit, forvaltning) unit ";n;" forvaltning ";region;specialiserad;2019-01-01;\n"

static void the_overview_sets_a_month_beside_two_others(void **state)
{
	(void)state;
	struct scene scene = {.s = kit_snapshot(1)};
	scene.org = kit_table(
		KIT_ORGANISATION ROW("H1", "HS") ROW("H2", "HS") ROW("N1", "NSV") ROW("P1", "PSY")
			ROW("R1", "RK") "V1;n;PRIV;privat;primarvard;2019-01-01;2020-10-01\n",
		&organisation_shape);
	/* Telephone: half a tenth is rounded away from zero in both directions. */
	add(&scene, "H1", 202010, 1, 2001);
	add(&scene, "H1", 202009, 1, 2000);
	add(&scene, "H1", 201910, 1, 4004);
	/* Video: so few a year ago that per cent say nothing. */
	add(&scene, "H2", 202010, 2, 30);
	add(&scene, "H2", 202009, 2, 10);
	add(&scene, "H2", 201910, 2, 9);
	/* Visits. NSV had none of anything the month before, and no remote contacts a year ago. */
	add(&scene, "N1", 202010, 1, 100);
	add(&scene, "N1", 202010, 17, 1000);
	add(&scene, "N1", 201910, 17, 1500);
	add(&scene, "H1", 202009, 17, 670);
	add(&scene, "V1", 201910, 17, 20);
	/* What is no part of a share is still data. */
	struct kit_contact c = kit_contact();
	c.unit = "P1", c.yyyymm = 202010, c.klass.vardform = VARDFORM_SLUTEN;
	kit_add(&scene.s, c, 5);
	scene_month(&scene, "2020-10");
	has(scene_write(&scene, "text"),
	    "Distanskontakter, 2020-10\n"
	    "regel distanskontakt/1, version live, läge kp:11349\n"
	    "\n"
	    "                  2020-10  2020-09    ändring       %  2019-10    ändring      %\n"
	    "Distanskontakter    2 131    2 010       +121    +6,0    4 013     −1 882  −46,9\n"
	    "  Telefon           2 101    2 000       +101    +5,1    4 004     −1 903  −47,5\n"
	    "  Video                30       10        +20  +200,0        9        +21      .\n"
	    "  Skriftlig             0        0          0       .        0          0      .\n"
	    "  Ospecificerad         0        0          0       .        0          0      .\n"
	    "Besök               1 000      670       +330   +49,3    1 520       −520  −34,2\n"
	    "Andel distans      68,1 %   75,0 %  −6,9 p.e.       .   72,5 %  −4,4 p.e.      .\n"
	    "\n"
	    "Förvaltning  Distans  fg mån    fg år  Besök    fg mån    fg år    Andel\n"
	    "HS             2 031  +1,0 %  −49,4 %      0  −100,0 %        .  100,0 %\n"
	    "NSV              100      ..        .  1 000        ..  −33,3 %    9,1 %\n"
	    "PRIV              ..      ..       ..     ..        ..       ..       ..\n"
	    "PSY                0      ..       ..      0        ..       ..       ..\n"
	    "RK                ..      ..       ..     ..        ..       ..       ..\n"
	    "\n"
	    "Balans (hela namnrymden; alla lagar håller)\n"
	    "Att veta\n"
	    "  - 1 av 5 enheter har ingen räknad kontakt (kontakt/1) i månaden: R1\n"
	    "  - 2 131 räknade kontakter, varav 0 vilar på antaganden i mappningen\n");
	scene.r.english = true;
	has(scene_write(&scene, "text"), "Visits             1 000      670       +330   +49.3");
	has(buf_text(&scene.out), "68.1 %   75.0 %  −6.9 p.p.");
	has(buf_text(&scene.out), "Förvaltning  Remote  vs month  vs year  Visits");
	scene_end(&scene);
}

static void half_a_tenth_is_rounded_away_from_zero(void **state)
{
	(void)state;
	struct scene scene = {.s = kit_snapshot(1)};
	add(&scene, "U", 202010, 1, 2001);
	add(&scene, "U", 202009, 1, 2000);
	add(&scene, "U", 201910, 1, 2000);
	add(&scene, "U", 202010, 17, 1999);
	add(&scene, "U", 202009, 17, 2000);
	add(&scene, "U", 201910, 17, 2000);
	scene_month(&scene, "2020-10");
	has(scene_write(&scene, "text"),
	    "  Telefon           2 001    2 000        +1  +0,1    2 000        +1  +0,1\n");
	has(buf_text(&scene.out), "1 999    2 000        −1  −0,1    2 000        −1  −0,1\n");
	scene_end(&scene);
}

static void a_month_without_data_is_never_0(void **state)
{
	(void)state;
	struct scene scene = {.s = kit_snapshot(1)};
	add(&scene, "U", 202009, 1, 7);
	scene_month(&scene, "2020-10");
	has(scene_write(&scene, "text"),
	    "Distanskontakter       ..        7       ..  ..       ..  "
	    "     ..  ..\n");
	has(buf_text(&scene.out), "Andel distans          ..  100,0 %       ..  ..       ..  "
				  "     ..  ..\n");
	has(buf_text(&scene.out),
	    "OKAND             ..      ..     ..     ..      ..     ..     ..\n");
	has(buf_text(&scene.out),
	    "1 av 1 enhet har ingen räknad kontakt (kontakt/1) i månaden: U\n");
	has_not(buf_text(&scene.out), "räknade kontakter, varav");
	has(scene_write(&scene, "json"), "    {\n      \"period\": \"2020-10\"\n    },\n"
					 "    {\n      \"period\": \"2020-09\",\n");
	has(buf_text(&scene.out), "    {\n      \"period\": \"2019-10\"\n    }\n  ]");
	has(buf_text(&scene.out), "\"kontakt/1\": [\n        {\"forvaltning\": \"OKAND\", "
				  "\"antal\": 7}\n      ]");
	has(buf_text(&scene.out), "{\"forvaltning\": \"OKAND\", \"taljare\": 7, \"namnare\": 7}");
	has(buf_text(&scene.out), "\"andel_distans/1\": {\"taljare\": 7, \"namnare\": 7}");
	scene_end(&scene);
}

static void january_looks_back_into_the_year_before(void **state)
{
	(void)state;
	struct scene scene = {.s = kit_snapshot(1)};
	add(&scene, "U", 202101, 1, 4);
	add(&scene, "U", 202012, 1, 5);
	add(&scene, "U", 202001, 1, 6);
	scene_month(&scene, "2021-01");
	has(scene_write(&scene, "text"), "2021-01  2020-12   ändring  %  2020-01");
	has(buf_text(&scene.out),
	    "  Telefon               4        5        −1  .        6        −2");
	scene_end(&scene);
}

static void a_unit_is_missed_for_three_months_or_as_long_as_the_table_has_it(void **state)
{
	(void)state;
	struct scene scene = {.s = kit_snapshot(2)};
	scene.org = kit_table(KIT_ORGANISATION
			      "listed;n;HS;region;specialiserad;2020-10-01;2020-11-01\n"
			      "closed;n;HS;region;specialiserad;2019-01-01;2020-10-01\n"
			      "closed but heard;n;HS;region;specialiserad;2019-01-01;2020-10-01\n"
			      "opens;n;HS;region;specialiserad;2020-11-01;\n"
			      "moved;n;HS;region;specialiserad;2019-01-01;2020-10-01\n"
			      "moved;n;PSY;region;specialiserad;2020-10-01;\n"
			      "heard;n;NSV;region;specialiserad;2019-01-01;\n",
			      &organisation_shape);
	add(&scene, "three back", 202007, 1, 1);
	add(&scene, "four back", 202006, 1, 1);
	add(&scene, "moved", 202008, 1, 1);
	/* The table says that it is not there any more, and it was not heard: nothing is missing. */
	add(&scene, "closed", 202009, 1, 1);
	add(&scene, "closed but heard", 202009, 1, 1);
	add(&scene, "closed but heard", 202010, 1, 1);
	add(&scene, "moved", 202009, 17, 1);
	add(&scene, "heard", 202009, 1, 1);
	add(&scene, "heard", 202010, 17, 1);
	add(&scene, "new", 202010, 1, 1);
	add(&scene, "", 202009, 1, 1);
	struct kit_contact c = kit_contact();
	c.unit = "only tests", c.yyyymm = 202010, c.klass.test = YES_NO_JA;
	kit_add(&scene.s, c, 1);
	c.yyyymm = 202009, c.klass.test = 0, c.partition = 1;
	kit_add(&scene.s, c, 1);
	scene_month(&scene, "2020-10");
	has(scene_write(&scene, "text"),
	    "4 av 7 enheter har ingen räknad kontakt (kontakt/1) i månaden: "
	    "listed, moved, only tests, three back\n");
	has(scene_write(&scene, "json"),
	    "\"missing\": [\n"
	    "    {\"enhet\": \"listed\", \"forvaltning\": \"HS\"},\n"
	    "    {\"enhet\": \"moved\", \"forvaltning\": \"PSY\", \"senast\": \"2020-09\"},\n"
	    "    {\"enhet\": \"only tests\", \"forvaltning\": \"OKAND\", \"senast\": "
	    "\"2020-09\"},\n"
	    "    {\"enhet\": \"three back\", \"forvaltning\": \"OKAND\", \"senast\": \"2020-07\"}\n"
	    "  ],");
	has(scene_write(&scene, "text"), "\nPSY               ..");
	scene_end(&scene);
}

/* A unit whose source does not count has sent nothing that does. */
static void the_registry_decides_on_every_number_of_the_month(void **state)
{
	(void)state;
	struct scene scene = {.s = kit_snapshot(1)};
	struct dated *registry = kit_table(KIT_REGISTRY "vas;*;*;produktion;2000-01-01;2020-10-01\n"
							"vas;*;*;underlag;2020-10-01;\n",
					   &registry_shape);
	add(&scene, "U", 202009, 1, 7);
	add(&scene, "U", 202010, 1, 7);
	scene.q.registry = registry;
	scene_month(&scene, "2020-10");
	has(scene_write(&scene, "text"), "Distanskontakter       ..        7       ..");
	has(buf_text(&scene.out), "har ingen räknad kontakt (kontakt/1) i månaden: U\n");
	scene_end(&scene);
	dated_free(registry);
}

static void the_overview_is_for_who_asks_for_nothing_else(void **state)
{
	(void)state;
	struct scene scene = {.s = kit_snapshot(1)};
	struct fault f;
	add(&scene, "U", 202010, 1, 7);
	add(&scene, "W", 202009, 1, 7);
	scene_month(&scene, "2020-10");
	has(scene_write(&scene, "text"), "ändring");
	has_not(buf_text(&scene.out), "leveranser");
	has_not(buf_text(&scene.out), "Vägen till");
	scene.r.why = true;
	has(scene_write(&scene, "text"), "Vägen till distanskontakt/1\n");
	has(scene_write(&scene, "csv"),
	    "period,forvaltning,kanal,antal\n2020-10,OKAND,telefon,7\n");
	report_release(&scene.r);
	scene_report(&scene, "distanskontakt/1", FIGURES_BY);
	has_not(scene_write(&scene, "text"), "ändring");
	has(buf_text(&scene.out), "leveranser");
	/* What is missing is said with every figure of a month. */
	has(buf_text(&scene.out),
	    "1 av 2 enheter har ingen räknad kontakt (kontakt/1) i månaden: W\n");
	has(scene_write(&scene, "json"), "\"months\": [");
	report_release(&scene.r);
	scene_report(&scene, "kontakt/1", NULL);
	has_not(scene_write(&scene, "text"), "ändring");
	report_release(&scene.r);
	assert_int_equal(period_parse("ar", "2020", &scene.q.period, &f), 0);
	scene_report(&scene, "distanskontakt/1", NULL);
	has_not(scene_write(&scene, "text"), "ändring");
	has_not(scene_write(&scene, "json"), "\"months\"");
	has(buf_text(&scene.out), "\"missing\": []");
	scene_end(&scene);
}

/* Everything that can be said of a month of six förvaltningar, on a terminal of 100 columns. */
static void the_overview_fits_a_screen(void **state)
{
	(void)state;
	static const unsigned month[] = {201910, 202009, 202010};
	struct scene scene = {.s = kit_snapshot(1)};
	struct dated *registry = kit_table(KIT_REGISTRY "cosmic;*;video;underlag;2021-01-01;\n",
					   &registry_shape);
	char unit[32];
	scene.q.registry = registry;
	scene.org = kit_table(KIT_ORGANISATION ROW("unit 0", "ADH") ROW("unit 1", "HS")
				      ROW("unit 2", "NSV") ROW("unit 3", "PRIV")
					      ROW("unit 4", "PSY"),
			      &organisation_shape);
	struct kit_contact c = kit_contact();
	c.unit = unit;
	for (unsigned u = 0; u < 30; u++)
		for (unsigned m = 0; m < (u < 15 ? 3 : 2); m++)
			for (c.form = 1; c.form < 3; c.form++) {
				(void)snprintf(unit, sizeof(unit), "unit %u", u);
				c.yyyymm = month[m];
				c.source = "vas";
				kit_add(&scene.s, c, 1000 + 100 * u + 10 * m);
				c.source = "cosmic";
				kit_add(&scene.s, c, 1);
			}
	struct leverans *l = kit_delivery(&scene.s, "aa", 5);
	l->rejected[REASON_UNKNOWN_CODE] = 3;
	l->rejected[REASON_QUOTE] = 1;
	l->read = 9;
	scene.s.partition[0].dead[REASON_KEY] = 2;
	scene.s.partition[0].dead[REASON_UNKNOWN_CODE] = 1;
	scene.s.partition[0].stat[KEYS_STAT_DEAD] = 3;
	scene.s.partition[0].off += 3;
	l = kit_delivery(&scene.s, "bb", 5);
	l->phase = PHASE_OPENING;
	scene_month(&scene, "2020-10");
	const char *text = scene_write(&scene, "text");
	has(text, "15 av 30 enheter har ingen räknad kontakt (kontakt/1) i månaden: unit 15, ");
	has(text, "unit 22 och 7 till\n");
	has(text, "15 gånger räknas mer än en källa");
	has(text, "kontakter (kontakt/1) räknas utan att källregistret");
	has(text, "15 avslutade kontakter räknas inte under någon regel: källregistrets rader");
	has(text, "10 enheter med ");
	has(text, "1 leverans är öppen och ");
	has(text, "4 rader avvisades vid läsningen och 3 händelser är döda, i hela namnrymden: "
		  "QUOTE 1, UNKNOWN_CODE 4, KEY 2\n");
	size_t lines = 0;
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
		lines++;
	assert_in_range(lines, 25, 30);
	scene_end(&scene);
	dated_free(registry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_overview_sets_a_month_beside_two_others),
		cmocka_unit_test(half_a_tenth_is_rounded_away_from_zero),
		cmocka_unit_test(a_month_without_data_is_never_0),
		cmocka_unit_test(january_looks_back_into_the_year_before),
		cmocka_unit_test(a_unit_is_missed_for_three_months_or_as_long_as_the_table_has_it),
		cmocka_unit_test(the_registry_decides_on_every_number_of_the_month),
		cmocka_unit_test(the_overview_is_for_who_asks_for_nothing_else),
		cmocka_unit_test(the_overview_fits_a_screen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
