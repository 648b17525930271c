/*
 * spool_read: a segment from its beginning to its end, also while it grows. Owns nothing of the
 * spool. Reads nothing that is not acknowledged, and leaves out nothing without saying so.
 */
#include "collectors/engine/spool_private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int spool_read_oldest(struct spool *s, struct spool_reading *ret, struct fault *f)
{
	*ret = (struct spool_reading){.at = SPOOL_HEADER_BYTES, .fd = -1};
	pthread_mutex_lock(&s->mutex);
	ret->segment = s->count > 0 ? s->segment[0] : NULL;
	pthread_mutex_unlock(&s->mutex);
	if (ret->segment == NULL)
		return 0;
	memcpy(ret->sha256, ret->segment->sha256, DIGEST_BYTES);
	memcpy(ret->leverans_id, ret->segment->leverans_id, EVENT_ID_BYTES);
	ret->scan.next = ret->segment->first;
	ret->path = spool_path(s, ret->segment->first, ".spool");
	ret->fd = open(ret->path, O_RDONLY | O_CLOEXEC);
	if (ret->fd >= 0)
		return 1;
	int err = fault_errno(f, FAULT_IO, "%s", ret->path);
	spool_read_close(ret);
	return err;
}

void spool_read_close(struct spool_reading *r)
{
	if (r->fd >= 0)
		(void)close(r->fd);
	buf_release(&r->bytes);
	free(r->path);
	*r = (struct spool_reading){.fd = -1};
}

/* The file from where we are to `limit`; what the disk does not give is damage like any other. */
static void load(struct spool_reading *r, uint64_t limit)
{
	size_t want = (size_t)(limit - r->at);

	buf_reset(&r->bytes);
	char *room = buf_room(&r->bytes, want);
	while (r->bytes.len < want) {
		ssize_t n = pread(r->fd, room + r->bytes.len, want - r->bytes.len,
				  (off_t)(r->at + r->bytes.len));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		r->bytes.len += (size_t)n;
	}
	r->bytes.data[r->bytes.len] = '\0';
	r->at = limit;
	r->scan.bytes = (struct span){r->bytes.data, r->bytes.len};
	r->scan.at = 0;
}

/* It is read to its end: what is missing of it? */
static void judge(struct spool_reading *r, uint64_t end)
{
	if (r->scan.next > end)
		r->damage = REASON_SPOOL_SEQ;
	else
		r->scan.lost += end - r->scan.next;
	if (r->scan.lost > 0 && r->damage == REASON_NONE)
		r->damage = REASON_READ_ERROR;
}

bool spool_read_next(struct spool *s, struct spool_reading *r, struct spool_record *ret,
		     bool *ret_end)
{
	*ret_end = false;
	for (;;) {
		enum spool_status status = SPOOL_END;
		if (r->damage == REASON_NONE)
			status = spool_scan_next(&r->scan, ret);
		if (status == SPOOL_RECORD)
			return true;
		if (status != SPOOL_END)
			r->damage = status == SPOOL_ORDER ? REASON_SPOOL_SEQ : REASON_READ_ERROR;
		pthread_mutex_lock(&s->mutex);
		const struct spool_segment now = *r->segment;
		pthread_mutex_unlock(&s->mutex);
		if (r->damage == REASON_NONE && r->at < now.bytes) {
			load(r, now.bytes);
			continue;
		}
		if (now.sealed) {
			judge(r, now.end);
			*ret_end = true;
		}
		return false;
	}
}

int spool_read_done(struct spool *s, struct spool_reading *r, struct fault *f)
{
	struct spool_segment *segment = r->segment;
	char *aside = NULL;
	int err;

	if (r->damage != REASON_NONE)
		err = spool_move_aside(s, segment->first, &aside, f);
	else if (unlink(r->path) < 0)
		err = fault_errno(f, FAULT_IO, "%s", r->path);
	else
		err = spool_sync_folder(s, f);
	free(aside);
	if (err < 0)
		return err;
	pthread_mutex_lock(&s->mutex);
	assert(s->segment[0] == segment);
	s->bytes -= segment->bytes;
	memmove(s->segment, s->segment + 1, --s->count * sizeof(*s->segment));
	spool_changed(s);
	pthread_mutex_unlock(&s->mutex);
	free(segment);
	r->segment = NULL;
	return 0;
}

size_t spool_set_aside(struct spool *s)
{
	return s->set_aside;
}
