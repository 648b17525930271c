/*
 * progress: loads, checks and saves the progress file of a source. Owns the list of files and the
 * lock. Never guesses: a file that it did not write like this itself is damaged.
 */
#include "collectors/engine/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/buf.h"
#include "proto/codes.h"

#define PROGRESS_SIZE_MAX (64 << 20)
#define PROGRESS_TITLE    "kontaktpuls-progress 1"

static const char *const outcome_name[] = {
	[PROGRESS_STARTED] = "started",
	[PROGRESS_COMPLETE] = "complete",
	[PROGRESS_QUARANTINED] = "quarantined",
};

struct progress {
	char *path;
	char source[EVENT_SOURCE_MAX + 1];
	struct progress_pins pins;
	int lock;
	struct progress_file *file;
	size_t count, cap;
};

/* The file while it is read: the text that is left, and the line that stands first in it. */
struct scan {
	const char *path;
	struct span rest;
	unsigned line;
};

static int damaged(const struct scan *s, const char *what, struct fault *f)
{
	return fault_set(f, FAULT_STATE, "%s:%u: damaged: %s", s->path, s->line, what);
}

/*
 * Takes what stands before `end`, and `end` itself, off the front of *text; false when there is
 * none.
 */
static bool take(struct span *text, char end, struct span *ret)
{
	const char *at = text->len == 0 ? NULL : memchr(text->data, end, text->len);

	if (at == NULL)
		return false;
	*ret = (struct span){text->data, (size_t)(at - text->data)};
	text->data = at + 1;
	text->len -= ret->len + 1;
	return true;
}

/* The next line, which must be "<word> <value>". */
static int scan_line(struct scan *s, const char *word, struct span *ret, struct fault *f)
{
	struct span line, first;

	s->line++;
	if (!take(&s->rest, '\n', &line))
		return damaged(s, "it ends too early", f);
	if (!take(&line, ' ', &first) || !span_is(first, word))
		return damaged(s, word, f);
	*ret = line;
	return 0;
}

static bool outcome_parse(struct span name, enum progress_outcome *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(outcome_name); i++) {
		if (span_is(name, outcome_name[i])) {
			*ret = (enum progress_outcome)i;
			return true;
		}
	}
	return false;
}

static bool file_parse(struct span line, struct progress_file *ret)
{
	struct span outcome, reading, sha256, path_id;
	uint64_t number;

	if (!take(&line, ' ', &outcome) || !take(&line, ' ', &reading) ||
	    !take(&line, ' ', &sha256) || !take(&line, ' ', &path_id) || line.len == 0)
		return false;
	if (!outcome_parse(outcome, &ret->outcome) || !text_u64(reading, UINT32_MAX, &number) ||
	    number == 0 || !text_unhex(sha256, ret->sha256, DIGEST_BYTES) ||
	    !text_unhex(path_id, ret->path_id, INPUT_PATH_ID_BYTES))
		return false;
	ret->reading = (uint32_t)number;
	ret->path = span_is(line, "-") ? NULL : base_strndup(line.data, line.len);
	return true;
}

static void put(struct progress *p, struct progress_file file)
{
	p->file = base_grow(p->file, &p->cap, p->count + 1, sizeof(*p->file));
	p->file[p->count++] = file;
}

static bool is_taken(const struct progress *p, const struct progress_file *file)
{
	for (size_t i = 0; i < p->count; i++)
		if (memcmp(p->file[i].sha256, file->sha256, DIGEST_BYTES) == 0 &&
		    (p->file[i].reading == file->reading ||
		     memcmp(p->file[i].path_id, file->path_id, INPUT_PATH_ID_BYTES) == 0))
			return true;
	return false;
}

static int load_files(struct progress *p, struct scan *s, struct fault *f)
{
	struct span value;
	uint64_t count;

	while (s->rest.len > 0 && s->rest.data[0] == 'f') {
		struct progress_file file = {0};
		int err = scan_line(s, "file", &value, f);
		if (err < 0)
			return err;
		if (!file_parse(value, &file))
			return damaged(s, "file", f);
		bool taken = is_taken(p, &file);
		put(p, file);
		if (taken)
			return damaged(s, "the same file or reading number twice", f);
	}
	int err = scan_line(s, "end", &value, f);
	if (err < 0)
		return err;
	if (!text_u64(value, SIZE_MAX, &count) || count != p->count || s->rest.len > 0)
		return damaged(s, "end", f);
	return 0;
}

static int check_pins(const struct progress *p, struct scan *s, struct fault *f)
{
	char ours[9];
	uint8_t theirs[4];
	struct span key, kind;

	text_hex(p->pins.fingerprint, 4, ours);
	int err = scan_line(s, "key", &key, f);
	if (err < 0)
		return err;
	if (!text_unhex(key, theirs, sizeof(theirs)))
		return damaged(s, "key", f);
	if (!span_is(key, ours))
		return fault_set(f, FAULT_CONFIG,
				 "source %s was collected with the id key %.*s, and this key is "
				 "%s: every contact would "
				 "be counted twice (%s)",
				 p->source, (int)key.len, key.data, ours, p->path);
	err = scan_line(s, "version_kind", &kind, f);
	if (err < 0)
		return err;
	const char *wanted = codes_name(CODES_VERSION_KIND, p->pins.version_kind);
	if (codes_by_name(CODES_VERSION_KIND, kind) == NULL)
		return damaged(s, "version_kind", f);
	if (!span_is(kind, wanted))
		return fault_set(f, FAULT_CONFIG,
				 "source %s has versions of the kind %.*s, and this mapping gives "
				 "%s: the two cannot be "
				 "compared (%s)",
				 p->source, (int)kind.len, kind.data, wanted, p->path);
	return 0;
}

