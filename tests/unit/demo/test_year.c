/*
 * The made-up year: everything follows from seed and scale; the totals are exact whatever the
 * seed; what is disorderly is there in the measure that is promised; each file is what its
 * dialect says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/civil.h"
#include "common/csv.h"
#include "demo/year_files.h"
#include "demo/year_mappings.h"
#include "demo/year_units.h"

/* Kanal of a kind that counts, told here once more: 1 telefon, 2 video, 3 skriftlig, 4 fysisk. */
static const uint8_t kanal_of[YEAR_KINDS] = {
	[YEAR_KIND_TELEFON] = 1,  [YEAR_KIND_VIDEO] = 2,      [YEAR_KIND_VIDEO_GROUP] = 2,
	[YEAR_KIND_CHATT] = 3,    [YEAR_KIND_MEDDELANDE] = 3, [YEAR_KIND_FORMULAR] = 3,
	[YEAR_KIND_SOB] = 3,      [YEAR_KIND_BREV] = 3,       [YEAR_KIND_MOTTAGNING] = 4,
	[YEAR_KIND_HEMBESOK] = 4,
};

static int by_contact(const void *a, const void *b)
{
	const struct year_row *x = a, *y = b;

	if (x->source != y->source)
		return x->source - y->source;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->revision - y->revision;
}

static bool counts(const struct year_row *r)
{
	return r->status == YEAR_STATUS_DONE && !r->inpatient && !r->undocumented &&
	       civil_from_day(r->day).year == 2020;
}

static void count(const struct year *y, unsigned n[5])
{
	struct year_row *row = base_alloc(y->rows * sizeof(*row));
	size_t rows = 0;

	for (size_t i = 0; i < y->rows; i++)
		if (y->row[i].fault == YEAR_FAULT_NONE)
			row[rows++] = y->row[i];
	qsort(row, rows, sizeof(*row), by_contact);
	memset(n, 0, 5 * sizeof(*n));
	for (size_t i = 0; i < rows; i++) {
		bool last = i + 1 == rows || row[i].source != row[i + 1].source ||
			    row[i].number != row[i + 1].number;
		if (last && counts(&row[i]))
			n[kanal_of[row[i].kind]]++;
	}
	free(row);
}

static void test_totals_do_not_depend_on_the_seed(void **state)
{
	static const struct {
		uint64_t seed;
		double scale;
		unsigned telefon, video, skriftlig, fysisk;
	} known[] = {
		{2020, 1, 102318, 39911, 13104, 110000},
		{7, 1, 102318, 39911, 13104, 110000},
		{7, 0.01, 1023, 399, 131, 1100},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct year y;
		unsigned n[5];
		year_make(known[i].seed, known[i].scale, &y);
		assert_true(y.rows < 300000);
		count(&y, n);
		assert_int_equal(n[1], known[i].telefon);
		assert_int_equal(n[2], known[i].video);
		assert_int_equal(n[3], known[i].skriftlig);
		assert_int_equal(n[4], known[i].fysisk);
		year_release(&y);
	}
}

static void test_bytes_follow_from_seed_and_scale(void **state)
{
	(void)state;
	for (enum year_source s = 0; s < YEAR_SOURCES; s++) {
		struct buf text[3] = {{0}, {0}, {0}};
		for (int i = 0; i < 3; i++) {
			struct year y;
			year_make(i < 2 ? 2020 : 7, 0.01, &y);
			year_files_write(&y, s, &text[i]);
			year_release(&y);
		}
		assert_true(span_equal((struct span){text[0].data, text[0].len},
				       (struct span){text[1].data, text[1].len}));
		assert_string_not_equal(buf_text(&text[0]), buf_text(&text[2]));
		for (int i = 0; i < 3; i++)
			buf_release(&text[i]);
	}
}

static void assert_share(size_t n, size_t of, double low, double high)
{
	double share = (double)n / (double)of;

	if (share < low || share > high)
		fail_msg("%zu of %zu is not between %g and %g", n, of, low, high);
}

/* 1 % copies, 2 % corrections, of which some before their original, 0.1 % faults of every kind. */
static void test_disorder(void **state)
{
	struct year y;
	size_t copies = 0, corrected = 0, backwards = 0, faults = 0;
	unsigned kinds[YEAR_FAULTS] = {0};

	(void)state;
	year_make(2020, 0.2, &y);
	for (size_t i = 0; i < y.rows; i++) {
		faults += y.row[i].fault != YEAR_FAULT_NONE;
		kinds[y.row[i].fault]++;
	}
	for (int k = 0; k < YEAR_FAULTS; k++)
		assert_true(kinds[k] > 0);
	assert_share(faults, y.rows, 0.0009, 0.0012);
	qsort(y.row, y.rows, sizeof(*y.row), by_contact);
	for (size_t i = 1; i < y.rows; i++) {
		const struct year_row *a = &y.row[i - 1], *b = &y.row[i];
		if (a->source != b->source || a->number != b->number)
			continue;
		if (a->revision == b->revision) {
			copies++;
			assert_int_equal(a->changed, b->changed);
			continue;
		}
		assert_true(a->changed < b->changed);
		corrected += b->status != YEAR_STATUS_VOID;
		backwards += a->arrival > b->arrival;
	}
	assert_share(copies, y.rows, 0.008, 0.012);
	assert_share(corrected, y.rows, 0.018, 0.026);
	assert_share(backwards, corrected, 0.05, 0.3);
	year_release(&y);
}

