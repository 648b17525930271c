/*
 * lock: what one collector at a time may have: a folder, a spool, the progress of a source. The lock goes
 * with the descriptor, however the process ends.
 */
#ifndef COLLECTORS_ENGINE_LOCK_H
#define COLLECTORS_ENGINE_LOCK_H

#include "common/fault.h"

/*
 * FAULT_UNAVAILABLE "PATH: TAKEN" when another process has it; FAULT_CONFIG when it cannot be locked, as on
 * a network drive without locks: nothing is promised there, so nothing is done.
 */
int lock_take(int fd, const char *path, const char *taken, struct fault *f) MUST_CHECK;

#endif
