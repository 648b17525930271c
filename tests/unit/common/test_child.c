/* Children: status, output by lines, logs, being stopped, dying with the parent. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/child.h"
#include "common/civil.h"
#include "common/loop.h"

#define DEADLINE_MS 10000

static struct child shell(const char *script, enum child_stdout out, const char *log_path)
{
	char sh[] = "sh", c[] = "-c";
	char *text = base_strdup(script);
	char *argv[] = {sh, c, text, NULL};
	struct child child = {0};
	struct fault f = {0};

	if (child_start("shell", argv, out, log_path, &child, &f) < 0)
		fail_msg("%s", f.text);
	free(text);
	return child;
}

static void status_is_the_shell_s(void **state)
{
	static const struct {
		const char *script;
		int status;
	} row[] = {{"exit 0", 0}, {"exit 75", 75}, {"kill -9 $$", 137}, {"kill -TERM $$", 143}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct child c = shell(row[i].script, CHILD_INHERIT, NULL);
		struct fault f = {0};
		int status = -1;
		assert_int_equal(child_wait(&c, &status, &f), 0);
		assert_int_equal(status, row[i].status);
		assert_int_equal(c.pid, 0);
		assert_false(child_alive(&c));
		assert_int_equal(child_wait(&c, &status, &f), FAULT_SOFTWARE);
		assert_int_equal(child_stop(&c, 0), 0);
	}
}

static void what_cannot_start_is_a_fault(void **state)
{
	char name[] = "/nonexistent/program";
	char *argv[] = {name, NULL};
	struct child c = {0};
	struct fault f = {0};

	(void)state;
	assert_int_equal(child_start("thing", argv, CHILD_PIPE, NULL, &c, &f), FAULT_NOINPUT);
	assert_non_null(strstr(f.text, "thing"));
	assert_non_null(strstr(f.text, "No such file"));
	assert_int_equal(c.pid, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(child_start("thing", argv, CHILD_PIPE, "/nonexistent/log", &c, &f),
			 FAULT_IO);
}

static void lines_come_one_by_one(void **state)
{
	struct child c = shell("printf 'ready 1\\nready 2\\nno end'", CHILD_PIPE, NULL);
	struct fault f = {0};
	char line[16];
	int status = -1;

	(void)state;
	assert_int_equal(child_line(&c, DEADLINE_MS, line, sizeof(line), &f), 0);
	assert_string_equal(line, "ready 1");
	assert_int_equal(child_line(&c, DEADLINE_MS, line, sizeof(line), &f), 0);
	assert_string_equal(line, "ready 2");
	assert_int_equal(child_line(&c, DEADLINE_MS, line, sizeof(line), &f), FAULT_UNAVAILABLE);
	assert_string_equal(f.text, "shell ended before it had said a line");
	assert_int_equal(child_wait(&c, &status, &f), 0);
	assert_int_equal(status, 0);
	assert_int_equal(c.out, -1);
}

static void lines_are_waited_for_and_bounded(void **state)
{
	struct child c = shell("echo 0123456789; exec sleep 60", CHILD_PIPE, NULL);
	struct fault f = {0};
	char line[8];
	int64_t start = civil_monotonic_ms();

	(void)state;
	assert_int_equal(child_line(&c, DEADLINE_MS, line, sizeof(line), &f), FAULT_UNAVAILABLE);
	assert_non_null(strstr(f.text, "longer than 7 bytes"));
	assert_int_equal(child_line(&c, DEADLINE_MS, line, sizeof(line), &f), 0);
	assert_string_equal(line, "89");
	assert_int_equal(child_line(&c, 50, line, sizeof(line), &f), FAULT_UNAVAILABLE);
	assert_non_null(strstr(f.text, "said nothing for 50 ms"));
	assert_true(child_alive(&c));
	assert_int_equal(child_stop(&c, DEADLINE_MS), 128 + SIGTERM);
	assert_true(civil_monotonic_ms() - start < DEADLINE_MS);
}

static void output_goes_to_the_log(void **state)
{
	char path[] = "/tmp/test_child.XXXXXX";
	int fd = mkstemp(path);
	struct buf log = {0};
	struct fault f = {0};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct child c = shell("echo out; echo err >&2; read x || echo nothing",
				       CHILD_TO_LOG, path);
		int status = -1;
		assert_int_equal(child_wait(&c, &status, &f), 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(buf_read_file(&log, path, 1000, &f), 0);
	assert_string_equal(buf_text(&log), "out\nerr\nnothing\nout\nerr\nnothing\n");
	buf_release(&log);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

static void no_descriptor_is_inherited(void **state)
{
	int fd = open("/dev/null", O_RDONLY); /* Without O_CLOEXEC, like a careless library. */
	struct child c = shell("ls /proc/self/fd | wc -l", CHILD_PIPE, NULL);
	struct fault f = {0};
	char line[16];
	int status = -1;

	(void)state;
	assert_int_equal(child_line(&c, DEADLINE_MS, line, sizeof(line), &f), 0);
	/* 0, 1, 2 and the folder that ls reads. */
	assert_string_equal(line, "4");
	assert_int_equal(child_wait(&c, &status, &f), 0);
	assert_int_equal(close(fd), 0);
}

