/*
 * plain_write: one pass, no sizes beforehand, into room for the longest that a contact can be. The
 * number of a contact's field is its place in EVENT_CONTACT_FIELDS, counted from 1. Pure.
 */
#include "proto/plain_write.h"

enum { SCHEMA = 1, SOURCE, FINGERPRINT, ID, VERSION, VERSION_KIND, OP, PRODUCED, LEVERANS_ID };
enum { CONTACT = 16 };
enum { VARINT = 0, BYTES = 2 };

enum number {
	NUMBER_0,
#define X(type, member, max, must, text) NUMBER_##member,
	EVENT_CONTACT_FIELDS(X)
#undef X
		NUMBERS
};

#define HEAD_MAX     (3 + 10) /* a tag, and a number or a length */
#define CONTACT_MAX  (sizeof(struct contact) + NUMBERS * HEAD_MAX)
#define ENVELOPE_MAX (EVENT_SOURCE_MAX + 4 + 2 * EVENT_ID_BYTES + (LEVERANS_ID + 1) * HEAD_MAX)

static uint8_t *put_varint(uint8_t *to, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*to++ = (uint8_t)(value | 0x80);
	*to++ = (uint8_t)value;
	return to;
}

static uint8_t *put_number(uint8_t *to, unsigned number, uint64_t value)
{
	return put_varint(put_varint(to, number << 3 | VARINT), value);
}

static uint8_t *put_bytes(uint8_t *to, unsigned number, const void *data, size_t len)
{
	to = put_varint(put_varint(to, number << 3 | BYTES), len);
	memcpy(to, data, len);
	return to + len;
}

static bool is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

#define PUT_CODE(m)    \
	if (c->m != 0) \
		to = put_number(to, NUMBER_##m, c->m);
#define PUT_NUM(m)     \
	if (c->m >= 0) \
		to = put_number(to, NUMBER_##m, (uint64_t)c->m);
#define PUT_MS(m)                  \
	if (c->m != EVENT_NO_TIME) \
		to = put_number(to, NUMBER_##m, (uint64_t)c->m);
#define PUT_TEXT(m)          \
	if (c->m[0] != '\0') \
		to = put_bytes(to, NUMBER_##m, c->m, strlen(c->m));
#define PUT_BYTES(m)                      \
	if (!is_zero(c->m, sizeof(c->m))) \
		to = put_bytes(to, NUMBER_##m, c->m, sizeof(c->m));

static uint8_t *put_contact(uint8_t *to, const struct contact *c)
{
#define X(type, member, max, must, text) PUT_##type(member)
	EVENT_CONTACT_FIELDS(X)
#undef X
	return to;
}

void plain_write(const struct event *e, struct buf *out)
{
	uint8_t contact[CONTACT_MAX], *end = contact;
	uint8_t *begin = (uint8_t *)buf_room(out, ENVELOPE_MAX + CONTACT_MAX), *to = begin;

	assert(e->body == EVENT_CONTACT);
	if (e->op == OP_UPSERT)
		end = put_contact(contact, &e->contact);
	to = put_number(to, SCHEMA, e->schema);
	to = put_bytes(to, SOURCE, e->source, strlen(e->source));
	to = put_bytes(to, FINGERPRINT, e->fingerprint, sizeof(e->fingerprint));
	to = put_bytes(to, ID, e->id, sizeof(e->id));
	to = put_number(to, VERSION, e->version);
	to = put_number(to, VERSION_KIND, e->version_kind);
	to = put_number(to, OP, e->op);
	to = put_number(to, PRODUCED, (uint64_t)e->produced_ms);
	if (!is_zero(e->leverans_id, sizeof(e->leverans_id)))
		to = put_bytes(to, LEVERANS_ID, e->leverans_id, sizeof(e->leverans_id));
	to = put_bytes(to, CONTACT, contact, (size_t)(end - contact));
	out->len += (size_t)(to - begin);
	out->data[out->len] = '\0';
}
