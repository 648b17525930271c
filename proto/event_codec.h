/*
 * event_codec: struct event to and from the bytes of kontakt.v1.Event. The only module that sees
 * generated code. Bytes written are canonical (fields in order of their numbers, nothing that is
 * not stated); bytes read may have fields in any order and up to 32 unknown ones, and nothing else
 * that another reader could understand in another way: see proto/wire.h.
 */
#ifndef PROTO_EVENT_CODEC_H
#define PROTO_EVENT_CODEC_H

#include "common/buf.h"
#include "proto/event.h"

/* Appends the encoded event, which must pass event_check(). At most EVENT_VALUE_MAX bytes. */
void event_encode(const struct event *e, struct buf *out);
/* The same without the short way of proto/plain_write.h, which tests compare with it. */
void event_encode_any(const struct event *e, struct buf *out);
/*
 * REASON_NONE and *ret filled, or why the bytes are no event: LIMIT, SCHEMA_VERSION, PB_SYNTAX, PB_RANGE,
 * PB_NONCANON, FIELD_INVALID (a text longer than its field, bytes of another length), FIELD_MISSING,
 * UNKNOWN_CODE (a number above 255 where a code is expected), ENCODING. *ret_field names the field where there is one, "" otherwise.
 * A decoded event has not been checked: call event_check() next.
 */
enum reason event_decode(const void *data, size_t len, struct event *ret, const char **ret_field);
/* The same without the short way of proto/plain.h, which tests compare with it. */
enum reason event_decode_any(const void *data, size_t len, struct event *ret,
			     const char **ret_field);

#endif
