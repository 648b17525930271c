/*
 * atomic_file: writes beside the target and renames. Owns the temporary file until commit or abort.
 * Never touches the target before every byte is on the disk.
 */
#include "common/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"

/* Length of the folder's part of a path, with the slash; 0 for the working directory. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Hidden, so that whoever watches the folder or globs it does not take the half file. */
static char *temporary_name(const char *path)
{
	size_t folder = folder_length(path);
	struct buf name = {0};

	buf_add(&name, path, folder);
	buf_addf(&name, ".%s.XXXXXX", path + folder);
	return buf_detach(&name);
}

int atomic_file_open(const char *path, unsigned mode, struct atomic_file *ret, struct fault *f)
{
	char *temporary = temporary_name(path);
	int fd = mkostemp(temporary, O_CLOEXEC);

	if (fd < 0) {
		int rc = fault_errno(f, FAULT_IO, "cannot write beside %s", path);
		free(temporary);
		return rc;
	}
	FILE *file = fdopen(fd, "w");
	if (!file)
		BUG("no stream for an open file");
	*ret = (struct atomic_file){
		.file = file, .path = base_strdup(path), .temporary = temporary};
	if (fchmod(fd, mode) == 0)
		return 0;
	int rc = fault_errno(f, FAULT_IO, "cannot set the mode of %s", temporary);
	atomic_file_abort(ret);
	return rc;
}

/* A rename is only safe from a power cut once the folder itself is written. */
static int sync_folder(const char *path, struct fault *f)
{
	size_t len = folder_length(path);
	char *folder = len > 0 ? base_strndup(path, len) : base_strdup(".");
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0 || fsync(fd) != 0)
		rc = fault_errno(f, FAULT_IO, "cannot sync the folder %s", folder);
	if (fd >= 0)
		(void)close(fd); /* Nothing was written through it. */
	free(folder);
	return rc;
}

int atomic_file_commit(struct atomic_file *a, struct fault *f)
{
	int rc = 0;

	if (ferror(a->file))
		rc = fault_set(f, FAULT_IO, "cannot write %s", a->path);
	else if (fflush(a->file) != 0 || fsync(fileno(a->file)) != 0)
		rc = fault_errno(f, FAULT_IO, "cannot write %s", a->path);
	else if (rename(a->temporary, a->path) != 0)
		rc = fault_errno(f, FAULT_IO, "cannot put %s in its place", a->path);
	if (rc == 0) {
		free(a->temporary);
		a->temporary = NULL;
		rc = sync_folder(a->path, f);
	}
	atomic_file_abort(a);
	return rc;
}

void atomic_file_abort(struct atomic_file *a)
{
	if (a->file)
		(void)fclose(a->file); /* Either synced already or not wanted. */
	if (a->temporary)
		(void)unlink(a->temporary); /* A left-over does no harm. */
	free(a->temporary);
	free(a->path);
	*a = (struct atomic_file){0};
}

int atomic_file_write(const char *path, unsigned mode, const void *data, size_t len,
		      struct fault *f)
{
	struct atomic_file a = {0};
	int rc = atomic_file_open(path, mode, &a, f);

	if (rc < 0)
		return rc;
	/* A short write leaves the stream in error, which the commit sees. */
	(void)fwrite(data, 1, len, a.file);
	return atomic_file_commit(&a, f);
}
