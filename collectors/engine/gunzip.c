/*
 * gunzip: zlib from descriptor to descriptor. Owns nothing between calls. Never trusts a length
 * that the file tells.
 */
#include "collectors/engine/gunzip.h"

#include <errno.h>
#include <unistd.h>
#include <zlib.h>

#include "common/loop.h"

#define IN_BYTES   (64 << 10)
#define OUT_BYTES  (256 << 10)
#define GZIP_FLAGS (15 + 16) /* the largest window, and nothing but a gzip header */

/* How files begin that are packed; gzip is the first. */
static const struct magic {
	uint8_t bytes[6];
	size_t len;
} magics[] = {
	{{0x1f, 0x8b}, 2},
	{{'P', 'K', 3, 4}, 4},
	{{'P', 'K', 5, 6}, 4},         /* an empty one */
	{{0x28, 0xb5, 0x2f, 0xfd}, 4}, /* zstd */
	{{0xfd, '7', 'z', 'X', 'Z', 0}, 6},
	{{'7', 'z', 0xbc, 0xaf, 0x27, 0x1c}, 6},
	{{'B', 'Z', 'h'}, 3},
};

struct work {
	z_stream z;
	uint64_t in, out; /* bytes so far */
	uint64_t size_max;
	bool whole; /* at the end of a member */
	uint8_t packed[IN_BYTES], unpacked[OUT_BYTES];
};

enum gunzip_kind gunzip_look(int fd, const char *name)
{
	const size_t len = strlen(name);
	const bool is_called_gz = len > 3 && strcasecmp(name + len - 3, ".gz") == 0;
	uint8_t head[sizeof(magics[0].bytes)];
	const ssize_t n = pread(fd, head, sizeof(head), 0);
	size_t i = 0;

	while (i < ARRAY_SIZE(magics) &&
	       (n < (ssize_t)magics[i].len || memcmp(head, magics[i].bytes, magics[i].len) != 0))
		i++;
	if (i == ARRAY_SIZE(magics) && !is_called_gz)
		return GUNZIP_PLAIN;
	return i == 0 && is_called_gz ? GUNZIP_GZIP : GUNZIP_OTHER;
}

static bool write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);
		if (n < 0 && errno != EINTR)
			return false;
		data += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

static bool is_too_large(const struct work *w)
{
	return w->out > w->size_max || (w->out > GUNZIP_FREE && w->out / GUNZIP_RATIO_MAX > w->in);
}

/* Unpacks what stands in `packed`. */
static enum gunzip_status inflate_some(struct work *w, int to)
{
	do {
		if (w->whole && inflateReset(&w->z) != Z_OK)
			BUG("inflateReset");
		w->z.next_out = w->unpacked;
		w->z.avail_out = OUT_BYTES;
		int status = inflate(&w->z, Z_NO_FLUSH);
		if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
			return GUNZIP_BAD;
		w->whole = status == Z_STREAM_END;
		size_t len = OUT_BYTES - w->z.avail_out;
		w->out += len;
		if (is_too_large(w))
			return GUNZIP_LARGE;
		if (!write_all(to, w->unpacked, len))
			return GUNZIP_WRITE;
	} while (w->z.avail_in > 0 || (!w->whole && w->z.avail_out == 0));
	return GUNZIP_DONE;
}

static enum gunzip_status unpack(struct work *w, int from, int to, struct digest *d)
{
	enum gunzip_status status = GUNZIP_DONE;

	while (status == GUNZIP_DONE) {
		ssize_t n = read(from, w->packed, IN_BYTES);
		if (n < 0)
			return GUNZIP_READ;
		if (n == 0)
			return w->whole ? GUNZIP_DONE : GUNZIP_BAD;
		if (loop_stopping())
			return GUNZIP_STOPPED;
		digest_add(d, w->packed, (size_t)n);
		w->in += (size_t)n;
		w->z.next_in = w->packed;
		w->z.avail_in = (uInt)n;
		status = inflate_some(w, to);
	}
	return status;
}

enum gunzip_status gunzip(int from, int to, uint64_t size_max, struct digest *d)
{
	struct work *w = base_zalloc(1, sizeof(*w));

	w->size_max = size_max;
	if (inflateInit2(&w->z, GZIP_FLAGS) != Z_OK)
		BUG("inflateInit2");
	enum gunzip_status status = unpack(w, from, to, d);
	int saved = errno;
	(void)inflateEnd(&w->z); /* only tells of misuse */
	free(w);
	errno = saved;
	return status;
}
