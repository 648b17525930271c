/*
 * reasons: look-ups in the table of reasons.
 */
#include "proto/reasons.h"

static const struct {
	const char *name, *text;
	unsigned use;
} table[REASONS_END] = {
#define X(number, name, use, text) [number] = {#name, text, use},
	REASONS_X(X)
#undef X
};

const char *reason_name(enum reason r)
{
	assert(r < REASONS_END);
	return table[r].name ? table[r].name : "";
}

const char *reason_text(enum reason r)
{
	assert(r < REASONS_END);
	return table[r].text ? table[r].text : "";
}

unsigned reason_uses(enum reason r)
{
	assert(r < REASONS_END);
	return table[r].use;
}

enum reason reason_by_name(struct span name)
{
	for (unsigned r = 1; r < REASONS_END; r++)
		if (table[r].name && span_is(name, table[r].name))
			return (enum reason)r;
	return REASON_NONE;
}

bool reason_known(uint64_t number)
{
	return number > 0 && number < REASONS_END && table[number].name;
}
