/*
 * seal: what anybody with the public key can seal and only the holder of the secret key can open:
 * libsodium's sealed boxes (X25519, XSalsa20, Poly1305), as base64. Key files are one line of 64
 * hex digits; the secret one has mode 0600 and stands where nothing is sealed.
 */
#ifndef COMMON_SEAL_H
#define COMMON_SEAL_H

#include "common/buf.h"
#include "common/fault.h"
#include "common/text.h"

struct seal;
/* A new pair of keys: the secret one in `path`, the public one in `path`.pub. FAULT_IO, also when there is one. */
int seal_make_keys(const char *path, struct fault *f) MUST_CHECK;
/* From the public key, for seal_close(). FAULT_CONFIG. */
int seal_read_public(const char *path, struct seal **ret, struct fault *f) MUST_CHECK;
/* From the secret key, for both. FAULT_CONFIG, also when others can read the file. */
int seal_read_secret(const char *path, struct seal **ret, struct fault *f) MUST_CHECK;
void seal_free(struct seal *s);

/* Appends the box as base64. Sealed twice the same text gives two boxes. */
void seal_close(const struct seal *s, struct span text, struct buf *out);
/* Appends what was sealed; false when it was not for this key, or was changed since. */
bool seal_open(const struct seal *s, struct span box, struct buf *out) MUST_CHECK;

#endif
