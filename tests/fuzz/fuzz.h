/*
 * fuzz: what a fuzz target is: one function that takes any bytes and aborts when a promise is
 * broken. libFuzzer calls it, or standalone.c, which makes an ordinary test of the same target.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
