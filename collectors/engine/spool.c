/*
 * spool: appending. Owns the open segment and what is not on disk yet. Never acknowledges anything
 * that the disk has not confirmed, and never asks a disk twice that failed to.
 */
#include "collectors/engine/spool_private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "collectors/engine/frame.h"
#include "common/atomic_file.h"
#include "common/civil.h"

char *spool_path(const struct spool *s, uint64_t number, const char *suffix)
{
	struct buf path = {0};

	buf_addf(&path, "%s/%020llu%s", s->folder, (unsigned long long)number, suffix);
	return buf_detach(&path);
}

struct spool_segment *spool_add(struct spool *s, const struct spool_header *h, uint64_t end,
				uint64_t bytes, bool sealed)
{
	struct spool_segment *new = base_zalloc(1, sizeof(*new));

	*new = (struct spool_segment){
		.first = h->first, .end = end, .bytes = bytes, .sealed = sealed};
	digest_sha256(h->id, sizeof(h->id), new->sha256);
	frame_id(s->o.key, s->o.source, new->sha256, 1, new->leverans_id);
	pthread_mutex_lock(&s->mutex);
	s->segment = base_grow(s->segment, &s->cap, s->count + 1, sizeof(*s->segment));
	s->segment[s->count++] = new;
	s->bytes += bytes;
	pthread_mutex_unlock(&s->mutex);
	return new;
}

/*
 * With room for the whole segment: a disk that is full then stops us between segments, where those
 * behind can be sent and removed, and not inside one that cannot. Not every file system can.
 */
static int open_segment(struct spool *s, const char *path, struct fault *f)
{
	const off_t room = (off_t)(s->segment_max + SPOOL_COMMIT_MAX);

	s->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (s->fd < 0)
		return fault_errno(f, FAULT_IO, "%s", path);
	if (fallocate(s->fd, FALLOC_FL_KEEP_SIZE, 0, room) == 0 || errno == EOPNOTSUPP)
		return 0;
	int err = fault_errno(f, FAULT_IO, "no room for %s", path);
	(void)close(s->fd); /* no record is in it */
	return err;
}

static int create_segment(struct spool *s, struct fault *f)
{
	struct spool_header h = {.first = s->next, .version_kind = s->o.version_kind};
	struct buf bytes = {0};
	char *path = spool_path(s, s->next, ".spool");

	memcpy(h.source, s->o.source, strlen(s->o.source));
	memcpy(h.fingerprint, s->o.fingerprint, sizeof(h.fingerprint));
	digest_random(h.id, sizeof(h.id));
	spool_header_add(&h, &bytes);
	int err = atomic_file_write(path, 0600, bytes.data, bytes.len, f);
	if (err == 0)
		err = open_segment(s, path, f);
	if (err == 0) {
		s->open = spool_add(s, &h, s->next, bytes.len, false);
		s->began_ms = civil_monotonic_ms();
	}
	buf_release(&bytes);
	free(path);
	return err;
}

static bool is_full(struct spool *s)
{
	pthread_mutex_lock(&s->mutex);
	bool full = s->bytes + s->pending.len >= s->o.bytes_max;
	pthread_mutex_unlock(&s->mutex);
	return full;
}

int spool_begin(struct spool *s, bool force, uint8_t ret_leverans_id[EVENT_ID_BYTES],
		struct fault *f)
{
	int err = spool_seal(
		s, s->open != NULL && s->open->bytes + s->pending.len >= s->segment_max, f);

	if (err == 0 && !force && is_full(s))
		return 1;
	if (err == 0 && s->open == NULL)
		err = create_segment(s, f);
	if (err == 0)
		memcpy(ret_leverans_id, s->open->leverans_id, EVENT_ID_BYTES);
	return err;
}

uint64_t spool_append(struct spool *s, const struct spool_record *r)
{
	struct spool_record numbered = *r;

	assert(s->open != NULL);
	numbered.number = s->next++;
	if (s->pending.len == 0)
		s->pending_ms = civil_monotonic_ms();
	spool_record_add(&numbered, &s->pending);
	return numbered.number;
}

