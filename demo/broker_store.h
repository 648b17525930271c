/*
 * broker_store: the file in which the embedded broker keeps its records between two runs, as
 * bytes in memory. Pure: who reads and writes the file is broker_log.
 *
 * Version 1, all numbers little endian:
 *	"kpbroker" u32 version
 *	'T' u16 length name  u32 partitions                             a topic; its records follow
 *	'R' u32 partition  u64 offset  u64 timestamp  bytes key  bytes value  u16 headers
 *	    (u16 length name  bytes value) ..                           a record
 *	'E' u64 records  32 bytes SHA-256 of everything before them
 * `bytes` is a u32 length and that many bytes; the length 0xffffffff stands for null.
 */
#ifndef DEMO_BROKER_STORE_H
#define DEMO_BROKER_STORE_H

#include "common/buf.h"
#include "common/fault.h"
#include "common/text.h"

#define BROKER_STORE_HEADERS_MAX 64
#define BROKER_STORE_BYTES_MAX   (UINT32_C(1) << 30)

struct broker_header {
	struct span name;
	struct span value; /* data NULL: null */
};

struct broker_record {
	int32_t partition;
	int64_t offset;
	int64_t timestamp_ms;
	struct span key, value; /* data NULL: null */
	struct broker_header header[BROKER_STORE_HEADERS_MAX];
	size_t headers;
};

/* Writing: begin, then topics, each followed by its records, then end. All append to `out`. */
void broker_store_begin(struct buf *out);
void broker_store_topic(struct buf *out, const char *name, int partitions);
void broker_store_record(struct buf *out, const struct broker_record *r);
void broker_store_end(struct buf *out, uint64_t records);

/* Reading. Everything that is handed out is borrowed from the bytes that were given. */
struct broker_store {
	struct span bytes;
	size_t at;
	uint64_t records; /* handed out so far */
};

enum broker_item { BROKER_ITEM_TOPIC, BROKER_ITEM_RECORD, BROKER_ITEM_END };

/* FAULT_STATE when the bytes are not whole: other magic or version, a wrong sum. */
int broker_store_open(struct span bytes, struct broker_store *ret, struct fault *f) MUST_CHECK;
/*
 * The next item: an enum broker_item, or FAULT_STATE. A topic fills *ret_topic and
 * *ret_partitions, a record *ret_record.
 */
int broker_store_next(struct broker_store *s, struct span *ret_topic, int *ret_partitions,
		      struct broker_record *ret_record, struct fault *f) MUST_CHECK;

#endif
