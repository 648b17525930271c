/*
 * leverans: how a delivery stands in the hash `d` of its home partition, as text:
 *	lev.<24 hex digits> = kalla=vas;fas=closing;lasning=1;fil=kontakter.csv;read=10;sent=8;not_contact=1;reason=;rejected.QUOTE=1
 * and the pins of a source, in every partition:
 *	pin.<source> = nyckel=0a1b2c3d;version=field
 * Counts stand beside them: dead.<REASON>, which add up to s.dead, and note.<REASON>, beside every category.
 * `fil` escapes `;` `=` `%` and control characters as %XX.
 */
#ifndef PROTO_LEVERANS_H
#define PROTO_LEVERANS_H

#include "common/buf.h"
#include "proto/event.h"

#define LEVERANS_PIN_MAX 64

/* Text of a delivery event for `d`, appended. */
void leverans_text(const struct event *e, struct buf *out);
/* The inverse, false for any other text: fills source and leverans of *ret (sha256 and partition are not in the text). */
bool leverans_parse(struct span text, struct event *ret) MUST_CHECK;
/* Text of the pins that an event states. */
void leverans_pin(const struct event *e, char out[LEVERANS_PIN_MAX]);
/* Names of fields of `d`. */
void leverans_field(const uint8_t id[EVENT_ID_BYTES], char out[40]);
void leverans_pin_field(const char *source, char out[40]);
void leverans_dead_field(enum reason r, char out[40]);
void leverans_note_field(enum reason r, char out[40]);

#endif
