/*
 * base: allocation that never returns NULL, and the end of the program for states that cannot be.
 * Owns nothing. Never reports through a fault: there is nobody who could do anything about it.
 */
#include "common/base.h"

#define GROW_FIRST 16

static NORETURN void out_of_memory(size_t count, size_t size)
{
	fprintf(stderr, "out of memory: %zu x %zu bytes were asked for\n", count, size);
	abort();
}

void *base_alloc(size_t size)
{
	return base_realloc(NULL, 1, size);
}

void *base_zalloc(size_t count, size_t size)
{
	void *p = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

	if (!p)
		out_of_memory(count, size);
	return p;
}

void *base_realloc(void *old, size_t count, size_t size)
{
	/* Of no bytes realloc() would make a free(). */
	void *p = reallocarray(old, count > 0 ? count : 1, size > 0 ? size : 1);

	if (!p)
		out_of_memory(count, size);
	return p;
}

char *base_strdup(const char *text)
{
	return base_strndup(text, strlen(text));
}

char *base_strndup(const char *text, size_t len)
{
	char *copy = base_alloc(len + 1);

	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

void *base_grow(void *array, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return array;
	size_t wanted = *cap > 0 ? *cap : GROW_FIRST;
	while (wanted < need) {
		if (wanted > SIZE_MAX / 2)
			out_of_memory(need, size);
		wanted *= 2;
	}
	array = base_realloc(array, wanted, size);
	*cap = wanted;
	return array;
}

void base_bug(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: this cannot be: %s\n", file, line, what);
	abort();
}