static bool check_digit_is_right(struct span s)
{
	unsigned sum = 0, at = 0;

	for (size_t i = s.len == 12 || s.len == 13 ? 2 : 0; i < s.len; i++) {
		if (s.data[i] == '-' || s.data[i] == '+')
			continue;
		unsigned product = (unsigned)(s.data[i] - '0') * (at++ % 2 ? 1 : 2);
		sum += product / 10 + product % 10;
	}
	return at == 10 && sum % 10 == 0;
}

static void test_files_are_of_their_dialect(void **state)
{
	static const struct {
		struct csv_dialect dialect;
		size_t columns, person;
	} known[YEAR_SOURCES] = {
		[YEAR_TELEFON] = {{';', '"', CSV_CP1252}, 12, 4},
		[YEAR_VIDEO] = {{',', '"', CSV_UTF8}, 10, 4},
		[YEAR_SKRIFTLIG] = {{'\t', '"', CSV_UTF8}, 10, 4},
	};
	struct year y;

	(void)state;
	year_make(2020, 0.05, &y);
	for (enum year_source s = 0; s < YEAR_SOURCES; s++) {
		struct buf text = {0};
		struct csv_row row;
		size_t rows = 0, expected = 1, broken = 0, numbers = 0, wrong = 0;
		enum csv_status status;
		year_files_write(&y, s, &text);
		for (size_t i = 0; i < y.rows; i++) {
			if (y.row[i].source != s)
				continue;
			expected++;
			broken += y.row[i].fault == YEAR_FAULT_ENCODING ||
				  y.row[i].fault == YEAR_FAULT_CONTROL ||
				  y.row[i].fault == YEAR_FAULT_QUOTE ||
				  y.row[i].fault == YEAR_FAULT_COLUMNS;
		}
		struct csv *c = csv_new_memory(text.data, text.len, known[s].dialect);
		for (status = csv_next(c, &row); status != CSV_END; status = csv_next(c, &row)) {
			if (status != CSV_ROW || row.count != known[s].columns) {
				broken--;
				continue;
			}
			rows++;
			struct span person = row.field[known[s].person].value;
			if (rows == 1 || person.len == 0)
				continue;
			numbers++;
			wrong += !check_digit_is_right(person);
		}
		assert_int_equal(broken, 0);
		assert_share(rows, expected, 0.99, 1);
		assert_share(wrong, numbers, 0.001, 0.008);
		csv_free(c);
		buf_release(&text);
	}
	year_release(&y);
}

static void test_units(void **state)
{
	static const char *const forvaltningar[] = {";HS;",  ";NSV;", ";ADH;",
						    ";PSY;", ";RK;",  ";PRIV;"};
	struct buf table = {0}, id = {0};
	struct year y;
	size_t unlisted = 0;

	(void)state;
	assert_int_equal(year_units_count(), 120);
	year_units_table(&table);
	for (size_t i = 0; i < ARRAY_SIZE(forvaltningar); i++)
		assert_non_null(strstr(buf_text(&table), forvaltningar[i]));
	assert_non_null(strstr(buf_text(&table), ";NSV;region;primarvard;2010-01-01;2020-07-01\n"));
	assert_non_null(strstr(buf_text(&table), ";PSY;region;primarvard;2020-07-01;\n"));
	year_make(2020, 0.01, &y);
	for (size_t i = 0; i < y.rows; i++) {
		buf_reset(&id);
		year_units_id(&id, y.row[i].unit);
		buf_addc(&id, ';');
		unlisted += strstr(buf_text(&table), buf_text(&id)) == NULL;
	}
	/* Seven of a unit that no table knows, two without a unit, and copies of those. */
	assert_in_range(unlisted, 9, 12);
	year_release(&y);
	buf_release(&table);
	buf_release(&id);
}

static void test_mappings_are_inside(void **state)
{
	(void)state;
	for (enum year_source s = 0; s < YEAR_SOURCES; s++) {
		struct buf path = {0}, file = {0};
		struct fault f;
		buf_addf(&path, KP_SOURCE_DIR "/collectors/%s/halland-demo/mapping.yaml",
			 year_files_name(s));
		assert_int_equal(buf_read_file(&file, buf_text(&path), 1 << 20, &f), 0);
		assert_true(span_equal(year_mappings_text(s), (struct span){file.data, file.len}));
		buf_release(&path);
		buf_release(&file);
	}
}

static int setup(void **state)
{
	struct fault f;

	(void)state;
	return civil_init(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_totals_do_not_depend_on_the_seed),
		cmocka_unit_test(test_bytes_follow_from_seed_and_scale),
		cmocka_unit_test(test_disorder),
		cmocka_unit_test(test_files_are_of_their_dialect),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_mappings_are_inside),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
