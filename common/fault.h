/*
 * fault: the one way in which functions tell that they failed. A fallible function returns 0 (or
 * a count) or a negative kind, and fills the struct fault that is its last argument with a text
 * for people. Kinds name what the caller must do; the program's exit status follows from the
 * kind (sysexits.h). Libraries never log: whoever stops passing a fault on logs it once.
 */
#ifndef COMMON_FAULT_H
#define COMMON_FAULT_H

#include "common/base.h"

/* clang-format off */
/*   kind          exit  what it means to the caller */
#define FAULT_KINDS(X)                                                                             \
	X(USAGE,       64, "wrong use of the command line: say it again, right")                    \
	X(INPUT,       65, "bad data: set aside and go on, or tell who delivered it")               \
	X(STATE,       65, "stored state contradicts itself or the log: stop, a person decides")    \
	X(NOINPUT,     66, "a file that was named cannot be read")                                  \
	X(UNAVAILABLE, 69, "a server does not answer: wait and try again")                          \
	X(SOFTWARE,    70, "an error in this program")                                              \
	X(IO,          74, "reading or writing failed: disk full, broken pipe")                     \
	X(FENCED,      75, "another process owns this partition now")                               \
	X(CONFIG,      78, "the configuration is wrong: mend it, then start again")
/* clang-format on */

enum fault_kind {
	FAULT_ZERO = 0,
#define X(name, status, text) FAULT_POSITIVE_##name,
	FAULT_KINDS(X)
#undef X
#define X(name, status, text) FAULT_##name = -FAULT_POSITIVE_##name,
		FAULT_KINDS(X)
#undef X
};

struct fault {
	int kind;       /* 0 or one of FAULT_<KIND>, all negative */
	char text[768]; /* one line, UTF-8, without a final full stop or newline */
};

/* Fills *f and returns `kind`, so that a function can end in `return fault_set(f, ...)`. */
int fault_set(struct fault *f, int kind, const char *format, ...) PRINTF(3, 4);
/* The same with ": " and the text of errno after the message. */
int fault_errno(struct fault *f, int kind, const char *format, ...) PRINTF(3, 4);
/* Puts "<context>: " before the text of a fault that is being passed on; returns its kind. */
int fault_prefix(struct fault *f, const char *format, ...) PRINTF(2, 3);

/* Exit status of the kind (sysexits), 0 for 0. */
int fault_exit(int kind);
/* Name of the kind, "INPUT"; "OK" for 0. */
const char *fault_name(int kind);

#endif
