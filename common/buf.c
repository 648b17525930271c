/*
 * buf: a growing byte buffer. Owns its storage, which always ends in a NUL that len does not count.
 */
#include "common/buf.h"

#include <stdarg.h>

#include "common/fault.h"

char *buf_room(struct buf *b, size_t more)
{
	if (more > SIZE_MAX / 2 - b->len)
		BUG("a buffer larger than half of the address space");
	b->data = base_grow(b->data, &b->cap, b->len + more + 1, 1);
	b->data[b->len] = '\0';
	return b->data + b->len;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	char *to = buf_room(b, len);

	if (len > 0)
		memcpy(to, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	int len = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	assert(len >= 0);

	char *to = buf_room(b, (size_t)len);
	va_start(ap, format);
	(void)vsnprintf(to, (size_t)len + 1, format, ap);
	va_end(ap);
	b->len += (size_t)len;
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

const char *buf_text(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *buf_detach(struct buf *b)
{
	char *data = b->data ? b->data : base_strdup("");

	*b = (struct buf){0};
	return data;
}

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){0};
}

static int read_all(struct buf *b, FILE *file, const char *path, size_t max, struct fault *f)
{
	enum { BLOCK = 65536 };
	size_t start = b->len;

	for (;;) {
		size_t n = fread(buf_room(b, BLOCK), 1, BLOCK, file);
		b->len += n;
		b->data[b->len] = '\0';
		if (b->len - start > max)
			return fault_set(f, FAULT_INPUT, "%s is larger than %zu bytes", path, max);
		if (ferror(file))
			return fault_errno(f, FAULT_NOINPUT, "cannot read %s", path);
		if (n < BLOCK)
			return 0;
	}
}

int buf_read_file(struct buf *b, const char *path, size_t max, struct fault *f)
{
	FILE *file = fopen(path, "rbe");

	if (!file)
		return fault_errno(f, FAULT_NOINPUT, "cannot open %s", path);
	size_t start = b->len;
	int rc = read_all(b, file, path, max, f);
	(void)fclose(file);
	if (rc < 0) {
		b->len = start;
		b->data[start] = '\0';
	}
	return rc;
}
