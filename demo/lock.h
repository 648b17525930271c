/*
 * lock: one process at a time in a directory: flock() on a file in it, which the kernel gives back
 * when the process ends, however it ends.
 */
#ifndef DEMO_LOCK_H
#define DEMO_LOCK_H

#include "common/base.h"
#include "common/fault.h"

/* Makes `dir` (mode 0700, one level) unless it is there. FAULT_IO. */
int lock_make_dir(const char *dir, struct fault *f) MUST_CHECK;
/* Descriptor that holds DIR/las until it is closed; FAULT_FENCED when another process holds it. */
int lock_take(const char *dir, int *ret_fd, struct fault *f) MUST_CHECK;

#endif
