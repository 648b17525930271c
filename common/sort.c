/*
 * sort: least significant byte first (D. E. Knuth, The Art of Computer Programming 3, 5.2.5). A byte
 * that is the same in all numbers costs no pass.
 */
#include "common/sort.h"

#define BYTES  8
#define VALUES 256

/* Stable, by one byte: `start` tells how many numbers have each value of it. */
static void spread(const uint64_t *from, uint64_t *to, size_t count, unsigned shift,
		   size_t start[VALUES])
{
	size_t next = 0;

	for (unsigned v = 0; v < VALUES; v++) {
		const size_t n = start[v];

		start[v] = next;
		next += n;
	}
	for (size_t i = 0; i < count; i++)
		to[start[(from[i] >> shift) & (VALUES - 1)]++] = from[i];
}

void sort_u64(uint64_t *number, uint64_t *room, size_t count)
{
	size_t have[BYTES][VALUES] = {0};
	uint64_t *from = number, *to = room;

	for (size_t i = 0; i < count; i++)
		for (unsigned b = 0; b < BYTES; b++)
			have[b][(number[i] >> (8 * b)) & (VALUES - 1)]++;
	for (unsigned b = 0; b < BYTES && count > 1; b++) {
		if (have[b][(number[0] >> (8 * b)) & (VALUES - 1)] == count)
			continue;
		spread(from, to, count, 8 * b, have[b]);
		uint64_t *const sorted = to;

		to = from;
		from = sorted;
	}
	if (from != number)
		memcpy(number, from, count * sizeof(*number));
}
