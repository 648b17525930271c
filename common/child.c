/*
 * child: fork and exec, and the end of it. Owns the pid and the read end of the pipe. The child
 * stands in a process group of its own, so that Ctrl-C reaches this process alone, which then stops
 * its children in the right order. Never signals a pid that has been waited for.
 */
#include "common/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/civil.h"
#include "common/loop.h"

#define LOOK_AGAIN_MS 20

struct plan {
	char *const *argv;
	int out, log; /* what becomes stdout and stderr, or -1: inherited */
	int failed;   /* write end of a pipe: errno of what went wrong before exec */
	pid_t parent;
};

/* Only functions that are safe after fork() in a program with threads. */
static NORETURN void become(const struct plan *p)
{
	sigset_t none;
	int nowhere = open("/dev/null", O_RDONLY);

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)setpgid(0, 0);
	bool ready = prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && dup2(nowhere, STDIN_FILENO) >= 0 &&
		     (p->out < 0 || dup2(p->out, STDOUT_FILENO) >= 0) &&
		     (p->log < 0 || dup2(p->log, STDERR_FILENO) >= 0);
	/* For what libraries opened; our own need it not, and kernels before 5.11 cannot. */
	(void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	/* The parent may have died before the kernel knew that we want to hear of it. */
	if (ready && getppid() == p->parent)
		(void)execvp(p->argv[0], p->argv);
	int reason = errno;
	/* As a shell does, for whoever looks at the status only. */
	_exit(write(p->failed, &reason, sizeof(reason)) > 0 ? 127 : 126);
}

/* Forks and waits until exec succeeded, which closes the pipe, or failed, which sends errno. */
static pid_t start(struct plan *p)
{
	int report[2], reason = 0;

	if (pipe2(report, O_CLOEXEC) != 0)
		return -1;
	p->failed = report[1];
	p->parent = getpid();
	pid_t pid = fork();
	if (pid == 0)
		become(p);
	if (pid < 0)
		reason = errno;
	(void)close(report[1]);
	ssize_t n = pid > 0 ? read(report[0], &reason, sizeof(reason)) : 0;
	while (n < 0 && errno == EINTR)
		n = read(report[0], &reason, sizeof(reason));
	(void)close(report[0]);
	if (reason == 0)
		return pid;
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	errno = reason;
	return -1;
}

int child_start(const char *name, char *const *argv, enum child_stdout out, const char *log_path,
		struct child *ret, struct fault *f)
{
	struct plan plan = {.argv = argv, .out = -1, .log = -1};
	int pipe_ends[2] = {-1, -1};

	if (log_path) {
		plan.log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (plan.log < 0)
			return fault_errno(f, FAULT_IO, "cannot open %s", log_path);
	}
	int rc = 0;
	if (out == CHILD_PIPE && pipe2(pipe_ends, O_CLOEXEC) != 0)
		rc = fault_errno(f, FAULT_IO, "no pipe for %s", name);
	plan.out = out == CHILD_PIPE ? pipe_ends[1] : -1;
	if (out == CHILD_TO_LOG)
		plan.out = plan.log >= 0 ? plan.log : STDERR_FILENO;
	pid_t pid = rc == 0 ? start(&plan) : -1;
	if (rc == 0 && pid < 0)
		rc = fault_errno(f, FAULT_NOINPUT, "cannot start %s (%s)", name, argv[0]);
	if (plan.log >= 0)
		(void)close(plan.log);
	if (pipe_ends[1] >= 0)
		(void)close(pipe_ends[1]);
	if (rc < 0 && pipe_ends[0] >= 0)
		(void)close(pipe_ends[0]);
	if (rc == 0)
		*ret = (struct child){.pid = pid, .out = pipe_ends[0], .name = name};
	return rc;
}

bool child_alive(struct child *c)
{
	siginfo_t info = {0};

	if (c->pid == 0)
		return false;
	return waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == 0;
}

/* Returns at the child's end or after LOOK_AGAIN_MS, which is all there is without pidfd. */
static void look_again(const struct child *c)
{
	struct pollfd end = {.fd = pidfd_open(c->pid, 0), .events = POLLIN};

	(void)poll(&end, 1, LOOK_AGAIN_MS);
	if (end.fd >= 0)
		(void)close(end.fd);
}

/* The child has ended: its status, and nothing of it is left. */
static int reap(struct child *c)
{
	int status = 0;
	pid_t pid = waitpid(c->pid, &status, 0);

	assert(pid == c->pid);
	if (c->out >= 0)
		(void)close(c->out);
	c->pid = 0;
	c->out = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int child_wait(struct child *c, int *ret_status, struct fault *f)
{
	bool told = false;

	if (c->pid == 0)
		return fault_set(f, FAULT_SOFTWARE, "waiting for a process that was not started");
	while (child_alive(c)) {
		/* A stop of this process is one of the child, which then ends in its own order. */
		if (loop_stopping() && !told) {
			(void)kill(c->pid, SIGTERM);
			told = true;
		}
		look_again(c);
	}
	*ret_status = reap(c);
	return 0;
}

int child_stop(struct child *c, int timeout_ms)
{
	if (c->pid == 0)
		return 0;
	int64_t deadline = civil_monotonic_ms() + timeout_ms;
	(void)kill(c->pid, SIGTERM);
	while (child_alive(c) && civil_monotonic_ms() < deadline)
		look_again(c);
	if (child_alive(c))
		(void)kill(c->pid, SIGKILL);
	return reap(c);
}

int child_line(struct child *c, int timeout_ms, char *line, size_t size, struct fault *f)
{
	int64_t deadline = civil_monotonic_ms() + timeout_ms;
	size_t len = 0;

	assert(c->out >= 0 && size > 0);
	/* Byte by byte: what stands after the newline stays in the pipe for the next call. */
	while (len < size) {
		struct pollfd readable = {.fd = c->out, .events = POLLIN};
		int64_t left = deadline - civil_monotonic_ms();
		if (left <= 0)
			return fault_set(f, FAULT_UNAVAILABLE, "%s said nothing for %d ms", c->name,
					 timeout_ms);
		if (poll(&readable, 1, (int)left) <= 0)
			continue;
		ssize_t n = read(c->out, line + len, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n != 1)
			return fault_set(f, FAULT_UNAVAILABLE, "%s ended before it had said a line",
					 c->name);
		if (line[len] == '\n') {
			line[len] = '\0';
			return 0;
		}
		len++;
	}
	return fault_set(f, FAULT_UNAVAILABLE, "%s said a line longer than %zu bytes", c->name,
			 size - 1);
}

char *child_beside(const char *program)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self));
	struct buf path = {0};

	if (len <= 0 || (size_t)len >= sizeof(self))
		BUG("this program does not know where it stands");
	while (len > 0 && self[len - 1] != '/')
		len--;
	buf_add(&path, self, (size_t)len);
	buf_adds(&path, program);
	return buf_detach(&path);
}
