/*
 * watch: which files of a folder are finished, and where they go. Owns the lock of the folder and
 * what was seen of each file. Never opens a
 * file, and never names one in a fault: a name may hold a personnummer.
 */
#include "collectors/engine/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/engine/lock.h"
#include "common/atomic_file.h"
#include "common/buf.h"
#include "common/civil.h"
#include "common/loop.h"

#define WATCH_LOOK_MIN_MS 100
#define WATCH_LOOK_MAX_MS 1000
#define WATCH_NEVER       (-1)

static const char sha_suffix[] = ".sha256";
static const char *const folder_of[] = {"fel", "klart"};

/* A file as it was seen, and for how long it has been like that. */
struct entry {
	char *name;
	struct stat st;
	int64_t since_ms; /* monotonic */
	bool left;
};

struct watch {
	struct watch_options o;
	int fd;
	struct entry *entry; /* by name */
	size_t count, cap;
	size_t at;        /* next to be given */
	int64_t began_ms; /* the first look; -1 before it */
	struct entry *given;
	char *path;  /* of the file that was given */
	char *moved; /* where it is now; NULL as long as it is where it was */
};

static bool ends_in(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);

	return len > tail && strcmp(name + len - tail, suffix) == 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int is_named(const void *name, const void *entry)
{
	return strcmp(name, ((const struct entry *)entry)->name);
}

static const struct entry *find(const struct watch *w, const char *name)
{
	return w->count == 0 ? NULL
			     : bsearch(name, w->entry, w->count, sizeof(*w->entry), is_named);
}

static void forget(struct entry *entry, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(entry[i].name);
	free(entry);
}

