/*
 * json_stream: the records of a JSON file, one after the other, each parsed by itself, so that a bad
 * one spoils no other.
 *
 *	JSON	one document of at most JSON_BYTES_MAX: every element of the list at `records`, or of
 *		the list that the document is; otherwise the document is the one record
 *	NDJSON	a record a line, of at most JSON_BYTES_MAX; the file is as long as it likes
 *	BUNDLE	one document, a FHIR Bundle: the resource of every entry. A Bundle with a next page is
 *		INCOMPLETE: the pages must be put together first
 *
 * A record is an object. What stands around the records of a document is parsed too; when that is
 * bad, the file is.
 */
#ifndef COLLECTORS_ENGINE_JSON_STREAM_H
#define COLLECTORS_ENGINE_JSON_STREAM_H

#include "collectors/engine/json_value.h"
#include "collectors/engine/reader.h"

struct json_stream;
/* Both are borrowed; the file is read from where it stands. */
struct json_stream *json_stream_new(FILE *file, const struct json_shape *shape);
void json_stream_free(struct json_stream *s);
/*
 * As reader.h says, but the record has no fields: RECORD gives *ret_root, the record, and
 * *ret_entry, what of a Bundle it is the resource of. Borrowed until the next call.
 */
enum reader_status json_stream_next(struct json_stream *s, struct reader_item *ret,
				    json_t **ret_root, json_t **ret_entry);
/* Begins anew with the first record of a document that has been read. */
void json_stream_rewind(struct json_stream *s);

#endif
