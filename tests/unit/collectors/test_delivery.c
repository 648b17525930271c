/*
 * A delivery from a file to a sink in memory: what is put in which order, what is saved when, what
 * each kind of file comes to, and what a failure in any place leaves behind. Tests whose names begin
 * with dNN belong to that row of the table of bad input.
 */
#include "tests/unit/collectors/folder.h"

#include "collectors/engine/delivery.h"
#include "collectors/engine/frame.h"
#include "collectors/engine/identity.h"
#include "collectors/engine/report.h"
#include "common/civil.h"
#include "common/loop.h"
#include "proto/event_codec.h"
#include "proto/route.h"

#define PARTITIONS 3
#define PUT_MAX    128
#define NO_FAILURE SIZE_MAX

static const char mapping_text[] = "source: vas\n"
				   "format: csv\n"
				   "id: {path: id}\n"
				   "version: {number: {path: version}}\n"
				   "only: {path: slag, in: [kontakt]}\n"
				   "fields:\n"
				   "  kanal: {path: kanal}\n"
				   "  status: {const: avslutad}\n"
				   "  vardform: {const: oppen}\n"
				   "  qualified: {const: ja}\n"
				   "  replaces_visit: {const: ja}\n"
				   "  documented: {const: ja}\n"
				   "  unit: {path: enhet}\n"
				   "  start: [{path: datum}, {date: YYYY-MM-DD}]\n";
#define HEADER   "id,version,slag,kanal,enhet,datum\n"
#define GOOD(id) id ",1,kontakt,telefon,Enhet 1,2020-03-01\n"

/* What was put, in order; a flush is an entry of its own. */
struct memory {
	struct sink sink; /* first */
	struct event event[PUT_MAX];
	int partition[PUT_MAX]; /* -1: a flush */
	size_t count, unflushed;
	size_t fail_at;        /* the entry that fails */
	const char *overwrite; /* file that is spoilt at the first put, or NULL */
	bool stop;             /* asked for at the first contact */
	bool block;            /* at the closing, what comes after it cannot be saved */
};

static struct memory memory;
static struct mapping *mapping;
static struct delivery_source source;
static const uint8_t key[DIGEST_BYTES] = {7};

static int memory_fail(struct fault *f)
{
	return fault_set(f, FAULT_UNAVAILABLE, "the sink fails");
}

/* A folder where the file is to be: as a full disk would, it keeps it from being written. */
static void block_progress(void)
{
	assert_int_equal(unlink(folder_path("vas.progress")), 0);
	assert_int_equal(mkdir(folder_path("vas.progress"), 0700), 0);
}

static int memory_put(struct sink *s, int partition, const uint8_t id[EVENT_ID_BYTES],
		      struct span value, struct fault *f)
{
	struct memory *m = (struct memory *)s;
	struct event *e = &m->event[m->count];
	const char *field;

	assert_in_range(m->count, 0, PUT_MAX - 1);
	if (m->count == m->fail_at)
		return memory_fail(f);
	assert_int_equal(event_decode(value.data, value.len, e, &field), REASON_NONE);
	assert_int_equal(event_check(e, &field), REASON_NONE);
	assert_memory_equal(e->id, id, EVENT_ID_BYTES);
	assert_int_equal(partition, route_event(e, PARTITIONS));
	m->partition[m->count++] = partition;
	m->unflushed++;
	if (m->overwrite != NULL)
		folder_write(m->overwrite, HEADER GOOD("9"));
	m->overwrite = NULL;
	if (m->stop && e->body == EVENT_CONTACT)
		loop_stop();
	if (m->block && e->body == EVENT_LEVERANS && e->leverans.phase == PHASE_CLOSING)
		block_progress();
	return 0;
}

static int memory_flush(struct sink *s, struct fault *f)
{
	struct memory *m = (struct memory *)s;

	if (m->count == m->fail_at)
		return memory_fail(f);
	m->partition[m->count++] = -1;
	m->unflushed = 0;
	return 0;
}

static void memory_reset(void)
{
	memory = (struct memory){
		.sink = {.partitions = PARTITIONS, .put = memory_put, .flush = memory_flush},
		.fail_at = NO_FAILURE,
	};
}

