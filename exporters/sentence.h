/*
 * sentence: the Swedish sentence and footnote of the yearly återrapportering, with additive
 * rounding: the parts of the footnote add up to the number of the sentence, always.
 *
 *	Under 2020 genomfördes över 155 000 distanskontakter
 *	102 000 telefonkontakter, 40 000 videobesök, 13 000 skriftlig kontakt
 *
 * The unit is the largest power of ten, 1 000 at most, of which the smallest part other than 0 holds
 * five. The total is floored to it ("över", unless nothing was lost); the parts are rounded by
 * largest remainder to the floored total, a tie going to the larger part, then to the one named first.
 */
#ifndef EXPORTERS_SENTENCE_H
#define EXPORTERS_SENTENCE_H

#include "common/base.h"
#include "common/fault.h"

/* Parts by kanal, from KANAL_TELEFON on. */
enum sentence_part {
	SENTENCE_TELEFON,
	SENTENCE_VIDEO,
	SENTENCE_SKRIFTLIG,
	SENTENCE_EJ_SPECIFICERAD,
	SENTENCE_PARTS
};

struct sentence {
	char text[160];
	char footnote[256]; /* parts that are not 0; "" when there are none */
};

/* FAULT_SOFTWARE when what was written does not read back: then nothing may be printed. */
int sentence_write(unsigned year, const uint64_t part[SENTENCE_PARTS], struct sentence *ret,
		   struct fault *f) MUST_CHECK;
/* The rounded parts; returns the unit. Exposed for tests. */
uint64_t sentence_round(const uint64_t part[SENTENCE_PARTS], uint64_t ret_part[SENTENCE_PARTS]);
/*
 * Reads a sentence back: every number of the footnote is well grouped ("40 000", never "40 00" or
 * "4000"), and they add up to the last number of the text. FAULT_SOFTWARE with what is wrong.
 */
int sentence_check(const char *text, const char *footnote, struct fault *f) MUST_CHECK;

#endif
