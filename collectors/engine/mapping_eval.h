/*
 * mapping_eval: record x mapping -> event. Pure: the clock, the file's name and time and the id
 * key come in with the context. What identifies a person stops here: no such value is in the event,
 * in the result or in the trace.
 */
#ifndef COLLECTORS_ENGINE_MAPPING_EVAL_H
#define COLLECTORS_ENGINE_MAPPING_EVAL_H

#include "collectors/engine/mapping.h"
#include "collectors/engine/record.h"
#include "common/digest.h"
#include "proto/event.h"

struct mapping_context {
	int64_t now_ms;         /* the collector's clock; becomes produced_ms */
	const char *file_name;  /* without folder; version from a file name */
	int64_t file_mtime_ms;  /* version from the file's time */
	struct digest_mac *key; /* of the source's id key; borrowed, never NULL */
	uint8_t fingerprint[4]; /* of that key: identity_fingerprint() */
	uint8_t leverans_id[EVENT_ID_BYTES];
};

enum mapping_outcome {
	MAPPING_EVENT,       /* the event is right (event_check() said so) */
	MAPPING_NOT_CONTACT, /* `only` of the mapping leaves this record out */
	MAPPING_REJECTED,
};

struct mapping_result {
	enum reason reason; /* MAPPING_REJECTED: why */
	const char *field;  /* field of the mapping that failed, "kanal"; "" otherwise */
	const char *column; /* column that was read for it, or the field where none was */
	uint64_t line;      /* of that column's value; the record's where none was read */
	bool pnr_invalid;   /* note PNR_INVALID: counted without what a personnummer tells */
	bool id_like_pnr;   /* the source's identity holds a personnummer (IDENTITY_ID_*) */
};

/*
 * `trace`, unless NULL, gets text for people: every field, every step, what it read, what it gave.
 * *ret is an event with MAPPING_EVENT only; *result is always written. Its pointers live as long as
 * the mapping.
 */
enum mapping_outcome mapping_eval(const struct mapping *m, const struct record *r,
				  const struct mapping_context *c, struct buf *trace,
				  struct event *ret, struct mapping_result *result) MUST_CHECK;
/*
 * Whether the identity in a record holds a personnummer, whatever else is right or wrong in it: at
 * least where mapping_eval() says id_like_pnr, for a fraction of the work.
 */
bool mapping_id_like_pnr(const struct mapping *m, const struct record *r);

#endif
