/*
 * wire: one pass over protobuf bytes by the descriptor, before protobuf-c sees them.
 */
#include "proto/wire.h"

#include "common/base.h"

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct cursor {
	const uint8_t *at, *end;
	unsigned unknown; /* unknown fields seen, at all depths */
	int depth;
};

static enum reason read_varint(struct cursor *c, uint64_t *ret)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 70; shift += 7) {
		if (c->at == c->end)
			return REASON_PB_SYNTAX;
		uint8_t byte = *c->at++;
		if (shift == 63 &&
		    byte > 1) /* 10th byte: one bit is left, and nothing may follow */
			return byte & 0x80 ? REASON_PB_SYNTAX : REASON_PB_RANGE;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return REASON_NONE;
		}
	}
	return REASON_PB_SYNTAX;
}

static unsigned wire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_BOOL:
	case PROTOBUF_C_TYPE_ENUM: return WIRE_VARINT;
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_DOUBLE: return WIRE_FIXED64;
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FLOAT: return WIRE_FIXED32;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE: return WIRE_BYTES;
	}
	BUG("protobuf type");
}

/* Our messages have uint32, uint64 and int64 only; of these only the first can overflow here. */
static bool in_range(ProtobufCType type, uint64_t value)
{
	return type != PROTOBUF_C_TYPE_UINT32 || value <= UINT32_MAX;
}

static enum reason scan(struct cursor *c, const ProtobufCMessageDescriptor *type);

static enum reason scan_bytes(struct cursor *c, const ProtobufCFieldDescriptor *field)
{
	uint64_t len;
	enum reason r = read_varint(c, &len);
	if (r != REASON_NONE)
		return r;
	if (len > (uint64_t)(c->end - c->at))
		return REASON_PB_SYNTAX;
	const uint8_t *end = c->at + len;
	if (field && field->type == PROTOBUF_C_TYPE_MESSAGE) {
		struct cursor inner = {c->at, end, c->unknown, c->depth + 1};
		if (inner.depth > WIRE_DEPTH_MAX)
			return REASON_LIMIT;
		r = scan(&inner, field->descriptor);
		c->unknown = inner.unknown;
	}
	c->at = end;
	return r;
}

static enum reason scan_value(struct cursor *c, unsigned wire,
			      const ProtobufCFieldDescriptor *field)
{
	uint64_t value;
	size_t fixed = wire == WIRE_FIXED64 ? 8 : 4;
	switch (wire) {
	case WIRE_VARINT: {
		enum reason r = read_varint(c, &value);
		if (r == REASON_NONE && field && !in_range(field->type, value))
			r = REASON_PB_RANGE;
		return r;
	}
	case WIRE_BYTES: return scan_bytes(c, field);
	case WIRE_FIXED32:
	case WIRE_FIXED64:
		if ((size_t)(c->end - c->at) < fixed)
			return REASON_PB_SYNTAX;
		c->at += fixed;
		return REASON_NONE;
	default: return REASON_PB_SYNTAX; /* groups, 6 and 7 */
	}
}

/* Fields of one message seen so far: one bit per field, members of a oneof share the first's. */
struct seen {
	uint64_t bit[4];
};

static bool mark(struct seen *seen, const ProtobufCMessageDescriptor *type,
		 const ProtobufCFieldDescriptor *field)
{
	size_t index = (size_t)(field - type->fields);
	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		for (size_t i = 0; i < index; i++)
			if (type->fields[i].quantifier_offset == field->quantifier_offset &&
			    type->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
				index = i;
				break;
			}
	assert(index < 256);
	uint64_t one = UINT64_C(1) << (index % 64);
	bool again = seen->bit[index / 64] & one;
	seen->bit[index / 64] |= one;
	return !again;
}

static enum reason scan(struct cursor *c, const ProtobufCMessageDescriptor *type)
{
	struct seen seen = {0};
	while (c->at < c->end) {
		uint64_t tag;
		enum reason r = read_varint(c, &tag);
		if (r != REASON_NONE)
			return r;
		unsigned wire = tag & 7;
		if (tag >> 3 == 0 || tag >> 3 > 536870911)
			return REASON_PB_SYNTAX;
		const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(
			type, (unsigned)(tag >> 3));
		if (!field && ++c->unknown > WIRE_UNKNOWN_MAX)
			return REASON_LIMIT;
		if (field && wire != wire_type_of(field->type))
			return REASON_PB_SYNTAX;
		if (field && field->label != PROTOBUF_C_LABEL_REPEATED && !mark(&seen, type, field))
			return REASON_PB_NONCANON;
		r = scan_value(c, wire, field);
		if (r != REASON_NONE)
			return r;
	}
	return REASON_NONE;
}

enum reason wire_check(const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t len)
{
	struct cursor c = {.at = data, .end = data + len};
	return scan(&c, type);
}
