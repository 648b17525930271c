/*
 * plain_write: the bytes of a contact, written at once. The other half of plain.h.
 */
#ifndef PROTO_PLAIN_WRITE_H
#define PROTO_PLAIN_WRITE_H

#include "common/buf.h"
#include "proto/event.h"

/* Appends what event_codec.c would: the event must be a contact, and pass event_check(). */
void plain_write(const struct event *e, struct buf *out);

#endif
