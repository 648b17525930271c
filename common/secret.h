/*
 * secret: a password or a key that stands alone on the one line of a small file. Nothing of it is ever in a
 * fault, and the caller's copy is the only one: wipe it with explicit_bzero().
 */
#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

#include "common/base.h"
#include "common/fault.h"

#define SECRET_MAX       4095
#define SECRET_KEY_BYTES 32

/* Who may read the file: its owner alone, or anybody, for the public half of a key. */
enum secret_kind { SECRET_CLOSED, SECRET_OPEN };

/*
 * Fills `out` with the line, without its end (LF or CRLF, or none) and with a NUL. FAULT_CONFIG, which
 * says how to mend it: a file that is not there, that others may read or write (SECRET_CLOSED), that is no regular
 * file, or that holds anything but one line of 1 to SECRET_MAX bytes.
 */
int secret_line(const char *path, enum secret_kind kind, char out[SECRET_MAX + 1],
		struct fault *f) MUST_CHECK;
/* The same for a line of 64 hex digits, which are the bytes of a key. */
int secret_key(const char *path, enum secret_kind kind, uint8_t ret[SECRET_KEY_BYTES],
	       struct fault *f) MUST_CHECK;

#endif
