/*
 * key_file: the key of a source's identities: 64 hex digits in a file that only its owner may
 * read. Every identity in Kafka and Redis rests on it, so another key is another source.
 */
#ifndef COLLECTORS_ENGINE_KEY_FILE_H
#define COLLECTORS_ENGINE_KEY_FILE_H

#include "common/secret.h"

#define KEY_FILE_BYTES SECRET_KEY_BYTES

/*
 * Fills `ret`, which the caller wipes with explicit_bzero() after use. FAULT_CONFIG, which says how
 * to mend it, for anything but a regular file with 64 hex digits that group and others may not
 * touch.
 */
int key_file_read(const char *path, uint8_t ret[KEY_FILE_BYTES], struct fault *f) MUST_CHECK;

#endif
