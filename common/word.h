/*
 * word: eight bytes of text at a time, in the order in which they stand. For loops that look at every
 * byte of a file.
 */
#ifndef COMMON_WORD_H
#define COMMON_WORD_H

#include <endian.h>

#include "common/base.h"

#define WORD_BYTES sizeof(uint64_t)
#define WORD_ONES  UINT64_C(0x0101010101010101)
#define WORD_HIGH  (WORD_ONES << 7) /* the high bit of each byte */

/* A byte eight times. */
static inline uint64_t word_of(uint8_t byte)
{
	return WORD_ONES * byte;
}

/* The first eight of `len` bytes; spaces where there are fewer. */
static inline uint64_t word_load(const void *data, size_t len)
{
	uint64_t word = word_of(' ');

	if (len >= WORD_BYTES)
		memcpy(&word, data, WORD_BYTES);
	else
		memcpy(&word, data, len);
	return le64toh(word);
}

/* WORD_HIGH of each byte that is 0. */
static inline uint64_t word_zeros(uint64_t word)
{
	return ~(((word & ~WORD_HIGH) + ~WORD_HIGH) | word) & WORD_HIGH;
}

/* Not 0 when a byte is something else than a printable character of ASCII (20-7E). */
static inline uint64_t word_odd(uint64_t word)
{
	return (word | (word - word_of(' ')) | (word + WORD_ONES)) & WORD_HIGH;
}

/* Place of the lowest bit of WORD_HIGH that is set, as a byte from 0; there must be one. */
static inline size_t word_first(uint64_t high)
{
	return (size_t)__builtin_ctzll(high) / 8;
}

#endif
