/*
 * progress: where a source stands: what it is pinned to and what has become of each file of it.
 * One text file a source, <state>/<source>.progress, written whole or not at all:
 *
 *	kontaktpuls-progress 1
 *	source vas
 *	key 0a1b2c3d
 *	version_kind field
 *	file complete 1 <sha256> <path id> /data/kontakter.csv
 *	end 1
 *
 * A file is known by its path id and its content; the path is for people. Whoever holds a struct
 * progress holds the lock of the source in this folder.
 */
#ifndef COLLECTORS_ENGINE_PROGRESS_H
#define COLLECTORS_ENGINE_PROGRESS_H

#include "collectors/engine/input.h"
#include "common/base.h"
#include "common/digest.h"
#include "common/fault.h"
#include "proto/event.h"

enum progress_outcome {
	PROGRESS_STARTED,     /* opened and not closed: it is read again under the same number */
	PROGRESS_COMPLETE,    /* every event of it is in Kafka */
	PROGRESS_QUARANTINED, /* refused as a whole */
};

/*
 * What a source may never change: events of another key or another kind of version would double it.
 */
struct progress_pins {
	uint8_t fingerprint[4];
	uint8_t version_kind; /* CODES_VERSION_KIND */
};

struct progress_file {
	uint8_t path_id[INPUT_PATH_ID_BYTES];
	uint8_t sha256[DIGEST_BYTES];
	uint32_t reading; /* 1, 2, .. of this source and content */
	enum progress_outcome outcome;
	char *path; /* as it may be shown (input.h); borrowed by progress_save() */
};

struct progress;
/*
 * Reads the progress of `source` in the folder `state`, which must be there, and takes its lock.
 * FAULT_CONFIG when the pins differ from those of an earlier run (both are named); FAULT_STATE when
 * the file is damaged; FAULT_UNAVAILABLE when another process holds the lock.
 * Nothing is written.
 */
int progress_open(const char *state, const char *source, const struct progress_pins *pins,
		  struct progress **ret, struct fault *f) MUST_CHECK;
/* What became of this path with this content, or NULL. Valid until the next progress_save(). */
const struct progress_file *progress_find(const struct progress *p,
					  const uint8_t path_id[INPUT_PATH_ID_BYTES],
					  const uint8_t sha256[DIGEST_BYTES]);
/* The first reading number of a content that is not taken. */
uint32_t progress_next_reading(const struct progress *p, const uint8_t sha256[DIGEST_BYTES]);
/*
 * Notes the file in place of what stood of the same path and content, on disk when it returns 0;
 * otherwise that stands on.
 */
int progress_save(struct progress *p, const struct progress_file *file, struct fault *f) MUST_CHECK;
/* Puts the pins on disk where no file of the source has done so yet: a stream has none. FAULT_IO. */
int progress_pin(struct progress *p, struct fault *f) MUST_CHECK;
void progress_free(struct progress *p);

#endif
