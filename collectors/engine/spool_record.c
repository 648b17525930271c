/*
 * spool_record: writing and reading of headers and records in memory. Pure. Believes nothing
 * without its checksum, and no number that does not follow.
 */
#include "collectors/engine/spool_record.h"

#include <zlib.h>

#define VERSION     1
#define PAYLOAD_MIN 2 /* kind and reason */

static const char magic[8] = {'K', 'P', 'S', 'P', 'O', 'O', 'L', '\n'};

static void store(char *to, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (char)(value >> (8 * i));
}

static void add_number(struct buf *out, uint64_t value, unsigned bytes)
{
	char number[8];

	store(number, value, bytes);
	buf_add(out, number, bytes);
}

static uint64_t number_at(const char *data, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)(uint8_t)data[i] << (8 * i);
	return value;
}

static uint32_t checksum(uint32_t before, const char *data, size_t len)
{
	return (uint32_t)crc32_z(before, (const uint8_t *)data, len);
}

void spool_header_add(const struct spool_header *h, struct buf *out)
{
	const size_t from = out->len;
	char source[EVENT_SOURCE_MAX] = "";

	memcpy(source, h->source, strlen(h->source));
	buf_add(out, magic, sizeof(magic));
	add_number(out, VERSION, 4);
	add_number(out, h->version_kind, 4);
	buf_add(out, h->fingerprint, sizeof(h->fingerprint));
	buf_add(out, h->id, sizeof(h->id));
	add_number(out, h->first, 8);
	buf_add(out, source, sizeof(source));
	add_number(out, checksum(0, out->data + from, out->len - from), 4);
	assert(out->len - from == SPOOL_HEADER_BYTES);
}

/* What is read must be what would be written: no other test is as strict. */
bool spool_header_parse(struct span bytes, struct spool_header *ret)
{
	struct spool_header h = {0};
	struct buf again = {0};

	if (bytes.len != SPOOL_HEADER_BYTES)
		return false;
	h.version_kind = (uint8_t)bytes.data[12];
	memcpy(h.fingerprint, bytes.data + 16, sizeof(h.fingerprint));
	memcpy(h.id, bytes.data + 20, sizeof(h.id));
	h.first = number_at(bytes.data + 36, 8);
	memcpy(h.source, bytes.data + 44, EVENT_SOURCE_MAX);
	spool_header_add(&h, &again);
	bool same = memcmp(again.data, bytes.data, SPOOL_HEADER_BYTES) == 0;
	buf_release(&again);
	if (same)
		*ret = h;
	return same;
}

void spool_record_add(const struct spool_record *r, struct buf *out)
{
	const size_t from = out->len;
	const size_t id = r->kind == SPOOL_EVENT ? EVENT_ID_BYTES : 0;
	const size_t len = PAYLOAD_MIN + id + r->data.len;

	assert(len <= SPOOL_PAYLOAD_MAX);
	char *head = buf_room(out, SPOOL_RECORD_HEAD + len);
	store(head, len, 4);
	store(head + 4, r->number, 8);
	out->len += SPOOL_RECORD_HEAD;
	add_number(out, r->kind, 1);
	add_number(out, r->reason, 1);
	buf_add(out, r->id, id);
	buf_add(out, r->data.data, r->data.len);
	head = out->data + from;
	store(head + 12, checksum(checksum(0, head, 12), head + SPOOL_RECORD_HEAD, len), 4);
}

static bool is_sensible(const struct spool_record *r)
{
	const bool reason = reason_known((uint64_t)r->reason);

	switch (r->kind) {
	case SPOOL_EVENT:
		return (reason || r->reason == REASON_NONE) && r->data.len > 0 &&
		       r->data.len <= EVENT_VALUE_MAX;
	case SPOOL_NOT_CONTACT: return r->reason == REASON_NONE && r->data.len == 0;
	case SPOOL_REJECTED: return reason;
	case SPOOL_NOTE:
	case SPOOL_BROKEN: return reason && r->data.len == 0;
	}
	return false;
}

static bool parse_payload(struct span payload, struct spool_record *ret)
{
	ret->kind = (enum spool_kind)(uint8_t)payload.data[0];
	ret->reason = (enum reason)(uint8_t)payload.data[1];
	ret->data = (struct span){payload.data + PAYLOAD_MIN, payload.len - PAYLOAD_MIN};
	if (ret->kind == SPOOL_EVENT) {
		if (ret->data.len < EVENT_ID_BYTES)
			return false;
		memcpy(ret->id, ret->data.data, EVENT_ID_BYTES);
		ret->data.data += EVENT_ID_BYTES;
		ret->data.len -= EVENT_ID_BYTES;
	}
	return is_sensible(ret);
}

/* A whole record there, with a number from `low` to `high`: its length, 0 when there is none. */
static size_t record_at(struct span bytes, size_t at, uint64_t low, uint64_t high,
			struct spool_record *ret)
{
	const char *head = bytes.data + at;

	if (bytes.len - at < SPOOL_RECORD_HEAD + PAYLOAD_MIN)
		return 0;
	const uint64_t len = number_at(head, 4);
	*ret = (struct spool_record){.number = number_at(head + 4, 8)};
	if (len < PAYLOAD_MIN || len > SPOOL_PAYLOAD_MAX ||
	    len > bytes.len - at - SPOOL_RECORD_HEAD || ret->number < low || ret->number > high)
		return 0;
	uint32_t sum = checksum(checksum(0, head, 12), head + SPOOL_RECORD_HEAD, len);
	if (sum != number_at(head + 12, 4) ||
	    !parse_payload((struct span){head + SPOOL_RECORD_HEAD, len}, ret))
		return 0;
	return SPOOL_RECORD_HEAD + len;
}

/* The next record behind damage. As many may be missing as there is room for in between. */
static enum spool_status resume(struct spool_scan *s, struct spool_record *ret)
{
	for (size_t at = s->at + 1; at < s->bytes.len; at++) {
		uint64_t room = (at - s->at) / (SPOOL_RECORD_HEAD + PAYLOAD_MIN);
		size_t len = room == 0 ? 0
				       : record_at(s->bytes, at, s->next + 1, s->next + room, ret);
		if (len == 0)
			continue;
		s->lost += ret->number - s->next;
		s->next = ret->number + 1;
		s->at = at + len;
		return SPOOL_RECORD;
	}
	return SPOOL_TAIL;
}

enum spool_status spool_scan_next(struct spool_scan *s, struct spool_record *ret)
{
	if (s->at == s->bytes.len)
		return SPOOL_END;
	size_t len = record_at(s->bytes, s->at, 0, UINT64_MAX, ret);
	if (len == 0)
		return resume(s, ret);
	if (ret->number != s->next)
		return SPOOL_ORDER;
	s->next++;
	s->at += len;
	return SPOOL_RECORD;
}
