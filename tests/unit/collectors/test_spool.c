/*
 * The spool: what was acknowledged is read again whatever happened to the process, what was not is
 * never taken for it, and no damage passes in silence. Tests whose names begin with cNN or dNN belong
 * to that row of the tables of faults and of bad input.
 */
#include "tests/unit/collectors/folder.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "collectors/engine/spool.h"
#include "common/loop.h"
#include "proto/codes.h"

#define SEGMENT "spool/00000000000000000001.spool"
#define BAD     "spool/00000000000000000001.bad"

static const uint8_t key[DIGEST_BYTES] = {7};
static struct digest_mac *mac;
static struct buf told;
static bool fdatasync_fails;
static size_t fdatasyncs;

/* The C library's, which we stand before. */
int fdatasync(int fd)
{
	fdatasyncs++;
	errno = EIO;
	return fdatasync_fails ? -1 : fsync(fd);
}

static int set_up(void **state)
{
	mac = digest_mac_new(key, sizeof(key));
	fdatasync_fails = false;
	return folder_make(state);
}

static int tear_down(void **state)
{
	digest_mac_free(mac);
	buf_release(&told);
	return folder_remove(state);
}

static struct spool_options options(void)
{
	return (struct spool_options){
		.folder = folder_path("spool"),
		.source = "vas",
		.fingerprint = {1, 2, 3, 4},
		.version_kind = VERSION_KIND_FIELD,
		.key = mac,
		.bytes_max = 1 << 20,
	};
}

static struct spool *open_with(const struct spool_options *o)
{
	struct spool *s = NULL;
	struct fault f = {0};

	buf_reset(&told);
	int err = spool_open(o, &s, &told, &f);
	assert_string_equal(f.text, "");
	assert_int_equal(err, 0);
	return s;
}

static struct spool *open_it(void)
{
	const struct spool_options o = options();

	return open_with(&o);
}

/* A record whose content is its number. */
static struct spool_record event(unsigned n)
{
	static char text[8][32];
	struct spool_record r = {.kind = SPOOL_EVENT, .id = {(uint8_t)n}};

	(void)snprintf(text[n % 8], sizeof(text[0]), "event %u", n);
	r.data = span_of(text[n % 8]);
	return r;
}

static void append(struct spool *s, struct spool_record r)
{
	uint8_t id[EVENT_ID_BYTES];
	struct fault f;

	assert_int_equal(spool_begin(s, false, id, &f), 0);
	(void)spool_append(s, &r);
}

static void sync_it(struct spool *s)
{
	struct fault f = {0};

	assert_int_equal(spool_sync(s, UINT64_MAX, &f), 0);
}

/* So many events on disk, and nobody who seals or removes anything, as after kill -9. */
static void write_spool(unsigned count)
{
	struct spool *s = open_it();

	for (unsigned n = 1; n <= count; n++)
		append(s, event(n));
	sync_it(s);
	spool_free(s);
}

/* What is read of the oldest segment: numbers of its events, then how it ended. */
static void read_all(struct spool *s, struct spool_reading *r, struct buf *out)
{
	struct spool_record record;
	struct fault f;
	bool end = false;

	assert_int_equal(spool_read_oldest(s, r, &f), 1);
	while (spool_read_next(s, r, &record, &end)) {
		struct spool_record is = event((unsigned)record.number);
		assert_int_equal(record.kind, SPOOL_EVENT);
		assert_true(span_equal(record.data, is.data));
		assert_memory_equal(record.id, is.id, EVENT_ID_BYTES);
		buf_addf(out, "%llu ", (unsigned long long)record.number);
	}
	buf_adds(out, end ? "end" : "more");
	if (r->damage != REASON_NONE)
		buf_addf(out, " %s, %llu lost", reason_name(r->damage),
			 (unsigned long long)r->scan.lost);
}

static void assert_oldest(struct spool *s, const char *expected)
{
	struct spool_reading r;
	struct buf text = {0};

	read_all(s, &r, &text);
	assert_string_equal(buf_text(&text), expected);
	buf_release(&text);
	spool_read_close(&r);
}

