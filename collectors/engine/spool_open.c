/*
 * spool_open: what an earlier run left in the folder. Owns nothing afterwards. Never removes a
 * record that is whole: only what stands unfinished at the very end is cut off.
 */
#include "collectors/engine/spool_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/engine/lock.h"
#include "proto/codes.h"

#define NUMBER_DIGITS 20

/* The files of the folder, by their numbers. */
struct listing {
	struct listed {
		uint64_t number;
		bool aside; /* .bad: where the one before it ends */
	} * segment;
	size_t count, cap;
	size_t aside;
};

static void note_name(struct listing *l, const char *name)
{
	uint64_t number;
	struct span digits = {name, NUMBER_DIGITS};

	if (strlen(name) < NUMBER_DIGITS || !text_u64(digits, UINT64_MAX, &number))
		return;
	const bool aside = strncmp(name + NUMBER_DIGITS, ".bad", 4) == 0;

	l->aside += aside;
	if (!aside && strcmp(name + NUMBER_DIGITS, ".spool") != 0)
		return;
	l->segment = base_grow(l->segment, &l->cap, l->count + 1, sizeof(*l->segment));
	l->segment[l->count++] = (struct listed){number, aside};
}

static int by_number(const void *a, const void *b)
{
	const uint64_t x = ((const struct listed *)a)->number;
	const uint64_t y = ((const struct listed *)b)->number;

	return (x > y) - (x < y);
}

static int list(const struct spool *s, struct listing *ret, struct fault *f)
{
	DIR *dir = opendir(s->folder);

	if (dir == NULL)
		return fault_errno(f, FAULT_IO, "%s", s->folder);
	errno = 0;
	for (const struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
		note_name(ret, d->d_name);
		errno = 0;
	}
	int failed = errno;
	(void)closedir(dir); /* nothing was written */
	errno = failed;
	if (failed != 0)
		return fault_errno(f, FAULT_IO, "%s", s->folder);
	if (ret->count > 0)
		qsort(ret->segment, ret->count, sizeof(*ret->segment), by_number);
	return 0;
}

int spool_sync_folder(const struct spool *s, struct fault *f)
{
	return fsync(s->lock) < 0 ? fault_errno(f, FAULT_IO, "cannot sync the folder %s", s->folder)
				  : 0;
}

int spool_move_aside(struct spool *s, uint64_t number, char **ret_name, struct fault *f)
{
	char *from = spool_path(s, number, ".spool");
	struct buf to = {0};

	buf_addf(&to, "%s/%020llu.bad", s->folder, (unsigned long long)number);
	for (unsigned n = 2; access(to.data, F_OK) == 0; n++) {
		buf_reset(&to);
		buf_addf(&to, "%s/%020llu.bad~%u", s->folder, (unsigned long long)number, n);
	}
	int err = rename(from, to.data) < 0 ? fault_errno(f, FAULT_IO, "%s", from)
					    : spool_sync_folder(s, f);
	s->set_aside += err == 0;
	*ret_name = buf_detach(&to);
	free(from);
	return err;
}

/* FAULT_CONFIG when its events were made otherwise than ours would be. */
static int check_owner(const struct spool *s, const struct spool_header *h, const char *path,
		       struct fault *f)
{
	char theirs[9], ours[9];

	text_hex(h->fingerprint, 4, theirs);
	text_hex(s->o.fingerprint, 4, ours);
	if (strcmp(h->source, s->o.source) != 0)
		return fault_set(f, FAULT_CONFIG,
				 "%s is of the source %s, and this mapping is %s's", path,
				 h->source, s->o.source);
	if (strcmp(theirs, ours) != 0)
		return fault_set(f, FAULT_CONFIG,
				 "%s was made with the id key %s, and this key is %s", path, theirs,
				 ours);
	if (h->version_kind != s->o.version_kind)
		return fault_set(f, FAULT_CONFIG,
				 "%s has versions of another kind than this mapping gives", path);
	return 0;
}

/* Where the last segment ends: *ret_end and *ret_bytes. What is no record any more is cut off. */
static int cut_tail(int fd, struct spool_scan scan, const char *path, uint64_t *ret_end,
		    uint64_t *ret_bytes, struct buf *told, struct fault *f)
{
	struct spool_record record;
	enum spool_status status;

	do
		status = spool_scan_next(&scan, &record);
	while (status == SPOOL_RECORD);
	*ret_end = scan.next;
	*ret_bytes = SPOOL_HEADER_BYTES + scan.bytes.len;
	if (status != SPOOL_TAIL)
		return 0;
	*ret_bytes = SPOOL_HEADER_BYTES + scan.at;
	buf_addf(told,
		 "%s: %zu bytes from offset %llu on are no whole record, as of one that was being "
		 "written; they are cut off\n",
		 path, scan.bytes.len - scan.at, (unsigned long long)*ret_bytes);
	if (ftruncate(fd, (off_t)*ret_bytes) < 0 || fsync(fd) < 0)
		return fault_errno(f, FAULT_IO, "%s", path);
	return 0;
}

static int adopt_last(struct spool *s, int fd, const struct spool_header *h, const char *path,
		      struct buf *told, struct fault *f)
{
	uint64_t end = h->first, length = 0;
	struct buf bytes = {0};
	int err = buf_read_file(&bytes, path, SIZE_MAX / 2, f);

