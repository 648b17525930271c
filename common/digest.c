/*
 * digest: SHA-256 and HMAC-SHA-256 through OpenSSL's EVP, random bytes from the kernel. OpenSSL
 * fails here only when memory is out or its library is broken: both end the program.
 */
#include "common/digest.h"

#include <errno.h>
#include <sys/random.h>

#include <openssl/evp.h>

#define BLOCK_BYTES 64

struct digest {
	EVP_MD_CTX *context;
};

/* RFC 2104. What has hashed the key is copied for each MAC, as EVP_MAC does at twice the cost. */
struct digest_mac {
	EVP_MD_CTX *inner, *outer, *context;
};

static void must(bool worked, const char *what)
{
	if (!worked)
		BUG(what);
}

struct digest *digest_new(void)
{
	struct digest *d = base_zalloc(1, sizeof(*d));

	d->context = EVP_MD_CTX_new();
	must(d->context && EVP_DigestInit_ex(d->context, EVP_sha256(), NULL) == 1, "no SHA-256");
	return d;
}

void digest_add(struct digest *d, const void *data, size_t len)
{
	must(EVP_DigestUpdate(d->context, data, len) == 1, "SHA-256 failed");
}

void digest_end(struct digest *d, uint8_t out[DIGEST_BYTES])
{
	must(EVP_DigestFinal_ex(d->context, out, NULL) == 1, "SHA-256 failed");
	EVP_MD_CTX_free(d->context);
	free(d);
}

void digest_sha256(const void *data, size_t len, uint8_t out[DIGEST_BYTES])
{
	must(EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL) == 1, "SHA-256 failed");
}

/* A hash that has taken the key, each byte changed by `change`, as its first block. */
static EVP_MD_CTX *keyed(const uint8_t *key, size_t len, uint8_t change)
{
	uint8_t block[BLOCK_BYTES];
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (i < len ? key[i] : 0) ^ change;
	must(context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
		     EVP_DigestUpdate(context, block, sizeof(block)) == 1,
	     "no SHA-256");
	explicit_bzero(block, sizeof(block));
	return context;
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
	m->inner = keyed(key, len, 0x36);
	m->outer = keyed(key, len, 0x5c);
	m->context = EVP_MD_CTX_new();
	must(m->context, "no SHA-256");
	explicit_bzero(hash, sizeof(hash));
	return m;
}

/* What is to be hashed, in as few calls as it fits into. */
struct feed {
	EVP_MD_CTX *context;
	size_t len;
	uint8_t text[256];
};

static void feed_flush(struct feed *f)
{
	must(EVP_DigestUpdate(f->context, f->text, f->len) == 1, "HMAC failed");
	f->len = 0;
}

static void feed_add(struct feed *f, const void *data, size_t len)
{
	if (len > sizeof(f->text) - f->len)
		feed_flush(f);
	if (len > sizeof(f->text)) {
		must(EVP_DigestUpdate(f->context, data, len) == 1, "HMAC failed");
	} else if (len > 0) {
		memcpy(f->text + f->len, data, len);
		f->len += len;
	}
}

void digest_mac_parts(struct digest_mac *m, const struct span *part, size_t count,
		      uint8_t out[DIGEST_BYTES])
{
	struct feed f = {.context = m->context};

	must(EVP_MD_CTX_copy_ex(m->context, m->inner) == 1, "HMAC failed");
	for (size_t i = 0; i < count; i++) {
		assert(part[i].len <= UINT32_MAX);
		uint8_t length[4];
		for (unsigned k = 0; k < sizeof(length); k++)
			length[k] = (uint8_t)(part[i].len >> (8 * k));
		feed_add(&f, length, sizeof(length));
		feed_add(&f, part[i].data, part[i].len);
	}
	feed_flush(&f);
	explicit_bzero(f.text, sizeof(f.text));
	must(EVP_DigestFinal_ex(m->context, out, NULL) == 1 &&
		     EVP_MD_CTX_copy_ex(m->context, m->outer) == 1 &&
		     EVP_DigestUpdate(m->context, out, DIGEST_BYTES) == 1 &&
		     EVP_DigestFinal_ex(m->context, out, NULL) == 1,
	     "HMAC failed");
}

void digest_mac_free(struct digest_mac *m)
{
	if (!m)
		return;
	EVP_MD_CTX_free(m->inner); /* OpenSSL cleanses what it hashed */
	EVP_MD_CTX_free(m->outer);
	EVP_MD_CTX_free(m->context);
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
