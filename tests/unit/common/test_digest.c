/* Digests against published vectors (FIPS 180-4) and against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/hmac.h>

#include "common/digest.h"

static void assert_hex(const uint8_t digest[DIGEST_BYTES], const char *hex)
{
	char text[2 * DIGEST_BYTES + 1];

	text_hex(digest, DIGEST_BYTES, text);
	assert_string_equal(text, hex);
}

static void sha256(void **state)
{
	uint8_t out[DIGEST_BYTES];

	(void)state;
	digest_sha256("abc", 3, out);
	assert_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_sha256("", 0, out);
	assert_hex(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void stream_is_the_whole(void **state)
{
	uint8_t whole[DIGEST_BYTES], pieces[DIGEST_BYTES];
	char text[1000];

	(void)state;
	memset(text, 'a', sizeof(text));
	struct digest *d = digest_new();
	for (size_t i = 0; i < 1000; i++)
		digest_add(d, text, sizeof(text));
	digest_end(d, whole);
	assert_hex(whole, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");

	d = digest_new();
	for (size_t i = 0; i < 3; i++)
		digest_add(d, &"abc"[i], 1);
	digest_end(d, pieces);
	digest_sha256("abc", 3, whole);
	assert_memory_equal(pieces, whole, DIGEST_BYTES);
}

/* Computed with Python's hmac over struct.pack("<I", len(part)) + part. */
static void mac_of_parts(void **state)
{
	const struct span parts[] = {span_of("kontakt.id/1"), span_of("vas"), span_of("1234")};
	const uint8_t key[] = "0123456789abcdef0123456789abcdef";
	uint8_t out[DIGEST_BYTES];

	(void)state;
	struct digest_mac *m = digest_mac_new(key, 32);
	for (int again = 0; again < 2; again++) {
		digest_mac_parts(m, parts, 3, out);
		assert_hex(out, "f6b0e0bad7337df1451d65dd920f3c322e8cf0c94f1cd46adf3374dd31ad51c1");
		digest_mac_parts(m, NULL, 0, out);
		assert_hex(out, "796cd3078af14636753d26b3b5555422ff55a3e261cf847b48e95371b9bd0aa2");
	}
	digest_mac_free(m);
	digest_mac_free(NULL);
}

/* Keys and parts of every length up to where both need more than one block, against OpenSSL's HMAC. */
static void mac_is_that_of_openssl(void **state)
{
	uint8_t key[200], text[4 + 600 + 4 + 600], ours[DIGEST_BYTES], theirs[DIGEST_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i * 7);
	for (size_t len = 0; len < 2 * 600; len++) {
		size_t first = len / 2, second = len - first, key_len = 1 + len % sizeof(key);
		memset(text, 0, sizeof(text));
		memset(text + 4, 'a', first);
		memset(text + 8 + first, 'b', second);
		text[0] = (uint8_t)first, text[1] = (uint8_t)(first >> 8);
		text[4 + first] = (uint8_t)second, text[5 + first] = (uint8_t)(second >> 8);
		const struct span parts[] = {{(char *)text + 4, first},
					     {(char *)text + 8 + first, second}};
		struct digest_mac *m = digest_mac_new(key, key_len);
		digest_mac_parts(m, parts, 2, ours);
		digest_mac_free(m);
		assert_non_null(HMAC(EVP_sha256(), key, (int)key_len, text, 8 + len, theirs, NULL));
		assert_memory_equal(ours, theirs, DIGEST_BYTES);
	}
}

static void lists_of_parts_do_not_collide(void **state)
{
	const struct span one[] = {span_of("ab"), span_of("c")};
	const struct span two[] = {span_of("a"), span_of("bc")};
	const struct span three[] = {span_of("ab"), span_of("c"), {NULL, 0}};
	uint8_t a[DIGEST_BYTES], b[DIGEST_BYTES], c[DIGEST_BYTES], other[DIGEST_BYTES];

	(void)state;
	struct digest_mac *m = digest_mac_new((const uint8_t *)"k", 1);
	digest_mac_parts(m, one, 2, a);
	digest_mac_parts(m, two, 2, b);
	digest_mac_parts(m, three, 3, c);
	digest_mac_free(m);
	assert_memory_not_equal(a, b, DIGEST_BYTES);
	assert_memory_not_equal(a, c, DIGEST_BYTES);
	m = digest_mac_new((const uint8_t *)"K", 1);
	digest_mac_parts(m, one, 2, other);
	digest_mac_free(m);
	assert_memory_not_equal(a, other, DIGEST_BYTES);
}

static void random_bytes_differ(void **state)
{
	uint8_t a[600] = {0}, b[600] = {0};

	(void)state;
	digest_random(a, sizeof(a));
	digest_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a + 300, b + 300, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256),
		cmocka_unit_test(stream_is_the_whole),
		cmocka_unit_test(mac_of_parts),
		cmocka_unit_test(mac_is_that_of_openssl),
		cmocka_unit_test(lists_of_parts_do_not_collide),
		cmocka_unit_test(random_bytes_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
