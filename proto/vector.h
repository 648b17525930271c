/*
 * vector: what the aggregator keeps of a contact for life, 32 bytes: identity 12, version 6
 * (little endian), attributes 14. The attributes are 112 bits, laid out by one table; numbers
 * saturate, and a value says "unknown" for each. Bit b of a field at offset o is bit (o + b) mod 8 of byte (o + b) / 8.
 */
#ifndef PROTO_VECTOR_H
#define PROTO_VECTOR_H

#include "common/base.h"
#include "proto/event.h"

#define VECTOR_BYTES        32
#define VECTOR_ATTRIBUTES   14
#define VECTOR_KIND_CONTACT 1

/* clang-format off */
/*   field         name         bits  unknown  meaning */
#define VECTOR_FIELDS(X)                                                                           \
	X(KIND,         kind,         3,    0,    "1 = contact")                                                   \
	X(TOMBSTONE,    tombstone,    1,    0,    "1 = retracted; every other attribute is then 0")                \
	X(DAY,          day,          16,   0,    "days since 1900-01-01")                                         \
	X(UNIT,         unit,         16,   0,    "index in the partition's dictionary of units")                  \
	X(KLASS,        klass,        12,   0,    "index in the partition's dictionary of classes")                \
	X(FORM,         form,         6,    0,    "kanal and form, one number of the list `form`")                 \
	X(KON,          kon,          2,    3,    "list `kon`")                                                    \
	X(AGE,          age,          7,    127,  "completed years")                                               \
	X(PROFESSION,   profession,   5,    0,    "list `profession`")                                             \
	X(MUNICIPALITY, municipality, 9,    0,    "index of the municipality code")                                \
	X(BOOKING,      booking,      3,    0,    "list `booking`")                                                \
	X(HOUR,         hour,         5,    31,   "Swedish local hour")                                            \
	X(WAITING,      waiting,      10,   1023, "calendar days from decision to contact, at most 1022")          \
	X(FROM_BOOKING, from_booking, 10,   1023, "calendar days from booking to contact, at most 1022")           \
	X(CARE_EVENT,   care_event,   3,    0,    "list `care_event`")                                             \
	X(DEVIATION,    deviation,    2,    0,    "list `deviation`")                                              \
	X(GUARANTEE,    guarantee,    2,    0,    "list `guarantee`")
/* clang-format on */

enum vector_field {
#define X(field, name, bits, unknown, text) VECTOR_##field,
	VECTOR_FIELDS(X)
#undef X
		VECTOR_FIELDS_END,
};

struct vector {
	uint8_t id[EVENT_ID_BYTES];
	uint8_t version[6];
	uint8_t attribute[VECTOR_ATTRIBUTES];
};

struct vector_row {
	const char *name; /* lower case */
	unsigned offset, bits;
	uint32_t unknown;
	const char *text;
};

const struct vector_row *vector_row(enum vector_field field);
uint32_t vector_get(const struct vector *v, enum vector_field field);
/* The value must fit the field. */
void vector_set(struct vector *v, enum vector_field field, uint32_t value);
uint64_t vector_version(const struct vector *v);
void vector_set_version(struct vector *v, uint64_t version);

/* The vector of a checked contact event; a RETRACT gives a tombstone and ignores unit and klass. */
struct vector vector_of(const struct event *e, uint16_t unit, uint16_t klass);
bool vector_live(const struct vector *v);
/* -1 when unknown. */
int vector_age(const struct vector *v);

#endif
