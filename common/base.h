/*
 * base: what every file of the project starts from. Attributes that let the compiler help,
 * allocators that never return NULL, and the list of C functions that nobody may call.
 *
 * Allocation failure says the size and aborts (the core knows the place): all state can be read
 * again, and a supervisor starts the program anew. Sizes that come from input must be bounded
 * before they get here.
 */
#ifndef COMMON_BASE_H
#define COMMON_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef NDEBUG
#error "assertions stay on in every build: do not define NDEBUG"
#endif

/* A fallible function: its result must be looked at. Ignore with (void) and a reason. */
#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF(at, first) __attribute__((format(printf, at, first)))
#define NORETURN          __attribute__((noreturn))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Storage of `size` bytes (uninitialised / zero / resized); never NULL. The caller frees it with free(). */
void *base_alloc(size_t size);
void *base_zalloc(size_t count, size_t size);
void *base_realloc(void *old, size_t count, size_t size);
/* A copy of a string, or of `len` bytes with a NUL after them; the caller frees it. */
char *base_strdup(const char *text);
char *base_strndup(const char *text, size_t len);
/*
 * Room for at least `need` elements of `size` bytes in the growing array `array`, whose capacity
 * stands in *cap: doubles it where necessary. Returns the array, perhaps moved.
 */
void *base_grow(void *array, size_t *cap, size_t need, size_t size);

/* Says where on stderr and aborts: for states that cannot be. */
NORETURN void base_bug(const char *file, int line, const char *what);
#define BUG(what) base_bug(__FILE__, __LINE__, (what))

/*
 * Functions without bounds, or with hidden state, or that guess: an error at compile time. The
 * headers that declare them are included above, because their declarations would be errors too;
 * under _FORTIFY_SOURCE two of them are macros in clang.
 */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok atoi atol atof gmtime \
	localtime gets

#endif
