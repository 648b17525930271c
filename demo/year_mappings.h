/*
 * year_mappings: the mappings of the year's three sources, as shipped in collectors/<kind>/halland-demo/,
 * inside the program, so that it needs no file beside it.
 */
#ifndef DEMO_YEAR_MAPPINGS_H
#define DEMO_YEAR_MAPPINGS_H

#include "common/text.h"
#include "demo/year.h"

struct span year_mappings_text(enum year_source s);

#endif
