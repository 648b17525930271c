/*
 * key_file: reads the id key, and says how one is made.
 */
#include "collectors/engine/key_file.h"

#include <unistd.h>

int key_file_read(const char *path, uint8_t ret[KEY_FILE_BYTES], struct fault *f)
{
	if (access(path, F_OK) != 0)
		return fault_errno(f, FAULT_CONFIG,
				   "key file %s (umask 077; openssl rand -hex 32 > %s)", path,
				   path);
	const int err = secret_key(path, SECRET_CLOSED, ret, f);

	return err < 0 ? fault_prefix(f, "key file") : 0;
}