/* Progress is opened anew for each run, as by a new process. */
static void open_progress(void)
{
	struct progress_pins pins = {.version_kind = mapping_version_kind(mapping)};
	struct fault f;

	memcpy(pins.fingerprint, source.fingerprint, sizeof(pins.fingerprint));
	assert_int_equal(progress_open(folder, "vas", &pins, &source.progress, &f), 0);
}

static int set_up(void **state)
{
	struct fault f = {0};

	if (folder_make(state) < 0)
		return -1;
	assert_int_equal(mapping_load(folder_write("m.yaml", mapping_text), &mapping, &f), 0);
	source = (struct delivery_source){
		.reader = reader_by_name("csv"),
		.mapping = mapping,
		.key = digest_mac_new(key, sizeof(key)),
		.sink = &memory.sink,
		.state = folder,
	};
	identity_fingerprint(source.key, source.fingerprint);
	memory_reset();
	return 0;
}

static int tear_down(void **state)
{
	digest_mac_free(source.key);
	mapping_free(mapping);
	return folder_remove(state);
}

static int try_file(const char *name, struct delivery_report *r, struct fault *f)
{
	open_progress();
	int err = delivery_run(&source, folder_path(name), r, f);
	progress_free(source.progress);
	return err;
}

static struct delivery_report take(const char *name)
{
	struct delivery_report r;
	struct fault f = {0};

	int err = try_file(name, &r, &f);
	assert_string_equal(f.text, "");
	assert_int_equal(err, 0);
	return r;
}

static const char *const outcome_name[] = {"complete", "quarantined", "dup_file"};

/* "<outcome> [REASON] reading N: read sent not_contact rejected", and the notes. */
static void assert_taken(const char *name, const char *expected)
{
	struct delivery_report r = take(name);
	struct buf text = {0};
	uint64_t rejected = 0;

	for (size_t i = 0; i < REASONS_END; i++)
		rejected += r.sums.rejected[i];
	buf_addf(&text, "%s%s%s %u: %llu %llu %llu %llu", outcome_name[r.outcome],
		 r.sums.reason == REASON_NONE ? "" : " ", reason_name((enum reason)r.sums.reason),
		 r.sums.reading, (unsigned long long)r.sums.read, (unsigned long long)r.sums.sent,
		 (unsigned long long)r.sums.not_contact, (unsigned long long)rejected);
	for (size_t i = 0; i < REASONS_END; i++)
		if (r.noted[i] > 0)
			buf_addf(&text, " %s", reason_name((enum reason)i));
	assert_string_equal(buf_text(&text), expected);
	buf_release(&text);
	delivery_report_release(&r);
}

/* "O0 O1 O2 | contact contact | C |": openings with their partition, contacts, frames, flushes. */
static void assert_put(const char *expected)
{
	static const char phase[] = {
		[PHASE_OPENING] = 'O', [PHASE_CLOSING] = 'C', [PHASE_QUARANTINED] = 'Q'};
	struct buf text = {0};

	for (size_t i = 0; i < memory.count; i++) {
		const struct event *e = &memory.event[i];
		if (memory.partition[i] < 0)
			buf_adds(&text, "|");
		else if (e->body == EVENT_CONTACT)
			buf_adds(&text, "c");
		else
			buf_addc(&text, phase[e->leverans.phase]);
		if (memory.partition[i] >= 0 && e->body == EVENT_LEVERANS &&
		    e->leverans.phase == PHASE_OPENING)
			buf_addf(&text, "%d", e->leverans.partition);
	}
	assert_string_equal(buf_text(&text), expected);
	assert_int_equal(memory.unflushed, 0);
	buf_release(&text);
}

static void assert_outcome(const char *word)
{
	struct buf text = folder_read("vas.progress");
	char line[64];

	(void)snprintf(line, sizeof(line), "\nfile %s ", word);
	if (strstr(buf_text(&text), line) == NULL)
		fail_msg("no '%s' in %s", word, buf_text(&text));
	buf_release(&text);
}

