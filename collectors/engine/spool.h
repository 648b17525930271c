/*
 * spool: a folder in which a stream that cannot be read twice is kept until Kafka has it. What is
 * appended lies in memory until spool_sync(); what that has acknowledged survives kill and power
 * cut. A segment is a file, and one delivery: it is sent from its beginning to its end, closed, and
 * removed. Whatever is sent twice is a duplicate.
 *
 * One thread appends, another reads and removes. One process holds the folder. What is not a spool
 * any more is never sent as if it were one: it is set aside under the name <first number>.bad.
 */
#ifndef COLLECTORS_ENGINE_SPOOL_H
#define COLLECTORS_ENGINE_SPOOL_H

#include "collectors/engine/spool_record.h"
#include "common/digest.h"
#include "common/fault.h"

#define SPOOL_SEGMENT_MAX (32 << 20)       /* bytes; then the next one is begun */
#define SPOOL_SEGMENT_MS  (60 * 60 * 1000) /* the same of its age */
#define SPOOL_COMMIT_MS   10               /* at most so long, or so many bytes, lie in memory */
#define SPOOL_COMMIT_MAX  (256 << 10)

struct spool_options {
	const char *folder, *source; /* borrowed; the folder is made when it is not there */
	uint8_t fingerprint[4], version_kind;
	struct digest_mac *key; /* borrowed; used by who appends only */
	uint64_t bytes_max;     /* on disk; a soft limit */
};

struct spool;
/*
 * Takes the folder with what an earlier run left in it. *told gets a line for everything about it
 * that a person must hear: an unfinished last record is cut off, what is no segment is set aside.
 * FAULT_UNAVAILABLE when another process holds it; FAULT_CONFIG when it belongs to another source,
 * key or kind of version; FAULT_IO.
 */
int spool_open(const struct spool_options *o, struct spool **ret, struct buf *told,
	       struct fault *f) MUST_CHECK;
void spool_free(struct spool *s);
/* Files that were set aside so far by this process: somebody must look at them. */
size_t spool_set_aside(struct spool *s);
/* Records that are not removed yet. */
uint64_t spool_waiting(struct spool *s);
/* Whether the oldest segment has anything to be read, if only that nothing of it can be. */
bool spool_has_more(struct spool *s);

/*
 * Before each record: gives the id of the delivery that it will belong to. 1 when the spool is full
 * and `force` is not set: sync, and wait for a removal. FAULT_IO.
 */
int spool_begin(struct spool *s, bool force, uint8_t ret_leverans_id[EVENT_ID_BYTES],
		struct fault *f) MUST_CHECK;
/* Gives the record the next number, which it returns, and keeps it in memory. */
uint64_t spool_append(struct spool *s, const struct spool_record *r);
/* Whether it is time for the next two. */
bool spool_is_due(const struct spool *s);
/*
 * All up to that number is on disk when it returns 0. FAULT_IO when it is not: everything is still in
 * memory and can be tried again, unless spool_is_dead(): then it is not known what the disk has,
 * and nothing is ever acknowledged again.
 */
int spool_sync(struct spool *s, uint64_t number, struct fault *f) MUST_CHECK;
bool spool_is_dead(const struct spool *s);
/* Syncs, and ends the segment when it is old, or in any case with `now`. */
int spool_seal(struct spool *s, bool now, struct fault *f) MUST_CHECK;
/* Waits at most so long until anything of the spool has changed since the caller's last wait. */
void spool_wait(struct spool *s, int ms, uint64_t *seen);

/* A segment that is read from its beginning. One at a time, the oldest. */
struct spool_reading {
	char *path;
	uint8_t sha256[DIGEST_BYTES]; /* of the segment's id: what stands for its content */
	uint8_t leverans_id[EVENT_ID_BYTES];
	struct spool_scan scan;
	enum reason damage; /* REASON_NONE, or what is wrong with the file so far */

	struct spool_segment *segment; /* the spool's own from here on */
	struct buf bytes;
	uint64_t at; /* in the file, of the end of `bytes` */
	int fd;
};

/* 0 when there is none. FAULT_IO. */
int spool_read_oldest(struct spool *s, struct spool_reading *ret, struct fault *f) MUST_CHECK;
/*
 * A record that is on disk, borrowed until the next call; false when there are no more so far.
 * *ret_end: there will never be more. What damage has cost is in `damage` and scan.lost by then.
 */
bool spool_read_next(struct spool *s, struct spool_reading *r, struct spool_record *ret,
		     bool *ret_end) MUST_CHECK;
void spool_read_close(struct spool_reading *r);
/* The segment is dealt with: removed, or with damage set aside. FAULT_IO. */
int spool_read_done(struct spool *s, struct spool_reading *r, struct fault *f) MUST_CHECK;

#endif
