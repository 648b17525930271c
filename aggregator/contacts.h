/*
 * contacts: the contact table of one partition, the same array that stands in Redis: slots of 32
 * bytes (struct vector), and an index id -> slot. A contact keeps its slot for life, the identity
 * of a slot never changes, and slots are handed out in order.
 */
#ifndef AGGREGATOR_CONTACTS_H
#define AGGREGATOR_CONTACTS_H

#include "aggregator/finder.h"
#include "proto/vector.h"

#define CONTACTS_NONE FINDER_NONE

/* Initialise with {.seed = ..}. */
struct contacts {
	struct vector *slot; /* moves when a contact is added */
	uint32_t count;
	size_t cap;
	struct finder finder;
	uint64_t seed;
};

/* CONTACTS_NONE when the contact has no slot. */
uint32_t contacts_find(const struct contacts *c, const uint8_t id[EVENT_ID_BYTES]);
/* contacts_find() of this identity is soon to come: a hint that costs little and saves a wait for memory. */
void contacts_expect(const struct contacts *c, const uint8_t id[EVENT_ID_BYTES]);
/* Takes the next slot for a contact that has none. */
uint32_t contacts_add(struct contacts *c, const struct vector *v);
/* Overwrites the slot with another vector of the same contact. */
void contacts_set(struct contacts *c, uint32_t slot, const struct vector *v);
/*
 * Loading: room for `count` slots, which the caller fills; then the index over them. False when a
 * contact stands twice: the table is then good for nothing but contacts_release().
 */
struct vector *contacts_room(struct contacts *c, uint32_t count);
bool contacts_index(struct contacts *c) MUST_CHECK;
void contacts_release(struct contacts *c);

#endif
