/*
 * secret: a password or a key that stands alone on the one line of a small file. Nothing of it is ever in a
 * fault, and the caller's copy is the only one: wipe it with explicit_bzero().
 */
#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

#include <sys/stat.h>

#include "common/base.h"
#include "common/fault.h"

#define SECRET_MAX       4095
#define SECRET_KEY_BYTES 32

/* Who may read the file: those that secret_closed() allows, or anybody, for the public half of a key. */
enum secret_kind { SECRET_CLOSED, SECRET_OPEN };

/*
 * Whether a file is closed to strangers, for a process of user `self`: only its owner reads or writes it, or it is
 * root's and not ours to change, and its group reads it. The second is how an orchestrator mounts a secret for the
 * group of a process; PostgreSQL has the same rule for the key of a server (its documentation, "Secure TCP/IP
 * Connections with SSL").
 */
bool secret_closed(const struct stat *st, uid_t self);

/*
 * Fills `out` with the line, without its end (LF or CRLF, or none) and with a NUL. FAULT_CONFIG, which
 * says how to mend it: a file that is not there, that is open to others (SECRET_CLOSED), that is no regular
 * file, or that holds anything but one line of 1 to SECRET_MAX bytes.
 */
int secret_line(const char *path, enum secret_kind kind, char out[SECRET_MAX + 1],
		struct fault *f) MUST_CHECK;
/* The same for a line of 64 hex digits, which are the bytes of a key. */
int secret_key(const char *path, enum secret_kind kind, uint8_t ret[SECRET_KEY_BYTES],
	       struct fault *f) MUST_CHECK;

#endif
