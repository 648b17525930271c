#include "kit.h"

#include "common/text.h"
#include "proto/vector.h"
#include "sample.h"

static void attributes_are_golden(void **state)
{
	(void)state;
	struct event e = sample_contact();
	struct vector v = vector_of(&e, 17, 3);
	char hex[65];
	text_hex((const uint8_t *)&v, sizeof(v), hex);
	assert_string_equal(hex, "0102030405060708090a0b0c"
				 "70ba358d7501"
				 "81c61a013000822463282980ff41");
}

static void every_field_holds_its_range_alone(void **state)
{
	(void)state;
	for (unsigned i = 0; i < VECTOR_FIELDS_END; i++) {
		struct vector v = {0};
		const struct vector_row *row = vector_row((enum vector_field)i);
		uint32_t all = (UINT32_C(1) << row->bits) - 1;
		vector_set(&v, (enum vector_field)i, all);
		for (unsigned k = 0; k < VECTOR_FIELDS_END; k++)
			assert_int_equal(vector_get(&v, (enum vector_field)k), k == i ? all : 0);
		vector_set(&v, (enum vector_field)i, 0);
		for (size_t b = 0; b < sizeof(v); b++)
			assert_int_equal(((uint8_t *)&v)[b], 0);
		assert_true(row->unknown <= all);
	}
}

static void numbers_saturate_and_unknown_is_said(void **state)
{
	(void)state;
	struct event e = sample_contact();
	e.contact.decision_day = 0;
	e.contact.age = -1;
	e.contact.hour = -1;
	e.contact.form = 0;
	struct vector v = vector_of(&e, 65535, 4095);
	assert_int_equal(vector_get(&v, VECTOR_WAITING), 1022);
	assert_int_equal(vector_get(&v, VECTOR_FROM_BOOKING), 1023);
	assert_int_equal(vector_age(&v), -1);
	assert_int_equal(vector_get(&v, VECTOR_HOUR), 31);
	assert_int_equal(vector_get(&v, VECTOR_FORM), 2);
	e.contact.decision_day = e.contact.day + 1;
	v = vector_of(&e, 0, 0);
	assert_int_equal(vector_get(&v, VECTOR_WAITING), 1023);
}

/* Vector 4: 5 March 23:59 to 8 March 00:01 is three calendar days. */
static void vector_4_waiting_is_calendar_days(void **state)
{
	(void)state;
	struct event e = sample_contact();
	e.contact.decision_day = civil_to_day(2020, 3, 5);
	e.contact.day = civil_to_day(2020, 3, 8);
	struct vector v = vector_of(&e, 0, 0);
	assert_int_equal(vector_get(&v, VECTOR_WAITING), 3);
}

static void a_retraction_keeps_nothing_but_the_tombstone(void **state)
{
	(void)state;
	struct event e = sample_contact();
	e.op = OP_RETRACT;
	struct vector v = vector_of(&e, 17, 3);
	assert_false(vector_live(&v));
	for (unsigned i = 0; i < VECTOR_FIELDS_END; i++)
		assert_int_equal(vector_get(&v, (enum vector_field)i), i == VECTOR_TOMBSTONE);
	assert_true(vector_version(&v) == e.version);
	vector_set_version(&v, EVENT_VERSION_MAX);
	assert_true(vector_version(&v) == EVENT_VERSION_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_are_golden),
		cmocka_unit_test(every_field_holds_its_range_alone),
		cmocka_unit_test(numbers_saturate_and_unknown_is_said),
		cmocka_unit_test(vector_4_waiting_is_calendar_days),
		cmocka_unit_test(a_retraction_keeps_nothing_but_the_tombstone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
