/*
 * plain: one pass in the order of the fields' numbers, no allocation, every doubt a no. The number of a
 * contact's field is its place in EVENT_CONTACT_FIELDS, counted from 1. Pure.
 */
#include "proto/plain.h"

enum { SCHEMA = 1, SOURCE, FINGERPRINT, ID, VERSION, VERSION_KIND, OP, PRODUCED, LEVERANS_ID };
enum { CONTACT = 16 };
enum { VARINT = 0, BYTES = 2 };

enum {
	NO_FIELD,
#define X(type, member, max, must, text) FIELD_##member,
	EVENT_CONTACT_FIELDS(X)
#undef X
};

#define INLINED static inline __attribute__((always_inline))

#define TAG(number, wire) ((unsigned)(number) << 3 | (wire))
#define TAG_NONE          0u                /* the end */
#define TAG_STRANGE       (UINT16_MAX + 1u) /* longer than any of ours */

/* Never leaves the registers, because all that takes it is inlined: each byte is found from the one before. */
struct cursor {
	const uint8_t *at, *end;
};

INLINED unsigned next_tag(struct cursor *c)
{
	if (c->at == c->end)
		return TAG_NONE;
	const unsigned first = *c->at++;
	if (first < 0x80)
		return first != 0 ? first : TAG_STRANGE;
	if (c->at == c->end || *c->at == 0 || *c->at >= 0x80)
		return TAG_STRANGE;
	return (unsigned)*c->at++ << 7 | (first & 0x7f);
}

/* What follows it, or NULL. */
static const uint8_t *read_long_varint(struct cursor c, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && c.at < c.end; shift += 7) {
		const uint8_t byte = *c.at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = value;
			return shift < 63 || byte <= 1 ? c.at : NULL;
		}
	}
	return NULL;
}

/* Nearly all have one byte. */
INLINED bool take_varint(struct cursor *c, uint64_t *ret)
{
	if (c->at == c->end || *c->at >= 0x80) {
		c->at = read_long_varint(*c, ret);
		return c->at != NULL;
	}
	*ret = *c->at++;
	return true;
}

INLINED bool take_span(struct cursor *c, struct span *ret)
{
	uint64_t len;

	if (!take_varint(c, &len) || len > (size_t)(c->end - c->at))
		return false;
	*ret = (struct span){(const char *)c->at, len};
	c->at += len;
	return true;
}

/* The place is zeroed, so that a shorter text ends in a NUL; none is inside it. */
INLINED bool take_text(struct cursor *c, char *to, size_t max)
{
	struct span s;

	return take_span(c, &s) && s.len <= max && memccpy(to, s.data, '\0', s.len) == NULL;
}

INLINED bool take_bytes(struct cursor *c, uint8_t *to, size_t len)
{
	struct span s;

	if (!take_span(c, &s) || s.len != len)
		return false;
	memcpy(to, s.data, len);
	return true;
}

INLINED bool take_code(struct cursor *c, uint8_t *to)
{
	uint64_t value;

	if (!take_varint(c, &value) || value < 1 || value > UINT8_MAX)
		return false;
	*to = (uint8_t)value;
	return true;
}

INLINED bool take_num(struct cursor *c, int32_t *to)
{
	uint64_t value;

	if (!take_varint(c, &value) || value > INT32_MAX)
		return false;
	*to = (int32_t)value;
	return true;
}

INLINED bool take_time(struct cursor *c, int64_t *to)
{
	uint64_t value;

	if (!take_varint(c, &value))
		return false;
	*to = (int64_t)value;
	return true;
}

INLINED bool take_ms(struct cursor *c, int64_t *to)
{
	return take_time(c, to) && *to != EVENT_NO_TIME;
}

static bool read_contact(struct cursor c, struct contact *ret)
{
	unsigned tag = next_tag(&c);

#define WIRE_CODE          VARINT
#define WIRE_NUM           VARINT
#define WIRE_MS            VARINT
#define WIRE_TEXT          BYTES
#define WIRE_BYTES         BYTES
#define TAKE_CODE(m, max)  take_code(&c, &ret->m)
#define TAKE_NUM(m, max)   take_num(&c, &ret->m)
#define TAKE_MS(m, max)    take_ms(&c, &ret->m)
#define TAKE_TEXT(m, max)  take_text(&c, ret->m, max)
#define TAKE_BYTES(m, max) take_bytes(&c, ret->m, max)
#define X(type, member, max, must, text)               \
	if (tag == TAG(FIELD_##member, WIRE_##type)) { \
		if (!TAKE_##type(member, max))         \
			return false;                  \
		tag = next_tag(&c);                    \
	}
	EVENT_CONTACT_FIELDS(X)
#undef X
	return tag == TAG_NONE;
}

INLINED bool take_contact(struct cursor *c, struct contact *ret)
{
	struct span s;

	if (!take_span(c, &s))
		return false;
	const uint8_t *data = (const uint8_t *)s.data;

	return read_contact((struct cursor){data, data + s.len}, ret);
}

/* Takes the field if it is the next one; a field that must be there is. */
#define FIELD(number, wire, must, take) \
	if (tag == TAG(number, wire)) { \
		if (!(take))            \
			return false;   \
		tag = next_tag(&c);     \
	} else if (must) {              \
		return false;           \
	}

bool plain_read(const uint8_t *data, size_t len, struct event *ret)
{
	struct cursor c = {data, data + len};
	unsigned tag = next_tag(&c);
	uint64_t schema = 0;

	event_init_contact(ret);
	ret->body = EVENT_CONTACT;
	FIELD(SCHEMA, VARINT, true, take_varint(&c, &schema) && schema == EVENT_SCHEMA)
	FIELD(SOURCE, BYTES, false, take_text(&c, ret->source, EVENT_SOURCE_MAX))
	FIELD(FINGERPRINT, BYTES, true, take_bytes(&c, ret->fingerprint, sizeof(ret->fingerprint)))
	FIELD(ID, BYTES, true, take_bytes(&c, ret->id, sizeof(ret->id)))
	FIELD(VERSION, VARINT, true, take_varint(&c, &ret->version))
	FIELD(VERSION_KIND, VARINT, false, take_code(&c, &ret->version_kind))
	FIELD(OP, VARINT, false, take_code(&c, &ret->op))
	FIELD(PRODUCED, VARINT, false, take_time(&c, &ret->produced_ms))
	FIELD(LEVERANS_ID, BYTES, false, take_bytes(&c, ret->leverans_id, sizeof(ret->leverans_id)))
	FIELD(CONTACT, BYTES, true, take_contact(&c, &ret->contact))
	return tag == TAG_NONE;
}