bool spool_is_due(const struct spool *s)
{
	return s->pending.len >= SPOOL_COMMIT_MAX ||
	       (s->pending.len > 0 && civil_monotonic_ms() - s->pending_ms >= SPOOL_COMMIT_MS);
}

bool spool_is_dead(const struct spool *s)
{
	return s->dead.kind != 0;
}

static int die(struct spool *s, const char *what, struct fault *f)
{
	(void)fault_errno(&s->dead, FAULT_IO,
			  "the spool %s: %s failed, so that it is not known what the disk has; "
			  "nothing more is taken",
			  s->folder, what);
	*f = s->dead;
	return f->kind;
}

/* All of it, or nothing: half a group is taken back, so that the next try begins where this did. */
static int write_pending(struct spool *s, struct fault *f)
{
	size_t done = 0;

	while (done < s->pending.len) {
		ssize_t n = write(s->fd, s->pending.data + done, s->pending.len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (done == s->pending.len)
		return 0;
	(void)fault_errno(f, FAULT_IO, "the spool %s cannot be written", s->folder);
	if (ftruncate(s->fd, (off_t)s->open->bytes) < 0)
		return die(s, "ftruncate", f);
	return f->kind;
}

int spool_sync(struct spool *s, uint64_t number, struct fault *f)
{
	if (s->dead.kind != 0) {
		*f = s->dead;
		return f->kind;
	}
	if (s->open == NULL || number < s->open->end || s->pending.len == 0)
		return 0;
	int err = write_pending(s, f);
	if (err < 0)
		return err;
	if (fdatasync(s->fd) < 0)
		return die(s, "fdatasync", f);
	pthread_mutex_lock(&s->mutex);
	s->open->bytes += s->pending.len;
	s->open->end = s->next;
	s->bytes += s->pending.len;
	spool_changed(s);
	pthread_mutex_unlock(&s->mutex);
	buf_reset(&s->pending);
	return 0;
}

int spool_seal(struct spool *s, bool now, struct fault *f)
{
	if (s->open == NULL || (!now && civil_monotonic_ms() - s->began_ms < SPOOL_SEGMENT_MS))
		return 0;
	int err = spool_sync(s, s->next, f);
	if (err < 0)
		return err;
	/* What was reserved and not needed is given back, or when the segment is removed. */
	if (ftruncate(s->fd, (off_t)s->open->bytes) < 0)
		errno = 0;
	(void)close(s->fd); /* every byte is on disk */
	pthread_mutex_lock(&s->mutex);
	s->open->sealed = true;
	s->open = NULL;
	spool_changed(s);
	pthread_mutex_unlock(&s->mutex);
	return 0;
}

void spool_changed(struct spool *s)
{
	s->changes++;
	(void)pthread_cond_broadcast(&s->changed); /* cannot fail */
}

void spool_wait(struct spool *s, int ms, uint64_t *seen)
{
	const int64_t until = civil_monotonic_ms() + ms;
	const struct timespec at = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
	int err = 0;

	pthread_mutex_lock(&s->mutex);
	while (err == 0 && s->changes == *seen)
		err = pthread_cond_clockwait(&s->changed, &s->mutex, CLOCK_MONOTONIC, &at);
	*seen = s->changes;
	pthread_mutex_unlock(&s->mutex);
}

uint64_t spool_waiting(struct spool *s)
{
	uint64_t waiting = 0;

	pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < s->count; i++)
		waiting += s->segment[i]->end - s->segment[i]->first;
	pthread_mutex_unlock(&s->mutex);
	return waiting;
}

bool spool_has_more(struct spool *s)
{
	pthread_mutex_lock(&s->mutex);
	const struct spool_segment *oldest = s->count > 0 ? s->segment[0] : NULL;
	bool more = oldest != NULL && (oldest->sealed || oldest->end > oldest->first);
	pthread_mutex_unlock(&s->mutex);
	return more;
}
