/*
 * spool_record: the bytes of the spool, without files. Numbers are little endian.
 *
 *	segment	a header, then records one after the other, numbered without gaps
 *	header	"KPSPOOL\n" | u32 version 1 | u8 kind of version | 3 zero | fingerprint 4 |
 *		random id 16 | u64 number of the first record | source 32, zeros after it |
 *		u32 CRC-32 of all that
 *	record	u32 length of the payload | u64 number | u32 CRC-32 of both and of the payload | payload
 *	payload	u8 kind | u8 reason | what the kind says
 *
 * What stands here has passed the boundary of identity: no record of a source is in it.
 */
#ifndef COLLECTORS_ENGINE_SPOOL_RECORD_H
#define COLLECTORS_ENGINE_SPOOL_RECORD_H

#include "common/buf.h"
#include "common/text.h"
#include "proto/event.h"

#define SPOOL_HEADER_BYTES 80
#define SPOOL_RECORD_HEAD  16
#define SPOOL_PAYLOAD_MAX  (2 << 20) /* a rejected record's line with its original sealed */
#define SPOOL_ID_BYTES     16

struct spool_header {
	char source[EVENT_SOURCE_MAX + 1];
	uint8_t fingerprint[4];
	uint8_t version_kind; /* CODES_VERSION_KIND */
	uint8_t id[SPOOL_ID_BYTES];
	uint64_t first;
};

enum spool_kind {
	SPOOL_EVENT = 1,   /* `id` and the encoded event; reason: what is noted of it */
	SPOOL_NOT_CONTACT, /* nothing more */
	SPOOL_REJECTED,    /* reason, and the line of the list of rejected records */
	SPOOL_NOTE,        /* no record: reason is noted of the delivery */
	SPOOL_BROKEN,      /* no record: nothing more can be read, for that reason */
};

struct spool_record {
	uint64_t number;
	enum spool_kind kind;
	enum reason reason;
	uint8_t id[EVENT_ID_BYTES];
	struct span data; /* borrowed */
};

/* Appends SPOOL_HEADER_BYTES. */
void spool_header_add(const struct spool_header *h, struct buf *out);
/* False when it is not what spool_header_add() writes. */
bool spool_header_parse(struct span bytes, struct spool_header *ret) MUST_CHECK;
void spool_record_add(const struct spool_record *r, struct buf *out);

enum spool_status {
	SPOOL_RECORD,
	SPOOL_END,
	SPOOL_TAIL,  /* what is left holds no record any more */
	SPOOL_ORDER, /* a record that is whole has a number that cannot be (SPOOL_SEQ) */
};

/* A reading of records; all but `next` of the first and `bytes` are its own. */
struct spool_scan {
	struct span bytes; /* borrowed: from the beginning of a record to the end of one */
	size_t at;
	uint64_t next; /* number of the next record */
	uint64_t lost; /* records that damage has cost so far */
};

/* After damage reading goes on with the next record that is whole and whose number can be. */
enum spool_status spool_scan_next(struct spool_scan *s, struct spool_record *ret);

#endif
