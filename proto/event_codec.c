/*
 * event_codec: struct event <-> kontakt.v1.Event. Generated types live and die inside this file.
 */
#include "proto/event_codec.h"

#include "kontakt/v1/kontakt.pb-c.h"
#include "proto/plain.h"
#include "proto/plain_write.h"
#include "proto/wire.h"

typedef Kontakt__V1__Event Pb;
typedef Kontakt__V1__Contact PbContact;
typedef Kontakt__V1__Leverans PbLeverans;
typedef Kontakt__V1__Rejected PbRejected;

/* Bytes to be written are only read by protobuf-c, whose types do not know const. */
static ProtobufCBinaryData bytes(const void *data, size_t len)
{
	ProtobufCBinaryData b = {.len = len, .data = (uint8_t *)(uintptr_t)data};
	return b;
}

static bool zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static void contact_to_pb(const struct contact *c, PbContact *pb)
{
#define PUT_CODE(m)                      pb->has_##m = c->m != 0, pb->m = c->m;
#define PUT_NUM(m)                       pb->has_##m = c->m >= 0, pb->m = c->m >= 0 ? (uint32_t)c->m : 0;
#define PUT_MS(m)                        pb->has_##m = c->m != EVENT_NO_TIME, pb->m = c->m;
#define PUT_TEXT(m)                      pb->has_##m = c->m[0] != '\0', pb->m = bytes(c->m, strlen(c->m));
#define PUT_BYTES(m)                     pb->has_##m = !zero(c->m, sizeof(c->m)), pb->m = bytes(c->m, sizeof(c->m));
#define X(type, member, max, must, text) PUT_##type(member)
	EVENT_CONTACT_FIELDS(X)
#undef X
}

struct rejects {
	PbRejected row[REASONS_END];
	PbRejected *list[REASONS_END];
};

static void leverans_to_pb(const struct leverans *l, PbLeverans *pb, struct rejects *rejects)
{
	pb->has_phase = true, pb->phase = l->phase;
	pb->has_partition = l->partition >= 0,
	pb->partition = l->partition >= 0 ? (uint32_t)l->partition : 0;
	pb->has_reading = true, pb->reading = l->reading;
	pb->has_sha256 = true, pb->sha256 = bytes(l->sha256, sizeof(l->sha256));
	pb->has_name = l->name[0] != '\0', pb->name = bytes(l->name, strlen(l->name));
	bool totals = l->phase != PHASE_OPENING;
	pb->has_read = totals, pb->read = l->read;
	pb->has_sent = totals, pb->sent = l->sent;
	pb->has_not_contact = totals, pb->not_contact = l->not_contact;
	pb->has_reason = l->reason != 0, pb->reason = l->reason;
	pb->rejected = rejects->list;
	for (unsigned r = 0; r < REASONS_END; r++) {
		if (!l->rejected[r])
			continue;
		PbRejected *row = &rejects->row[pb->n_rejected];
		kontakt__v1__rejected__init(row);
		row->has_reason = true, row->reason = r;
		row->has_count = true, row->count = l->rejected[r];
		rejects->list[pb->n_rejected++] = row;
	}
}

void event_encode(const struct event *e, struct buf *out)
{
	if (e->body == EVENT_CONTACT)
		plain_write(e, out);
	else
		event_encode_any(e, out);
}

void event_encode_any(const struct event *e, struct buf *out)
{
	Pb pb = KONTAKT__V1__EVENT__INIT;
	PbContact contact = KONTAKT__V1__CONTACT__INIT;
	PbLeverans leverans = KONTAKT__V1__LEVERANS__INIT;
	struct rejects rejects;
	pb.has_schema = true, pb.schema = e->schema;
	pb.has_source = true, pb.source = bytes(e->source, strlen(e->source));
	pb.has_key_fingerprint = true,
	pb.key_fingerprint = bytes(e->fingerprint, sizeof(e->fingerprint));
	pb.has_id = true, pb.id = bytes(e->id, sizeof(e->id));
	pb.has_version = true, pb.version = e->version;
	pb.has_version_kind = true, pb.version_kind = e->version_kind;
	pb.has_op = true, pb.op = e->op;
	pb.has_produced_ms = true, pb.produced_ms = e->produced_ms;
	pb.has_leverans_id = !zero(e->leverans_id, sizeof(e->leverans_id));
	pb.leverans_id = bytes(e->leverans_id, sizeof(e->leverans_id));
	if (e->body == EVENT_CONTACT) {
		if (e->op == OP_UPSERT)
			contact_to_pb(&e->contact, &contact);
		pb.body_case = KONTAKT__V1__EVENT__BODY_CONTACT;
		pb.contact = &contact;
	} else {
		assert(e->body == EVENT_LEVERANS);
		leverans_to_pb(&e->leverans, &leverans, &rejects);
		pb.body_case = KONTAKT__V1__EVENT__BODY_LEVERANS;
		pb.leverans = &leverans;
	}
	size_t size = kontakt__v1__event__get_packed_size(&pb);
	assert(size <= EVENT_VALUE_MAX);
	(void)kontakt__v1__event__pack(&pb, (uint8_t *)buf_room(out, size));
	out->len += size;
	out->data[out->len] = '\0';
}

