/*
 * klass: the combination of attributes that counting rules test, as one canonical text, which is
 * dictionary-coded in each partition:
 *	kalla=vas;status=avslutad;vardform=oppen;kvalificerad=ja;ersatter=ja;dokumenterad=antaget;test=nej;utomlans=nej
 * Fixed order, every key always there; a code that is not stated is `-`.
 */
#ifndef PROTO_KLASS_H
#define PROTO_KLASS_H

#include "common/text.h"
#include "proto/event.h"

#define KLASS_TEXT_MAX 160

struct klass {
	char source[EVENT_SOURCE_MAX + 1];
	uint8_t status, vardform, qualified, replaces_visit, documented, test, out_of_county;
};

struct klass klass_of(const struct event *e);
void klass_text(const struct klass *k, char out[KLASS_TEXT_MAX + 1]);
/* The inverse; false for anything that klass_text() does not write. */
bool klass_parse(struct span text, struct klass *ret) MUST_CHECK;

#endif