/* The same of a spool that is opened anew. */
static void assert_spool(const char *expected)
{
	struct spool *s = open_it();

	assert_oldest(s, expected);
	spool_free(s);
}

static void finish_oldest(struct spool *s)
{
	struct spool_reading r;
	struct buf text = {0};
	struct fault f;

	read_all(s, &r, &text);
	assert_int_equal(spool_read_done(s, &r, &f), 0);
	spool_read_close(&r);
	buf_release(&text);
}

static void spoil(const char *name, size_t at, char with)
{
	FILE *file = fopen(folder_path(name), "r+");

	assert_non_null(file);
	assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
	assert_int_equal(fputc(with, file), (uint8_t)with);
	assert_int_equal(fclose(file), 0);
}

static void every_kind_comes_back_as_it_was_put(void **state)
{
	static const struct spool_record put[] = {
		{.kind = SPOOL_EVENT,
		 .reason = REASON_PNR_INVALID,
		 .id = {9, 8},
		 .data = {"ab", 2}},
		{.kind = SPOOL_NOT_CONTACT, .data = {"", 0}},
		{.kind = SPOOL_REJECTED, .reason = REASON_QUOTE, .data = {"stdin:1: QUOTE", 14}},
		{.kind = SPOOL_NOTE, .reason = REASON_TRUNCATED, .data = {"", 0}},
		{.kind = SPOOL_BROKEN, .reason = REASON_QUOTE_EOF, .data = {"", 0}},
	};
	struct spool_reading r;
	struct spool_record got;
	struct fault f;
	bool end;

	(void)state;
	struct spool *s = open_it();
	for (size_t i = 0; i < ARRAY_SIZE(put); i++)
		append(s, put[i]);
	sync_it(s);
	spool_free(s);
	s = open_it();
	assert_int_equal(spool_read_oldest(s, &r, &f), 1);
	for (size_t i = 0; i < ARRAY_SIZE(put); i++) {
		assert_true(spool_read_next(s, &r, &got, &end));
		assert_int_equal(got.number, i + 1);
		assert_int_equal(got.kind, put[i].kind);
		assert_int_equal(got.reason, put[i].reason);
		assert_memory_equal(got.id, put[i].id, EVENT_ID_BYTES);
		assert_true(span_equal(got.data, put[i].data));
	}
	assert_false(spool_read_next(s, &r, &got, &end));
	assert_true(end);
	spool_read_close(&r);
	spool_free(s);
}

static void only_what_is_on_disk_is_read(void **state)
{
	struct fault f;

	(void)state;
	struct spool *s = open_it();
	append(s, event(1));
	assert_oldest(s, "more");
	assert_int_equal(spool_waiting(s), 0);
	sync_it(s);
	append(s, event(2));
	assert_oldest(s, "1 more");
	assert_int_equal(spool_seal(s, true, &f), 0);
	assert_oldest(s, "1 2 end");
	assert_int_equal(spool_waiting(s), 2);
	finish_oldest(s);
	assert_int_equal(spool_waiting(s), 0);
	spool_free(s);
	assert_file(SEGMENT, "(none)");
}

static void a_segment_is_the_same_delivery_after_a_kill(void **state)
{
	uint8_t first[EVENT_ID_BYTES], second[EVENT_ID_BYTES];
	struct spool_record r = event(1);
	struct spool_reading reading;
	struct fault f;

	(void)state;
	struct spool *s = open_it();
	assert_int_equal(spool_begin(s, false, first, &f), 0);
	(void)spool_append(s, &r);
	sync_it(s);
	spool_free(s);
	s = open_it();
	assert_int_equal(spool_read_oldest(s, &reading, &f), 1);
	assert_memory_equal(reading.leverans_id, first, sizeof(first));
	assert_int_equal(spool_begin(s, false, second, &f), 0); /* never appended to again */
	assert_memory_not_equal(second, first, sizeof(first));
	spool_read_close(&reading);
	spool_free(s);
}

