/*
 * folder: making, holding and removing directories. Owns nothing. Never removes a lock file by
 * itself, because a lock on a removed file keeps nobody out.
 */
#include "demo/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"

#define OPEN_DIRS 16

int folder_make(const char *dir, struct fault *f)
{
	if (mkdir(dir, 0700) == 0 || errno == EEXIST)
		return 0;
	return fault_errno(f, FAULT_IO, "%s", dir);
}

int folder_temporary(char **ret, struct fault *f)
{
	const char *parent = getenv("TMPDIR");
	struct buf path = {0};

	buf_addf(&path, "%s/kontaktpuls-", parent && *parent ? parent : P_tmpdir);
	for (int i = 0; i < 6; i++)
		buf_addc(&path, 'X'); /* what mkdtemp() replaces */
	if (!mkdtemp(path.data)) {
		(void)fault_errno(f, FAULT_IO, "a temporary directory");
		buf_release(&path);
		return FAULT_IO;
	}
	*ret = buf_detach(&path);
	return 0;
}

int folder_lock(const char *dir, int *ret_fd, struct fault *f)
{
	struct buf path = {0};
	int failed = 0;

	buf_addf(&path, "%s/las", dir);
	int fd = open(buf_text(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		failed = fault_errno(f, FAULT_IO, "%s", buf_text(&path));
	else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		failed = errno == EWOULDBLOCK ? fault_set(f, FAULT_FENCED,
							  "%s is in use by another process", dir)
					      : fault_errno(f, FAULT_IO, "%s", buf_text(&path));
	buf_release(&path);
	if (failed == 0)
		*ret_fd = fd;
	else if (fd >= 0)
		close(fd);
	return failed;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void folder_remove(const char *dir)
{
	(void)nftw(dir, remove_one, OPEN_DIRS, FTW_DEPTH | FTW_PHYS); /* what stays is seen */
}
