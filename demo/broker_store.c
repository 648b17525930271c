/*
 * broker_store: bytes of the broker's file, written and read. Owns no memory and no file. Never
 * hands out anything of a file whose sum is wrong.
 */
#include "demo/broker_store.h"

#include "common/digest.h"

#define VERSION   1
#define NULL_LEN  UINT32_MAX
#define END_BYTES (1 + 8 + DIGEST_BYTES)

static const char magic[8] = {'k', 'p', 'b', 'r', 'o', 'k', 'e', 'r'};

static void put_number(struct buf *out, uint64_t n, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		buf_addc(out, (char)(uint8_t)(n >> (8 * i)));
}

static void put_bytes(struct buf *out, struct span s)
{
	assert(s.len < NULL_LEN);
	put_number(out, s.data ? s.len : NULL_LEN, 4);
	if (s.data)
		buf_add(out, s.data, s.len);
}

static void put_name(struct buf *out, struct span s)
{
	assert(s.len <= UINT16_MAX);
	put_number(out, s.len, 2);
	buf_add(out, s.data, s.len);
}

void broker_store_begin(struct buf *out)
{
	buf_add(out, magic, sizeof(magic));
	put_number(out, VERSION, 4);
}

void broker_store_topic(struct buf *out, const char *name, int partitions)
{
	buf_addc(out, 'T');
	put_name(out, span_of(name));
	put_number(out, (uint32_t)partitions, 4);
}

void broker_store_record(struct buf *out, const struct broker_record *r)
{
	assert(r->headers <= BROKER_STORE_HEADERS_MAX);
	buf_addc(out, 'R');
	put_number(out, (uint32_t)r->partition, 4);
	put_number(out, (uint64_t)r->offset, 8);
	put_number(out, (uint64_t)r->timestamp_ms, 8);
	put_bytes(out, r->key);
	put_bytes(out, r->value);
	put_number(out, r->headers, 2);
	for (size_t i = 0; i < r->headers; i++) {
		put_name(out, r->header[i].name);
		put_bytes(out, r->header[i].value);
	}
}

void broker_store_end(struct buf *out, uint64_t records)
{
	uint8_t sum[DIGEST_BYTES];

	buf_addc(out, 'E');
	put_number(out, records, 8);
	digest_sha256(out->data, out->len, sum);
	buf_add(out, sum, sizeof(sum));
}

static int broken(struct fault *f, const char *what)
{
	return fault_set(f, FAULT_STATE, "the broker's file: %s", what);
}

int broker_store_open(struct span bytes, struct broker_store *ret, struct fault *f)
{
	uint8_t sum[DIGEST_BYTES];

	if (bytes.len < sizeof(magic) + 4 + END_BYTES ||
	    memcmp(bytes.data, magic, sizeof(magic)) != 0)
		return broken(f, "not a file of the embedded broker");
	if (bytes.data[sizeof(magic)] != VERSION)
		return broken(f, "written by another version of the program");
	size_t covered = bytes.len - DIGEST_BYTES;
	digest_sha256(bytes.data, covered, sum);
	if (memcmp(bytes.data + covered, sum, sizeof(sum)) != 0)
		return broken(f, "its sum is wrong, it was damaged or cut off");
	*ret = (struct broker_store){.bytes = {bytes.data, covered}, .at = sizeof(magic) + 4};
	return 0;
}

/* The getters return false at the end of the bytes. */
static bool get_number(struct broker_store *s, unsigned bytes, uint64_t *ret)
{
	if (s->bytes.len - s->at < bytes)
		return false;
	*ret = 0;
	for (unsigned i = 0; i < bytes; i++)
		*ret |= (uint64_t)(uint8_t)s->bytes.data[s->at + i] << (8 * i);
	s->at += bytes;
	return true;
}

static bool get_span(struct broker_store *s, unsigned length_bytes, struct span *ret)
{
	uint64_t len;

	if (!get_number(s, length_bytes, &len))
		return false;
	*ret = (struct span){0};
	if (length_bytes == 4 && len == NULL_LEN)
		return true;
	if (s->bytes.len - s->at < len)
		return false;
	*ret = (struct span){s->bytes.data + s->at, (size_t)len};
	s->at += (size_t)len;
	return true;
}

static bool get_record(struct broker_store *s, struct broker_record *r)
{
	uint64_t partition, offset, timestamp, headers;

	if (!get_number(s, 4, &partition) || !get_number(s, 8, &offset) ||
	    !get_number(s, 8, &timestamp) || !get_span(s, 4, &r->key) ||
	    !get_span(s, 4, &r->value) || !get_number(s, 2, &headers))
		return false;
	if (partition > INT32_MAX || offset > INT64_MAX || headers > BROKER_STORE_HEADERS_MAX)
		return false;
	r->partition = (int32_t)partition;
	r->offset = (int64_t)offset;
	r->timestamp_ms = (int64_t)timestamp;
	r->headers = headers;
	for (size_t i = 0; i < headers; i++)
		if (!get_span(s, 2, &r->header[i].name) || !get_span(s, 4, &r->header[i].value))
			return false;
	return true;
}

static bool get_topic(struct broker_store *s, struct span *name, int *partitions)
{
	uint64_t n;

	if (!get_span(s, 2, name) || !get_number(s, 4, &n) || n == 0 || n > INT32_MAX)
		return false;
	*partitions = (int)n;
	return true;
}

int broker_store_next(struct broker_store *s, struct span *ret_topic, int *ret_partitions,
		      struct broker_record *ret_record, struct fault *f)
{
	uint64_t kind, records;

	if (!get_number(s, 1, &kind))
		return broken(f, "ends in the middle");
	if (kind == 'T' && get_topic(s, ret_topic, ret_partitions))
		return BROKER_ITEM_TOPIC;
	if (kind == 'R' && get_record(s, ret_record)) {
		s->records++;
		return BROKER_ITEM_RECORD;
	}
	if (kind == 'E' && get_number(s, 8, &records) && records == s->records &&
	    s->at == s->bytes.len)
		return BROKER_ITEM_END;
	return broken(f, "an item that cannot be read");
}
