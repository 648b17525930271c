#include "kit.h"

#include "exporters/sentence.h"

static struct sentence write_2020(uint64_t telefon, uint64_t video, uint64_t skriftlig,
				  uint64_t other)
{
	const uint64_t part[] = {telefon, video, skriftlig, other};
	struct sentence s;
	struct fault f;
	assert_int_equal(sentence_write(2020, part, &s, &f), 0);
	return s;
}

static void expect(uint64_t telefon, uint64_t video, uint64_t skriftlig, uint64_t other,
		   const char *text, const char *footnote)
{
	struct sentence s = write_2020(telefon, video, skriftlig, other);
	assert_string_equal(s.text, text);
	assert_string_equal(s.footnote, footnote);
}

static void the_year_2020_reads_as_it_was_published(void **state)
{
	(void)state;
	expect(102318, 39911, 13104, 0, "Under 2020 genomfördes över 155 000 distanskontakter",
	       "102 000 telefonkontakter, 40 000 videobesök, 13 000 skriftlig kontakt");
}

/* Conformance vector 17 of the domain reference. */
static void parts_add_up_to_the_floored_total(void **state)
{
	(void)state;
	expect(102400, 39800, 13300, 0, "Under 2020 genomfördes över 155 000 distanskontakter",
	       "102 000 telefonkontakter, 40 000 videobesök, 13 000 skriftlig kontakt");
	/* Naive rounding gives 103 + 40 + 13 = 156; two remainders of 600 tie, the larger cell wins. */
	expect(102600, 39600, 13400, 0, "Under 2020 genomfördes över 155 000 distanskontakter",
	       "103 000 telefonkontakter, 39 000 videobesök, 13 000 skriftlig kontakt");
	expect(39600, 102600, 13400, 0, "Under 2020 genomfördes över 155 000 distanskontakter",
	       "39 000 telefonkontakter, 103 000 videobesök, 13 000 skriftlig kontakt");
	/* A full tie: the one that is named first. */
	expect(7500, 7500, 0, 0, "Under 2020 genomfördes 15 000 distanskontakter",
	       "8 000 telefonkontakter, 7 000 videobesök");
}

/* Conformance vector 1. */
static void a_number_that_is_badly_grouped_or_does_not_add_up_is_refused(void **state)
{
	(void)state;
	static const char text[] = "Under 2020 genomfördes över 155 000 distanskontakter";
	struct fault f;
	assert_int_equal(
		sentence_check(
			text,
			"102 000 telefonkontakter, 40 000 videobesök, 13 000 skriftlig kontakt",
			&f),
		0);
	assert_int_equal(
		sentence_check(
			text,
			"102 000 telefonkontakter, 40 00 videobesök, 13 000 skriftlig kontakt", &f),
		FAULT_SOFTWARE);
	assert_non_null(strstr(f.text, "three digits"));
	assert_int_equal(
		sentence_check(
			text,
			"102 000 telefonkontakter, 4 000 videobesök, 13 000 skriftlig kontakt", &f),
		FAULT_SOFTWARE);
	assert_non_null(strstr(f.text, "119000"));
	assert_int_equal(
		sentence_check(
			text,
			"102 000 telefonkontakter, 40000 videobesök, 13 000 skriftlig kontakt", &f),
		FAULT_SOFTWARE);
	assert_int_equal(sentence_check("Under 2020 genomfördes över 155 00 distanskontakter",
					"15 500 telefonkontakter", &f),
			 FAULT_SOFTWARE);
	assert_int_equal(sentence_check(text, "155 000 telefonkontakter, 00 videobesök", &f),
			 FAULT_SOFTWARE);
}

static void the_unit_follows_the_smallest_part(void **state)
{
	(void)state;
	expect(1023, 399, 131, 0, "Under 2020 genomfördes över 1 550 distanskontakter",
	       "1 020 telefonkontakter, 400 videobesök, 130 skriftlig kontakt");
	expect(51234, 5000, 4999, 0, "Under 2020 genomfördes över 61 200 distanskontakter",
	       "51 200 telefonkontakter, 5 000 videobesök, 5 000 skriftlig kontakt");
	expect(12345678, 5000, 5000, 0, "Under 2020 genomfördes över 12 355 000 distanskontakter",
	       "12 345 000 telefonkontakter, 5 000 videobesök, 5 000 skriftlig kontakt");
}

static void nothing_rounded_away_is_not_more_than(void **state)
{
	(void)state;
	expect(102000, 40000, 13000, 0, "Under 2020 genomfördes 155 000 distanskontakter",
	       "102 000 telefonkontakter, 40 000 videobesök, 13 000 skriftlig kontakt");
	expect(44, 12, 4, 0, "Under 2020 genomfördes 60 distanskontakter",
	       "44 telefonkontakter, 12 videobesök, 4 skriftlig kontakt");
}

static void small_numbers_and_other_forms_read_sensibly(void **state)
{
	(void)state;
	expect(0, 0, 0, 0, "Under 2020 genomfördes inga distanskontakter", "");
	expect(1, 0, 0, 0, "Under 2020 genomfördes 1 distanskontakt", "1 telefonkontakt");
	expect(2, 1, 0, 1, "Under 2020 genomfördes 4 distanskontakter",
	       "2 telefonkontakter, 1 videobesök, 1 distanskontakt av ej specificerad form");
	expect(60000, 0, 0, 5999, "Under 2020 genomfördes över 65 000 distanskontakter",
	       "60 000 telefonkontakter, 5 000 distanskontakter av ej specificerad form");
}

/* Whatever the parts: the rounded ones add up to the floored total and each is less than a unit off. */
static void rounding_is_additive_for_any_parts(void **state)
{
	(void)state;
	uint64_t random = 2020;
	for (int round = 0; round < 20000; round++) {
		uint64_t part[SENTENCE_PARTS], rounded[SENTENCE_PARTS], total = 0, sum = 0;
		for (int i = 0; i < SENTENCE_PARTS; i++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
			part[i] = random >> 33 >> (random >> 28 & 31);
			total += part[i];
		}
		uint64_t unit = sentence_round(part, rounded);
		for (int i = 0; i < SENTENCE_PARTS; i++) {
			sum += rounded[i];
			assert_true(rounded[i] + unit > part[i] && part[i] + unit > rounded[i]);
			assert_true(rounded[i] % unit == 0 && (rounded[i] > 0) == (part[i] > 0));
		}
		assert_int_equal(sum, total / unit * unit);
		(void)write_2020(part[0], part[1], part[2], part[3]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_year_2020_reads_as_it_was_published),
		cmocka_unit_test(parts_add_up_to_the_floored_total),
		cmocka_unit_test(a_number_that_is_badly_grouped_or_does_not_add_up_is_refused),
		cmocka_unit_test(the_unit_follows_the_smallest_part),
		cmocka_unit_test(nothing_rounded_away_is_not_more_than),
		cmocka_unit_test(small_numbers_and_other_forms_read_sensibly),
		cmocka_unit_test(rounding_is_additive_for_any_parts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