static void the_deaf_are_killed(void **state)
{
	struct child c = shell("trap '' TERM; echo deaf; while :; do sleep 1; done", CHILD_PIPE,
			       NULL);
	struct fault f = {0};
	char line[8];

	(void)state;
	assert_int_equal(child_line(&c, DEADLINE_MS, line, sizeof(line), &f), 0);
	assert_int_equal(child_stop(&c, 100), 128 + SIGKILL);
}

/* A parent that is killed: its child, whose pid it wrote into a pipe, gets SIGTERM. */
static void a_child_dies_with_its_parent(void **state)
{
	int ends[2];
	pid_t child = 0;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t parent = fork();
	if (parent == 0) {
		struct child c = shell("exec sleep 60", CHILD_INHERIT, NULL);
		bool written = write(ends[1], &c.pid, sizeof(c.pid)) == sizeof(c.pid);
		for (;;)
			written = pause() == 0 && written;
	}
	assert_int_equal(read(ends[0], &child, sizeof(child)), sizeof(child));
	assert_int_equal(kill(child, 0), 0);
	assert_int_equal(kill(parent, SIGKILL), 0);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	int64_t deadline = civil_monotonic_ms() + DEADLINE_MS;
	bool gone = false;
	while (!gone && civil_monotonic_ms() < deadline) {
		char path[64], text[256] = "";
		(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
		FILE *file = fopen(path, "r");
		gone = !file || !fgets(text, sizeof(text), file) || strstr(text, ") Z ");
		if (file)
			(void)fclose(file);
		loop_pause(5);
	}
	assert_true(gone);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void it_stands_beside_us(void **state)
{
	char *self = child_beside("test_child"), *other = child_beside("no-such-program");

	(void)state;
	assert_int_equal(self[0], '/');
	assert_int_equal(access(self, X_OK), 0);
	assert_int_not_equal(access(other, X_OK), 0);
	free(self);
	free(other);
}

/* Last: a stop of this process cannot be taken back. */
static void a_stop_is_passed_on(void **state)
{
	struct child c = shell("trap 'exit 3' TERM; echo up; while :; do sleep 0.01; done",
			       CHILD_PIPE, NULL);
	struct fault f = {0};
	char line[8];
	int status = -1;

	(void)state;
	assert_int_equal(child_line(&c, DEADLINE_MS, line, sizeof(line), &f), 0);
	loop_stop();
	assert_int_equal(child_wait(&c, &status, &f), 0);
	assert_int_equal(status, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_is_the_shell_s),
		cmocka_unit_test(what_cannot_start_is_a_fault),
		cmocka_unit_test(lines_come_one_by_one),
		cmocka_unit_test(lines_are_waited_for_and_bounded),
		cmocka_unit_test(output_goes_to_the_log),
		cmocka_unit_test(no_descriptor_is_inherited),
		cmocka_unit_test(the_deaf_are_killed),
		cmocka_unit_test(a_child_dies_with_its_parent),
		cmocka_unit_test(it_stands_beside_us),
		cmocka_unit_test(a_stop_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
