/* The notes, each alone: when it is said, and how in the singular and in the plural. */
#include "kit.h"

#include "exporters/report.h"

struct scene {
	struct snapshot s;
	struct figures_query q;
	struct report r;
};

static void scene_make(struct scene *scene, const char *kind, const char *period)
{
	struct fault f = {0};
	report_release(&scene->r);
	scene->q.rule = scene->q.rule ? scene->q.rule : rules_find("distanskontakt/1");
	assert_int_equal(period_parse(kind, period, &scene->q.period, &f), 0);
	assert_int_equal(figures_by("period", &scene->q, &f), 0);
	scene->r = (struct report){
		.snapshot = &scene->s, .query = &scene->q, .english = scene->r.english};
	if (report_make(&scene->r, &f) < 0)
		fail_msg("%s", f.text);
}

static void scene_end(struct scene *scene)
{
	report_release(&scene->r);
	snapshot_release(&scene->s);
}

static void add(struct scene *scene, unsigned month, unsigned form, uint64_t n)
{
	struct kit_contact c = kit_contact();
	c.yyyymm = month;
	c.form = form;
	kit_add(&scene->s, c, n);
}

static bool noted(const struct scene *scene, const char *piece)
{
	for (size_t i = 0; i < scene->r.notes; i++)
		if (strstr(scene->r.note[i], piece))
			return true;
	return false;
}

/* A note, whole. */
static void expect(const struct scene *scene, const char *note)
{
	for (size_t i = 0; i < scene->r.notes; i++)
		if (strcmp(scene->r.note[i], note) == 0)
			return;
	for (size_t i = 0; i < scene->r.notes; i++)
		print_message("noted: %s\n", scene->r.note[i]);
	fail_msg("not noted: %s", note);
}

static void months_without_contacts_are_named(void **state)
{
	(void)state;
	struct scene scene = {.s = kit_snapshot(1)};
	struct kit_contact c = kit_contact();
	/* A visit is a contact, a test and a booking are none. */
	add(&scene, 202002, 1, 1);
	add(&scene, 202004, 17, 1);
	c.yyyymm = 202003, c.klass.test = YES_NO_JA;
	kit_add(&scene.s, c, 1);
	c.yyyymm = 202005, c.klass.test = 0, c.klass.status = 7;
	kit_add(&scene.s, c, 1);
	for (unsigned month = 202007; month <= 202012; month++)
		add(&scene, month, 1, 1);
	scene_make(&scene, "halvar", "2020-1");
	expect(&scene, "4 av 6 månader i perioden saknar räknade kontakter (kontakt/1): 2020-01, "
		       "2020-03, 2020-05, 2020-06");
	scene_make(&scene, "ar", "2020");
	expect(&scene, "4 av 12 månader i perioden saknar räknade kontakter (kontakt/1): 2020-01, "
		       "2020-03, 2020-05, 2020-06");
	scene.r.english = true;
	scene_make(&scene, "ar", "2020");
	expect(&scene, "no counted contact (kontakt/1) in 4 of 12 months of the period: 2020-01, "
		       "2020-03, 2020-05, 2020-06");
	add(&scene, 202001, 2, 1);
	add(&scene, 202003, 2, 1);
	add(&scene, 202006, 2, 1);
	scene_make(&scene, "ar", "2020");
	expect(&scene, "no counted contact (kontakt/1) in 1 of 12 months of the period: 2020-05");
	scene.r.english = false;
	scene_make(&scene, "halvar", "2020-2");
	assert_false(noted(&scene, "månader"));
	scene_make(&scene, "alla", NULL);
	assert_false(noted(&scene, "månader"));
	scene_end(&scene);
}

/* Vector 15: nothing heard is not 0. */
static void no_data_is_not_0(void **state)
{
	(void)state;
	static const char *const period[][2] = {
		{"ar", "2021"}, {"halvar", "2020-2"}, {"manad", "2020-07"}};
	struct scene scene = {.s = kit_snapshot(1)};
	add(&scene, 202003, 17, 1);
	for (size_t i = 0; i < ARRAY_SIZE(period); i++) {
		scene_make(&scene, period[i][0], period[i][1]);
		assert_false(scene.r.has_sentence);
		assert_false(noted(&scene, "månader"));
		expect(&scene, "perioden har inga räknade kontakter (kontakt/1): 0 betyder att "
			       "uppgift saknas");
	}
	scene_make(&scene, "ar", "2020");
	assert_true(scene.r.has_sentence);
	assert_string_equal(scene.r.sentence.text, "Under 2020 genomfördes inga distanskontakter");
	assert_false(noted(&scene, "uppgift saknas"));
	scene_end(&scene);
}

static void version_conflicts_are_noted(void **state)
{
	(void)state;
	struct scene scene = {.s = kit_snapshot(2)};
	add(&scene, 202003, 1, 1);
	scene_make(&scene, "ar", "2020");
	assert_false(noted(&scene, "versionskonflikt"));
	for (int i = 0; i < 2; i++) {
		scene.s.partition[i].stat[KEYS_STAT_CONFLICT]++;
		scene.s.partition[i].off++;
		scene_make(&scene, "ar", "2020");
		expect(&scene, i == 0 ? "1 versionskonflikt i hela namnrymden: samma version av en "
					"kontakt kom "
					"med andra uppgifter, och den första gäller"
				      : "2 versionskonflikter i hela namnrymden: samma version av "
					"en kontakt "
					"kom med andra uppgifter, och den första gäller");
	}
	scene.r.english = true;
	scene_make(&scene, "ar", "2020");
	expect(&scene, "2 version conflicts in the whole namespace: the same version of a contact "
		       "came with "
		       "other content, and the first one stands");
	scene_end(&scene);
}

