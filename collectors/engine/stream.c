/*
 * stream: a FILE over a descriptor (fopencookie). Owns what is kept, and wipes it: it is raw.
 */
#include "collectors/engine/stream.h"

#include <errno.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/loop.h"

#define CHUNK        65536
#define IDLE_WAIT_MS 1000

struct stream {
	int fd;
	int (*idle)(void *);
	void *arg;
	FILE *file;
	struct buf kept;
	uint64_t kept_from; /* offset of its first byte */
	uint64_t needed_from;
	bool stopped;
};

static void wipe(struct stream *s)
{
	if (s->kept.data != NULL)
		explicit_bzero(s->kept.data, s->kept.cap);
}

/* Not more often than it has doubled: moving what is left costs no more than reading it did. */
static void drop(struct stream *s)
{
	uint64_t from = s->needed_from > s->kept_from ? s->needed_from : s->kept_from;

	if (s->kept_from + s->kept.len > from + STREAM_KEPT_MAX)
		from = s->kept_from + s->kept.len - STREAM_KEPT_MAX;
	size_t gone = (size_t)(from - s->kept_from);
	if (gone < CHUNK || gone < s->kept.len / 2)
		return;
	s->kept.len -= gone;
	memmove(s->kept.data, s->kept.data + gone, s->kept.len);
	s->kept_from = from;
}

static ssize_t read_stream(void *cookie, char *data, size_t len)
{
	struct stream *s = cookie;
	ssize_t n = -1;

	while (n < 0 && !loop_stopping()) {
		if (!loop_readable(s->fd, 0)) {
			if (s->idle(s->arg) != 0)
				break;
			if (!loop_readable(s->fd, IDLE_WAIT_MS))
				continue;
		}
		n = read(s->fd, data, len);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return n;
	}
	if (n > 0) {
		drop(s);
		buf_add(&s->kept, data, (size_t)n);
	}
	s->stopped |= n < 0;
	return n < 0 ? 0 : n;
}

struct stream *stream_new(int fd, int (*idle)(void *), void *arg)
{
	struct stream *s = base_zalloc(1, sizeof(*s));

	s->fd = fd;
	s->idle = idle;
	s->arg = arg;
	s->file = fopencookie(s, "r", (cookie_io_functions_t){.read = read_stream});
	if (s->file == NULL)
		BUG("fopencookie failed");
	(void)setvbuf(s->file, NULL, _IOFBF, CHUNK); /* only slower when it fails */
	return s;
}

FILE *stream_file(struct stream *s)
{
	return s->file;
}

struct span stream_at(const struct stream *s, uint64_t offset, uint64_t bytes)
{
	uint64_t from = offset > s->kept_from ? offset : s->kept_from;

	if (from >= offset + bytes || s->kept.len == 0)
		return (struct span){"", 0};
	assert(offset + bytes <= stream_bytes(s));
	return (struct span){s->kept.data + (from - s->kept_from), (size_t)(offset + bytes - from)};
}

void stream_forget(struct stream *s, uint64_t offset)
{
	s->needed_from = offset;
}

uint64_t stream_bytes(const struct stream *s)
{
	return s->kept_from + s->kept.len;
}

bool stream_is_stopped(const struct stream *s)
{
	return s->stopped;
}

void stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	(void)fclose(s->file); /* nothing was written */
	wipe(s);
	buf_release(&s->kept);
	free(s);
}