static const struct leverans *last_frame(void)
{
	for (size_t i = memory.count; i > 0; i--)
		if (memory.partition[i - 1] >= 0 && memory.event[i - 1].body == EVENT_LEVERANS)
			return &memory.event[i - 1].leverans;
	fail_msg("no frame was put");
	return NULL;
}

static void a_file_is_framed_and_its_sums_balance(void **state)
{
	(void)state;
	folder_write(
		"k.csv",
		HEADER GOOD("1") "2,1,annat,telefon,E,2020-03-01\n"
				 "3,1,kontakt,fax,E,2020-03-01\n4,1,kontakt,telefon\n" GOOD("5"));
	assert_taken("k.csv", "complete 1: 5 2 1 2");
	assert_put("O0O1O2|cc|C|");
	const struct leverans *closing = last_frame();
	assert_int_equal(closing->read, 5);
	assert_int_equal(closing->sent, 2);
	assert_int_equal(closing->not_contact, 1);
	assert_int_equal(closing->rejected[REASON_UNKNOWN_CODE], 1);
	assert_int_equal(closing->rejected[REASON_COLUMNS], 1);
	assert_string_equal(closing->name, "k.csv");
	assert_outcome("complete");
	for (size_t i = 0; i < memory.count; i++) {
		const struct event *e = &memory.event[i];
		if (memory.partition[i] < 0)
			continue;
		assert_memory_equal(e->leverans_id, memory.event[0].id, EVENT_ID_BYTES);
		assert_memory_equal(e->fingerprint, source.fingerprint, 4);
		assert_string_equal(e->source, "vas");
	}
}

static void the_id_of_a_delivery_is_the_same_for_ever(void **state)
{
	uint8_t id[EVENT_ID_BYTES], mac[DIGEST_BYTES], sha256[DIGEST_BYTES];

	(void)state;
	memset(sha256, 0xAB, sizeof(sha256));
	const struct span part[] = {
		{"leverans.id/1", 13}, {"vas", 3}, {(const char *)sha256, DIGEST_BYTES}, {"12", 2}};
	digest_mac_parts(source.key, part, 4, mac);
	frame_id(source.key, "vas", sha256, 12, id);
	assert_memory_equal(id, mac, EVENT_ID_BYTES);
}

static void rejects_name_file_line_and_column_and_no_value(void **state)
{
	char expected[512], sha256[2 * DIGEST_BYTES + 1];
	static const char row[] = "3,1,kontakt,fax,E,2020-03-01\n";
	uint8_t digest[DIGEST_BYTES];

	(void)state;
	folder_write("k.csv",
		     HEADER "3,1,kontakt,fax,E,2020-03-01\n4,1,kontakt,te\"l,E,2020-03-01\n");
	struct delivery_report r = take("k.csv");
	assert_non_null(r.rejects);
	digest_sha256(row, sizeof(row) - 1, digest);
	text_hex(digest, DIGEST_BYTES, sha256);
	(void)snprintf(expected, sizeof(expected),
		       "k.csv:2: UNKNOWN_CODE (kanal) offset 34 bytes 29 sha256 %s\n"
		       "k.csv:3: QUOTE (byte 15) offset 63 bytes 30 sha256 ",
		       sha256);
	struct buf list = {0};
	struct fault f;
	assert_int_equal(buf_read_file(&list, r.rejects, 4096, &f), 0);
	assert_int_equal(strncmp(list.data, expected, strlen(expected)), 0);
	buf_release(&list);
	delivery_report_release(&r);
}

static void d14_the_same_file_again_is_no_op_and_under_another_name_is_read(void **state)
{
	uint8_t first[EVENT_ID_BYTES];

	(void)state;
	folder_write("k.csv", HEADER GOOD("1"));
	folder_write("copy.csv", HEADER GOOD("1"));
	assert_taken("k.csv", "complete 1: 1 1 0 0");
	memcpy(first, memory.event[0].id, sizeof(first));
	memory_reset();
	assert_taken("k.csv", "dup_file 1: 0 0 0 0 DUP_FILE");
	assert_put("");
	assert_taken("copy.csv", "complete 2: 1 1 0 0");
	assert_put("O0O1O2|c|C|");
	assert_memory_not_equal(memory.event[0].id, first, sizeof(first));
	folder_write("k.csv", HEADER GOOD("1") GOOD("2"));
	assert_taken("k.csv", "complete 1: 2 2 0 0");
	assert_taken("copy.csv", "dup_file 2: 0 0 0 0 DUP_FILE");
}