static void retractions_of_what_was_not_seen_are_noted(void **state)
{
	(void)state;
	struct scene scene = {.s = kit_snapshot(2)};
	add(&scene, 202003, 1, 1);
	scene_make(&scene, "ar", "2020");
	assert_false(noted(&scene, "återtagande"));
	for (int i = 0; i < 2; i++) {
		scene.s.partition[i].noted[REASON_RETRACT_UNSEEN]++;
		scene_make(&scene, "ar", "2020");
		expect(&scene,
		       i == 0 ? "1 återtagande i hela namnrymden gällde en kontakt som inte "
				"hade setts: den räknas inte, inte heller om en äldre "
				"uppgift kommer efteråt"
			      : "2 återtaganden i hela namnrymden gällde kontakter som inte "
				"hade setts: de räknas inte, inte heller om en äldre "
				"uppgift kommer efteråt");
	}
	scene_end(&scene);
}

/* Law 1 and 2 hold while some partitions are far behind: what is sent tells. */
static void what_is_sent_and_not_counted_yet_is_noted(void **state)
{
	(void)state;
	struct scene scene = {.s = kit_snapshot(2)};
	struct snapshot_partition *p = scene.s.partition;
	add(&scene, 202003, 1, 10);
	/* An opening in both partitions and the closing in the first. */
	p[0].stat[KEYS_STAT_LEVERANS] = 2, p[0].off += 2;
	p[1].stat[KEYS_STAT_LEVERANS] = 1, p[1].off += 1;
	p[1].stat[KEYS_STAT_CONTROL] = 1, p[1].off += 1;
	struct leverans *l = kit_delivery(&scene.s, "aa", 10);
	/* Of an open one nothing is known. */
	kit_delivery(&scene.s, "bb", 500)->phase = PHASE_OPENING;
	l = &scene.s.delivery[0].leverans;
	scene_make(&scene, "ar", "2020");
	assert_false(noted(&scene, "ännu"));
	l->sent = l->read = 11;
	scene_make(&scene, "ar", "2020");
	expect(&scene, "1 sänd händelse är ännu inte räknad: siffrorna är inte fullständiga förrän "
		       "aggregatorn har läst ikapp");
	l->sent = l->read = 1244;
	scene_make(&scene, "ar", "2020");
	expect(&scene,
	       "1 234 sända händelser är ännu inte räknade: siffrorna är inte fullständiga förrän "
	       "aggregatorn har läst ikapp");
	/* A namespace that begins later in the log never reads what lies before. */
	p[1].base = 100, p[1].off += 100;
	scene_make(&scene, "ar", "2020");
	expect(&scene, "1 234 sända händelser är ännu inte räknade eller ligger före namnrymdens "
		       "början och räknas aldrig");
	/* What was sent and came to nothing was consumed. */
	p[1].dead[REASON_KEY] = p[1].stat[KEYS_STAT_DEAD] = 1233, p[1].off += 1233;
	scene_make(&scene, "ar", "2020");
	scene.r.english = true;
	scene_make(&scene, "ar", "2020");
	expect(&scene,
	       "1 event that was sent is not counted yet, or lies before the beginning of the "
	       "namespace and never will be");
	p[1].stat[KEYS_STAT_DUPLICATE] = 1, p[1].off++;
	scene_make(&scene, "ar", "2020");
	assert_false(noted(&scene, "yet"));
	scene_end(&scene);
}

static void add_open(struct scene *scene, const char *id, uint8_t phase, const char *name)
{
	struct leverans *l = kit_delivery(&scene->s, id, 0);
	l->phase = phase;
	l->reason = phase == PHASE_QUARANTINED ? REASON_QUOTE_EOF : REASON_NONE;
	(void)snprintf(l->name, sizeof(l->name), "%s", name);
}

static void deliveries_that_may_lack_something_are_named(void **state)
{
	(void)state;
	struct scene scene = {.s = kit_snapshot(1)};
	add(&scene, 202003, 1, 1);
	add_open(&scene, "aa", PHASE_CLOSING, "whole.csv");
	scene_make(&scene, "ar", "2020");
	assert_false(noted(&scene, "karantän"));
	add_open(&scene, "bb", PHASE_OPENING, "a#1 {x}@.csv");
	scene_make(&scene, "ar", "2020");
	expect(&scene, "1 leverans är öppen och 0 i karantän, och det som de rymmer kan saknas: "
		       "vas a#1 {x}@.csv");
	add_open(&scene, "cc", PHASE_QUARANTINED, "b\n  - c.csv");
	add_open(&scene, "dd", PHASE_OPENING, "(name withheld)");
	scene_make(&scene, "ar", "2020");
	expect(&scene, "2 leveranser är öppna och 1 i karantän, och det som de rymmer kan saknas: "
		       "vas a#1 {x}@.csv, vas b   - c.csv (QUOTE_EOF), vas (name withheld)");
	add_open(&scene, "ee", PHASE_QUARANTINED, "e.csv");
	add_open(&scene, "ff", PHASE_QUARANTINED, "f.csv");
	scene.r.english = true;
	scene_make(&scene, "ar", "2020");
	expect(&scene,
	       "2 deliveries are open and 3 quarantined, and what they hold may be missing: "
	       "vas a#1 {x}@.csv, vas b   - c.csv (QUOTE_EOF), vas (name withheld) and 2 more");
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(months_without_contacts_are_named),
		cmocka_unit_test(no_data_is_not_0),
		cmocka_unit_test(version_conflicts_are_noted),
		cmocka_unit_test(retractions_of_what_was_not_seen_are_noted),
		cmocka_unit_test(what_is_sent_and_not_counted_yet_is_noted),
		cmocka_unit_test(deliveries_that_may_lack_something_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
