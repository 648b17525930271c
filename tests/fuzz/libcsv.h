/*
 * libcsv: the other opinion on what a CSV text says. Loaded at run time into a name space of its own,
 * because its functions are called csv_ as ours are.
 */
#ifndef TESTS_FUZZ_LIBCSV_H
#define TESTS_FUZZ_LIBCSV_H

#include "common/buf.h"

/*
 * Appends the rows as "<length>:<value>," for each field and "\n" after each row. False when libcsv,
 * in strict mode and with all spaces kept, finds an error.
 */
bool libcsv_rows(const void *data, size_t len, char delimiter, char quote, struct buf *out);

#endif
