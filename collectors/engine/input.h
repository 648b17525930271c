/*
 * input: a regular file under its names, which is read from its beginning to its end as often as
 * needed, with the digest of exactly those bytes that were read. It is held open: a file that is
 * renamed or replaced meanwhile does not matter, one that is written to shows in the next reading.
 *
 *	input_open; input_unpack; input_rewind, read the stream, input_end;
 *	input_again, read the stream, input_same; input_close
 *
 * A gzip file is unpacked into a file without a name, and from there on is what was in it.
 */
#ifndef COLLECTORS_ENGINE_INPUT_H
#define COLLECTORS_ENGINE_INPUT_H

#include "common/base.h"
#include "common/buf.h"
#include "common/digest.h"
#include "common/fault.h"
#include "proto/reasons.h"

#define INPUT_PATH_ID_BYTES 12

/* To be read only; texts live until input_close(). */
struct input {
	/*
	 * The path as it was given, the name without folder, and the absolute path, as they may be
	 * shown and sent: withheld when it holds a personnummer or is no line of UTF-8.
	 */
	char *path, *name, *absolute;
	/*
	 * The name as it is, once unpacked that of what was in it (without .gz): for reading a version
	 * out of it, never for showing.
	 */
	const char *raw_name;
	bool name_leaks;  /* the name itself holds a personnummer */
	int64_t mtime_ms; /* when it was last written to, at the time of opening */
	bool packed;      /* it is unpacked; then this is the digest of the file as it came: */
	uint8_t packed_sha256[DIGEST_BYTES];

	char *raw_path, *raw_absolute, *unpacked_name; /* input's own from here on */
	int fd;
	uint64_t at, end; /* read so far; where the stream ends, which the digest does not */
	FILE *stream;
	char *buffer;               /* the stream's */
	struct digest *digest;      /* NULL in a reading that is only compared */
	struct XXH3_state_s *print; /* what is compared */
	uint64_t printed;           /* that of the reading that input_end() ended */
	bool failed;
};

/* FAULT_NOINPUT when there is no such file or it is not a regular one. */
int input_open(const char *path, struct input **ret, struct fault *f) MUST_CHECK;
/*
 * Unpacks what ends in .gz, into the folder `scratch`. *ret_reason is REASON_COMPRESS when it is not
 * what its name says, is damaged, or is larger than gunzip.h allows: then the content is the bytes
 * as they came, which nobody can use. FAULT_IO when the disk is full; FAULT_UNAVAILABLE when a stop
 * was asked for.
 */
int input_unpack(struct input *in, const char *scratch, enum reason *ret_reason,
		 struct fault *f) MUST_CHECK;
/*
 * The last line of the content, without its line end; *ret_offset is where it begins. False when
 * there is none, when it does not fit, or when reading fails.
 */
bool input_last_line(const struct input *in, char *line, size_t cap, uint64_t *ret_offset);
/* From the next input_rewind() on the stream ends at this offset; the digest is still of all. */
void input_hold_back(struct input *in, uint64_t offset);
/*
 * HMAC("path.id/1" | absolute path), first 12 bytes: what a path is called where it may not be
 * written.
 */
void input_path_id(const struct input *in, struct digest_mac *key,
		   uint8_t ret[INPUT_PATH_ID_BYTES]);

/* A stream from the first byte, valid until input_end() or the next input_rewind(). */
FILE *input_rewind(struct input *in);
/* Reads what the stream has left and gives the digest of the whole; false when reading failed. */
bool input_end(struct input *in, uint8_t sha256[DIGEST_BYTES]) MUST_CHECK;
/*
 * Another reading, after input_end() has ended one; read what the stream has left, and whether these were the same
 * bytes as then. By XXH3-64, for accidents: what they are is known by the digest. False when reading failed too.
 */
FILE *input_again(struct input *in);
bool input_same(struct input *in) MUST_CHECK;
/* Digest of a stretch of the file, whatever the stream does; what cannot be read is left out. */
void input_digest_at(const struct input *in, uint64_t offset, uint64_t bytes,
		     uint8_t sha256[DIGEST_BYTES]);
/* Appends a stretch of the file; false, and nothing, when it cannot be read. */
bool input_copy_at(const struct input *in, uint64_t offset, size_t bytes, struct buf *out);
void input_close(struct input *in);

#endif
