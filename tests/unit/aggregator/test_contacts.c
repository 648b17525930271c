/* contacts and finder: every contact is found again, in its slot, however many there are and however they collide. */
#include "stream.h"

#include "aggregator/contacts.h"

static struct vector vector_number(unsigned k, uint64_t version)
{
	const struct event e = stream_contact(k, version);
	return vector_of(&e, (uint16_t)(k % 60000), 0);
}

static void slots_are_handed_out_in_order_and_found_again(void **state)
{
	(void)state;
	struct contacts c = {.seed = 7};
	const unsigned n = 200000;

	for (unsigned k = 0; k < n; k++) {
		const struct vector v = vector_number(k, k);
		assert_int_equal(contacts_find(&c, v.id), CONTACTS_NONE);
		assert_int_equal(contacts_add(&c, &v), k);
	}
	for (unsigned k = 0; k < n; k++) {
		const struct vector v = vector_number(k, k);
		assert_int_equal(contacts_find(&c, v.id), k);
		assert_memory_equal(&c.slot[k], &v, VECTOR_BYTES);
	}
	contacts_release(&c);
}

static void an_update_keeps_the_slot(void **state)
{
	(void)state;
	struct contacts c = {.seed = 1};
	const struct vector first = vector_number(3, 1), other = vector_number(4, 1),
			    later = vector_number(3, 2);

	(void)contacts_add(&c, &first);
	(void)contacts_add(&c, &other);
	contacts_set(&c, 0, &later);
	assert_int_equal(contacts_find(&c, first.id), 0);
	assert_int_equal(vector_version(&c.slot[0]), 2);
	assert_int_equal(vector_version(&c.slot[1]), 1);
	contacts_release(&c);
}

static void a_loaded_table_is_indexed(void **state)
{
	(void)state;
	struct contacts c = {.seed = 9};
	struct vector *room = contacts_room(&c, 1000);

	for (unsigned k = 0; k < 1000; k++)
		room[k] = vector_number(k * 7, 1);
	assert_true(contacts_index(&c));
	for (unsigned k = 0; k < 1000; k++)
		assert_int_equal(contacts_find(&c, vector_number(k * 7, 1).id), k);
	assert_int_equal(contacts_find(&c, vector_number(1, 1).id), CONTACTS_NONE);
	const struct vector next = vector_number(1, 1);
	assert_int_equal(contacts_add(&c, &next), 1000);
	contacts_release(&c);
}

static void a_contact_in_two_slots_is_found_out(void **state)
{
	(void)state;
	struct contacts c = {.seed = 9};
	struct vector *room = contacts_room(&c, 3);

	room[0] = vector_number(5, 1);
	room[1] = vector_number(6, 1);
	room[2] = vector_number(5, 2);
	assert_false(contacts_index(&c));
	contacts_release(&c);
}

static void an_empty_table_finds_nothing(void **state)
{
	(void)state;
	struct contacts c = {0};

	assert_int_equal(contacts_find(&c, vector_number(1, 1).id), CONTACTS_NONE);
	(void)contacts_room(&c, 0);
	assert_true(contacts_index(&c));
	contacts_release(&c);
}

static void values_under_one_hash_come_one_after_another(void **state)
{
	(void)state;
	struct finder x = {0};
	size_t at = 0;
	unsigned seen = 0;

	for (uint32_t i = 0; i < 100; i++)
		finder_put(&x, i % 2 ? 12345 : 12346, i);
	for (uint32_t v = finder_next(&x, 12345, &at); v != FINDER_NONE;
	     v = finder_next(&x, 12345, &at)) {
		assert_int_equal(v % 2, 1);
		seen++;
	}
	assert_int_equal(seen, 50);
	at = 0;
	assert_int_equal(finder_next(&x, 12300, &at), FINDER_NONE);
	finder_release(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_handed_out_in_order_and_found_again),
		cmocka_unit_test(an_update_keeps_the_slot),
		cmocka_unit_test(a_loaded_table_is_indexed),
		cmocka_unit_test(a_contact_in_two_slots_is_found_out),
		cmocka_unit_test(an_empty_table_finds_nothing),
		cmocka_unit_test(values_under_one_hash_come_one_after_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
