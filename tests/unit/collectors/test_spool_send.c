/*
 * A segment from the spool to a sink in memory: what is put in which order, that it is never closed
 * before everything is acknowledged, and that a failure in any place leaves a segment that is sent
 * again as the same delivery.
 */
#include "tests/unit/collectors/folder.h"

#include "collectors/engine/report.h"
#include "collectors/engine/spool_send.h"
#include "common/civil.h"
#include "common/loop.h"
#include "proto/event_codec.h"
#include "proto/route.h"

#define PARTITIONS 2
#define SEGMENT    "spool/00000000000000000001.spool"
#define NO_FAILURE SIZE_MAX

static const char mapping_text[] = "source: vas\nformat: csv\nid: {path: id}\n"
				   "version: {number: {path: version}}\nfields:\n"
				   "  kanal: {const: telefon}\n  status: {const: avslutad}\n"
				   "  vardform: {const: oppen}\n  qualified: {const: ja}\n"
				   "  replaces_visit: {const: ja}\n  documented: {const: ja}\n"
				   "  start: [{path: datum}, {date: YYYY-MM-DD}]\n";

/* What was put, as letters: O and its partition, c, C, Q; a flush is |. */
struct memory {
	struct sink sink; /* first */
	struct buf put;
	struct leverans last;
	uint8_t id[EVENT_ID_BYTES]; /* of the frames */
	size_t calls, fail_at;
};

static const uint8_t key[DIGEST_BYTES] = {7};
static struct memory memory;
static struct mapping *mapping;
static struct delivery_source source;
static struct spool *spool;

static bool fails(struct memory *m)
{
	return m->calls++ == m->fail_at;
}

static void put_frame(struct memory *m, const struct event *e, int partition)
{
	if (e->leverans.phase == PHASE_OPENING)
		buf_addf(&m->put, "O%d", partition);
	else
		buf_addc(&m->put, e->leverans.phase == PHASE_CLOSING ? 'C' : 'Q');
	m->last = e->leverans;
	memcpy(m->id, e->id, sizeof(m->id));
}

static int memory_put(struct sink *s, int partition, const uint8_t id[EVENT_ID_BYTES],
		      struct span value, struct fault *f)
{
	struct memory *m = (struct memory *)s;
	struct event e;
	const char *field;

	if (fails(m))
		return fault_set(f, FAULT_UNAVAILABLE, "the sink fails");
	assert_int_equal(event_decode(value.data, value.len, &e, &field), REASON_NONE);
	assert_int_equal(event_check(&e, &field), REASON_NONE);
	assert_memory_equal(e.id, id, EVENT_ID_BYTES);
	assert_int_equal(partition, route_event(&e, PARTITIONS));
	if (e.body == EVENT_LEVERANS)
		put_frame(m, &e, partition);
	else
		buf_addc(&m->put, 'c');
	return 0;
}

static int memory_flush(struct sink *s, struct fault *f)
{
	struct memory *m = (struct memory *)s;

	if (fails(m))
		return fault_set(f, FAULT_UNAVAILABLE, "the sink fails");
	buf_addc(&m->put, '|');
	return 0;
}

static void memory_reset(size_t fail_at)
{
	buf_release(&memory.put);
	memory = (struct memory){
		.sink = {.partitions = PARTITIONS, .put = memory_put, .flush = memory_flush},
		.fail_at = fail_at,
	};
}

static void open_spool(void)
{
	struct spool_options o = {
		.folder = folder_path("spool"),
		.source = "vas",
		.version_kind = mapping_version_kind(mapping),
		.key = source.key,
		.bytes_max = 1 << 24,
	};
	struct buf told = {0};
	struct fault f;

	assert_int_equal(spool_open(&o, &spool, &told, &f), 0);
	assert_string_equal(buf_text(&told), "");
}

static int set_up(void **state)
{
	struct fault f = {0};

	if (folder_make(state) < 0 || civil_init(&f) < 0)
		return -1;
	assert_int_equal(mapping_load(folder_write("m.yaml", mapping_text), &mapping, &f), 0);
	source = (struct delivery_source){
		.mapping = mapping,
		.key = digest_mac_new(key, sizeof(key)),
		.sink = &memory.sink,
		.state = folder,
	};
	memory_reset(NO_FAILURE);
	open_spool();
	return 0;
}

static int tear_down(void **state)
{
	spool_free(spool);
	buf_release(&memory.put);
	digest_mac_free(source.key);
	mapping_free(mapping);
	return folder_remove(state);
}

static void append(enum spool_kind kind, enum reason reason, struct span data)
{
	struct spool_record r = {.kind = kind, .reason = reason, .data = data};
	struct buf encoded = {0};
	struct event e;
	struct fault f;

	event_init(&e);
	assert_int_equal(spool_begin(spool, false, e.leverans_id, &f), 0);
	if (kind == SPOOL_EVENT) {
		memcpy(e.source, "vas", 4);
		e.id[0] = 5;
		e.version = 1;
		e.version_kind = VERSION_KIND_FIELD;
		e.op = OP_RETRACT;
		e.body = EVENT_CONTACT;
		event_encode(&e, &encoded);
		memcpy(r.id, e.id, sizeof(r.id));
		r.data = (struct span){encoded.data, encoded.len};
	}
	(void)spool_append(spool, &r);
	buf_release(&encoded);
}

static void seal(void)
{
	struct fault f;

	assert_int_equal(spool_seal(spool, true, &f), 0);
}

/* Two events, one no contact, one rejected. */
static void append_four(void)
{
	append(SPOOL_EVENT, REASON_NONE, span_of(""));
	append(SPOOL_NOT_CONTACT, REASON_NONE, span_of(""));
	append(SPOOL_REJECTED, REASON_QUOTE, span_of("stdin:4: QUOTE"));
	append(SPOOL_EVENT, REASON_PNR_INVALID, span_of(""));
}

