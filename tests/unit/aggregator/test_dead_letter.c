/* dead_letter: coordinates and a digest, and nothing of what the record holds. */
#include "stream.h"

#include "aggregator/dead_letter.h"

static void a_letter_is_coordinates(void **state)
{
	(void)state;
	struct buf b = {0};
	const struct kafka_record r = {
		.partition = 3,
		.offset = 4711,
		.key = (const uint8_t *)"secret-key-1",
		.key_len = 12,
		.value = (const uint8_t *)"abc",
		.value_len = 3,
	};

	dead_letter_text(&b, "t", &r, REASON_UNKNOWN_CODE, "kanal", NULL);
	assert_string_equal(buf_text(&b),
			    "{\"reason\": \"UNKNOWN_CODE\", \"topic\": \"t\", \"partition\": 3, "
			    "\"offset\": 4711, "
			    "\"bytes\": 3, \"sha256\": "
			    "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\", "
			    "\"field\": \"kanal\"}");
	buf_release(&b);
}

static void a_null_value_has_the_digest_of_nothing(void **state)
{
	(void)state;
	struct buf b = {0};
	const struct kafka_record r = {.partition = 0, .offset = 0};

	dead_letter_text(&b, "t", &r, REASON_NULL_VALUE, "", NULL);
	assert_non_null(strstr(buf_text(&b), "\"bytes\": 0, \"sha256\": \"e3b0c442"));
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_letter_is_coordinates),
		cmocka_unit_test(a_null_value_has_the_digest_of_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