/* Text with a NUL inside would read as something shorter. */
static enum reason get_text(char *to, size_t max, bool has, ProtobufCBinaryData from)
{
	if (!has)
		return REASON_NONE;
	if (from.len > max)
		return REASON_FIELD_INVALID;
	if (from.len && memchr(from.data, '\0', from.len))
		return REASON_ENCODING;
	if (from.len)
		memcpy(to, from.data, from.len);
	to[from.len] = '\0';
	return REASON_NONE;
}

static enum reason get_bytes(uint8_t *to, size_t n, bool has, ProtobufCBinaryData from)
{
	if (!has)
		return REASON_NONE;
	if (from.len != n)
		return REASON_FIELD_INVALID;
	memcpy(to, from.data, n);
	return REASON_NONE;
}

static enum reason get_code(uint8_t *to, bool has, uint32_t from)
{
	if (!has)
		return REASON_NONE;
	if (from == 0 || from > UINT8_MAX)
		return REASON_UNKNOWN_CODE;
	*to = (uint8_t)from;
	return REASON_NONE;
}

static enum reason get_num(int32_t *to, bool has, uint32_t from)
{
	if (!has)
		return REASON_NONE;
	if (from > INT32_MAX)
		return REASON_FIELD_INVALID;
	*to = (int32_t)from;
	return REASON_NONE;
}

static enum reason get_ms(int64_t *to, bool has, int64_t from)
{
	if (has)
		*to = from;
	return has && from == EVENT_NO_TIME ? REASON_FIELD_INVALID : REASON_NONE;
}

static enum reason contact_from_pb(const PbContact *pb, struct contact *c, const char **ret_field)
{
	enum reason r;
#define GET_CODE(m, max)  get_code(&c->m, pb->has_##m, pb->m)
#define GET_NUM(m, max)   get_num(&c->m, pb->has_##m, pb->m)
#define GET_MS(m, max)    get_ms(&c->m, pb->has_##m, pb->m)
#define GET_TEXT(m, max)  get_text(c->m, max, pb->has_##m, pb->m)
#define GET_BYTES(m, max) get_bytes(c->m, max, pb->has_##m, pb->m)
#define X(type, member, max, must, text) \
	*ret_field = #member;            \
	r = GET_##type(member, max);     \
	if (r != REASON_NONE)            \
		return r;
	EVENT_CONTACT_FIELDS(X)
#undef X
	return REASON_NONE;
}

static enum reason rejected_from_pb(const PbLeverans *pb, struct leverans *l)
{
	for (size_t i = 0; i < pb->n_rejected; i++) {
		const PbRejected *row = pb->rejected[i];
		if (!row->has_reason || !row->has_count)
			return REASON_FIELD_MISSING;
		if (!reason_known(row->reason))
			return REASON_UNKNOWN_CODE;
		if (l->rejected[row->reason] || !row->count || row->count > UINT32_MAX)
			return REASON_FIELD_INVALID;
		l->rejected[row->reason] = row->count;
	}
	return REASON_NONE;
}

static enum reason leverans_from_pb(const PbLeverans *pb, struct leverans *l,
				    const char **ret_field)
{
	*ret_field = "phase";
	enum reason r = get_code(&l->phase, pb->has_phase, pb->phase);
	if (r != REASON_NONE)
		return r;
	*ret_field = "partition";
	r = get_num(&l->partition, pb->has_partition, pb->partition);
	if (r != REASON_NONE)
		return r;
	*ret_field = "sha256";
	if (!pb->has_sha256)
		return REASON_FIELD_MISSING;
	r = get_bytes(l->sha256, sizeof(l->sha256), true, pb->sha256);
	if (r != REASON_NONE)
		return r;
	*ret_field = "name";
	r = get_text(l->name, sizeof(l->name) - 1, pb->has_name, pb->name);
	if (r != REASON_NONE)
		return r;
	*ret_field = "reason";
	r = get_code(&l->reason, pb->has_reason, pb->reason);
	if (r != REASON_NONE)
		return r;
	l->reading = pb->reading;
	*ret_field = "read";
	if (pb->read > UINT32_MAX || pb->sent > UINT32_MAX || pb->not_contact > UINT32_MAX)
		return REASON_FIELD_INVALID;
	l->read = pb->read;
	l->sent = pb->sent;
	l->not_contact = pb->not_contact;
	*ret_field = "rejected";
	return rejected_from_pb(pb, l);
}

