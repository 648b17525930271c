/*
 * ledger: the texts of one partition that have names, fields of `d`: how each delivery stands
 * (lev.<id>) and what each source is pinned to (pin.<source>). A text is replaced, never removed.
 */
#ifndef AGGREGATOR_LEDGER_H
#define AGGREGATOR_LEDGER_H

#include "aggregator/finder.h"
#include "common/text.h"

struct ledger_entry {
	char *field, *text;
	bool touched; /* not yet in Redis as it stands here */
};

/* Initialise with {.seed = ..}. */
struct ledger {
	struct ledger_entry *entry;
	size_t count, cap;
	struct finder finder;
	uint64_t seed;
	bool touched; /* any entry is */
};

/* NULL when there is none; borrowed until it is set anew. */
const char *ledger_get(const struct ledger *l, const char *field);
void ledger_set(struct ledger *l, const char *field, const char *text);
/* Nothing is touched any more. */
void ledger_settle(struct ledger *l);
void ledger_release(struct ledger *l);

#endif
