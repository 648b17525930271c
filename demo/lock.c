/*
 * lock: the lock file of a directory. Owns nothing; never removes the file, because a lock on a
 * removed file keeps nobody out.
 */
#include "demo/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"

int lock_make_dir(const char *dir, struct fault *f)
{
	if (mkdir(dir, 0700) == 0 || errno == EEXIST)
		return 0;
	return fault_errno(f, FAULT_IO, "%s", dir);
}

int lock_take(const char *dir, int *ret_fd, struct fault *f)
{
	struct buf path = {0};
	int failed = 0;

	buf_addf(&path, "%s/las", dir);
	int fd = open(buf_text(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		failed = fault_errno(f, FAULT_IO, "%s", buf_text(&path));
	else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		failed = errno == EWOULDBLOCK
				 ? fault_set(f, FAULT_FENCED, "%s is in use by another process", dir)
				 : fault_errno(f, FAULT_IO, "%s", buf_text(&path));
	buf_release(&path);
	if (failed == 0)
		*ret_fd = fd;
	else if (fd >= 0)
		close(fd);
	return failed;
}
