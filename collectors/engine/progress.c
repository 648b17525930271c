/*
 * progress: loads, checks and saves the progress file of a source. Owns the list of files and the
 * lock. Never guesses: a file that it would not write like this itself is damaged.
 */
#include "collectors/engine/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "collectors/engine/lock.h"
#include "common/atomic_file.h"
#include "common/buf.h"
#include "proto/codes.h"

#define PROGRESS_SIZE_MAX (64 << 20)

static const char *const outcome_name[] = {
	[PROGRESS_STARTED] = "started",
	[PROGRESS_COMPLETE] = "complete",
	[PROGRESS_QUARANTINED] = "quarantined",
};

struct progress {
	char *path;
	char source[EVENT_SOURCE_MAX + 1];
	char key[9]; /* fingerprint as text */
	const char *version_kind;
	int lock;
	struct progress_file *file;
	size_t count, cap;
};

static void write_file(const struct progress_file *file, struct buf *out)
{
	char sha256[2 * DIGEST_BYTES + 1], path_id[2 * INPUT_PATH_ID_BYTES + 1];

	text_hex(file->sha256, DIGEST_BYTES, sha256);
	text_hex(file->path_id, INPUT_PATH_ID_BYTES, path_id);
	buf_addf(out, "file %s %u %s %s %s\n", outcome_name[file->outcome], file->reading, sha256,
		 path_id, file->path);
}

static void write_all(const struct progress *p, struct buf *out)
{
	buf_addf(out, "kontaktpuls-progress 1\nsource %s\nkey %s\nversion_kind %s\n", p->source,
		 p->key, p->version_kind);
	for (size_t i = 0; i < p->count; i++)
		write_file(&p->file[i], out);
	buf_addf(out, "end %zu\n", p->count);
}

static void add(struct progress *p, struct progress_file file)
{
	p->file = base_grow(p->file, &p->cap, p->count + 1, sizeof(*p->file));
	p->file[p->count++] = file;
}

/* Adds the file that a line "file .." is about; the line is cut up. */
static bool add_line(struct progress *p, char *line)
{
	const char *word[5];
	struct progress_file file = {.outcome = PROGRESS_STARTED};
	uint64_t reading;

	for (size_t i = 0; i < ARRAY_SIZE(word); i++)
		word[i] = strsep(&line, " ");
	if (line == NULL)
		return false;
	while (strcmp(word[1], outcome_name[file.outcome]) != 0)
		if (++file.outcome == ARRAY_SIZE(outcome_name))
			return false;
	if (!text_u64(span_of(word[2]), UINT32_MAX, &reading) || reading == 0 ||
	    !text_unhex(span_of(word[3]), file.sha256, DIGEST_BYTES) ||
	    !text_unhex(span_of(word[4]), file.path_id, INPUT_PATH_ID_BYTES))
		return false;
	file.reading = (uint32_t)reading;
	file.path = base_strdup(line);
	add(p, file);
	return true;
}

/* FAULT_CONFIG when the head states other pins than ours; a head that states none is damaged. */
static int check_pins(const struct progress *p, const char *text, struct fault *f)
{
	char key[9], kind[17];
	uint8_t bytes[4];

	if (sscanf(text, "kontaktpuls-progress 1 source %*s key %8s version_kind %16s", key,
		   kind) != 2 ||
	    !text_unhex(span_of(key), bytes, sizeof(bytes)) ||
	    codes_by_name(CODES_VERSION_KIND, span_of(kind)) == NULL)
		return 0;
	if (strcmp(key, p->key) != 0)
		return fault_set(
			f, FAULT_CONFIG,
			"source %s was collected with the id key %s, and this key is %s: every "
			"contact would be counted twice (%s)",
			p->source, key, p->key, p->path);
	if (strcmp(kind, p->version_kind) != 0)
		return fault_set(
			f, FAULT_CONFIG,
			"source %s has versions of the kind %s, and this mapping gives %s: the "
			"two cannot be compared (%s)",
			p->source, kind, p->version_kind, p->path);
	return 0;
}

static void load_files(struct progress *p, const char *text)
{
	char *copy = base_strdup(text), *rest = copy;

	for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
		if (strncmp(line, "file ", 5) == 0 && !add_line(p, line))
			break;
	free(copy);
}

static int load(struct progress *p, struct fault *f)
{
	struct buf text = {0}, again = {0};

	if (access(p->path, F_OK) < 0 && errno == ENOENT)
		return 0;
	int err = buf_read_file(&text, p->path, PROGRESS_SIZE_MAX, f);
	if (err == 0)
		err = check_pins(p, buf_text(&text), f);
	if (err == 0) {
		load_files(p, buf_text(&text));
		write_all(p, &again);
		/* What was read must be what would be written: no other test is as strict. */
		if (text.len != again.len || memcmp(text.data, again.data, text.len) != 0)
			err = fault_set(f, FAULT_STATE, "%s is damaged", p->path);
	}
	buf_release(&again);
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
	else
		err = lock_take(p->lock, path.data, "another collector is reading this source", f);
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
	text_hex(pins->fingerprint, 4, p->key);
	p->version_kind = codes_name(CODES_VERSION_KIND, pins->version_kind);
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

static int write_to_disk(const struct progress *p, struct fault *f)
{
	struct buf text = {0};

	write_all(p, &text);
	int err = atomic_file_write(p->path, 0600, text.data, text.len, f);
	buf_release(&text);
	return err;
}

int progress_pin(struct progress *p, struct fault *f)
{
	return access(p->path, F_OK) == 0 ? 0 : write_to_disk(p, f);
}

/* What could not be written is not so: it is tried again, and must find what the disk has. */
int progress_save(struct progress *p, const struct progress_file *file, struct fault *f)
{
	const struct progress_file *stands = progress_find(p, file->path_id, file->sha256);
	const size_t at = stands == NULL ? p->count : (size_t)(stands - p->file);
	struct progress_file new = *file;

	if (stands == NULL)
		add(p, (struct progress_file){0});
	struct progress_file old = p->file[at];
	new.path = base_strdup(file->path);
	p->file[at] = new;
	int err = write_to_disk(p, f);
	free(err < 0 ? new.path : old.path);
	if (err < 0)
		p->file[at] = old;
	if (err < 0 && old.path == NULL) /* there was none */
		p->count--;
	return err;
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