static void c36_a_tail_that_is_torn_at_any_byte_is_cut_off(void **state)
{
	(void)state;
	write_spool(3);
	struct buf whole = folder_read(SEGMENT);
	const size_t record = (whole.len - SPOOL_HEADER_BYTES) / 3;
	for (size_t len = SPOOL_HEADER_BYTES; len < whole.len; len++) {
		static const char *const expected[] = {"", "1 end", "1 2 end"};
		size_t left = (len - SPOOL_HEADER_BYTES) / record;
		folder_write_n(SEGMENT, whole.data, len);
		struct spool *s = open_it();
		if (left > 0)
			assert_oldest(s, expected[left]);
		assert_int_equal(spool_waiting(s), left);
		bool torn = (len - SPOOL_HEADER_BYTES) % record != 0;
		assert_int_equal(strstr(buf_text(&told), "are cut off") != NULL, torn);
		spool_free(s);
	}
	buf_release(&whole);
}

/* Of the last segment nobody knows whether what is spoilt at its very end was ever whole. */
static void c36_any_byte_that_is_flipped_is_seen(void **state)
{
	(void)state;
	write_spool(3);
	struct buf whole = folder_read(SEGMENT);
	const size_t record = (whole.len - SPOOL_HEADER_BYTES) / 3;
	for (size_t at = 0; at < whole.len; at++) {
		folder_write_n(SEGMENT, whole.data, whole.len);
		spoil(SEGMENT, at, (char)(whole.data[at] ^ 0x10));
		struct spool *s = open_it();
		if (at < SPOOL_HEADER_BYTES) {
			assert_int_equal(spool_waiting(s), 0);
			assert_int_equal(spool_set_aside(s), 1);
			assert_int_equal(unlink(folder_path(BAD)), 0);
		} else if (at < SPOOL_HEADER_BYTES + record) {
			assert_oldest(s, "2 3 end READ_ERROR, 1 lost");
		} else if (at < SPOOL_HEADER_BYTES + 2 * record) {
			assert_oldest(s, "1 3 end READ_ERROR, 1 lost");
		} else {
			assert_oldest(s, "1 2 end");
			assert_non_null(strstr(buf_text(&told), "are cut off"));
		}
		spool_free(s);
	}
	buf_release(&whole);
}

static void c36_a_damaged_segment_is_set_aside_and_kept(void **state)
{
	(void)state;
	write_spool(3);
	spoil(SEGMENT, SPOOL_HEADER_BYTES + SPOOL_RECORD_HEAD, 9);
	struct buf before = folder_read(SEGMENT);
	for (int i = 0; i < 2; i++) {
		struct spool *s = open_it();
		finish_oldest(s);
		assert_int_equal(spool_set_aside(s), 1);
		spool_free(s);
		folder_write_n(SEGMENT, before.data, before.len);
	}
	struct buf first = folder_read(BAD), second = folder_read(BAD "~2");
	assert_int_equal(first.len, before.len);
	assert_int_equal(second.len, before.len);
	spool_free(open_it());
	assert_non_null(strstr(buf_text(&told), "2 files that were set aside"));
	buf_release(&first);
	buf_release(&second);
	buf_release(&before);
}

static void write_numbers(const uint64_t *number, size_t count)
{
	struct spool_header h = {.source = "vas", .version_kind = VERSION_KIND_FIELD, .first = 1};
	struct buf bytes = {0};

	memcpy(h.fingerprint, (const uint8_t[]){1, 2, 3, 4}, 4);
	spool_header_add(&h, &bytes);
	for (size_t i = 0; i < count; i++) {
		struct spool_record r = event((unsigned)number[i]);
		r.number = number[i];
		spool_record_add(&r, &bytes);
	}
	if (mkdir(folder_path("spool"), 0700) < 0)
		assert_int_equal(errno, EEXIST);
	folder_write_n(SEGMENT, bytes.data, bytes.len);
	buf_release(&bytes);
}

