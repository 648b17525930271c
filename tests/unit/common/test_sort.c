/* sort: against qsort(), on numbers of every shape that decides which passes are made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/sort.h"

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void check(const uint64_t *number, size_t count)
{
	uint64_t *own = base_alloc((3 * count + 1) * sizeof(*own));
	uint64_t *room = own + count, *expected = room + count;

	memcpy(own, number, count * sizeof(*own));
	memcpy(expected, number, count * sizeof(*own));
	qsort(expected, count, sizeof(*expected), compare);
	sort_u64(own, room, count);
	assert_memory_equal(own, expected, count * sizeof(*own));
	free(own);
}

static void is_what_qsort_gives(void **state)
{
	static const uint64_t masks[] = {0,
					 0xff,
					 0xff00,
					 UINT64_C(0xff) << 56,
					 UINT32_MAX,
					 UINT64_MAX,
					 UINT64_C(0xff0000ff00ff00ff)};
	uint64_t number[1000], seed = 1;

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(masks); m++) {
		for (size_t i = 0; i < ARRAY_SIZE(number); i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			number[i] = (seed ^ seed >> 33) & masks[m];
		}
		check(number, ARRAY_SIZE(number));
		check(number, 2);
		check(number, 1);
		check(number, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(is_what_qsort_gives)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
