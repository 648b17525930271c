/*
 * input: a FILE whose every byte passes through a digest on its way (fopencookie). Owns the
 * descriptor, the stream and the names. Never looks at more of the content than whether it is
 * packed, and at the last line.
 */
#include "collectors/engine/input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "collectors/engine/gunzip.h"
#include "collectors/engine/identity.h"

#define INPUT_CHUNK 65536

static ssize_t read_and_digest(struct input *in, char *data, size_t len)
{
	ssize_t n = read(in->fd, data, len);

	if (n < 0)
		in->failed = true;
	if (n > 0) {
		if (in->digest != NULL)
			digest_add(in->digest, data, (size_t)n);
		(void)XXH3_64bits_update(in->print, data, (size_t)n);
		in->at += (uint64_t)n;
	}
	return n;
}

static ssize_t read_stream(void *cookie, char *data, size_t len)
{
	struct input *in = cookie;
	const uint64_t left = in->end - in->at;

	return read_and_digest(in, data, len < left ? len : (size_t)left);
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static char *showable(const char *text)
{
	struct span s = span_of(text);
	bool plain = text_utf8_valid(s) && !text_has_control(s) && strpbrk(text, "\t\r\n") == NULL;

	return base_strdup(plain && !identity_leaks(s) ? text : "(name withheld)");
}

/*
 * Links in the folder are followed, the file's own is not: a file under another name is another
 * file.
 */
static char *absolute_of(const char *path)
{
	struct buf out = {0};
	const char *name = name_of(path);
	char *folder = base_strndup(path, (size_t)(name - path));
	char *real = realpath(folder[0] == '\0' ? "." : folder, NULL);

	buf_addf(&out, "%s/%s", real == NULL ? folder : real, name);
	free(real);
	free(folder);
	return buf_detach(&out);
}

int input_open(const char *path, struct input **ret, struct fault *f)
{
	struct stat st;
	struct input *in = base_zalloc(1, sizeof(*in));
	int err = 0;

	in->path = showable(path);
	in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (in->fd < 0 || fstat(in->fd, &st) < 0)
		err = fault_errno(f, FAULT_NOINPUT, "%s", in->path);
	else if (!S_ISREG(st.st_mode))
		err = fault_set(f, FAULT_NOINPUT, "%s: not a regular file", in->path);
	if (err < 0) {
		input_close(in);
		return err;
	}
	in->end = UINT64_MAX;
	in->buffer = base_alloc(INPUT_CHUNK);
	in->print = XXH3_createState();
	if (in->print == NULL)
		BUG("no memory");
	in->raw_path = base_strdup(path);
	in->raw_name = name_of(in->raw_path);
	in->raw_absolute = absolute_of(path);
	in->name = showable(in->raw_name);
	in->absolute = showable(in->raw_absolute);
	in->name_leaks = identity_leaks(span_of(in->raw_name));
	in->mtime_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	*ret = in;
	return 0;
}

/* A file that has no name from its first moment: nobody else finds it, and it never stays behind. */
static int open_scratch(const char *folder, int *ret, struct fault *f)
{
	struct buf path = {0};
	int err = 0;

	buf_addf(&path, "%s/.uppackad.XXXXXX", folder);
	*ret = mkostemp(path.data, O_CLOEXEC);
	if (*ret < 0 || unlink(path.data) < 0)
		err = fault_errno(f, FAULT_IO, "cannot unpack in %s", folder);
	buf_release(&path);
	return err;
}

static int unpack(struct input *in, int to, enum reason *ret_reason, struct fault *f)
{
	struct digest *digest = digest_new();

	enum gunzip_status status = gunzip(in->fd, to, GUNZIP_SIZE_MAX, digest);
	int saved = errno;
	digest_end(digest, in->packed_sha256);
	errno = saved;
	switch (status) {
	case GUNZIP_DONE: break;
	case GUNZIP_BAD:
	case GUNZIP_LARGE: *ret_reason = REASON_COMPRESS; return 0;
	case GUNZIP_READ: *ret_reason = REASON_READ_ERROR; return 0;
	case GUNZIP_WRITE: return fault_errno(f, FAULT_IO, "%s: cannot be unpacked", in->path);
	case GUNZIP_STOPPED:
		return fault_set(f, FAULT_UNAVAILABLE, "stopped: %s is not read yet", in->path);
	}
	in->packed = true;
	in->unpacked_name = base_strndup(in->raw_name, strlen(in->raw_name) - strlen(".gz"));
	in->raw_name = in->unpacked_name;
	close(in->fd);
	in->fd = dup(to);
	return in->fd < 0 ? fault_errno(f, FAULT_IO, "%s: cannot be unpacked", in->path) : 0;
}

int input_unpack(struct input *in, const char *scratch, enum reason *ret_reason, struct fault *f)
{
	const enum gunzip_kind kind = gunzip_look(in->fd, in->raw_name);
	int to = -1;

	*ret_reason = kind == GUNZIP_OTHER ? REASON_COMPRESS : REASON_NONE;
	if (kind != GUNZIP_GZIP)
		return 0;
	int err = open_scratch(scratch, &to, f);
	if (err == 0)
		err = unpack(in, to, ret_reason, f);
	if (to >= 0)
		close(to);
	return err;
}

/* The line before the last line end, or after it when nothing ends the last line. */
bool input_last_line(const struct input *in, char *line, size_t cap, uint64_t *ret_offset)
{
	struct stat st;

	if (fstat(in->fd, &st) < 0)
		return false;
	size_t want = (uint64_t)st.st_size < cap ? (size_t)st.st_size : cap - 1;
	uint64_t from = (uint64_t)st.st_size - want;
	ssize_t n = pread(in->fd, line, want, (off_t)from);
	if (n != (ssize_t)want || want == 0)
		return false;
	size_t end = want;
	if (line[end - 1] == '\n')
		end--;
	if (end > 0 && line[end - 1] == '\r')
		end--;
	const char *before = memrchr(line, '\n', end);
	if (before == NULL && from > 0)
		return false;
	size_t begin = before == NULL ? 0 : (size_t)(before - line) + 1;
	*ret_offset = from + begin;
	memmove(line, line + begin, end - begin);
	line[end - begin] = '\0';
	return true;
}

void input_hold_back(struct input *in, uint64_t offset)
{
	in->end = offset;
}

void input_path_id(const struct input *in, struct digest_mac *key, uint8_t ret[INPUT_PATH_ID_BYTES])
{
	const struct span part[] = {span_of("path.id/1"), span_of(in->raw_absolute)};
	uint8_t mac[DIGEST_BYTES];

	digest_mac_parts(key, part, ARRAY_SIZE(part), mac);
	memcpy(ret, mac, INPUT_PATH_ID_BYTES);
}

static void stream_close(struct input *in)
{
	uint8_t unused[DIGEST_BYTES];

	if (in->stream != NULL)
		(void)fclose(in->stream); /* nothing was written */
	if (in->digest != NULL)
		digest_end(in->digest, unused);
	in->stream = NULL;
	in->digest = NULL;
}

FILE *input_again(struct input *in)
{
	stream_close(in);
	in->failed = lseek(in->fd, 0, SEEK_SET) != 0;
	in->at = 0;
	(void)XXH3_64bits_reset(in->print);
	in->stream = fopencookie(in, "r", (cookie_io_functions_t){.read = read_stream});
	if (in->stream == NULL)
		BUG("fopencookie failed");
	/* glibc takes the size only together with a buffer. Only slower when it fails. */
	(void)setvbuf(in->stream, in->buffer, _IOFBF, INPUT_CHUNK);
	return in->stream;
}

FILE *input_rewind(struct input *in)
{
	FILE *stream = input_again(in);

	in->digest = digest_new();
	return stream;
}

static void read_rest(struct input *in)
{
	char chunk[4096];

	while (fread(chunk, 1, sizeof(chunk), in->stream) > 0)
		continue;
	while (read_and_digest(in, chunk, sizeof(chunk)) > 0)
		continue;
}

bool input_end(struct input *in, uint8_t sha256[DIGEST_BYTES])
{
	read_rest(in);
	digest_end(in->digest, sha256);
	in->digest = NULL;
	in->printed = XXH3_64bits_digest(in->print);
	stream_close(in);
	return !in->failed;
}

bool input_same(struct input *in)
{
	read_rest(in);
	stream_close(in);
	return !in->failed && XXH3_64bits_digest(in->print) == in->printed;
}

void input_digest_at(const struct input *in, uint64_t offset, uint64_t bytes,
		     uint8_t sha256[DIGEST_BYTES])
{
	char chunk[4096];
	struct digest *digest = digest_new();

	while (bytes > 0) {
		size_t want = bytes < sizeof(chunk) ? (size_t)bytes : sizeof(chunk);
		ssize_t n = pread(in->fd, chunk, want, (off_t)offset);
		if (n <= 0)
			break;
		digest_add(digest, chunk, (size_t)n);
		offset += (uint64_t)n;
		bytes -= (uint64_t)n;
	}
	digest_end(digest, sha256);
}

bool input_copy_at(const struct input *in, uint64_t offset, size_t bytes, struct buf *out)
{
	size_t done = 0;
	char *room = buf_room(out, bytes);

	while (done < bytes) {
		ssize_t n = pread(in->fd, room + done, bytes - done, (off_t)(offset + done));
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	out->len += done == bytes ? bytes : 0;
	out->data[out->len] = '\0';
	return done == bytes;
}

void input_close(struct input *in)
{
	if (in == NULL)
		return;
	stream_close(in);
	if (in->fd >= 0)
		close(in->fd);
	XXH3_freeState(in->print);
	free(in->buffer);
	free(in->raw_path);
	free(in->raw_absolute);
	free(in->unpacked_name);
	free(in->path);
	free(in->name);
	free(in->absolute);
	free(in);
}