static void d96_a_number_that_cannot_be_ends_the_reading(void **state)
{
	(void)state;
	write_numbers((const uint64_t[]){1, 2, 4, 5}, 4); /* a hole */
	assert_spool("1 2 end SPOOL_SEQ, 0 lost");
	write_numbers((const uint64_t[]){1, 2, 2, 3}, 4); /* twice */
	assert_spool("1 2 end SPOOL_SEQ, 0 lost");
	write_numbers((const uint64_t[]){1, UINT64_MAX, 2}, 3);
	assert_spool("1 end SPOOL_SEQ, 0 lost");
	write_numbers((const uint64_t[]){2}, 1);
	assert_spool("end SPOOL_SEQ, 0 lost");
}

/* Three segments of one event each. */
static void write_three(void)
{
	struct fault f;
	struct spool *s = open_it();

	for (unsigned n = 1; n <= 3; n++) {
		append(s, event(n));
		assert_int_equal(spool_seal(s, true, &f), 0);
	}
	spool_free(s);
}

static void segments_are_sent_in_their_order(void **state)
{
	(void)state;
	write_three();
	struct spool *s = open_it();
	assert_int_equal(spool_waiting(s), 3);
	append(s, event(4));
	sync_it(s);
	assert_oldest(s, "1 end");
	finish_oldest(s);
	assert_oldest(s, "2 end");
	finish_oldest(s);
	finish_oldest(s);
	assert_oldest(s, "4 more");
	spool_free(s);
}

static void a_segment_that_is_missing_or_cut_is_seen_by_its_neighbour(void **state)
{
	(void)state;
	write_three();
	assert_int_equal(unlink(folder_path("spool/00000000000000000002.spool")), 0);
	assert_spool("1 end READ_ERROR, 1 lost");
	assert_int_equal(truncate(folder_path(SEGMENT), SPOOL_HEADER_BYTES), 0);
	assert_spool("end READ_ERROR, 2 lost");
}

/* The header of the second was damaged: what it was called still says where the first one ends. */
static void a_segment_that_was_set_aside_is_no_damage_of_its_neighbour(void **state)
{
	(void)state;
	write_three();
	spoil("spool/00000000000000000002.spool", 0, 'x');
	for (int i = 0; i < 2; i++) {
		struct spool *s = open_it();
		assert_int_equal(spool_waiting(s), 2);
		assert_oldest(s, "1 end");
		spool_free(s);
	}
	/* An older one of the same number is no end. */
	assert_int_equal(rename(folder_path("spool/00000000000000000002.bad"), folder_path(BAD)),
			 0);
	assert_spool("1 end READ_ERROR, 1 lost");
}

/* Its name is never given again, or what lies there would be written over. */
static void a_segment_whose_first_number_cannot_be_is_kept(void **state)
{
	uint8_t id[EVENT_ID_BYTES];
	struct fault f;

	(void)state;
	write_numbers((const uint64_t[]){2}, 1);
	struct buf before = folder_read(SEGMENT);
	struct spool *s = open_it();
	assert_int_equal(spool_begin(s, false, id, &f), 0);
	struct spool_record r = event(1);
	(void)spool_append(s, &r);
	sync_it(s);
	spool_free(s);
	struct buf after = folder_read(SEGMENT);
	assert_int_equal(after.len, before.len);
	assert_memory_equal(after.data, before.data, before.len);
	buf_release(&before);
	buf_release(&after);
}

static void c34_a_full_spool_says_so_until_something_is_removed(void **state)
{
	struct spool_options o = options();
	uint8_t id[EVENT_ID_BYTES];
	struct spool_record r = event(1);
	struct fault f;
	size_t segments = 0;

	(void)state;
	o.bytes_max = 4 * (SPOOL_HEADER_BYTES + 200);
	struct spool *s = open_with(&o);
	while (spool_begin(s, false, id, &f) == 0)
		(void)spool_append(s, &r);
	assert_int_equal(spool_begin(s, true, id, &f), 0);
	(void)spool_append(s, &r);
	sync_it(s);
	assert_int_equal(spool_begin(s, false, id, &f), 1);
	for (; spool_begin(s, false, id, &f) == 1; segments++) {
		struct spool_reading reading;
		struct spool_record record;
		bool end;
		assert_int_equal(spool_read_oldest(s, &reading, &f), 1);
		while (spool_read_next(s, &reading, &record, &end))
			continue;
		assert_true(end); /* a full spool is never waiting for its own open segment */
		assert_int_equal(spool_read_done(s, &reading, &f), 0);
		spool_read_close(&reading);
	}
	assert_in_range(segments, 1, 2);
	spool_free(s);
}