static void a_failure_in_any_place_ends_in_the_same_reading_again(void **state)
{
	struct delivery_report r;
	struct fault f;
	char name[32];

	(void)state;
	/* O0 O1 O2 | c c | C |: every entry fails once, each on a file of its own. */
	for (size_t at = 0; at < 9; at++) {
		char text[256];
		(void)snprintf(name, sizeof(name), "k%zu.csv", at);
		(void)snprintf(text, sizeof(text),
			       HEADER "a%zu,1,kontakt,video,E,2020-03-01\n" GOOD("2"), at);
		folder_write(name, text);
		memory_reset();
		memory.fail_at = at;
		assert_int_equal(try_file(name, &r, &f), FAULT_UNAVAILABLE);
		assert_non_null(strstr(f.text, "is open and will be read again: the sink fails"));
		delivery_report_release(&r);
		assert_outcome("started");
		memory_reset();
		assert_taken(name, "complete 1: 2 2 0 0");
		assert_put("O0O1O2|cc|C|");
	}
}

/* By the same process, as when it waits for room on the disk. */
static void a_last_save_that_fails_is_tried_again_with_its_sums(void **state)
{
	struct delivery_report r;
	struct fault f;

	(void)state;
	folder_write("k.csv", HEADER GOOD("1") "2,1,kontakt,fax,E,2020-03-01\n");
	memory.block = true;
	open_progress();
	assert_int_equal(delivery_run(&source, folder_path("k.csv"), &r, &f), FAULT_IO);
	delivery_report_release(&r);
	assert_int_equal(rmdir(folder_path("vas.progress")), 0);
	memory_reset();
	assert_int_equal(delivery_run(&source, folder_path("k.csv"), &r, &f), 0);
	progress_free(source.progress);
	assert_int_equal(r.outcome, DELIVERY_COMPLETE);
	assert_int_equal(r.sums.reading, 1);
	assert_int_equal(r.sums.sent, 1);
	assert_int_equal(r.sums.rejected[REASON_UNKNOWN_CODE], 1);
	assert_non_null(r.rejects);
	delivery_report_release(&r);
	assert_put("O0O1O2|c|C|");
	assert_outcome("complete");
}

static void a_file_that_changes_meanwhile_is_quarantined(void **state)
{
	(void)state;
	folder_write("k.csv", HEADER GOOD("1") GOOD("2") GOOD("3"));
	memory.overwrite = "k.csv";
	struct delivery_report r = take("k.csv");
	assert_int_equal(r.outcome, DELIVERY_QUARANTINED);
	assert_int_equal(r.sums.reason, REASON_READ_ERROR);
	delivery_report_release(&r);
	assert_int_equal(last_frame()->phase, PHASE_QUARANTINED);
	assert_int_equal(last_frame()->reason, REASON_READ_ERROR);
	assert_outcome("quarantined");
	memory_reset();
	assert_taken("k.csv", "complete 1: 1 1 0 0");
}

static void d01_a_file_without_records_is_noted(void **state)
{
	(void)state;
	folder_write("k.csv", "");
	assert_taken("k.csv", "complete 1: 0 0 0 0 EMPTY_BATCH");
	assert_put("O0O1O2||C|");
}

static void d02_d05_d06_d09_a_broken_file_sends_only_that_it_is(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"id,version,slag,kanal,enhet\n" GOOD("1"),
		 "quarantined HEADER_MISSING 1: 0 0 0 0"},
		{"id,version,slag,kanal,enhet,datum,id\n",
		 "quarantined HEADER_DUPLICATE 1: 0 0 0 0"},
		{"\xFF\xFEi", "quarantined ENCODING 1: 0 0 0 0"},
		{"id;version;slag;kanal;enhet;datum\n", "quarantined DELIMITER 1: 0 0 0 0"},
		{HEADER GOOD("1") "\"2,1,kontakt", "quarantined QUOTE_EOF 1: 1 0 0 0"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		folder_write("k.csv", cases[i].text);
		memory_reset();
		assert_taken("k.csv", cases[i].expected);
		assert_put("Q|");
		assert_outcome("quarantined");
		memory_reset();
		assert_taken("k.csv", cases[i].expected);
		assert_put("Q|");
	}
}

