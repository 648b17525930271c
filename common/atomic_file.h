/*
 * atomic_file: a file that appears whole or not at all: temporary file in the same folder, fsync,
 * rename, fsync of the folder. Calling sequence:
 *	atomic_file_open(path, 0644, &a, f); write to a.file; atomic_file_commit(&a, f) or atomic_file_abort(&a).
 */
#ifndef COMMON_ATOMIC_FILE_H
#define COMMON_ATOMIC_FILE_H

#include "common/base.h"
#include "common/fault.h"

struct atomic_file {
	FILE *file;
	char *path, *temporary;
};

int atomic_file_open(const char *path, unsigned mode, struct atomic_file *ret,
		     struct fault *f) MUST_CHECK;
/*
 * FAULT_IO when anything could not be written; then the old file, if any, stands. Only when the folder
 * could not be synced the new one does, and which of them a power cut would leave is not known. Releases
 * *a either way.
 */
int atomic_file_commit(struct atomic_file *a, struct fault *f) MUST_CHECK;
void atomic_file_abort(struct atomic_file *a);
/* All in one: `len` bytes as the file `path`. */
int atomic_file_write(const char *path, unsigned mode, const void *data, size_t len,
		      struct fault *f) MUST_CHECK;

#endif