	if (err == 0) {
		const struct spool_scan scan = {
			.bytes = {bytes.data + SPOOL_HEADER_BYTES, bytes.len - SPOOL_HEADER_BYTES},
			.next = h->first,
		};
		err = cut_tail(fd, scan, path, &end, &length, told, f);
	}
	buf_release(&bytes);
	if (err < 0)
		return err;
	/* The name of a segment that stays is never given again, also when none of its records can be read. */
	s->next = length > SPOOL_HEADER_BYTES && end == h->first ? end + 1 : end;
	if (length > SPOOL_HEADER_BYTES)
		(void)spool_add(s, h, end, length, true);
	else if (unlink(path) < 0)
		return fault_errno(f, FAULT_IO, "%s", path);
	return spool_sync_folder(s, f);
}

static int set_aside(struct spool *s, uint64_t number, const char *path, struct buf *told,
		     struct fault *f)
{
	char *aside = NULL;
	int err = spool_move_aside(s, number, &aside, f);

	buf_addf(told, "%s is damaged from its first byte on: set aside as %s\n", path, aside);
	free(aside);
	return err;
}

/* The segment of that number; `next` is that of the one behind it, or NULL. */
static int adopt(struct spool *s, uint64_t number, const uint64_t *next, struct buf *told,
		 struct fault *f)
{
	char bytes[SPOOL_HEADER_BYTES];
	struct spool_header h;
	struct stat st;
	char *path = spool_path(s, number, ".spool");
	int err, fd = open(path, O_RDWR | O_CLOEXEC);

	s->next = number + 1;
	if (fd < 0 || fstat(fd, &st) < 0) {
		err = fault_errno(f, FAULT_IO, "%s", path);
	} else if (pread(fd, bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes) ||
		   !spool_header_parse((struct span){bytes, sizeof(bytes)}, &h) ||
		   h.first != number) {
		err = set_aside(s, number, path, told, f);
	} else {
		err = check_owner(s, &h, path, f);
		if (err == 0 && next != NULL)
			(void)spool_add(s, &h, *next, (uint64_t)st.st_size, true);
		else if (err == 0)
			err = adopt_last(s, fd, &h, path, told, f);
	}
	if (fd >= 0)
		(void)close(fd); /* synced where it was written to */
	free(path);
	return err;
}

/* The number of what comes after: an older .bad may have the same one. */
static const uint64_t *behind(const struct listing *l, size_t i)
{
	for (size_t k = i + 1; k < l->count; k++)
		if (l->segment[k].number > l->segment[i].number)
			return &l->segment[k].number;
	return NULL;
}

static int adopt_all(struct spool *s, struct buf *told, struct fault *f)
{
	struct listing l = {0};
	int err = list(s, &l, f);

	if (l.aside > 0)
		buf_addf(told, "%s: %zu files that were set aside (.bad) wait for somebody\n",
			 s->folder, l.aside);
	for (size_t i = 0; err == 0 && i < l.count; i++) {
		const uint64_t *next = behind(&l, i);

		if (l.segment[i].aside)
			s->next = l.segment[i].number + 1;
		else
			err = adopt(s, l.segment[i].number, next, told, f);
	}
	free(l.segment);
	return err;
}

/* What is in a folder that is lost is lost too. */
static int sync_above(int folder)
{
	int above = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = above < 0 ? -1 : fsync(above);

	if (above >= 0)
		(void)close(above);
	return err;
}

static int take_folder(struct spool *s, struct fault *f)
{
	const bool made = mkdir(s->folder, 0700) == 0;

	if (!made && errno != EEXIST)
		return fault_errno(f, FAULT_CONFIG, "--spool %s", s->folder);
	s->lock = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->lock < 0 || (made && sync_above(s->lock) < 0))
		return fault_errno(f, FAULT_CONFIG, "--spool %s", s->folder);
	return lock_take(s->lock, s->folder, "another collector has this spool", f);
}

int spool_open(const struct spool_options *o, struct spool **ret, struct buf *told, struct fault *f)
{
	struct spool *s = base_zalloc(1, sizeof(*s));

	s->o = *o;
	s->folder = base_strdup(o->folder);
	s->lock = -1;
	s->next = 1;
	s->segment_max = o->bytes_max / 4 < SPOOL_SEGMENT_MAX ? o->bytes_max / 4
							      : SPOOL_SEGMENT_MAX;
	if (pthread_mutex_init(&s->mutex, NULL) != 0 || pthread_cond_init(&s->changed, NULL) != 0)
		BUG("no mutex");
	int err = take_folder(s, f);
	if (err == 0)
		err = adopt_all(s, told, f);
	if (err < 0) {
		spool_free(s);
		return err;
	}
	*ret = s;
	return 0;
}

void spool_free(struct spool *s)
{
	if (s == NULL)
		return;
	if (s->open != NULL)
		(void)close(s->fd); /* what was acknowledged is on disk */
	if (s->lock >= 0)
		(void)close(s->lock);
	for (size_t i = 0; i < s->count; i++)
		free(s->segment[i]);
	free(s->segment);
	(void)pthread_cond_destroy(&s->changed); /* nobody waits */
	(void)pthread_mutex_destroy(&s->mutex);
	buf_release(&s->pending);
	free(s->folder);
	free(s);
}
