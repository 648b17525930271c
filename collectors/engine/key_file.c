/*
 * key_file: reads the id key. Owns nothing. Never logs, never puts a digit of the key into a
 * fault, and leaves no copy of it but the caller's.
 */
#include "collectors/engine/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"

static int check_mode(int fd, const char *path, struct fault *f)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fault_errno(f, FAULT_CONFIG, "key file %s", path);
	if (!S_ISREG(st.st_mode))
		return fault_set(f, FAULT_CONFIG, "key file %s: not a regular file", path);
	if ((st.st_mode & 077) != 0)
		return fault_set(
			f, FAULT_CONFIG,
			"key file %s: its mode is %04o, so others can read it: chmod 600 %s", path,
			(unsigned)(st.st_mode & 07777), path);
	return 0;
}

int key_file_read(const char *path, uint8_t ret[KEY_FILE_BYTES], struct fault *f)
{
	/* One more than 64 digits and a CRLF, so that a longer file does not pass. */
	char text[2 * KEY_FILE_BYTES + 3];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return fault_errno(f, FAULT_CONFIG,
				   "key file %s (make one: umask 077; openssl rand -hex 32 > %s)",
				   path, path);
	int err = check_mode(fd, path, f);
	if (err < 0)
		goto out;
	ssize_t n = read(fd, text, sizeof(text));
	struct span digits = {text, n < 0 ? 0 : (size_t)n};
	if (digits.len > 0 && digits.data[digits.len - 1] == '\n')
		digits.len--;
	if (digits.len > 0 && digits.data[digits.len - 1] == '\r')
		digits.len--;
	if (!text_unhex(digits, ret, KEY_FILE_BYTES))
		err = fault_set(f, FAULT_CONFIG,
				"key file %s: not exactly 64 hex digits on one line", path);
out:
	explicit_bzero(text, sizeof(text));
	close(fd);
	return err;
}
