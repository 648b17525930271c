/*
 * folder: directories of a trial: made, held by one process at a time, removed again.
 */
#ifndef DEMO_FOLDER_H
#define DEMO_FOLDER_H

#include "common/base.h"
#include "common/fault.h"

/* Makes `dir` (mode 0700, one level) unless it is there. FAULT_IO. */
int folder_make(const char *dir, struct fault *f) MUST_CHECK;
/* A new directory in $TMPDIR (or where the system has such); the caller frees *ret. */
int folder_temporary(char **ret, struct fault *f) MUST_CHECK;
/*
 * flock() on DIR/las, which the kernel gives back when the process ends, however it ends: the
 * descriptor that holds it until it is closed. FAULT_FENCED when another process holds it.
 */
int folder_lock(const char *dir, int *ret_fd, struct fault *f) MUST_CHECK;
/* Removes the directory with all that is in it, as far as that can be done; follows no links. */
void folder_remove(const char *dir);

#endif
