/*
 * reject: the records of one delivery that were not taken, one line each, in
 * <state>/avvisade/<source>-<8 hex digits of the content>-<reading>.txt:
 *
 *	kontakter.csv:17: UNKNOWN_CODE (kanal) offset 1234 bytes 87 sha256 9f86d0..
 *
 * Coordinates, never content: the original is the file itself. With a public key the line ends in
 * "sealed" and the original as a sealed box (common/seal.h), so that it can be looked at when the
 * file is gone. The file appears when the delivery closes; a reading anew writes it anew.
 */
#ifndef COLLECTORS_ENGINE_REJECT_H
#define COLLECTORS_ENGINE_REJECT_H

#include "common/base.h"
#include "common/digest.h"
#include "common/fault.h"
#include "common/seal.h"
#include "proto/reasons.h"

#define REJECT_SEALED_MAX (1 << 20) /* bytes; longer originals are not sealed */

struct reject_record {
	const char *file; /* name without folder */
	uint64_t line;
	enum reason reason;
	const char *where; /* column of the file or field of the event, "" for the whole record */
	uint64_t offset, bytes;       /* of the raw record in the file */
	uint8_t sha256[DIGEST_BYTES]; /* of the raw record */
	struct span original;         /* to be sealed; no data: it is not */
};

struct reject;
/* `seal` is borrowed; NULL: originals are not sealed. */
struct reject *reject_new(const char *state, const char *source, const uint8_t sha256[DIGEST_BYTES],
			  uint32_t reading, const struct seal *seal);
/* Appends the line of a record, without its end; `seal` may be NULL. */
void reject_line(const struct reject_record *record, const struct seal *seal, struct buf *out);
/* Adds such a line. FAULT_IO. */
int reject_add_line(struct reject *r, struct span line, struct fault *f) MUST_CHECK;
/* FAULT_IO. */
int reject_add(struct reject *r, const struct reject_record *record, struct fault *f) MUST_CHECK;
/* The file is on disk when it returns 0; without records there is none. FAULT_IO. */
int reject_commit(struct reject *r, struct fault *f) MUST_CHECK;
/* Where the file stands, or will. */
const char *reject_path(const struct reject *r);
/* Leaves nothing behind that was not committed. */
void reject_free(struct reject *r);

#endif
