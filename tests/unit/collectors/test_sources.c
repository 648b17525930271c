/*
 * sources: every shipped mapping over its own samples gives the events beside it, byte for byte
 * (`kontaktpuls mapping test --write` writes them anew), and real exports of others give the figures
 * that are known of them.
 */
#include "tests/unit/collectors/mapping_fixture.h"

#include <glob.h>

#include "collectors/engine/example.h"

#define SHIPPED KP_SOURCE_DIR "/collectors/*/*/"

static struct mapping *load(const char *path)
{
	struct mapping *m = NULL;
	struct fault f = {0};

	assert_int_equal(civil_init(&f), 0);
	if (mapping_load(path, &m, &f) < 0)
		fail_msg("%s", f.text);
	return m;
}

static size_t count_files(const char *pattern)
{
	glob_t found = {0};
	size_t count = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;

	globfree(&found);
	return count;
}

static void check_example(struct mapping *m, const char *folder, const char *sample,
			  const char *expected)
{
	struct buf got = {0}, want = {0}, path = {0};
	struct fault f = {0};

	buf_addf(&path, "%s/%s", folder, sample);
	if (example_lines(m, buf_text(&path), &got, &f) < 0)
		fail_msg("%s", f.text);
	buf_reset(&path);
	buf_addf(&path, "%s/%s", folder, expected);
	assert_int_equal(buf_read_file(&want, buf_text(&path), 1 << 20, &f), 0);
	assert_string_equal(buf_text(&got), buf_text(&want));
	buf_release(&got);
	buf_release(&want);
	buf_release(&path);
}

static void samples_give_the_expected_events(void **state)
{
	glob_t found;
	size_t checked = 0;

	(void)state;
	assert_int_equal(glob(SHIPPED "*.yaml", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];
		char *folder = base_strndup(path, (size_t)(strrchr(path, '/') - path));
		struct mapping *m = load(path);
		size_t texts;
		const char *const *example = mapping_examples(m, &texts);
		for (size_t k = 0; k < texts; k += 2, checked++)
			check_example(m, folder, example[k], example[k + 1]);
		mapping_free(m);
		free(folder);
	}
	globfree(&found);
	/* None is forgotten. */
	assert_int_equal(checked, count_files(SHIPPED "*expected.ndjson"));
}

/* What is known of the real exports. */
struct figures {
	unsigned contacts, oppen, sluten, women, men, moved, units, virtual, home, other;
	int virtual_month;
	char unit[64][129];
	int first, last;
};

/* In another month than in UTC. */
static bool is_moved(const struct contact *c)
{
	int64_t ms = c->started_ms;
	int32_t day = (int32_t)(ms / 86400000 - (ms % 86400000 < 0)) + civil_to_day(1970, 1, 1);

	return civil_yyyymm(day) != civil_yyyymm(c->day);
}

static void add(void *of, enum mapping_outcome outcome, const struct event *e,
		const struct mapping_result *r)
{
	struct figures *n = of;
	const struct contact *c = &e->contact;
	unsigned u = 0;

	(void)r;
	if (outcome != MAPPING_EVENT || c->status != STATUS_COMPLETED ||
	    c->qualified != JUDGEMENT_ANTAGET || e->version != 1 || c->age < 0) {
		n->other++;
		return;
	}
	n->contacts++;
	n->oppen += c->vardform == VARDFORM_OPPEN;
	n->sluten += c->vardform == VARDFORM_SLUTEN;
	n->women += c->kon == KON_KVINNA;
	n->men += c->kon == KON_MAN;
	n->moved += is_moved(c);
	n->home += strcmp(codes_name(CODES_FORM, c->form), "hembesok") == 0;
	if (c->kanal != KANAL_FYSISK) {
		n->virtual += c->kanal == KANAL_EJ_SPECIFICERAD;
		n->other += c->kanal != KANAL_EJ_SPECIFICERAD;
		n->virtual_month = civil_yyyymm(c->day);
	}
	int year = civil_from_day(c->day).year;
	n->first = n->first == 0 || year < n->first ? year : n->first;
	n->last = year > n->last ? year : n->last;
	while (u < n->units && strcmp(n->unit[u], c->unit) != 0)
		u++;
	if (u == n->units && n->units < ARRAY_SIZE(n->unit))
		memcpy(n->unit[n->units++], c->unit, sizeof(c->unit));
}

/* Of a file of the real input, which lies outside the repository (tests/README.md). */
static struct figures figures_of(const char *mapping, const char *name)
{
	const char *real = getenv("KP_REAL_DATA");
	struct figures n = {0};
	struct fault f = {0};
	struct buf path = {0};

	buf_addf(&path, "%s/%s", real ? real : KP_SOURCE_DIR "/../shared/data", name);
	if (access(buf_text(&path), R_OK) != 0) {
		print_message("no %s: skipped\n", buf_text(&path));
		buf_release(&path);
		skip();
	}
	struct mapping *m = load(mapping);
	if (example_each(m, buf_text(&path), add, &n, &f) < 0)
		fail_msg("%s", f.text);
	mapping_free(m);
	buf_release(&path);
	return n;
}

static void synthea_gives_the_known_figures(void **state)
{
	struct figures n = figures_of(KP_SOURCE_DIR
				      "/collectors/vardkontakt/synthea-csv/mapping.yaml",
				      "synthea-csv/encounters.csv");

	(void)state;
	assert_int_equal(n.other + n.virtual + n.home, 0);
	assert_int_equal(n.contacts, 604);
	assert_int_equal(n.oppen, 593);
	assert_int_equal(n.sluten, 11);
	assert_int_equal(n.women, 283);
	assert_int_equal(n.men, 321);
	assert_int_equal(n.units, 51);
	assert_int_equal(n.moved, 3);
	assert_int_equal(n.first, 1968);
	assert_int_equal(n.last, 2024);
}

/* Months by the source's own offset: tests/e2e/test_fhir.py. */
static void fhir_bulk_gives_the_known_figures(void **state)
{
	struct figures n = figures_of(KP_SOURCE_DIR
				      "/collectors/vardkontakt/fhir-encounter/mapping.yaml",
				      "fhir-bulk/Encounter.000.ndjson");

	(void)state;
	assert_int_equal(n.other, 0);
	assert_int_equal(n.contacts, 1215);
	assert_int_equal(n.oppen, 1166);
	assert_int_equal(n.sluten, 49);
	assert_int_equal(n.women, 1132);
	assert_int_equal(n.men, 83);
	assert_int_equal(n.units, 34);
	assert_int_equal(n.virtual, 1);
	assert_int_equal(n.virtual_month, 202006);
	assert_int_equal(n.home, 9);
	assert_int_equal(n.first, 1928);
	assert_int_equal(n.last, 2023);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_give_the_expected_events),
		cmocka_unit_test(synthea_gives_the_known_figures),
		cmocka_unit_test(fhir_bulk_gives_the_known_figures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
