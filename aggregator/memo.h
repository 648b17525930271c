/*
 * memo: what the texts of late events came to, so that the same pin and the same class are not
 * written out for every event. Only a cache: with it and without it every answer is the same,
 * because a pin and the number of a class never change.
 */
#ifndef AGGREGATOR_MEMO_H
#define AGGREGATOR_MEMO_H

#include "proto/klass.h"

#define MEMO_SIZE 64

/* All of an event that its pin and its class follow from. Bytes only, compared as such. */
struct memo_key {
	struct klass klass;
	uint8_t fingerprint[4], version_kind;
};

struct memo_entry {
	struct memo_key key;
	bool used;
	uint32_t klass; /* its number; 0 for a retraction, which has none */
};

/* Zero-initialised = empty. */
struct memo {
	struct memo_entry entry[MEMO_SIZE];
};

/* The entry of an event like this one, whose pin was right and is kept; NULL when there is none. */
const struct memo_entry *memo_find(const struct memo *m, const struct event *e);
void memo_keep(struct memo *m, const struct event *e, uint32_t klass);

#endif
