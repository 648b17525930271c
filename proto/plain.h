/*
 * plain: the short way through the bytes of a contact as event_encode() writes them: known fields,
 * each once, in the order of their numbers. It says yes or leaves the event to event_codec.c; it
 * never says what is wrong.
 */
#ifndef PROTO_PLAIN_H
#define PROTO_PLAIN_H

#include "proto/event.h"

/* True and *ret is what event_codec.c would make of it; false: *ret is undefined, ask there. */
bool plain_read(const uint8_t *data, size_t len, struct event *ret);

#endif