static void c34_a_disk_that_is_full_takes_nothing_and_can_be_tried_again(void **state)
{
	struct rlimit limit = {SPOOL_HEADER_BYTES + 40, RLIM_INFINITY};
	const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
	struct fault f;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	struct spool *s = open_it();
	append(s, event(1));
	sync_it(s);
	append(s, event(2));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(spool_sync(s, UINT64_MAX, &f), FAULT_IO);
	assert_false(spool_is_dead(s));
	assert_oldest(s, "1 more");
	limit.rlim_cur = RLIM_INFINITY;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	sync_it(s);
	assert_oldest(s, "1 2 more");
	spool_free(s);
	assert_spool("1 2 end");
}

static void c37_a_failed_sync_is_final(void **state)
{
	struct fault f;

	(void)state;
	struct spool *s = open_it();
	append(s, event(1));
	sync_it(s);
	append(s, event(2));
	fdatasync_fails = true;
	assert_int_equal(spool_sync(s, UINT64_MAX, &f), FAULT_IO);
	assert_non_null(strstr(f.text, "nothing more is taken"));
	assert_true(spool_is_dead(s));
	assert_oldest(s, "1 more");
	fdatasync_fails = false;
	size_t before = fdatasyncs;
	assert_int_equal(spool_sync(s, UINT64_MAX, &f), FAULT_IO);
	assert_int_equal(spool_seal(s, true, &f), FAULT_IO);
	assert_int_equal(fdatasyncs, before);
	spool_free(s);
}

static void refuses(const struct spool_options *o, int kind, const char *part)
{
	struct spool *s = NULL;
	struct fault f = {0};

	assert_int_equal(spool_open(o, &s, &told, &f), kind);
	if (strstr(f.text, part) == NULL)
		fail_msg("'%s' is not in '%s'", part, f.text);
}

static void one_process_one_source_one_key(void **state)
{
	struct spool_options o = options();

	(void)state;
	write_spool(1);
	struct spool *s = open_it();
	refuses(&o, FAULT_UNAVAILABLE, "another collector");
	spool_free(s);
	o.source = "other";
	refuses(&o, FAULT_CONFIG, "of the source vas");
	o = options();
	o.fingerprint[0] = 9;
	refuses(&o, FAULT_CONFIG, "01020304, and this key is 09020304");
	o = options();
	o.version_kind = VERSION_KIND_CONSTANT;
	refuses(&o, FAULT_CONFIG, "another kind");
	assert_spool("1 end");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(every_kind_comes_back_as_it_was_put),
		TEST(only_what_is_on_disk_is_read),
		TEST(a_segment_is_the_same_delivery_after_a_kill),
		TEST(c36_a_tail_that_is_torn_at_any_byte_is_cut_off),
		TEST(c36_any_byte_that_is_flipped_is_seen),
		TEST(c36_a_damaged_segment_is_set_aside_and_kept),
		TEST(d96_a_number_that_cannot_be_ends_the_reading),
		TEST(segments_are_sent_in_their_order),
		TEST(a_segment_that_is_missing_or_cut_is_seen_by_its_neighbour),
		TEST(a_segment_that_was_set_aside_is_no_damage_of_its_neighbour),
		TEST(a_segment_whose_first_number_cannot_be_is_kept),
		TEST(c34_a_full_spool_says_so_until_something_is_removed),
		TEST(c34_a_disk_that_is_full_takes_nothing_and_can_be_tried_again),
		TEST(c37_a_failed_sync_is_final),
		TEST(one_process_one_source_one_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
