/* What the files of the spool share: spool.c writes, spool_open.c begins, spool_read.c reads. */
#ifndef COLLECTORS_ENGINE_SPOOL_PRIVATE_H
#define COLLECTORS_ENGINE_SPOOL_PRIVATE_H

#include <pthread.h>

#include "collectors/engine/spool.h"

struct spool_segment {
	uint64_t first, end; /* numbers: of the first record, and one above the last on disk */
	uint64_t bytes;      /* on disk, with the header */
	uint8_t sha256[DIGEST_BYTES], leverans_id[EVENT_ID_BYTES];
	bool sealed; /* nothing is appended any more */
};

struct spool {
	struct spool_options o;
	char *folder;
	int lock; /* the folder, locked */
	uint64_t segment_max;

	/* Of who appends, alone. */
	struct spool_segment *open; /* the last one, or NULL */
	int fd;                     /* of `open` */
	int64_t began_ms;           /* `open`; monotonic */
	struct buf pending;         /* appended and not on disk */
	int64_t pending_ms;         /* since when */
	uint64_t next;              /* number of the next record */
	struct fault dead;          /* kind 0: it is not */

	/* Of both, under the mutex. */
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	uint64_t changes;
	struct spool_segment **segment; /* oldest first */
	size_t count, cap;
	uint64_t bytes; /* of all of them */
	size_t set_aside;
};

/* "<folder>/<number in 20 digits><suffix>", to be freed. */
char *spool_path(const struct spool *s, uint64_t number, const char *suffix);
/* Takes over a segment whose header that is. */
struct spool_segment *spool_add(struct spool *s, const struct spool_header *h, uint64_t end,
				uint64_t bytes, bool sealed);
/* Renames a segment's file to the first free <number>.bad; *ret_name is freed by the caller. */
int spool_move_aside(struct spool *s, uint64_t number, char **ret_name, struct fault *f);
/* Under the mutex: wakes whoever waits. */
void spool_changed(struct spool *s);
int spool_sync_folder(const struct spool *s, struct fault *f);

#endif