static void a_quarantined_file_is_taken_once_the_mapping_is_mended(void **state)
{
	uint8_t id[EVENT_ID_BYTES];
	struct fault f;

	(void)state;
	folder_write("k.csv", "id,v,slag,kanal,enhet,datum\n" GOOD("1"));
	assert_taken("k.csv", "quarantined HEADER_MISSING 1: 0 0 0 0");
	memcpy(id, memory.event[0].id, sizeof(id));
	struct buf mended = {0};
	const char *at = strstr(mapping_text, "path: version");
	buf_addf(&mended, "%.*spath: v%s", (int)(at - mapping_text), mapping_text,
		 at + strlen("path: version"));
	mapping_free(mapping);
	assert_int_equal(mapping_load(folder_write("m.yaml", buf_text(&mended)), &mapping, &f), 0);
	buf_release(&mended);
	source.mapping = mapping;
	memory_reset();
	assert_taken("k.csv", "complete 1: 1 1 0 0");
	/* The same delivery, so that its closing takes the place of the quarantine. */
	assert_memory_equal(memory.event[0].id, id, sizeof(id));
}

static void d11_a_last_line_without_an_end_is_taken(void **state)
{
	(void)state;
	folder_write("k.csv", HEADER "1,1,kontakt,video,E,2020-03-01");
	assert_taken("k.csv", "complete 1: 1 1 0 0 TRUNCATED");
}

/*
 * `leaks` of `count` identities are a personnummer that Skatteverket has set apart for tests; their
 * records have that kanal.
 */
static void write_ids(const char *name, size_t leaks, const char *kanal, size_t count)
{
	struct buf text = {0};

	buf_adds(&text, HEADER);
	for (size_t i = 0; i < count; i++) {
		buf_addf(&text, i < leaks ? "18900101-9802" : "K%zu", i);
		buf_addf(&text, ",%zu,kontakt,%s,E,2020-03-01\n", i, i < leaks ? kanal : "video");
	}
	folder_write(name, buf_text(&text));
	buf_release(&text);
}

static void d35_a_source_of_personnummer_is_stopped(void **state)
{
	(void)state;
	assert_true(identity_leaks(span_of("18900101-9802")));
	write_ids("k.csv", 21, "video", 100);
	assert_taken("k.csv", "quarantined PNR_LEAK 1: 100 0 0 0");
	assert_put("Q|");
	write_ids("k.csv", 20, "video", 100);
	assert_taken("k.csv", "complete 1: 100 100 0 0");
	write_ids("k.csv", 5, "video", 5);
	assert_taken("k.csv", "quarantined PNR_LEAK 1: 5 0 0 0");
	write_ids("k.csv", 4, "video", 5);
	assert_taken("k.csv", "complete 1: 5 5 0 0");
	memory_reset();
	/* What is rejected is not sent and does not count. */
	write_ids("k.csv", 8, "fax", 20);
	assert_taken("k.csv", "complete 1: 20 12 0 8");
}

static void d35_a_personnummer_in_a_file_name_stays_here(void **state)
{
	struct buf text = {0};

	(void)state;
	/* Whatever else is wrong with it. */
	folder_write("18900101-9802.csv", "no,such,header\n");
	struct delivery_report r = take("18900101-9802.csv");
	assert_int_equal(r.sums.reason, REASON_PNR_LEAK);
	assert_true(report_is_privacy_alarm(&r));
	report_text(&r, &text);
	assert_null(strstr(buf_text(&text), "9802"));
	assert_null(strstr(last_frame()->name, "9802"));
	buf_release(&text);
	text = folder_read("vas.progress");
	assert_non_null(strstr(buf_text(&text), "quarantined"));
	assert_null(strstr(buf_text(&text), "9802"));
	buf_release(&text);
	delivery_report_release(&r);
}

