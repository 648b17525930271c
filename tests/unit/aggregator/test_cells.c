/* cells: counts, and what has to go into the next commit. */
#include "stream.h"

#include "aggregator/cells.h"

static void counts_go_up_and_down(void **state)
{
	(void)state;
	struct cells c = {.seed = 3};

	assert_int_equal(cells_count(&c, 42), 0);
	assert_int_equal(cells_find(&c, 42), FINDER_NONE);
	cells_add(&c, 42);
	cells_add(&c, 42);
	cells_add(&c, UINT64_C(1) << 60);
	cells_remove(&c, 42);
	assert_int_equal(cells_count(&c, 42), 1);
	assert_int_equal(cells_count(&c, UINT64_C(1) << 60), 1);
	cells_release(&c);
}

static void a_cell_is_touched_once_until_it_is_settled(void **state)
{
	(void)state;
	struct cells c = {.seed = 3};

	cells_add(&c, 1);
	cells_add(&c, 1);
	cells_add(&c, 2);
	cells_remove(&c, 1);
	assert_int_equal(c.touches, 2);
	cells_settle(&c, c.touches);
	assert_int_equal(c.touches, 0);
	cells_touch(&c, 2);
	cells_touch(&c, 3);
	assert_int_equal(c.touches, 2);
	assert_int_equal(cells_count(&c, 2), 1);
	assert_int_equal(cells_count(&c, 3), 0);
	cells_release(&c);
}

static void a_cell_that_fell_to_zero_is_touched_so_that_it_is_removed(void **state)
{
	(void)state;
	struct cells c = {.seed = 3};

	cells_add(&c, 9);
	cells_settle(&c, c.touches);
	cells_remove(&c, 9);
	assert_int_equal(c.touches, 1);
	assert_int_equal(c.entry[c.touched[0]].cell, 9);
	assert_int_equal(c.entry[c.touched[0]].count, 0);
	cells_release(&c);
}

static void a_recount_marks_in_order_what_differs(void **state)
{
	(void)state;
	const uint64_t cell[] = {1, 4, 4, 7, 8};
	static const uint64_t marked[] = {2, 4, 7, 8, 9};
	struct cells c = {.seed = 3};

	cells_add(&c, 9); /* stands no longer */
	cells_add(&c, 7); /* one more than before it was 0 */
	cells_remove(&c, 7);
	cells_add(&c, 1); /* the same */
	cells_settle(&c, c.touches);
	cells_add(&c, 4);
	cells_add(&c, 2); /* came and went without a commit */
	cells_recount(&c, cell, ARRAY_SIZE(cell));
	assert_int_equal(cells_count(&c, 1), 1);
	assert_int_equal(cells_count(&c, 2), 0);
	assert_int_equal(cells_count(&c, 4), 2);
	assert_int_equal(cells_count(&c, 7), 1);
	assert_int_equal(cells_count(&c, 8), 1);
	assert_int_equal(cells_count(&c, 9), 0);
	cells_sort(&c);
	assert_int_equal(c.touches, ARRAY_SIZE(marked));
	for (size_t i = 0; i < ARRAY_SIZE(marked); i++)
		assert_int_equal(c.entry[c.touched[i]].cell, marked[i]);
	cells_recount(&c, cell, 0);
	assert_int_equal(cells_count(&c, 4), 0);
	cells_release(&c);
}

static void many_cells_are_kept_apart(void **state)
{
	(void)state;
	struct cells c = {.seed = 3};
	uint64_t seed = 5;
	uint32_t expected[1000] = {0};

	for (int i = 0; i < 100000; i++) {
		const unsigned k = stream_pick(&seed, 1000);
		if (expected[k] > 0 && stream_pick(&seed, 3) == 0) {
			cells_remove(&c, (uint64_t)k << 30);
			expected[k]--;
		} else {
			cells_add(&c, (uint64_t)k << 30);
			expected[k]++;
		}
	}
	for (unsigned k = 0; k < 1000; k++)
		assert_int_equal(cells_count(&c, (uint64_t)k << 30), expected[k]);
	cells_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_go_up_and_down),
		cmocka_unit_test(a_cell_is_touched_once_until_it_is_settled),
		cmocka_unit_test(a_cell_that_fell_to_zero_is_touched_so_that_it_is_removed),
		cmocka_unit_test(a_recount_marks_in_order_what_differs),
		cmocka_unit_test(many_cells_are_kept_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
