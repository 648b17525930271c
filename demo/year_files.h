/*
 * year_files: the rows of a year as three systems would write them, each in a CSV dialect of its
 * own. What the columns and codes mean stands in collectors/<kind>/halland-demo/.
 */
#ifndef DEMO_YEAR_FILES_H
#define DEMO_YEAR_FILES_H

#include "common/buf.h"
#include "demo/year.h"

/* "telefon": the folder of collectors/ that holds the mapping; the file is telefon.csv. */
const char *year_files_name(enum year_source s);
/* Appends the file of one source, header first. civil_init() must have been called. */
void year_files_write(const struct year *y, enum year_source s, struct buf *out);

#endif
