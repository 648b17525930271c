/*
 * vector: the table of bit fields gives the accessors. Pure.
 */
#include "proto/vector.h"

#include <endian.h>

/* Offsets are sums of the widths before; the compiler checks that all 112 bits are used. */
enum {
#define X(field, name, bits, unknown, text) \
	OFFSET_##field, LAST_##field = OFFSET_##field + (bits)-1,
	VECTOR_FIELDS(X)
#undef X
		OFFSET_END,
};
_Static_assert(OFFSET_END == VECTOR_ATTRIBUTES * 8, "the attributes are 112 bits");
_Static_assert(sizeof(struct vector) == VECTOR_BYTES, "a vector is 32 bytes");

static const struct vector_row rows[VECTOR_FIELDS_END] = {
#define X(field, name, bits, unknown, text) {#name, OFFSET_##field, bits, unknown, text},
	VECTOR_FIELDS(X)
#undef X
};

const struct vector_row *vector_row(enum vector_field field)
{
	assert(field < VECTOR_FIELDS_END);
	return rows + field;
}

/* The eight bytes of the attributes that a field lies in, and its shift and mask in them. */
struct place {
	size_t byte;
	unsigned shift;
	uint64_t mask;
};

static inline struct place place_of(const struct vector_row *row)
{
	const size_t last = VECTOR_ATTRIBUTES - sizeof(uint64_t), at = row->offset / 8u;
	const size_t byte = at < last ? at : last;
	const unsigned shift = row->offset - 8 * (unsigned)byte;

	return (struct place){byte, shift, ((UINT64_C(1) << row->bits) - 1) << shift};
}

/* Little endian whatever the machine is; compilers make one load of it. */
static uint64_t word_at(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return le64toh(word);
}

uint32_t vector_get(const struct vector *v, enum vector_field field)
{
	const struct place p = place_of(vector_row(field));

	return (uint32_t)((word_at(v->attribute + p.byte) & p.mask) >> p.shift);
}

void vector_set(struct vector *v, enum vector_field field, uint32_t value)
{
	const struct vector_row *row = vector_row(field);
	const struct place p = place_of(row);
	assert(value < UINT32_C(1) << row->bits);
	const uint64_t word = (word_at(v->attribute + p.byte) & ~p.mask) | (uint64_t)value
										   << p.shift;
	const uint64_t stored = htole64(word);
	memcpy(v->attribute + p.byte, &stored, sizeof(stored));
}

/* All attributes as one number, for those that are written from nothing: no load waits for a store. */
__extension__ typedef unsigned __int128 attributes;

/* Where the field is a constant the compiler knows its shift. */
static inline void set(attributes *a, enum vector_field field, uint32_t value)
{
	assert(value < UINT32_C(1) << rows[field].bits);
	*a |= (attributes)value << rows[field].offset;
}

static void store(struct vector *v, attributes a)
{
	const uint64_t word[] = {htole64((uint64_t)a), htole64((uint64_t)(a >> 64))};

	memcpy(v->attribute, word, VECTOR_ATTRIBUTES);
}

uint64_t vector_version(const struct vector *v)
{
	uint64_t version = 0;
	for (int i = 5; i >= 0; i--)
		version = version << 8 | v->version[i];
	return version;
}

void vector_set_version(struct vector *v, uint64_t version)
{
	assert(version <= EVENT_VERSION_MAX);
	for (int i = 0; i < 6; i++, version >>= 8)
		v->version[i] = (uint8_t)version;
}

/* Days from one civil date to another, saturated below the value that says "unknown". */
static inline uint32_t days_between(int32_t from, int32_t to, enum vector_field field)
{
	uint32_t unknown = rows[field].unknown;
	if (from < 0 || to < from)
		return unknown;
	uint32_t days = (uint32_t)(to - from);
	return days < unknown ? days : unknown - 1;
}

static void set_attributes(attributes *a, const struct contact *c)
{
	set(a, VECTOR_DAY, (uint32_t)c->day);
	set(a, VECTOR_FORM, c->form ? c->form : codes_form_of_kanal(c->kanal));
	set(a, VECTOR_KON, c->kon);
	set(a, VECTOR_AGE, c->age >= 0 ? (uint32_t)c->age : rows[VECTOR_AGE].unknown);
	set(a, VECTOR_PROFESSION, c->profession);
	set(a, VECTOR_MUNICIPALITY,
	    c->municipality > 0 ? (uint32_t)codes_municipality_index((unsigned)c->municipality)
				: 0);
	set(a, VECTOR_BOOKING, c->booking);
	set(a, VECTOR_HOUR, c->hour >= 0 ? (uint32_t)c->hour : rows[VECTOR_HOUR].unknown);
	set(a, VECTOR_WAITING, days_between(c->decision_day, c->day, VECTOR_WAITING));
	set(a, VECTOR_FROM_BOOKING, days_between(c->booked_day, c->day, VECTOR_FROM_BOOKING));
	set(a, VECTOR_CARE_EVENT, c->care_event);
	set(a, VECTOR_DEVIATION, c->deviation);
	set(a, VECTOR_GUARANTEE, c->guarantee);
}

struct vector vector_of(const struct event *e, uint16_t unit, uint16_t klass)
{
	struct vector v = {0};
	assert(e->body == EVENT_CONTACT);
	memcpy(v.id, e->id, sizeof(v.id));
	vector_set_version(&v, e->version);
	attributes a = 0;
	if (e->op == OP_RETRACT) {
		set(&a, VECTOR_TOMBSTONE, 1);
	} else {
		set(&a, VECTOR_KIND, VECTOR_KIND_CONTACT);
		set(&a, VECTOR_UNIT, unit);
		set(&a, VECTOR_KLASS, klass);
		set_attributes(&a, &e->contact);
	}
	store(&v, a);
	return v;
}

bool vector_live(const struct vector *v)
{
	return vector_get(v, VECTOR_TOMBSTONE) == 0;
}

int vector_age(const struct vector *v)
{
	uint32_t age = vector_get(v, VECTOR_AGE);
	return age == rows[VECTOR_AGE].unknown ? -1 : (int)age;
}
