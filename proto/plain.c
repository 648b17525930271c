/*
 * plain: one pass, no allocation, every doubt a no. The number of a contact's field is its place in
 * EVENT_CONTACT_FIELDS, counted from 1. Pure.
 */
#include "proto/plain.h"

enum { SCHEMA = 1, SOURCE, FINGERPRINT, ID, VERSION, VERSION_KIND, OP, PRODUCED, LEVERANS_ID };
enum { CONTACT = 16 };
enum { VARINT = 0, BYTES = 2 };

#define MUST (1u << SCHEMA | 1u << FINGERPRINT | 1u << ID | 1u << VERSION | 1u << CONTACT)

struct cursor {
	const uint8_t *at, *end;
};

/* A field: its number, and its value or its bytes. */
struct field {
	unsigned number, wire;
	uint64_t value;
	struct span bytes;
};

static bool take_varint(struct cursor *c, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && c->at < c->end; shift += 7) {
		const uint8_t byte = *c->at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = value;
			return shift < 63 || byte <= 1;
		}
	}
	return false;
}

/* The next field, which must have a higher number than the one before. */
static bool take_field(struct cursor *c, struct field *f)
{
	uint64_t tag;

	if (!take_varint(c, &tag) || tag > UINT16_MAX || tag >> 3 <= f->number)
		return false;
	f->number = (unsigned)tag >> 3;
	f->wire = tag & 7;
	if (!take_varint(c, &f->value))
		return false;
	if (f->wire == VARINT)
		return true;
	if (f->wire != BYTES || f->value > (size_t)(c->end - c->at))
		return false;
	f->bytes = (struct span){(const char *)c->at, f->value};
	c->at += f->value;
	return true;
}

/* The place is zeroed, so that a shorter text ends in a NUL. */
static bool put_text(void *to, size_t max, const struct field *f)
{
	if (f->wire != BYTES || f->bytes.len > max || memchr(f->bytes.data, '\0', f->bytes.len))
		return false;
	memcpy(to, f->bytes.data, f->bytes.len);
	return true;
}

static bool put_bytes(void *to, size_t len, const struct field *f)
{
	if (f->wire != BYTES || f->bytes.len != len)
		return false;
	memcpy(to, f->bytes.data, len);
	return true;
}

static bool put_code(uint8_t *to, const struct field *f)
{
	*to = (uint8_t)f->value;
	return f->wire == VARINT && f->value >= 1 && f->value <= UINT8_MAX;
}

static bool put_ms(int64_t *to, const struct field *f)
{
	*to = (int64_t)f->value;
	return f->wire == VARINT && *to != EVENT_NO_TIME;
}

static bool put_contact(struct contact *c, const struct event_field *row, const struct field *f)
{
	char *at = (char *)c + row->offset;
	int32_t number;
	int64_t ms;

	switch (row->type) {
	case EVENT_CODE: return put_code((uint8_t *)at, f);
	case EVENT_NUM:
		number = (int32_t)f->value;
		memcpy(at, &number, sizeof(number));
		return f->wire == VARINT && f->value <= INT32_MAX;
	case EVENT_MS:
		if (!put_ms(&ms, f))
			return false;
		memcpy(at, &ms, sizeof(ms));
		return true;
	case EVENT_TEXT: return put_text(at, row->max, f);
	case EVENT_BYTES: return put_bytes(at, row->max, f);
	}
	BUG("type of a field");
}

static bool read_contact(struct span bytes, struct contact *ret)
{
	const uint8_t *data = (const uint8_t *)bytes.data;
	struct cursor c = {data, data + bytes.len};
	struct field f = {0};
	size_t count;
	const struct event_field *row = event_fields(&count);

	while (c.at < c.end)
		if (!take_field(&c, &f) || f.number > count ||
		    !put_contact(ret, &row[f.number - 1], &f))
			return false;
	return true;
}

static bool put_envelope(struct event *e, const struct field *f)
{
	switch (f->number) {
	case SCHEMA: return f->wire == VARINT && f->value == EVENT_SCHEMA;
	case SOURCE: return put_text(e->source, EVENT_SOURCE_MAX, f);
	case FINGERPRINT: return put_bytes(e->fingerprint, sizeof(e->fingerprint), f);
	case ID: return put_bytes(e->id, sizeof(e->id), f);
	case VERSION: e->version = f->value; return f->wire == VARINT;
	case VERSION_KIND: return put_code(&e->version_kind, f);
	case OP: return put_code(&e->op, f);
	case PRODUCED: e->produced_ms = (int64_t)f->value; return f->wire == VARINT;
	case LEVERANS_ID: return put_bytes(e->leverans_id, sizeof(e->leverans_id), f);
	case CONTACT: return f->wire == BYTES && read_contact(f->bytes, &e->contact);
	default: return false;
	}
}

bool plain_read(const uint8_t *data, size_t len, struct event *ret)
{
	struct cursor c = {data, data + len};
	struct field f = {0};
	unsigned seen = 0;

	event_init(ret);
	ret->body = EVENT_CONTACT;
	while (c.at < c.end) {
		if (!take_field(&c, &f) || !put_envelope(ret, &f))
			return false;
		seen |= 1u << f.number;
	}
	return (seen & MUST) == MUST;
}
