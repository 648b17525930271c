/*
 * digest: SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104) by OpenSSL.
 */
#ifndef COMMON_DIGEST_H
#define COMMON_DIGEST_H

#include "common/base.h"
#include "common/text.h"

#define DIGEST_BYTES 32

/* SHA-256 of a stream: new, add .., end (which frees the object). */
struct digest;
struct digest *digest_new(void);
void digest_add(struct digest *d, const void *data, size_t len);
void digest_end(struct digest *d, uint8_t out[DIGEST_BYTES]);
void digest_sha256(const void *data, size_t len, uint8_t out[DIGEST_BYTES]);

/* HMAC-SHA-256 with a key that is prepared once. Free wipes the key. */
struct digest_mac;
struct digest_mac *digest_mac_new(const uint8_t *key, size_t len);
/*
 * MAC of a list of parts, each preceded by its length as 4 bytes little endian, so that no two
 * lists have the same input.
 */
void digest_mac_parts(const struct digest_mac *m, const struct span *part, size_t count,
		      uint8_t out[DIGEST_BYTES]);
void digest_mac_free(struct digest_mac *m);

/* Bytes from the kernel's random source; aborts when there is none. */
void digest_random(uint8_t *out, size_t n);

#endif
