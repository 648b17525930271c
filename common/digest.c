/*
 * digest: SHA-256 by OpenSSL, HMAC from it, random bytes from the kernel.
 *
 * OpenSSL 3.0 would rather have its EVP used, which is the same code behind objects: a copy of one is
 * allocated and freed again, and with two copies for a MAC that was a tenth of what a collector's row
 * costs. A SHA256_CTX is a plain value.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "common/digest.h"

#include <errno.h>
#include <sys/random.h>

#include <openssl/sha.h>

#define BLOCK_BYTES 64

struct digest {
	SHA256_CTX context;
};

/* RFC 2104: what has hashed the key is copied for each MAC. */
struct digest_mac {
	SHA256_CTX inner, outer;
};

static void must(bool worked, const char *what)
{
	if (!worked)
		BUG(what);
}

struct digest *digest_new(void)
{
	struct digest *d = base_zalloc(1, sizeof(*d));

	must(SHA256_Init(&d->context) == 1, "no SHA-256");
	return d;
}

void digest_add(struct digest *d, const void *data, size_t len)
{
	must(SHA256_Update(&d->context, data, len) == 1, "SHA-256 failed");
}

void digest_end(struct digest *d, uint8_t out[DIGEST_BYTES])
{
	must(SHA256_Final(out, &d->context) == 1, "SHA-256 failed");
	free(d);
}

void digest_sha256(const void *data, size_t len, uint8_t out[DIGEST_BYTES])
{
	must(SHA256(data, len, out) != NULL, "SHA-256 failed");
}

/* Begins a hash with the key as its first block, each byte changed by `change`. */
static void take_key(SHA256_CTX *context, const uint8_t *key, size_t len, uint8_t change)
{
	uint8_t block[BLOCK_BYTES];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (i < len ? key[i] : 0) ^ change;
	must(SHA256_Init(context) == 1 && SHA256_Update(context, block, sizeof(block)) == 1,
	     "no SHA-256");
	explicit_bzero(block, sizeof(block));
}

struct digest_mac *digest_mac_new(const uint8_t *key, size_t len)
{
	struct digest_mac *m = base_zalloc(1, sizeof(*m));
	uint8_t hash[DIGEST_BYTES];

	assert(len > 0);
	if (len > BLOCK_BYTES) {
		digest_sha256(key, len, hash);
		key = hash;
		len = sizeof(hash);
	}
	take_key(&m->inner, key, len, 0x36);
	take_key(&m->outer, key, len, 0x5c);
	explicit_bzero(hash, sizeof(hash));
	return m;
}

/* What is to be hashed, in as few calls as it fits into. */
struct feed {
	SHA256_CTX context;
	size_t len, most; /* now, and ever */
	uint8_t text[256];
};

static void feed_flush(struct feed *f)
{
	must(SHA256_Update(&f->context, f->text, f->len) == 1, "HMAC failed");
	f->len = 0;
}

static void feed_add(struct feed *f, const void *data, size_t len)
{
	if (len > sizeof(f->text) - f->len)
		feed_flush(f);
	if (len > sizeof(f->text)) {
		must(SHA256_Update(&f->context, data, len) == 1, "HMAC failed");
	} else if (len > 0) {
		memcpy(f->text + f->len, data, len);
		f->len += len;
		f->most = f->len > f->most ? f->len : f->most;
	}
}

void digest_mac_parts(const struct digest_mac *m, const struct span *part, size_t count,
		      uint8_t out[DIGEST_BYTES])
{
	SHA256_CTX outer = m->outer;
	struct feed f; /* its text is written before it is read */

	f.context = m->inner;
	f.len = f.most = 0;

	for (size_t i = 0; i < count; i++) {
		assert(part[i].len <= UINT32_MAX);
		uint8_t length[4];
		for (unsigned k = 0; k < sizeof(length); k++)
			length[k] = (uint8_t)(part[i].len >> (8 * k));
		feed_add(&f, length, sizeof(length));
		feed_add(&f, part[i].data, part[i].len);
	}
	feed_flush(&f);
	must(SHA256_Final(out, &f.context) == 1 && SHA256_Update(&outer, out, DIGEST_BYTES) == 1 &&
		     SHA256_Final(out, &outer) == 1,
	     "HMAC failed");
	explicit_bzero(f.text, f.most); /* a context that is ended holds none of it */
}

void digest_mac_free(struct digest_mac *m)
{
	if (!m)
		return;
	explicit_bzero(m, sizeof(*m));
	free(m);
}

void digest_random(uint8_t *out, size_t n)
{
	while (n > 0) {
		ssize_t got = getrandom(out, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		must(got > 0, "the kernel gives no random bytes");
		out += got;
		n -= (size_t)got;
	}
}
