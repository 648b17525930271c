/*
 * identity: personnummer and contact ids (rows 34 and 35 of the bad-input matrix). All numbers are
 * made up.
 */
#include "tests/unit/collectors/mapping_fixture.h"

#include "collectors/engine/identity.h"

static int32_t day(int year, int month, int date)
{
	return civil_to_day(year, month, date);
}

static void reads_numbers(void **state)
{
	static const struct {
		const char *text;
		enum identity_kind kind;
		uint8_t kon;
		int year, month, day;
	} rows[] = {
		{"121212-1212", IDENTITY_PERSONNUMMER, KON_MAN, 2012, 12, 12},
		{"121212+1212", IDENTITY_PERSONNUMMER, KON_MAN, 1912, 12, 12},
		{"1212121212", IDENTITY_PERSONNUMMER, KON_MAN, 2012, 12, 12},
		{"191212121212", IDENTITY_PERSONNUMMER, KON_MAN, 1912, 12, 12},
		{"19121212-1212", IDENTITY_PERSONNUMMER, KON_MAN, 1912, 12, 12},
		{" 640823-3234 ", IDENTITY_PERSONNUMMER, KON_MAN, 1964, 8, 23},
		{"640823-3226", IDENTITY_PERSONNUMMER, KON_KVINNA, 1964, 8, 23},
		{"701063-2391", IDENTITY_SAMORDNINGSNUMMER, KON_MAN, 1970, 10, 3},
		{"19900101-R12B", IDENTITY_RESERVNUMMER, KON_OKANT, 1990, 1, 1},
		/* Born later in the year than the contact: a hundred years ago, then. */
		{"201231-1235", IDENTITY_PERSONNUMMER, KON_MAN, 1920, 12, 31},
		/* Wrong check digit, date, birth number, form. */
		{"121212-1213", IDENTITY_NONE, KON_OKANT, 0, 0, 0},
		{"121312-1212", IDENTITY_NONE, KON_OKANT, 0, 0, 0},
		{"121292-1212", IDENTITY_NONE, KON_OKANT, 0, 0, 0},
		{"121212-0008", IDENTITY_NONE, KON_OKANT, 0, 0, 0},
		{"12121-21212", IDENTITY_NONE, KON_OKANT, 0, 0, 0},
		{"121212--121", IDENTITY_NONE, KON_OKANT, 0, 0, 0},
		{"162321000115", IDENTITY_NONE, KON_OKANT, 0, 0, 0},
		{"okänd", IDENTITY_NONE, KON_OKANT, 0, 0, 0},
		{"-", IDENTITY_NONE, KON_OKANT, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct identity got = identity_read(span_of(rows[i].text), day(2020, 6, 1),
						    day(2021, 1, 1));
		if (got.kind != rows[i].kind || got.kon != rows[i].kon)
			fail_msg("%s: kind %d, kon %d", rows[i].text, got.kind, got.kon);
		if (got.kind != IDENTITY_NONE)
			assert_int_equal(got.birth_day,
					 day(rows[i].year, rows[i].month, rows[i].day));
	}
}

/* The plus is written from the year in which a person turns 100, whenever the contact was. */
static void century_of_ten_digits(void **state)
{
	struct identity got;

	(void)state;
	got = identity_read(span_of("200115-1238"), day(2019, 5, 1), day(2025, 1, 1));
	assert_int_equal(got.birth_day, day(1920, 1, 15));
	got = identity_read(span_of("200115+1238"), day(2019, 5, 1), day(2021, 1, 1));
	assert_int_equal(got.birth_day, day(1920, 1, 15));
	got = identity_read(span_of("200115-1238"), day(2020, 5, 1), day(2021, 1, 1));
	assert_int_equal(got.birth_day, day(2020, 1, 15));
	/* 29 February 1900 never was. */
	got = identity_read(span_of("000229-1235"), day(2020, 5, 1), day(2020, 5, 1));
	assert_int_equal(got.birth_day, day(2000, 2, 29));
	got = identity_read(span_of("000229+1235"), day(2020, 5, 1), day(2020, 5, 1));
	assert_int_equal(got.kind, IDENTITY_NONE);
}

static void finds_leaks(void **state)
{
	static const struct {
		const char *text;
		bool leaks, resembles;
	} rows[] = {
		{"191212121212", true, true},
		{"Rum 3, 121212-1212, Halmstad", true, true},
		{"x19121212-1212y", true, true},
		{"pat121212 1212", true, true},
		{"701063-2391", true, true},
		{"121212-1213", false, true},
		/* As a word processor writes it: other dashes, hard spaces. */
		{"Anna 121212\u20131212", true, true},
		{"121212 \u2013 1212", true, true},
		{"121212\u00a0\u2014\u00a01212", true, true},
		{"19121212\u22121212", true, true},
		{"121212\u00a01212", true, true},
		{"121212 + 1212", true, true},
		{"121212\u20131213", false, true},
		{"121212--1212", false, false},
		{"121212        1212", false, false},
		{"121212\u2013", false, false},
		{"SE2321000115-O42956", false, true},
		{"20200301123456", false, false},
		{"Vårdcentralen Kungsbacka", false, false},
		{"57f2562b-445c-f11c-ba40-edc55af3c84f", false, false},
		{"12121212121", false, false},
		{"", false, false},
		{"121212-", false, false},
		{"121212-121", false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (identity_leaks(span_of(rows[i].text)) != rows[i].leaks)
			fail_msg("leaks: %s", rows[i].text);
		if (identity_resembles(span_of(rows[i].text)) != rows[i].resembles)
			fail_msg("resembles: %s", rows[i].text);
	}
}

static void makes_ids(void **state)
{
	struct mapping_context c = fixture_context();
	uint8_t a[EVENT_ID_BYTES], b[EVENT_ID_BYTES], fingerprint[4];
	char hex[2 * EVENT_ID_BYTES + 1];

	(void)state;
	/* Worked out in Python: hmac.new(bytes(32), parts, "sha256"), each part after its length. */
	identity_contact_id(c.key, "vas", span_of("K1"), a);
	text_hex(a, sizeof(a), hex);
	assert_string_equal(hex, "33534ce8cccd6e12acc15549");
	identity_contact_id(c.key, "vasK", span_of("1"), b);
	assert_memory_not_equal(a, b, sizeof(a));
	identity_fingerprint(c.key, fingerprint);
	text_hex(fingerprint, sizeof(fingerprint), hex);
	assert_string_equal(hex, "eafa8742");
	digest_mac_free(c.key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(century_of_ten_digits),
		cmocka_unit_test(finds_leaks),
		cmocka_unit_test(makes_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