static int send_one(struct delivery_report *r)
{
	struct fault f;
	uint64_t lost = 0;

	return spool_send(&source, spool, r, &lost, &f);
}

/* Sends one and compares its report. */
static void assert_sent(const char *expected)
{
	struct delivery_report r;
	struct buf text = {0};

	assert_int_equal(send_one(&r), 1);
	report_text(&r, &text);
	if (strstr(buf_text(&text), expected) == NULL)
		fail_msg("'%s' is not in '%s'", expected, buf_text(&text));
	buf_release(&text);
	delivery_report_release(&r);
}

static char *list_of_rejected(void)
{
	char id[9];
	struct buf name = {0};

	text_hex(memory.last.sha256, 4, id);
	buf_addf(&name, "avvisade/vas-%s-1.txt", id);
	return buf_detach(&name);
}

static void a_segment_is_framed_counted_and_removed(void **state)
{
	(void)state;
	append_four();
	seal();
	assert_sent("complete, reading 1: read 4, sent 2, not contact 1, rejected 1 (QUOTE 1;");
	assert_string_equal(buf_text(&memory.put), "O0O1|cc|C|");
	assert_int_equal(memory.last.read, 4);
	assert_int_equal(memory.last.sent, 2);
	assert_int_equal(memory.last.rejected[REASON_QUOTE], 1);
	assert_string_equal(memory.last.name, "00000000000000000001.spool");
	char *list = list_of_rejected();
	assert_file(list, "stdin:4: QUOTE\n");
	assert_file(SEGMENT, "(none)");
	free(list);
}

static void nothing_waits_nothing_is_sent(void **state)
{
	struct delivery_report r;

	(void)state;
	assert_int_equal(send_one(&r), 0);
	assert_string_equal(buf_text(&memory.put), "");
}

static void what_broke_off_is_quarantined_after_what_is_whole(void **state)
{
	(void)state;
	append_four();
	append(SPOOL_BROKEN, REASON_QUOTE_EOF, span_of(""));
	seal();
	assert_sent("quarantined, QUOTE_EOF");
	assert_string_equal(buf_text(&memory.put), "O0O1|cc|Q|");
	char *list = list_of_rejected();
	assert_file(list, "stdin:4: QUOTE\n");
	assert_file(SEGMENT, "(none)");
	free(list);
}

static void what_is_noted_is_reported(void **state)
{
	(void)state;
	append_four();
	append(SPOOL_NOTE, REASON_TRUNCATED, span_of(""));
	seal();
	assert_sent("; noted TRUNCATED 1, PNR_INVALID 1");
}

/* With every call of the sink that can fail, as if it were the last thing that was done. */
static void a_failure_anywhere_leaves_the_segment_and_the_same_delivery(void **state)
{
	uint8_t id[EVENT_ID_BYTES];
	size_t calls = 0;

	(void)state;
	append_four();
	seal();
	for (;; calls++) {
		struct delivery_report r;
		memory_reset(calls);
		spool_free(spool);
		open_spool();
		int err = send_one(&r);
		if (err == 1) {
			delivery_report_release(&r);
			break;
		}
		assert_int_equal(err, FAULT_UNAVAILABLE);
		if (calls == 0)
			continue;
		if (calls > 1)
			assert_memory_equal(memory.id, id, sizeof(id));
		memcpy(id, memory.id, sizeof(id));
	}
	assert_int_equal(calls, 8);
	assert_memory_equal(memory.id, id, sizeof(id));
	assert_file(SEGMENT, "(none)");
}

static void nothing_is_closed_before_all_is_acknowledged(void **state)
{
	(void)state;
	append_four();
	seal();
	memory_reset(5); /* the flush behind the events */
	assert_int_equal(send_one(&(struct delivery_report){0}), FAULT_UNAVAILABLE);
	assert_string_equal(buf_text(&memory.put), "O0O1|cc");
	char *list = list_of_rejected();
	assert_file(list, "(none)");
	free(list);
}

/* However small they are: in a full queue nobody would hear of a stop. */
static void no_more_is_put_at_once_than_a_queue_holds(void **state)
{
	static const size_t count = 10001, queue = 10000;
	size_t sent = 0;

	(void)state;
	for (size_t i = 0; i < count; i++)
		append(SPOOL_EVENT, REASON_NONE, span_of(""));
	seal();
	assert_sent("read 10001, sent 10001");
	for (const char *at = buf_text(&memory.put); *at != '\0'; at++) {
		size_t burst = strspn(at, "c");
		assert_in_range(burst, 0, queue - 1);
		sent += burst;
		at += burst;
	}
	assert_int_equal(sent, count);
}

static void a_stop_leaves_an_open_segment(void **state)
{
	struct fault f;

	(void)state;
	append_four();
	assert_int_equal(spool_sync(spool, UINT64_MAX, &f), 0);
	loop_stop(); /* for ever: this is the last test */
	assert_int_equal(send_one(&(struct delivery_report){0}), FAULT_UNAVAILABLE);
	assert_string_equal(buf_text(&memory.put), "O0O1|");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_segment_is_framed_counted_and_removed),
		TEST(nothing_waits_nothing_is_sent),
		TEST(what_broke_off_is_quarantined_after_what_is_whole),
		TEST(what_is_noted_is_reported),
		TEST(a_failure_anywhere_leaves_the_segment_and_the_same_delivery),
		TEST(nothing_is_closed_before_all_is_acknowledged),
		TEST(no_more_is_put_at_once_than_a_queue_holds),
		TEST(a_stop_leaves_an_open_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
