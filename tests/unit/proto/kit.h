/* What every cmocka file includes first, in the order that cmocka wants. */
#ifndef TESTS_UNIT_PROTO_KIT_H
#define TESTS_UNIT_PROTO_KIT_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#endif
