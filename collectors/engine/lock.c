/* lock: flock, and what its failures mean. Owns nothing. */
#include "collectors/engine/lock.h"

#include <errno.h>
#include <sys/file.h>

int lock_take(int fd, const char *path, const char *taken, struct fault *f)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return fault_set(f, FAULT_UNAVAILABLE, "%s: %s", path, taken);
	return fault_errno(f, FAULT_CONFIG, "cannot lock %s", path);
}