static void d35_a_personnummer_in_a_unit_rejects_the_record(void **state)
{
	(void)state;
	folder_write("k.csv", HEADER "1,1,kontakt,video,18900101-9802,2020-03-01\n" GOOD("2"));
	struct delivery_report r = take("k.csv");
	assert_int_equal(r.sums.rejected[REASON_PNR_LEAK], 1);
	assert_true(report_is_privacy_alarm(&r));
	delivery_report_release(&r);
}

static void a_report_is_json_and_one_line(void **state)
{
	struct delivery_report r;
	struct buf text = {0};
	struct fault f;

	(void)state;
	folder_write("k.csv", HEADER GOOD("1") "2,1,kontakt,fax,E,2020-03-01");
	r = take("k.csv");
	free(r.file);
	r.file = base_strdup("k.csv");
	memset(r.survey.sha256, 0, DIGEST_BYTES);
	r.survey.sha256[DIGEST_BYTES - 1] = 0x17;
	assert_int_equal(report_write(folder_path("report.json"), &r, 1, &f), 0);
	assert_file(
		"report.json",
		"{\n  \"files\": [\n    {\"file\": \"k.csv\", \"outcome\": \"complete\", "
		"\"reason\": \"\", "
		"\"reading\": 1, "
		"\"sha256\": \"0000000000000000000000000000000000000000000000000000000000000017\", "
		"\"read\": 2, \"sent\": 1, \"not_contact\": 0, "
		"\"rejected\": {\"UNKNOWN_CODE\": 1}, \"notes\": {\"TRUNCATED\": 1}}\n  ]\n}\n");
	free(r.rejects);
	r.rejects = base_strdup("list.txt");
	report_text(&r, &text);
	assert_string_equal(buf_text(&text),
			    "k.csv: complete, reading 1: read 2, sent 1, not contact 0, rejected 1 "
			    "(UNKNOWN_CODE 1; see list.txt); noted TRUNCATED 1");
	buf_release(&text);
	delivery_report_release(&r);
}

/* The last one: a stop cannot be taken back. */
static void a_stop_drains_and_leaves_the_delivery_open(void **state)
{
	struct delivery_report r;
	struct fault f;

	(void)state;
	folder_write("k.csv", HEADER GOOD("1") GOOD("2"));
	memory.stop = true;
	assert_int_equal(try_file("k.csv", &r, &f), FAULT_UNAVAILABLE);
	assert_non_null(strstr(f.text, "is open and will be read again: stopped"));
	assert_put("O0O1O2|c|");
	assert_outcome("started");
	delivery_report_release(&r);
	memory_reset();
	assert_int_equal(try_file("k.csv", &r, &f), FAULT_UNAVAILABLE);
	assert_put("");
	delivery_report_release(&r);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(a_file_is_framed_and_its_sums_balance),
		FRESH(the_id_of_a_delivery_is_the_same_for_ever),
		FRESH(rejects_name_file_line_and_column_and_no_value),
		FRESH(d14_the_same_file_again_is_no_op_and_under_another_name_is_read),
		FRESH(a_failure_in_any_place_ends_in_the_same_reading_again),
		FRESH(a_last_save_that_fails_is_tried_again_with_its_sums),
		FRESH(a_file_that_changes_meanwhile_is_quarantined),
		FRESH(d01_a_file_without_records_is_noted),
		FRESH(d02_d05_d06_d09_a_broken_file_sends_only_that_it_is),
		FRESH(a_quarantined_file_is_taken_once_the_mapping_is_mended),
		FRESH(d11_a_last_line_without_an_end_is_taken),
		FRESH(d35_a_source_of_personnummer_is_stopped),
		FRESH(d35_a_personnummer_in_a_file_name_stays_here),
		FRESH(d35_a_personnummer_in_a_unit_rejects_the_record),
		FRESH(a_report_is_json_and_one_line),
		FRESH(a_stop_drains_and_leaves_the_delivery_open),
	};
	struct fault f;

	if (civil_init(&f) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