/* Adds what stands under that name to `next`, as it was before when it has not changed. */
static void look_at(const struct watch *w, const char *name, int64_t now, struct watch *next)
{
	struct entry seen = {.since_ms = now};
	const struct entry *before = find(w, name);

	if (name[0] == '.' || ends_in(name, ".part") ||
	    fstatat(w->fd, name, &seen.st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(seen.st.st_mode))
		return;
	if (before != NULL && is_same(&before->st, &seen.st))
		seen = *before;
	seen.name = base_strdup(name);
	next->entry = base_grow(next->entry, &next->cap, next->count + 1, sizeof(seen));
	next->entry[next->count++] = seen;
}

/*
 * Ours is the folder that we opened and locked. When another one has come to stand under its name, files
 * are put into that one: whoever starts us anew opens and locks it.
 */
static int check_folder(const struct watch *w, struct fault *f)
{
	struct stat named, ours;

	if (stat(w->o.folder, &named) < 0 || fstat(w->fd, &ours) < 0)
		return fault_errno(f, FAULT_NOINPUT, "%s", w->o.folder);
	if (named.st_dev != ours.st_dev || named.st_ino != ours.st_ino)
		return fault_set(f, FAULT_UNAVAILABLE,
				 "%s is another folder than at the start (mounted, or replaced): "
				 "it is watched from the next start on",
				 w->o.folder);
	return 0;
}

/* A descriptor of its own, so that each look begins at the first name. */
static int open_list(const struct watch *w, DIR **ret, struct fault *f)
{
	int err = check_folder(w, f);
	int fd = err < 0 ? -1 : openat(w->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (err < 0)
		return err;
	*ret = fd < 0 ? NULL : fdopendir(fd);
	if (*ret != NULL)
		return 0;
	err = fault_errno(f, FAULT_NOINPUT, "%s", w->o.folder);
	if (fd >= 0)
		(void)close(fd); /* nothing was written */
	return err;
}

static int look(struct watch *w, struct fault *f)
{
	struct watch next = {0};
	int64_t now = civil_monotonic_ms();
	DIR *dir;

	int err = open_list(w, &dir, f);
	if (err < 0)
		return err;
	errno = 0;
	for (const struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
		look_at(w, d->d_name, now, &next);
		errno = 0;
	}
	int failed = errno;
	(void)closedir(dir); /* nothing was written */
	if (failed != 0) {
		forget(next.entry, next.count);
		errno = failed;
		return fault_errno(f, FAULT_NOINPUT, "%s", w->o.folder);
	}
	if (next.count > 0)
		qsort(next.entry, next.count, sizeof(*next.entry), by_name);
	forget(w->entry, w->count);
	w->entry = next.entry;
	w->count = next.count;
	w->cap = next.cap;
	w->at = 0;
	w->given = NULL;
	if (w->began_ms < 0)
		w->began_ms = now;
	return 0;
}

/* Milliseconds until the entry has stood still for long enough, WATCH_NEVER when it is too new. */
static int64_t settles_in(const struct watch *w, const struct entry *e, int64_t now)
{
	if (w->o.once && e->since_ms > w->began_ms)
		return WATCH_NEVER;
	int64_t left = e->since_ms + (int64_t)w->o.settle_ms - now;
	return left > 0 ? left : 0;
}

static const struct entry *sha_of(const struct watch *w, const struct entry *e)
{
	struct buf name = {0};

	buf_addf(&name, "%s%s", e->name, sha_suffix);
	const struct entry *sha = find(w, name.data);
	buf_release(&name);
	return sha;
}

static bool is_input(const struct entry *e)
{
	return !e->left && !ends_in(e->name, sha_suffix);
}

/* The same of a file to be taken; WATCH_NEVER as long as it is none, or lacks its sha file. */
static int64_t finished_in(const struct watch *w, const struct entry *e, int64_t now)
{
	if (!is_input(e))
		return WATCH_NEVER;
	int64_t own = settles_in(w, e, now);
	if (!w->o.need_sha || own == WATCH_NEVER)
		return own;
	const struct entry *sha = sha_of(w, e);
	int64_t its = sha == NULL ? WATCH_NEVER : settles_in(w, sha, now);
	return its == WATCH_NEVER || its > own ? its : own;
}

static bool is_as_seen(const struct watch *w, const struct entry *e)
{
	struct stat st;

	return fstatat(w->fd, e->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_same(&e->st, &st);
}

/* The next that is finished, and still is what was seen. */
static struct entry *next_finished(struct watch *w)
{
	while (w->at < w->count) {
		struct entry *e = &w->entry[w->at++];
		if (finished_in(w, e, civil_monotonic_ms()) == 0 && is_as_seen(w, e))
			return e;
	}
	return NULL;
}

static bool any_settles(const struct watch *w)
{
	int64_t now = civil_monotonic_ms();

	for (size_t i = 0; i < w->count; i++)
		if (finished_in(w, &w->entry[i], now) >= 0)
			return true;
	return false;
}

static void pause_until_next_look(const struct watch *w)
{
	uint64_t ms = w->o.settle_ms / 4;

	ms = ms < WATCH_LOOK_MIN_MS ? WATCH_LOOK_MIN_MS : ms;
	loop_pause((int)(ms > WATCH_LOOK_MAX_MS ? WATCH_LOOK_MAX_MS : ms));
}

int watch_next(struct watch *w, const char **ret_path, struct fault *f)
{
	bool given = w->given != NULL;

	free(w->moved);
	w->moved = NULL;
	while (!loop_stopping()) {
		w->given = next_finished(w);
		if (w->given != NULL) {
			struct buf path = {0};
			buf_addf(&path, "%s/%s", w->o.folder, w->given->name);
			free(w->path);
			w->path = buf_detach(&path);
			*ret_path = w->path;
			return 1;
		}
		if (!given && w->began_ms >= 0)
			pause_until_next_look(w);
		given = false;
		int err = look(w, f);
		if (err < 0)
			return err;
		if (w->o.once && !any_settles(w))
			return 0;
	}
	return 0;
}

void watch_leave(struct watch *w)
{
	w->given->left = true;
}

size_t watch_unfinished(const struct watch *w)
{
	size_t count = 0;

	for (size_t i = 0; i < w->count; i++)
		count += is_input(&w->entry[i]);
	return count;
}

/* "klart/NAME", or with ~2, ~3 .. after it when that is taken. */
static void free_name(const struct watch *w, const char *folder, struct buf *ret)
{
	unsigned n = 1;

	buf_addf(ret, "%s/%s", folder, w->given->name);
	while (faccessat(w->fd, ret->data, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		buf_reset(ret);
		buf_addf(ret, "%s/%s~%u", folder, w->given->name, ++n);
	}
}

/* Why it failed, but for the name of the file, which may be too long for what we add to it. */
static int cannot(const struct watch *w, const char *what, struct fault *f)
{
	return fault_errno(f, errno == ENAMETOOLONG ? FAULT_INPUT : FAULT_IO, "%s: %s", w->o.folder,
			   what);
}

/* *ret_path is where it stands; *ret_wrote: it is ours and new. */
static int write_receipt(const struct watch *w, const char *target, struct span receipt, bool keep,
			 struct buf *ret_path, bool *ret_wrote, struct fault *f)
{
	buf_addf(ret_path, "%s/%s.kvitto.json", w->o.folder, target);
	*ret_wrote = !keep || access(ret_path->data, F_OK) < 0;
	if (*ret_wrote && atomic_file_write(ret_path->data, 0644, receipt.data, receipt.len, f) < 0)
		return cannot(w, "a receipt cannot be written", f);
	return 0;
}

/* The target is free and nobody else watches the folder: nothing is replaced. */
static int rename_to(const struct watch *w, const char *name, const char *target, struct fault *f)
{
	if (renameat(w->fd, name, w->fd, target) < 0)
		return cannot(w, "a file cannot be moved", f);
	return 0;
}

/* Without its file it is nothing, so it may be gone by now. */
static int rename_sha(const struct watch *w, const char *target, struct fault *f)
{
	struct buf from = {0}, to = {0};
	int err = 0;

	buf_addf(&from, "%s%s", w->given->name, sha_suffix);
	buf_addf(&to, "%s%s", target, sha_suffix);
	if (sha_of(w, w->given) != NULL &&
	    faccessat(w->fd, from.data, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		err = rename_to(w, from.data, to.data, f);
	buf_release(&from);
	buf_release(&to);
	return err;
}

/*
 * What stands under the name may be another file by now, or more of it, which nobody has read. That is
 * looked at last, for writing a receipt takes the disk its time.
 */
static int move_file(struct watch *w, bool taken, struct span receipt, bool keep, struct fault *f)
{
	struct buf target = {0}, path = {0};
	bool wrote;

	free_name(w, folder_of[taken], &target);
	int err = write_receipt(w, target.data, receipt, keep, &path, &wrote, f);
	if (err == 0)
		err = is_as_seen(w, w->given) ? rename_to(w, w->given->name, target.data, f) : 1;
	if (err == 1 && wrote)
		(void)unlink(path.data); /* without its file it says nothing */
	if (err == 0)
		w->moved = buf_detach(&target);
	buf_release(&path);
	buf_release(&target);
	return err;
}

/* The sha file goes last: without its file it is nothing, the other way round the file would wait. */
int watch_move(struct watch *w, bool taken, struct span receipt, bool keep, struct fault *f)
{
	int err = check_folder(w, f);

	if (err == 0 && w->moved == NULL)
		err = move_file(w, taken, receipt, keep, f);
	if (err == 0)
		err = rename_sha(w, w->moved, f);
	if (err == 0 && fsync(w->fd) < 0)
		err = fault_errno(f, FAULT_IO, "cannot sync the folder %s", w->o.folder);
	return err;
}

static int open_folder(struct watch *w, struct fault *f)
{
	w->fd = open(w->o.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->fd < 0)
		return fault_errno(f, FAULT_NOINPUT, "%s", w->o.folder);
	int err = lock_take(w->fd, w->o.folder, "another collector watches it", f);
	if (err < 0)
		return err;
	for (size_t i = 0; i < ARRAY_SIZE(folder_of); i++)
		if (mkdirat(w->fd, folder_of[i], 0700) < 0 && errno != EEXIST)
			return fault_errno(f, FAULT_NOINPUT, "%s/%s", w->o.folder, folder_of[i]);
	return 0;
}

int watch_open(const struct watch_options *o, struct watch **ret, struct fault *f)
{
	struct watch *w = base_zalloc(1, sizeof(*w));

	w->o = *o;
	w->began_ms = -1;
	int err = open_folder(w, f);
	if (err < 0) {
		watch_free(w);
		return err;
	}
	*ret = w;
	return 0;
}

void watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	forget(w->entry, w->count);
	if (w->fd >= 0)
		close(w->fd);
	free(w->path);
	free(w->moved);
	free(w);
}
