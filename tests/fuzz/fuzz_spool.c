/*
 * fuzz_spool: segments of the spool under any bytes. The first byte chooses: the rest is a segment as
 * it stands, or says how one is built of whole records, holes, rubbish and flipped bytes (two bytes
 * a step), so that checksums do not keep the fuzzer out. Promises that are checked: nothing is read
 * that does not stand there as it would be written; numbers grow, and those that are left out are
 * counted as lost; a second reading says the same; a segment that is cut where its tail begins is
 * whole; of records alone all are read.
 */
#include "tests/fuzz/fuzz.h"

#include "collectors/engine/spool_record.h"

#define FIRST 7

struct outcome {
	enum spool_status status;
	uint64_t records, lost, next;
	size_t at;
};

static void check_record(struct span bytes, size_t end, const struct spool_record *r)
{
	struct buf again = {0};

	spool_record_add(r, &again);
	assert(again.len <= end);
	assert(memcmp(bytes.data + end - again.len, again.data, again.len) == 0);
	buf_release(&again);
}

static struct outcome read_all(struct span bytes)
{
	struct spool_scan scan = {.bytes = bytes, .next = FIRST};
	struct outcome o = {0};
	struct spool_record r;

	do {
		size_t at = scan.at;
		uint64_t next = scan.next;
		o.status = spool_scan_next(&scan, &r);
		if (o.status != SPOOL_RECORD)
			break;
		assert(scan.at > at && scan.at <= bytes.len);
		assert(r.number >= next && scan.next == r.number + 1);
		check_record(bytes, scan.at, &r);
		o.records++;
	} while (true);
	assert(o.status != SPOOL_END || scan.at == bytes.len);
	assert(scan.next - FIRST == o.records + scan.lost);
	o.lost = scan.lost;
	o.next = scan.next;
	o.at = scan.at;
	return o;
}

static bool is_same(const struct outcome *a, const struct outcome *b)
{
	return a->status == b->status && a->records == b->records && a->lost == b->lost &&
	       a->next == b->next && a->at == b->at;
}

static void check(struct span bytes)
{
	struct outcome first = read_all(bytes), again = read_all(bytes);

	assert(is_same(&first, &again));
	if (first.status != SPOOL_TAIL)
		return;
	again = read_all((struct span){bytes.data, first.at});
	first.status = SPOOL_END;
	assert(is_same(&first, &again));
}

static void add_record(uint8_t how, uint64_t number, struct buf *out)
{
	static const enum reason reason[] = {REASON_NONE, REASON_QUOTE};
	struct spool_record r = {.number = number, .kind = (enum spool_kind)(1 + how % 5)};
	const bool has_data = r.kind == SPOOL_EVENT || r.kind == SPOOL_REJECTED;

	r.reason = reason[r.kind >= SPOOL_REJECTED];
	r.id[0] = how;
	r.data = (struct span){"a piece of text", has_data ? 1 + how % 15 : 0};
	spool_record_add(&r, out);
}

/* Number of records when there is nothing else, 0 otherwise. */
static uint64_t build(const uint8_t *data, size_t size, struct buf *out)
{
	uint64_t number = FIRST;
	bool clean = true;

	for (size_t i = 0; i + 1 < size; i += 2) {
		const uint8_t what = data[i] & 7, how = data[i + 1];
		clean = clean && what < 4;
		if (what == 4)
			number += how; /* a hole */
		else if (what == 5)
			buf_addc(out, (char)how);
		else if (what == 6 && out->len > 0)
			out->data[how * 31u % out->len] ^= (char)(1 << (data[i] >> 5));
		else if (what == 7)
			number -= how % 4;
		else
			add_record(how, number++, out);
	}
	return clean ? number - FIRST : 0;
}

static void check_header(const uint8_t *data, size_t size)
{
	struct spool_header h;
	struct buf again = {0};

	if (size < SPOOL_HEADER_BYTES ||
	    !spool_header_parse((struct span){(const char *)data, SPOOL_HEADER_BYTES}, &h))
		return;
	spool_header_add(&h, &again);
	assert(memcmp(again.data, data, SPOOL_HEADER_BYTES) == 0);
	buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf bytes = {0};

	if (size == 0)
		return 0;
	check_header(data + 1, size - 1);
	if (data[0] & 1) {
		check((struct span){(const char *)data + 1, size - 1});
		return 0;
	}
	uint64_t whole = build(data + 1, size - 1, &bytes);
	struct span text = {buf_text(&bytes), bytes.len};
	if (whole > 0) {
		struct outcome o = read_all(text);
		assert(o.status == SPOOL_END && o.records == whole && o.lost == 0);
	}
	check(text);
	buf_release(&bytes);
	return 0;
}
