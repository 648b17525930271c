/*
 * digest: SHA-256 and HMAC-SHA-256 through OpenSSL's EVP, random bytes from the kernel. OpenSSL
 * fails here only when memory is out or its library is broken: both end the program.
 */
#include "common/digest.h"

#include <errno.h>
#include <sys/random.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

struct digest {
	EVP_MD_CTX *context;
};

struct digest_mac {
	EVP_MAC_CTX *context;
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

struct digest_mac *digest_mac_new(const uint8_t *key, size_t len)
{
	static char name[] = "SHA256";
	const OSSL_PARAM sha256[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	struct digest_mac *m = base_zalloc(1, sizeof(*m));

	assert(len > 0);
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	m->context = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	must(m->context && EVP_MAC_init(m->context, key, len, sha256) == 1, "no HMAC-SHA-256");
	EVP_MAC_free(hmac);
	return m;
}

static void mac_add(struct digest_mac *m, const void *data, size_t len)
{
	must(EVP_MAC_update(m->context, data, len) == 1, "HMAC failed");
}

void digest_mac_parts(struct digest_mac *m, const struct span *part, size_t count,
		      uint8_t out[DIGEST_BYTES])
{
	/* Without a key: the same one again. */
	must(EVP_MAC_init(m->context, NULL, 0, NULL) == 1, "HMAC failed");
	for (size_t i = 0; i < count; i++) {
		assert(part[i].len <= UINT32_MAX);
		uint8_t length[4];
		for (unsigned k = 0; k < sizeof(length); k++)
			length[k] = (uint8_t)(part[i].len >> (8 * k));
		mac_add(m, length, sizeof(length));
		mac_add(m, (const uint8_t *)part[i].data, part[i].len);
	}
	must(EVP_MAC_final(m->context, out, NULL, DIGEST_BYTES) == 1, "HMAC failed");
}

void digest_mac_free(struct digest_mac *m)
{
	if (!m)
		return;
	EVP_MAC_CTX_free(m->context); /* OpenSSL cleanses the key schedule */
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
