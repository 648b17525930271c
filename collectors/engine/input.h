/*
 * input: a regular file under its names, which is read from its beginning to its end as often as
 * needed, with the digest of exactly those bytes that were read. It is held open: a file that is
 * renamed or replaced meanwhile does not matter, one that is written to shows in the digest.
 *
 *	input_open; {input_rewind, read the stream, input_end} once a pass; input_close
 */
#ifndef COLLECTORS_ENGINE_INPUT_H
#define COLLECTORS_ENGINE_INPUT_H

#include "common/base.h"
#include "common/digest.h"
#include "common/fault.h"

#define INPUT_PATH_ID_BYTES 12

struct input;
/* FAULT_NOINPUT when there is no such file or it is not a regular one. */
int input_open(const char *path, struct input **ret, struct fault *f) MUST_CHECK;
/*
 * The path as it was given, and the name without folder, as they may be shown and sent: one line of
 * UTF-8, withheld when it holds a personnummer.
 */
const char *input_path(const struct input *in);
const char *input_name(const struct input *in);
/* The absolute path, NULL when it may not be shown as it is. */
char *input_absolute(const struct input *in);
/* The name as it is: for reading a version out of it, never for showing. */
const char *input_raw_name(const struct input *in);
/* True when the name itself holds a personnummer. */
bool input_name_leaks(const struct input *in);
/*
 * HMAC("path.id/1" | absolute path), first 12 bytes: what a path is called where it may not be
 * written.
 */
void input_path_id(const struct input *in, struct digest_mac *key,
		   uint8_t ret[INPUT_PATH_ID_BYTES]);
/* When the file was last written to, at the time of opening. */
int64_t input_mtime_ms(const struct input *in);

/* A stream from the first byte, valid until input_end() or the next input_rewind(). */
FILE *input_rewind(struct input *in);
/* Reads what the stream has left and gives the digest of the whole; false when reading failed. */
bool input_end(struct input *in, uint8_t sha256[DIGEST_BYTES]) MUST_CHECK;
/* Digest of a stretch of the file, whatever the stream does; what cannot be read is left out. */
void input_digest_at(const struct input *in, uint64_t offset, uint64_t bytes,
		     uint8_t sha256[DIGEST_BYTES]);
void input_close(struct input *in);

#endif
