/*
 * loop: the wish to stop, as a flag and as a descriptor that wakes a pause. Owns the handlers of
 * SIGTERM, SIGINT and SIGALRM. The handler raises the flag, and sets the limit's clock when there is one.
 */
#include "common/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

static atomic_bool stopping;
static int wake =
	-1; /* readable for ever once a stop was asked for, whichever thread took the signal */

static unsigned limit; /* seconds from the first wish to stop; 0: as long as it takes */
static volatile sig_atomic_t late_status;

/* The first wish alone sets the clock: nobody who asks again and again postpones the end. */
static void on_signal(int number)
{
	const bool first = !stopping;

	(void)number;
	loop_stop();
	if (first && limit > 0)
		(void)alarm(limit);
}

static void on_late(int number)
{
	(void)number;
	_exit(late_status);
}

void loop_init(void)
{
	struct sigaction stop = {.sa_handler = on_signal}; /* no SA_RESTART: waits end with EINTR */
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	if (wake < 0)
		wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake < 0 || sigaction(SIGTERM, &stop, NULL) != 0 ||
	    sigaction(SIGINT, &stop, NULL) != 0 || sigaction(SIGPIPE, &ignore, NULL) != 0)
		BUG("signals cannot be set up");
}

void loop_limit(unsigned seconds, int status)
{
	struct sigaction late = {.sa_handler = on_late};

	late_status = status;
	limit = seconds;
	if (sigaction(SIGALRM, &late, NULL) != 0)
		BUG("signals cannot be set up");
}

bool loop_stopping(void)
{
	return stopping;
}

void loop_stop(void)
{
	const uint64_t one = 1;
	int saved = errno;

	stopping = true;
	/* Fails only without loop_init(), or when the counter is full and the descriptor readable anyway. */
	ssize_t ignored = write(wake, &one, sizeof(one));
	(void)ignored;
	errno = saved;
}

bool loop_readable(int fd, int ms)
{
	struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = wake, .events = POLLIN}};

	/* The end and an error are there to be read too. */
	return poll(p, ARRAY_SIZE(p), stopping ? 0 : ms) > 0 && p[0].revents != 0;
}

void loop_pause(int ms)
{
	struct pollfd p = {.fd = wake, .events = POLLIN};

	if (!stopping)
		(void)poll(&p, 1, ms);
}