static int load(struct progress *p, struct fault *f)
{
	struct buf text = {0};
	struct span value;

	if (access(p->path, F_OK) < 0 && errno == ENOENT)
		return 0;
	int err = buf_read_file(&text, p->path, PROGRESS_SIZE_MAX, f);
	if (err < 0)
		goto out;
	struct scan s = {.path = p->path, .rest = {text.data, text.len}, .line = 1};
	if (!take(&s.rest, '\n', &value) || !span_is(value, PROGRESS_TITLE)) {
		err = damaged(&s, "not a " PROGRESS_TITLE, f);
		goto out;
	}
	err = scan_line(&s, "source", &value, f);
	if (err < 0)
		goto out;
	if (!span_is(value, p->source)) {
		err = damaged(&s, "source", f);
		goto out;
	}
	err = check_pins(p, &s, f);
	if (err < 0)
		goto out;
	err = load_files(p, &s, f);
out:
	buf_release(&text);
	return err;
}

/* The lock is a file of its own, because the progress file is replaced at each save. */
static int lock(struct progress *p, const char *state, struct fault *f)
{
	struct buf path = {0};
	int err = 0;

	buf_addf(&path, "%s/%s.lock", state, p->source);
	p->lock = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (p->lock < 0)
		err = fault_errno(f, FAULT_CONFIG, "%s", path.data);
	else if (flock(p->lock, LOCK_EX | LOCK_NB) < 0)
		err = fault_set(f, FAULT_UNAVAILABLE, "%s: another collector is reading source %s",
				path.data, p->source);
	buf_release(&path);
	return err;
}

int progress_open(const char *state, const char *source, const struct progress_pins *pins,
		  struct progress **ret, struct fault *f)
{
	struct buf path = {0};
	struct progress *p = base_zalloc(1, sizeof(*p));

	assert(text_is_name(span_of(source), EVENT_SOURCE_MAX));
	memcpy(p->source, source, strlen(source) + 1);
	buf_addf(&path, "%s/%s.progress", state, source);
	p->path = buf_detach(&path);
	p->pins = *pins;
	p->lock = -1;
	int err = lock(p, state, f);
	if (err == 0)
		err = load(p, f);
	if (err < 0) {
		progress_free(p);
		return err;
	}
	*ret = p;
	return 0;
}

const struct progress_file *progress_find(const struct progress *p,
					  const uint8_t path_id[INPUT_PATH_ID_BYTES],
					  const uint8_t sha256[DIGEST_BYTES])
{
	for (size_t i = 0; i < p->count; i++)
		if (memcmp(p->file[i].sha256, sha256, DIGEST_BYTES) == 0 &&
		    memcmp(p->file[i].path_id, path_id, INPUT_PATH_ID_BYTES) == 0)
			return &p->file[i];
	return NULL;
}

uint32_t progress_next_reading(const struct progress *p, const uint8_t sha256[DIGEST_BYTES])
{
	uint32_t last = 0;

	for (size_t i = 0; i < p->count; i++)
		if (memcmp(p->file[i].sha256, sha256, DIGEST_BYTES) == 0 &&
		    p->file[i].reading > last)
			last = p->file[i].reading;
	return last + 1;
}

static void write_file(struct buf *out, const struct progress_file *file)
{
	char sha256[2 * DIGEST_BYTES + 1], path_id[2 * INPUT_PATH_ID_BYTES + 1];

	text_hex(file->sha256, DIGEST_BYTES, sha256);
	text_hex(file->path_id, INPUT_PATH_ID_BYTES, path_id);
	buf_addf(out, "file %s %u %s %s %s\n", outcome_name[file->outcome], file->reading, sha256,
		 path_id, file->path == NULL ? "-" : file->path);
}

static int write_all(const struct progress *p, struct fault *f)
{
	struct buf text = {0};
	char key[9];

	text_hex(p->pins.fingerprint, 4, key);
	buf_addf(&text, PROGRESS_TITLE "\nsource %s\nkey %s\nversion_kind %s\n", p->source, key,
		 codes_name(CODES_VERSION_KIND, p->pins.version_kind));
	for (size_t i = 0; i < p->count; i++)
		write_file(&text, &p->file[i]);
	buf_addf(&text, "end %zu\n", p->count);
	int err = atomic_file_write(p->path, 0600, text.data, text.len, f);
	buf_release(&text);
	return err;
}

int progress_save(struct progress *p, const struct progress_file *file, struct fault *f)
{
	const struct progress_file *stands = progress_find(p, file->path_id, file->sha256);
	struct progress_file copy = *file;

	copy.path = file->path == NULL ? NULL : base_strdup(file->path);
	if (stands == NULL) {
		put(p, copy);
	} else {
		struct progress_file *place = &p->file[stands - p->file];
		free(place->path);
		*place = copy;
	}
	return write_all(p, f);
}

void progress_free(struct progress *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count; i++)
		free(p->file[i].path);
	free(p->file);
	free(p->path);
	if (p->lock >= 0)
		close(p->lock);
	free(p);
}