static enum reason envelope_from_pb(const Pb *pb, struct event *e, const char **ret_field)
{
	*ret_field = "schema";
	if (!pb->has_schema || pb->schema != EVENT_SCHEMA)
		return REASON_SCHEMA_VERSION;
	*ret_field = "source";
	enum reason r = get_text(e->source, EVENT_SOURCE_MAX, pb->has_source, pb->source);
	if (r != REASON_NONE)
		return r;
	*ret_field = "key_fingerprint";
	if (!pb->has_key_fingerprint)
		return REASON_FIELD_MISSING;
	r = get_bytes(e->fingerprint, sizeof(e->fingerprint), true, pb->key_fingerprint);
	if (r != REASON_NONE)
		return r;
	*ret_field = "id";
	if (!pb->has_id)
		return REASON_FIELD_MISSING;
	r = get_bytes(e->id, sizeof(e->id), true, pb->id);
	if (r != REASON_NONE)
		return r;
	*ret_field = "leverans_id";
	r = get_bytes(e->leverans_id, sizeof(e->leverans_id), pb->has_leverans_id, pb->leverans_id);
	if (r != REASON_NONE)
		return r;
	*ret_field = "version";
	if (!pb->has_version)
		return REASON_FIELD_MISSING;
	e->version = pb->version;
	*ret_field = "version_kind";
	r = get_code(&e->version_kind, pb->has_version_kind, pb->version_kind);
	if (r != REASON_NONE)
		return r;
	*ret_field = "op";
	e->produced_ms = pb->produced_ms;
	return get_code(&e->op, pb->has_op, pb->op);
}

static enum reason from_pb(const Pb *pb, struct event *e, const char **ret_field)
{
	enum reason r = envelope_from_pb(pb, e, ret_field);
	if (r != REASON_NONE)
		return r;
	switch (pb->body_case) {
	case KONTAKT__V1__EVENT__BODY_CONTACT:
		e->body = EVENT_CONTACT;
		return contact_from_pb(pb->contact, &e->contact, ret_field);
	case KONTAKT__V1__EVENT__BODY_LEVERANS:
		e->body = EVENT_LEVERANS;
		return leverans_from_pb(pb->leverans, &e->leverans, ret_field);
	case KONTAKT__V1__EVENT__BODY_CONTROL: e->body = EVENT_CONTROL; return REASON_NONE;
	case KONTAKT__V1__EVENT__BODY__NOT_SET:
	case _KONTAKT__V1__EVENT__BODY__CASE_IS_INT_SIZE: break;
	}
	*ret_field = "body";
	return REASON_FIELD_MISSING;
}

/* JSON, XML and text sent by mistake begin with a byte that is no tag of field 1. */
static bool looks_like_event(const uint8_t *data, size_t len)
{
	static const char foreign[] = "{[<\"";
	return len > 0 && !strchr(foreign, data[0]) && data[0] != '\0';
}

enum reason event_decode(const void *data, size_t len, struct event *ret, const char **ret_field)
{
	*ret_field = "";
	if (len <= EVENT_VALUE_MAX && plain_read(data, len, ret))
		return REASON_NONE;
	return event_decode_any(data, len, ret, ret_field);
}

enum reason event_decode_any(const void *data, size_t len, struct event *ret,
			     const char **ret_field)
{
	*ret_field = "";
	if (len > EVENT_VALUE_MAX)
		return REASON_LIMIT;
	if (!looks_like_event(data, len))
		return REASON_SCHEMA_VERSION;
	enum reason r = wire_check(&kontakt__v1__event__descriptor, data, len);
	if (r != REASON_NONE)
		return r;
	Pb *pb = kontakt__v1__event__unpack(NULL, len, data);
	if (!pb)
		return REASON_PB_SYNTAX;
	event_init(ret);
	r = from_pb(pb, ret, ret_field);
	kontakt__v1__event__free_unpacked(pb, NULL);
	return r;
}
