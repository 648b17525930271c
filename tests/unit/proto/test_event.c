#include "kit.h"

#include "sample.h"

static enum reason check(struct event e, const char *expect_field)
{
	const char *field = "";
	enum reason r = event_check(&e, &field);
	if (r != REASON_NONE)
		assert_string_equal(field, expect_field);
	return r;
}

static void samples_are_right(void **state)
{
	(void)state;
	assert_int_equal(check(sample_contact(), ""), REASON_NONE);
	assert_int_equal(check(sample_closing(), ""), REASON_NONE);
}

static void every_required_field_is_required(void **state)
{
	(void)state;
	size_t count, required = 0;
	const struct event_field *row = event_fields(&count);
	for (size_t i = 0; i < count; i++) {
		struct event e = sample_contact();
		char *at = (char *)&e.contact + row[i].offset;
		const int32_t absent = -1;
		if (row[i].type == EVENT_CODE)
			*at = 0;
		else if (row[i].type == EVENT_NUM)
			memcpy(at, &absent, sizeof(absent));
		else
			continue;
		required += row[i].must;
		assert_int_equal(check(e, row[i].name),
				 row[i].must ? REASON_FIELD_MISSING : REASON_NONE);
	}
	assert_int_equal(required, 8);
}

/* Row 92: a code that is in no list. */
static void row_92_unknown_codes_are_refused(void **state)
{
	(void)state;
	size_t count;
	const struct event_field *row = event_fields(&count);
	for (size_t i = 0; i < count; i++) {
		if (row[i].type != EVENT_CODE)
			continue;
		struct event e = sample_contact();
		*((char *)&e.contact + row[i].offset) = 99;
		assert_int_equal(check(e, row[i].name), REASON_UNKNOWN_CODE);
	}
	struct event e = sample_contact();
	e.op = 3;
	assert_int_equal(check(e, "op"), REASON_UNKNOWN_CODE);
	e = sample_contact();
	e.contact.municipality = 1379;
	assert_int_equal(check(e, "municipality"), REASON_UNKNOWN_CODE);
}

static void numbers_have_ranges(void **state)
{
	(void)state;
	struct event e = sample_contact();
	e.contact.day = 65536;
	assert_int_equal(check(e, "day"), REASON_FIELD_INVALID);
	e = sample_contact();
	e.contact.hour = 24;
	assert_int_equal(check(e, "hour"), REASON_FIELD_INVALID);
	e = sample_contact();
	e.contact.age = 126;
	assert_int_equal(check(e, "age"), REASON_FIELD_INVALID);
	e = sample_contact();
	e.version = EVENT_VERSION_MAX + 1;
	assert_int_equal(check(e, "version"), REASON_FIELD_INVALID);
}

/* Row 88: protobuf-c lets any bytes through. */
static void row_88_texts_are_utf8_without_control(void **state)
{
	(void)state;
	struct event e = sample_contact();
	memcpy(e.contact.unit, "V\xe5rdcentral", 12);
	assert_int_equal(check(e, "unit"), REASON_ENCODING);
	e = sample_contact();
	memcpy(e.contact.unit, "a\nb", 4);
	assert_int_equal(check(e, "unit"), REASON_FIELD_INVALID);
	e = sample_contact();
	memcpy(e.source, "VAS", 4);
	assert_int_equal(check(e, "source"), REASON_FIELD_INVALID);
}

static void fields_must_agree(void **state)
{
	(void)state;
	struct event e = sample_contact();
	e.contact.form = 9; /* a letter by video */
	assert_int_equal(check(e, "form"), REASON_FIELD_INVALID);
	e = sample_contact();
	e.contact.status = STATUS_NULLIFIED; /* must be a RETRACT */
	assert_int_equal(check(e, "status"), REASON_FIELD_INVALID);
	e = sample_contact();
	memcpy(e.contact.kva, "ZV051,XS915", 12);
	assert_int_equal(check(e, "kva"), REASON_FIELD_INVALID);
	e = sample_contact();
	e.contact.protected_person = YES_NO_JA; /* with a municipality */
	assert_int_equal(check(e, "protected_person"), REASON_FIELD_INVALID);
	e = sample_contact();
	e.contact.ended_ms = e.contact.started_ms - 1;
	assert_int_equal(check(e, "ended_ms"), REASON_FIELD_INVALID);
}

static void a_retraction_needs_no_contact(void **state)
{
	(void)state;
	struct event e = sample_contact();
	e.op = OP_RETRACT;
	memset(&e.contact, 0xee, sizeof(e.contact));
	assert_int_equal(check(e, ""), REASON_NONE);
}

/* Row 83: nobody may send a control record yet. */
static void row_83_control_is_forged(void **state)
{
	(void)state;
	struct event e = sample_contact();
	e.body = EVENT_CONTROL;
	assert_int_equal(check(e, "body"), REASON_FORGED_CONTROL);
	e.body = EVENT_NO_BODY;
	assert_int_equal(check(e, "body"), REASON_FIELD_MISSING);
}

static void a_closing_must_add_up(void **state)
{
	(void)state;
	struct event e = sample_closing();
	e.leverans.sent++;
	assert_int_equal(check(e, "read"), REASON_FIELD_INVALID);
	e = sample_closing();
	e.leverans.partition = 1;
	assert_int_equal(check(e, "partition"), REASON_FIELD_INVALID);
	e = sample_closing();
	e.leverans.reason = REASON_QUOTE_EOF;
	assert_int_equal(check(e, "reason"), REASON_FIELD_INVALID);
	e.leverans.phase = PHASE_QUARANTINED;
	assert_int_equal(check(e, ""), REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_right),
		cmocka_unit_test(every_required_field_is_required),
		cmocka_unit_test(row_92_unknown_codes_are_refused),
		cmocka_unit_test(numbers_have_ranges),
		cmocka_unit_test(row_88_texts_are_utf8_without_control),
		cmocka_unit_test(fields_must_agree),
		cmocka_unit_test(a_retraction_needs_no_contact),
		cmocka_unit_test(row_83_control_is_forged),
		cmocka_unit_test(a_closing_must_add_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
