/*
 * phrase: texts with numbers in them, right in the singular and in the plural. Pure.
 *
 *	"# av # {enhet|enheter} saknas: @"  ->  "1 av 1 enhet saknas: HS1"
 *
 * # stands for the next number, {one|more} for what is said of the number before it (of the first
 * one where none stands before), @ for a list.
 */
#ifndef EXPORTERS_PHRASE_H
#define EXPORTERS_PHRASE_H

#include "common/buf.h"

/* Appended. `n` has as many numbers as the text asks for; `list` may be NULL without @. */
void phrase_add(struct buf *out, const char *text, const uint64_t *n, const char *list);

#endif
