/*
 * Unpacking: what is gzip and what only looks like it, files cut off at every byte, members one
 * after the other, and the limits (row 18).
 */
#include "tests/unit/collectors/folder.h"

#include <zlib.h>

#include "collectors/engine/gunzip.h"
#include "collectors/engine/input.h"

/* Appends a gzip member that holds `len` bytes of text. */
static void pack(struct buf *out, const void *text, size_t len)
{
	z_stream z = {0};

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
	size_t room = deflateBound(&z, len);
	z.next_in = (Bytef *)(uintptr_t)text;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)buf_room(out, room);
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->len += room - z.avail_out;
	out->data[out->len] = '\0';
	deflateEnd(&z);
}

/* What comes of a file; its content is in "out". */
static enum gunzip_status unpack(const void *data, size_t len, uint64_t size_max)
{
	uint8_t got[DIGEST_BYTES], expected[DIGEST_BYTES];
	int from = open(folder_write_n("k.gz", data, len), O_RDONLY);
	int to = open(folder_path("out"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct digest *d = digest_new();

	enum gunzip_status status = gunzip(from, to, size_max, d);
	digest_end(d, got);
	digest_sha256(data, len, expected);
	if (status == GUNZIP_DONE)
		assert_memory_equal(got, expected, sizeof(got));
	close(from);
	close(to);
	return status;
}

static void members_come_one_after_the_other(void **state)
{
	struct buf packed = {0};

	(void)state;
	pack(&packed, "a;b\n", 4);
	pack(&packed, "", 0);
	pack(&packed, "1;2\n", 4);
	assert_int_equal(unpack(packed.data, packed.len, 100), GUNZIP_DONE);
	assert_file("out", "a;b\n1;2\n");
	buf_release(&packed);
}

static void output_that_fills_every_buffer_is_whole(void **state)
{
	static const size_t sizes[] = {1, 65536, 262143, 262144, 262145, 524288, 900000};
	struct buf text = {0}, packed = {0};
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		buf_reset(&text);
		buf_reset(&packed);
		while (text.len < sizes[i]) {
			x = x * 1664525 + 1013904223;
			buf_addc(&text, (char)('a' + (x >> 28)));
		}
		pack(&packed, text.data, text.len);
		assert_int_equal(unpack(packed.data, packed.len, sizes[i]), GUNZIP_DONE);
		assert_file("out", text.data);
		assert_int_equal(unpack(packed.data, packed.len, sizes[i] - 1), GUNZIP_LARGE);
	}
	buf_release(&text);
	buf_release(&packed);
}

static void d18_what_is_cut_off_or_damaged_is_bad(void **state)
{
	struct buf packed = {0};

	(void)state;
	pack(&packed, "some text, some more text", 25);
	for (size_t len = 0; len < packed.len; len++)
		assert_int_equal(unpack(packed.data, len, 1000), GUNZIP_BAD);
	for (size_t at = packed.len - 8; at < packed.len; at++) { /* CRC and length */
		packed.data[at] ^= 1;
		assert_int_equal(unpack(packed.data, packed.len, 1000), GUNZIP_BAD);
		packed.data[at] ^= 1;
	}
	buf_adds(&packed, "after it");
	assert_int_equal(unpack(packed.data, packed.len, 1000), GUNZIP_BAD);
	buf_release(&packed);
}

static void d18_a_bomb_stops_at_the_ratio(void **state)
{
	const size_t len = 64 << 20;
	char *zeros = base_zalloc(len, 1);
	struct buf packed = {0};
	struct stat st;

	(void)state;
	pack(&packed, zeros, len);
	assert_true(packed.len * GUNZIP_RATIO_MAX < len);
	assert_int_equal(unpack(packed.data, packed.len, UINT64_MAX), GUNZIP_LARGE);
	assert_int_equal(stat(folder_path("out"), &st), 0);
	assert_true((uint64_t)st.st_size <= packed.len * GUNZIP_RATIO_MAX);
	/* A small file may be as dense as it likes. */
	buf_reset(&packed);
	pack(&packed, zeros, GUNZIP_FREE);
	assert_int_equal(unpack(packed.data, packed.len, UINT64_MAX), GUNZIP_DONE);
	buf_release(&packed);
	free(zeros);
}

static void a_full_disk_is_told_as_one(void **state)
{
	struct buf packed = {0};
	struct digest *d = digest_new();
	uint8_t unused[DIGEST_BYTES];

	(void)state;
	pack(&packed, "text", 4);
	int from = open(folder_write_n("k.gz", packed.data, packed.len), O_RDONLY);
	int to = open("/dev/full", O_WRONLY);
	assert_int_equal(gunzip(from, to, 100, d), GUNZIP_WRITE);
	digest_end(d, unused);
	close(from);
	close(to);
	buf_release(&packed);
}

static void d18_name_and_first_bytes_must_say_the_same(void **state)
{
	static const struct {
		const char *data, *name;
		enum gunzip_kind expected;
	} cases[] = {
		{"id;version\n", "k.csv", GUNZIP_PLAIN},
		{"", "k.csv", GUNZIP_PLAIN},
		{"P", "k.csv", GUNZIP_PLAIN},
		{"\x1f\x8b\x08 rest", "k.csv.gz", GUNZIP_GZIP},
		{"\x1f\x8b\x08 rest", "K.CSV.GZ", GUNZIP_GZIP},
		{"\x1f\x8b\x08 rest", "k.csv", GUNZIP_OTHER},
		{"id;version\n", "k.csv.gz", GUNZIP_OTHER},
		{"", "k.csv.gz", GUNZIP_OTHER},
		{"id;version\n", ".gz", GUNZIP_PLAIN},
		{"PK\3\4 rest", "k.csv", GUNZIP_OTHER},
		{"PK\3\4 rest", "k.gz", GUNZIP_OTHER},
		{"\x28\xb5\x2f\xfd", "k.csv", GUNZIP_OTHER},
		{"BZh9", "k.csv", GUNZIP_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd = open(folder_write("k", cases[i].data), O_RDONLY);
		assert_int_equal(gunzip_look(fd, cases[i].name), cases[i].expected);
		close(fd);
	}
}

static void an_input_that_is_packed_is_what_is_in_it(void **state)
{
	uint8_t expected[DIGEST_BYTES], got[DIGEST_BYTES];
	struct buf packed = {0};
	struct input *in;
	struct fault f;
	enum reason reason;

	(void)state;
	pack(&packed, "a;b\n1;2\n", 8);
	assert_int_equal(input_open(folder_write_n("k.csv.gz", packed.data, packed.len), &in, &f),
			 0);
	assert_int_equal(input_unpack(in, folder, &reason, &f), 0);
	assert_int_equal(reason, REASON_NONE);
	for (int pass = 0; pass < 2; pass++) {
		assert_int_equal(fgetc(input_rewind(in)), 'a');
		assert_true(input_end(in, got));
		digest_sha256("a;b\n1;2\n", 8, expected);
		assert_memory_equal(got, expected, sizeof(got));
	}
	input_digest_at(in, 4, 4, got);
	digest_sha256("1;2\n", 4, expected);
	assert_memory_equal(got, expected, sizeof(got));
	digest_sha256(packed.data, packed.len, expected);
	assert_memory_equal(in->packed_sha256, expected, sizeof(expected));
	input_close(in);
	buf_release(&packed);
	/* Nothing is left of it in the folder. */
	assert_int_equal(unlink(folder_path("k.csv.gz")), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(mkdir(folder, 0700), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(members_come_one_after_the_other),
		TEST(output_that_fills_every_buffer_is_whole),
		TEST(d18_what_is_cut_off_or_damaged_is_bad),
		TEST(d18_a_bomb_stops_at_the_ratio),
		TEST(a_full_disk_is_told_as_one),
		TEST(d18_name_and_first_bytes_must_say_the_same),
		TEST(an_input_that_is_packed_is_what_is_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
