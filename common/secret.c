/*
 * secret: reads and judges one small file. Owns nothing; leaves no copy of a secret but the caller's.
 */
#include "common/secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"

bool secret_closed(const struct stat *st, uid_t self)
{
	const mode_t allowed = st->st_uid == 0 && self != 0 ? S_IRGRP : 0;

	return (st->st_mode & (S_IRWXG | S_IRWXO) & ~allowed) == 0;
}

static int judge(int fd, const char *path, enum secret_kind kind, struct fault *f)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_errno(f, FAULT_CONFIG, "%s", path);
	if (!S_ISREG(st.st_mode))
		return fault_set(f, FAULT_CONFIG, "%s: not a regular file", path);
	if (kind == SECRET_CLOSED && !secret_closed(&st, geteuid()))
		return fault_set(f, FAULT_CONFIG,
				 "%s: not a file that only its owner can read (chmod 600 %s)", path,
				 path);
	return 0;
}

/* The length of the one line that the bytes are; 0 when they are anything else. */
static size_t line_of(const char *bytes, size_t len)
{
	if (len > 0 && bytes[len - 1] == '\n')
		len--;
	if (len > 0 && bytes[len - 1] == '\r')
		len--;
	for (size_t i = 0; i < len; i++)
		if (bytes[i] == '\0' || bytes[i] == '\r' || bytes[i] == '\n')
			return 0;
	return len <= SECRET_MAX ? len : 0;
}

static int read_line(int fd, const char *path, char out[SECRET_MAX + 1], struct fault *f)
{
	char bytes[SECRET_MAX + 3]; /* a CRLF, and one more that tells a longer file */
	const ssize_t got = read(fd, bytes, sizeof(bytes));
	const size_t len = got > 0 ? line_of(bytes, (size_t)got) : 0;

	memcpy(out, bytes, len);
	out[len] = '\0';
	explicit_bzero(bytes, sizeof(bytes));
	if (got < 0)
		return fault_errno(f, FAULT_CONFIG, "%s", path);
	return len > 0 ? 0
		       : fault_set(f, FAULT_CONFIG, "%s: not one line of at most %d bytes", path,
				   SECRET_MAX);
}

int secret_line(const char *path, enum secret_kind kind, char out[SECRET_MAX + 1], struct fault *f)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err = judge(fd, path, kind, f);

	if (err == 0)
		err = read_line(fd, path, out, f);
	if (fd >= 0)
		(void)close(fd);
	return err;
}

int secret_key(const char *path, enum secret_kind kind, uint8_t ret[SECRET_KEY_BYTES],
	       struct fault *f)
{
	char text[SECRET_MAX + 1];
	int err = secret_line(path, kind, text, f);

	if (err == 0 && !text_unhex(span_of(text), ret, SECRET_KEY_BYTES))
		err = fault_set(f, FAULT_CONFIG, "%s: not one line of 64 hex digits", path);
	explicit_bzero(text, sizeof(text));
	return err;
}
