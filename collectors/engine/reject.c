/*
 * reject: writes the list of a delivery's rejected records. Owns the temporary file until it is
 * committed. Never writes a value of a record in clear.
 */
#include "collectors/engine/reject.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/buf.h"

struct reject {
	char *folder, *path;
	const struct seal *seal;
	struct atomic_file out; /* open when its file is not NULL */
};

struct reject *reject_new(const char *state, const char *source, const uint8_t sha256[DIGEST_BYTES],
			  uint32_t reading, const struct seal *seal)
{
	struct reject *r = base_zalloc(1, sizeof(*r));
	struct buf text = {0};
	char content[9];

	r->seal = seal;
	text_hex(sha256, 4, content);
	buf_addf(&text, "%s/avvisade", state);
	r->folder = buf_detach(&text);
	buf_addf(&text, "%s/%s-%s-%u.txt", r->folder, source, content, reading);
	r->path = buf_detach(&text);
	return r;
}

void reject_line(const struct reject_record *record, const struct seal *seal, struct buf *out)
{
	char sha256[2 * DIGEST_BYTES + 1];

	text_hex(record->sha256, DIGEST_BYTES, sha256);
	buf_addf(out, "%s:%llu: %s", record->file, (unsigned long long)record->line,
		 reason_name(record->reason));
	if (record->where[0] != '\0')
		buf_addf(out, " (%s)", record->where);
	buf_addf(out, " offset %llu bytes %llu sha256 %s", (unsigned long long)record->offset,
		 (unsigned long long)record->bytes, sha256);
	if (seal != NULL && record->original.data != NULL) {
		buf_adds(out, " sealed ");
		seal_close(seal, record->original, out);
	}
}

int reject_add_line(struct reject *r, struct span line, struct fault *f)
{
	if (r->out.file == NULL) {
		if (mkdir(r->folder, 0700) < 0 && errno != EEXIST)
			return fault_errno(f, FAULT_IO, "%s", r->folder);
		int err = atomic_file_open(r->path, 0600, &r->out, f);
		if (err < 0)
			return err;
	}
	/* A short write leaves the stream in error, which the commit sees. */
	(void)fwrite(line.data, 1, line.len, r->out.file);
	(void)fputc('\n', r->out.file);
	return 0;
}

int reject_add(struct reject *r, const struct reject_record *record, struct fault *f)
{
	struct buf line = {0};

	reject_line(record, r->seal, &line);
	int err = reject_add_line(r, (struct span){line.data, line.len}, f);
	buf_release(&line);
	return err;
}

int reject_commit(struct reject *r, struct fault *f)
{
	if (r->out.file == NULL) {
		/*
		 * An earlier reading under the same number, with another mapping, may have left
		 * one.
		 */
		if (unlink(r->path) < 0 && errno != ENOENT && errno != ENOTDIR)
			return fault_errno(f, FAULT_IO, "%s", r->path);
		return 0;
	}
	return atomic_file_commit(&r->out, f);
}

const char *reject_path(const struct reject *r)
{
	return r->path;
}

void reject_free(struct reject *r)
{
	if (r == NULL)
		return;
	atomic_file_abort(&r->out);
	free(r->folder);
	free(r->path);
	free(r);
}
