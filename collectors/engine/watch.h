/*
 * watch: a folder that files are put into, to be taken once each and moved to klart/ or fel/ in it,
 * with a receipt beside. Looks again and again (no inotify: the folder may be a network drive).
 *
 * A file is finished when nothing of it has changed for settle_ms, or at once when that is 0, which
 * is right where every writer renames into place. Never taken: hidden names, names that end in
 * .part, sha files (NAME.sha256, which go with their file), and what is no regular file.
 *
 *	watch_open; {watch_next; watch_move or watch_leave} for each file; watch_free
 */
#ifndef COLLECTORS_ENGINE_WATCH_H
#define COLLECTORS_ENGINE_WATCH_H

#include "common/base.h"
#include "common/fault.h"
#include "common/text.h"

struct watch_options {
	const char *folder; /* borrowed */
	uint64_t settle_ms;
	bool once;     /* what is there at the first look, and no more */
	bool need_sha; /* a file is not finished before its sha file is */
};

struct watch;
/*
 * Makes klart/ and fel/ where they are missing, and takes the lock of the folder. FAULT_NOINPUT;
 * FAULT_UNAVAILABLE when another process watches it.
 */
int watch_open(const struct watch_options *o, struct watch **ret, struct fault *f) MUST_CHECK;
/*
 * Waits for the next finished file, in the order of names: 1 and its path, borrowed until the next
 * call. 0 when a stop was asked for (common/loop.h) and, with `once`, when there are no more.
 * FAULT_NOINPUT; FAULT_UNAVAILABLE when another folder has come to stand under that name.
 */
int watch_next(struct watch *w, const char **ret_path, struct fault *f) MUST_CHECK;
/*
 * Moves the file of watch_next(), and its sha file, to klart/ or fel/ as NAME, or NAME~2 .. where
 * that is taken; before that writes the receipt, NAME.kvitto.json. With `keep` a receipt that
 * stands there without its file is kept: it is ours, from before a crash. 1, and nothing is moved, when
 * it was replaced, written to or removed since it was given: what stands there now is given
 * again once it is finished. FAULT_IO, after which it may be called again; FAULT_INPUT when the name is too
 * long for what is added to it; and the faults of watch_next().
 */
int watch_move(struct watch *w, bool taken, struct span receipt, bool keep,
	       struct fault *f) MUST_CHECK;
/* Leaves the file of watch_next() where it is; it is given again once it has changed. */
void watch_leave(struct watch *w);
/* Files that were there at the last look and are not finished. */
size_t watch_unfinished(const struct watch *w);
void watch_free(struct watch *w);

#endif
