/* Signals: a stop ends a pause at once, also one asked for before it; a broken pipe ends nothing. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/civil.h"
#include "common/loop.h"

#define LONG_MS 60000

/* Runs `body` in a process of its own, whose signals and flag nobody else has; it must return 0. */
static void assert_child(int (*body)(void))
{
	int status = 0;

	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		loop_init();
		_exit(body());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int stopped_by(int number)
{
	if (loop_stopping())
		return 1;
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid == 0)
		_exit(kill(parent, number) == 0 ? 0 : 1);
	int64_t start = civil_monotonic_ms();
	while (!loop_stopping())
		loop_pause(LONG_MS);
	loop_pause(LONG_MS);
	return civil_monotonic_ms() - start < LONG_MS ? 0 : 2;
}

static int stopped_by_sigterm(void)
{
	return stopped_by(SIGTERM);
}

static int stopped_by_sigint(void)
{
	return stopped_by(SIGINT);
}

static int stopped_from_inside(void)
{
	errno = EDOM;
	loop_stop();
	loop_stop();
	if (errno != EDOM || !loop_stopping())
		return 1;
	int64_t start = civil_monotonic_ms();
	loop_pause(LONG_MS);
	return civil_monotonic_ms() - start < LONG_MS ? 0 : 2;
}

static int writes_into_a_broken_pipe(void)
{
	int ends[2];

	if (pipe(ends) != 0)
		return 1;
	close(ends[0]);
	return write(ends[1], "x", 1) < 0 && errno == EPIPE ? 0 : 2;
}

static int pauses_as_long_as_told(void)
{
	int64_t start = civil_monotonic_ms();

	loop_pause(20);
	return civil_monotonic_ms() - start >= 19 ? 0 : 1;
}

static void signals_end_a_pause(void **state)
{
	(void)state;
	assert_child(stopped_by_sigterm);
	assert_child(stopped_by_sigint);
}

static void stop_from_inside(void **state)
{
	(void)state;
	assert_child(stopped_from_inside);
}

static void broken_pipe_is_an_error_code(void **state)
{
	(void)state;
	assert_child(writes_into_a_broken_pipe);
}

static void pause_without_a_stop(void **state)
{
	(void)state;
	assert_child(pauses_as_long_as_told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_end_a_pause),
		cmocka_unit_test(stop_from_inside),
		cmocka_unit_test(broken_pipe_is_an_error_code),
		cmocka_unit_test(pause_without_a_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
