/*
 * loop: signals become a flag that the one loop of a program looks at. SIGTERM and SIGINT ask for
 * an orderly stop, SIGPIPE is ignored.
 */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H

#include "common/base.h"

void loop_init(void);
/*
 * After loop_init(): a stop takes at most so many seconds, then the process ends at once with `status`, whatever
 * it waits for. For programs that lose nothing by it. May be called again for another status.
 */
void loop_limit(unsigned seconds, int status);
/* True once a stop was asked for. */
bool loop_stopping(void);
/* Asks for a stop from inside. */
void loop_stop(void);
/*
 * Waits until there is something to be read, at most `ms`, less when a stop is asked for. False when
 * there is nothing so far.
 */
bool loop_readable(int fd, int ms) MUST_CHECK;
/* Sleeps at most `ms`, less when a stop is asked for. For back-off, never for waiting on a condition in a test. */
void loop_pause(int ms);

#endif
