/*
 * sort: large arrays of numbers, ascending, by radix: some tens of times the speed of qsort(),
 * which asks a function about every pair.
 */
#ifndef COMMON_SORT_H
#define COMMON_SORT_H

#include "common/base.h"

/* `room` holds `count` numbers as well; what is in it afterwards means nothing. */
void sort_u64(uint64_t *number, uint64_t *room, size_t count);

#endif
