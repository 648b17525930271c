/*
 * key_file: reads the id key. Owns nothing. Never puts a digit of the key into a fault, and leaves
 * no copy of it but the caller's.
 */
#include "collectors/engine/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"

static int read_key(int fd, const char *path, uint8_t ret[KEY_FILE_BYTES], struct fault *f)
{
	char text[2 * KEY_FILE_BYTES + 3]; /* a CRLF, and one more that tells a longer file */
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_errno(f, FAULT_CONFIG,
				   "key file %s (umask 077; openssl rand -hex 32 > %s)", path,
				   path);
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
		return fault_set(
			f, FAULT_CONFIG,
			"key file %s: not a file that only its owner can read (chmod 600 %s)", path,
			path);
	ssize_t n = read(fd, text, sizeof(text));
	struct span digits = {text, n < 0 ? 0 : (size_t)n};
	if (digits.len > 0 && digits.data[digits.len - 1] == '\n')
		digits.len--;
	if (digits.len > 0 && digits.data[digits.len - 1] == '\r')
		digits.len--;
	bool right = text_unhex(digits, ret, KEY_FILE_BYTES);
	explicit_bzero(text, sizeof(text));
	return right ? 0
		     : fault_set(f, FAULT_CONFIG, "key file %s: not one line of 64 hex digits",
				 path);
}

int key_file_read(const char *path, uint8_t ret[KEY_FILE_BYTES], struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err = read_key(fd, path, ret, f);

	if (fd >= 0)
		close(fd);
	return err;
}
