/*
 * child: a process that this one starts, waits for and stops by pid. It gets SIGTERM when its parent
 * dies (PR_SET_PDEATHSIG: when the *thread* that started it ends, so start it from the main thread).
 * It stands in a process group of its own: Ctrl-C on a terminal reaches only whoever started it.
 */
#ifndef COMMON_CHILD_H
#define COMMON_CHILD_H

#include <sys/types.h>

#include "common/base.h"
#include "common/fault.h"

struct child {
	pid_t pid;        /* 0: none */
	int out;          /* read end of its stdout, or -1 */
	const char *name; /* for messages; borrowed */
};

enum child_stdout { CHILD_INHERIT, CHILD_PIPE, CHILD_TO_LOG };

/*
 * Starts argv[0] (a path, or a name looked up in PATH) with argv (NULL-terminated). stdin is
 * /dev/null. stderr goes to `log_path` (appended), or is inherited when NULL; stdout as said,
 * CHILD_TO_LOG beside stderr. No other descriptor is inherited. FAULT_NOINPUT when the program
 * cannot be executed.
 */
int child_start(const char *name, char *const *argv, enum child_stdout out, const char *log_path,
		struct child *ret, struct fault *f) MUST_CHECK;
/*
 * Waits for its end; *ret_status is the exit status, 128 + signal when a signal ended it. Once
 * loop_stopping(), the child gets SIGTERM and is still waited for.
 */
int child_wait(struct child *c, int *ret_status, struct fault *f) MUST_CHECK;
/* True while it runs. */
bool child_alive(struct child *c);
/* One line of its stdout (CHILD_PIPE) without the newline, waiting at most timeout_ms; FAULT_UNAVAILABLE otherwise. */
int child_line(struct child *c, int timeout_ms, char *line, size_t size,
	       struct fault *f) MUST_CHECK;
/* SIGTERM, then SIGKILL after timeout_ms; returns its exit status as child_wait does. Harmless when none runs. */
int child_stop(struct child *c, int timeout_ms);
/* Path of a program beside this one (same folder as /proc/self/exe); the caller frees it. */
char *child_beside(const char *program);

#endif
